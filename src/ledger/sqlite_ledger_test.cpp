// SPDX-License-Identifier: Apache-2.0
// What SQLite's ledger does beyond the conformance suite: its files, how they are recognised and refused, the mirror in the
// central file, and the space they take.
#include "ledger/sqlite_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "ledger/account_store.h"
#include "ledger/central_store.h"
#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using std::filesystem::path;
using test::run_task;
using testing::AllOf;
using testing::HasSubstr;

class SqlitePlace : public LedgerPlace {
 public:
  SqlitePlace() {
    std::string pattern = testing::TempDir() + "godwit-ledger-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~SqlitePlace() override { std::filesystem::remove_all(directory_); }
  Result<std::unique_ptr<Ledger>> open() override { return open_sqlite_ledger(file()); }

  [[nodiscard]] path directory() const { return directory_; }
  [[nodiscard]] path file() const { return directory_ / "ledger"; }
  [[nodiscard]] path store(int account) const { return directory_ / "ledger.accounts" / (std::to_string(account) + ".sqlite"); }

 private:
  path directory_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerSuite, testing::Values(LedgerMaker([] { return std::make_unique<SqlitePlace>(); })),
                         [](const auto&) { return "file"; });

std::string read_file(const path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::int64_t number_in(const path& file, std::string_view sql) {
  Database database = value_of(Database::open(file));
  return value_of(database.number(sql));
}

void change(const path& file, const char* sql) {
  Database database = value_of(Database::open(file));
  value_of(database.execute(sql));
}

// Runs it in a process that ends as by a kill: nothing is closed. Returns its exit status.
template <class Work>
int in_killed_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ::_exit(work());
    } catch (const std::exception& exception) {
      std::fprintf(stderr, "%s\n", exception.what());
      ::_exit(99);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ItemRecord row(Uid uid) {
  ItemRecord item;
  item.source_uid = uid;
  item.target_uid = uid + 5;
  item.size = 4000 + uid * 7 % 90'000;
  for (std::size_t i = 0; i < item.digest.bytes.size(); ++i) {
    item.digest.bytes[i] = static_cast<unsigned char>(uid * 2654435761U >> (i % 24));
  }
  return item;
}

std::vector<ItemRecord> rows(Uid first, Uid last) {
  std::vector<ItemRecord> items;
  for (Uid uid = first; uid <= last; ++uid) items.push_back(row(uid));
  return items;
}

class SqliteLedgerTest : public testing::Test {
 protected:
  std::unique_ptr<Ledger> open() { return value_of(place_.open()); }
  std::string refusal() {
    auto ledger = place_.open();
    if (ledger) return "it was opened";
    EXPECT_EQ(ledger.error().kind, ErrorKind::storage);
    return describe(ledger.error());
  }
  // Of the account, in a ledger that opens.
  std::string refusal_of(const std::string& source) {
    const auto ledger = open();
    auto account = run_task(ledger->account(source, "t"));
    if (account) return "it was opened";
    EXPECT_EQ(account.error().kind, ErrorKind::storage);
    return describe(account.error());
  }
  // Makes the ledger with an account that has `count` items.
  void fill(const std::string& source, Uid count) {
    const auto ledger = open();
    const auto account = value_of(run_task(ledger->account(source, "t")));
    const FolderId folder = value_of(run_task(account->open_folder("INBOX", "INBOX"))).id;
    value_of(run_task(account->record(folder, rows(1, count), {})));
  }
  std::uint64_t items_of(const std::string& source) {
    const auto ledger = open();
    const auto account = value_of(run_task(ledger->account(source, "t")));
    return value_of(run_task(account->counters())).items;
  }
  // A log that is no log: SQLite passes over it, and it says that the file was not closed.
  void pretend_kill(const path& file) { write_file(path(file) += "-wal", std::string(100, 'x')); }

  SqlitePlace place_;
};

TEST_F(SqliteLedgerTest, FilesAreForTheirOwnerOnly) {
  const mode_t mask = ::umask(0);
  fill("a", 3);
  const auto ledger = open();
  const auto account = value_of(run_task(ledger->account("a", "t")));
  value_of(run_task(account->restart_folder(1, 2, 3)));
  ::umask(mask);
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place_.directory())) {
    struct stat status{};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, entry.is_directory() ? 0700U : 0600U) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 6) << "ledger, its log and lock, the directory, a store and its log";
}

