// SPDX-License-Identifier: Apache-2.0
// docs/reports.md has the keys. Written piece by piece, so that thousands of people need no tree in memory.
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error_code.h"
#include "report/measures.h"
#include "report/organisation_summary.h"

namespace godwit::report {
namespace {

using json = nlohmann::ordered_json;

constexpr int format = 1;

// ASCII only; bytes that are no UTF-8 become U+FFFD.
std::string text_of(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

json time_or_null(const std::optional<InternalDate>& time) {
  const std::string stamp = time ? time_stamp(*time) : std::string();
  return stamp.empty() ? json() : json(stamp);
}

double rate(double value) { return std::isfinite(value) ? value : 0; }

json json_of(const Person& person) {
  json rounds = json::array();
  for (const PersonRound& round : person.rounds) {
    rounds.push_back({{"began", time_or_null(round.began)}, {"ended", time_or_null(round.ended)}, {"copied", round.copied},
                      {"bytes", round.bytes}});
  }
  return {{"name", person.name},
          {"source_user", person.source_user},
          {"target_user", person.target_user},
          {"wave", person.wave},
          {"state", name_of(person.state)},
          {"standing", name_of(standing_of(person))},
          {"grade", person.verdict ? json(name_of(person.verdict->grade)) : json()},
          {"reasons", person.verdict ? json(person.verdict->reasons) : json::array()},
          {"items", person.items},
          {"bytes", person.bytes},
          {"not_moved", person.not_moved},
          {"problems", person.problems},
          {"altered", person.altered},
          {"repaired", person.repaired},
          {"rounds", std::move(rounds)}};
}

json json_of(const ProblemExample& example) {
  return {{"person", example.person},   {"folder", example.folder},
          {"uid", example.uid},         {"subject", example.subject},
          {"from", example.from},       {"date", example.date},
          {"bytes", example.size},      {"reason", example.reason},
          {"server_text", example.server_text}};
}

json json_of(const ProblemCause& cause) {
  const Advice advice = advice_on(cause);
  json examples = json::array();
  for (const ProblemExample& example : cause.examples) examples.push_back(json_of(example));
  return {{"kind", cause.kind},
          {"title", advice.title},
          {"action", advice.action},
          {"items", cause.count},
          {"people", cause.people},
          {"accepted", cause.is_accepted},
          {"needs_decision", needs_decision(cause)},
          {"code", cause.code == 0 ? json() : json(code_text(cause.code))},
          {"examples", std::move(examples)}};
}

json json_of(const WaveSummary& wave) {
  json people;
  for (const Standing standing : standings) people[std::string(name_of(standing))] = wave.people.of(standing);
  json sign_off;
  const bool is_planned = wave.wave != nullptr;
  if (is_planned && wave.wave->sign_off) {
    const SignOff& done = *wave.wave->sign_off;
    sign_off = {{"by", done.by}, {"at", time_or_null(done.at)}, {"note", done.note}};
  }
  return {{"name", wave.name},
          {"begins", is_planned ? time_or_null(wave.wave->begins) : json()},
          {"ends", is_planned ? time_or_null(wave.wave->ends) : json()},
          {"people", wave.people.total()},
          {"standing", std::move(people)},
          {"sign_off", std::move(sign_off)}};
}

json json_of(const TimelinePoint& point) {
  return {{"time", time_or_null(point.time)},
          {"items", point.items},
          {"bytes", point.bytes},
          {"items_per_second", rate(point.items_per_second)},
          {"bytes_per_second", rate(point.bytes_per_second)},
          {"limited_by", name_of(point.limited_by)}};
}

json json_of(const Forecast& forecast) {
  return {{"predicted",
           {{"items", forecast.items}, {"bytes", forecast.bytes}, {"seconds", forecast.expected.count()},
            {"seconds_low", forecast.low.count()}, {"seconds_high", forecast.high.count()}}},
          {"actual", {{"items", forecast.actual_items}, {"bytes", forecast.actual_bytes}, {"seconds", forecast.actual.count()}}},
          {"over", forecast.is_over}};
}

json json_of(const Run& run) {
  return {{"command", run.command},        {"began", time_or_null(run.began)}, {"ended", time_or_null(run.ended)},
          {"at_work", run.is_at_work},     {"items", run.items},               {"bytes", run.bytes},
          {"program", run.program}};
}

json summary_json(const OrganisationSummary& summary) {
  json people, grades;
  for (const Standing standing : standings) people[std::string(name_of(standing))] = summary.people.of(standing);
  for (const Grade grade : {Grade::perfect, Grade::good, Grade::review, Grade::failed}) {
    grades[std::string(name_of(grade))] = summary.grades.at(static_cast<std::size_t>(grade));
  }
  return {{"people", summary.people.total()},
          {"standing", std::move(people)},
          {"grades", std::move(grades)},
          {"ungraded", summary.ungraded},
          {"items", summary.items},
          {"bytes", summary.bytes},
          {"not_moved", summary.not_moved},
          {"altered", summary.altered},
          {"repaired", summary.repaired},
          {"undecided", summary.undecided_problems}};
}

class ObjectWriter {
 public:
  explicit ObjectWriter(std::ostream& out) : out_(out) { out_ << '{'; }
  void value(std::string_view key, const json& value) {
    begin(key);
    out_ << text_of(value);
  }
  template <class Range, class ToJson>
  void list(std::string_view key, const Range& range, ToJson to_json) {
    begin(key);
    std::string_view separator = "[";
    for (const auto& element : range) {
      out_ << separator << '\n' << text_of(to_json(element));
      separator = ",";
    }
    out_ << (std::empty(range) ? "[]" : "]");
  }
  void end() { out_ << "}\n"; }

 private:
  void begin(std::string_view key) {
    out_ << separator_ << '"' << key << "\":";
    separator_ = ",\n";
  }
  std::ostream& out_;
  std::string_view separator_;
};

}  // namespace

void write_json(const OrganisationReport& report, std::ostream& out) {
  const OrganisationSummary summary = summary_of(report);
  ObjectWriter object(out);
  object.value("godwit_report", format);
  object.value("plan", report.plan);
  object.value("made", time_or_null(report.made));
  object.value("program", report.program);
  object.value("headline", headline(summary.people));
  object.value("summary", summary_json(summary));
  object.list("servers", report.servers, [](const ServerDescription& server) {
    return json{{"role", server.role}, {"address", server.address}, {"software", server.software}};
  });
  object.list("settings", report.settings, [](const NamedValue& setting) {
    return json{{"name", setting.name}, {"value", setting.value}};
  });
  const auto any = [](const auto& element) { return json_of(element); };
  object.list("waves", summary.waves, any);
  object.list("problems", summary.problems, [](const ProblemCause* cause) { return json_of(*cause); });
  object.value("forecast", report.forecast ? json_of(*report.forecast) : json());
  object.list("timeline", report.timeline, any);
  object.list("runs", report.runs, any);
  object.list("people", report.people, any);
  object.end();
}

}  // namespace godwit::report
