// SPDX-License-Identifier: Apache-2.0
#include "limits/seats.h"

namespace godwit::limits {

Seats::Account Seats::account() const {
  Account made;
  made.cap = LearnedCap(per_account_, learning_);
  return made;
}

Seats::Answer Seats::may_connect(const Account& account, TimePoint now) const {
  if (account.open() >= account.cap.allowed(now)) return Answer::account_is_full;
  const unsigned allowed = cap_.allowed(now);
  const bool has_seat = account.open() < account.reserved || taken_ < allowed;
  return has_seat && open_ < allowed ? Answer::yes : Answer::host_is_full;
}

Seats::Probe Seats::begin(Account& account) {
  const Probe probe{cap_.would_probe(open_), account.cap.would_probe(account.open())};
  taken_ -= account.taken();
  ++account.connecting;
  taken_ += account.taken();
  ++open_;
  return probe;
}

void Seats::established(Account& account, TimePoint now) {
  --account.connecting;
  ++account.established;
  ++established_;
  ++got_in_;
  account.refused_at.reset();
  cap_.accepted(now, established_);
  account.cap.accepted(now, account.established);
}

void Seats::failed(Account& account) {
  taken_ -= account.taken();
  --account.connecting;
  taken_ += account.taken();
  --open_;
}

void Seats::closed(Account& account) {
  taken_ -= account.taken();
  --account.established;
  taken_ += account.taken();
  --open_;
  --established_;
}

bool Seats::refused(Account& account, Probe probe, TimePoint now) {
  const bool is_personal = account.refused_at && *account.refused_at != got_in_;
  account.refused_at = got_in_;
  if (established_ == 0 || is_personal) return false;
  if (account.established > 0) {
    account.cap.refused(now, account.established, probe.account);
  } else {
    cap_.refused(now, established_, probe.host);
  }
  return true;
}

Seats::Answer Seats::may_reserve(const Account& account, unsigned count, TimePoint now) const {
  if (account.reserved + count > account.cap.allowed(now)) return Answer::account_is_full;
  const unsigned taken = std::max(account.open(), account.reserved + count);
  return taken_ - account.taken() + taken <= cap_.allowed(now) ? Answer::yes : Answer::host_is_full;
}

void Seats::reserve(Account& account, unsigned count) {
  taken_ -= account.taken();
  account.reserved += count;
  taken_ += account.taken();
}

void Seats::give_back(Account& account, unsigned count) {
  taken_ -= account.taken();
  account.reserved -= count;
  taken_ += account.taken();
}

TimePoint Seats::next_probe(const Account& account) const {
  TimePoint next = TimePoint::max();
  if (cap_.learned()) next = std::min(next, cap_.next_probe());
  if (account.cap.learned()) next = std::min(next, account.cap.next_probe());
  return next;
}

}  // namespace godwit::limits
