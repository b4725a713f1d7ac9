// SPDX-License-Identifier: Apache-2.0
// Hostile archives: whatever they say, nothing leaves its place, nothing is lost in silence, and what it costs is bounded.
#include "files/archive.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <set>

#include "files/test_archives.h"
#include "tests/support/round_lab.h"

namespace godwit::files {
namespace {

using test::gzip;
using test::Tar;
using test::zip;

constexpr std::uint64_t mebibyte = 1024 * 1024;

class ArchiveTest : public testing::Test {
 protected:
  Result<std::shared_ptr<const SourceTree>> open(std::string_view bytes, const ArchiveLimits& limits = {}) {
    test::write_file(outside_.path() / "archive", bytes);
    return SourceTree::open(outside_.path() / "archive", limits, place_.path());
  }
  // Paths of the files that came out of it.
  std::set<std::string> files(std::string_view bytes) {
    const auto tree = open(bytes);
    if (!tree) return {"refused: " + tree.error().what};
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator((*tree)->root())) {
      if (entry.is_regular_file() || entry.is_symlink()) names.insert(entry.path().lexically_relative((*tree)->root()).native());
    }
    return names;
  }
  std::string refusal(std::string_view bytes, const ArchiveLimits& limits = {}) {
    std::string said = "not refused";
    if (const auto tree = open(bytes, limits); !tree) said = tree.error().what;
    EXPECT_TRUE(std::filesystem::is_empty(place_.path())) << "something is left behind";
    return said;
  }
  void expect_refused(std::string_view bytes, std::string_view because, const ArchiveLimits& limits = {}) {
    const std::string said = refusal(bytes, limits);
    EXPECT_NE(said.find(because), std::string::npos) << said;
  }

