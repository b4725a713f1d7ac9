// SPDX-License-Identifier: Apache-2.0
#include "report/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/stat.h>

#include "report/manifest_line.h"
#include "report/test_manifest.h"

namespace godwit::report {
namespace {

using test::contents_of;
using test::header_for;
using test::moved_item;
using test::not_moved_item;
using test::odd_items;
using test::read_manifest;
using test::text_of;
using test::write_file;
using test::write_manifest;
using testing::HasSubstr;

#if __has_feature(address_sanitizer)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
std::size_t heap_in_use() { return __sanitizer_get_current_allocated_bytes(); }
#else
std::size_t heap_in_use() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}
#endif

class ManifestTest : public testing::Test {
 protected:
  // What reading the file says: "right", or the error.
  std::string verdict(const SigningKey& key) const {
    const auto items = read_manifest(file_, key.public_key());
    return items ? "right" : text_of(items.error());
  }
  std::string verdict() const { return verdict(key_); }

  // As write_manifest(), but with these lines and signed, as no ManifestWriter would.
  void write_signed(const std::string& lines) const {
    write_file(file_, lines + signature_line(key_.sign(signed_text(sha256(lines)))));
  }
  ManifestHeader signed_header(const std::vector<ManifestItem>& items) const {
    ManifestHeader header = header_for(items);
    header.signer = key_.public_key().hex();
    return header;
  }

  test::ScratchDirectory scratch_;
  std::filesystem::path file_ = scratch_ / "account.manifest";
  SigningKey key_ = SigningKey::make(scratch_ / "key").value();
  SigningKey other_key_ = SigningKey::make(scratch_ / "other").value();
};

TEST_F(ManifestTest, GivesBackWhatWasWritten) {
  const std::vector<ManifestItem> items = odd_items();
  const auto written = write_manifest(file_, items, key_);
  ASSERT_TRUE(written) << text_of(written.error());
  const auto reader = ManifestReader::open(file_, key_.public_key());
  ASSERT_TRUE(reader) << text_of(reader.error());
  ManifestHeader expected = header_for(items);
  expected.signer = key_.public_key().hex();
  EXPECT_EQ((*reader)->header(), expected);
  for (const ManifestItem& item : items) {
    const auto read = (*reader)->next();
    ASSERT_TRUE(read) << text_of(read.error());
    EXPECT_EQ(*read, item);
  }
  EXPECT_EQ((*reader)->next(), Result<std::optional<ManifestItem>>(std::nullopt));
  EXPECT_EQ((*reader)->next(), Result<std::optional<ManifestItem>>(std::nullopt));
  struct stat status{};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(ManifestTest, MayBeEmpty) {
  ASSERT_TRUE(write_manifest(file_, {}, key_, Grade::perfect));
  EXPECT_EQ(verdict(), "right");
}

// Lines that lie across the chunks in which a file is read.
TEST_F(ManifestTest, MayBeLargerThanABuffer) {
  std::vector<ManifestItem> items;
  for (Uid uid = 1; uid <= 3000; ++uid) {
    items.push_back(moved_item(uid, std::to_string(uid)));
    items.back().source_folder = std::string(uid % 97 + 1, 'f');
  }
  items[1000].target_folder = std::string(100'000, 'x');
  ASSERT_TRUE(write_manifest(file_, items, key_));
  EXPECT_EQ(read_manifest(file_, key_.public_key()), items);
}

// Its bound is a third of the file.
TEST_F(ManifestTest, TakesNoMoreMemoryForMoreItems) {
  constexpr std::uint64_t count = 12'000;
  const ManifestItem item = moved_item(1, "x");
  ManifestHeader header = header_for({});
  for (std::uint64_t i = 0; i < count; ++i) header.counts.add(item);
  const std::size_t before = heap_in_use();
  std::size_t most = before;
  const auto writer = ManifestWriter::create(file_, header, key_).value();
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSERT_TRUE(writer->add(item));
    if (i % 100 == 0) most = std::max(most, heap_in_use());
  }
  ASSERT_TRUE(writer->finish());
  const auto reader = ManifestReader::open(file_, key_.public_key()).value();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto read = reader->next();
    ASSERT_TRUE(read && *read);
    if (i % 100 == 0) most = std::max(most, heap_in_use());
  }
  EXPECT_EQ(reader->next(), Result<std::optional<ManifestItem>>(std::nullopt));
  EXPECT_GT(std::filesystem::file_size(file_), std::uintmax_t{3} << 20);
  EXPECT_LT(most - before, std::size_t{1} << 20);
}

TEST_F(ManifestTest, EveryChangedByteIsNoticed) {
  const std::vector<ManifestItem> items{moved_item(1, "one"), not_moved_item(2, "too big"), moved_item(3, "three")};
  ASSERT_TRUE(write_manifest(file_, items, key_));
  const std::string bytes = contents_of(file_);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned bits : {1U << i % 8, 0x20U}) {  // 0x20: the other case
      std::string changed = bytes;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ bits);
      write_file(file_, changed);
      EXPECT_NE(verdict(), "right") << "byte " << i << " xor " << bits;
    }
  }
  write_file(file_, bytes);
  EXPECT_EQ(verdict(), "right");
}

