// SPDX-License-Identifier: Apache-2.0
#include "sync/candidates.h"

#include <algorithm>

namespace godwit::sync {
namespace {

std::array<unsigned char, 16> first_half(const Digest& digest) {
  std::array<unsigned char, 16> half{};
  std::copy_n(digest.bytes.begin(), half.size(), half.begin());
  return half;
}

}  // namespace

void Candidates::add(Uid uid, const Digest& exact, const Digest& loose, std::uint64_t size) {
  by_exact_.push_back({first_half(exact), uid});
  by_loose_.push_back({first_half(loose), uid});
  largest_ = std::max(largest_, size);
}

void Candidates::seal() {
  std::ranges::sort(by_exact_);
  std::ranges::sort(by_loose_);
}

std::optional<Uid> Candidates::claim(const std::vector<Entry>& entries, const Digest& digest) {
  const auto wanted = first_half(digest);
  for (auto entry = std::ranges::lower_bound(entries, wanted, {}, &Entry::digest);
       entry != entries.end() && entry->digest == wanted; ++entry) {
    if (claimed_.contains(entry->uid)) continue;
    claimed_.add(entry->uid);
    return entry->uid;
  }
  return std::nullopt;
}

}  // namespace godwit::sync
