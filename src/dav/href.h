// SPDX-License-Identifier: Apache-2.0
// Where resources are (RFC 3986), in one form, so that what a server writes in two ways is the same. No I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit::dav {

// One segment of a path: letters, digits and "-._~!$&'()*+,;=:@" as they are, all else in percent with capital letters.
[[nodiscard]] std::string encoded_segment(std::string_view text);
// The text of a segment; as it is where its escapes cannot be read.
[[nodiscard]] std::string decoded_segment(std::string_view segment);

// The path of an href in that form: absolute or relative to `base_path`, or a URL of `origin` ("https://dav.example.com", the usual port
// named or not). Dots are resolved, several slashes become one. Nothing: it is at another origin, or no href.
[[nodiscard]] std::optional<std::string> path_of_href(std::string_view href, std::string_view base_path, std::string_view origin);

// "https://host:443" for "https://HOST/": scheme and host in lower case, always with the port. Empty: it is no URL of HTTP.
[[nodiscard]] std::string full_origin(std::string_view url);

// "alice.ics" of "/calendars/alice.ics", "work" of "/calendars/work/".
[[nodiscard]] std::string_view last_segment(std::string_view path);
// "/calendars/" of both.
[[nodiscard]] std::string_view parent_of(std::string_view path);

}  // namespace godwit::dav
