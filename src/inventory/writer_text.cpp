// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "inventory/writer.h"

namespace godwit::inventory {
namespace {

constexpr std::size_t widest_name = 40;

std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}
std::string padded(const std::string& text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return columns < width ? text + std::string(width - columns, ' ') : text;
}

// Lines of whole words, each behind the margin; a word that is longer than a line has one of its own.
std::string wrapped(std::string_view text, std::string_view margin) {
  constexpr std::size_t columns = 100;
  std::string lines, line;
  while (!text.empty()) {
    const std::string word(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > columns) lines += fmt::format("{}{}\n", margin, std::exchange(line, {}));
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? lines : lines + fmt::format("{}{}\n", margin, line);
}

// Of a table's first column: as wide as its longest name, within reason.
template <class Rows, class Name>
std::size_t width_of(const Rows& rows, Name name) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, columns_of(name(row)));
  return std::min(width, widest_name);
}

std::string tally_text(const Tally& tally) {
  return fmt::format("{:>12} {:>12}", grouped(tally.messages), format_bytes(tally.bytes));
}

std::string software_of(const endpoint::ServerFacts& facts) {
  if (facts.software.empty()) return "unknown";
  return printable(facts.software) + (facts.version.empty() ? "" : " " + printable(facts.version)) +
         (facts.software_is_guessed ? " (a guess)" : "");
}

std::string line_of(const endpoint::ServerFacts& facts) {
  if (facts.tls_version.empty()) return "not encrypted";
  if (!facts.certificate) return facts.tls_version;
  return fmt::format("{}, certificate until {:%Y-%m-%d}, SHA-256 {}", facts.tls_version, facts.certificate->not_after,
                     facts.certificate->fingerprint);
}

std::string quota_of(const endpoint::ServerFacts& facts) {
  std::string text;
  const auto add = [&](const std::string& use) { text += (text.empty() ? "" : ", ") + use; };
  for (const endpoint::Quota& quota : facts.quotas) {
    if (quota.storage) add(fmt::format("{} of {}", format_bytes(quota.storage->used), format_bytes(quota.storage->limit)));
    if (quota.messages) add(fmt::format("{} of {} messages", grouped(quota.messages->used), grouped(quota.messages->limit)));
  }
  return text.empty() ? "none is told" : text;
}

std::string server_text(std::string_view title, const endpoint::ServerFacts& facts) {
  const std::string limit = facts.append_limit ? format_bytes(*facts.append_limit) : "no limit is told";
  return fmt::format("{}\n  server          {}\n  line            {}\n  quota           {}\n  largest message {}\n", title,
                     software_of(facts), line_of(facts), quota_of(facts), limit);
}

std::string findings_text(std::span<const Finding> findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("  {:<8} {}\n", name_of(finding.severity), printable(finding.what));
    text += wrapped(finding.advice, "           ");
    for (const std::string& example : finding.examples) text += fmt::format("             {}\n", example);
    const bool has_more = finding.examples.size() == most_examples && finding.count > most_examples;
    if (has_more) text += "             …\n";
  }
  return text;
}

std::string folders_text(const AccountInventory& inventory) {
  const auto name = [](const FolderInventory& folder) { return folder.path.display(); };
  const std::size_t width = width_of(inventory.folders, name);
  std::string text;
  for (const FolderInventory& folder : inventory.folders) {
    std::string remark(folder.role == endpoint::Role::inbox ? "" : endpoint::name_of(folder.role));
    if (folder.owner != endpoint::Owner::account) remark.append(remark.empty() ? "" : ", ").append(endpoint::name_of(folder.owner));
    if (folder.trouble) remark = describe(*folder.trouble);
    std::string line = fmt::format("  {} {}  {}", padded(name(folder), width), tally_text(folder.total), remark);
    text += line.erase(line.find_last_not_of(' ') + 1) + "\n";
  }
  return text + fmt::format("  {} {}\n", padded("together", width), tally_text(inventory.statistics.total()));
}

