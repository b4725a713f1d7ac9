// SPDX-License-Identifier: Apache-2.0
// A message that was read whole before its size is told: in memory up to a limit, beyond it in a temporary file without a name.
#pragma once

#include <string>

#include "adapters/listed/mail_store.h"

namespace godwit::adapters {

class SpooledMessage final : public StoredMessage {
 public:
  explicit SpooledMessage(std::size_t memory_limit) : memory_limit_(memory_limit) {}
  ~SpooledMessage() override;
  SpooledMessage(const SpooledMessage&) = delete;
  SpooledMessage& operator=(const SpooledMessage&) = delete;

  // Error of kind storage: the temporary file cannot be written; says where it is and why.
  [[nodiscard]] Result<> append(std::string_view bytes);
  void set_date(std::string date) { date_ = std::move(date); }
  [[nodiscard]] std::string_view beginning() const { return beginning_; }  // enough of it for its header's dates
  [[nodiscard]] bool is_in_file() const { return file_ >= 0; }

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] const std::string& date() const override { return date_; }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override;

 private:
  [[nodiscard]] Result<> write(std::string_view bytes);

  const std::size_t memory_limit_;
  std::string beginning_, memory_, date_;
  std::uint64_t size_ = 0, given_ = 0;
  int file_ = -1;
};

}  // namespace godwit::adapters
