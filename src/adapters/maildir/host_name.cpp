// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/host_name.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "files/lock_file.h"

namespace godwit::adapters {

std::string fresh_maildir_base() {
  static std::atomic<std::uint64_t> count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now - seconds);
  std::string host;
  for (const char c : files::host_name()) {
    host += c == '/' || c == ':' || c == ',' ? fmt::format("\\{:03o}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return fmt::format("{}.M{}P{}Q{}.{}", seconds.count(), micros.count(), ::getpid(), ++count, host);
}

}  // namespace godwit::adapters
