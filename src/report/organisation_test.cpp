// SPDX-License-Identifier: Apache-2.0
// What follows from a report, and its forms for programs, spreadsheets and terminals.
#include "report/organisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/organisation_sample.h"
#include "report/organisation_summary.h"
#include "report/text_table.h"

namespace godwit::report {
namespace {

using test::at;
using test::hostile;
using test::report_of_one_text;
using test::sample_report;
using test::written;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Person person_of(PersonState state, std::optional<Grade> grade) {
  Person person;
  person.state = state;
  if (grade) person.verdict = Verdict{*grade, {}};
  return person;
}

StandingCounts counts_of(const std::vector<std::pair<Standing, std::uint64_t>>& counts) {
  StandingCounts result;
  for (const auto& [standing, count] : counts) result.counts.at(static_cast<std::size_t>(standing)) = count;
  return result;
}

TEST(OrganisationSummary, OnlyPerfectAndGoodAreDone) {
  using enum PersonState;
  const std::vector<std::tuple<PersonState, std::optional<Grade>, Standing>> cases{
      {moved, Grade::perfect, Standing::done},     {verified, Grade::good, Standing::done},    {moved, Grade::review, Standing::decision},
      {verified, Grade::failed, Standing::failed}, {moved, std::nullopt, Standing::decision},  {waiting, Grade::perfect, Standing::waiting},
      {running, Grade::perfect, Standing::running}, {stopped, Grade::good, Standing::stopped}, {failed, Grade::perfect, Standing::failed}};
  for (const auto& [state, grade, expected] : cases) {
    EXPECT_EQ(standing_of(person_of(state, grade)), expected) << name_of(state) << ' ' << (grade ? name_of(*grade) : "no grade");
  }
}

TEST(OrganisationSummary, TheHeadlineAnswersHowItGoes) {
  using enum Standing;
  const std::vector<std::pair<StandingCounts, std::string>> cases{
      {{}, "The plan has no people yet"},
      {counts_of({{done, 1}}), "The one person is moved"},
      {counts_of({{done, 2000}}), "All 2,000 people are moved"},
      {counts_of({{done, 1998}, {decision, 2}}), "1,998 of 2,000 people are moved; 2 need a decision"},
      {counts_of({{waiting, 1}}), "0 of 1 person are moved; 1 waits"},
      {counts_of({{done, 1}, {decision, 1}, {failed, 1}, {stopped, 1}, {running, 1}}),
       "1 of 5 people is moved; 1 failed; 1 needs a decision; 1 was stopped part way; 1 is being moved"},
      {counts_of({{failed, 12}, {stopped, 3}, {running, 4}, {waiting, 1981}}),
       "0 of 2,000 people are moved; 12 failed; 3 were stopped part way; 4 are being moved; 1,981 wait"}};
  for (const auto& [people, expected] : cases) EXPECT_EQ(headline(people), expected);
}

TEST(OrganisationSummary, AddsUpPeopleProblemsAndWaves) {
  OrganisationReport report = sample_report(100);
  report.people[0].wave = "another";
  report.people[1].verdict.reset();
  const OrganisationSummary summary = summary_of(report);
  EXPECT_EQ(summary.people.total(), 100U);
  EXPECT_EQ(summary.people.of(Standing::decision), 3U);
  EXPECT_EQ(summary.grades[0] + summary.grades[1] + summary.grades[2] + summary.grades[3] + summary.ungraded, 100U);
  EXPECT_EQ(summary.ungraded, 1U);
  EXPECT_EQ(summary.undecided_problems, 7U) << "accepted ones, and those of items that were moved, wait for nobody";
  std::vector<std::string> kinds, waves;
  for (const ProblemCause* cause : summary.problems) kinds.push_back(cause->kind);
  EXPECT_THAT(kinds, ElementsAre("too_big", "refused", "altered"));
  for (const WaveSummary& wave : summary.waves) waves.push_back(wave.name + ' ' + std::to_string(wave.people.total()));
  EXPECT_THAT(waves, ElementsAre("pilot 1", "night 1 48", "night 2 50", "another 1"));
  EXPECT_EQ(summary.waves.back().wave, nullptr);
}

TEST(OrganisationSummary, ErrorsThatEndRoundsAreOfPeopleAndComeFirst) {
  ProblemCause error{"auth", 0, 3, "", false, {}, 2001, true};
  EXPECT_EQ(extent_of(error), "3 people");
  EXPECT_EQ(kind_and_code(error), "auth, GW-2001");
  EXPECT_FALSE(needs_decision(error)) << "there is nothing to accept";
  EXPECT_EQ(extent_of({"too_big", 12, 1, "", false, {}, 0, false}), "12 items of 1 person");
  EXPECT_EQ(kind_and_code({"too_big", 12, 1, "", false, {}, 0, false}), "too_big");
  OrganisationReport report = sample_report(100);
  report.problems.push_back(error);
  EXPECT_EQ(summary_of(report).problems.front()->kind, "auth");
}

TEST(OrganisationSummary, ARunWithoutAnEndIsAtWorkOrBrokenOff) {
  EXPECT_EQ(outcome_of({"migrate", at(0), at(3), false, 0, 0, ""}), "3:00 min");
  EXPECT_EQ(outcome_of({"migrate", at(0), std::nullopt, true, 0, 0, ""}), "at work");
  EXPECT_EQ(outcome_of({"migrate", at(0), std::nullopt, false, 0, 0, ""}), "broken off");
}

TEST(OrganisationSummary, AdvisesOnEveryKind) {
  for (const std::string_view kind : {"usage", "auth", "refused", "too_big", "doubt", "repaired", "", "of a later godwit"}) {
    const Advice advice = advice_on(kind);
    EXPECT_FALSE(advice.title.empty() || advice.action.empty()) << kind;
  }
  ProblemCause cause{"too_big", 1, 1, "ask admin-1@example.com", false, {}};
  EXPECT_EQ(advice_on(cause).action, "ask admin-1@example.com");
  EXPECT_EQ(advice_on(cause).title, "Larger than the target takes");
}

// Rows of cells as RFC 4180 says, without the quotes; a row ends with CRLF only.
std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string cell;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c != '"') cell += c;
      else if (text.substr(i + 1, 1) == "\"") cell += text[++i];
      else is_quoted = false;
    } else if (c == '"') {
      EXPECT_TRUE(cell.empty());
      is_quoted = true;
    } else if (c == ',' || text.substr(i, 2) == "\r\n") {
      row.push_back(std::exchange(cell, {}));
      if (c == ',') continue;
      ++i;
      rows.push_back(std::exchange(row, {}));
    } else {
      cell += c;
    }
  }
  EXPECT_TRUE(row.empty() && cell.empty() && !is_quoted) << "the last line has no end";
  return rows;
}

