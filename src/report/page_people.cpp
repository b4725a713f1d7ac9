// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "base/text.h"
#include "report/html_text.h"
#include "report/measures.h"
#include "report/organisation_charts.h"
#include "report/page_sections.h"

namespace godwit::report {
namespace {

using People = std::vector<const Person*>;

std::string number_cell(std::uint64_t number) {
  return fmt::format(R"(<td class="number{}">{}</td>)", number == 0 ? " muted" : "", grouped(number));
}

std::string name_cell(const Person& person, bool shows_wave) {
  std::string text = fmt::format(R"(<th scope="row">{})", isolated_html(person.name));
  if (person.source_user != person.name) text += fmt::format(R"(<span class="small">from {}</span>)", isolated_html(person.source_user));
  if (person.target_user != person.name) text += fmt::format(R"(<span class="small">to {}</span>)", isolated_html(person.target_user));
  if (shows_wave && !person.wave.empty()) text += fmt::format(R"(<span class="small">wave {}</span>)", isolated_html(person.wave));
  return text + "</th>";
}

std::string rounds_cell(const Person& person) {
  std::string text = fmt::format(R"(<td class="number{}">{})", person.rounds.empty() ? " muted" : "", person.rounds.size());
  if (!person.rounds.empty()) {
    const PersonRound& last = person.rounds.back();
    const std::string when = last.ended ? time_text(*last.ended) : "since " + time_text(last.began);
    text += fmt::format(R"(<span class="small">{}</span>)", html_text(when));
  }
  return text + "</td>";
}

std::string remarks_cell(const Person& person) {
  std::string text = R"(<td class="remarks">)";
  if (person.altered > 0) text += fmt::format("{} altered by the server. ", grouped(person.altered));
  if (person.repaired > 0) text += fmt::format("{} in a repaired form. ", grouped(person.repaired));
  const std::uint64_t told = person.not_moved + person.altered + person.repaired;
  if (person.problems > told) text += fmt::format("{} on record. ", counted(person.problems - told, "other problem"));
  if (person.verdict) {
    std::string_view separator;
    for (const std::string& reason : person.verdict->reasons) {
      text += fmt::format("{}{}", separator, isolated_html(reason));
      separator = "; ";
    }
  }
  return text + "</td>";
}

std::string row_of(const Person& person, bool shows_wave) {
  const std::string grade = person.verdict ? badge(colour_of(person.verdict->grade), name_of(person.verdict->grade))
                                           : badge("plain", "no grade");
  return fmt::format("<tr>{}<td class=\"nowrap\">{}</td><td>{}</td>{}<td class=\"number\">{}</td>{}{}{}</tr>\n",
                     name_cell(person, shows_wave), name_of(person.state), grade, number_cell(person.items), format_bytes(person.bytes),
                     number_cell(person.not_moved), rounds_cell(person), remarks_cell(person));
}

void write_table(const People& people, std::string_view caption, bool shows_wave, std::ostream& out) {
  out << R"(<div class="wide"><table class="people"><caption>)" << html_text(caption)
      << R"(</caption><thead><tr><th scope="col">Person</th><th scope="col">State</th><th scope="col">Grade</th>)"
      << R"(<th scope="col" class="number">Items</th><th scope="col" class="number">Size</th>)"
      << R"(<th scope="col" class="number">Not moved</th><th scope="col" class="number">Rounds</th>)"
      << R"(<th scope="col">Remarks</th></tr></thead><tbody>)" << '\n';
  for (const Person* person : people) out << row_of(*person, shows_wave);
  out << "</tbody></table></div>\n";
}

std::string when_of(const WaveSummary& wave) {
  if (wave.wave == nullptr || (!wave.wave->begins && !wave.wave->ends)) return "";
  std::string text = wave.wave->begins ? time_text(*wave.wave->begins) : "";
  if (wave.wave->ends) text += " to " + time_text(*wave.wave->ends);
  return text;
}

std::string sign_off_of(const WaveSummary& wave) {
  if (wave.wave == nullptr || !wave.wave->sign_off) return badge("plain", "not signed off");
  const SignOff& sign_off = *wave.wave->sign_off;
  const std::string at = time_text(sign_off.at);
  std::string text = sign_off.by.empty() ? at : fmt::format(R"({}<span class="small">{}</span>)", isolated_html(sign_off.by), at);
  if (!sign_off.note.empty()) text += fmt::format(R"(<span class="small">{}</span>)", isolated_html(sign_off.note));
  return text;
}

std::string title_of(const WaveSummary& wave) { return wave.name.empty() ? "No wave" : wave.name; }

}  // namespace

std::string badge(std::string_view colour, std::string_view text) {
  return fmt::format(R"(<span class="badge {}">{}</span>)", colour, html_text(text));
}

void write_attention(const OrganisationReport& report, const OrganisationSummary& summary, std::ostream& out) {
  People people;
  for (const Person& person : report.people) {
    if (needs_attention(standing_of(person))) people.push_back(&person);
  }
  if (people.empty()) return;
  std::ranges::sort(people, comes_first);
  constexpr std::size_t shown_at_once = 25;
  const bool is_long = people.size() > shown_at_once;
  const std::string caption = fmt::format("{} of {}: failed ones first, then those who need a decision, then those who were stopped",
                                          grouped(people.size()), counted(summary.people.total(), "person", "people"));
  out << "<section><h2>Who needs attention</h2>\n";
  write_table({people.begin(), people.begin() + static_cast<std::ptrdiff_t>(std::min(people.size(), shown_at_once))}, caption, true, out);
  if (is_long) {
    const People others(people.begin() + shown_at_once, people.end());
    out << "<details><summary>" << grouped(others.size()) << " more</summary>\n";
    write_table(others, "The others who need attention", true, out);
    out << "</details>\n";
  }
  out << "</section>\n";
}

void write_people(const OrganisationReport& report, const OrganisationSummary& summary, std::ostream& out) {
  if (report.people.empty()) return;
  std::map<std::string_view, People> by_wave;
  for (const Person& person : report.people) by_wave[person.wave].push_back(&person);
  constexpr std::size_t most_open = 50;
  const std::string_view open = report.people.size() <= most_open ? " open" : "";
  out << "<section class=\"new-page\"><h2>All people</h2>\n";
  for (const WaveSummary& wave : summary.waves) {
    const auto people = by_wave.extract(wave.name);
    if (people.empty()) continue;
    const std::string title = title_of(wave);
    out << "<details" << open << "><summary>" << isolated_html(title) << ": "
        << counted(people.mapped().size(), "person", "people") << ", " << grouped(wave.people.of(Standing::done)) << " done</summary>\n";
    write_table(people.mapped(), "People of " + (wave.name.empty() ? "no wave" : title), false, out);
    out << "</details>\n";
  }
  out << "</section>\n";
}

void write_waves(const OrganisationSummary& summary, std::ostream& out) {
  if (summary.people.total() == 0 && summary.waves.empty()) return;
  out << "<section><h2>Waves</h2>\n" << waves_figure(summary);
  out << R"(<div class="wide"><table><caption>Windows, people and sign-off</caption><thead><tr><th scope="col">Wave</th>)"
      << R"(<th scope="col">Window</th><th scope="col" class="number">People</th><th scope="col" class="number">Done</th>)"
      << R"(<th scope="col" class="number">Need attention</th><th scope="col">Signed off</th></tr></thead><tbody>)" << '\n';
  for (const WaveSummary& wave : summary.waves) {
    std::uint64_t attention = 0;
    for (const Standing standing : standings) attention += needs_attention(standing) ? wave.people.of(standing) : 0;
    out << fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td>{}{}{}<td>{}</td></tr>)", isolated_html(title_of(wave)), when_of(wave),
                       number_cell(wave.people.total()), number_cell(wave.people.of(Standing::done)), number_cell(attention),
                       sign_off_of(wave))
        << '\n';
  }
  out << "</tbody></table></div></section>\n";
}

}  // namespace godwit::report
