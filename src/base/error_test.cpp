// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>
#include <string>

namespace godwit {
namespace {

struct Row {
  ErrorKind kind;
  std::string_view name;
  Reaction reaction;
  int exit_status;
};

// The exit statuses are a promise to the operators' scripts.
constexpr std::array rows{
    Row{ErrorKind::usage, "usage", Reaction::stop_account, 2},
    Row{ErrorKind::auth, "auth", Reaction::stop_account, 3},
    Row{ErrorKind::refused, "refused", Reaction::skip_item, 1},
    Row{ErrorKind::not_understood, "not_understood", Reaction::skip_item, 1},
    Row{ErrorKind::not_found, "not_found", Reaction::skip_item, 1},
    Row{ErrorKind::exists, "exists", Reaction::skip_item, 1},
    Row{ErrorKind::quota, "quota", Reaction::stop_account, 1},
    Row{ErrorKind::too_big, "too_big", Reaction::skip_item, 1},
    Row{ErrorKind::unavailable, "unavailable", Reaction::retry_later, 4},
    Row{ErrorKind::syntax, "syntax", Reaction::reconnect, 4},
    Row{ErrorKind::timeout, "timeout", Reaction::reconnect, 4},
    Row{ErrorKind::network, "network", Reaction::reconnect, 4},
    Row{ErrorKind::tls, "tls", Reaction::stop_account, 4},
    Row{ErrorKind::canceled, "canceled", Reaction::stop_account, 5},
    Row{ErrorKind::storage, "storage", Reaction::stop_account, 6},
    Row{ErrorKind::bug, "bug", Reaction::stop_account, 70},
};

TEST(Error, EveryKindHasItsReactionAndExitStatus) {
  std::set<std::string_view> names;
  for (const Row& row : rows) {
    EXPECT_EQ(name_of(row.kind), row.name);
    EXPECT_EQ(reaction_to(row.kind), row.reaction) << row.name;
    EXPECT_EQ(exit_status_of(row.kind), row.exit_status) << row.name;
    names.insert(row.name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorKind::bug) + 1) << "a kind is missing in the table";
}

TEST(Error, ContextIsPutInFront) {
  const Error error = Error{ErrorKind::refused, "no", {}, {}}.at("UID 7").at("INBOX").at("mail.example.com");
  EXPECT_EQ(error.where, "mail.example.com: INBOX: UID 7");
}

TEST(Error, DescribesItselfInOneLine) {
  EXPECT_EQ(describe({ErrorKind::refused, "the folder was not made", "NO\x1b[2J no\r\n", "INBOX"}),
            "INBOX: the folder was not made (the server said: \"NO\\x1b[2J no\\x0d\\x0a\") (GW-6000)");
  EXPECT_EQ(describe({ErrorKind::bug, "what", {}, {}}), "what (GW-9000)");
  EXPECT_EQ(describe({ErrorKind::tls, "it expired", {}, {}, 3201}), "it expired (GW-3201)");
}

Result<int> half_of(int number) {
  if (number % 2 != 0) return fail(ErrorKind::usage, "odd", "server text");
  return number / 2;
}

Result<> check_even(int number) {
  GODWIT_CHECK(half_of(number));
  return {};
}

Result<int> quarter_of(int number) {
  GODWIT_TRY(const int half, half_of(number));
  GODWIT_TRY(const int quarter, half_of(half));
  return quarter;
}

Result<std::unique_ptr<int>> boxed_half_of(int number) {
  GODWIT_TRY(const int half, half_of(number));
  return std::make_unique<int>(half);
}

Result<std::unique_ptr<int>> passed_on(int number) {
  GODWIT_TRY(auto box, boxed_half_of(number));
  return box;
}

TEST(Error, TheMacrosPropagateErrors) {
  EXPECT_EQ(quarter_of(12), 3);
  EXPECT_EQ(quarter_of(6).error(), (Error{ErrorKind::usage, "odd", "server text", {}}));
  EXPECT_TRUE(check_even(2));
  EXPECT_EQ(check_even(3).error().kind, ErrorKind::usage);
  EXPECT_EQ(**passed_on(8), 4);
  EXPECT_FALSE(passed_on(7));
}

}  // namespace
}  // namespace godwit
