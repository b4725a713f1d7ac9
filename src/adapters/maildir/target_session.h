// SPDX-License-Identifier: Apache-2.0
// A Maildir++ that is written as Dovecot writes it: in tmp/, then the UID on record, then the name in cur/. Calls that only ask are those
// of a listed source whose numbers are the dovecot-uidlists.
#pragma once

#include <filesystem>
#include <memory>
#include <set>

#include "adapters/listed/mail_store.h"
#include "adapters/maildir/listing.h"
#include "adapters/maildir/uid_file.h"
#include "endpoint/session.h"
#include "files/message_writer.h"

namespace godwit::adapters {

class MaildirTargetSession final : public endpoint::TargetSession {
 public:
  using Folder = endpoint::Folder;
  using PendingOutcome = std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>;

  // `reading` is over the same root.
  MaildirTargetSession(std::filesystem::path root, std::unique_ptr<endpoint::Session> reading, std::shared_ptr<endpoint::KeyBook> book);

  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override { return reading_->facts(); }
  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override { return reading_->folders(); }
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const Folder& folder) override { return reading_->open(folder); }
  [[nodiscard]] Task<Result<>> flush() override { co_return Result<>{}; }
  [[nodiscard]] bool wants_to_adapt() const override { return false; }
  [[nodiscard]] Task<Result<>> adapt() override { co_return Result<>{}; }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return reading_->waited(); }
  void close() override { reading_->close(); }

  [[nodiscard]] std::string name_for(const endpoint::FolderPath& path) const override;
  [[nodiscard]] Task<Result<std::vector<Result<Folder>>>> create_folders(std::span<const endpoint::NewFolder> folders) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const Folder> folders) override;
  [[nodiscard]] Task<Result<>> remove_folder(const Folder& folder) override;
  [[nodiscard]] Task<Result<>> rename_folder(const Folder& folder, const endpoint::FolderPath& path) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<PendingOutcome>> append(const Folder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(const Folder& folder, const MessageFlags& flags,
                                                                                    const std::string& date, std::uint64_t size) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> change_flags(const Folder& folder, std::span<const FlagChange> changes) override;
  [[nodiscard]] Task<Result<Moved>> move(const Folder& from, const UidSet& uids, const Folder& to) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> remove(const Folder& folder, const UidSet& uids) override;

 private:
  friend class MaildirAppendStream;

  // A message that lies in tmp/.
  struct Draft {
    files::MessageWriter writer;
    MessageFlags flags;
    std::int64_t date = 0;  // seconds since 1970
    std::string base{};     // what it will be called, without flags
  };
  // A folder that is being written into.
  struct Place {
    files::Directory folder, tmp, cur;
  };
  [[nodiscard]] Result<Place> open_place(const std::string& folder) const;
  [[nodiscard]] Result<files::Directory> open_folder(const std::string& folder) const;
  [[nodiscard]] static Result<Draft> begin_draft(const Place& place, const MessageFlags& flags, const std::string& date);
  [[nodiscard]] static Result<> end_draft(Draft& draft);
  static void drop(const Place& place, std::span<const Draft> drafts);
  // Gives what lies in tmp/ its UIDs and its names, when it is on disk.
  [[nodiscard]] Task<Result<endpoint::AppendOutcome>> store(const std::string& folder, const Place& place, std::span<Draft> drafts);
  [[nodiscard]] Task<Result<endpoint::AppendOutcome>> write_batch(std::string folder, std::span<const endpoint::NewMessage> messages);
  [[nodiscard]] Task<Result<Folder>> create_folder(const endpoint::NewFolder& wanted);
  [[nodiscard]] Result<> add_subscriptions(const std::vector<endpoint::FolderPath>& paths) const;

  [[nodiscard]] Task<Result<>> change(std::string folder, std::vector<FlagChange> changes);
  [[nodiscard]] Task<Result<>> unlink(std::string folder, UidSet uids);

  const std::filesystem::path root_;
  std::unique_ptr<endpoint::Session> reading_;
  std::shared_ptr<endpoint::KeyBook> book_;
  endpoint::Traits traits_;
  std::string marked_;  // the folder that the mark is of
  UidFileMark mark_;
};

}  // namespace godwit::adapters
