// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "report/organisation_sample.h"
#include "report/page_style.h"

namespace godwit::report {
namespace {

using test::hostile;
using test::report_of_one_text;
using test::sample_report;
using test::written;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Tag {
  std::string name, attributes;
  bool is_end = false, is_empty = false;
};

// The tags of a page in their order, past its style sheet. Strict: a "<" that begins no tag, or an attribute without quotes, is a fault.
std::vector<Tag> tags_of(const std::string& page) {
  static const std::regex tag(R"re(<(/?)([a-zA-Z!][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"<>]*")?)*)\s*(/?)>)re");
  std::vector<Tag> tags;
  for (std::size_t i = page.find('<'); i != std::string::npos; i = page.find('<', i)) {
    std::smatch match;
    const auto begin = page.begin() + static_cast<std::ptrdiff_t>(i);
    if (!std::regex_search(begin, page.end(), match, tag, std::regex_constants::match_continuous)) {
      ADD_FAILURE() << "no tag: " << page.substr(i, 80);
      return tags;
    }
    tags.push_back({match[2], match[3], match[1] == "/", match[4] == "/"});
    i += static_cast<std::size_t>(match.length());
    if (tags.back().name == "style" && !tags.back().is_end) i = page.find("</style>", i);
  }
  return tags;
}

void expect_balanced(const std::string& page) {
  static const std::set<std::string> void_elements{"!DOCTYPE", "meta"};
  std::vector<std::string> open;
  for (const Tag& tag : tags_of(page)) {
    if (tag.is_empty || void_elements.contains(tag.name)) continue;
    if (!tag.is_end) {
      open.push_back(tag.name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << "</" << tag.name << "> too many";
    ASSERT_EQ(open.back(), tag.name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty()) << "not ended: " << (open.empty() ? "" : open.back());
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t i = text.find(part); i != std::string_view::npos; i = text.find(part, i + part.size())) ++count;
  return count;
}

TEST(OrganisationHtml, SaysFirstHowItGoes) {
  const std::string page = written(write_html, sample_report(2000));
  EXPECT_THAT(page, HasSubstr("<h1>1,998 of 2,000 people are moved; 2 need a decision</h1>"));
  EXPECT_THAT(page, HasSubstr("<dd>1,998 of 2,000<span class=\"more\">99.9 %</span>"));
  EXPECT_THAT(page, HasSubstr("Larger than the target takes"));
  EXPECT_THAT(page, HasSubstr("5 of 7 items"));
  EXPECT_LT(page.find("Who needs attention"), page.find("Problems by cause"));
  EXPECT_LT(page.find("Larger than the target takes"), page.find("Altered by the target")) << "what needs a decision comes first";
}

TEST(OrganisationHtml, IsWellFormedWhateverTheSize) {
  for (const std::size_t people : {1U, 2U, 49U, 120U}) expect_balanced(written(write_html, sample_report(people)));
  const std::string empty = written(write_html, {});
  expect_balanced(empty);
  EXPECT_THAT(empty, HasSubstr("The plan has no people yet"));
  EXPECT_THAT(empty, Not(HasSubstr("<section>"))) << "nothing to show";
}

TEST(OrganisationHtml, NoTextBecomesMarkup) {
  const std::string page = written(write_html, report_of_one_text(std::string(hostile)));
  expect_balanced(page);
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<img")), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(page, AllOf(HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;"), HasSubstr("&amp;amp;"),
                          HasSubstr("\\x1b[2J\\x0d\\x0a\\x09\\xff\\xfe\\u{202e} gpj.exe \\u{2066}")));
  for (const std::string_view bad : {"\xff", "\xe2\x80\xae", "\xe2\x81\xa6", "\r", "\t"}) EXPECT_EQ(count_of(page, bad), 0U) << bad;
  static const std::set<std::string> known{
      "!DOCTYPE", "html",  "head",  "meta",  "title", "style", "body",    "header",  "main", "footer",  "section", "article", "h1",
      "h2",       "h3",    "p",     "time",  "dl",    "div",   "dt",      "dd",      "span", "table",   "caption", "thead",   "tbody",
      "tr",       "th",    "td",    "bdi",   "q",     "ul",    "li",      "i",       "svg",  "desc",    "rect",    "path",    "text",
      "figure",   "figcaption", "details", "summary"};
  for (const Tag& tag : tags_of(page)) {
    EXPECT_TRUE(known.contains(tag.name)) << tag.name;
    EXPECT_THAT(tag.attributes, AllOf(Not(HasSubstr(" on")), Not(HasSubstr("src=")), Not(HasSubstr("style="))));
  }
}

