// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace godwit {
namespace {

template <class T>
concept can_be_streamed = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!can_be_streamed<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

const std::string long_text(100, 'x');

TEST(Secret, GivesWhatItHolds) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("hunter2").reveal(), "hunter2");
  EXPECT_FALSE(Secret("hunter2").empty());
}

TEST(Secret, CopiesAreIndependent) {
  for (const std::string& text : {std::string("short"), long_text}) {
    Secret original(text);
    Secret copy(original);
    original = Secret("other");
    EXPECT_EQ(copy.reveal(), text);
    const Secret& itself = copy;
    copy = itself;
    EXPECT_EQ(copy.reveal(), text);
  }
}

TEST(Secret, AMovedOneIsWiped) {
  for (const std::string& text : {std::string("short"), long_text}) {
    Secret original(text);
    const char* const bytes = original.reveal().data();
    const Secret moved(std::move(original));
    EXPECT_EQ(moved.reveal(), text);
    EXPECT_TRUE(original.empty());
    EXPECT_NE(moved.reveal().data(), bytes) << "the bytes were not copied, so the old ones cannot have been wiped";
    Secret assigned("before");
    Secret source(text);
    assigned = std::move(source);
    EXPECT_EQ(assigned.reveal(), text);
    EXPECT_TRUE(source.empty());
    Secret& itself = assigned;
    assigned = std::move(itself);
    EXPECT_EQ(assigned.reveal(), text);
  }
}

}  // namespace
}  // namespace godwit
