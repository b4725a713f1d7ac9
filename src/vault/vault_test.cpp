// SPDX-License-Identifier: Apache-2.0
#include "vault/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"
#include "vault/key_file.h"
#include "vault/secret_file.h"

namespace godwit::vault {
namespace {

using std::filesystem::path;
using test::run_task;
using testing::AllOf;
using testing::HasSubstr;

const Login alice_on_source{"alice@example.com", Side::source};
const Login alice_on_target{"alice@example.com", Side::target};
const Login bob{"bob@example.com", Side::source};

std::string read_file(const path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_private(const path& file, std::string_view text) {
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary) << text;
  std::filesystem::permissions(file, std::filesystem::perms(0600));
}

mode_t mode_of(const path& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class VaultTest : public testing::Test {
 protected:
  VaultTest() { open_ledger(); }
  void open_ledger() {
    ledger_.reset();
    ledger_ = value_of(ledger::open_sqlite_ledger(ledger_file()));
  }
  [[nodiscard]] path ledger_file() const { return folder_.path() / "ledger"; }
  [[nodiscard]] path key_file() const { return default_key_file(ledger_file()); }
  template <class T>
  static T get(Task<Result<T>> task) {
    return value_of(run_task(std::move(task)));
  }
  Vault open() { return get(Vault::open(*ledger_, key_file())); }
  Error refusal() {
    const auto vault = run_task(Vault::open(*ledger_, key_file()));
    return vault ? Error{ErrorKind::bug, "it was opened", {}, {}} : vault.error();
  }
  static std::string find(Vault& vault, const Login& login) {
    const auto password = get(vault.find(login));
    return password ? std::string(password->reveal()) : "none";
  }
  // Every byte of the ledger and of what lies beside it, the key files left out.
  [[nodiscard]] std::string ledger_bytes() const {
    std::string bytes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file() && !entry.path().native().contains("vault-key")) bytes += read_file(entry.path());
    }
    return bytes;
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<ledger::Ledger> ledger_;
};

TEST_F(VaultTest, PasswordsComeBackAfterEverythingWasClosed) {
  {
    Vault vault = open();
    EXPECT_EQ(find(vault, bob), "none");
    get(vault.keep(alice_on_source, Secret("old")));
    get(vault.keep(alice_on_source, Secret("sesame")));
    get(vault.keep(alice_on_target, Secret("on the target")));
  }
  for (int pass = 0; pass < 2; ++pass) {
    Vault vault = open();
    EXPECT_EQ(find(vault, alice_on_source), "sesame");
    EXPECT_EQ(find(vault, alice_on_target), "on the target");
    EXPECT_EQ(find(vault, bob), "none");
    open_ledger();
  }
  Vault vault = open();
  get(vault.forget(alice_on_source));
  EXPECT_EQ(find(vault, alice_on_source), "none");
  EXPECT_EQ(find(vault, alice_on_target), "on the target");
}

TEST_F(VaultTest, TheKeyFileIsForItsOwnerOnly) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const mode_t before = ::umask(mask);
    const auto vault = run_task(Vault::open(*ledger_, key_file()));
    ::umask(before);
    ASSERT_TRUE(vault) << describe(vault.error());
    EXPECT_EQ(mode_of(key_file()), 0600U);
    EXPECT_FALSE(std::filesystem::exists(new_key_file(key_file())));
    get(Vault::wipe(*ledger_, key_file()));
  }
}

TEST_F(VaultTest, NeitherPasswordNorKeyIsInTheLedger) {
  const std::string password = "a password that nothing else is like";
  Vault vault = open();
  get(vault.keep(alice_on_source, Secret(password)));
  const std::string sealed = get(ledger_->sealed_password(alice_on_source)).value();
  const Secret private_half = value_of(load_key(key_file())).hex();
  EXPECT_TRUE(ledger_bytes().contains(sealed.substr(100, 32))) << "else this test sees nothing";
  EXPECT_FALSE(ledger_bytes().contains(password.substr(0, 12)));
  EXPECT_FALSE(ledger_bytes().contains(private_half.reveal().substr(0, 16)));
  get(vault.forget(alice_on_source));
  EXPECT_FALSE(ledger_bytes().contains(sealed.substr(100, 32)));
}

