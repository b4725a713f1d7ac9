// SPDX-License-Identifier: Apache-2.0
// In a process of its own, that confines itself and then tries what it must not.
#include "pst_helper/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

namespace godwit::pst {
namespace {

class ConfinementTest : public testing::Test {
 protected:
  ConfinementTest() : folder_(std::filesystem::path(testing::TempDir()) / "pst_confinement") {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "given.pst") << "given";
    std::ofstream(folder_ / "other.pst") << "other";
  }
  ~ConfinementTest() override { std::filesystem::remove_all(folder_); }

  // The exit status of a confined process that does this; -1: it was ended by a signal.
  int status_of(const std::function<int(Confinement)>& action) const {
    const pid_t process = fork();
    if (process == 0) {
      const int file = open((folder_ / "given.pst").c_str(), O_RDONLY);
      dup2(file, 3);
      _exit(action(confine(3)));
    }
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::filesystem::path folder_;
};

TEST_F(ConfinementTest, TheFileItselfCanBeOpenedAgain) {
  EXPECT_EQ(status_of([](Confinement) {
              std::array<char, 8> bytes{};
              const int again = open("/proc/self/fd/3", O_RDONLY);
              return again >= 0 && read(again, bytes.data(), bytes.size()) == 5 ? 0 : 1;
            }),
            0);
}

TEST_F(ConfinementTest, NoOtherFileIsReadWhereTheKernelHasLandlock) {
  const std::string other = folder_ / "other.pst";
  const int status = status_of([&](Confinement has) {
    if (!has.are_files_closed) return 77;
    for (const char* const file : {other.c_str(), "/etc/passwd", "/etc/hosts", "/proc/self/environ"}) {
      if (open(file, O_RDONLY) >= 0 || errno != EACCES) return 1;
    }
    return 0;
  });
  if (status == 77) GTEST_SKIP() << "this kernel has no landlock";
  EXPECT_EQ(status, 0);
}

TEST_F(ConfinementTest, NothingIsWritten) {
  const std::string given = folder_ / "given.pst", made = folder_ / "new";
  EXPECT_EQ(status_of([&](Confinement) {
              const bool is_refused = open(given.c_str(), O_WRONLY) < 0 && open(given.c_str(), O_RDWR) < 0 &&
                                      open("/dev/null", O_WRONLY) < 0 && creat(made.c_str(), 0600) < 0 && unlink(given.c_str()) != 0 &&
                                      rename(given.c_str(), made.c_str()) != 0;
              return is_refused ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "given.pst"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(ConfinementTest, NoNetworkAndNoOtherProgram) {
  EXPECT_EQ(status_of([](Confinement has) {
              if (!has.are_calls_filtered) return 2;
              for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
                if (socket(family, SOCK_STREAM, 0) >= 0 || errno != EPERM) return 1;
              }
              if (fork() >= 0) return 3;
              std::array<char*, 1> none{nullptr};
              execve("/bin/true", none.data(), none.data());
              return errno == EPERM || errno == EACCES ? 0 : 4;
            }),
            0);
}

TEST_F(ConfinementTest, LimitsHold) {
  EXPECT_EQ(status_of([](Confinement) {
              rlimit written{}, files{};
              getrlimit(RLIMIT_FSIZE, &written);
              getrlimit(RLIMIT_NOFILE, &files);
              return written.rlim_max == 0 && files.rlim_max == 64 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace godwit::pst
