// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/ics/account.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using test::run_task;
using endpoint::Collection;
using endpoint::NewResource;
using endpoint::PutOutcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string event(std::string_view uid, std::string_view summary = "s") {
  return fmt::format(
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{}\r\nSUMMARY:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", uid,
      summary);
}
std::string card(std::string_view uid) {
  return fmt::format("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{}\r\nFN:a\r\nN:;;;;\r\nEND:VCARD\r\n", uid);
}

class Ics : public testing::Test {
 protected:
  Ics() : root_(fs::path(testing::TempDir()) / fmt::format("ics-{}", ::getpid())) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~Ics() override { fs::remove_all(root_); }

  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(root_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  template <class T>
  static T value(Result<T> result) {
    EXPECT_TRUE(result) << describe(result.error());
    return std::move(result).value();
  }
  [[nodiscard]] std::unique_ptr<endpoint::CollectionSession> source(const fs::path& path) const {
    return value(run_task(make_ics_source(path)->connect()));
  }
  [[nodiscard]] std::unique_ptr<endpoint::CollectionTargetSession> target(const fs::path& path) const {
    return value(run_task(make_ics_target(path)->connect()));
  }
  static std::vector<std::string> names(const std::vector<Collection>& all) {
    std::vector<std::string> names;
    for (const Collection& each : all) names.push_back(each.name);
    return names;
  }
  static std::vector<std::string> items(endpoint::CollectionSession& session, const Collection& collection) {
    std::vector<std::string> names;
    for (const auto& each : value(run_task(session.changes(collection, ""))).present) names.push_back(each.name);
    return names;
  }
  static Result<endpoint::ResourceContent> fetch(endpoint::CollectionSession& session, const Collection& collection,
                                                 const std::string& name) {
    return value(run_task(session.fetch(collection, std::vector{name}))).front();
  }
  static NewResource item(std::string uid, std::string_view bytes, std::string name = {}, std::string version = {}) {
    return {std::move(uid), std::move(name), std::move(version), bytes, false};
  }
  static endpoint::Resource listed(std::string name, std::string version = {}) { return {std::move(name), std::move(version), false, 0}; }
  static endpoint::NewCollection collection(CollectionKind kind, std::string name) {
    return {.kind = kind, .short_name = std::move(name), .properties = {}};
  }
  static PutOutcome put(endpoint::CollectionTargetSession& session, const Collection& collection, const NewResource& resource) {
    return value(run_task(session.put(collection, std::vector{resource}))).front();
  }

  fs::path root_;
};

TEST_F(Ics, FindsCollections) {
  write("work/1.ics", event("1"));
  write("work/2.ics", event("2"));
  write("work/displayname", "Work \n");
  write("work/color", "#a1b2c3ff");
  write("work/order", "7");
  write("people/a.VCF", card("a"));
  write("all/home.ics", event("1") + event("2"));
  write("all/named.ics", "BEGIN:VCALENDAR\nX-WR-CALNAME:Holidays\nX-APPLE-CALENDAR-COLOR:#ABCDEF\nEND:VCALENDAR\n");
  write("all/.hidden.ics", event("3"));
  write("all/notes.txt", "x");
  write(".git/x.ics", event("3"));
  fs::create_directory_symlink("/", root_ / "link");
  fs::create_symlink(root_ / "work/1.ics", root_ / "people/link.ics");
  const auto session = source(root_);
  const auto all = value(run_task(session->collections()));
  EXPECT_THAT(names(all), ElementsAre("all/home.ics", "all/named.ics", "people/*.vcf", "work/*.ics"));
  EXPECT_EQ(all[0].short_name, "home");
  EXPECT_EQ(all[1].properties.display_name, "Holidays");
  EXPECT_EQ(all[1].properties.color, "#ABCDEF");
  EXPECT_TRUE(all[2].is_default);
  EXPECT_EQ(all[2].kind, CollectionKind::address_book);
  EXPECT_FALSE(all[3].is_default);
  EXPECT_EQ(all[3].short_name, "work");
  EXPECT_EQ(all[3].properties.display_name, "Work");
  EXPECT_EQ(all[3].properties.color, "#A1B2C3");
  EXPECT_EQ(all[3].properties.order, 7);
  EXPECT_THAT(items(*session, all[0]), ElementsAre("1", "2"));
  EXPECT_THAT(items(*session, all[3]), ElementsAre("1.ics", "2.ics"));
}

TEST_F(Ics, ItemsMayNameTheirCalendar) {
  const auto named = [](std::string_view name, std::string_view uid) {
    return fmt::format("BEGIN:VCALENDAR\nVERSION:2.0\nX-WR-CALNAME:{}\nBEGIN:VEVENT\nUID:{}\nEND:VEVENT\nEND:VCALENDAR\n", name, uid);
  };
  write("items/1.ics", named("Work", "1"));
  write("items/2.ics", named("Work", "2"));
  write("calendars/home.ics", named("Home", "3"));
  write("calendars/work.ics", named("Work", "4"));
  const auto session = source(root_);
  EXPECT_THAT(names(value(run_task(session->collections()))), ElementsAre("calendars/home.ics", "calendars/work.ics", "items/*.ics"));
}

TEST_F(Ics, OneFileIsACollection) {
  write("work.ics", event("1") + event("2") + "rubbish\r\n");
  write("other.ics", event("3"));
  const auto session = source(root_ / "work.ics");
  const auto all = value(run_task(session->collections()));
  ASSERT_THAT(names(all), ElementsAre("work.ics"));
  EXPECT_THAT(items(*session, all[0]), ElementsAre("1", "2", "fault-17"));
  EXPECT_EQ(fetch(*session, all[0], "2")->bytes, event("2"));
  const auto damaged = fetch(*session, all[0], "fault-17");
  EXPECT_EQ(damaged.error().kind, ErrorKind::refused);
  EXPECT_THAT(describe(damaged.error()), testing::StartsWith("work.ics: line 17: \"rubbish\" stands outside"));
  EXPECT_EQ(fetch(*session, all[0], "9").error().kind, ErrorKind::not_found);
}

TEST_F(Ics, TellsWhatChanged) {
  write("a/1.ics", event("1"));
  write("a/2.ics", event("2"));
  const auto session = source(root_);
  const Collection folder = value(run_task(session->collections())).front();
  const auto first = value(run_task(session->changes(folder, "")));
  EXPECT_EQ(first.state, folder.state);
  const auto none = value(run_task(session->changes(folder, first.state)));
  EXPECT_FALSE(none.is_whole);
  EXPECT_THAT(none.present, IsEmpty());
  write("a/1.ics", event("1", "other"));
  fs::remove(root_ / "a/2.ics");
  write("a/3.ics", event("3"));
  const auto second = value(run_task(session->changes(folder, first.state)));
  ASSERT_TRUE(second.is_whole);
  ASSERT_EQ(second.present.size(), 2U);
  EXPECT_EQ(second.present[0].name, "1.ics");
  EXPECT_NE(second.present[0].version, first.present[0].version);
  EXPECT_EQ(second.present[1].name, "3.ics");
  EXPECT_THAT(fetch(*session, folder, "1.ics")->bytes, HasSubstr("other"));
  EXPECT_EQ(fetch(*session, folder, "2.ics").error().kind, ErrorKind::not_found);
  fs::remove_all(root_ / "a");
  EXPECT_EQ(run_task(session->changes(folder, "")).error().kind, ErrorKind::not_found);
}

TEST_F(Ics, OneUidInTwoFilesIsTold) {
  write("a/1.ics", event("1"));
  write("a/2.ics", event("1", "other"));
  write("a/3.ics", event("1"));
  const auto session = source(root_);
  const Collection folder = value(run_task(session->collections())).front();
  EXPECT_THAT(items(*session, folder), ElementsAre("1.ics", "2.ics"));
  EXPECT_THAT(fetch(*session, folder, "2.ics").error().what,
              HasSubstr("2.ics: the item in line 4 has the UID 1, and so has another one in 1.ics"));
}

TEST_F(Ics, MakesCollectionsAndItems) {
  const auto session = target(root_ / "new");
  endpoint::NewCollection wanted = collection(CollectionKind::calendar, "../Wörk");
  wanted.properties.display_name = "Work";
  wanted.properties.color = "#112233";
  wanted.properties.order = 2;
  const auto made = value(run_task(session->create(wanted)));
  EXPECT_THAT(made.name, testing::MatchesRegex("_\\._W__rk-[0-9a-f]{16}/\\*\\.ics"));
  EXPECT_EQ(made.properties.color, "#112233");
  EXPECT_THAT(items(*session, made), IsEmpty());
  const auto book = value(run_task(session->create(collection(CollectionKind::address_book, "a"))));
  EXPECT_EQ(book.name, "a/*.vcf");
  EXPECT_EQ(value(run_task(session->create(collection(CollectionKind::calendar, "a")))).name, "a-2/*.ics");
  EXPECT_THAT(names(value(run_task(session->collections()))), UnorderedElementsAre(made.name, "a/*.vcf", "a-2/*.ics"));

  const std::string one = event("one"), evil = event("../../etc/passwd");
  const auto outcomes = value(run_task(session->put(made, std::vector<NewResource>{item("one", one), item("../../etc/passwd", evil),
                                                                                   item("one", one)})));
  EXPECT_EQ(outcomes[0].kind, PutOutcome::Kind::stored);
  EXPECT_EQ(outcomes[0].name, "one.ics");
  EXPECT_THAT(outcomes[1].name, testing::MatchesRegex("_\\._.._etc_passwd-[0-9a-f]{16}\\.ics"));
  EXPECT_EQ(outcomes[2].kind, PutOutcome::Kind::exists);
  EXPECT_EQ(fetch(*session, made, "one.ics")->bytes, one);
  EXPECT_EQ(fetch(*session, made, "one.ics")->version, outcomes[0].version);
  EXPECT_EQ(put(*session, made, item("one", one)).kind, PutOutcome::Kind::exists);
  const auto again = target(root_ / "new");
  const PutOutcome there = put(*again, made, item("one", one));
  EXPECT_EQ(there.kind, PutOutcome::Kind::exists);
  EXPECT_EQ(there.version, outcomes[0].version);
  endpoint::CollectionProperties changed;
  changed.display_name = "W";
  changed.time_zone = "x";
  EXPECT_THAT(value(run_task(again->change_properties(made, changed))), ElementsAre("time zone"));
  EXPECT_EQ(value(run_task(again->collections())).front().properties.display_name, "W");
}

TEST_F(Ics, ReplacesAndRemovesWhatIsStillTheSame) {
  const auto session = target(root_);
  const Collection calendar = value(run_task(session->create(collection(CollectionKind::calendar, "c"))));
  const std::string old = event("1"), fresh = event("1", "fresh");
  const PutOutcome first = put(*session, calendar, item("1", old));
  const PutOutcome second = put(*session, calendar, item("1", fresh, first.name, first.version));
  EXPECT_EQ(second.kind, PutOutcome::Kind::stored);
  EXPECT_NE(second.version, first.version);
  EXPECT_EQ(read("c/1.ics"), fresh);
  EXPECT_EQ(put(*session, calendar, item("1", old, first.name, first.version)).kind, PutOutcome::Kind::changed);
  write("c/1.ics", event("1", "somebody"));
  EXPECT_EQ(put(*session, calendar, item("1", old, first.name, second.version)).kind, PutOutcome::Kind::changed);
  EXPECT_EQ(read("c/1.ics"), event("1", "somebody"));
  const auto stale = value(run_task(session->remove(calendar, std::vector<endpoint::Resource>{listed("1.ics", second.version)})));
  EXPECT_FALSE(stale.front());
  EXPECT_TRUE(fs::exists(root_ / "c/1.ics"));
  const auto gone = value(run_task(session->remove(calendar, std::vector<endpoint::Resource>{listed("1.ics"), listed("9.ics")})));
  EXPECT_TRUE(gone[0] && gone[1]);
  EXPECT_FALSE(fs::exists(root_ / "c/1.ics"));
  EXPECT_EQ(put(*session, calendar, item("1", old, "1.ics")).kind, PutOutcome::Kind::changed);
  EXPECT_EQ(put(*session, calendar, item("1", old)).name, "1.ics");
}

TEST_F(Ics, NothingOutsideOfItsPlaceIsWritten) {
  write("outside.ics", event("1", "outside"));
  fs::create_directory(root_ / "t");
  const auto session = target(root_ / "t");
  const Collection calendar = value(run_task(session->create(collection(CollectionKind::calendar, "c"))));
  fs::create_symlink(root_ / "outside.ics", root_ / "t/c/1.ics");
  const PutOutcome outcome = put(*session, calendar, item("1", event("1", "inside")));
  EXPECT_EQ(outcome.kind, PutOutcome::Kind::stored);
  EXPECT_NE(outcome.name, "1.ics");
  EXPECT_EQ(read("outside.ics"), event("1", "outside"));
  for (const std::string name : {"../*.ics", "../outside.ics", "/etc/*.ics", "c/../../*.ics", "*.vcf/x", "c/.ics", ""}) {
    Collection other = calendar;
    other.name = name;
    EXPECT_FALSE(run_task(session->put(other, std::vector<NewResource>{item("1", "x")}))) << name;
  }
}

TEST_F(Ics, FilesOfManyItemsAreNotRewritten) {
  write("c/two.ics", event("1") + event("2"));
  write("c/displayname", "one collection");
  const auto session = target(root_);
  const Collection calendar = value(run_task(session->collections())).front();
  EXPECT_THAT(items(*session, calendar), ElementsAre("two.ics#1", "two.ics#2"));
  const std::string fresh = event("1", "fresh");
  const PutOutcome outcome = put(*session, calendar, item("1", fresh, "two.ics#1"));
  EXPECT_EQ(outcome.kind, PutOutcome::Kind::refused);
  EXPECT_THAT(outcome.error.what, HasSubstr("holds other items"));
  EXPECT_EQ(put(*session, calendar, item("1", fresh)).kind, PutOutcome::Kind::exists);
  EXPECT_FALSE(value(run_task(session->remove(calendar, std::vector<endpoint::Resource>{listed("two.ics#1")}))).front());
}

TEST_F(Ics, ManyItemsAreWrittenInBatches) {
  const auto session = target(root_);
  const Collection calendar = value(run_task(session->create(collection(CollectionKind::calendar, "c"))));
  std::vector<std::string> bytes;
  for (int i = 0; i < 60; ++i) bytes.push_back(event(std::to_string(i)));
  std::vector<NewResource> resources;
  for (int i = 0; i < 60; ++i) resources.push_back(item(std::to_string(i), bytes[static_cast<std::size_t>(i)]));
  const auto outcomes = value(run_task(session->put(calendar, resources)));
  EXPECT_EQ(std::ranges::count(outcomes, PutOutcome::Kind::stored, &PutOutcome::kind), 60);
  EXPECT_EQ(items(*session, calendar).size(), 60U);
  for (const auto& entry : fs::directory_iterator(root_ / "c")) EXPECT_FALSE(entry.path().filename().native().ends_with(".ics.godwit"));
}

}  // namespace
}  // namespace godwit::adapters
