// SPDX-License-Identifier: Apache-2.0
#include "report/rfc3339.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace godwit::report {
namespace {

TEST(Rfc3339, IsReadStrictly) {
  const std::vector<std::pair<std::string, std::optional<InternalDate>>> table{
      {"1970-01-01T00:00:00Z", InternalDate{0, 0}},
      {"1970-01-01T00:00:00-00:00", InternalDate{0, 0}},
      {"1996-07-17T02:44:25-07:00", InternalDate{837596665, -420}},
      {"1996-07-17T09:44:25Z", InternalDate{837596665, 0}},
      {"1996-07-17T15:14:25+05:30", InternalDate{837596665, 330}},
      {"1990-12-31T23:59:60Z", InternalDate{662688000, 0}},  // the leap second of RFC 3339, section 5.8
      {"2024-02-29T00:00:00Z", InternalDate{1709164800, 0}},
      {"2023-02-29T00:00:00Z", std::nullopt},
      {"1996-07-17T02:44:25", std::nullopt},
      {"1996-07-17t02:44:25Z", std::nullopt},
      {"1996-07-17T02:44:25z", std::nullopt},
      {"1996-07-17T02:44:25.5Z", std::nullopt},
      {"1996-00-30T02:44:25Z", std::nullopt},
      {"1996-13-01T02:44:25Z", std::nullopt},
      {"1996-07- 7T02:44:25Z", std::nullopt},
      {"1996-07-17T24:44:25Z", std::nullopt},
      {"1996-07-17T02:44:61Z", std::nullopt},
      {"1996-07-17T02:44:25+24:00", std::nullopt},
      {"1996-07-17T02:44:25+07:60", std::nullopt},
      {"1996-07-17T02:44:25+0700", std::nullopt},
      {"Z", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [text, date] : table) EXPECT_EQ(parse_rfc3339(text), date) << text;
}

TEST(Rfc3339, IsTheWayBack) {
  for (std::int64_t seconds = -62'000'000'000; seconds < 250'000'000'000; seconds += 7'777'777'777) {
    for (const int zone : {-1439, -420, 0, 330, 1439}) {
      const InternalDate date{seconds, static_cast<std::int16_t>(zone)};
      EXPECT_EQ(parse_rfc3339(date.to_rfc3339()), date) << date.to_rfc3339();
    }
  }
}

}  // namespace
}  // namespace godwit::report
