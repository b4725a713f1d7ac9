// SPDX-License-Identifier: Apache-2.0
// Sealed passwords. The file's secure_delete is on.
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "ledger/central_store.h"

namespace godwit::ledger {

Result<std::optional<std::string>> CentralStore::vault_key() {
  std::optional<std::string> key;
  GODWIT_TRY(Statement query, database().prepare("SELECT public_key FROM vault"));
  GODWIT_CHECK(query.each([&](const Statement& row) { key = std::string(row.bytes(0)); }));
  return key;
}

Result<> CentralStore::set_vault_key(const std::string& public_key) {
  GODWIT_TRY(const auto present, vault_key());
  if (present == public_key) return {};
  if (present) {
    return fail(ErrorKind::exists, fmt::format("{}: the ledger has another vault key already, with which its passwords are sealed",
                                               printable(database().file().native())));
  }
  return database().run("INSERT INTO vault (id, public_key) VALUES (1, ?)", Blob{public_key});
}

Result<> CentralStore::put_password(const Login& login, const std::string& sealed, const std::string& public_key) {
  GODWIT_TRY(const auto present, vault_key());
  if (present != public_key) {
    return fail(ErrorKind::unavailable, fmt::format("the password of {} on the {} was sealed with a key that is not the vault's any "
                                                    "more; seal it again with the present one",
                                                    printable(login.account), name_of(login.side)));
  }
  return database().run("INSERT INTO sealed_password (account, side, sealed) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT DO UPDATE SET sealed = ?3", std::string_view(login.account), std::to_underlying(login.side),
                        Blob{sealed});
}

Result<std::optional<std::string>> CentralStore::sealed_password(const Login& login) {
  std::optional<std::string> sealed;
  GODWIT_TRY(Statement query, database().prepare("SELECT sealed FROM sealed_password WHERE account = ? AND side = ?"));
  query.bind(std::string_view(login.account), std::to_underlying(login.side));
  GODWIT_CHECK(query.each([&](const Statement& row) { sealed = std::string(row.bytes(0)); }));
  return sealed;
}

Result<std::vector<Login>> CentralStore::password_logins() {
  std::vector<Login> logins;
  GODWIT_TRY(Statement query, database().prepare("SELECT account, side FROM sealed_password ORDER BY account, side"));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    logins.push_back({std::string(row.bytes(0)), static_cast<Side>(row.number<std::uint8_t>(1))});
  }));
  return logins;
}

Result<> CentralStore::change_vault_key(const std::string& public_key, const Ledger::Reseal& reseal) {
  GODWIT_TRY(const auto logins, password_logins());
  for (const Login& login : logins) {
    GODWIT_TRY(const auto sealed, sealed_password(login));
    GODWIT_TRY(const std::string again, reseal(login, sealed.value()));
    GODWIT_CHECK(database().run("UPDATE sealed_password SET sealed = ?3 WHERE account = ?1 AND side = ?2",
                                std::string_view(login.account), std::to_underlying(login.side), Blob{again}));
  }
  return database().run("INSERT INTO vault (id, public_key) VALUES (1, ?1) ON CONFLICT DO UPDATE SET public_key = ?1",
                        Blob{public_key});
}

Result<> CentralStore::erase_password(const Login& login) {
  return database().run("DELETE FROM sealed_password WHERE account = ? AND side = ?", std::string_view(login.account),
                        std::to_underlying(login.side));
}

Result<> CentralStore::erase_vault() {
  GODWIT_CHECK(database().run("DELETE FROM sealed_password"));
  return database().run("DELETE FROM vault");
}

Result<> CentralStore::empty_log() {
  GODWIT_TRY(const std::int64_t busy, database().number("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy == 0) return {};
  return fail(ErrorKind::storage, fmt::format("{}: its log cannot be emptied, and may still hold what was erased; close other programs "
                                              "that have the file open and run the same command again",
                                              printable(database().file().native())));
}

}  // namespace godwit::ledger