TEST_F(SqliteLedgerTest, ASecondOpenerIsToldWhoHoldsIt) {
  {
    const auto ledger = open();
    EXPECT_THAT(refusal(), AllOf(HasSubstr("in use by process " + std::to_string(::getpid())), HasSubstr("ledger.lock"),
                                 HasSubstr("GW-7006")));
    std::filesystem::create_directory_symlink(place_.directory(), place_.directory() / "other");
    EXPECT_FALSE(open_sqlite_ledger(place_.directory() / "other" / "ledger").has_value()) << "by another way to the same file";
    EXPECT_THAT(refusal(), HasSubstr("in use by process " + std::to_string(::getpid()))) << "the refused left the pid alone";
  }
  EXPECT_TRUE(place_.open().has_value());
}

TEST_F(SqliteLedgerTest, TheLockOfAKilledProcessIsFree) {
  EXPECT_EQ(in_killed_child([&] {
    static auto ledger = place_.open();  // never destroyed: the process ends with it
    return ledger ? 0 : 1;
  }), 0);
  EXPECT_TRUE(place_.open().has_value());
}

TEST_F(SqliteLedgerTest, AForeignFileIsRefusedAndNotTouched) {
  for (const std::string& text : {std::string("hello"), std::string(5000, '\0'), std::string("SQLite format 3")}) {
    write_file(place_.file(), text);
    EXPECT_THAT(refusal(), AllOf(HasSubstr("not a ledger"), HasSubstr("GW-7004"), HasSubstr(place_.file().native())));
    EXPECT_EQ(read_file(place_.file()), text);
  }
  write_file(place_.file(), "");
  change(place_.file(), "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  const std::string before = read_file(place_.file());
  EXPECT_THAT(refusal(), HasSubstr("a database, but not a ledger"));
  EXPECT_EQ(read_file(place_.file()), before);
  EXPECT_FALSE(std::filesystem::exists(place_.directory() / "ledger.accounts"));
}

TEST_F(SqliteLedgerTest, AnAccountsStoreIsNoLedger) {
  fill("a", 1);
  std::filesystem::copy_file(place_.store(1), place_.directory() / "copy");
  EXPECT_FALSE(open_sqlite_ledger(place_.directory() / "copy").has_value());
}

TEST_F(SqliteLedgerTest, AnEmptyFileBecomesALedger) {
  write_file(place_.file(), "");
  EXPECT_TRUE(place_.open().has_value());
}

TEST_F(SqliteLedgerTest, ANewerSchemaIsRefused) {
  fill("a", 1);
  change(place_.store(1), "PRAGMA user_version = 7");
  EXPECT_THAT(refusal_of("a"), AllOf(HasSubstr("newer godwit (schema 7"), HasSubstr("GW-7008"), HasSubstr(place_.store(1).native())));
  change(place_.file(), "PRAGMA user_version = 8");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("newer godwit (schema 8"), HasSubstr(place_.file().native())));
}

TEST_F(SqliteLedgerTest, AnOlderSchemaIsRefused) {
  fill("a", 1);
  change(place_.file(), "PRAGMA user_version = 1");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("older godwit (schema 1"), HasSubstr("GW-7008"), HasSubstr(place_.file().native())));
}

