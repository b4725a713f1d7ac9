// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/line_trace.h"

namespace godwit::pop3 {

using net::ConnectionTrace;
using net::Trace;
using net::TraceOptions;

}  // namespace godwit::pop3