TEST(OrganisationCsv, NoCellIsAFormula) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"}, {"+1", "'+1"},         {"-5", "'-5"},           {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1", "'\\x09=1"},                          {"\r=1", "'\\x0d=1"},  {"＝1", "'＝1"},         {"a;=1", "a;'=1"},
      {"a\";-1", "a\";'-1"},                         {"a=b", "a=b"},        {"a, b", "a, b"},        {"2-1", "2-1"},
      {"say \"hi\"", "say \"hi\""},                  {"a\r\nb", "a\\x0d\\x0ab"}, {"", ""},           {"Grüße 日本", "Grüße 日本"},
      {"\xff", "\\xff"},                             {"\xe2\x80\xae", "\\u{202e}"}};
  for (const auto& [text, expected] : cases) {
    const auto people = rows_of(written(write_people_csv, report_of_one_text(text)));
    ASSERT_EQ(people.size(), 4U);
    for (const std::size_t column : {0U, 1U, 2U, 3U}) EXPECT_EQ(people[1][column], expected);
    const auto problems = rows_of(written(write_problems_csv, report_of_one_text(text)));
    ASSERT_EQ(problems.size(), 4U);
    for (const std::size_t column : {0U, 5U, 6U, 8U, 9U, 10U, 12U, 13U}) EXPECT_EQ(problems[1][column], expected) << column;
  }
}

