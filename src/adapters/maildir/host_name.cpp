// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/host_name.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>

namespace godwit::adapters {

const std::string& host_name() {
  static const std::string name = [] {
    std::array<char, 256> text{};
    return ::gethostname(text.data(), text.size() - 1) == 0 && text[0] != 0 ? std::string(text.data()) : std::string("localhost");
  }();
  return name;
}

std::string fresh_maildir_base() {
  static std::atomic<std::uint64_t> count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now - seconds);
  std::string host;
  for (const char c : host_name()) {
    host += c == '/' || c == ':' || c == ',' ? fmt::format("\\{:03o}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return fmt::format("{}.M{}P{}Q{}.{}", seconds.count(), micros.count(), ::getpid(), ++count, host);
}

}  // namespace godwit::adapters
