// SPDX-License-Identifier: Apache-2.0
// Answers of token servers and what browsers bring: a token that can be sent, or an error with a code; never a crash.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "oauth/redirect.h"
#include "oauth/token.h"

using namespace godwit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto response = [&] { return http::Response{{.status = data[0] % 3 == 0 ? 400 : 200, .headers = {}}, text}; };
  const auto token = oauth::token_of(response());
  const auto is_printable = [](std::string_view bytes) { return std::ranges::all_of(bytes, [](char c) { return c >= 0x20 && c < 0x7F; }); };
  if (token && (token->access.empty() || !is_printable(token->access.reveal()) || !is_printable(token->refresh.reveal()))) std::abort();
  if (!token && token.error().what.empty()) std::abort();
  const auto code = oauth::parse_device_answer(response());
  if (code && (code->device_code.empty() || code->interval.count() < 0)) std::abort();
  const auto redirect = oauth::parse_redirect(text);
  if (redirect && redirect->code.empty() && redirect->error.empty() && !text.contains("code=&") && !text.contains("code= ") &&
      !text.contains("error=&") && !text.contains("error= ") && !text.contains("code") && !text.contains("error")) {
    std::abort();
  }
  return 0;
}
