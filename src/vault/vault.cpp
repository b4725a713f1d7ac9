// SPDX-License-Identifier: Apache-2.0
#include "vault/vault.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "base/text.h"
#include "vault/key_file.h"
#include "vault/secret_file.h"

namespace godwit::vault {
namespace {

using std::filesystem::path;

// Behind links, so that a new key takes the place of the old one and not that of a link to it.
path real_name(const path& file) {
  std::error_code failed;
  path name = std::filesystem::weakly_canonical(std::filesystem::absolute(file), failed);
  return failed ? file : name;
}

bool is_there(const path& file) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(file, ignored));
}

bool holds(const path& file, const PublicKey& key) {
  const auto found = load_key(file);
  return found && found->public_key() == key;
}

std::string how_to_go_on(const PublicKey& key) {
  return fmt::format("bring back from a backup the key file in which the line \"public\" begins with {}, or wipe the vault and give the "
                     "passwords again", key.name());
}

// Why the file is not that of the ledger's key.
std::unexpected<Error> refuse(const path& file, const PublicKey& wanted) {
  const std::string name = printable(file.native());
  if (!is_there(file)) {
    return fail(ErrorKind::storage, fmt::format("{}: the key of this ledger's passwords is missing; {}", name, how_to_go_on(wanted)));
  }
  const auto found = load_key(file);
  if (!found) return std::unexpected(found.error());
  return fail(ErrorKind::usage, fmt::format("{}: the passwords of this ledger were sealed with another key than this one, which begins "
                                            "with {}; {}", name, found->public_key().name(), how_to_go_on(wanted)));
}

// The ledger knows a new key first, whose file is complete under its other name: a kill in between is healed by publish().
Task<Result<PublicKey>> begin(ledger::Ledger& ledger, path file) {
  if (is_there(file)) {
    co_return fail(ErrorKind::usage, fmt::format("{}: this file is here, but the ledger has no key yet: it belongs to another ledger, "
                                                 "or to one that was lost; give another name, or move it elsewhere",
                                                 printable(file.native())));
  }
  GODWIT_CO_TRY(const PrivateKey key, PrivateKey::make());
  GODWIT_CO_CHECK(write_new_key(file, key));
  GODWIT_CO_CHECK(co_await ledger.set_vault_key(std::string(key.public_key().bytes())));
  co_return key.public_key();
}

// The ledger's key is in FILE.new still.
Task<Result<>> publish(ledger::Ledger& ledger, path file) {
  GODWIT_CO_CHECK(co_await ledger.make_durable());  // else a power failure could bring back what only the old key opens
  GODWIT_CO_CHECK(set_aside(file));
  co_return publish_next_key(file);
}

Result<> tell_what_stays(const path& file) {
  if (!is_there(file)) return {};
  return fail(ErrorKind::usage, fmt::format("{}: the passwords are erased, but this file stays: it cannot be read, or is not the key of "
                                            "this ledger; remove it yourself when nothing needs it", printable(file.native())));
}

}  // namespace

path default_key_file(const path& ledger_file) { return path(ledger_file) += ".vault-key"; }

Task<Result<Vault>> Vault::open(ledger::Ledger& ledger, path key_file) {
  const path file = real_name(key_file);
  GODWIT_CO_TRY(const auto known, co_await ledger.vault_key());
  GODWIT_CO_TRY(const PublicKey wanted, known ? PublicKey::of(*known) : co_await begin(ledger, file));
  if (!holds(file, wanted)) {
    if (!holds(new_key_file(file), wanted)) co_return refuse(file, wanted);
    GODWIT_CO_CHECK(co_await publish(ledger, file));
  }
  GODWIT_CO_TRY(PrivateKey key, load_key(file));
  co_return Vault(ledger, file, std::move(key));
}

Task<Result<>> Vault::keep(Login login, Secret password) {
  GODWIT_CO_TRY(std::string sealed, seal(public_key(), login, password));
  co_return co_await ledger_->put_password(std::move(login), std::move(sealed), std::string(public_key().bytes()));
}

Task<Result<std::optional<Secret>>> Vault::find(Login login) {
  GODWIT_CO_TRY(const auto sealed, co_await ledger_->sealed_password(login));
  if (!sealed) co_return std::nullopt;
  co_return key_.open(*sealed, login);
}

Task<Result<>> Vault::forget(Login login) { return ledger_->erase_password(std::move(login)); }

Task<Result<>> Vault::change_key() {
  if (!holds(key_file_, public_key())) co_return refuse(key_file_, public_key());
  GODWIT_CO_TRY(PrivateKey fresh, PrivateKey::make());
  GODWIT_CO_CHECK(write_new_key(key_file_, fresh));
  const auto reseal = [this, &fresh](const Login& login, std::string_view sealed) -> Result<std::string> {
    GODWIT_TRY(const Secret password, key_.open(sealed, login));
    return seal(fresh.public_key(), login, password);
  };
  GODWIT_CO_CHECK(co_await ledger_->change_vault_key(std::string(fresh.public_key().bytes()), reseal));
  key_ = std::move(fresh);
  co_return publish_next_key(key_file_);
}

Task<Result<>> Vault::wipe(ledger::Ledger& ledger, path key_file) {
  const path file = real_name(key_file);
  GODWIT_CO_TRY(const auto known, co_await ledger.vault_key());
  if (const auto key = PublicKey::of(known.value_or(""))) {
    for (const path& name : {file, new_key_file(file)}) {
      if (holds(name, *key)) GODWIT_CO_CHECK(destroy_key_file(name));
    }
  }
  GODWIT_CO_CHECK(co_await ledger.erase_vault());
  co_return tell_what_stays(file);
}

}  // namespace godwit::vault
