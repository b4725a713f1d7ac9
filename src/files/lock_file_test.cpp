// SPDX-License-Identifier: Apache-2.0
#include "files/lock_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "files/directory.h"
#include "tests/support/round_lab.h"

namespace godwit::files {
namespace {

TEST(LockFile, IsMadeOnceAndSaysWhose) {
  const test::TemporaryFolder place;
  const Directory folder = Directory::open(place.path()).value();
  const auto file = place.path() / "list.lock";
  EXPECT_TRUE(make_lock_file(folder.descriptor(), file).value());
  EXPECT_FALSE(make_lock_file(folder.descriptor(), file).value());
  std::string text;
  std::getline(std::ifstream(file), text);
  EXPECT_EQ(text, std::to_string(::getpid()) + ":" + host_name());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(place.path()), {}), 1) << "nothing else is left";
  EXPECT_FALSE(is_of_dead_process(text));
}

TEST(LockFile, WhoseProcessIsGone) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  const std::string gone = std::to_string(child), here = ":" + host_name();
  for (const std::string& text : {gone, gone + here}) EXPECT_TRUE(is_of_dead_process(text)) << text;
  for (const std::string& text : {gone + ":elsewhere.example.com", std::string("0"), "0" + here, std::string(), std::string("text"), here,
                                  std::to_string(::getpid()) + here, std::string("99999999999999999999")}) {
    EXPECT_FALSE(is_of_dead_process(text)) << text;
  }
}

}  // namespace
}  // namespace godwit::files
