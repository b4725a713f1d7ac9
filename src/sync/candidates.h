// SPDX-License-Identifier: Apache-2.0
// Messages of a target folder of which the ledger knows nothing: people's own, or ours whose record was lost. Before a message is
// appended to such a folder it is looked for among them by digest, each of them standing for one copy.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/message_flags.h"
#include "base/sha256.h"
#include "base/uid_set.h"

namespace godwit::sync {

struct Match {
  Uid uid = 0;
  MessageFlags flags;  // as it has them on the target
  friend bool operator==(const Match&, const Match&) = default;
};

class Candidates {
 public:
  Candidates() = default;
  explicit Candidates(std::uint64_t expected) {
    by_exact_.reserve(expected);
    by_loose_.reserve(expected);
  }
  // `loose`: see mime::LooseDigest. 40 bytes are kept for each (128 bits of each digest), and sets of those with the same flags.
  void add(Uid uid, const Digest& exact, const Digest& loose, std::uint64_t size, const MessageFlags& flags);
  // To be called after the last add() and before the first claim.
  void seal();

  [[nodiscard]] bool empty() const { return by_exact_.empty(); }
  [[nodiscard]] std::uint64_t largest() const { return largest_; }

  // Takes the one with the lowest UID among those that equal the message; each is given out once.
  [[nodiscard]] std::optional<Match> claim_exact(const Digest& digest) { return claim(by_exact_, digest); }
  [[nodiscard]] std::optional<Match> claim_loose(const Digest& digest) { return claim(by_loose_, digest); }

 private:
  struct Entry {
    std::array<unsigned char, 16> digest;
    Uid uid;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  [[nodiscard]] std::optional<Match> claim(const std::vector<Entry>& entries, const Digest& digest);
  [[nodiscard]] MessageFlags flags_of(Uid uid) const;

  std::vector<Entry> by_exact_, by_loose_;
  std::vector<std::pair<MessageFlags, UidSet>> by_flags_;  // without those that have none
  UidSet claimed_;
  std::uint64_t largest_ = 0;
};

}  // namespace godwit::sync
