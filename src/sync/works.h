// SPDX-License-Identifier: Apache-2.0
// The folders of a round: what has to be done in each, and which lane is at it.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sync/channel.h"
#include "sync/folder_work.h"

namespace godwit::sync {

class Works {
 public:
  Works(const RoundContext& context, boost::asio::any_io_executor executor) : context_(context), made_(std::move(executor)) {}

  // Finds out from what both servers say of their folders which of them need work. Those that are not on the target yet may be read
  // from the source already, but nothing may be written to them before they are made.
  [[nodiscard]] Task<Result<>> prepare(std::vector<endpoint::Folder> source, std::vector<endpoint::Folder> target,
                                       endpoint::TargetSession& session);

  // Waits for the answers to what prepare() has asked of the session; where that is lost, it is to be asked again.
  [[nodiscard]] Task<Result<>> finish_subscriptions();
  void subscribe(endpoint::TargetSession& session);

  // Makes what is missing on the target. One that cannot be made is reported, and its messages are passed over.
  [[nodiscard]] Task<Result<>> make_missing(endpoint::TargetSession& session);
  // Until somebody else has made them, or has given up.
  [[nodiscard]] Task<Result<>> wait_until_made();
  void give_up_making();
  [[nodiscard]] bool are_made() const { return missing_.empty(); }

  // Looks at all folders in doubt at once, so that their quiet times run at the same time.
  [[nodiscard]] Task<Result<>> look_at_doubts(endpoint::TargetSession& session);

  // Those of which it is not known yet what is wanted; they are the lane's until end_survey().
  [[nodiscard]] std::vector<FolderWork*> begin_survey(int lane);
  void end_survey(std::span<FolderWork* const> surveyed);

  // Those of which it is known.
  [[nodiscard]] std::vector<FolderWork*> surveyed() const;

  // The next folder for a lane, or nullptr: those in doubt last, so that their quiet time costs nothing while others are copied.
  [[nodiscard]] FolderWork* next(int lane);
  // The lane has come to its end.
  void finish(int lane);
  // The lane has failed: its folders go back to the queue with what the ledger knows of them now.
  [[nodiscard]] Task<Result<>> put_back(int lane);

  // Whether messages may have been overlooked in this round; empty: every one that the source lists was found or copied.
  [[nodiscard]] std::string reason_to_hold_removals() const;

  // How many messages are to be moved, as far as known.
  [[nodiscard]] std::uint64_t expected() const;
  [[nodiscard]] std::size_t size() const { return works_.size(); }
  [[nodiscard]] bool has_waiting() const;
  [[nodiscard]] bool are_done() const;
  // Those that are done and on the target.
  [[nodiscard]] std::vector<FolderWork*> done() const;

 private:
  [[nodiscard]] Task<Result<>> prepare_folder(FolderPair pair, const std::string& target_name);
  // Of a round that tries again only what was not moved.
  [[nodiscard]] Task<Result<>> load_not_moved();
  [[nodiscard]] bool has_not_moved(std::span<const ledger::FolderRecord> records, const std::string& source_name) const;
  [[nodiscard]] bool is_as_on_record(const FolderWork& work);
  void want_not_moved(FolderWork& work) const;
  [[nodiscard]] bool may_take_all(const ledger::FolderRecord& record) const;
  // Where UIDVALIDITY has changed, what the ledger knows of the folder is no longer about these UIDs.
  [[nodiscard]] Task<Result<>> check_validities(FolderWork& work, const std::string& target_name);
  void note_not_made(FolderWork& work, const Error& error);

  const RoundContext& context_;
  std::vector<std::unique_ptr<FolderWork>> works_;
  std::vector<FolderWork*> missing_;  // on the target
  std::map<ledger::FolderId, UidSet> not_moved_;
  std::vector<endpoint::Folder> to_subscribe_;
  std::unique_ptr<endpoint::Pending<void>> subscriptions_;
  bool has_given_up_ = false;
  Signal made_;
};

}  // namespace godwit::sync