TEST_F(VaultTest, ABoxOfAnotherAccountIsNotOpened) {
  Vault vault = open();
  get(vault.keep(alice_on_source, Secret("of Alice")));
  get(vault.keep(bob, Secret("of Bob")));
  const std::string of_bob = get(ledger_->sealed_password(bob)).value();
  get(ledger_->put_password(alice_on_source, of_bob, std::string(vault.public_key().bytes())));
  const auto found = run_task(vault.find(alice_on_source));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("it was sealed for bob@example.com on the source"));
}

TEST_F(VaultTest, WhoeverHasThePublicHalfSeals) {
  Vault vault = open();
  const PublicKey half = value_of(PublicKey::of(get(ledger_->vault_key()).value()));
  const std::string sealed = value_of(seal(half, bob, Secret("learned at the front door")));
  get(ledger_->put_password(bob, sealed, std::string(half.bytes())));
  EXPECT_EQ(find(vault, bob), "learned at the front door");
}

TEST_F(VaultTest, AKeyThatOthersCanUseIsRefused) {
  open();
  for (const auto mode : {0640, 0604, 0620, 0602, 0610, 0601, 0666}) {
    std::filesystem::permissions(key_file(), std::filesystem::perms(mode));
    const Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::usage) << mode;
    EXPECT_THAT(error.what, AllOf(HasSubstr(key_file().native()), HasSubstr("chmod 600")));
  }
  std::filesystem::permissions(key_file(), std::filesystem::perms(0400));
  open();
}

TEST_F(VaultTest, AKeyOfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  open();
  ASSERT_EQ(::chown(key_file().c_str(), 12345, 12345), 0);
  const Error error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_THAT(error.what, HasSubstr("belongs to user 12345"));
}

TEST_F(VaultTest, AMissingKeyIsToldByItsBeginning) {
  const std::string name = open().public_key().name();
  std::filesystem::rename(key_file(), folder_.path() / "elsewhere");
  for (int pass = 0; pass < 2; ++pass) {
    const Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::storage);
    EXPECT_THAT(error.what, AllOf(HasSubstr(key_file().native()), HasSubstr("is missing"), HasSubstr(name)));
    EXPECT_FALSE(std::filesystem::exists(key_file())) << "none is made where the ledger has one";
  }
  EXPECT_EQ(get(Vault::open(*ledger_, folder_.path() / "elsewhere")).public_key().name(), name);
}

TEST_F(VaultTest, AKeyOfAnotherLedgerIsRefused) {
  const std::string name = open().public_key().name();
  const auto other = value_of(ledger::open_sqlite_ledger(folder_.path() / "other"));
  const std::string other_name = get(Vault::open(*other, folder_.path() / "other.vault-key")).public_key().name();
  const std::string other_key = read_file(folder_.path() / "other.vault-key");
  write_private(key_file(), other_key);
  const Error error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_THAT(error.what, AllOf(HasSubstr(name), HasSubstr(other_name)));

  const auto fresh = value_of(ledger::open_sqlite_ledger(folder_.path() / "fresh"));
  const auto sharing = run_task(Vault::open(*fresh, key_file()));
  ASSERT_FALSE(sharing) << "a change of the key would take it from the other ledger";
  EXPECT_EQ(sharing.error().kind, ErrorKind::usage);
  EXPECT_EQ(get(fresh->vault_key()), std::nullopt);
  EXPECT_EQ(read_file(key_file()), other_key);
}

