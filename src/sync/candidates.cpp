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

void Candidates::add(Uid uid, const Digest& exact, const Digest& loose, std::uint64_t size, const MessageFlags& flags) {
  if (flags != MessageFlags{}) {
    auto group = std::ranges::find(by_flags_, flags, &std::pair<MessageFlags, UidSet>::first);
    if (group == by_flags_.end()) group = by_flags_.insert(group, {flags, {}});
    group->second.add(uid);
  }
  by_exact_.push_back({first_half(exact), uid});
  by_loose_.push_back({first_half(loose), uid});
  largest_ = std::max(largest_, size);
}

void Candidates::seal() {
  std::ranges::sort(by_exact_);
  std::ranges::sort(by_loose_);
}

MessageFlags Candidates::flags_of(Uid uid) const {
  const auto group = std::ranges::find_if(by_flags_, [uid](const auto& entry) { return entry.second.contains(uid); });
  return group == by_flags_.end() ? MessageFlags{} : group->first;
}

std::optional<Match> Candidates::claim(const std::vector<Entry>& entries, const Digest& digest) {
  const auto wanted = first_half(digest);
  for (auto entry = std::ranges::lower_bound(entries, wanted, {}, &Entry::digest);
       entry != entries.end() && entry->digest == wanted; ++entry) {
    if (claimed_.contains(entry->uid)) continue;
    claimed_.add(entry->uid);
    return Match{entry->uid, flags_of(entry->uid)};
  }
  return std::nullopt;
}

}  // namespace godwit::sync
