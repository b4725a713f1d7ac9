// SPDX-License-Identifier: Apache-2.0
#include "jobs/proofs.h"

namespace godwit::jobs {
namespace {

using Kind = sync::Difference::Kind;

}  // namespace

AccountProof Proofs::of(const std::string& account) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(account);
  return found == entries_.end() ? AccountProof{} : found->second.proof;
}

void Proofs::begin_verification(const std::string& account) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[account];
  entry.proof = {};
  for (auto& [key, is_found_again] : entry.told) is_found_again = false;
}

void Proofs::add(const std::string& account, const sync::Difference& difference) {
  {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] =
        entries_[account].told.insert_or_assign({difference.kind, difference.folder, difference.source_uid, difference.target_uid}, true);
    if (!is_new) return;
  }
  on_difference_(account, difference);
}

VerifiedAccount Proofs::end_verification(const std::string& account, const sync::VerifyResult& result) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[account];
  VerifiedAccount verified{result.counts, result.withdrawn, result.left_out, result.not_moved};
  for (const auto& [key, is_found_again] : entry.told) {
    if (is_found_again) continue;
    if (std::get<Kind>(key) == Kind::missing) {
      ++verified.counts.missing;
      verified.withdrawn -= std::min<std::uint64_t>(verified.withdrawn, 1);
    }
    if (std::get<Kind>(key) == Kind::altered) ++verified.counts.altered;
  }
  entry.told.clear();
  entry.proof.verified = verified;
  return verified;
}

void Proofs::end_sweep(const std::string& account, SweptAccount swept) {
  const std::lock_guard lock(mutex_);
  entries_[account].proof.swept = std::move(swept);
}

}  // namespace godwit::jobs
