// SPDX-License-Identifier: Apache-2.0
// What the vault needs of a ledger: sealed passwords and the key they are sealed with. The ledger takes them as bytes.
#include <gmock/gmock.h>

#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string key("k\0\xff\x80 1", 6);
const std::string sealed("s\0\xff\x80 sealed", 11);
const Login alice_on_source{"alice", Side::source};
const Login alice_on_target{"alice", Side::target};
const Login odd{"a'); DROP TABLE x; --\n\"ä", Side::source};

template <class T>
void expect_error(const Result<T>& result, ErrorKind kind) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, kind) << describe(result.error());
}

TEST_P(LedgerSuite, TheVaultsKeyIsSetOnce) {
  EXPECT_EQ(get(ledger_->vault_key()), std::nullopt);
  get(ledger_->set_vault_key(key));
  get(ledger_->set_vault_key(key));
  expect_error(outcome(ledger_->set_vault_key("another")), ErrorKind::exists);
  EXPECT_EQ(get(ledger_->vault_key()), key);
  reopen();
  EXPECT_EQ(get(ledger_->vault_key()), key);
}

TEST_P(LedgerSuite, SealedPasswordsComeBackByAccountAndSide) {
  get(ledger_->set_vault_key(key));
  EXPECT_EQ(get(ledger_->sealed_password(alice_on_source)), std::nullopt);
  get(ledger_->put_password(alice_on_source, sealed, key));
  get(ledger_->put_password(alice_on_target, "on the target", key));
  get(ledger_->put_password(odd, "odd", key));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(get(ledger_->sealed_password(alice_on_source)), sealed);
    EXPECT_EQ(get(ledger_->sealed_password(alice_on_target)), "on the target");
    EXPECT_EQ(get(ledger_->sealed_password(odd)), "odd");
    EXPECT_EQ(get(ledger_->sealed_password({"Alice", Side::source})), std::nullopt);
    EXPECT_EQ(get(ledger_->sealed_password({"odd", Side::source})), std::nullopt);
    EXPECT_THAT(get(ledger_->password_logins()), ElementsAre(odd, alice_on_source, alice_on_target));
    reopen();
  }
  get(ledger_->put_password(alice_on_source, "a new one", key));
  EXPECT_EQ(get(ledger_->sealed_password(alice_on_source)), "a new one");
  EXPECT_EQ(get(ledger_->password_logins()).size(), 3U);
}

TEST_P(LedgerSuite, NothingIsStoredThatWasSealedWithAnotherKey) {
  expect_error(outcome(ledger_->put_password(alice_on_source, sealed, key)), ErrorKind::unavailable);
  get(ledger_->set_vault_key(key));
  const auto refused = outcome(ledger_->put_password(alice_on_source, sealed, "another"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(refused.error().what, HasSubstr("alice on the source"));
  EXPECT_THAT(get(ledger_->password_logins()), IsEmpty());
}

TEST_P(LedgerSuite, PasswordsAreErasedOneByOneAndTogether) {
  get(ledger_->set_vault_key(key));
  for (const Login& login : {alice_on_source, alice_on_target, odd}) get(ledger_->put_password(login, sealed, key));
  get(ledger_->erase_password(alice_on_source));
  get(ledger_->erase_password(alice_on_source));  // what is not there is no error
  EXPECT_THAT(get(ledger_->password_logins()), ElementsAre(odd, alice_on_target));
  EXPECT_EQ(get(ledger_->vault_key()), key);
  reopen();
  EXPECT_THAT(get(ledger_->password_logins()), ElementsAre(odd, alice_on_target));
  get(ledger_->erase_vault());
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_THAT(get(ledger_->password_logins()), IsEmpty());
    EXPECT_EQ(get(ledger_->vault_key()), std::nullopt);
    reopen();
  }
  get(ledger_->set_vault_key("another"));
  get(ledger_->put_password(odd, sealed, "another"));
}

TEST_P(LedgerSuite, TheKeyIsChangedWithEverythingOrNotAtAll) {
  get(ledger_->set_vault_key(key));
  get(ledger_->put_password(alice_on_source, "1", key));
  get(ledger_->put_password(alice_on_target, "2", key));
  get(ledger_->put_password(odd, "3", key));
  const auto expect_sealed = [&](std::string_view prefix, const std::string& present_key) {
    EXPECT_EQ(get(ledger_->sealed_password(alice_on_source)), std::string(prefix) + "1");
    EXPECT_EQ(get(ledger_->sealed_password(alice_on_target)), std::string(prefix) + "2");
    EXPECT_EQ(get(ledger_->sealed_password(odd)), std::string(prefix) + "3");
    EXPECT_EQ(get(ledger_->vault_key()), present_key);
  };
  int calls = 0;
  expect_error(outcome(ledger_->change_vault_key("new key", [&](const Login&, std::string_view) -> Result<std::string> {
                 if (++calls == 3) return fail(ErrorKind::auth, "this one cannot be opened");
                 return "lost";
               })), ErrorKind::auth);
  EXPECT_EQ(calls, 3);
  expect_sealed("", key);
  get(ledger_->change_vault_key("new key", [](const Login& login, std::string_view old) -> Result<std::string> {
    EXPECT_EQ(old, login == odd ? "3" : login.side == Side::source ? "1" : "2");
    return "new " + std::string(old);
  }));
  for (int pass = 0; pass < 2; ++pass) {
    expect_sealed("new ", "new key");
    reopen();
  }
  expect_error(outcome(ledger_->put_password(odd, sealed, key)), ErrorKind::unavailable);
  get(ledger_->put_password(odd, sealed, "new key"));
}

}  // namespace
}  // namespace godwit::ledger
