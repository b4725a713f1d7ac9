// SPDX-License-Identifier: Apache-2.0
// The target of a request: a path and a query, percent-encoded (RFC 3986, section 2.1; RFC 9112, section 3.2.1).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::api {

using Parameters = std::map<std::string, std::string, std::less<>>;

struct Target {
  std::string path;                   // as it was sent, without the query
  std::vector<std::string> segments;  // what stands between the slashes, decoded: a "/" in one was sent as %2F
  Parameters query;                   // decoded; "+" is a blank, as browsers send it
};

// Error: usage, which says what is wrong with which part. Whatever bytes were encoded may be in it, but for NUL.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

// For one segment of a path, or one name or value of a query: all but unreserved characters becomes %XX.
[[nodiscard]] std::string percent_encode(std::string_view bytes);

}  // namespace godwit::api
