// SPDX-License-Identifier: Apache-2.0
#include "base/fault.h"

#include <gtest/gtest.h>

#ifdef GODWIT_FAULTS

#include <unistd.h>

#include <array>
#include <bit>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace godwit {
namespace {

// Each death happens in a process that begins anew and runs the test from its start, so the environment is set only once.
class Fault : public testing::Test {
 protected:
  Fault() {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const std::string file = std::filesystem::temp_directory_path() / ("godwit-fault-state-" + std::to_string(::getpid()));
    ::setenv("GODWIT_FAULT_STATE", file.c_str(), 0);
  }
  ~Fault() override {
    std::filesystem::remove(std::getenv("GODWIT_FAULT_STATE"));
    ::unsetenv("GODWIT_FAULT_STATE");
    ::unsetenv("GODWIT_FAULT_KILL_AT");
  }

  static void kill_at(int number) { ::setenv("GODWIT_FAULT_KILL_AT", std::to_string(number).c_str(), 0); }

  struct State {
    std::uint64_t steps_passed, appends_open, last_step;
  };
  static State state_on_disk() {
    std::array<char, sizeof(State)> bytes{};
    std::ifstream(std::getenv("GODWIT_FAULT_STATE"), std::ios::binary).read(bytes.data(), bytes.size());
    return std::bit_cast<State>(bytes);
  }
};

using FaultDeathTest = Fault;

TEST_F(FaultDeathTest, KillsAtTheChosenStepAndLeavesItsState) {
  kill_at(3);
  EXPECT_EXIT(
      {
        fault::step("read");
        fault::append_begins();
        fault::append_begins();
        fault::append_ends();
        fault::step("read");
        fault::step("commit");
        std::exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
  const State state = state_on_disk();
  EXPECT_EQ(state.steps_passed, 3U);
  EXPECT_EQ(state.appends_open, 1U);
  EXPECT_NE(state.last_step, 0U);
}

TEST_F(FaultDeathTest, CutsAWriteShort) {
  kill_at(2);
  EXPECT_EXIT(
      {
        if (fault::step_writing("write", 1000) != 1000) std::exit(1);
        const std::size_t cut = fault::step_writing("write", 1000);
        if (cut >= 1000) std::exit(2);
        if (fault::step_writing("write", 1000) != 1000) std::exit(3);
        fault::die();
      },
      testing::KilledBySignal(SIGKILL), "");
  EXPECT_EQ(state_on_disk().steps_passed, 3U);
}

TEST_F(FaultDeathTest, AWriteOfNothingDiesAtOnce) {
  kill_at(1);
  EXPECT_EXIT(
      {
        (void)fault::step_writing("write", 0);
        std::exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FaultDeathTest, CountsThreadsTogether) {
  EXPECT_EXIT(
      {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
          threads.emplace_back([] {
            for (int step = 0; step < 1000; ++step) fault::step("step");
          });
        }
        for (std::thread& thread : threads) thread.join();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EQ(state_on_disk().steps_passed, 4000U);
}

TEST_F(FaultDeathTest, AWrongNumberIsNotTakenForNone) {
  ::setenv("GODWIT_FAULT_KILL_AT", "soon", 0);
  EXPECT_EXIT(fault::step("read"), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace godwit

#endif