TEST_F(ManifestTest, EveryTruncationIsNoticed) {
  ASSERT_TRUE(write_manifest(file_, {moved_item(1, "one"), moved_item(2, "two")}, key_));
  const std::string bytes = contents_of(file_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file(file_, std::string_view(bytes).substr(0, size));
    EXPECT_NE(verdict(), "right") << size;
  }
  write_file(file_, std::string_view(bytes).substr(0, bytes.size() - 1));
  EXPECT_THAT(verdict(), HasSubstr("cut off or changed; take a complete copy"));
  write_file(file_, bytes + bytes);
  EXPECT_NE(verdict(), "right");
  write_file(file_, bytes + "\n");
  EXPECT_NE(verdict(), "right");
}

TEST_F(ManifestTest, SwappedLinesAndExchangedSignaturesAreNoticed) {
  ASSERT_TRUE(write_manifest(file_, {moved_item(1, "one"), moved_item(2, "two")}, key_));
  const std::string bytes = contents_of(file_);
  const std::size_t first = bytes.find("{\"item\":1"), second = bytes.find("{\"item\":2"), end = bytes.find("{\"end\"");
  write_file(file_, bytes.substr(0, first) + bytes.substr(second, end - second) + bytes.substr(first, second - first) +
                        bytes.substr(end));
  EXPECT_THAT(verdict(), HasSubstr("changed after it was signed"));
  ASSERT_TRUE(write_manifest(scratch_ / "another", {moved_item(1, "two"), moved_item(2, "one")}, key_));
  const std::string another = contents_of(scratch_ / "another");
  write_file(file_, bytes.substr(0, bytes.size() - signature_line_size) + another.substr(another.size() - signature_line_size));
  EXPECT_THAT(verdict(), HasSubstr("changed after it was signed"));
}

TEST_F(ManifestTest, AnotherKeyIsNamed) {
  ASSERT_TRUE(write_manifest(file_, {moved_item(1, "one")}, other_key_));
  EXPECT_EQ(verdict(other_key_), "right");
  EXPECT_THAT(verdict(), HasSubstr("signed with another key: " + other_key_.public_key().hex()));
  // Whoever signs with a key of his own and names ours gains nothing.
  const std::string lines = header_line(signed_header({})) + end_line({});
  write_file(file_, lines + signature_line(other_key_.sign(signed_text(sha256(lines)))));
  EXPECT_THAT(verdict(), HasSubstr("the signature does not fit"));
  write_file(file_, lines + signature_line(key_.sign(signed_text(sha256(lines)))));
  EXPECT_EQ(verdict(), "right");
}

// A signature over lines that break the rules: whoever signed made a mistake.
TEST_F(ManifestTest, FaultsInSignedLinesAreNamedByLine) {
  const std::vector<ManifestItem> items{moved_item(1, "one"), moved_item(2, "two")};
  const std::string header = header_line(signed_header(items)), end = end_line(signed_header(items).counts);
  std::string one, two;
  append_item_line(one, 1, items[0]);
  append_item_line(two, 2, items[1]);
  write_signed(header + one + two + end);
  ASSERT_EQ(verdict(), "right");
  const std::vector<std::pair<std::string, std::string>> table{
      {header + two + one + end, "account.manifest: line 2: item 2 stands where item 1 belongs"},
      {header + one + end, "account.manifest: line 3: the counts do not agree"},
      {header + one + two, "after line 3: the end is missing"},
      {header + one + two + end + "\n", "after line 4: there are lines behind the end"},
      {header + one + "no JSON\n" + end, "account.manifest: line 3: this is not a JSON object"},
      {header + one + "\n" + two + end, "account.manifest: line 3: this is not a JSON object"},
      {header + one + two + end.substr(0, end.size() - 1), "account.manifest: line 4: the line has no end"},
      {header + one + std::string(longest_manifest_line, ' ') + two + end, "account.manifest: line 3: the line is too long"},
      {one + two + end, "not a manifest, or its header is damaged (line 1: the header is missing)"},
  };
  for (const auto& [lines, fault] : table) {
    write_signed(lines);
    EXPECT_THAT(verdict(), HasSubstr(fault));
  }
}

TEST_F(ManifestTest, WhatIsNoManifestIsRefusedWithAdvice) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"", "this is not a manifest"},
      {"\n", "this is not a manifest"},
      {"From alice@example.com\n", "this is not a manifest"},
      {std::string(1'000'000, 'x'), "line 1: the line is too long"},
      {R"({"godwit_manifest":2,"unheard":[]})" "\n",
       "line 1: written by a newer godwit (format 2, this one knows 1); use that version"},
  };
  for (const auto& [bytes, fault] : table) {
    write_file(file_, bytes);
    EXPECT_THAT(verdict(), HasSubstr(fault));
    EXPECT_EQ(read_manifest(file_, key_.public_key()).error().kind, ErrorKind::usage);
  }
  std::filesystem::remove(file_);
  EXPECT_THAT(verdict(), HasSubstr("check the name"));
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_THAT(verdict(), HasSubstr("this is not a file"));
}

