// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <type_traits>

#include "base/error_code.h"
#include "base/secret.h"
#include "base/text.h"

namespace godwit {
namespace {

using std::chrono::system_clock;
using Format = LogOptions::Format;

static_assert(!std::is_constructible_v<LogValue, Secret>, "no password can get into the log");
static_assert(!std::is_constructible_v<LogValue, const Secret&>);
static_assert(!std::is_constructible_v<LogValue, const int*>, "an address says nothing to anybody");

constexpr system_clock::time_point noon{std::chrono::milliseconds(1'772'366'400'007)};

// What the log writes, in place of a file.
struct Written {
  std::string text;
  [[nodiscard]] Log log(Format format, LogLevel least = LogLevel::debug) {
    return Log([this](std::string_view lines) { text += lines; }, {format, least, [] { return noon; }});
  }
};

std::string text_line(std::string_view value) {
  Written written;
  written.log(Format::text).info(value);
  constexpr std::string_view before = "2026-03-01T12:00:00.007Z info message=";
  EXPECT_TRUE(written.text.starts_with(before) && written.text.ends_with('\n')) << written.text;
  return written.text.substr(before.size(), written.text.size() - before.size() - 1);
}

TEST(Log, ALineHasTimeLevelAccountFolderMessageAndFields) {
  Written written;
  const Log log = written.log(Format::text).of_account("alice@example.com").of_folder("Sent Items");
  log.warning("folder copied", {{"messages", 120}, {"bytes", std::uint64_t{5'000'000'000}}, {"share", 0.5}, {"all", true},
                                {"delta", -3}, {"wait", std::chrono::milliseconds(1500)}, {"target", "new.example.com"}});
  EXPECT_EQ(written.text,
            "2026-03-01T12:00:00.007Z warning account=alice@example.com folder=\"Sent Items\" message=\"folder copied\" messages=120 "
            "bytes=5000000000 share=0.5 all=true delta=-3 wait=1500 target=new.example.com\n");
}

TEST(Log, TheSameAsJson) {
  Written written;
  const Log log = written.log(Format::json).of_account("alice@example.com").of_folder("Sent \"Items\"");
  log.warning("folder copied", {{"messages", 120}, {"share", 0.5}, {"all", true}, {"of", std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(written.text,
            "{\"time\":\"2026-03-01T12:00:00.007Z\",\"level\":\"warning\",\"account\":\"alice@example.com\",\"folder\":\"Sent "
            "\\\"Items\\\"\",\"message\":\"folder copied\",\"messages\":120,\"share\":0.5,\"all\":true,\"of\":null}\n");
}

TEST(Log, AnErrorBringsCodePlaceAndTheServersWords) {
  Written written;
  const Error error = make_error(codes::quota, "APPEND was refused", "NO [OVERQUOTA] full\r\n", "UID 7");
  written.log(Format::text).error("the round ended", error, {{"messages", 3}});
  EXPECT_EQ(written.text, "2026-03-01T12:00:00.007Z error code=GW-5000 message=\"the round ended: APPEND was refused\" where=\"UID 7\" "
                          "server_text=\"NO [OVERQUOTA] full\\x0d\\x0a\" messages=3\n");
  written.text.clear();
  written.log(Format::json).warning("", Error{ErrorKind::bug, "what", {}, {}});
  EXPECT_EQ(written.text, "{\"time\":\"2026-03-01T12:00:00.007Z\",\"level\":\"warning\",\"code\":\"GW-9000\",\"message\":\"what\"}\n");
}

TEST(Log, LessThanTheLeastLevelIsNotWritten) {
  Written written;
  const Log log = written.log(Format::text, LogLevel::warning);
  log.debug("no");
  log.info("no");
  EXPECT_EQ(written.text, "");
  log.warning("yes");
  log.error("yes");
  EXPECT_EQ(std::ranges::count(written.text, '\n'), 2);
  Log().error("nowhere");
}

TEST(Log, AnotherAccountIsNotInTheSameFolder) {
  Written written;
  written.log(Format::text).of_account("a@example.com").of_folder("INBOX").of_account("b@example.com").info("x");
  EXPECT_EQ(written.text, "2026-03-01T12:00:00.007Z info account=b@example.com message=x\n");
}

TEST(Log, TextsAreQuotedAndEscaped) {
  struct Row {
    std::string_view given, written;
  };
  constexpr auto rows = std::to_array<Row>({
      {"", "\"\""},
      {"INBOX", "INBOX"},
      {"a-b_c.d:e/f@g+h%i,j~", "a-b_c.d:e/f@g+h%i,j~"},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"\"", "\"\\\"\""},
      {"\\", "\"\\\\\""},
      {"\\x1b", "\"\\\\x1b\""},
      {"\x1b[2J", "\"\\x1b[2J\""},
      {"end\nlevel=error", "\"end\\x0alevel=error\""},
      {"x\" level=error y=\"", "\"x\\\" level=error y=\\\"\""},
      {"\r\n\t", "\"\\x0d\\x0a\\x09\""},
      {"J\xc3\xbcrgen", "\"J\xc3\xbcrgen\""},
      {"\xff", "\"\\xff\""},
      {"\xe2\x80\xae", "\"\\u{202e}\""},
      {"\xe2\x80\xa8", "\"\\u{2028}\""},
  });
  for (const Row& row : rows) EXPECT_EQ(text_line(row.given), row.written);
  EXPECT_EQ(text_line(std::string_view("\0", 1)), "\"\\x00\"");
}

TEST(Log, JsonTextsAreEscaped) {
  EXPECT_EQ(json_string(""), "\"\"");
  EXPECT_EQ(json_string("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(json_string(std::string_view("\0\n\x7f", 3)), "\"\\u0000\\u000a\\u007f\"");
  EXPECT_EQ(json_string("\xff\xc3"), "\"\\ufffd\\ufffd\"");
  EXPECT_EQ(json_string("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"");
  EXPECT_EQ(json_string("\xc3\xbc\xe2\x80\xae\xf0\x9f\x90\xa6"), "\"\xc3\xbc\\u202e\xf0\x9f\x90\xa6\"");
}

// Whatever bytes a server or a folder's name has: one line, and as many fields as were given.
TEST(Log, NoBytesForgeALineOrAField) {
  std::mt19937 random(7);
  constexpr std::string_view alphabet = "\"\\=\n\r x\x1b\xc3\xbc\xe2\x80\xff{}:,";
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (auto size = random() % 12; size > 0; --size) bytes += alphabet[random() % alphabet.size()];
    Written text, json;
    text.log(Format::text).of_account(bytes).of_folder(bytes).error(bytes, Error{ErrorKind::refused, bytes, bytes, bytes},
                                                                    {{"field", bytes}});
    json.log(Format::json).of_folder(bytes).info(bytes, {{"field", bytes}});
    EXPECT_EQ(text.text.find('\n'), text.text.size() - 1);
    EXPECT_EQ(json.text.find('\n'), json.text.size() - 1);
    EXPECT_EQ(printable(text.text.substr(0, text.text.size() - 1)) + "\n", text.text) << "something invisible is left";
    // Outside of quotes there are only the fields.
    std::string outside;
    bool is_inside = false;
    for (std::size_t i = 0; i < text.text.size(); ++i) {
      if (is_inside && text.text[i] == '\\') {
        ++i;
      } else if (text.text[i] == '"') {
        is_inside = !is_inside;
      } else if (!is_inside) {
        outside += text.text[i];
      }
    }
    EXPECT_FALSE(is_inside) << text.text;
    EXPECT_EQ(std::ranges::count(outside, '='), (bytes.empty() ? 0 : 4) + 3) << text.text;
  }
}

TEST(Log, TimeIsRfc3339InUtcWithMilliseconds) {
  using std::chrono::milliseconds;
  EXPECT_EQ(log_time(system_clock::time_point(milliseconds(0))), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(log_time(system_clock::time_point(milliseconds(951'868'799'999))), "2000-02-29T23:59:59.999Z");
  EXPECT_EQ(log_time(system_clock::time_point(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace godwit