  test::TemporaryFolder place_, outside_;
};

using Names = std::set<std::string>;

TEST_F(ArchiveTest, NamesOfEveryKindCome) {
  const std::string bidi = "ye\xE2\x80\xAEthere.eml", control = "a\nb\x1b[31m.eml", latin = "\xE9.eml", other_latin = "\xE8.eml";
  const Names all{"\xC3\xA9.eml", "\xC3\xA8.eml", bidi, control, latin, other_latin, " .eml", "...", "CON", "~root"};
  Tar tar;
  std::vector<test::ZipEntry> entries;
  for (const std::string& name : all) {
    tar.add(name, "A: b\n\nx\n");
    const bool is_latin = name == latin || name == other_latin;
    entries.push_back({name, "A: b\n\nx\n", static_cast<std::uint16_t>(is_latin ? 0 : 0x800)});
  }
  EXPECT_EQ(files(tar.bytes()), all);
  EXPECT_EQ(files(gzip(tar.bytes())), all);
  EXPECT_EQ(files(zip(entries)), all);
  EXPECT_EQ(files(zip({{"back\\slash.eml", "x"}})), Names{"back/slash.eml"});  // as some programs of Windows write it
  EXPECT_EQ(files(Tar().add("back\\slash.eml", "x").bytes()), Names{"back\\slash.eml"});
  EXPECT_EQ(files(Tar().pax("path", "W\xC3\xB6rk/\xE6\x97\xA5.eml").add("x", "y").bytes()), Names{"W\xC3\xB6rk/\xE6\x97\xA5.eml"});
}

TEST_F(ArchiveTest, ANameThatCannotBeReadIsNotPassedOver) {
  expect_refused(zip({{"\xE9.eml", "x", 0x800}}), "not in UTF-8 as it says");
}

TEST_F(ArchiveTest, LongNamesAreCutAndStayApart) {
  const std::string first = std::string(300, 'a') + "1.eml", second = std::string(300, 'a') + "2.eml";
  const Names names = files(Tar().pax("path", first).add("x", "1").pax("path", second).add("x", "2").bytes());
  ASSERT_EQ(names.size(), 2U);
  for (const std::string& name : names) {
    EXPECT_EQ(name.size(), 255U);
    EXPECT_TRUE(name.starts_with("aaa") && name.ends_with(".eml"));
  }
  const std::string maildir = "cur/" + std::string(300, 'b') + ".host,S=4:2,S";
  EXPECT_TRUE(files(Tar().pax("path", maildir).add("x", "1").bytes()).begin()->ends_with(".host,S=4:2,S"));
  std::string signs;
  for (int i = 0; i < 100; ++i) signs += "\xE6\x97\xA5";
  const std::string cut = *files(Tar().pax("path", signs).add("x", "1").bytes()).begin();
  EXPECT_EQ(cut.find('~') % 3, 0U) << "half of a character is left";
}

TEST_F(ArchiveTest, PathsOutOfItAreRefused) {
  expect_refused(zip({{"..\\x", "x"}}), "leads out of the archive");
  for (const std::string name : {"../x", "a/../../x", "/etc/x", "a/..", ".."}) {
    expect_refused(Tar().add(name, "x").bytes(), "leads out of the archive");
    expect_refused(zip({{name, "x"}}), "leads out of the archive");
  }
  std::string deep;
  for (int i = 0; i < 64; ++i) deep += "d/";
  expect_refused(Tar().pax("path", deep + "x").add("x", "x").bytes(), "too deep");
  EXPECT_EQ(files(Tar().pax("path", deep.substr(2) + "x").add("x", "x").bytes()), Names{deep.substr(2) + "x"});
  EXPECT_EQ(files(Tar().add("./a//b/./c", "x").bytes()), Names{"a/b/c"});
}

TEST_F(ArchiveTest, LinksLeadNowhere) {
  test::write_file(outside_.path() / "secret", "secret");
  const std::string secret = (outside_.path() / "secret").native();
  EXPECT_EQ(files(Tar().add("l", {}, '2', secret).add("ok", "x").bytes()), Names{"ok"});
  EXPECT_EQ(files(zip({{"l", secret, 0, 0120777}, {"ok", "x"}})), Names{"ok"});
  EXPECT_EQ(files(Tar().add("d", {}, '2', outside_.path().native()).add("d/in", "x").bytes()), Names{"d/in"});
  EXPECT_FALSE(std::filesystem::exists(outside_.path() / "in"));
  EXPECT_EQ(files(Tar().add("null", {}, '3').add("pipe", {}, '6').add("ok", "x").bytes()), Names{"ok"});
  expect_refused(Tar().add("h", {}, '1', secret).bytes(), "link out of the archive");
  expect_refused(Tar().add("h", {}, '1', "../../secret").bytes(), "link out of the archive");
  expect_refused(Tar().add("h", {}, '1', "none").bytes(), "is not there");
  expect_refused(Tar().add("h", "x").add("h", {}, '1', "h").bytes(), "is not there");
  expect_refused(Tar().add("d", {}, '5').add("h", {}, '1', "d").bytes(), "is not there");
  EXPECT_EQ(files(Tar().add("a/m", "x").add("b/m", {}, '1', "a/m").bytes()), (Names{"a/m", "b/m"}));
}

TEST_F(ArchiveTest, FilesThatAreFolders) {
  expect_refused(Tar().add("a", "x").add("a/b", "x").bytes(), "a folder that is a file as well");
  expect_refused(Tar().add("a/b", "x").add("a", "x").bytes(), "is a file and a folder");
  EXPECT_EQ(files(Tar().add("a", "1").add("a", "22").bytes()), Names{"a"});
}

TEST_F(ArchiveTest, BombsAreRefusedBeforeTheyAreUnpacked) {
  const std::string zeros(4 * mebibyte, '\0');
  const ArchiveLimits limits{.free_of_ratio = mebibyte};
  expect_refused(gzip(Tar().add("a", zeros).bytes()), "not refused");
  expect_refused(gzip(Tar().add("a", zeros).bytes()), "more than mail ever does", limits);
  expect_refused(gzip(gzip(gzip(Tar().add("a", zeros).bytes()))), "more than mail ever does", limits);
  // A file that is announced as a giant: nothing of it need be there.
  expect_refused(Tar().header("a", 0777'7777'7777).bytes(), "more than mail ever does");
  expect_refused(Tar().pax("size", "1152921504606846976").header("a", 1).data("x").bytes(), "more than mail ever does");
  // Empty entries whose headers alone are the bomb.
  Tar headers;
  for (int i = 0; i < 4000; ++i) headers.add("d/", {}, '5');
  expect_refused(gzip(headers.bytes()), "more than mail ever does", {.ratio = 20, .free_of_ratio = mebibyte});
}

// One byte, and a hole up to `size`.
std::string sparse_giant(const std::string& size) {
  const std::string records = test::pax_record("GNU.sparse.size", size) + test::pax_record("GNU.sparse.numblocks", "1") +
                              test::pax_record("GNU.sparse.map", "0,1");
  return Tar().add("pax", records, 'x').add("a", "x").bytes();
}

TEST_F(ArchiveTest, SparseGiantsAreRefused) { expect_refused(sparse_giant("1099511627776"), "more than mail ever does"); }

TEST_F(ArchiveTest, ADiskThatHasNoRoomIsToldBefore) {
  expect_refused(sparse_giant("1152921504606846976"), "make room there", {.free_of_ratio = ~std::uint64_t{0}});
}

// Old GNU tar: a header may be followed by any number of blocks that say where the holes are.
TEST_F(ArchiveTest, HeadersWithoutEndAreRefused) {
  std::string header = Tar().header("a", 1000, 'S').bytes().substr(0, 512);
  header.replace(257, 8, std::string_view("ustar  \0", 8));
  header.replace(386, 24, "00000000001 00000000001 ");
  header[482] = 1;
  header.replace(483, 12, "00000001000 ");
  header.replace(148, 8, 8, ' ');
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  for (std::size_t i = 6; i-- > 0; sum /= 8) header[148 + i] = static_cast<char>('0' + sum % 8);
  std::string more(512, '\0');
  for (std::size_t i = 0; i < 21; ++i) more.replace(24 * i, 24, "00000000001 00000000001 ");
  more[504] = 1;
  std::string bytes = header;
  while (bytes.size() < 20 * mebibyte) bytes += more;
  expect_refused(gzip(bytes), "have no end");
}

TEST_F(ArchiveTest, OverlappingEntriesAreCountedEach) {
  const std::string kernel = gzip(std::string(2 * mebibyte, 'a'));
  const std::string deflated = kernel.substr(10, kernel.size() - 18);
  std::vector<test::ZipEntry> entries;
  for (int i = 0; i < 100; ++i) entries.push_back({"m" + std::to_string(i), deflated, 0, 0100644, 8, 2 * mebibyte});
  expect_refused(zip(entries), "more than mail ever does", {.ratio = 200, .free_of_ratio = mebibyte});
  EXPECT_LE(files(zip(entries, true)).size(), 1U);
}

TEST_F(ArchiveTest, WhatIsAnnouncedSmallerIsCountedAsItComes) {
  const std::string kernel = gzip(std::string(4 * mebibyte, 'a'));
  const std::string lying = zip({{"m", kernel.substr(10, kernel.size() - 18), 0, 0100644, 8, 10}});
  const std::string said = refusal(lying, {.ratio = 10, .free_of_ratio = mebibyte});
  EXPECT_NE(said, "not refused");
}

TEST_F(ArchiveTest, HardLinksCountAsTheirFiles) {
  Tar tar;
  tar.add("m", std::string(mebibyte, 'a'));
  for (int i = 0; i < 20; ++i) tar.add("l" + std::to_string(i), {}, '1', "m");
  expect_refused(gzip(tar.bytes()), "more than mail ever does", {.free_of_ratio = 10 * mebibyte});
}

TEST_F(ArchiveTest, SoManyEntriesAndNoMore) {
  Tar tar;
  for (int i = 0; i < 11; ++i) tar.add("m" + std::to_string(i), "x");
  expect_refused(tar.bytes(), "more than 10 entries", {.entries = 10});
  EXPECT_TRUE(open(tar.bytes(), {.entries = 11}));
}

TEST_F(ArchiveTest, TablesOfContentsThatFillTheMemoryAreRefused) {
  expect_refused(zip({{"m", "x"}}, false, 100 * mebibyte), "table of contents");
  // Where the numbers stand in a larger record, this one has none (APPNOTE 4.4.1.4).
  EXPECT_EQ(refusal(zip({{"m", "x"}}, false, 0xFFFFFFFF)).find("table of contents"), std::string::npos);
}

TEST_F(ArchiveTest, ArchivesInThemselves) {
  // Archives in an archive stay files; only compression around one is taken off, at most 25 times.
  EXPECT_EQ(files(Tar().add("inner.tar", Tar().add("x", "y").bytes()).bytes()), Names{"inner.tar"});
  std::string onion = Tar().add("a", "x").bytes();
  for (int i = 0; i < 30; ++i) onion = gzip(onion);
  expect_refused(onion, "cannot be read as");
}

TEST_F(ArchiveTest, WhatIsDamagedIsRefusedAndLeavesNothing) {
  std::string noise;
  for (unsigned i = 0; i < 3000; ++i) noise += static_cast<char>(i * i * 7919U >> 5U);
  const std::string tar = Tar().add("d/a", noise).add("d/b", noise).bytes();
  const std::string zipped = zip({{"a", noise}, {"b", noise}});
  const std::string packed = gzip(tar);
  for (const std::string& whole : {packed, zipped}) {
    for (std::size_t cut = 1; cut < whole.size(); cut += 97) {
      const auto tree = open(std::string_view(whole).substr(0, cut));
      EXPECT_FALSE(tree) << cut;
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(place_.path()));
  expect_refused("", "cannot be read as");
  expect_refused("this is a text", "cannot be read as");
}

TEST_F(ArchiveTest, TimesOutOfReach) {
  for (const char* const time : {"-1", "99999999999999999", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_EQ(files(Tar().pax("mtime", time).add("a", "x").bytes()), Names{"a"}) << time;
  }
}

TEST_F(ArchiveTest, AFileLimitWhileItIsUnpackedIsAnError) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  test::write_file(outside_.path() / "archive", Tar().add("a", std::string(mebibyte, 'x')).bytes());
  const rlimit small{mebibyte / 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto tree = SourceTree::open(outside_.path() / "archive", {}, place_.path());
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(tree);
  EXPECT_NE(tree.error().what.find("cannot be written"), std::string::npos) << tree.error().what;
  EXPECT_TRUE(std::filesystem::is_empty(place_.path()));
}

}  // namespace
}  // namespace godwit::files
