// SPDX-License-Identifier: Apache-2.0
#include "imap/utf7.h"

#include <gtest/gtest.h>

#include <utility>

#include "imap/types.h"

namespace godwit::imap {
namespace {

TEST(Utf7Test, BothWays) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"INBOX", "INBOX"},
      {"&-", "&"},
      {"a&-b", "a&b"},
      {"Entw&APw-rfe", "Entw\xC3\xBCrfe"},
      {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
      {"&2D3eAA-", "\xF0\x9F\x98\x80"},
      {"&AAk-", "\t"},
  };
  for (const auto& [wire, text] : cases) {
    EXPECT_EQ(decode_utf7(wire), text) << wire;
    EXPECT_EQ(encode_utf7(text), wire) << text;
  }
}

TEST(Utf7Test, NotCanonicalIsNotDecoded) {
  for (const char* wire : {"R&D", "&", "&AGE-", "&AOkAJg-", "&AOQ-&AOQ-", "&AOQ=-", "&AOR-", "&2D0-", "&3gA-", "&A-",
                           "&A/Q-", "Entw\xC3\xBCrfe", "tab\t", "&AOQ"}) {
    EXPECT_FALSE(decode_utf7(wire)) << wire;
  }
}

TEST(Utf7Test, InvalidUtf8IsNotEncoded) {
  for (const char* text : {"\xFC", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xF5\x80\x80\x80", "\x80"}) {
    EXPECT_FALSE(encode_utf7(text)) << text;
  }
}

TEST(Utf7Test, EveryCharacter) {
  for (std::uint32_t c = 1; c < 0x11'0000; c += c < 0x900 ? 1 : 97) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text = "a";
    const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    } else {
      put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    }
    text += "z";
    const auto wire = encode_utf7(text);
    ASSERT_TRUE(wire);
    ASSERT_EQ(decode_utf7(*wire), text) << c;
  }
}

// Whatever a server lists, its address() leads back to exactly those bytes.
TEST(Utf7Test, AddressKeepsTheWireForm) {
  for (const char* wire : {"R&D", "R&-D", "Entw\xC3\xBCrfe", "Entw&APw-rfe", "Entw\xFCrfe", "&AGE-", "INBOX", "\xFFx"}) {
    ListData data;
    const auto decoded = decode_utf7(wire);
    data.is_undecodable = !decoded;
    data.mailbox = decoded.value_or(wire);
    EXPECT_EQ(mailbox_to_wire(data.address()), wire);
  }
}

TEST(TypesTest, Capabilities) {
  Capabilities capabilities;
  capabilities.add("AppendLimit=35651584");
  capabilities.add("LITERAL-");
  EXPECT_TRUE(capabilities.has("literal-"));
  EXPECT_FALSE(capabilities.has("APPENDLIMIT"));
  EXPECT_EQ(capabilities.value("appendlimit"), "35651584");
  EXPECT_FALSE(capabilities.value("LITERAL"));
  capabilities.remove("literal-");
  EXPECT_FALSE(capabilities.has("LITERAL-"));
}

TEST(TypesTest, Attributes) {
  ListData data;
  data.attributes = {"\\NoSelect"};
  EXPECT_TRUE(data.has_attribute("\\Noselect"));
  EXPECT_FALSE(data.has_attribute("\\Sent"));
}

}  // namespace
}  // namespace godwit::imap