TEST(OrganisationCsv, HasTheSameColumnsInEveryRowAndNumbersAsNumbers) {
  OrganisationReport report = sample_report(30);
  report.people[4].rounds.clear();
  report.people[4].verdict.reset();
  report.people[4].items = std::numeric_limits<std::uint64_t>::max();
  report.problems[0].examples.clear();
  report.problems[1].examples[0].uid = 0;
  const std::string people_text = written(write_people_csv, report);
  EXPECT_THAT(people_text, HasSubstr(",18446744073709551615,")) << "without quotes and separators";
  const std::string problems_text = written(write_problems_csv, report);
  for (const std::string& text : {people_text, problems_text, written(write_people_csv, {}), written(write_problems_csv, {})}) {
    const auto rows = rows_of(text);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows.front().size());
  }
  const auto people = rows_of(people_text);
  EXPECT_EQ(people.size(), 31U);
  EXPECT_EQ(people[5][6], "") << "no grade";
  EXPECT_EQ(people[5][14] + people[5][15], "") << "no round";
  EXPECT_THAT(people[30], testing::Contains("review"));
  const auto problems = rows_of(problems_text);
  EXPECT_EQ(problems.size(), 1U + 1 + 1 + 7) << "a cause without examples has a row, and all examples have theirs";
  EXPECT_EQ(problems[1][5], "");
  EXPECT_EQ(problems[2][7], "") << "no UID";
}

TEST(OrganisationJson, SaysEverythingAgain) {
  const OrganisationReport report = sample_report(40);
  const auto object = nlohmann::json::parse(written(write_json, report));
  EXPECT_EQ(object["godwit_report"], 1);
  EXPECT_EQ(object["headline"], "38 of 40 people are moved; 2 need a decision");
  EXPECT_EQ(object["made"], "2025-02-01T11:30:00+01:00");
  EXPECT_EQ(object["summary"]["standing"]["decision"], 2);
  EXPECT_EQ(object["servers"][1]["software"], "Dovecot 2.3.19.1");
  EXPECT_EQ(object["settings"][3]["name"], "rules.exclude");
  ASSERT_EQ(object["people"].size(), 40U);
  for (std::size_t i = 0; i < 40; ++i) {
    const Person& person = report.people[i];
    const auto& entry = object["people"][i];
    EXPECT_EQ(entry["name"], person.name);
    EXPECT_EQ(entry["bytes"], person.bytes);
    EXPECT_EQ(entry["grade"], name_of(person.verdict->grade));
    EXPECT_EQ(entry["reasons"], person.verdict->reasons);
    EXPECT_EQ(entry["rounds"].size(), person.rounds.size());
    EXPECT_EQ(entry["rounds"][0]["copied"], person.rounds[0].copied);
  }
  EXPECT_EQ(object["problems"][0]["kind"], "too_big");
  EXPECT_EQ(object["problems"][0]["examples"].size(), 7U);
  EXPECT_EQ(object["problems"][0]["examples"][0]["bytes"], 62914560);
  EXPECT_EQ(object["waves"][0]["sign_off"]["by"], "admin-1@example.com");
  EXPECT_TRUE(object["waves"][2]["sign_off"].is_null());
  EXPECT_EQ(object["forecast"]["predicted"]["seconds_high"], 57600);
  EXPECT_EQ(object["timeline"].size(), 600U);
  EXPECT_EQ(object["timeline"][0]["limited_by"], "target");
}

