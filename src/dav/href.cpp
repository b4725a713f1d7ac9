// SPDX-License-Identifier: Apache-2.0
#include "dav/href.h"

#include <fmt/format.h>

#include <vector>

#include "base/percent_decoding.h"
#include "base/text.h"

namespace godwit::dav {
namespace {

bool stays(char c) {
  const bool is_letter = ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
  return is_letter || (c >= '0' && c <= '9') || std::string_view("-._~!$&'()*+,;=:@").contains(c);
}

std::string normal_path(std::string_view path) {
  std::vector<std::string> segments;
  bool ends_open = false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    ends_open = end == path.size() && !segment.empty() && segment != "." && segment != "..";
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(encoded_segment(decoded_segment(segment)));
    }
    begin = end + 1;
  }
  std::string normal = "/";
  for (std::size_t i = 0; i < segments.size(); ++i) {
    normal += segments[i];
    if (i + 1 < segments.size() || !ends_open) normal += '/';
  }
  return normal;
}

}  // namespace

std::string encoded_segment(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (stays(c)) encoded += c;
    else fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string decoded_segment(std::string_view segment) {
  const auto decoded = percent_decoded(segment, Plus::itself);
  return decoded ? *decoded : std::string(segment);
}

std::string full_origin(std::string_view url) {
  const bool is_https = starts_with_ignoring_case(url, "https://"), is_http = starts_with_ignoring_case(url, "http://");
  if (!is_https && !is_http) return {};
  std::string_view authority = url.substr(url.find("://") + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return fmt::format("{}://{}{}", is_https ? "https" : "http", to_lower(authority), has_port ? "" : is_https ? ":443" : ":80");
}

std::optional<std::string> path_of_href(std::string_view href, std::string_view base_path, std::string_view origin) {
  if (href.empty() || href.starts_with('#') || href.starts_with('?')) return std::nullopt;
  std::string_view path = href;
  const auto scheme = href.find("://");
  if (href.starts_with("//")) return std::nullopt;
  if (scheme != std::string_view::npos && scheme < href.find_first_of("/?#")) {
    if (full_origin(href) != full_origin(origin)) return std::nullopt;
    const auto begin = href.find('/', scheme + 3);
    path = begin == std::string_view::npos ? std::string_view("/") : href.substr(begin);
  }
  path = path.substr(0, path.find_first_of("?#"));
  if (path.starts_with('/')) return normal_path(path);
  const auto folder = base_path.substr(0, base_path.rfind('/') + 1);
  return normal_path(std::string(folder) + std::string(path));
}

std::string_view last_segment(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

std::string_view parent_of(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace godwit::dav
