// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapters/mbox/mbox_store.h"
#include "adapters/mbox/mbox_writer.h"
#include "endpoint/session.h"

namespace godwit::adapters {

// Writes to a tree of mbox files, and reads it as a source does; its messages are known by their marks.
class MboxTargetSession final : public endpoint::TargetSession {
 public:
  // `is_quoted`: dialect rd; else cl2.
  MboxTargetSession(std::shared_ptr<MboxAccount> account, std::shared_ptr<endpoint::KeyBook> book, bool is_quoted);

  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override { return reading_->facts(); }
  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> folders() override { return reading_->folders(); }
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const endpoint::Folder& folder) override { return reading_->open(folder); }
  [[nodiscard]] Task<Result<>> flush() override { co_return Result<>{}; }
  [[nodiscard]] bool wants_to_adapt() const override { return false; }
  [[nodiscard]] Task<Result<>> adapt() override { co_return Result<>{}; }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return reading_->waited(); }
  void close() override { reading_->close(); }

  [[nodiscard]] std::string name_for(const endpoint::FolderPath& path) const override { return mbox_name_for(path); }
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::Folder>>>> create_folders(std::span<const endpoint::NewFolder> folders) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const endpoint::Folder> folders) override;
  [[nodiscard]] Task<Result<>> remove_folder(const endpoint::Folder& folder) override;
  [[nodiscard]] Task<Result<>> rename_folder(const endpoint::Folder& folder, const endpoint::FolderPath& path) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>>> append(
      const endpoint::Folder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(
      const endpoint::Folder& folder, const MessageFlags& flags, const std::string& date, std::uint64_t size) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> change_flags(const endpoint::Folder& folder,
                                                                      std::span<const FlagChange> changes) override;
  [[nodiscard]] Task<Result<Moved>> move(const endpoint::Folder& from, const UidSet& uids, const endpoint::Folder& to) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> remove(const endpoint::Folder& folder, const UidSet& uids) override;

 private:
  // Nothing of the file is torn when it is opened by this.
  Task<Result<std::unique_ptr<MboxAppender>>> appender_of(std::string folder);
  Task<Result<endpoint::Folder>> make(endpoint::NewFolder wanted);

  std::shared_ptr<MboxAccount> account_;
  bool is_quoted_;
  std::shared_ptr<endpoint::KeyBook> book_;
  std::shared_ptr<MailStore> store_;
  std::unique_ptr<endpoint::Session> reading_;
  endpoint::Traits traits_;
};

}  // namespace godwit::adapters
