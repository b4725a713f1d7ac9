// SPDX-License-Identifier: Apache-2.0
// docs/check_manifest.py knows the format from docs/manifest.md alone: it must agree with the reader. And that page must be
// right.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.h"
#include "report/manifest.h"
#include "report/manifest_line.h"
#include "report/test_manifest.h"

namespace godwit::report {
namespace {

using test::contents_of;
using test::moved_item;
using test::odd_items;
using test::text_of;
using test::write_file;
using test::write_manifest;
using testing::HasSubstr;

const std::filesystem::path docs = std::filesystem::path(GODWIT_SOURCE_DIR) / "docs";

class CheckManifestTest : public testing::Test {
 protected:
  // Exit status 0; what the script said is in said().
  bool accepts(const std::string& messages = {}) const { return accepts_with(scratch_ / "key.pub", messages); }
  bool accepts_with(const std::filesystem::path& key, const std::string& messages = {}) const {
    const std::string command = fmt::format("python3 '{}' '{}' '{}' {} > '{}' 2>&1", (docs / "check_manifest.py").string(),
                                            file_.string(), key.string(), messages, (scratch_ / "said").string());
    return std::system(command.c_str()) == 0;
  }
  std::string said() const { return contents_of(scratch_ / "said"); }

  void flip(std::size_t place, unsigned bits) const {
    std::string bytes = contents_of(file_);
    bytes[place] = static_cast<char>(static_cast<unsigned char>(bytes[place]) ^ bits);
    write_file(file_, bytes);
  }

