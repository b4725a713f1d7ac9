// SPDX-License-Identifier: Apache-2.0
// Calendars and contacts of other projects: each item has a meaning that survives being written and read again, or an error with its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>

#include "groupware/card.h"
#include "groupware/content_lines.h"
#include "groupware/item_file.h"
#include "groupware/meaning.h"
#include "groupware/scheduling.h"

namespace godwit::groupware {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  for (fs::path folder = GODWIT_SOURCE_DIR; folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::path found = folder / "shared/corpus"; fs::is_directory(found / "ics")) return found;
  }
  return {};
}

// The resources of caldavtester are templates.
std::string filled(std::string text) {
  text = std::regex_replace(text, std::regex(R"(\$now\.year\.[0-9+-]*:|\$now\.year:)"), "2025");
  text = std::regex_replace(text, std::regex(R"(\$now\.[0-9+-]*:)"), "20250601");
  return std::regex_replace(text, std::regex(R"(\$([A-Za-z0-9._+-]+):)"), "$1");
}

std::string content_of(const fs::path& file, bool is_template) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  return is_template && bytes.contains('$') ? filled(std::move(bytes)) : bytes;
}

struct Counts {
  int files = 0, items = 0, meanings = 0;
  std::vector<std::string> errors;
};

// All that is done with an item keeps what it means.
void check_meaning(const std::string& bytes, CollectionKind kind, const Meaning& meaning, const fs::path& file) {
  const Syntax syntax = kind == CollectionKind::calendar ? Syntax::calendar : Syntax::card;
  std::vector<std::string> forms;
  if (kind == CollectionKind::calendar) {
    forms.push_back(written(read_components(bytes, syntax)->front()));
    forms.push_back(*without_scheduling(bytes));
  } else {
    const auto card = read_card(bytes);
    for (const CardVersion version : {CardVersion::v3_0, CardVersion::v4_0}) forms.push_back(written(*card, version));
  }
  for (const std::string& form : forms) {
    const auto again = meaning_of(kind, form);
    ASSERT_TRUE(again) << file << "\n" << describe(again.error()) << "\n" << form;
    EXPECT_EQ(again->lines, meaning.lines) << file << "\n" << bytes << "\nbecame\n" << form;
    EXPECT_EQ(again->digest, meaning.digest);
    EXPECT_EQ(again->uid, meaning.uid);
  }
}

void check_file(const fs::path& file, CollectionKind kind, bool is_template, Counts& counts) {
  const std::string bytes = content_of(file, is_template);
  const ReadAt read_at = [&](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    const std::string_view rest = std::string_view(bytes).substr(std::min<std::size_t>(offset, bytes.size()));
    std::memcpy(room.data(), rest.data(), std::min(rest.size(), room.size()));
    return std::min(rest.size(), room.size());
  };
  const auto index = index_items(kind, read_at);
  ASSERT_TRUE(index) << file;
  ++counts.files;
  for (const FileItem& item : index->items) {
    ++counts.items;
    const auto resource = bytes_of(*index, item, read_at);
    const auto meaning = resource ? meaning_of(kind, *resource) : std::unexpected(resource.error());
    if (!meaning) {
      const std::string error = describe(meaning.error());
      EXPECT_THAT(error, testing::ContainsRegex("line [0-9]+: ")) << file;
      counts.errors.push_back(file.filename().native() + ": " + error);
      continue;
    }
    ++counts.meanings;
    EXPECT_EQ(meaning->uid, item.uid) << file;
    check_meaning(*resource, kind, *meaning, file);
  }
}

Counts check_all(const fs::path& folder, std::string_view suffix, CollectionKind kind, bool is_template) {
  Counts counts;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == suffix) check_file(entry.path(), kind, is_template, counts);
  }
  std::ranges::sort(counts.errors);
  for (const std::string& error : counts.errors) std::cout << "  " << error.substr(0, 200) << "\n";
  std::cout << folder.filename().native() << " *" << suffix << ": " << counts.files << " files, " << counts.items << " items, "
            << counts.meanings << " with a meaning that survives, " << counts.errors.size() << " with an error\n";
  EXPECT_GT(counts.meanings, 0);
  return counts;
}

TEST(GroupwareCorpus, EachItemHasAMeaningOrAnError) {
  const fs::path root = corpus();
  if (root.empty()) GTEST_SKIP() << "no shared/corpus beside the checkout";
  check_all(root / "ics", ".ics", CollectionKind::calendar, false);
  check_all(root / "vcf", ".vcf", CollectionKind::address_book, false);
  check_all(root / "dav", ".ics", CollectionKind::calendar, true);
  check_all(root / "dav", ".vcf", CollectionKind::address_book, true);
}

}  // namespace
}  // namespace godwit::groupware
