// SPDX-License-Identifier: Apache-2.0
// A source or a target that asks its server for no more than the server's limits allow.
//
// connect() waits for a connection, and its session gives it back when it is closed or goes. Where the server was told to be left
// alone, or has as many connections as it takes, connect() comes back by itself a few times.
//
// Messages are counted where HostLimits::meters_traffic() says so: then the next one is neither read nor sent before the last one is
// paid for, nor in closed hours, in a pause, or while the server wants to be left alone; a message that is half moved waits for the
// rate alone. Elsewhere the views and readers are those of the inner session, and what comes in is not counted. Requests, listings
// and changes of flags are free.
//
// A stop ends the wait for a connection and for the next message with an error of kind canceled. What was read, and messages that
// are half read or half sent, go on to their end without waiting, so that nothing is left in doubt.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "endpoint/session.h"
#include "limits/host_limits.h"

namespace godwit::limits {

// `account`: what names it at this server. `stop` must outlive the sessions.
[[nodiscard]] std::unique_ptr<endpoint::Source> make_limited_source(std::unique_ptr<endpoint::Source> inner,
                                                                    std::shared_ptr<HostLimits> limits, std::string_view account,
                                                                    int priority, const std::atomic<bool>& stop);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_limited_target(std::unique_ptr<endpoint::Target> inner,
                                                                    std::shared_ptr<HostLimits> limits, std::string_view account,
                                                                    int priority, const std::atomic<bool>& stop);

}  // namespace godwit::limits