  test::ScratchDirectory scratch_;
  std::filesystem::path file_ = scratch_ / "account.manifest";
  SigningKey key_ = SigningKey::make(scratch_ / "key").value();
};

TEST_F(CheckManifestTest, AcceptsWhatTheWriterWrites) {
  ASSERT_TRUE(write_manifest(file_, odd_items(), key_));
  EXPECT_TRUE(accepts()) << said();
  EXPECT_THAT(said(), HasSubstr("16 items, grade failed: the signature is right"));
  ASSERT_TRUE(write_manifest(file_, {}, key_, Grade::perfect));
  EXPECT_TRUE(accepts()) << said();
}

TEST_F(CheckManifestTest, RefusesAnyChangedByte) {
  ASSERT_TRUE(write_manifest(file_, odd_items(), key_));
  const std::string bytes = contents_of(file_);
  std::vector<std::size_t> places{0, bytes.size() / 2, bytes.size() - 1};
  for (const char* key : {"items", "signer", "item", "source_folder", "sha256", "level", "end"}) {
    const std::string part = fmt::format("\"{}\":", key);
    places.push_back(bytes.rfind(part));
    places.push_back(bytes.rfind(part) + part.size());
  }
  for (const std::size_t back : {145U, 140U, 131U, 60U, 4U, 3U, 2U}) places.push_back(bytes.size() - back);  // the signature
  for (const std::size_t place : places) {
    ASSERT_LT(place, bytes.size());
    flip(place, 1);
    EXPECT_FALSE(accepts()) << "byte " << place << ": " << said();
    write_file(file_, bytes);
  }
  for (std::size_t place = bytes.size() - 131; place < bytes.size() - 3; ++place) {  // hexadecimal in upper case is another form
    if (bytes[place] < 'a') continue;
    flip(place, 0x20);
    EXPECT_FALSE(accepts()) << said();
    write_file(file_, bytes);
    break;
  }
  const std::string unsigned_bytes = bytes.substr(0, bytes.size() - 145), without_newline = bytes.substr(0, bytes.size() - 1);
  for (const std::string& changed : {unsigned_bytes, without_newline, bytes + "\n", bytes + bytes, std::string()}) {
    write_file(file_, changed);
    EXPECT_FALSE(accepts());
  }
  write_file(file_, bytes);
  EXPECT_TRUE(accepts()) << said();
}

TEST_F(CheckManifestTest, RefusesAnotherKeyAndFaultsThatAreSigned) {
  ASSERT_TRUE(write_manifest(file_, {moved_item(1, "one"), moved_item(2, "two")}, key_));
  ASSERT_TRUE(SigningKey::make(scratch_ / "other"));
  EXPECT_FALSE(accepts_with(scratch_ / "other.pub"));
  EXPECT_FALSE(accepts_with(scratch_ / "missing.pub"));
  const std::string bytes = contents_of(file_), lines = bytes.substr(0, bytes.size() - signature_line_size);
  const std::vector<std::pair<std::string, std::string>> table{
      {R"("item":2)", R"("item":3)"},
      {R"("items":2)", R"("items":3)"},
      {R"("proven":2)", R"("proven":1)"},
      {R"("size":3)", R"("size":4)"},
      {R"("level":"proven",)", ""},
      {R"("sha256":")", R"("sha256":"0)"},
      {R"("outcome":"moved")", R"("outcome":"lost")"},
      {R"("godwit_manifest":1)", R"("godwit_manifest":2)"},
      {R"("end":)", R"("fin":)"},
  };
  for (const auto& [part, instead] : table) {
    std::string changed = lines;
    changed.replace(changed.find(part), part.size(), instead);
    write_file(file_, changed + signature_line(key_.sign(signed_text(sha256(changed)))));
    EXPECT_FALSE(accepts()) << part << ": " << said();
  }
}

// A Maildir and an mbox have LF where the wire has CRLF; an mbox quotes "From ". Equal messages count.
TEST_F(CheckManifestTest, ComparesMessages) {
  const std::string first = "Subject: a\r\n\r\nFrom here\r\n>From there\r\n", second = "Subject: b\r\n\r\nbare\nline\r\n";
  std::vector<ManifestItem> items{moved_item(1, first), moved_item(2, first), moved_item(3, second), moved_item(4, "altered")};
  items[3].level = ledger::Level::altered;
  items[3].reason = "1 byte differs";
  items.push_back(test::not_moved_item(5, "too big"));
  ASSERT_TRUE(write_manifest(file_, items, key_));
  const std::filesystem::path maildir = scratch_ / "maildir";
  std::filesystem::create_directories(maildir / "cur");
  write_file(maildir / "cur/1:2,S", "Subject: a\n\nFrom here\n>From there\n");
  write_file(maildir / "cur/3:2,", second);
  write_file(maildir / "dovecot-uidlist", "3 V1 N4\n");
  EXPECT_FALSE(accepts(maildir)) << "one message stands for one item only";
  EXPECT_THAT(said(), HasSubstr("1 items have no message"));
  EXPECT_THAT(said(), HasSubstr(to_hex(sha256(first).view())));
  write_file(maildir / "cur/2:2,S", first);
  EXPECT_TRUE(accepts(maildir)) << said();
  EXPECT_THAT(said(), HasSubstr("and 1 other messages"));
  flip(0, 1);
  EXPECT_FALSE(accepts(maildir));
  flip(0, 1);
  write_file(maildir / "cur/3:2,", second + "x");
  EXPECT_FALSE(accepts(maildir));
  EXPECT_FALSE(accepts(scratch_ / "missing"));

  ASSERT_TRUE(write_manifest(file_, {moved_item(1, first), moved_item(2, "Subject: c\r\n\r\nbody\r\n")}, key_));
  const std::string mbox = "From alice@example.com Thu Jan  1 00:00:00 1970\nSubject: a\n\n>From here\n>>From there\n\n"
                           "From alice@example.com Thu Jan  1 00:00:00 1970\nSubject: c\n\nbody\n\n";
  write_file(scratch_ / "mbox", mbox);
  EXPECT_TRUE(accepts(scratch_ / "mbox")) << said();
  write_file(scratch_ / "mbox", mbox.substr(0, mbox.size() - 4));
  EXPECT_FALSE(accepts(scratch_ / "mbox"));
}

TEST(ManifestPage, ShowsTheScriptAndARealManifest) {
  const std::string page = contents_of(docs / "manifest.md");
  EXPECT_THAT(page, HasSubstr("```python\n" + contents_of(docs / "check_manifest.py") + "```\n"));
  const std::size_t begin = page.find("```jsonl\n") + 9;
  ASSERT_NE(page.find("```jsonl\n"), std::string::npos);
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  const test::ScratchDirectory scratch;
  write_file(scratch / "example", example);
  const auto header = parse_manifest_line(example.substr(0, example.find('\n')));
  ASSERT_TRUE(header) << text_of(header.error());
  // RFC 8410: the head of a SubjectPublicKeyInfo for Ed25519.
  const auto der = from_hex("302a300506032b6570032100" + std::get<ManifestHeader>(*header).signer);
  ASSERT_TRUE(der);
  write_file(scratch / "key.pub", "-----BEGIN PUBLIC KEY-----\n" + to_base64(*der) + "\n-----END PUBLIC KEY-----\n");
  const auto key = PublicKey::load(scratch / "key.pub");
  ASSERT_TRUE(key) << text_of(key.error());
  const auto items = test::read_manifest(scratch / "example", *key);
  ASSERT_TRUE(items) << text_of(items.error());
  EXPECT_EQ(items->size(), 4U);
}

}  // namespace
}  // namespace godwit::report
