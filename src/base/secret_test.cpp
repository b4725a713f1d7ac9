// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
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

// As the operating system sees them, also where they have been freed.
std::string bytes_at(const char* address, std::size_t size) {
  std::string bytes(size, '?');
  std::ifstream memory("/proc/self/mem", std::ios::binary);
  memory.seekg(static_cast<std::streamoff>(reinterpret_cast<std::uintptr_t>(address)));
  memory.read(bytes.data(), static_cast<std::streamsize>(size));
  EXPECT_TRUE(memory.good());
  return bytes;
}

std::string all_of(std::string& text) {
  text.resize_and_overwrite(text.capacity(), [](char*, std::size_t size) { return size; });
  return text;
}

TEST(Secret, AMovedOneLeavesNothingBehind) {
  for (const std::string& text : {std::string("short"), long_text}) {
    Secret original(text);
    const char* const bytes = original.reveal().data();
    const Secret moved(std::move(original));
    EXPECT_EQ(moved.reveal(), text);
    EXPECT_EQ(moved.reveal().data(), bytes) << "there is still one copy of the bytes";
    EXPECT_TRUE(original.empty());
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

TEST(Secret, IsWipedWhenItGoesOrIsReplaced) {
  const auto expect_wiped = [](const char* address) {
    EXPECT_FALSE(bytes_at(address, long_text.size()).contains('x'));
  };
  auto gone = std::make_unique<Secret>(long_text);
  const char* address = gone->reveal().data();
  EXPECT_EQ(bytes_at(address, long_text.size()), long_text);
  gone.reset();
  expect_wiped(address);

  Secret replaced(long_text);
  address = replaced.reveal().data();
  replaced = Secret("another");
  expect_wiped(address);

  const Secret other("another");
  Secret copied_over(long_text);
  address = copied_over.reveal().data();
  copied_over = other;
  expect_wiped(address);
}

TEST(Secret, TheStringItIsMadeOfIsWipedWithAllItsCapacity) {
  for (const std::size_t size : {std::size_t{5}, std::size_t{15}, std::size_t{16}, std::size_t{100}}) {
    std::string text(size, 'x');
    text.resize(size / 2);
    const Secret secret(std::move(text));
    EXPECT_EQ(secret.reveal(), std::string(size / 2, 'x'));
    EXPECT_TRUE(text.empty());
    EXPECT_FALSE(all_of(text).contains('x')) << size;
  }
}

TEST(Secret, HoldsAnyBytes) {
  const std::string bytes("\0a\xff\0", 4);
  EXPECT_EQ(Secret(bytes).reveal(), bytes);
  EXPECT_TRUE(Secret("").empty());
  EXPECT_TRUE(Secret(Secret()).empty());
}

}  // namespace
}  // namespace godwit
