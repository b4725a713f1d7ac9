// SPDX-License-Identifier: Apache-2.0
#include "limits/reserve_pair.h"

#include <tuple>

namespace godwit::limits {
namespace {

bool comes_first(const HostLimits& one, const HostLimits& other) {
  return std::tuple(std::string_view(one.host()), &one) < std::tuple(std::string_view(other.host()), &other);
}

}  // namespace

Task<Result<PairReservation>> reserve_pair(std::shared_ptr<HostLimits> source, Asker at_source, std::shared_ptr<HostLimits> target,
                                           Asker at_target, unsigned most_lanes) {
  if (source == target) {
    GODWIT_CO_TRY(auto both, co_await source->reserve_both(at_source, at_target.account, 1, most_lanes));
    co_return PairReservation{std::move(both[0]), std::move(both[1])};
  }
  const bool source_first = comes_first(*source, *target);
  HostLimits& earlier = source_first ? *source : *target;
  HostLimits& later = source_first ? *target : *source;
  GODWIT_CO_TRY(auto first, co_await earlier.reserve(source_first ? at_source : at_target, 1, most_lanes));
  GODWIT_CO_TRY(auto second, co_await later.reserve(source_first ? at_target : at_source, 1, first.count()));
  first.keep(second.count());
  co_return source_first ? PairReservation{std::move(first), std::move(second)} : PairReservation{std::move(second), std::move(first)};
}

}  // namespace godwit::limits
