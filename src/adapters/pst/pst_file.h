// SPDX-License-Identifier: Apache-2.0
// One PST or OST file: what is in it, and its messages one by one. Where the helper breaks off, the item that it had in hand is
// damaged, and it goes on behind it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/listed/mail_store.h"
#include "adapters/pst/helper_process.h"

namespace godwit::adapters {

struct PstContents {
  std::vector<pst::FolderFound> folders;  // parents first
  std::vector<pst::ItemFound> items;      // in the order of the file
};

class PstFile {
 public:
  PstFile(const PstHelper& helper, std::filesystem::path file) : helper_(helper), file_(std::move(file)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return file_; }
  // Errors of kind storage: the file as a whole cannot be read, and why.
  [[nodiscard]] Task<Result<PstContents>> list();
  // A message; or, asked for as a document, any other item. Errors of kind refused, not_found: this one alone; storage: the file.
  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open(std::uint64_t id, pst::RequestKind kind = pst::RequestKind::read);
  void close() { process_.reset(); }

 private:
  [[nodiscard]] Task<Result<PstContents>> list_once(const std::vector<std::uint64_t>& skipped, std::uint64_t& in_hand);
  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open_once(std::uint64_t id, pst::RequestKind kind);
  [[nodiscard]] Task<Result<>> start();
  [[nodiscard]] std::unexpected<Error> unreadable(const std::string& why) const;

  const PstHelper helper_;
  const std::filesystem::path file_;
  std::shared_ptr<HelperProcess> process_;
};

// What the helper tells of one message, piece by piece; nothing may be asked of the helper meanwhile.
[[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> receive_message(std::shared_ptr<HelperProcess> process);

}  // namespace godwit::adapters
