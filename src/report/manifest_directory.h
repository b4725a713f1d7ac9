// SPDX-License-Identifier: Apache-2.0
// The manifests of many accounts: one file each in a directory, all signed with one key.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "report/account_report.h"

namespace godwit::report {

// A name of a file that no account's name can lead astray: "old:alice@example.com" becomes "old%3Aalice@example.com.manifest.jsonl". Two
// accounts have two names; one that is too long is cut and ends with a part of its SHA-256.
[[nodiscard]] std::string manifest_file_name(std::string_view account);

class ManifestDirectory {
 public:
  // Makes the directory, with mode 0700, and the key where there is none. Errors of kind `storage` or `usage`.
  [[nodiscard]] static Result<ManifestDirectory> open(std::filesystem::path directory, const std::filesystem::path& key_file,
                                                      std::string program);

  [[nodiscard]] std::filesystem::path file_of(std::string_view account) const { return directory_ / manifest_file_name(account); }
  [[nodiscard]] const std::filesystem::path& path() const { return directory_; }
  // From any thread. Replaces the account's earlier one.
  [[nodiscard]] Task<Result<ManifestHeader>> write(ledger::AccountLedger& account, std::string_view name,
                                                   ledger::AccountIdentity identity) const;

 private:
  ManifestDirectory(std::filesystem::path directory, SigningKey key, std::string program)
      : directory_(std::move(directory)), key_(std::move(key)), program_(std::move(program)) {}

  std::filesystem::path directory_;
  SigningKey key_;
  std::string program_;
};

}  // namespace godwit::report
