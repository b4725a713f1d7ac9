// SPDX-License-Identifier: Apache-2.0
// Files for tests of mbox.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "adapters/mbox/mbox_index.h"

namespace godwit::adapters {

// A folder of its own that goes with the test.
class MboxTest : public testing::Test {
 protected:
  MboxTest() {
    std::string pattern = testing::TempDir() + "mbox-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~MboxTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path path(const std::string& name = "mbox") const { return folder_ / name; }
  void write(const std::string& bytes, const std::string& name = "mbox") const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  static std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  [[nodiscard]] Result<std::shared_ptr<const MboxIndex>> index(MboxDialect dialect = MboxDialect::automatic) const {
    const auto file = MboxFile::open(path()).value();
    return index_mbox(file, dialect, file->stamp_at_rest().value());
  }
  static Result<std::string> read(const std::filesystem::path& file, const MboxEntry& entry, MboxDialect dialect = MboxDialect::automatic) {
    MboxMessageReader reader(MboxFile::open(file).value(), entry, dialect);
    std::string all;
    while (true) {
      GODWIT_TRY(const std::string_view piece, reader.read());
      if (piece.empty()) return all;
      all += piece;
    }
  }
  // The messages of a file with these bytes.
  std::vector<std::string> messages(const std::string& bytes, MboxDialect dialect = MboxDialect::automatic) const {
    write(bytes);
    const auto found = index(dialect);
    EXPECT_TRUE(found) << (found ? std::string() : describe(found.error()));
    std::vector<std::string> all;
    if (!found) return all;
    for (const MboxEntry& entry : (*found)->entries) {
      const auto message = read(path(), entry, dialect);
      EXPECT_TRUE(message) << (message ? std::string() : describe(message.error()));
      if (!message) continue;
      EXPECT_EQ(message->size(), entry.size);
      all.push_back(*message);
    }
    return all;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace godwit::adapters