TEST_F(VaultTest, ADamagedKeyFileIsRefused) {
  open();
  const std::string whole = read_file(key_file());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1 << i % 7);
    write_private(key_file(), changed);
    const auto key = load_key(key_file());
    // X25519 (RFC 7748, section 5) does not look at five of a private key's bits.
    if (key) EXPECT_EQ(key->public_key().bytes(), get(ledger_->vault_key())) << i;
    if (!key) EXPECT_THAT(key.error().what, AllOf(HasSubstr(key_file().native()), HasSubstr("backup"))) << i;
    write_private(key_file(), whole.substr(0, i));
    EXPECT_FALSE(load_key(key_file())) << i;
  }
  write_private(key_file(), whole + "\n");
  EXPECT_EQ(refusal().kind, ErrorKind::storage);
  std::filesystem::remove(key_file());
  std::filesystem::create_directory(key_file());
  EXPECT_THAT(refusal().what, HasSubstr("not a file"));
  std::filesystem::remove(key_file());
  ASSERT_EQ(::mkfifo(key_file().c_str(), 0600), 0);
  EXPECT_THAT(refusal().what, HasSubstr("not a file"));
}

TEST_F(VaultTest, AChangedKeyOpensEverythingAndTheOldOneIsGone) {
  Vault vault = open();
  const std::string old_key = read_file(key_file());
  for (int i = 0; i < 30; ++i) get(vault.keep({std::to_string(i), Side::source}, Secret("secret" + std::to_string(i))));
  const std::string old_box = get(ledger_->sealed_password({"7", Side::source})).value();
  std::filesystem::create_hard_link(key_file(), folder_.path() / "backup of the key");
  get(vault.change_key());
  get(vault.keep(bob, Secret("later")));
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < 30; ++i) EXPECT_EQ(find(vault, {std::to_string(i), Side::source}), "secret" + std::to_string(i));
    EXPECT_EQ(find(vault, bob), "later");
    open_ledger();
    vault = open();
  }
  EXPECT_FALSE(ledger_bytes().contains(old_box.substr(100, 32)));
  EXPECT_EQ(mode_of(key_file()), 0600U);
  EXPECT_NE(read_file(key_file()), old_key);
  EXPECT_EQ(read_file(folder_.path() / "backup of the key"), old_key) << "what has another name keeps its bytes";
  EXPECT_FALSE(std::filesystem::exists(new_key_file(key_file())));
}

TEST_F(VaultTest, AChangeThatCannotOpenEverythingChangesNothing) {
  Vault vault = open();
  get(vault.keep(alice_on_source, Secret("sesame")));
  get(ledger_->put_password(bob, "no box", std::string(vault.public_key().bytes())));
  const std::string key = read_file(key_file());
  const auto changed = run_task(vault.change_key());
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().what, HasSubstr("bob@example.com on the source"));
  EXPECT_EQ(read_file(key_file()), key);
  EXPECT_EQ(find(vault, alice_on_source), "sesame");
  vault = open();
  get(vault.forget(bob));
  get(vault.change_key());
  EXPECT_EQ(find(vault, alice_on_source), "sesame");
}

// A kill at each step of a change: behind the new file, behind the ledger's commit, between the destruction of the old file and
// the new one's taking its name.
TEST_F(VaultTest, AChangeThatAKillHasCutIsEnded) {
  const path file = key_file();
  std::string name;
  {
    Vault vault = open();
    get(vault.keep(bob, Secret("sesame")));
    name = vault.public_key().name();
  }
  const std::string old_key = read_file(file);
  write_private(new_key_file(file), old_key.substr(0, 50));
  {
    Vault vault = open();
    EXPECT_EQ(vault.public_key().name(), name) << "half a new file is of no matter";
    get(vault.change_key());
    EXPECT_NE(vault.public_key().name(), name);
    name = vault.public_key().name();
  }
  const std::string new_key = read_file(file);
  write_private(new_key_file(file), new_key);
  for (const bool old_file_is_there : {true, false}) {
    std::filesystem::remove(file);
    if (old_file_is_there) write_private(file, old_key);
    Vault vault = open();
    EXPECT_EQ(vault.public_key().name(), name);
    EXPECT_EQ(find(vault, bob), "sesame");
    EXPECT_EQ(read_file(file), new_key);
    EXPECT_FALSE(std::filesystem::exists(new_key_file(file)));
    EXPECT_EQ(std::filesystem::exists(path(file) += ".old"), old_file_is_there) << "it is not known to be the old key: it is not destroyed";
    std::filesystem::remove(path(file) += ".old");
    write_private(new_key_file(file), new_key);
  }
}

