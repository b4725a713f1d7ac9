// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: a scratch directory, and items of every kind.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "report/manifest.h"

namespace godwit::report::test {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "godwit-report-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no scratch directory";
    path_ = name;
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string contents_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string text_of(const Error& error) { return describe(error); }

inline ManifestItem moved_item(Uid uid, std::string_view message) {
  ManifestItem item;
  item.source_folder = "INBOX";
  item.source_uid_validity = 17;
  item.source_uid = uid;
  item.target_folder = "INBOX";
  item.target_uid_validity = 4294967295;
  item.target_uid = uid + 100;
  item.size = message.size();
  item.digest = sha256(message);
  item.date = InternalDate{837596665, -420};
  item.level = ledger::Level::proven;
  return item;
}

inline ManifestItem not_moved_item(Uid uid, std::string reason) {
  ManifestItem item;
  item.source_folder = "Archive";
  item.source_uid = uid;
  item.outcome = Outcome::not_moved;
  item.reason = std::move(reason);
  return item;
}

inline ManifestHeader header_for(const std::vector<ManifestItem>& items, Grade grade = Grade::failed) {
  ManifestHeader header;
  header.program = "godwit 0.1.0";
  header.source = "imaps://alice@example.com@old.example.com:993";
  header.target = "imaps://alice@example.com@new.example.com:993";
  header.created = {1738367999, 0};
  header.round_ended = InternalDate{1738361400, 60};
  header.grade = grade;
  for (const ManifestItem& item : items) header.counts.add(item);
  return header;
}

inline Result<> write_manifest(const std::filesystem::path& file, const std::vector<ManifestItem>& items, const SigningKey& key,
                               Grade grade = Grade::failed) {
  GODWIT_TRY(const auto writer, ManifestWriter::create(file, header_for(items, grade), key));
  for (const ManifestItem& item : items) GODWIT_CHECK(writer->add(item));
  return writer->finish();
}

inline Result<std::vector<ManifestItem>> read_manifest(const std::filesystem::path& file, const PublicKey& key) {
  GODWIT_TRY(const auto reader, ManifestReader::open(file, key));
  std::vector<ManifestItem> items;
  for (;;) {
    GODWIT_TRY(auto item, reader->next());
    if (!item) return items;
    items.push_back(*std::move(item));
  }
}

// Each level, each outcome, and names as bad as they come.
inline std::vector<ManifestItem> odd_items() {
  using namespace std::string_literals;
  std::vector<ManifestItem> items;
  const std::vector<std::string> names{
      "INBOX",         "Entwürfe/日本語 🐦", "quote\" back\\slash",    "line\nfeed\r\ttab", "Alt\xfc",       "\xff\xfe\x80",
      "nul\0inside"s, "\x7f\x1b[2K",      "bidi \u202e mark \u2028", "{\"item\":9}",    "\xed\xa0\x80", " "};
  using enum ledger::Level;
  const std::vector<ledger::Level> levels{accepted, listed, proven, altered};
  Uid uid = 0;
  for (const std::string& name : names) {
    ++uid;
    ManifestItem item = moved_item(uid, "message " + std::to_string(uid));
    item.source_folder = name;
    item.target_folder = "Old/" + name;
    item.level = levels[uid % levels.size()];
    if (item.level == ledger::Level::altered) item.reason = "1 byte differs: " + name;
    items.push_back(item);
  }
  items.push_back(not_moved_item(++uid, "refused: \"NO \xe4\xf6\xfc\"\r\n"));
  items.push_back(items.front());
  items.back().outcome = Outcome::repaired;
  items.back().reason = "a NUL was removed at offset 12";
  items.push_back(not_moved_item(4294967295, "older than the plan's since = 2010-01-01"));
  items.back().outcome = Outcome::left_out;
  items.back().size = 18446744073709551615U;
  items.push_back(items.front());
  items.back().outcome = Outcome::withdrawn;
  items.back().level.reset();
  return items;
}

}  // namespace godwit::report::test