TEST_F(SqliteLedgerTest, AfterAnUncleanEndDamageIsFoundAtOnce) {
  fill("a", 5000);
  pretend_kill(place_.store(1));
  EXPECT_EQ(items_of("a"), 5000U) << "an unclean end alone is no reason to refuse";
  std::string bytes = read_file(place_.store(1));
  bytes.replace(bytes.size() / 2 / 4096 * 4096, 2000, 2000, '\x5a');
  write_file(place_.store(1), bytes);
  EXPECT_EQ(refusal_of("nobody"), "it was opened") << "other accounts are not concerned";
  pretend_kill(place_.store(1));
  EXPECT_THAT(refusal_of("a"), AllOf(HasSubstr("damaged"), HasSubstr("backup"), HasSubstr("GW-7003"), HasSubstr(place_.store(1).native())));
}

TEST_F(SqliteLedgerTest, DamageThatIsMetLaterIsAnError) {
  fill("a", 5000);
  std::string bytes = read_file(place_.store(1));
  bytes.replace(bytes.size() / 2 / 4096 * 4096, 2000, 2000, '\x5a');
  write_file(place_.store(1), bytes);
  const auto ledger = open();
  const auto account = value_of(run_task(ledger->account("a", "t")));
  const auto items = run_task(account->items(1, 0, 10'000));
  ASSERT_FALSE(items.has_value());
  EXPECT_EQ(items.error().kind, ErrorKind::storage);
  EXPECT_THAT(items.error().what, AllOf(HasSubstr("damaged"), HasSubstr(place_.store(1).native())));
}

TEST_F(SqliteLedgerTest, ATruncatedFileIsRefused) {
  fill("a", 5000);
  std::filesystem::resize_file(place_.store(1), std::filesystem::file_size(place_.store(1)) / 2);
  EXPECT_THAT(refusal_of("a"), HasSubstr("damaged"));
  std::filesystem::resize_file(place_.file(), 4096);
  EXPECT_THAT(refusal(), HasSubstr("damaged"));
}

TEST_F(SqliteLedgerTest, AMissingStoreIsNotTakenForANewAccount) {
  fill("a", 3);
  fill("b", 4);
  std::filesystem::remove(place_.store(1));
  EXPECT_THAT(refusal_of("a"), AllOf(HasSubstr("missing"), HasSubstr(place_.store(1).native()), HasSubstr("backup"),
                                     HasSubstr("remove " + place_.file().native()), HasSubstr("matching")));
  EXPECT_FALSE(std::filesystem::exists(place_.store(1)));
  write_file(place_.store(1), "");
  EXPECT_THAT(refusal_of("a"), AllOf(HasSubstr("empty"), HasSubstr("backup"), HasSubstr("GW-7009")));
  EXPECT_EQ(items_of("b"), 4U);

  // What the advice says.
  std::filesystem::remove(place_.store(1));
  std::filesystem::remove(place_.file());
  EXPECT_EQ(items_of("a"), 0U);
  EXPECT_EQ(items_of("b"), 4U) << "taken over";
}

TEST_F(SqliteLedgerTest, AStoreOfAnotherAccountIsRefused) {
  fill("a", 3);
  fill("b", 4);
  std::filesystem::rename(place_.store(1), place_.directory() / "swap");
  std::filesystem::rename(place_.store(2), place_.store(1));
  std::filesystem::rename(place_.directory() / "swap", place_.store(2));
  EXPECT_THAT(refusal_of("a"), AllOf(HasSubstr("belongs to b and t"), HasSubstr("GW-7010")));
  EXPECT_THAT(refusal_of("b"), HasSubstr("belongs to a and t"));
}

TEST_F(SqliteLedgerTest, ALostCentralFileIsMadeAgainFromTheStores) {
  fill("a", 3);
  fill("b", 4);
  fill("c", 5);
  std::filesystem::remove(place_.file());
  std::filesystem::remove(place_.store(2));
  EXPECT_EQ(items_of("d"), 0U);
  EXPECT_EQ(items_of("c"), 5U);
  EXPECT_EQ(items_of("a"), 3U);
  EXPECT_TRUE(std::filesystem::exists(place_.store(4))) << "no number is given out twice";
  EXPECT_FALSE(std::filesystem::exists(place_.store(2)));

  std::filesystem::remove(place_.file());
  write_file(place_.store(3), "scribble");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(place_.store(3).native()), HasSubstr("move it elsewhere")));
}

