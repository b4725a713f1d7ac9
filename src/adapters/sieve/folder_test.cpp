// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/sieve/account.h"
#include "adapters/sieve/scripts.h"
#include "base/error_code.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class SieveFolder : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(home); }
  void TearDown() override { fs::remove_all(home); }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((home / name).parent_path());
    std::ofstream(home / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::unique_ptr<endpoint::CollectionSession> open(const fs::path& path) const {
    auto source = make_sieve_folder_source(path);
    auto session = test::run_task(source->connect());
    EXPECT_TRUE(session) << (session ? "" : describe(session.error()));
    return session ? *std::move(session) : nullptr;
  }
  // "name", and a * behind the active one.
  [[nodiscard]] std::vector<std::string> names(const fs::path& path) const {
    const auto session = open(path);
    const auto filters = test::run_task(session->collections())->front();
    std::vector<std::string> all;
    for (const auto& each : test::run_task(session->changes(filters, ""))->present) all.push_back(each.name + (each.is_active ? "*" : ""));
    return all;
  }
  const fs::path home = fs::path(testing::TempDir()) / "sieve_folder";
};

TEST_F(SieveFolder, PigeonholesHome) {
  write("sieve/work.sieve", "keep;\n");
  write("sieve/away.sieve", "stop;\n");
  write("sieve/away.svbin", "compiled");
  write("sieve/tmp/x.sieve", "no;");
  fs::create_symlink("sieve/away.sieve", home / ".dovecot.sieve");
  EXPECT_THAT(names(home), ElementsAre("away*", "work"));
  EXPECT_THAT(names(home / "sieve"), ElementsAre("away", "work"));  // what lies above is not looked at
}

TEST_F(SieveFolder, PigeonholesScriptWithoutALink) {
  write(".dovecot.sieve", "discard;\n");
  EXPECT_THAT(names(home), ElementsAre("dovecot*"));
  write("sieve/dovecot.sieve", "keep;\n");
  EXPECT_THAT(names(home), ElementsAre("dovecot", "dovecot.orig*"));
  const auto session = open(home);
  const std::string wanted[] = {"dovecot.orig", "dovecot"};
  const auto fetched = test::run_task(session->fetch(filters_collection(false), wanted));
  ASSERT_TRUE(fetched);
  EXPECT_EQ((*fetched)[0]->bytes, "discard;\n");
  EXPECT_EQ((*fetched)[1]->bytes, "keep;\n");
}

TEST_F(SieveFolder, CyrusFolder) {
  write("a.script", "keep;\n");
  write("b.script", "stop;\n");
  write("b.bc", "compiled");
  fs::create_symlink("b.bc", home / "defaultbc");
  EXPECT_THAT(names(home), ElementsAre("a", "b*"));
}

TEST_F(SieveFolder, LinksAreNotFollowed) {
  write("real.sieve", "keep;\n");
  fs::create_symlink("/etc/passwd", home / "evil.sieve");
  fs::create_symlink("../../x/gone.sieve", home / ".dovecot.sieve");
  fs::create_directory(home / "folder.sieve");
  EXPECT_THAT(names(home), ElementsAre("real"));
  const auto session = open(home);
  EXPECT_THAT(session->traits().warnings, testing::UnorderedElementsAre(testing::HasSubstr("evil.sieve is no ordinary file"),
                                                                        testing::HasSubstr("folder.sieve is no ordinary file"),
                                                                        testing::HasSubstr("the active script is gone, which is not there")));
}

TEST_F(SieveFolder, ChangesAreToldByVersionAndMark) {
  write("a.sieve", "keep;\n");
  write("b.sieve", "stop;\n");
  const auto filters = filters_collection(false);
  const auto first = *test::run_task(open(home)->changes(filters, ""));
  EXPECT_TRUE(first.is_whole);
  EXPECT_EQ(first.present[0].version, version_of("keep;\n"));
  EXPECT_EQ(first.present[0].size, 6U);
  const auto same = *test::run_task(open(home)->changes(filters, first.state));
  EXPECT_FALSE(same.is_whole);
  EXPECT_TRUE(same.present.empty() && same.gone.empty());
  EXPECT_EQ(same.state, first.state);
  fs::create_symlink("a.sieve", home / ".dovecot.sieve");
  const auto marked = *test::run_task(open(home)->changes(filters, first.state));
  EXPECT_TRUE(marked.is_whole && marked.present[0].is_active);
  EXPECT_NE(marked.state, first.state);
  write("b.sieve", "discard;\n");
  EXPECT_NE(test::run_task(open(home)->changes(filters, marked.state))->state, marked.state);
}

TEST_F(SieveFolder, WhatIsNotThereIsSaid) {
  write("a.sieve", "keep;\n");
  write("huge.sieve", std::string((std::size_t{4} << 20) + 1, '#'));
  const auto session = open(home);
  const std::string wanted[] = {"gone", "huge", "../a"};
  const auto fetched = *test::run_task(session->fetch(filters_collection(false), wanted));
  EXPECT_EQ(fetched[0].error().kind, ErrorKind::not_found);
  EXPECT_EQ(fetched[1].error().kind, ErrorKind::refused);
  EXPECT_EQ(fetched[2].error().kind, ErrorKind::not_found);
  endpoint::Collection other;
  other.name = "calendars";
  EXPECT_EQ(test::run_task(session->changes(other, "")).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(test::run_task(make_sieve_folder_source(home / "nowhere")->connect()));
}

TEST(SieveNames, AreWhatEveryServerTakes) {
  EXPECT_EQ(script_name_of("Urlaub ä"), "Urlaub ä");
  EXPECT_EQ(script_name_of("a/b\r\nc"), "a_b__c");
  EXPECT_EQ(script_name_of(""), "filter");
  EXPECT_EQ(script_name_of(".."), "filter");
  const std::string long_name(300, 'a');
  EXPECT_EQ(script_name_of(long_name).size(), 73U);
  EXPECT_NE(script_name_of(long_name), script_name_of(long_name + "a"));
  EXPECT_TRUE(script_name_of("\xFF").starts_with("filter-"));
  EXPECT_TRUE(script_name_of("a\u202Eb").starts_with("ab-"));
  EXPECT_EQ(script_name_of("=?UTF-8?Q?Urlaub_=C3=A4=2F?="), "Urlaub ä_");
  for (const char* const odd : {"=?UTF-8?Q?=", "=?UTF-8?Q?=C?=", "=?UTF-8?Q?=XY?=", "=?UTF-8?B?eA==?="}) EXPECT_EQ(script_name_of(odd), odd);
  EXPECT_EQ(script_name_of("plain (1)", ScriptNames::ascii), "plain (1)");
  EXPECT_TRUE(script_name_of("Urlaub ä", ScriptNames::ascii).starts_with("Urlaub-"));
  EXPECT_TRUE(script_name_of("q\"x", ScriptNames::ascii).starts_with("qx-"));
  EXPECT_TRUE(script_name_of("q\\x", ScriptNames::ascii).starts_with("qx-"));
}

}  // namespace
}  // namespace godwit::adapters
