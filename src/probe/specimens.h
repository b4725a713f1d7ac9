// SPDX-License-Identifier: Apache-2.0
// Messages of every class that servers are known to treat otherwise than mail of every day.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace godwit::probe {

struct Specimen {
  std::string key;      // "messages.nul"
  std::string subject;  // for people: "NUL bytes"
  std::string bytes;
};

// The first is a message without anything unusual. `is_large`: one of 25 MiB, too.
[[nodiscard]] std::vector<Specimen> make_specimens(bool is_large);

inline constexpr std::string_view plain_date = "01-Jan-2001 00:00:00 +0000";

// A plain message; the same number gives the same bytes. `size`: of the text, about.
[[nodiscard]] std::string plain_message(std::size_t number, std::size_t size = 200);

}  // namespace godwit::probe
