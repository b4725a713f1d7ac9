// SPDX-License-Identifier: Apache-2.0
// mbox files that gzip made.
#include "adapters/mbox/packed_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "adapters/mbox/mbox_store.h"
#include "adapters/mbox/test_mbox.h"

namespace godwit::adapters {
namespace {

const std::string first = "From alice@example.com Tue Mar  4 03:33:20 2003\nSubject: one\n\none\n\n";
const std::string second = "From alice@example.com Tue Mar  4 03:33:21 2003\nSubject: two\n\ntwo\n\n";

class PackedMboxTest : public MboxTest {
 protected:
  void pack(const std::string& bytes, const std::string& name, const char* mode = "wb") const {
    const gzFile file = ::gzopen(path(name).c_str(), mode);
    ASSERT_EQ(::gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())), static_cast<int>(bytes.size()));
    ::gzclose(file);
  }
  [[nodiscard]] MboxAccount account(const std::string& name) const { return {MboxPlaces{path(name), {}}, MboxDialect::automatic}; }
};

TEST_F(PackedMboxTest, IsReadAsWhatIsInIt) {
  pack(first, "in.gz");
  pack(second, "in.gz", "ab");  // two members, as when files are joined
  MboxAccount packed = account("in.gz");
  const auto index = packed.index("INBOX");
  ASSERT_TRUE(index) << describe(index.error());
  ASSERT_EQ((*index)->entries.size(), 2U);
  EXPECT_EQ(packed.index("INBOX").value(), *index) << "unpacked once";
  EXPECT_EQ(packed.file("INBOX").value(), packed.file("INBOX").value());
  write(first + second, "plain");
  EXPECT_EQ((*index)->entries[1].digest, account("plain").index("INBOX").value()->entries[1].digest);
}

TEST_F(PackedMboxTest, IsUnpackedAnewWhenItWasWrittenTo) {
  pack(first, "in.gz");
  MboxAccount packed = account("in.gz");
  const auto before = packed.file("INBOX").value();
  pack(second, "in.gz", "ab");
  EXPECT_EQ(packed.index("INBOX").value()->entries.size(), 2U);
  EXPECT_NE(packed.file("INBOX").value(), before);
}

TEST_F(PackedMboxTest, IsAFolderOfATree) {
  std::filesystem::create_directories(path("tree"));
  pack(first, "tree/Old.gz");
  pack(first, "tree/2019.mbox.gz");
  pack("no mail\n", "tree/notes.gz");
  write("\x1F\x8B\x08 damaged", "tree/Damaged.gz");
  write(first, "tree/Plain");
  const auto folders = find_mbox_folders({path("tree"), {}}).value();
  std::vector<std::string> names;
  for (const MboxFolder& folder : folders) names.push_back(folder.path.display());
  EXPECT_EQ(names, (std::vector<std::string>{"2019", "Damaged", "Old", "Plain"}));
  MboxAccount tree = account("tree");
  EXPECT_EQ(tree.index("Old.gz").value()->entries.size(), 1U);
  const auto damaged = tree.index("Damaged.gz");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().kind, ErrorKind::refused) << "the others go on";
  EXPECT_NE(damaged.error().what.find("gzip -t"), std::string::npos) << damaged.error().what;
}

TEST_F(PackedMboxTest, CutAtEachByteIsDamaged) {
  pack(first + second, "whole.gz");
  const std::string whole = read_file(path("whole.gz"));
  for (std::size_t size = 3; size < whole.size(); ++size) {
    write(whole.substr(0, size), "in.gz");
    EXPECT_FALSE(MboxFile::open(path("in.gz")).value()->unpacked()) << size;
  }
}

TEST_F(PackedMboxTest, ABombIsRefused) {
  const std::string block(1 << 20, 'a');
  const gzFile file = ::gzopen(path("bomb.gz").c_str(), "wb9");
  for (int i = 0; i < 300; ++i) ::gzwrite(file, block.data(), static_cast<unsigned>(block.size()));
  ::gzclose(file);
  const auto unpacked = MboxFile::open(path("bomb.gz")).value()->unpacked();
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().kind, ErrorKind::refused);
  EXPECT_NE(unpacked.error().what.find("200 times"), std::string::npos);
}

}  // namespace
}  // namespace godwit::adapters