TEST_F(SqliteLedgerTest, TheLogOfARemovedFileIsNotPlayedIntoTheNewOne) {
  EXPECT_EQ(in_killed_child([&] {
    static auto ledger = place_.open();
    return run_task((*ledger)->set_host_fact("h", "k", "old")) ? 0 : 1;
  }), 0);
  ASSERT_TRUE(std::filesystem::exists(path(place_.file()) += "-wal"));
  std::filesystem::remove(place_.file());
  EXPECT_EQ(value_of(run_task(open()->host_fact("h", "k"))), std::nullopt);
}

TEST_F(SqliteLedgerTest, WhereNothingCanBeMadeTheReasonIsTold) {
  const auto missing = open_sqlite_ledger(place_.directory() / "no" / "ledger");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::storage);
  EXPECT_THAT(missing.error().what, AllOf(HasSubstr("directory must exist"), HasSubstr("No such file")));
  std::filesystem::create_directory(place_.directory() / "folder");
  EXPECT_FALSE(open_sqlite_ledger(place_.directory() / "folder").has_value());
  write_file(place_.directory() / "ledger.accounts", "a file");
  EXPECT_THAT(refusal(), HasSubstr("there is a file where a directory is needed"));
}

TEST_F(SqliteLedgerTest, AFileThatCannotBeWrittenIsRefused) {
  fill("a", 1);
  std::filesystem::remove(place_.directory() / "ledger.lock");
  ::chmod(place_.directory().c_str(), 0777);
  ::chmod((place_.directory() / "ledger.accounts").c_str(), 0777);
  ::chmod(place_.file().c_str(), 0444);
  EXPECT_EQ(in_killed_child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 3;
    const auto ledger = place_.open();
    if (ledger) return 1;
    const std::string& what = ledger.error().what;
    return ledger.error().kind == ErrorKind::storage && what.find("read-only") != std::string::npos ? 0 : 2;
  }), 0);
}

TEST_F(SqliteLedgerTest, TheCentralFileMirrorsFinishedFoldersAndHealsAfterAKill) {
  Problem refused;
  refused.source_uid = 9;
  refused.subject = "s";
  const auto killed = [&](bool finish) {
    return in_killed_child([&] {
      static auto ledger = open();
      static auto account = value_of(run_task(ledger->account("a", "t")));
      const FolderId folder = value_of(run_task(account->open_folder("INBOX", "INBOX"))).id;
      const Uid first = static_cast<Uid>(value_of(run_task(account->counters())).items) + 100;
      value_of(run_task(account->record(folder, rows(first, first + 9), {refused})));
      if (finish) value_of(run_task(account->finish_folder(folder, {}, {}, 0)));
      return 0;
    });
  };
  const auto central = [&](std::string_view sql) { return number_in(place_.file(), sql); };
  constexpr std::string_view items = "SELECT items FROM folder WHERE account = 1 AND source_name = 'INBOX'";
  ASSERT_EQ(killed(true), 0);
  EXPECT_EQ(central(items), 10);
  EXPECT_EQ(central("SELECT problems FROM folder"), 1);
  EXPECT_EQ(central("SELECT source_uid FROM problem WHERE subject = 's'"), 9);
  ASSERT_EQ(killed(false), 0);
  EXPECT_EQ(central(items), 10) << "between the two commits";
  EXPECT_EQ(in_killed_child([&] {
    static auto ledger = open();
    static auto account = value_of(run_task(ledger->account("a", "t")));
    return 0;
  }), 0);
  EXPECT_EQ(central(items), 20) << "healed by opening";

  // A power failure took the store's last commits, but not the central file's.
  change(place_.file(), "UPDATE account SET mirrored = 1000; UPDATE folder SET items = 77; UPDATE problem SET source_uid = 11");
  EXPECT_EQ(items_of("a"), 20U);
  EXPECT_EQ(central(items), 20);
  EXPECT_EQ(central("SELECT source_uid FROM problem"), 9);

  // Closing brings up to date what no finished folder did.
  fill("a", 3);
  EXPECT_EQ(central(items), 23);
  EXPECT_EQ(central("SELECT count(*) FROM problem"), 1);
}

