// SPDX-License-Identifier: Apache-2.0
#include "report/rfc3339.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace godwit::report {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view shape = "yyyy-mm-ddThh:mm:ss+zz:zz";  // small letters and the sign stand for what varies

bool has_shape(std::string_view text) {
  return std::ranges::equal(text, shape, [](char c, char wanted) {
    return wanted == '+' ? c == '+' || c == '-' : (wanted >= 'a' && wanted <= 'z') || c == wanted;
  });
}

}  // namespace

std::optional<InternalDate> parse_rfc3339(std::string_view text) {
  std::string full(text);
  if (full.ends_with('Z')) full.replace(full.size() - 1, 1, "+00:00");
  if (!has_shape(full)) return std::nullopt;
  const std::string_view all = full;
  const auto month = parse_number<unsigned>(all.substr(5, 2));
  if (!month || *month < 1 || *month > months.size() || all[8] == ' ') return std::nullopt;
  return InternalDate::parse(fmt::format("{}-{}-{} {} {}{}", all.substr(8, 2), months.at(*month - 1), all.substr(0, 4),
                                         all.substr(11, 8), all.substr(19, 3), all.substr(23, 2)));
}

}  // namespace godwit::report
