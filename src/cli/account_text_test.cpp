// SPDX-License-Identifier: Apache-2.0
#include "cli/account_text.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>

namespace godwit::cli {
namespace {

using nlohmann::json;

TEST(AccountText, AnAccountAtWork) {
  EXPECT_EQ(account_text({{"account", "alice@example.com"}, {"state", "running"}, {"phase", "copying"}, {"folder", "Sent\x1b[2J"},
                          {"messages", 12'345}, {"messages_done", 1'000}, {"held", true}, {"wave", "night 1"}, {"attempts", 0}}),
            "alice@example.com\n"
            "  state        running, copying Sent\\x1b[2J (1,000 of 12,345 messages), held until godwit account release\n"
            "  wave         night 1\n");
}

TEST(AccountText, AnAccountThatFailed) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const json account{{"account", "bob"}, {"state", "waiting"}, {"copied", 3}, {"bytes_done", 2048}, {"matched", 4}, {"not_moved", 5},
                     {"grade", "review"}, {"grade_reasons", {"5 items were not moved", "9 items listed"}}, {"attempts", 2},
                     {"began", 1'700'000'000}, {"ended", 1'700'000'060}, {"next_attempt", 1'700'000'120}, {"warning", "slow"},
                     {"error", {{"what", "connection lost"}, {"code", "GW-4001"}}}};
  EXPECT_EQ(account_text(account),
            "bob\n"
            "  state        waiting\n"
            "  began        2023-11-14 22:13:20\n"
            "  ended        2023-11-14 22:14:20\n"
            "  last round   3 messages, 2.0 KiB; 4 were there already; 5 NOT moved\n"
            "  grade        review\n"
            "               5 items were not moved\n"
            "               9 items listed\n"
            "  error        connection lost (GW-4001)\n"
            "  attempts     2 failed in a row\n"
            "  next attempt 2023-11-14 22:15:20\n"
            "  warning      slow\n");
}

}  // namespace
}  // namespace godwit::cli
