// SPDX-License-Identifier: Apache-2.0
#include "cli/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace godwit::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

template <class Work>
std::string printed(Work work) {
  testing::internal::CaptureStdout();
  work();
  return testing::internal::GetCapturedStdout();
}

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

sync::RoundResult result_with_everything() {
  sync::RoundResult result;
  result.folders = 3;
  result.copied = 1234;
  result.bytes = 5'000'000;
  result.listed = 1234;
  result.proven = 2;
  result.not_moved = 1;
  result.not_attempted = 7;
  result.notes = {"a note with \xff bytes"};
  result.problems.push_back({.folder_name = "Work/\xc3\xa4", .source_uid = 17, .size = 99, .kind = "too_big", .reason = "too large",
                             .server_text = "NO \x1b[2J\xff", .subject = "\x1b]0;evil\x07", .from = "a@example.com", .date = "today"});
  result.error = Error{ErrorKind::network, "the connection was lost", "BYE \xfe", "target"};
  return result;
}

TEST(Console, EveryJsonLineParses) {
  Console console(Console::Style::json, "alice@example.com");
  const auto lines = json_lines(printed([&] {
    console.event({sync::Event::Kind::step, "folder \"INBOX\" \xff\n done"});
    console.event({sync::Event::Kind::warning, "careful"});
    sync::Progress progress;
    progress.phase = sync::Progress::Phase::copying;
    progress.messages = 10;
    progress.messages_done = 4;
    progress.folder = "Work/\xfe";
    console.progress(progress);
    console.progress(progress);
    console.summary(result_with_everything(), std::nullopt, 4);
    console.failure({ErrorKind::auth, "login refused", "NO \xff", {}});
  }));
  ASSERT_EQ(lines.size(), 6U) << "progress once a second at most";
  EXPECT_EQ(lines[0]["event"], "step");
  EXPECT_EQ(lines[1], (json{{"event", "warning"}, {"text", "careful"}}));
  EXPECT_EQ(lines[2]["phase"], "copying");
  EXPECT_EQ(lines[2]["messages_done"], 4);
  EXPECT_EQ(lines[3]["event"], "item");
  EXPECT_EQ(lines[3]["outcome"], "not_moved");
  EXPECT_EQ(lines[3]["uid"], 17);
  EXPECT_EQ(lines[4]["event"], "summary");
  EXPECT_EQ(lines[4]["exit_status"], 4);
  EXPECT_EQ(lines[4]["copied"], 1234);
  EXPECT_EQ(lines[4]["not_attempted"], 7);
  EXPECT_EQ(lines[4]["error"]["kind"], "network");
  EXPECT_EQ(lines[5]["exit_status"], 3);
  EXPECT_EQ(lines[5]["error"]["what"], "login refused");
  EXPECT_EQ(lines[3]["code"], "GW-6001");
  EXPECT_EQ(lines[4]["error"]["code"], "GW-3000");
  EXPECT_EQ(lines[5]["error"]["code"], "GW-2000");
}

TEST(Console, AlteredItemsAreToldApart) {
  sync::RoundResult result;
  ledger::Problem altered;
  altered.kind = "altered";
  result.problems.push_back(altered);
  Console console(Console::Style::json, "a");
  const auto lines = json_lines(printed([&] { console.summary(result, std::nullopt, 0); }));
  EXPECT_EQ(lines.at(0)["outcome"], "altered");
}

TEST(Console, TextShowsNoControlCharacters) {
  Console console(Console::Style::lines, "alice@example.com");
  testing::internal::CaptureStderr();
  const std::string text = printed([&] { console.summary(result_with_everything(), std::nullopt, 4); });
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("alice@example.com: 1,234 messages moved (4.8 MiB)"));
  EXPECT_THAT(text, HasSubstr("Not moved: 1."));
  EXPECT_THAT(text, HasSubstr("Run the same command again"));
  EXPECT_THAT(errors, HasSubstr("godwit: target: the connection was lost (the server said: \"BYE \\xfe\") (GW-3000)\n"));
  EXPECT_EQ((text + errors).find('\x1b'), std::string::npos);
}

TEST(Console, SaysWhenThereWasNothingToDo) {
  Console console(Console::Style::lines, "a");
  EXPECT_THAT(printed([&] { console.summary(sync::RoundResult{}, report::Verdict{}, 0); }), HasSubstr("Nothing to do"));
  sync::RoundResult result;
  result.not_moved = 1;
  EXPECT_THAT(printed([&] { console.summary(result, std::nullopt, 1); }), testing::Not(HasSubstr("Nothing to do")));
}

}  // namespace
}  // namespace godwit::cli
