// SPDX-License-Identifier: Apache-2.0
#include "probe/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "probe/advice.h"
#include "report/text_table.h"

namespace godwit::probe {
namespace {

struct Group {
  std::string_view name, title;
};
constexpr std::array groups{Group{"reading", "Reading"},
                            Group{"names", "Folder names"}, Group{"messages", "Messages"}, Group{"dates", "Dates"},
                            Group{"flags", "Flags"},        Group{"append", "Storing"},    Group{"listing", "Listing"},
                            Group{"changes", "Changes"},    Group{"lasting", "What lasts"}, Group{"limits", "Limits"},
                            Group{"speed", "Speed"}};

constexpr std::size_t outcome_width = 9;  // the longest word and a blank
constexpr std::size_t text_indent = 2 + outcome_width;

// The outcome stands in front of the first line of what is said of it.
std::string entry(std::string_view outcome, const std::string& text, std::size_t columns) {
  std::string lines = report::wrapped(text, text_indent, columns);
  lines.replace(2, outcome.size(), outcome);
  return lines;
}

std::string in_words(const Finding& finding) {
  std::string text = finding.subject;
  if (!finding.detail.empty()) text += ": " + printable(finding.detail);
  if (!finding.server_text.empty()) text += fmt::format(" (\"{}\")", printable(finding.server_text));
  return text;
}

// What is kept on a few lines, everything else with what follows from it.
std::string to_text(const std::vector<const Finding*>& findings, std::size_t columns) {
  std::string text, kept;
  for (const Finding* finding : findings) {
    if (finding->outcome != Outcome::kept) continue;
    kept += (kept.empty() ? "" : " · ") + finding->subject;
    if (!finding->detail.empty()) kept += fmt::format(" ({})", printable(finding->detail));
  }
  if (!kept.empty()) text += entry("kept", kept, columns);
  for (const Finding* finding : findings) {
    if (finding->outcome == Outcome::kept) continue;
    const bool is_grave = finding->harm == Harm::grave;
    text += entry(name_of(finding->outcome), (is_grave ? "! " : "") + in_words(*finding), columns);
    const std::string advice = advice_for(*finding);
    if (!advice.empty()) text += report::wrapped("→ " + advice, text_indent, columns);
  }
  return text;
}

std::string verdict(const Report& report, std::size_t columns) {
  if (report.is_usable() && report.is_read_only) {
    return "\nUsable as a source. Names, dates, flags, storing, changes and limits were not tried: nothing was written.\n";
  }
  if (report.is_usable()) return "\nUsable as a target: whatever is not kept, godwit tells of.\n";
  std::string text = fmt::format("\nNOT usable as a {} as it is. Lost without notice, or never at an end:\n",
                                 report.is_read_only ? "source" : "target");
  for (const Finding& finding : report.findings) {
    if (finding.harm == Harm::grave) text += report::wrapped("! " + in_words(finding), 2, columns);
  }
  return text;
}

std::string head(const Report& report) {
  std::string server = report.facts.software;
  if (!report.facts.version.empty()) server += " " + report.facts.version;
  if (server.empty()) server = "a server that does not say what it is";
  return fmt::format("{}: {}\n", report.account, printable(server));
}

}  // namespace

std::string to_text(const Report& report, std::size_t columns) {
  std::string text = head(report);
  for (const Group& group : groups) {
    std::vector<const Finding*> findings;
    for (const Finding& finding : report.findings) {
      if (finding.group() == group.name) findings.push_back(&finding);
    }
    if (!findings.empty()) text += fmt::format("\n{}\n", group.title) + to_text(findings, columns);
  }
  if (const auto lines = plan_lines(report); !lines.empty()) {
    text += "\nIn the plan\n";
    for (const std::string& line : lines) text += "  " + line + "\n";
  }
  if (!report.left_behind.empty()) text += "\nStill there\n";
  for (const std::string& folder : report.left_behind) text += "  " + folder + "\n";
  return text + verdict(report, columns);
}

nlohmann::json to_json(const Report& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"key", finding.key},
                        {"subject", finding.subject},
                        {"outcome", name_of(finding.outcome)},
                        {"harm", name_of(finding.harm)},
                        {"detail", printable(finding.detail)},
                        {"server_text", printable(finding.server_text)},
                        {"godwit", advice_for(finding)}});
  }
  const Measures& measures = report.measures;
  return {{"account", report.account},
          {"software", printable(report.facts.software)},
          {"version", printable(report.facts.version)},
          {"findings", findings},
          {"connections", measures.connections},
          {"connection_limit_met", measures.is_connection_limit},
          {"keywords", measures.keywords},
          {"round_trip_milliseconds", measures.round_trip_milliseconds},
          {"messages_per_second", measures.messages_per_second},
          {"written_bytes_per_second", measures.written_bytes_per_second},
          {"read_bytes_per_second", measures.read_bytes_per_second},
          {"append_limit", report.facts.append_limit ? nlohmann::json(*report.facts.append_limit) : nlohmann::json()},
          {"plan", plan_lines(report)},
          {"swept", report.swept},
          {"left_behind", report.left_behind},
          {"read_only", report.is_read_only},
          {"usable", report.is_usable()}};
}

}  // namespace godwit::probe
