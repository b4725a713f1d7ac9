// SPDX-License-Identifier: Apache-2.0
// What verifications and final sweeps have found of many accounts, each over all of its attempts.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "jobs/finish_verdict.h"
#include "sync/verifier.h"

namespace godwit::jobs {

struct VerifiedAccount {
  sync::VerifyCounts counts;
  std::uint64_t withdrawn = 0, left_out = 0, not_moved = 0;  // on record as such before
};

struct SweptAccount {
  FinishVerdict verdict;
  int rounds = 0;
  std::uint64_t brought = 0;       // messages and changes, by all rounds of the last attempt
  std::filesystem::path manifest;
};

struct AccountProof {
  std::optional<VerifiedAccount> verified;  // nothing until a verification came to its end
  std::optional<SweptAccount> swept;        // nothing until a sweep did
};

// Every function may be called from any thread.
class Proofs {
 public:
  using OnDifference = std::function<void(const std::string& account, const sync::Difference& difference)>;
  // `on_difference` is told of each difference once, however often an account's verification is broken off and begun again.
  explicit Proofs(OnDifference on_difference) : on_difference_(std::move(on_difference)) {}

  [[nodiscard]] AccountProof of(const std::string& account) const;

  void begin_verification(const std::string& account);
  void add(const std::string& account, const sync::Difference& difference);
  // It came to its end. What an earlier attempt found missing or altered is on record as that since, and not found again: it counts.
  VerifiedAccount end_verification(const std::string& account, const sync::VerifyResult& result);
  void end_sweep(const std::string& account, SweptAccount swept);

 private:
  using Key = std::tuple<sync::Difference::Kind, std::string, Uid, Uid>;
  struct Entry {
    AccountProof proof;
    std::map<Key, bool> told;  // whether the attempt at work has found it, too
  };

  OnDifference on_difference_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace godwit::jobs
