// SPDX-License-Identifier: Apache-2.0
// Texts and times of libpst's items as values.
#pragma once

extern "C" {
#include <libpst/libpst.h>
}

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pst/mail_parts.h"

namespace godwit::pst {

struct FreeItem {
  void operator()(pst_item* item) const { pst_freeItem(item); }
};
using Item = std::unique_ptr<pst_item, FreeItem>;

// UTF-8; empty where there is none.
[[nodiscard]] std::string text_of(pst_item& item, pst_string& text);
// As it is, with its charset.
[[nodiscard]] std::optional<Body> body_of(pst_item& item, const pst_string& text);
[[nodiscard]] std::optional<std::int64_t> seconds_of(const FILETIME* time);
// When it arrived, was sent or was made, whichever is known.
[[nodiscard]] std::int64_t arrival_of(const pst_item& item);

}  // namespace godwit::pst