TEST(OrganisationJson, IsAsciiAndOneObjectWhateverTheBytes) {
  using namespace std::string_literals;
  const std::string valid = "quote\" back\\slash \n\t\0 \xe2\x80\xae Grüße 🐦 </script>"s;
  auto text = written(write_json, report_of_one_text(valid));
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
  EXPECT_EQ(nlohmann::json::parse(text)["people"][0]["name"], valid) << "UTF-8 comes back as it was";
  text = written(write_json, report_of_one_text(std::string(hostile)));
  EXPECT_THAT(nlohmann::json::parse(text)["plan"].get<std::string>(), HasSubstr("\xef\xbf\xbd\xef\xbf\xbd\xe2\x80\xae"));
  OrganisationReport report = sample_report(1);
  report.timeline[0].bytes_per_second = std::numeric_limits<double>::quiet_NaN();
  report.made.seconds = std::numeric_limits<std::int64_t>::max();
  const auto object = nlohmann::json::parse(written(write_json, report));
  EXPECT_EQ(object["timeline"][0]["bytes_per_second"], 0);
  EXPECT_TRUE(object["made"].is_null());
  const auto empty = nlohmann::json::parse(written(write_json, {}));
  EXPECT_EQ(empty.size(), object.size()) << "the keys are always there";
  EXPECT_TRUE(empty["people"].is_array() && empty["forecast"].is_null());
}

void expect_fits(const std::string& text, std::size_t columns) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    ASSERT_NE(end, std::string::npos) << "the last line has no end";
    const std::string line = text.substr(begin, end - begin);
    EXPECT_LE(columns_of(line), columns) << line;
    EXPECT_FALSE(line.ends_with(' ')) << '"' << line << '"';
    begin = end + 1;
  }
}

TEST(OrganisationText, FitsAHundredColumnsAndSaysTheSame) {
  for (const std::size_t people : {0U, 1U, 40U, 41U, 2000U}) expect_fits(written(write_text, sample_report(people)), 100);
  const std::string text = written(write_text, sample_report(2000));
  EXPECT_THAT(text, StartsWith("1,998 of 2,000 people are moved; 2 need a decision.\n"));
  EXPECT_THAT(text, AllOf(HasSubstr("People who need attention"), HasSubstr("person-2000@example.com"), Not(HasSubstr("person-0001@"))));
  EXPECT_THAT(text, AllOf(HasSubstr("Larger than the target takes (too_big): 7 items of 2 people, needs a decision"),
                          HasSubstr("(refused): 33 items of 11 people, accepted"), Not(HasSubstr("part 6 of 7"))));
  EXPECT_THAT(text, AllOf(HasSubstr("14:00 h"), HasSubstr("15:00 h"), HasSubstr("+7.1 %"), HasSubstr("rules.exclude = Junk/**"),
                          HasSubstr("pilot: signed off by admin-1@example.com, 2025-02-01 01:00 +01:00: no complaints from the pilot\n")));
  const std::string small = written(write_text, sample_report(40));
  EXPECT_THAT(small, HasSubstr("person-0001@example.com"));
  EXPECT_LT(small.find("person-0040@"), small.find("person-0001@")) << "who needs attention comes first";
}

TEST(OrganisationText, AnyBytesFitAndMoveNoCursor) {
  const std::string wide = "日本語のとても長い名前がここにあります日本語のとても長い名前がここにあります";
  for (const std::string& bytes : {std::string(hostile), wide, std::string(2000, 'x'), std::string("\x1b[31m\0", 6)}) {
    OrganisationReport report = report_of_one_text(bytes);
    report.people[0].items = report.people[0].not_moved = 9'999'999;
    report.people[0].bytes = (std::uint64_t{1} << 40) - (std::uint64_t{1} << 27);
    report.people[1].state = PersonState::verified;
    const std::string text = written(write_text, report);
    expect_fits(text, 100);
    EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; }));
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\xff")), Not(HasSubstr("\xe2\x80\xae"))));
  }
}

TEST(OrganisationText, ManyWhoNeedAttentionAreCounted) {
  OrganisationReport report = sample_report(300);
  for (Person& person : report.people) person.state = PersonState::failed;
  EXPECT_THAT(written(write_text, report), HasSubstr("… and 260 more; the other forms of this report have them all\n"));
}

}  // namespace
}  // namespace godwit::report
