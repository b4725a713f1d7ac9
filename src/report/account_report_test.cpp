// SPDX-License-Identifier: Apache-2.0
#include "report/account_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "ledger/collections.h"
#include "ledger/sqlite_ledger.h"
#include "report/manifest_verifier.h"
#include "report/originals.h"
#include "report/test_manifest.h"
#include "tests/support/round_lab.h"

namespace godwit::report {
namespace {

using ledger::FolderId;
using ledger::ItemRecord;
using ledger::Level;
using ledger::Problem;
using test::contents_of;
using test::ScratchDirectory;
using testing::HasSubstr;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <class T>
T run(Task<Result<T>> task) {
  return value_of(godwit::test::run_task(std::move(task)));
}

ItemRecord row(Uid uid, Level level) {
  ItemRecord item;
  item.source_uid = uid;
  item.target_uid = level == Level::left_out ? 0 : uid + 100;
  item.size = 10;
  if (level != Level::left_out) item.digest = sha256(std::to_string(uid));
  item.level = level;
  item.date = InternalDate{1'000'000'000, 120};
  if (level == Level::left_out) item.left_out = static_cast<std::uint8_t>(sync::Verdict::too_large);
  return item;
}

Problem problem(FolderId folder, Uid uid, const std::string& kind) {
  Problem one;
  one.folder = folder;
  one.folder_name = "Readable";
  one.source_uid = uid;
  one.size = 77;
  one.kind = kind;
  one.reason = kind + " it is";
  one.server_text = "NO because";
  return one;
}

class AccountReport : public testing::Test {
 protected:
  AccountReport() {
    ledger_ = value_of(ledger::open_sqlite_ledger(scratch_ / "ledger"));
    account_ = run(ledger_->account("imap://a@old:143", "imap://a@new:143"));
  }
  FolderId folder(const std::string& name) {
    const FolderId id = run(account_->open_folder(name, name)).id;
    run(account_->restart_folder(id, 5, 6));
    return id;
  }
  void finish_round() {
    run(account_->begin_round(InternalDate::now(), ""));
    run(account_->end_round(InternalDate{1'700'000'000, 0}));
  }
  Grade grade() { return grade_of(run(gather_facts(*account_))).grade; }
  std::vector<ManifestItem> manifest() {
    const SigningKey key = value_of(SigningKey::load_or_make(scratch_ / "key"));
    header_ = run(write_manifest(*account_, {scratch_ / "manifest", "godwit 1", {"imap://a@old:143", "imap://a@new:143"}}, key));
    const auto reader = value_of(ManifestReader::open(scratch_ / "manifest", key.public_key()));
    std::vector<ManifestItem> items;
    while (auto item = value_of(reader->next())) items.push_back(*std::move(item));
    return items;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::AccountLedger> account_;
  ManifestHeader header_;
};

TEST_F(AccountReport, EveryItemHasItsLineAndItsOutcome) {
  const FolderId inbox = folder("INBOX"), sent = folder("Sent");
  run(account_->record(inbox, {row(1, Level::proven), row(2, Level::listed), row(4, Level::altered), row(5, Level::withdrawn),
                               row(6, Level::left_out), row(8, Level::listed)},
                       {}));
  Problem repaired = problem(inbox, 2, "repaired");
  repaired.stored = sha256("repaired");
  run(account_->record(inbox, {}, {repaired, problem(inbox, 3, "too_big"), problem(inbox, 4, "altered"), problem(inbox, 8, "flags"),
                                   problem(inbox, 9, "refused")}));
  run(account_->record(sent, {row(1, Level::listed)}, {problem(sent, 7, "conflict")}));
  finish_round();
  const auto items = manifest();
  ASSERT_EQ(items.size(), 9U);
  const std::vector<std::pair<Uid, Outcome>> expected{{1, Outcome::moved},    {2, Outcome::repaired},  {3, Outcome::not_moved},
                                                      {4, Outcome::moved},    {5, Outcome::withdrawn}, {6, Outcome::left_out},
                                                      {8, Outcome::moved},    {9, Outcome::not_moved}, {1, Outcome::moved}};
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(std::pair(items[i].source_uid, items[i].outcome), expected[i]) << i;
    EXPECT_EQ(items[i].source_uid_validity, 5U);
  }
  EXPECT_EQ(items[0].level, Level::proven);
  EXPECT_EQ(items[0].digest, sha256("1"));
  EXPECT_EQ(items[1].digest, sha256("2")) << "of the source's bytes";
  EXPECT_THAT(items[2].reason, HasSubstr("too_big it is"));
  EXPECT_THAT(items[2].reason, HasSubstr("NO because"));
  EXPECT_EQ(items[2].size, 77U);
  EXPECT_EQ(items[5].reason, "larger than the limit");
  EXPECT_EQ(items[8].source_folder, "Sent");
  EXPECT_EQ(header_.grade, Grade::review);
  EXPECT_EQ(header_.counts.items, 9U);
  EXPECT_EQ(header_.round_ended, (InternalDate{1'700'000'000, 0}));
}

TEST_F(AccountReport, ManyPagesOfItemsAndProblemsStayInOrder) {
  const FolderId inbox = folder("INBOX");
  std::vector<ItemRecord> rows;
  std::vector<Problem> problems;
  for (Uid uid = 1; uid <= 5000; ++uid) {
    if (uid % 2 == 0) rows.push_back(row(uid, Level::listed));
    else problems.push_back(problem(inbox, uid, "refused"));
  }
  run(account_->record(inbox, rows, problems));
  finish_round();
  const auto items = manifest();
  ASSERT_EQ(items.size(), 5000U);
  for (Uid uid = 1; uid <= 5000; ++uid) {
    ASSERT_EQ(items[uid - 1].source_uid, uid);
    ASSERT_EQ(items[uid - 1].outcome, uid % 2 == 0 ? Outcome::moved : Outcome::not_moved);
  }
}

TEST_F(AccountReport, TheGradeFollowsFromWhatIsOnRecord) {
  EXPECT_EQ(grade(), Grade::failed) << "no round";
  const FolderId inbox = folder("INBOX");
  run(account_->begin_round(InternalDate::now(), ""));
  run(account_->record(inbox, {row(1, Level::proven), row(2, Level::left_out), row(3, Level::withdrawn)}, {}));
  EXPECT_EQ(grade(), Grade::failed) << "the round has not ended";
  run(account_->end_round(InternalDate::now()));
  EXPECT_EQ(grade(), Grade::perfect);
  run(account_->record(inbox, {row(4, Level::listed)}, {}));
  EXPECT_EQ(grade(), Grade::good);
  run(account_->record(inbox, {}, {problem(inbox, 5, "too_big")}));
  EXPECT_EQ(grade(), Grade::review);
  run(account_->accept_problems("too_big"));
  EXPECT_EQ(grade(), Grade::good);
  run(account_->record(inbox, {row(6, Level::accepted)}, {}));
  EXPECT_EQ(grade(), Grade::failed) << "not seen in a list";
  run(account_->forget_items(inbox, UidSet::of_range(6, 6)));
  const ledger::BatchId batch = run(account_->begin_batch(inbox, UidSet::of_range(7, 7), 1));
  EXPECT_EQ(grade(), Grade::failed) << "in doubt";
  run(account_->end_batch(batch, inbox, {}, {}, 0));
  EXPECT_EQ(grade(), Grade::good);
}

TEST(ManifestVerify, FindsWhatIsNoLongerAsTheManifestSays) {
  godwit::test::RoundLab lab;
  godwit::test::fill_with_sixty(lab.source);
  ASSERT_FALSE(lab.run().error);
  const auto& target = lab.target;
  ScratchDirectory scratch;
  const SigningKey key = value_of(SigningKey::make(scratch / "key"));
  value_of(lab.with_account([&](ledger::AccountLedger& account) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await write_manifest(account, {scratch / "manifest", "godwit 1", {"source", "target"}}, key));
    co_return Result<>{};
  }));
  std::vector<sync::Difference> differences;
  const auto verify = [&](bool reads_back) {
    differences.clear();
    const auto reader = value_of(ManifestReader::open(scratch / "manifest", key.public_key()));
    const auto place = adapters::make_memory_target(lab.target);
    std::atomic<bool> stop = false;
    ManifestVerifier verifier(*reader, *place, reads_back, stop, [](const sync::Event&) {},
                              [&differences](sync::Difference difference) { differences.push_back(std::move(difference)); });
    return godwit::test::run_task(verifier.run());
  };
  auto result = verify(true);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.counts.proven, 60U);
  EXPECT_EQ(result.counts.differences(), 0U);
  EXPECT_EQ(result.counts.folders, 3U);
  lab.target.folder("INBOX").remove(4);
  lab.target.folder("Sent").messages[2].bytes[10] ^= 1;
  result = verify(false);
  EXPECT_EQ(result.counts.missing, 1U);
  EXPECT_EQ(result.counts.listed, 59U);
  result = verify(true);
  EXPECT_EQ(result.counts.altered, 1U);
  EXPECT_EQ(result.counts.proven, 58U);
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].source_uid, 4U);
  lab.target.folder("Sent").uid_validity += 1;
  result = verify(true);
  EXPECT_EQ(result.counts.missing, 1U + target.folders.at("Sent").messages.size());
  EXPECT_THAT(differences.back().meaning, HasSubstr("UIDVALIDITY"));
  lab.target.calls = 0;
  lab.target.lose_session_at = 9;
  EXPECT_FALSE(verify(true).error) << "it connects again";
}

TEST(Originals, AreKeptWithEachChange) {
  ScratchDirectory scratch;
  const std::string original("Subject: x\r\n\r\na\0b\r\n", 19);
  const auto form = mime::repair(original, {mime::RepairRule::nul});
  ASSERT_TRUE(form);
  const std::string file = value_of(Originals(scratch / "originals").keep(original, *form));
  EXPECT_EQ(contents_of(file), original);
  const std::string record = contents_of(file.substr(0, file.size() - 4) + ".json");
  EXPECT_THAT(record, HasSubstr("\"offset\": 15"));
  EXPECT_THAT(record, HasSubstr("\"removed_hex\": \"00\""));
  EXPECT_THAT(record, HasSubstr("\"repaired_size\": 18"));
  const auto mode = std::filesystem::status(file).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  test::write_file(scratch / "a file", "x");
  EXPECT_EQ(Originals(scratch / "a file").keep(original, *form).error().kind, ErrorKind::storage);
}

TEST_F(AccountReport, ItemsThatAreNoMessagesAreInTheManifest) {
  ledger::CollectionLedger& collections = account_->collections();
  auto work = run(collections.open_collection(CollectionKind::calendar, "/old/work/", "Work"));
  work.target_name = "/new/work/";
  run(collections.update_collection(work));
  ledger::ResourceRecord moved, refused, withdrawn;
  moved.uid = "u1";
  moved.source_name = "1.ics";
  moved.target_name = "u1.ics";
  moved.size = 10;
  moved.digest = sha256("meaning");
  moved.level = Level::proven;
  refused.uid = "u2";
  refused.source_name = "2.ics";
  withdrawn = moved;
  withdrawn.source_name = "3.ics";
  withdrawn.level = Level::withdrawn;
  std::vector<ledger::RecordedResource> rows;
  rows.push_back({moved});
  rows.push_back({refused, problem(0, 0, "refused")});
  rows.push_back({withdrawn});
  run(collections.record(work.id, std::move(rows)));
  run(collections.set_problem(work.id, problem(0, 0, "refused")));  // about the collection: no line of the manifest
  finish_round();
  const auto items = manifest();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].kind, "event");
  EXPECT_EQ(items[0].uid, "u1");
  EXPECT_EQ(items[0].source_folder, "/old/work/");
  EXPECT_EQ(items[0].target_name, "u1.ics");
  EXPECT_EQ(items[0].digest, sha256("meaning"));
  EXPECT_EQ(items[0].level, Level::proven);
  EXPECT_EQ(items[1].outcome, Outcome::not_moved);
  EXPECT_THAT(items[1].reason, HasSubstr("refused it is"));
  EXPECT_EQ(items[2].outcome, Outcome::withdrawn);
  EXPECT_EQ(header_.grade, Grade::review);
}

}  // namespace
}  // namespace godwit::report