TEST_F(SqliteLedgerTest, ARestartThatIsCutShortLeavesAFolderOfUnknownValidity) {
  const path file = place_.directory() / "store";
  value_of(AccountStore::make(file, {1, "a", "t"}));
  const auto store = value_of(AccountStore::open(file));
  const FolderId folder = value_of(store->open_folder("INBOX", "INBOX")).id;
  EXPECT_FALSE(value_of(store->restart_slice(folder, 5, 6))) << "nothing to clear";
  value_of(store->record(folder, rows(1, 25'000), {}));
  EXPECT_TRUE(value_of(store->restart_slice(folder, 7, 8)));
  const FolderRecord half = value_of(store->folders()).at(0);
  EXPECT_EQ(half.source_uid_validity, 0U);
  EXPECT_EQ(half.target_uid_validity, 0U);
  EXPECT_EQ(half.target_uid_next, 1U);
  EXPECT_EQ(half.items, value_of(store->items(folder, 0, 100'000)).size());
  EXPECT_LT(half.items, 25'000U);
  EXPECT_EQ(value_of(store->counters()).items, half.items);
}

TEST_F(SqliteLedgerTest, ARestartOfTheSourceThatIsCutShortLosesNothing) {
  const path file = place_.directory() / "store";
  value_of(AccountStore::make(file, {1, "a", "t"}));
  const auto store = value_of(AccountStore::open(file));
  const FolderId folder = value_of(store->open_folder("INBOX", "INBOX")).id;
  EXPECT_FALSE(value_of(store->restart_slice(folder, 5, 6)));
  value_of(store->record(folder, rows(1, 25'000), {}));
  EXPECT_TRUE(value_of(store->restart_source_slice(folder, 7)));
  const FolderRecord half = value_of(store->folders()).at(0);
  EXPECT_EQ(half.source_uid_validity, 0U) << "the caller sees that it has to restart again";
  EXPECT_EQ(half.target_uid_validity, 6U);
  EXPECT_EQ(half.items, value_of(store->items(folder, 0, 100'000)).size());
  EXPECT_EQ(half.vanished, value_of(store->vanished(0, 100'000)).size());
  EXPECT_EQ(half.items + half.vanished, 25'000U);
  EXPECT_GT(half.vanished, 0U);
  EXPECT_LT(half.vanished, 25'000U);
  EXPECT_EQ(value_of(store->target_uids(folder, 0)).to_string(), "6:25005");
}

// So that other accounts are not kept waiting, whatever is asked for.
TEST_F(SqliteLedgerTest, ManyRangesVanishInSlices) {
  const path file = place_.directory() / "store";
  value_of(AccountStore::make(file, {1, "a", "t"}));
  const auto store = value_of(AccountStore::open(file));
  const FolderId folder = value_of(store->open_folder("INBOX", "INBOX")).id;
  value_of(store->record(folder, rows(40'001, 80'000), {}));
  UidSet odd;  // the first twenty thousand have no rows
  for (Uid uid = 1; uid < 80'000; uid += 2) odd.add(uid);
  std::vector<std::uint64_t> moved;
  for (Uid from = 0;;) {
    from = value_of(store->vanish_slice(folder, from, odd));
    moved.push_back(value_of(store->folders()).at(0).vanished);
    if (from == 0) break;
    ASSERT_LT(moved.size(), 10U);
  }
  EXPECT_EQ(moved, (std::vector<std::uint64_t>{0, 0, 10'000, 20'000}));
}

TEST_F(SqliteLedgerTest, TheCentralFileMirrorsRouteAndFoldersThatGo) {
  const auto central = [&](std::string_view sql) { return number_in(place_.file(), sql); };
  const auto in_account = [&](auto work) {
    return in_killed_child([&] {
      static auto ledger = open();
      static auto account = value_of(run_task(ledger->account("a", "t")));
      work(*account);
      return 0;
    });
  };
  EXPECT_EQ(in_account([](AccountLedger& account) {
    for (const char* name : {"INBOX", "Gone", "Kept"}) {
      const FolderId folder = value_of(run_task(account.open_folder(name, name))).id;
      Problem refused, altered;
      refused.source_uid = 1;
      refused.kind = "refused";
      altered.source_uid = 2;
      altered.kind = "altered";
      value_of(run_task(account.record(folder, {}, {refused, altered})));
    }
    value_of(run_task(account.set_route(Route::moving)));
  }), 0);
  EXPECT_EQ(central("SELECT route FROM account"), 1);
  EXPECT_EQ(central("SELECT sum(problems) FROM folder"), 6);
  EXPECT_EQ(central("SELECT sum(not_moved) FROM folder"), 3);

  EXPECT_EQ(in_account([](AccountLedger& account) {
    value_of(run_task(account.forget_folder(2)));
    value_of(run_task(account.rename_folder(1, "Renamed", "INBOX")));
    value_of(run_task(account.finish_folder(3, {}, {}, 0)));
  }), 0);
  EXPECT_EQ(central("SELECT count(*) FROM folder"), 2);
  EXPECT_EQ(central("SELECT count(*) FROM folder WHERE source_name = 'Renamed'"), 1);
  EXPECT_EQ(central("SELECT count(*) FROM problem WHERE folder = 2"), 0);
  EXPECT_EQ(central("SELECT count(*) FROM problem"), 4);

  // The last folder goes, and the process is killed before the mirror knows.
  EXPECT_EQ(in_account([](AccountLedger& account) { value_of(run_task(account.forget_folder(3))); }), 0);
  EXPECT_EQ(central("SELECT count(*) FROM folder"), 2);
  EXPECT_EQ(in_account([](AccountLedger&) {}), 0);
  EXPECT_EQ(central("SELECT count(*) FROM folder"), 1) << "healed by opening";
  EXPECT_EQ(central("SELECT route FROM account"), 1);
}

// The bytes that an item takes in the files.
std::uint64_t bytes_an_item(SqlitePlace& place, bool with_object_ids) {
  constexpr Uid count = 200'000;
  {
    const auto ledger = value_of(place.open());
    const auto account = value_of(run_task(ledger->account("a", "t")));
    const FolderId folder = value_of(run_task(account->open_folder("INBOX", "INBOX"))).id;
    for (Uid first = 1; first <= count; first += 1000) {
      std::vector<ItemRecord> items = rows(first, first + 999);
      for (ItemRecord& item : items) {
        item.flags.system = static_cast<std::uint8_t>(item.source_uid % 4);
        if (item.source_uid % 10 == 0) item.flags.add("$Forwarded");
        item.date = InternalDate{1'000'000'000 + item.source_uid * 4000, static_cast<std::int16_t>(item.source_uid % 900)};
        item.brought = true;
        item.hazards = item.source_uid % 20 == 0 ? 12 : 0;
        item.object_id = with_object_ids ? item.source_uid * 0x9e3779b97f4a7c15 : 0;
      }
      value_of(run_task(account->record(folder, std::move(items), {})));
    }
    value_of(run_task(account->raise_level(folder, UidSet::of_range(1, count + 10), Level::listed)));
  }
  return (std::filesystem::file_size(place.store(1)) + std::filesystem::file_size(place.file())) / count;
}

TEST_F(SqliteLedgerTest, AnItemTakesLessThan75Bytes) {
  EXPECT_LT(bytes_an_item(place_, false), 75U) << "150 bytes are the limit that is promised; an index would show here";
}

TEST_F(SqliteLedgerTest, AnItemWithAnObjectIdTakesLessThan84Bytes) { EXPECT_LT(bytes_an_item(place_, true), 84U); }

}  // namespace
}  // namespace godwit::ledger
