// SPDX-License-Identifier: Apache-2.0
// The central file: which accounts there are, what was learned about hosts, and a mirror of each account's route, counters
// and problems, so that a page over all accounts opens one file. Used on the writer's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/account_store.h"

namespace godwit::ledger {

class CentralStore : public Store {
 public:
  // Makes the file where there is none, and takes over the stores in "<file>.accounts" that it does not know (it was lost,
  // or a power failure took its last commit).
  [[nodiscard]] static Result<std::shared_ptr<CentralStore>> open(const std::filesystem::path& file);
  CentralStore(Database database, std::filesystem::path directory)
      : Store(std::move(database), Order::last), directory_(std::move(directory)) {}

  // The store of an account, made where the pair is new, its mirror brought up to date.
  [[nodiscard]] Result<std::shared_ptr<AccountStore>> account(const std::string& source, const std::string& target);
  [[nodiscard]] Result<std::vector<AccountIdentity>> accounts(const std::string& target);
  // Brings the route, folders and problems that changed in the account's store up to date here.
  [[nodiscard]] Result<> mirror(AccountStore& account);

  [[nodiscard]] Result<std::optional<std::string>> host_fact(const std::string& host, const std::string& key);
  [[nodiscard]] Result<> set_host_fact(const std::string& host, const std::string& key, const std::string& value);

  // Runs and summaries, in central_runs.cpp.
  [[nodiscard]] Result<RunId> begin_run(const RunRecord& run);
  [[nodiscard]] Result<> update_run(const RunRecord& run);
  [[nodiscard]] Result<std::vector<RunRecord>> runs();
  [[nodiscard]] Result<> set_summary(const AccountSummary& summary);
  [[nodiscard]] Result<std::vector<AccountSummary>> summaries();

  // Sealed passwords, in central_passwords.cpp.
  [[nodiscard]] Result<std::optional<std::string>> vault_key();
  [[nodiscard]] Result<> set_vault_key(const std::string& public_key);
  [[nodiscard]] Result<> put_password(const Login& login, const std::string& sealed, const std::string& public_key);
  [[nodiscard]] Result<std::optional<std::string>> sealed_password(const Login& login);
  [[nodiscard]] Result<std::vector<Login>> password_logins();
  [[nodiscard]] Result<> change_vault_key(const std::string& public_key, const Ledger::Reseal& reseal);
  [[nodiscard]] Result<> erase_password(const Login& login);
  [[nodiscard]] Result<> erase_vault();
  // Brings the log into the file, on the disk, and empties it. Not within a transaction.
  [[nodiscard]] Result<> empty_log();

 private:
  [[nodiscard]] std::filesystem::path file_of(AccountId account) const;
  [[nodiscard]] Result<> take_over_stores();
  [[nodiscard]] Result<std::shared_ptr<AccountStore>> open_account(const Identity& identity);
  [[nodiscard]] Result<Identity> add_account(const std::string& source, const std::string& target);
  [[nodiscard]] Result<> mirror_folder(AccountStore& account, const FolderSummary& folder);
  // The route, and that folders are gone.
  [[nodiscard]] Result<> mirror_account(AccountStore& account);

  std::filesystem::path directory_;
  AccountId highest_account_ = 0;  // of any that ever had a file, so that no file is ever made twice
  std::map<AccountId, std::weak_ptr<AccountStore>> open_accounts_;
};

}  // namespace godwit::ledger
