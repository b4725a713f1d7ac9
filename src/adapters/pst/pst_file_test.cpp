// SPDX-License-Identifier: Apache-2.0
// With shell scripts in the helper's place: what a damaged file can make of it.
#include "adapters/pst/pst_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error_code.h"
#include "base/text.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using pst::Answer;

class PstFileTest : public testing::Test {
 protected:
  PstFileTest() : folder_(std::filesystem::path(testing::TempDir()) / "pst_file") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "a.pst") << "x";
  }
  ~PstFileTest() override { std::filesystem::remove_all(folder_); }

  // A helper that runs these shell commands.
  PstFile file(const std::string& script, std::chrono::milliseconds patience = std::chrono::minutes(1)) const {
    const auto program = folder_ / "helper";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return {PstHelper{program, patience}, folder_ / "a.pst"};
  }
  // Shell commands that give these answers.
  std::string say(const std::vector<Answer>& answers) const {
    std::string octal;
    for (const Answer& answer : answers) {
      for (const char c : pst::encode(answer)) octal += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
    return fmt::format("printf '{}'", octal);
  }
  // Whatever the helper leaves in this file, for scripts that are run several times.
  std::string marks() const { return (folder_ / "marks").native(); }

  const std::filesystem::path folder_;
};

const Answer folder = pst::FolderFound{34, 0, pst::FolderRole::inbox, pst::ItemKind::mail, 2, "Inbox"};
Answer attempt(std::uint64_t id) { return pst::Attempt{id, 34}; }
Answer item(std::uint64_t id) { return pst::ItemFound{id, 34, pst::ItemKind::mail, 0, 0, {}, "a", ""}; }

// The helper's pipes belong to the thread's context: it is ended before that is.
Task<std::string> list_text(PstFile& file) {
  const auto contents = co_await file.list();
  file.close();
  co_return contents ? fmt::format("{} items", contents->items.size()) : describe(contents.error());
}
std::string text_of(PstFile& file) { return test::run_task(list_text(file)); }

Task<std::string> message_text(PstFile& file) {
  auto opened = co_await file.open(36);
  std::string bytes;
  while (opened) {
    auto piece = co_await (*opened)->read();
    if (!piece) bytes = describe(piece.error());
    if (!piece || piece->empty()) break;
    bytes.append(piece->data(), piece->size());
  }
  file.close();
  co_return opened ? bytes : describe(opened.error());
}
std::string text_of_message(PstFile& file) { return test::run_task(message_text(file)); }

TEST_F(PstFileTest, WhatIsInIt) {
  PstFile good = file(say({folder, attempt(36), item(36), pst::ListEnds{1}}) + "; cat > /dev/null");
  EXPECT_EQ(text_of(good), "1 items");
}

// The requests tell whether an item was to be skipped: 9 bytes for each, and 9 for the list.
TEST_F(PstFileTest, AnItemThatEndsTheHelperTwiceIsSkipped) {
  PstFile breaking = file(fmt::format(
      "echo x >> {0}; if [ $(wc -l < {0}) = 3 ]; then head -c 18 > {0}.asked; {1}; cat > /dev/null; else {2}; kill -SEGV $$; fi", marks(),
      say({folder, attempt(36), item(36), attempt(68), item(68), pst::ListEnds{2}}), say({folder, attempt(36), item(36), attempt(68)})));
  EXPECT_EQ(text_of(breaking), "2 items");
  std::ifstream asked(marks() + ".asked");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(asked), {}),
            pst::encode({pst::RequestKind::skip, 68}) + pst::encode({pst::RequestKind::list, 0}));
}

TEST_F(PstFileTest, AHelperThatWasKilledOnceListsAllTheSame) {
  PstFile once = file(fmt::format("if [ -e {0} ]; then head -c 9 > {0}.asked; {1}; cat > /dev/null; else touch {0}; {2}; kill -KILL $$; fi",
                                  marks(), say({folder, attempt(36), item(36), pst::ListEnds{1}}), say({folder, attempt(36)})));
  EXPECT_EQ(text_of(once), "1 items");
  std::ifstream asked(marks() + ".asked");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(asked), {}), pst::encode({pst::RequestKind::list, 0}));
}

