// SPDX-License-Identifier: Apache-2.0
// What the tests of organisations' reports share: a report of any size, and texts as bad as they come.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/text.h"
#include "report/organisation.h"

namespace godwit::report::test {

constexpr std::int64_t sample_begin = 1'738'350'000;  // 2025-01-31 19:00:00 UTC

inline InternalDate at(std::int64_t minutes) { return {sample_begin + minutes * 60, 60}; }

// Person `number` of `count`, counted from 1: the last ones of a sample are those that went wrong.
inline Person sample_person(std::size_t number, std::size_t count) {
  Person person;
  person.name = fmt::format("person-{:04}@example.com", number);
  person.source_user = fmt::format("person-{:04}", number);
  person.target_user = person.name;
  person.wave = number <= count / 50 ? "pilot" : number <= count / 2 ? "night 1" : "night 2";
  person.state = number % 3 == 0 ? PersonState::verified : PersonState::moved;
  person.items = 1000 + number * 7919 % 60'000;
  person.bytes = person.items * (40'000 + number * 104'729 % 90'000);
  const auto begin = static_cast<std::int64_t>(number * 900 / count);
  person.rounds = {{at(begin), at(begin + 9), person.items - 12, person.bytes - 4096}, {at(begin + 600), at(begin + 601), 12, 4096}};
  Verdict verdict;
  if (person.state == PersonState::moved) {
    verdict = {Grade::good, {fmt::format("{} items listed, but not read back", grouped(person.items))}};
  }
  if (number % 97 == 0) {
    person.altered = number % 5 + 1;
    verdict.grade = Grade::good;
    verdict.reasons.insert(verdict.reasons.begin(), fmt::format("{} items on the target, but altered by the server", person.altered));
  }
  person.problems = person.altered;
  if (number + 2 > count) {
    person.not_moved = 3 + number % 2;
    person.problems += person.not_moved;
    verdict.grade = Grade::review;
    verdict.reasons.insert(verdict.reasons.begin(),
                           fmt::format("{} items not moved (too_big): somebody must accept that, or try again", person.not_moved));
  }
  if (number % 180 == 42) {
    person.not_moved = 3;
    person.problems += person.not_moved;
    verdict.grade = Grade::good;
    verdict.reasons.insert(verdict.reasons.begin(), "3 items not moved (refused), which was accepted");
  }
  person.verdict = verdict;
  return person;
}

inline std::vector<TimelinePoint> sample_timeline(std::size_t count, std::uint64_t items, std::uint64_t bytes) {
  std::vector<TimelinePoint> points;
  double done = 0;
  std::vector<double> speeds;
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(count);
    speeds.push_back(i == 0 ? 0 : t < 0.3 ? 1 + 0.1 * std::sin(40 * t) : t < 0.36 ? 0.25 : t < 0.8 ? 0.85 + 0.08 * std::sin(90 * t) : 0.45);
    done += speeds.back();
  }
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(count);
    sum += speeds[i];
    TimelinePoint point;
    point.time = at(static_cast<std::int64_t>(900 * i / count));
    point.items = static_cast<std::uint64_t>(sum / done * static_cast<double>(items));
    point.bytes = static_cast<std::uint64_t>(sum / done * static_cast<double>(bytes));
    point.items_per_second = speeds[i] * static_cast<double>(items) / 54'000;
    point.bytes_per_second = speeds[i] * static_cast<double>(bytes) / 54'000;
    point.limited_by = t < 0.3 ? Bottleneck::target : t < 0.36 ? Bottleneck::limits : t < 0.8 ? Bottleneck::source : Bottleneck::line;
    points.push_back(point);
  }
  return points;
}