TEST(OrganisationHtml, TextCutAnywhereStaysInItsPlace) {
  const std::string text(hostile);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    ASSERT_NO_FATAL_FAILURE(expect_balanced(written(write_html, report_of_one_text(text.substr(0, size))))) << size;
  }
  const std::string huge = written(write_html, report_of_one_text(std::string(std::size_t{1} << 20, '<')));
  expect_balanced(huge);
  EXPECT_LT(huge.size(), 300'000U) << "long texts are cut";
}

TEST(OrganisationHtml, NeedsNothingBesidesItself) {
  const std::string page = written(write_html, sample_report(60));
  for (const std::string_view part : {"<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "href=", "http:", "https:"}) {
    EXPECT_EQ(count_of(page, part), 0U) << part;
  }
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(OrganisationHtml, ChartsAndTablesHaveNames) {
  const std::string page = written(write_html, sample_report(60));
  EXPECT_EQ(count_of(page, "<svg"), 6U);
  EXPECT_EQ(count_of(page, "<svg"), count_of(page, "role=\"img\" aria-labelledby=\""));
  EXPECT_EQ(count_of(page, "<table"), count_of(page, "<caption>"));
  EXPECT_EQ(count_of(page, "<th"), count_of(page, "scope=\"") + count_of(page, "<thead"));
  static const std::regex id(R"re( id="([^"]*)")re"), reference(R"re(aria-labelledby="([^" ]*) ([^"]*)")re");
  std::set<std::string> ids;
  for (std::sregex_iterator match(page.begin(), page.end(), id), end; match != end; ++match) {
    EXPECT_TRUE(ids.insert((*match)[1]).second) << "twice: " << (*match)[1];
  }
  for (std::sregex_iterator match(page.begin(), page.end(), reference), end; match != end; ++match) {
    EXPECT_TRUE(ids.contains((*match)[1]) && ids.contains((*match)[2])) << match->str();
  }
}

TEST(OrganisationHtml, EveryPersonIsInATableOfTheWave) {
  OrganisationReport report = sample_report(120);
  report.people[7].wave = "not of the plan";
  report.people[8].wave = "";
  const std::string page = written(write_html, report);
  const std::string all = page.substr(page.find("All people"));
  for (const Person& person : report.people) EXPECT_EQ(count_of(all, "<th scope=\"row\"><bdi>" + person.name + "</bdi>"), 1U);
  EXPECT_THAT(all, AllOf(HasSubstr("not of the plan</bdi>: 1 person, 1 done"), HasSubstr("No wave</bdi>: 1 person, 1 done")));
}

TEST(OrganisationHtml, RemarksTellWhatTheColumnsDoNot) {
  OrganisationReport report = sample_report(1);
  Person& person = report.people[0];
  person.not_moved = 2;
  person.altered = 1;
  person.repaired = 1'000;
  person.problems = 1'003;
  EXPECT_THAT(written(write_html, report),
              AllOf(HasSubstr("<td class=\"remarks\">1 altered by the server. 1,000 in a repaired form. <bdi>"),
                    Not(HasSubstr("other problem"))));
  person.problems += 1;
  EXPECT_THAT(written(write_html, report), HasSubstr("1 other problem on record. "));
  person.source_user = "old-name";
  person.target_user = "new-name";
  person.rounds.back().ended.reset();
  EXPECT_THAT(written(write_html, report), AllOf(HasSubstr("from <bdi>old-name</bdi>"), HasSubstr("to <bdi>new-name</bdi>"),
                                                 HasSubstr("since 2025-02-01 ")));
}

// WCAG 2.1: relative luminance, and contrast of 4.5 at least for text (1.4.3), 3 for what charts are made of (1.4.11).
double luminance(const std::string& colour) {
  const auto channel = [&colour](std::size_t place) {
    const double value = std::stoi(colour.substr(place, 2), nullptr, 16) / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

double contrast(const std::string& left, const std::string& right) {
  const auto [dark, light] = std::minmax({luminance(left), luminance(right)});  // by value: the other form refers to what is gone
  return (light + 0.05) / (dark + 0.05);
}

TEST(OrganisationHtml, BothThemesHaveContrast) {
  const std::string style(page_style());
  static const std::regex variable(R"re(--([a-z-]+): (#[0-9a-f]{6}))re");
  std::vector<std::map<std::string, std::string>> themes;
  for (std::sregex_iterator match(style.begin(), style.end(), variable), end; match != end; ++match) {
    if ((*match)[1] == "paper") themes.emplace_back();
    ASSERT_FALSE(themes.empty());
    themes.back()[(*match)[1]] = (*match)[2];
  }
  ASSERT_EQ(themes.size(), 2U);
  const std::vector<std::string> fills{"perfect", "good", "decision", "failed", "waiting", "running", "stopped"};
  for (auto& theme : themes) {
    ASSERT_EQ(theme.size(), themes.front().size()) << "a colour is missing";
    for (const std::string text : {"ink", "muted", "accent"}) {
      EXPECT_GE(contrast(theme[text], theme["paper"]), 4.5) << text;
      EXPECT_GE(contrast(theme[text], theme["panel"]), 4.5) << text;
    }
    for (const std::string& fill : fills) {
      EXPECT_GE(contrast(theme["on-fill"], theme[fill]), 4.5) << fill;
      EXPECT_GE(contrast(theme[fill], theme["paper"]), 3) << fill;
    }
    for (const std::string line : {"by-line", "by-limits"}) EXPECT_GE(contrast(theme[line], theme["paper"]), 3) << line;
  }
}

// Counts what comes, keeps none of it, and looks at the heap from time to time.
class Meter : public std::streambuf {
 public:
  std::size_t bytes = 0, most_in_use = 0;

 protected:
  int_type overflow(int_type c) override {
    ++bytes;
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char*, std::streamsize size) override {
    bytes += static_cast<std::size_t>(size);
    if (++calls_ % 256 == 0) most_in_use = std::max(most_in_use, mallinfo2().uordblks);
    return size;
  }

 private:
  std::size_t calls_ = 0;
};

TEST(OrganisationReports, FiveThousandPeopleTakeLessThanASecondAndLittleMemory) {
  OrganisationReport report = sample_report(5000);
  report.timeline = test::sample_timeline(2'000, 1'000'000, std::uint64_t{1} << 40);
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  constexpr double most_seconds = 10;
#else
  constexpr double most_seconds = 1;
#endif
  for (const auto write : {write_html, write_json, write_people_csv, write_text}) {
    Meter meter;
    std::ostream out(&meter);
    const std::size_t before = mallinfo2().uordblks;
    const std::clock_t begin = std::clock();
    write(report, out);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    EXPECT_LT(seconds, most_seconds) << meter.bytes << " bytes";
    EXPECT_GT(meter.bytes, 1000U);
    EXPECT_LT(meter.most_in_use, before + (std::size_t{4} << 20)) << "the report itself is larger";
  }
}

// For looking at: GODWIT_SAMPLE_REPORT=FILE writes FILE.html, .txt, .json and .csv of GODWIT_SAMPLE_PEOPLE (2,000) people.
TEST(OrganisationReports, SampleForPeople) {
  const char* file = std::getenv("GODWIT_SAMPLE_REPORT");
  if (file == nullptr) GTEST_SKIP() << "GODWIT_SAMPLE_REPORT is not set";
  const char* people = std::getenv("GODWIT_SAMPLE_PEOPLE");
  const OrganisationReport report = sample_report(people == nullptr ? 2000 : parse_number<std::size_t>(people).value());
  const auto write = [&](const char* ending, auto writer) {
    std::ofstream out(file + std::string(ending), std::ios::binary);
    writer(report, out);
    EXPECT_TRUE(out.flush());
  };
  write(".html", write_html);
  write(".txt", write_text);
  write(".json", write_json);
  write(".people.csv", write_people_csv);
  write(".problems.csv", write_problems_csv);
}

}  // namespace
}  // namespace godwit::report
