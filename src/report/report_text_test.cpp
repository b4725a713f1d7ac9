// SPDX-License-Identifier: Apache-2.0
// Numbers, texts, tables and axes of reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <sstream>

#include "base/text.h"
#include "report/chart_scale.h"
#include "report/html_text.h"
#include "report/measures.h"
#include "report/svg_chart.h"
#include "report/text_table.h"

namespace godwit::report {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

TEST(Measures, AreReadable) {
  using std::chrono::seconds;
  EXPECT_EQ(counted(0, "item"), "0 items");
  EXPECT_EQ(counted(1, "person", "people"), "1 person");
  EXPECT_EQ(counted(2000, "person", "people"), "2,000 people");
  EXPECT_EQ(counted(std::numeric_limits<std::uint64_t>::max(), "item"), "18,446,744,073,709,551,615 items");
  const std::vector<std::pair<std::int64_t, std::string>> durations{
      {-5, "0 s"}, {0, "0 s"}, {59, "59 s"}, {60, "1:00 min"}, {3599, "59:59 min"},
      {3600, "1:00 h"}, {90'000, "25:00 h"}, {7'200'000, "2,000:00 h"}};
  for (const auto& [value, expected] : durations) EXPECT_EQ(duration_text(seconds(value)), expected);
  EXPECT_EQ(byte_rate_text(1536 * 1024), "1.5 MiB/s");
  for (const double nonsense : {nan, -1.0, -infinity}) EXPECT_EQ(byte_rate_text(nonsense), "0 B/s");
  EXPECT_THAT(byte_rate_text(infinity), HasSubstr("PiB/s"));
}

TEST(Measures, PercentSaysAllOnlyOfAll) {
  EXPECT_EQ(percent_text(0, 0), "0 %");
  EXPECT_EQ(percent_text(0, 5), "0 %");
  EXPECT_EQ(percent_text(1, 1'000'000), "0.1 %");
  EXPECT_EQ(percent_text(1, 2), "50.0 %");
  EXPECT_EQ(percent_text(999'999, 1'000'000), "99.9 %");
  EXPECT_EQ(percent_text(7, 7), "100 %");
  EXPECT_EQ(percent_text(8, 7), "100 %");
  EXPECT_EQ(deviation_text(107, 100), "+7.0 %");
  EXPECT_EQ(deviation_text(99.5, 100), "−0.5 %");
  EXPECT_EQ(deviation_text(100.01, 100), "±0 %");
  for (const double expected : {0.0, -1.0, nan}) EXPECT_EQ(deviation_text(1, expected), "");
  EXPECT_EQ(deviation_text(infinity, 1), "");
}

TEST(Measures, TimesStandInTheirZone) {
  EXPECT_EQ(time_text({1'738'350'000, -210}), "2025-01-31 15:30 -03:30");
  EXPECT_EQ(time_stamp({1'738'350'000, 0}), "2025-01-31T19:00:00+00:00");
  for (const std::int64_t seconds : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-62'167'219'201}, std::int64_t{253'402'300'800},
                                     std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(time_text({seconds, 600}), "unknown");
    EXPECT_EQ(time_stamp({seconds, -600}), "");
  }
}

TEST(HtmlText, EscapesWhatMeansSomething) {
  using namespace std::string_literals;
  EXPECT_EQ(html_text("a < b && \"c\" > 'd'"), "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  EXPECT_EQ(html_text("&lt;"), "&amp;lt;");
  EXPECT_EQ(html_text("nul\0 esc\x1b del\x7f"s), "nul\\x00 esc\\x1b del\\x7f");
  EXPECT_EQ(html_text("\xc0\xbc\xff"), "\\xc0\\xbc\\xff") << "an overlong < is no <";
  EXPECT_EQ(html_text("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b"), "\\u{202e}\\u{2066}\\u{200b}");
  EXPECT_EQ(isolated_html("שלום <"), "<bdi>שלום &lt;</bdi>");
}

TEST(HtmlText, CutsAtCodePointsAndBeforeItEscapes) {
  EXPECT_EQ(shown("abcdef", 6), "abcdef");
  EXPECT_EQ(shown("abcdefg", 6), "abcde…");
  EXPECT_EQ(shown("日本語日本語", 6), "日本語日本語");
  EXPECT_EQ(shown("日本語日本語日", 6), "日本語日本…");
  EXPECT_EQ(shown("🐦🐦🐦", 2), "🐦…");
  EXPECT_EQ(shown("ab", 1), "…");
  EXPECT_EQ(html_text("<<<<", 3), "&lt;&lt;…");
  EXPECT_EQ(shown(std::string(1 << 20, '\xff'), 5), "\\xff…");
}

TEST(HtmlText, AnyBytesAreSafe) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 60, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = html_text(bytes, 1 + random() % 40);
    ASSERT_EQ(text.find_first_of("<>\"'"), std::string::npos);
    ASSERT_EQ(printable(text), text) << "UTF-8 without control characters";
    for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
      ASSERT_NE(text.find(';', at), std::string::npos) << "a reference is not cut";
    }
  }
}

TEST(TextTable, CountsColumnsOfTheTerminal) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("Grüße"), 5U);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1U) << "a combining accent";
  EXPECT_EQ(columns_of("日本"), 4U);
  EXPECT_EQ(columns_of("🐦"), 2U);
  EXPECT_EQ(cut_to_columns("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to_columns("日本語", 6), "日本語");
  EXPECT_EQ(cut_to_columns("日本語", 4), "日…") << "no half characters";
  EXPECT_EQ(cut_to_columns("abc", 0), "");
}

TEST(TextTable, AlignsItsColumns) {
  TextTable table({{"Name", TextTable::Align::left, 6}, {"Items", TextTable::Align::right}, {"Note"}});
  std::ostringstream empty, out;
  table.print(empty);
  EXPECT_EQ(empty.str(), "");
  table.add({"日本", "7", "ok"});
  table.add({"abcdefgh", "12,345", ""});
  table.print(out);
  EXPECT_EQ(out.str(),
            "  Name     Items  Note\n"
            "  ──────  ──────  ────\n"
            "  日本         7  ok\n"
            "  abcde…  12,345\n");
}

TEST(TextTable, WrapsAtBlanksAndBreaksWhatIsTooLong) {
  EXPECT_EQ(wrapped("one two three", 2, 9), "  one two\n  three\n");
  EXPECT_EQ(wrapped("", 2, 9), "");
  EXPECT_EQ(wrapped("abcdefghij k", 0, 4), "abcd\nefgh\nij k\n");
  EXPECT_EQ(wrapped("  a   b ", 0, 80), "a b\n");
  EXPECT_EQ(wrapped("ab", 5, 3), "     a\n     b\n") << "never less than a column";
  EXPECT_EQ(wrapped("日本語", 0, 4), "日本\n語\n");
}

TEST(ChartScale, StepsAreRoundAndReachTheHighest) {
  const auto labels = [](const std::vector<Tick>& ticks) {
    std::vector<std::string> result;
    for (const Tick& tick : ticks) result.push_back(tick.label);
    return result;
  };
  EXPECT_THAT(labels(number_ticks(0)), ElementsAre("0", "1"));
  EXPECT_THAT(labels(number_ticks(3)), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(labels(number_ticks(61'979'000)), ElementsAre("0", "20,000,000", "40,000,000", "60,000,000", "80,000,000"));
  EXPECT_THAT(labels(byte_ticks(0)), ElementsAre("0", "1 B"));
  EXPECT_THAT(labels(byte_ticks(1.5 * 1024 * 1024)), ElementsAre("0", "1 MiB", "2 MiB"));
  EXPECT_THAT(labels(byte_ticks(1000.0 * 1024)), ElementsAre("0", "200 KiB", "400 KiB", "600 KiB", "800 KiB", "1,000 KiB"));
  for (double highest = 0.5; highest < 1e18; highest *= 1.7) {
    for (const auto& ticks : {number_ticks(highest), byte_ticks(highest)}) {
      EXPECT_GE(ticks.back().value, highest);
      EXPECT_LE(ticks.size(), 6U) << highest;
      EXPECT_GE(ticks.size(), 2U);
    }
  }
}

TEST(ChartScale, TimesAreRoundInTheirZone) {
  constexpr std::int64_t evening = 1'738'350'000;  // 19:00 UTC
  const auto ticks = time_ticks(evening + 60, evening + 4 * 3600, 3600);
  ASSERT_EQ(ticks.size(), 4U);
  EXPECT_EQ(ticks[0].label, "21:00");
  EXPECT_EQ(ticks[0].value, evening + 3600);
  EXPECT_EQ(time_ticks(evening, evening + 86'400 * 2, 0)[0].label, "02-01 00:00");
  EXPECT_EQ(time_ticks(evening, evening + 86'400 * 20, 0)[0].label, "02-06");
  for (std::int64_t span = 1; span < 200'000'000'000; span = span * 3 / 2 + 1) {
    for (const std::int64_t from : {evening, -evening}) {
      const auto some = time_ticks(from, from + span, -5400);
      EXPECT_LE(some.size(), 6U) << span;
      for (const Tick& tick : some) EXPECT_TRUE(tick.value >= static_cast<double>(from) && tick.value <= static_cast<double>(from + span));
    }
  }
}

TEST(SvgChart, BarsAreToScaleAndSmallOnesAreSeen) {
  const std::string chart = stacked_bars({"a", "A & B", "\"all\""}, 
                                         {{"first", {{"x", "is-done", 1998}, {"y", "is-failed", 2}, {"z", "is-x", 0}}},
                                          {"half", {{"x", "is-done", 1000}}}});
  EXPECT_THAT(chart, AllOf(HasSubstr("<title id=\"a-title\">A &amp; B</title>"), HasSubstr("&quot;all&quot;"), HasSubstr(">2,000</text>")));
  EXPECT_THAT(chart, AllOf(HasSubstr(R"(<rect class="is-failed" x="869.3" y="4.0" width="2.0")"), HasSubstr(R"(width="340.0")"),
                           HasSubstr("<title>x: 1,998</title>"), Not(HasSubstr("is-x"))));
  EXPECT_THAT(stacked_bars({"a", "", ""}, {}), HasSubstr("</svg>"));
  EXPECT_THAT(stacked_bars({"a", "", ""}, {{"none", {}}}), Not(HasSubstr("<rect")));
}

TEST(SvgChart, ACurveRunsFromCornerToCorner) {
  const Curve curve{{{1000, 0}, {1050, 50}, {1100, 100}}, Unit::number, 0, {{1000, 1100, "by-line"}}};
  const std::string chart = curve_chart({"c", "Curve", ""}, curve);
  EXPECT_THAT(chart, AllOf(HasSubstr("d=\"M84.0 190.0L266.0 100.0L448.0 10.0\""),
                           HasSubstr(R"(<rect class="by-line" x="84.0" y="196.0" width="364.0")")));
  EXPECT_THAT(curve_chart({"c", "", ""}, {}), AllOf(HasSubstr("</svg>"), Not(HasSubstr("class=\"curve\""))));
}

TEST(SvgChart, NonsenseIsDrawnAsZero) {
  const Curve curve{{{0, nan}, {1, -5}, {2, infinity}, {3, 1}}, Unit::bytes, 0, {}};
  EXPECT_THAT(curve_chart({"c", "", ""}, curve), AllOf(HasSubstr(">1 B<"), Not(HasSubstr("PiB")), Not(HasSubstr("nan"))));
  const std::string bars = compared_bars({"c", "", ""}, {{"x", nan, infinity, "1", "2", std::pair(nan, infinity)},
                                                         {"y", 0, 0, "", "", {}}});
  EXPECT_THAT(bars, AllOf(Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
}

TEST(SvgChart, ComparedBarsShowWhatIsLikely) {
  const std::string chart = compared_bars({"c", "", ""}, {{"Time", 100, 50, "100 s", "50 s (−50.0 %)", std::pair(80.0, 200.0)}});
  EXPECT_THAT(chart, AllOf(HasSubstr(R"(<rect class="expected" x="190.0" y="4.0" width="290.0")"),
                           HasSubstr(R"(<rect class="actual" x="190.0" y="22.0" width="145.0")"),
                           HasSubstr("M422.0 12.0H770.0"), HasSubstr(">50 s (−50.0 %)<")));
  const std::string backwards = compared_bars({"c", "", ""}, {{"Time", 1, 1, "", "", std::pair(5.0, 2.0)}});
  EXPECT_THAT(backwards, Not(HasSubstr("likely")));
}

}  // namespace
}  // namespace godwit::report
