// SPDX-License-Identifier: Apache-2.0
// The page: no script, nothing fetched, every text of others escaped.
#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "report/html_text.h"
#include "report/measures.h"
#include "report/organisation_charts.h"
#include "report/page_sections.h"
#include "report/page_style.h"

namespace godwit::report {
namespace {

std::string key_figure(std::string_view name, std::string_view value, std::string_view more) {
  return fmt::format(R"(<div><dt>{}</dt><dd>{}<span class="more">{}</span></dd></div>)", name, value, more) + '\n';
}

void write_head(const OrganisationReport& report, std::string_view title, std::ostream& out) {
  out << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      << R"(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">)" << '\n'
      << R"(<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">)" << '\n'
      << "<title>" << html_text(report.plan) << ": " << html_text(title) << "</title>\n<style>" << page_style()
      << "</style></head><body>\n";
}

void write_opening(const OrganisationReport& report, const OrganisationSummary& summary, std::string_view title, std::ostream& out) {
  const std::uint64_t done = summary.people.of(Standing::done), people = summary.people.total();
  out << fmt::format(R"(<header><p class="eyebrow">Migration report: {}</p><h1>{}</h1><p class="lead">{}</p>)", isolated_html(report.plan),
                     html_text(title), html_text(second_line(summary)))
      << fmt::format(R"(<p class="meta">Made <time datetime="{}">{}</time> by {}</p>)", time_stamp(report.made), time_text(report.made),
                     isolated_html(report.program))
      << "\n<dl class=\"figures-row\">\n"
      << key_figure("People done", fmt::format("{} of {}", grouped(done), grouped(people)), percent_text(done, people))
      << key_figure("Items on the target", grouped(summary.items), format_bytes(summary.bytes))
      << key_figure("Items not moved", grouped(summary.not_moved),
                    summary.undecided_problems > 0 ? fmt::format("{} need a decision", grouped(summary.undecided_problems))
                    : summary.not_moved > 0       ? "no decision is open"
                                                   : done == people              ? "nothing stays behind"
                                                   : "as far as known by now")
      << key_figure("Altered or repaired", grouped(summary.altered + summary.repaired), "each is on record")
      << "</dl></header>\n";
}

void write_charts(const OrganisationReport& report, const OrganisationSummary& summary, std::ostream& out) {
  if (summary.people.total() > 0) out << "<section class=\"together\"><h2>Grades</h2>\n" << grades_figure(summary) << "</section>\n";
  if (!report.timeline.empty()) out << "<section><h2>Progress</h2>\n" << progress_figures(report.timeline) << "</section>\n";
  if (report.forecast) out << "<section class=\"together\"><h2>Forecast</h2>\n" << forecast_figure(*report.forecast) << "</section>\n";
}

void write_servers(const OrganisationReport& report, std::ostream& out) {
  if (report.servers.empty()) return;
  out << R"(<section><h2>Servers</h2><table><caption>As they present themselves</caption><thead><tr><th scope="col">Role</th>)"
      << R"(<th scope="col">Address</th><th scope="col">Software</th></tr></thead><tbody>)" << '\n';
  for (const ServerDescription& server : report.servers) {
    out << fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>)", html_text(server.role), isolated_html(server.address),
                       server.software.empty() ? "<span class=\"muted\">not told</span>" : isolated_html(server.software))
        << '\n';
  }
  out << "</tbody></table></section>\n";
}

void write_runs(const OrganisationReport& report, std::ostream& out) {
  if (report.runs.empty()) return;
  out << R"(<section><h2>Runs</h2><div class="wide"><table><caption>Each time that a command was at work on the plan</caption><thead><tr>)"
      << R"(<th scope="col">Began</th><th scope="col">Command</th><th scope="col">Took</th><th scope="col" class="number">Items</th>)"
      << R"(<th scope="col" class="number">Size</th><th scope="col">By</th></tr></thead><tbody>)" << '\n';
  for (const Run& run : report.runs) {
    out << fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td class="number">{}</td>)"
                       R"(<td class="number">{}</td><td>{}</td></tr>)",
                       time_text(run.began), isolated_html(run.command), outcome_of(run), grouped(run.items), format_bytes(run.bytes),
                       isolated_html(run.program))
        << '\n';
  }
  out << "</tbody></table></div></section>\n";
}

void write_settings(const OrganisationReport& report, std::ostream& out) {
  if (report.settings.empty()) return;
  out << R"(<section><h2>Settings</h2><table class="pairs"><caption>What the plan says</caption><thead><tr>)"
      << R"(<th scope="col">Setting</th><th scope="col">Value</th></tr></thead><tbody>)" << '\n';
  for (const NamedValue& setting : report.settings) {
    out << fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td></tr>)", isolated_html(setting.name), isolated_html(setting.value)) << '\n';
  }
  out << "</tbody></table></section>\n";
}

constexpr std::string_view closing =
    R"(<footer><p class="meta">Grades. Perfect: every item was read back from the target and is equal, byte for byte. Good: every item )"
    R"(was seen on the target; what could not be kept is told. Review: items were not moved, and somebody must accept each group of )"
    R"(them. Failed: the last round did not come to its end, or items were not seen on the target.</p>)"
    R"(<p class="meta">Done means perfect or good. Sizes are in units of 1,024: 1 GiB is 1,024 MiB.</p></footer>)"
    "\n</body></html>\n";

}  // namespace

void write_html(const OrganisationReport& report, std::ostream& out) {
  const OrganisationSummary summary = summary_of(report);
  const std::string title = headline(summary.people);
  write_head(report, title, out);
  write_opening(report, summary, title, out);
  out << "<main>\n";
  write_attention(report, summary, out);
  write_problems(summary, out);
  write_charts(report, summary, out);
  write_waves(summary, out);
  write_people(report, summary, out);
  write_runs(report, out);
  write_servers(report, out);
  write_settings(report, out);
  out << "</main>\n" << closing;
}

}  // namespace godwit::report
