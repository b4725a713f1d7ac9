// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/body_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <string_view>

namespace godwit::adapters {
namespace {

// Everything of a body, in pieces of three bytes.
std::string whole(const BodyStore& store, const BodyStore::Kept& body) {
  std::string text;
  std::array<char, 3> buffer{};
  while (text.size() < body.size) {
    const auto piece = store.read(body, text.size(), buffer);
    if (piece.empty()) return "cannot be read";
    text.append(piece.begin(), piece.end());
  }
  return text;
}

TEST(BodyStore, BodiesThatComeInTurnsStayApart) {
  BodyStore store;
  BodyStore::Kept one{"d1", 0, 6, 1}, two{"d2", 0, 4, 2}, empty{"d3", 0, 0, 1};
  for (auto* const body : {&one, &two, &empty}) ASSERT_TRUE(store.reserve(*body));
  ASSERT_TRUE(store.write(one, 0, std::string_view("abc")));
  ASSERT_TRUE(store.write(two, 0, std::string_view("1234")));
  ASSERT_TRUE(store.write(one, 3, std::string_view("def")));
  store.keep({0, 7}, one);
  store.keep({1, 7}, two);
  store.keep({0, 8}, empty);
  EXPECT_EQ(whole(store, *store.find({0, 7})), "abcdef");
  EXPECT_EQ(whole(store, *store.find({1, 7})), "1234");
  EXPECT_EQ(whole(store, *store.find({0, 8})), "");
  EXPECT_EQ(store.find({0, 7})->date, "d1");
  EXPECT_EQ(store.find({0, 9}), nullptr);
}

TEST(BodyStore, WhatWasGivenForTheLastTimeIsForgotten) {
  BodyStore store;
  BodyStore::Kept body{"", 0, 2, 2}, other{"", 0, 2, 1};
  ASSERT_TRUE(store.reserve(body) && store.reserve(other));
  ASSERT_TRUE(store.write(body, 0, std::string_view("ab")) && store.write(other, 0, std::string_view("cd")));
  store.keep({0, 1}, body);
  store.keep({0, 2}, other);
  store.use({0, 1});
  EXPECT_EQ(whole(store, *store.find({0, 1})), "ab");
  store.use({0, 1});
  EXPECT_EQ(store.find({0, 1}), nullptr);
  store.use({0, 1});
  EXPECT_EQ(whole(store, *store.find({0, 2})), "cd") << "its room is not given back with the other's";
}

TEST(BodyStore, MoreThanAnnouncedIsNotWritten) {
  BodyStore store;
  BodyStore::Kept body{"", 0, 2, 1};
  ASSERT_TRUE(store.reserve(body));
  EXPECT_FALSE(store.write(body, 0, std::string_view("abc")));
  EXPECT_FALSE(store.write(body, 1, std::string_view("bc")));
}

TEST(BodyStore, WithoutAPlaceNothingIsKept) {
  const char* const before = ::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("TMPDIR", "/nowhere", 1);
  BodyStore store;
  BodyStore::Kept body{"", 0, 2, 1};
  EXPECT_FALSE(store.reserve(body));
  if (before != nullptr) ::setenv("TMPDIR", kept.c_str(), 1);
  else ::unsetenv("TMPDIR");
}

TEST(BodyStore, ClaimsAreOfASpace) {
  BodyStore store;
  store.claim(0, UidSet::of_range(1, 5));
  store.release(0, UidSet::of_range(2, 3));
  EXPECT_EQ(store.claimed(0).to_string(), "1,4:5");
  EXPECT_TRUE(store.claimed(1).empty());
}

}  // namespace
}  // namespace godwit::adapters
