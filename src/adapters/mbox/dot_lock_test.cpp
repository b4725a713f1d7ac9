// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/dot_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>

#include "adapters/mbox/test_mbox.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

class MboxDotLockTest : public MboxTest {
 protected:
  static pid_t gone() {  // a process that was
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
  }
  void write_lock(const std::string& text, std::chrono::minutes age = {}) const {
    write(text, "mbox.lock");
    std::filesystem::last_write_time(path("mbox.lock"), std::filesystem::file_time_type::clock::now() - age);
  }
};

TEST_F(MboxDotLockTest, IsThereAsLongAsItIsHeld) {
  write("");
  {
    std::optional lock(MboxDotLock::take(path()).value());
    EXPECT_TRUE(is_dot_locked(path()));
    EXPECT_EQ(read_file(path("mbox.lock")).substr(0, std::to_string(::getpid()).size() + 1), std::to_string(::getpid()) + ":");
    MboxDotLock moved = *std::move(lock);
    lock.reset();
    EXPECT_TRUE(is_dot_locked(path()));
  }
  EXPECT_FALSE(std::filesystem::exists(path("mbox.lock")));
}

TEST_F(MboxDotLockTest, WhatWasLeftBehindIsNoLock) {
  struct Case {
    std::string text;
    std::chrono::minutes age;
    bool is_locked;
  };
  const std::string alive = std::to_string(::getpid());
  for (const auto& [text, age, is_locked] : {Case{std::to_string(gone()), {}, false}, Case{alive, {}, true}, Case{"0", {}, true},
                                             Case{"", {}, true}, Case{alive, std::chrono::minutes(6), false}}) {
    write_lock(text, age);
    EXPECT_EQ(is_dot_locked(path()), is_locked) << text;
  }
}

TEST_F(MboxDotLockTest, OneThatWasLeftBehindIsReplaced) {
  write("");
  write_lock(std::to_string(gone()));
  EXPECT_TRUE(MboxDotLock::take(path()));
}

TEST_F(MboxDotLockTest, AnotherProgramsIsWaitedForAndThenTold) {
  write("");
  write_lock("0");
  const auto lock = MboxDotLock::take(path(), std::chrono::milliseconds(50));
  ASSERT_FALSE(lock);
  EXPECT_EQ(code_of(lock.error()), codes::mailbox_in_use.number);
  EXPECT_NE(lock.error().what.find("mbox.lock"), std::string::npos);
  EXPECT_EQ(read_file(path("mbox.lock")), "0") << "it stays";
}

}  // namespace
}  // namespace godwit::adapters
