// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "report/html_text.h"
#include "report/measures.h"
#include "report/organisation_summary.h"
#include "report/text_table.h"

namespace godwit::report {
namespace {

using enum TextTable::Align;

constexpr std::size_t width = 100;       // columns
constexpr std::size_t people_shown = 40;

void write_heading(std::string_view title, std::ostream& out) { out << '\n' << title << "\n\n"; }

void write_opening(const OrganisationReport& report, const OrganisationSummary& summary, std::ostream& out) {
  out << wrapped(headline(summary.people) + ".", 0, width) << wrapped(second_line(summary), 0, width) << '\n'
      << wrapped(fmt::format("Plan {}; made {} by {}", shown(report.plan), time_text(report.made), shown(report.program)), 0, width);
  for (const ServerDescription& server : report.servers) {
    out << wrapped(fmt::format("{}: {}{}{}", shown(server.role), shown(server.address), server.software.empty() ? "" : ", ",
                               shown(server.software)), 0, width);
  }
}

std::vector<const Person*> people_to_show(const OrganisationReport& report) {
  std::vector<const Person*> people;
  const bool shows_all = report.people.size() <= people_shown;
  for (const Person& person : report.people) {
    if (shows_all || needs_attention(standing_of(person))) people.push_back(&person);
  }
  std::ranges::sort(people, comes_first);
  return people;
}

void write_people(const OrganisationReport& report, std::ostream& out) {
  const auto people = people_to_show(report);
  if (people.empty()) return;
  write_heading(people.size() == report.people.size() ? "People" : "People who need attention", out);
  TextTable table({{"Person", left, 30}, {"Wave", left, 10}, {"State", left}, {"Grade", left}, {"Items", right}, {"Size", right},
                   {"Not moved", right}});
  const std::size_t count = std::min(people.size(), people_shown);
  for (std::size_t i = 0; i < count; ++i) {
    const Person& person = *people[i];
    table.add({shown(person.name), shown(person.wave), std::string(name_of(person.state)),
               person.verdict ? std::string(name_of(person.verdict->grade)) : "none", grouped(person.items), format_bytes(person.bytes),
               grouped(person.not_moved)});
  }
  table.print(out);
  if (people.size() > count) out << fmt::format("  … and {} more; the other forms of this report have them all\n", people.size() - count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!people[i]->verdict || !needs_attention(standing_of(*people[i]))) continue;
    for (const std::string& reason : people[i]->verdict->reasons) {
      out << wrapped(fmt::format("{}: {}", shown(people[i]->name), shown(reason)), 2, width);
    }
  }
}

void write_example(const ProblemExample& example, std::ostream& out) {
  std::string text = shown(example.person);
  if (!example.folder.empty()) text += ", " + shown(example.folder);
  if (example.uid != 0) text += fmt::format(", UID {}, {}", example.uid, format_bytes(example.size));
  if (!example.subject.empty()) text += fmt::format(", \"{}\"", shown(example.subject));
  if (!example.from.empty()) text += ", from " + shown(example.from);
  if (!example.date.empty()) text += ", " + shown(example.date);
  text += ": " + shown(example.reason);
  if (!example.server_text.empty()) text += fmt::format("; the server: \"{}\"", shown(example.server_text));
  out << wrapped(text, 6, width);
}

void write_problems(const OrganisationSummary& summary, std::ostream& out) {
  if (summary.problems.empty()) return;
  write_heading("Problems by cause", out);
  for (const ProblemCause* cause : summary.problems) {
    const Advice advice = advice_on(*cause);
    const std::string_view state = needs_decision(*cause) ? ", needs a decision" : cause->is_accepted ? ", accepted" : "";
    out << wrapped(fmt::format("{} ({}): {}{}", shown(advice.title), shown(kind_and_code(*cause)), extent_of(*cause), state), 2, width)
        << wrapped(shown(advice.action), 4, width);
    const std::size_t count = std::min(cause->examples.size(), examples_shown);
    for (std::size_t i = 0; i < count; ++i) write_example(cause->examples[i], out);
  }
}

void write_waves(const OrganisationSummary& summary, std::ostream& out) {
  if (summary.waves.empty()) return;
  write_heading("Waves", out);
  TextTable table({{"Wave", left, 28}, {"Begins", left}, {"Ends", left}, {"People", right}, {"Done", right}});
  for (const WaveSummary& wave : summary.waves) {
    const bool is_planned = wave.wave != nullptr;
    table.add({wave.name.empty() ? "no wave" : shown(wave.name), is_planned && wave.wave->begins ? time_text(*wave.wave->begins) : "",
               is_planned && wave.wave->ends ? time_text(*wave.wave->ends) : "", grouped(wave.people.total()),
               grouped(wave.people.of(Standing::done))});
  }
  table.print(out);
  for (const WaveSummary& wave : summary.waves) {
    if (wave.wave == nullptr || !wave.wave->sign_off) continue;
    const SignOff& sign_off = *wave.wave->sign_off;
    out << wrapped(fmt::format("{}: signed off{}{}, {}{}{}", shown(wave.name), sign_off.by.empty() ? "" : " by ", shown(sign_off.by),
                               time_text(sign_off.at), sign_off.note.empty() ? "" : ": ", shown(sign_off.note)), 2, width);
  }
}

void write_forecast(const Forecast& forecast, std::ostream& out) {
  write_heading("Forecast", out);
  TextTable table({{"", left}, {"Predicted", right}, {forecast.is_over ? "Actual" : "So far", right}, {"", right}});
  const auto add = [&](std::string name, std::string predicted, std::string actual, auto actual_value, auto expected_value) {
    const auto number = [](auto value) { return static_cast<double>(value); };
    table.add({std::move(name), std::move(predicted), std::move(actual),
               forecast.is_over ? deviation_text(number(actual_value), number(expected_value)) : std::string()});
  };
  add("Items", grouped(forecast.items), grouped(forecast.actual_items), forecast.actual_items, forecast.items);
  add("Bytes", format_bytes(forecast.bytes), format_bytes(forecast.actual_bytes), forecast.actual_bytes, forecast.bytes);
  add("Time at work", duration_text(forecast.expected), duration_text(forecast.actual), forecast.actual.count(), forecast.expected.count());
  add("  at least", duration_text(forecast.low), "", 0, 0);
  add("  at most", duration_text(forecast.high), "", 0, 0);
  table.print(out);
}

void write_runs(const std::vector<Run>& runs, std::ostream& out) {
  if (runs.empty()) return;
  write_heading("Runs", out);
  TextTable table({{"Began", left}, {"Command", left, 12}, {"Took", left}, {"Items", right}, {"Size", right}, {"By", left, 20}});
  for (const Run& run : runs) {
    table.add({time_text(run.began), shown(run.command), outcome_of(run), grouped(run.items), format_bytes(run.bytes), shown(run.program)});
  }
  table.print(out);
}

void write_settings(const std::vector<NamedValue>& settings, std::ostream& out) {
  if (settings.empty()) return;
  write_heading("Settings", out);
  for (const NamedValue& setting : settings) out << wrapped(fmt::format("{} = {}", shown(setting.name), shown(setting.value)), 2, width);
}

}  // namespace

void write_text(const OrganisationReport& report, std::ostream& out) {
  const OrganisationSummary summary = summary_of(report);
  write_opening(report, summary, out);
  write_people(report, out);
  write_problems(summary, out);
  write_waves(summary, out);
  if (report.forecast) write_forecast(*report.forecast, out);
  write_runs(report.runs, out);
  write_settings(report.settings, out);
}

}  // namespace godwit::report