TEST_F(ManifestTest, AChangeWhileItIsReadIsNoticed) {
  std::vector<ManifestItem> items;
  for (Uid uid = 1; uid <= 1000; ++uid) items.push_back(moved_item(uid, "x"));
  for (const bool is_cut : {false, true}) {
    ASSERT_TRUE(write_manifest(file_, items, key_));
    const auto reader = ManifestReader::open(file_, key_.public_key());
    ASSERT_TRUE(reader) << text_of(reader.error());
    const std::string bytes = contents_of(file_);
    if (is_cut) {
      std::filesystem::resize_file(file_, bytes.size() / 2);
    } else {
      std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
      stream.seekp(static_cast<std::streamoff>(bytes.rfind("INBOX"))) << "OUTBO";
    }
    Result<std::optional<ManifestItem>> read = (*reader)->next();
    while (read && *read) read = (*reader)->next();
    ASSERT_FALSE(read);
    EXPECT_THAT(text_of(read.error()), HasSubstr("changed while it was read"));
    EXPECT_EQ((*reader)->next(), read) << "the error stays";
  }
}

TEST_F(ManifestTest, StaysAwayUntilItIsFinished) {
  write_file(file_, "the one before");
  const std::vector<ManifestItem> items{moved_item(1, "one")};
  {
    const auto writer = ManifestWriter::create(file_, header_for(items), key_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->add(items[0]));
    EXPECT_FALSE(ManifestWriter::create(file_, header_for(items), key_)) << "one writer at a time";
  }
  EXPECT_EQ(contents_of(file_), "the one before");
  EXPECT_FALSE(std::filesystem::exists(file_ += ".new"));
}

TEST_F(ManifestTest, IsNotSignedWhenTheCountsDiffer) {
  const std::vector<ManifestItem> items{moved_item(1, "one")};
  auto writer = ManifestWriter::create(file_, header_for({moved_item(1, "one"), moved_item(2, "two")}), key_).value();
  ASSERT_TRUE(writer->add(items[0]));
  const auto finished = writer->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().kind, ErrorKind::storage);
  EXPECT_THAT(finished.error().what, HasSubstr("2 items (6 bytes) were announced and 1 (3 bytes) came"));
  EXPECT_EQ(writer->finish(), finished) << "the error stays";
  writer.reset();
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(ManifestTest, IsNotSignedWithoutAnItemThatBrokeTheRules) {
  std::vector<ManifestItem> items{moved_item(1, "one")};
  ManifestItem faulty = moved_item(2, "two");
  faulty.digest.reset();
  const auto writer = ManifestWriter::create(file_, header_for(items), key_).value();
  ASSERT_TRUE(writer->add(items[0]));
  const auto added = writer->add(faulty);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::bug);
  EXPECT_THAT(text_of(added.error()), HasSubstr("account.manifest: item 2: \"sha256\" is missing"));
  EXPECT_FALSE(writer->add(items[0]));
  ManifestItem withdrawn = moved_item(1, "one");
  withdrawn.level = ledger::Level::withdrawn;
  EXPECT_TRUE(fault_of(withdrawn));
  ManifestItem undated = moved_item(1, "one");
  undated.date = InternalDate{std::int64_t{1} << 50, 0};
  EXPECT_TRUE(fault_of(undated));
  EXPECT_FALSE(writer->finish());
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_FALSE(ManifestWriter::create(file_, header_for({not_moved_item(1, "x")}, Grade::perfect), key_)) << "a grade that lies";
}

TEST_F(ManifestTest, ReasonsAreCutAndNamesAreNot) {
  std::string umlauts = "x";
  while (umlauts.size() < 10'000) umlauts += "ü";
  std::vector<ManifestItem> items{not_moved_item(1, umlauts), not_moved_item(2, std::string(4096, 'y')),
                                  not_moved_item(3, std::string(4097, '\xff'))};
  ASSERT_TRUE(write_manifest(file_, items, key_));
  const auto read = read_manifest(file_, key_.public_key());
  ASSERT_TRUE(read) << text_of(read.error());
  EXPECT_EQ((*read)[0].reason, umlauts.substr(0, 4095) + "...");
  EXPECT_EQ((*read)[1], items[1]);
  EXPECT_EQ((*read)[2].reason, std::string(4096, '\xff') + "...");
  ManifestItem item = moved_item(1, "one");
  item.source_folder = std::string(longest_manifest_line, 'x');
  const auto written = write_manifest(file_, {item}, key_);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, HasSubstr("too long for a line"));
}

}  // namespace
}  // namespace godwit::report