inline std::vector<ProblemCause> sample_problems(std::size_t people) {
  ProblemCause too_big{"too_big", 7, 2, "", false, {}};
  for (std::size_t i = 0; i < 7; ++i) {
    const std::string person = fmt::format("person-{:04}@example.com", people - i % 2);
    too_big.examples.push_back({person, i % 2 == 0 ? "INBOX" : "Projects/2019/Drawings", static_cast<Uid>(4711 + i * 13),
                                fmt::format("Drawings, part {} of 7", i + 1), "office-01@example.org", "Mon, 4 Nov 2019 10:12:31 +0100",
                                (60 + i * 7) << 20, "larger than the 50.0 MiB that the target takes; raise its limit, then retry",
                                "NO [LIMIT] Message is larger than 52428800 bytes"});
  }
  ProblemCause refused{"refused", (people + 138) / 180 * 3, (people + 138) / 180, "", true, {}};
  refused.examples.push_back({"person-0042@example.com", "Archive", 17, "Scan <0001> & \"notes\"", "scanner-7@example.net", "",
                              48'128, "the target refuses a NUL in a header", "BAD NUL characters are not allowed"});
  ProblemCause altered{"altered", 61, 21, "", false, {}};
  altered.examples.push_back({"person-0097@example.com", "INBOX", 903, "Newsletter 12", "news@example.net",
                              "Tue, 2 Jan 2018 08:00:00 +0000", 9'004, "1 byte differs, at offset 812: 0x0d is missing", ""});
  return {altered, refused, too_big};
}

inline OrganisationReport sample_report(std::size_t people) {
  OrganisationReport report;
  report.plan = "example.com to new.example.com";
  report.made = at(930);
  report.program = "godwit 0.1.0";
  report.servers = {{"source", "imaps://old.example.com:993", "Cyrus IMAP 2.4.17"},
                    {"target", "imaps://new.example.com:993", "Dovecot 2.3.19.1"}};
  report.settings = {{"connections", "2"}, {"repair", "nul, bare-newline"},
                     {"limits.source.connections", "40"}, {"rules.exclude", "Junk/**"}};
  for (std::size_t number = 1; number <= people; ++number) report.people.push_back(sample_person(number, people));
  report.problems = sample_problems(people);
  report.waves = {{"pilot", at(0), at(120), SignOff{"admin-1@example.com", at(300), "no complaints from the pilot"}},
                  {"night 1", at(120), at(500), SignOff{"admin-1@example.com", at(905), ""}},
                  {"night 2", at(500), at(920), std::nullopt}};
  report.runs = {{"migrate", at(0), at(120), false, 1'000, 40'000'000, "godwit 0.1.0"},
                 {"migrate", at(120), std::nullopt, false, 20'000, 900'000'000, "godwit 0.1.0"},
                 {"migrate", at(500), std::nullopt, true, 30'000, 1'300'000'000, "godwit 0.1.0"}};
  std::uint64_t items = 0, bytes = 0;
  for (const Person& person : report.people) {
    items += person.items;
    bytes += person.bytes;
  }
  report.timeline = sample_timeline(600, items, bytes);
  using std::chrono::seconds;
  report.forecast = Forecast{items - items / 200, bytes - bytes / 90, seconds(50'400), seconds(45'000), seconds(57'600),
                             items,               bytes,              seconds(54'000), true};
  return report;
}

inline constexpr std::string_view hostile =
    "</title></style></td><script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;"
    "\x1b[2J\r\n\t\xff\xfe\xe2\x80\xae gpj.exe \xe2\x81\xa6";

// Every text of it is `text`.
inline OrganisationReport report_of_one_text(std::string text) {
  OrganisationReport report = sample_report(3);
  report.plan = report.program = text;
  report.timeline.resize(3);
  report.servers = {{text, text, text}};
  report.settings = {{text, text}};
  for (Person& person : report.people) {
    person.name = person.source_user = person.target_user = person.wave = text;
    person.verdict = Verdict{Grade::review, {text, text}};
  }
  for (ProblemCause& cause : report.problems) {
    cause.kind = cause.action = text;
    cause.code = 6000;
    cause.examples = {{text, text, 1, text, text, text, 1, text, text}};
  }
  report.waves = {{text, at(0), at(1), SignOff{text, at(1), text}}};
  report.runs = {{text, at(0), at(1), false, 1, 1, text}};
  return report;
}

template <class Write>
std::string written(Write write, const OrganisationReport& report) {
  std::ostringstream out;
  write(report, out);
  return std::move(out).str();
}

}  // namespace godwit::report::test
