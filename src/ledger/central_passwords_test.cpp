// SPDX-License-Identifier: Apache-2.0
// What is erased is gone from the bytes of the ledger's files, not only from its tables.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>

#include "ledger/sqlite_ledger.h"
#include "tests/conformance/ledger_suite.h"
#include "tests/support/round_lab.h"

namespace godwit::ledger {
namespace {

using std::filesystem::path;
using test::run_task;

const std::string key = "the vault's public key";

// As long as a sealed password of the vault, and not to be taken for anything else.
std::string sealed_for(int number) {
  std::mt19937 random(static_cast<unsigned>(number));
  std::string bytes(240, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

Login login_of(int number) {
  return {"person" + std::to_string(number) + "@example.com", number % 2 == 0 ? Side::source : Side::target};
}

class ErasedPasswords : public testing::Test {
 protected:
  [[nodiscard]] path file() const { return folder_.path() / "ledger"; }
  void open() {
    ledger_.reset();
    ledger_ = value_of(open_sqlite_ledger(file()));
  }
  void put(int number, const std::string& sealed) { get(ledger_->put_password(login_of(number), sealed, key)); }
  template <class T>
  static T get(Task<Result<T>> task) {
    return value_of(run_task(std::move(task)));
  }
  // Every byte of every file of the ledger, the log included.
  [[nodiscard]] std::string all_bytes() const {
    std::string bytes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    return bytes;
  }
  // A piece of what is stored, so that a cell that was cut in two is found as well.
  static std::string_view piece_of(const std::string& sealed) { return std::string_view(sealed).substr(100, 24); }

  test::TemporaryFolder folder_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(ErasedPasswords, OneIsGoneFromTheFilesAtOnce) {
  open();
  get(ledger_->set_vault_key(key));
  put(1, sealed_for(1));
  put(2, sealed_for(2));
  EXPECT_TRUE(all_bytes().contains(piece_of(sealed_for(1)))) << "else this test sees nothing";
  get(ledger_->erase_password(login_of(1)));
  EXPECT_FALSE(all_bytes().contains(piece_of(sealed_for(1))));
  EXPECT_FALSE(all_bytes().contains(login_of(1).account));
  EXPECT_TRUE(all_bytes().contains(piece_of(sealed_for(2))));
  get(ledger_->erase_vault());
  EXPECT_FALSE(all_bytes().contains(piece_of(sealed_for(2))));
  EXPECT_FALSE(all_bytes().contains(key));
}

TEST_F(ErasedPasswords, NothingIsLeftWhenPagesWereSplitAndMerged) {
  open();
  get(ledger_->set_vault_key(key));
  std::vector<int> order(400);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(7);
  std::ranges::shuffle(order, random);
  for (const int number : order) put(number, sealed_for(number));
  for (const int number : order) {
    if (number % 3 == 0) put(number, sealed_for(number + 1000));  // the old one is replaced
  }
  open();
  std::ranges::shuffle(order, random);
  for (const int number : order) {
    if (number % 5 != 0) get(ledger_->erase_password(login_of(number)));
  }
  const std::string bytes = all_bytes();
  for (const int number : order) {
    const bool is_replaced = number % 3 == 0, is_erased = number % 5 != 0;
    EXPECT_EQ(bytes.contains(piece_of(sealed_for(number))), !is_replaced && !is_erased) << number;
    if (is_replaced) EXPECT_EQ(bytes.contains(piece_of(sealed_for(number + 1000))), !is_erased) << number;
  }
  get(ledger_->erase_vault());
  for (const int number : order) EXPECT_FALSE(all_bytes().contains(piece_of(sealed_for(number)))) << number;
}

TEST_F(ErasedPasswords, NothingIsLeftOfThoseBeforeAChangeOfTheKey) {
  open();
  get(ledger_->set_vault_key(key));
  for (int number = 0; number < 50; ++number) put(number, sealed_for(number));
  const auto reseal = [](const Login&, std::string_view) -> Result<std::string> { return std::string(240, 'n'); };
  get(ledger_->change_vault_key("the new key", reseal));
  const std::string bytes = all_bytes();
  for (int number = 0; number < 50; ++number) EXPECT_FALSE(bytes.contains(piece_of(sealed_for(number)))) << number;
  EXPECT_FALSE(bytes.contains(key));
  EXPECT_TRUE(bytes.contains(std::string(240, 'n')));
}

// A kill may come between an erasure and the emptying of the log.
TEST_F(ErasedPasswords, TheLogOfAKilledProcessIsEmptiedWhenTheLedgerIsOpened) {
  const pid_t child = ::fork();
  if (child == 0) {
    open();
    get(ledger_->set_vault_key(key));
    put(1, sealed_for(1));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const path log = folder_.path() / "ledger-wal";
  EXPECT_GT(std::filesystem::file_size(log), 0U) << "else this test sees nothing";
  open();
  EXPECT_EQ(std::filesystem::file_size(log), 0U);
  EXPECT_EQ(get(ledger_->sealed_password(login_of(1))), sealed_for(1));
}

}  // namespace
}  // namespace godwit::ledger