TEST_F(VaultTest, AFirstKeyThatAKillHasCutIsPutInPlace) {
  const PrivateKey key = value_of(PrivateKey::make());
  value_of(write_new_key(key_file(), key));
  EXPECT_NE(open().public_key(), key.public_key()) << "the ledger did not know it";
  get(Vault::wipe(*ledger_, key_file()));

  value_of(write_new_key(key_file(), key));
  get(ledger_->set_vault_key(std::string(key.public_key().bytes())));
  EXPECT_EQ(open().public_key(), key.public_key());
}

TEST_F(VaultTest, AWipedVaultIsGone) {
  std::string sealed;
  {
    Vault vault = open();
    get(vault.keep(bob, Secret("sesame")));
    sealed = get(ledger_->sealed_password(bob)).value();
  }
  std::filesystem::create_symlink(key_file(), folder_.path() / "link");
  get(Vault::wipe(*ledger_, folder_.path() / "link"));
  EXPECT_FALSE(std::filesystem::exists(key_file()));
  EXPECT_FALSE(ledger_bytes().contains(sealed.substr(100, 32)));
  EXPECT_EQ(get(ledger_->vault_key()), std::nullopt);
  get(Vault::wipe(*ledger_, key_file()));  // nothing is there: no error
  Vault vault = open();
  EXPECT_EQ(find(vault, bob), "none");
}

TEST_F(VaultTest, AWipeNeedsNoKeyAndTakesNoOther) {
  open();
  std::filesystem::remove(key_file());
  get(Vault::wipe(*ledger_, key_file()));
  EXPECT_EQ(get(ledger_->vault_key()), std::nullopt);

  open();
  const std::string foreign = "godwit vault key 1\nof another ledger, or damaged\n";
  write_private(key_file(), foreign);
  const auto wiped = run_task(Vault::wipe(*ledger_, key_file()));
  ASSERT_FALSE(wiped);
  EXPECT_THAT(wiped.error().what, AllOf(HasSubstr(key_file().native()), HasSubstr("stays")));
  EXPECT_EQ(get(ledger_->vault_key()), std::nullopt);
  EXPECT_EQ(read_file(key_file()), foreign);
}

TEST_F(VaultTest, AKeyThatIsDestroyedIsOverwrittenFirst) {
  const path file = folder_.path() / "key";
  value_of(write_new_key(file, value_of(PrivateKey::make())));
  const int kept_open = ::open(new_key_file(file).c_str(), O_RDONLY | O_CLOEXEC);
  value_of(destroy_key_file(new_key_file(file)));
  std::string bytes(200, 'x');
  const ssize_t size = ::pread(kept_open, bytes.data(), bytes.size(), 0);
  ::close(kept_open);
  EXPECT_GT(size, 0);
  EXPECT_EQ(bytes.substr(0, static_cast<std::size_t>(size)), std::string(static_cast<std::size_t>(size), '\0'));
  EXPECT_FALSE(std::filesystem::exists(new_key_file(file)));
  value_of(destroy_key_file(new_key_file(file)));
}

TEST_F(VaultTest, WhereNoKeyCanBeMadeTheReasonIsTold) {
  const auto vault = run_task(Vault::open(*ledger_, folder_.path() / "missing" / "key"));
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().kind, ErrorKind::storage);
  EXPECT_THAT(vault.error().what, AllOf(HasSubstr("missing/key"), HasSubstr("check the name")));
  EXPECT_EQ(get(ledger_->vault_key()), std::nullopt);
}

}  // namespace
}  // namespace godwit::vault
