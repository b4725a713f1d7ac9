// SPDX-License-Identifier: Apache-2.0
// Messages of a target folder of which the ledger knows nothing: people's own, or ours whose record was lost. Before a message is
// appended to such a folder it is looked for among them by digest, each of them standing for one copy.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/sha256.h"
#include "base/uid_set.h"

namespace godwit::sync {

class Candidates {
 public:
  // `loose`: see mime::LooseDigest. 40 bytes are kept for each (128 bits of each digest).
  void add(Uid uid, const Digest& exact, const Digest& loose, std::uint64_t size);
  // To be called after the last add() and before the first claim.
  void seal();

  [[nodiscard]] bool empty() const { return by_exact_.empty(); }
  [[nodiscard]] std::uint64_t largest() const { return largest_; }

  // Takes the one with the lowest UID among those that equal the message; each is given out once.
  [[nodiscard]] std::optional<Uid> claim_exact(const Digest& digest) { return claim(by_exact_, digest); }
  [[nodiscard]] std::optional<Uid> claim_loose(const Digest& digest) { return claim(by_loose_, digest); }

 private:
  struct Entry {
    std::array<unsigned char, 16> digest;
    Uid uid;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  [[nodiscard]] std::optional<Uid> claim(const std::vector<Entry>& entries, const Digest& digest);

  std::vector<Entry> by_exact_, by_loose_;
  UidSet claimed_;
  std::uint64_t largest_ = 0;
};

}  // namespace godwit::sync
