// SPDX-License-Identifier: Apache-2.0
#include "adapters/listed/message_in_file.h"

#include "base/internal_date.h"

namespace godwit::adapters {
namespace {

class MessageInFile final : public StoredMessage {
 public:
  MessageInFile(files::MessageFile file, std::string date) : file_(std::move(file)), date_(std::move(date)) {
    if (date_.empty()) date_ = InternalDate{file_.modified(), 0}.to_string();
  }
  [[nodiscard]] std::uint64_t size() const override { return file_.size(); }
  [[nodiscard]] const std::string& date() const override { return date_; }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override { co_return file_.read(); }

 private:
  files::MessageFile file_;
  std::string date_;
};

}  // namespace

std::unique_ptr<StoredMessage> make_message_in_file(files::MessageFile file, std::string date) {
  return std::make_unique<MessageInFile>(std::move(file), std::move(date));
}

}  // namespace godwit::adapters
