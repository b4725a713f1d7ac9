// SPDX-License-Identifier: Apache-2.0
// Who has how many of the connections that a server may be asked for. An account may reserve some before it needs them: they count
// as taken, and it is sure to get them as long as the server goes along.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "limits/learned_cap.h"

namespace godwit::limits {

class Seats {
 public:
  struct Account {
    LearnedCap cap;
    unsigned connecting = 0, established = 0, reserved = 0;
    // The number of connections that anybody got, when this account's last one was refused for being one too many.
    std::optional<std::uint64_t> refused_at;
    [[nodiscard]] unsigned open() const { return connecting + established; }
    [[nodiscard]] unsigned taken() const { return std::max(open(), reserved); }
  };
  enum class Answer { yes, host_is_full, account_is_full };

  Seats(unsigned connections, unsigned connections_per_account, LearningSettings learning)
      : per_account_(connections_per_account), learning_(learning), cap_(connections, learning) {}

  [[nodiscard]] Account account() const;  // a new one

  [[nodiscard]] Answer may_connect(const Account& account, TimePoint now) const;
  struct Probe {
    bool host = false, account = false;
  };
  Probe begin(Account& account);
  void established(Account& account, TimePoint now);
  void failed(Account& account);
  void closed(Account& account);
  // The server said, to a connection that has failed(), that it has enough. Whose limit that is, it does not say: the account's own
  // when it has others open; the server's when only others have. True: learned from it. An account that is refused again though
  // others have got in meanwhile has another trouble, which teaches nothing; neither does a refusal when nothing is open.
  bool refused(Account& account, Probe probe, TimePoint now);

  [[nodiscard]] Answer may_reserve(const Account& account, unsigned count, TimePoint now) const;
  void reserve(Account& account, unsigned count);
  void give_back(Account& account, unsigned count);

  [[nodiscard]] unsigned open() const { return open_; }
  [[nodiscard]] unsigned established() const { return established_; }
  [[nodiscard]] unsigned taken() const { return taken_; }
  [[nodiscard]] const LearnedCap& cap() const { return cap_; }
  [[nodiscard]] TimePoint next_probe(const Account& account) const;

 private:
  unsigned per_account_;
  LearningSettings learning_;
  LearnedCap cap_;
  unsigned open_ = 0, established_ = 0;
  unsigned taken_ = 0;  // the sum of what the accounts have taken
  std::uint64_t got_in_ = 0;
};

}  // namespace godwit::limits
