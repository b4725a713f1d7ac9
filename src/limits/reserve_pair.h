// SPDX-License-Identifier: Apache-2.0
// Connections to both servers of an account, before its round begins. Without them two accounts, each with the last connection to
// one server, would wait for each other at the other one.
#pragma once

#include "limits/host_limits.h"

namespace godwit::limits {

struct PairReservation {
  Reservation source, target;
  [[nodiscard]] unsigned lanes() const { return source.count(); }  // as many on either side
};

// Waits for one connection to each server, and takes up to `most_lanes` where more are free. The servers are asked in the same order by
// everybody, and one server for both at once. Source and target may be the same object. Errors: as of HostLimits::reserve().
[[nodiscard]] Task<Result<PairReservation>> reserve_pair(std::shared_ptr<HostLimits> source, Asker at_source,
                                                         std::shared_ptr<HostLimits> target, Asker at_target, unsigned most_lanes);

}  // namespace godwit::limits