std::string statistics_text(const Statistics& statistics, bool names_accounts) {
  std::string text;
  if (!statistics.years().empty()) text += "\nby year of arrival\n";
  for (const auto& [year, tally] : statistics.years()) text += fmt::format("  {:04} {}\n", year, tally_text(tally));
  if (statistics.undated().messages > 0) text += fmt::format("  none {}\n", tally_text(statistics.undated()));
  if (!statistics.largest().empty()) text += "\nlargest messages\n";
  for (const LargeMessage& message : statistics.largest()) {
    const std::string account = names_accounts ? printable(message.account) + ": " : "";
    text += fmt::format("  {:>12}  {}{} UID {}, {}\n", format_bytes(message.size), account, message.folder.display(), message.uid,
                        message.date.empty() ? "without a date" : printable(message.date));
  }
  return text;
}

std::string placements_text(const CheckReport& report) {
  const auto name = [](const Placement& placement) { return placement.source.display(); };
  const std::size_t width = width_of(report.placements, name);
  std::string text;
  for (const Placement& placement : report.placements) {
    const std::string_view why = placement.is_altered ? "altered" : placement.why == Placement::Why::same ? "" : name_of(placement.why);
    const std::string name_there = printable(placement.target_name);
    text += fmt::format("  {} → {}{}{}\n", padded(name(placement), width), name_there, why.empty() ? "" : ", ", why);
  }
  return text;
}

}  // namespace

std::string to_text(const AccountInventory& inventory) {
  std::string text = server_text(printable(inventory.account), inventory.server);
  text += "\nfolders\n" + folders_text(inventory) + statistics_text(inventory.statistics, false);
  if (inventory.folders_left_out > 0) text += fmt::format("\nfolders left out by rules: {}\n", grouped(inventory.folders_left_out));
  if (!inventory.findings.empty()) text += "\nwhat to know before the migration\n" + findings_text(inventory.findings);
  return text;
}

std::string people_text(const OrganisationInventory& inventory) {
  const auto name = [](const PersonRow& person) { return printable(person.account); };
  const std::size_t width = width_of(inventory.people, name);
  std::string text = "accounts\n";
  for (const PersonRow& person : inventory.people) {
    const std::string numbers = person.is_read ? tally_text(person.total) : fmt::format("{:>25}", "not read");
    text += fmt::format("  {} {}  {}\n", padded(name(person), width), numbers, name_of(person.worst));
  }
  return text + fmt::format("  {} {}\n", padded("together", width), tally_text(inventory.statistics.total()));
}

std::string causes_text(const OrganisationInventory& inventory) {
  std::string text;
  for (const Severity severity : {Severity::stop, Severity::warning, Severity::note}) {
    for (const auto& [code, total] : inventory.findings) {
      if (total.worst != severity) continue;
      const std::string count = total.count > 0 ? fmt::format(": {}", grouped(total.count)) : "";
      text += fmt::format("  {:<8} {}{} (accounts: {})\n", name_of(total.worst), code, count, grouped(total.accounts));
      text += wrapped(total.advice, "           ");
      for (const auto& [account, what] : total.told) text += fmt::format("             {}: {}\n", printable(account), printable(what));
      if (total.told.size() == most_told && total.accounts > most_told) text += "             …\n";
    }
  }
  return text;
}

std::string to_text(const OrganisationInventory& inventory) {
  const std::string causes = causes_text(inventory);
  return people_text(inventory) + statistics_text(inventory.statistics, true) +
         (causes.empty() ? "" : "\nwhat to know before the migration\n" + causes);
}

std::string to_text(const CheckReport& report) {
  std::string text = server_text("source " + printable(report.source.account), report.source.server);
  text += server_text("target " + printable(report.target.account), report.target.server);
  const Tally& total = report.source.statistics.total();
  text += fmt::format("\nto be moved: {} messages, {}, in {} folders\n", grouped(total.messages), format_bytes(total.bytes),
                      grouped(report.placements.size()));
  text += "\nfolders\n" + placements_text(report);
  text += "\nfindings\n" + findings_text(report.findings);
  const Severity worst = worst_of(report.findings);
  const std::string_view verdict = worst == Severity::stop      ? "The account cannot be moved like this."
                                   : worst == Severity::warning ? "The account can be moved; look at the warnings first."
                                                                : "The account can be moved.";
  return text + fmt::format("\n{}\n", verdict);
}

}  // namespace godwit::inventory