TEST_F(PstFileTest, AHelperThatAlwaysEndsAtOneItemIsNotAskedForEver) {
  PstFile broken = file(say({folder, attempt(36)}) + "; kill -SEGV $$");
  EXPECT_THAT(text_of(broken), testing::AllOf(testing::HasSubstr("a.pst: godwit-pst was ended by signal 11"),
                                              testing::HasSubstr("scanpst.exe"), testing::HasSubstr("GW-7060")));
}

TEST_F(PstFileTest, AHelperThatHangsIsEnded) {
  PstFile hanging = file("sleep 1000", std::chrono::milliseconds(200));
  EXPECT_THAT(text_of(hanging), testing::HasSubstr("gave no answer for 1 s, and was ended"));
}

TEST_F(PstFileTest, AnswersThatAreNoneOrOutOfPlaceAreSaid) {
  PstFile nonsense = file("printf 'no answer at all'; cat > /dev/null");
  EXPECT_THAT(text_of(nonsense), testing::HasSubstr("the helper's answer is too long"));
  PstFile wrong_count = file(say({folder, attempt(36), item(36), pst::ListEnds{2}}) + "; cat > /dev/null");
  EXPECT_THAT(text_of(wrong_count), testing::HasSubstr("answered what was not asked"));
  PstFile out_of_place = file(say({pst::Piece{"x"}}) + "; cat > /dev/null");
  EXPECT_THAT(text_of(out_of_place), testing::HasSubstr("answered what was not asked"));
}

TEST_F(PstFileTest, AFileThatTheHelperRefuses) {
  PstFile refused = file(say({pst::Refusal{0, "its index is damaged"}}));
  EXPECT_THAT(text_of(refused), testing::HasSubstr("a.pst: its index is damaged; repair a copy"));
}

TEST_F(PstFileTest, NoHelperAndNoFile) {
  PstFile no_helper({"/nonexistent/godwit-pst"}, folder_ / "a.pst");
  EXPECT_THAT(text_of(no_helper), testing::HasSubstr("/nonexistent/godwit-pst, which cannot be started"));
  PstFile no_file({"/bin/true"}, folder_ / "b.pst");
  EXPECT_THAT(text_of(no_file), testing::HasSubstr("b.pst"));
}

TEST_F(PstFileTest, AMessageInPieces) {
  PstFile good = file(say({pst::MessageBegins{36, 5, 1316462230}, pst::Piece{"abc"}, pst::Piece{"de"}}) + "; cat > /dev/null");
  EXPECT_EQ(text_of_message(good), "abcde");
}

TEST_F(PstFileTest, AMessageThatEndsTheHelperTwiceIsDamaged) {
  PstFile broken = file(fmt::format("echo x >> {}; kill -ABRT $$", marks()));
  EXPECT_THAT(text_of_message(broken),
              testing::AllOf(testing::HasSubstr("the item is damaged: godwit-pst was ended by signal 6"), testing::HasSubstr("GW-6110")));
  std::ifstream runs(marks());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(runs), {}), "x\nx\n");
}

TEST_F(PstFileTest, AHelperThatWasKilledOnceIsNoFaultOfTheMessage) {
  PstFile once = file(fmt::format("if [ -e {0} ]; then {1}; cat > /dev/null; else touch {0}; kill -KILL $$; fi", marks(),
                                  say({pst::MessageBegins{36, 1, 0}, pst::Piece{"a"}})));
  EXPECT_EQ(text_of_message(once), "a");
}

TEST_F(PstFileTest, AMessageThatIsCutOrTooLong) {
  PstFile cut = file(say({pst::MessageBegins{36, 5, 0}, pst::Piece{"abc"}}));
  EXPECT_THAT(text_of_message(cut), testing::HasSubstr("godwit-pst ended with status 0"));
  PstFile too_long = file(say({pst::MessageBegins{36, 2, 0}, pst::Piece{"abc"}}) + "; cat > /dev/null");
  EXPECT_THAT(text_of_message(too_long), testing::HasSubstr("answered what was not asked"));
}

}  // namespace
}  // namespace godwit::adapters
