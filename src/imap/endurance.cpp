// SPDX-License-Identifier: Apache-2.0
#include "imap/endurance.h"

#include <fmt/format.h>

#include "base/error_code.h"

namespace godwit::imap {
namespace {

long long seconds(Endurance::Waited time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); }

}  // namespace

Result<> Endurance::before_reading(Waited now, bool is_in_response) {
  if (!progress_at_) progress_at_ = now;
  if (!is_in_response || !response_at_ || bytes_ >= least_bytes) {
    response_at_.reset();
    if (is_in_response) response_at_ = now;
    if (bytes_ >= least_bytes) progress_at_ = now;
    bytes_ = 0;
  }
  if (wait_limit_.count() == 0) return {};
  if (response_at_ && now - *response_at_ > wait_limit_) {
    return fail(codes::server_silent, fmt::format("the server sent {} bytes of an answer in {} s and did not end it", bytes_,
                                                  seconds(now - *response_at_)));
  }
  if (now - *progress_at_ > longest_waits * wait_limit_) {
    return fail(codes::server_silent, fmt::format("the server talks, and has not answered for {} s", seconds(now - *progress_at_)));
  }
  return {};
}

void Endurance::end_response() {
  response_at_.reset();
  bytes_ = 0;
}

void Endurance::progress(Waited now) {
  progress_at_ = now;
  untagged_ = 0;
}

Result<> Endurance::count_untagged(std::uint64_t size, std::uint64_t limit) {
  untagged_ += size + response_overhead;
  if (untagged_ <= limit) return {};
  return fail(codes::response_too_large,
              fmt::format("the server's untagged responses to one command are longer than {} KiB", limit / 1024));
}

}  // namespace godwit::imap
