// SPDX-License-Identifier: Apache-2.0
// The reading half of a lane: takes folders from the queue and reads what is wanted of them from the source into the channel. It
// takes several small folders at a time and asks for all of them at once, and for the next ones while these are still being read.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "sync/traffic.h"

namespace godwit::sync {

class SourcePump {
 public:
  // `next_work` gives the next folder, already taken for this lane, or nullptr.
  SourcePump(const RoundContext& context, endpoint::Session& session, std::function<FolderWork*()> next_work,
             Channel<Traffic>& channel, Budget& budget);

  // Until the queue is empty. The channel is closed by the caller.
  [[nodiscard]] Task<Result<>> run();

  // The writing half gave up: whoever waits for it stops waiting.
  void abandon();

 private:
  struct Opened {
    FolderWork* work = nullptr;
    std::unique_ptr<endpoint::FolderView> view;
    std::deque<std::unique_ptr<endpoint::MessageReader>> readers;  // one after the other; none: there is nothing to read
  };
  using Group = std::vector<Opened>;
  // What a folder's reading left over. It is read when no other folder has been asked for already.
  struct Rest {
    Opened folder;
    UidSet delivered, read_again;
  };
  void ask_for_messages(Opened& opened);
  // The next folders, as many as make a good piece of work, with their messages asked for.
  [[nodiscard]] Group take_group();
  [[nodiscard]] Task<Result<>> check_validity(Opened& opened);
  // Whether the folder is complete; if not, its rest is noted.
  [[nodiscard]] Task<Result<bool>> drain(Opened& opened);
  // The source's session ended while the folder was read.
  void note_loss(FolderWork& work, const UidSet& delivered, const Error& error) const;
  void report_deadly(const FolderWork& work);
  [[nodiscard]] Task<Result<>> read_rest(Rest rest);
  [[nodiscard]] Task<Result<>> read_singly(FolderWork& work, UidSet uids, bool looked_up);
  // Nothing when it was handed over; an Error in the optional when the source does not give it, which the session survives.
  [[nodiscard]] Task<Result<std::optional<Error>>> read_one(endpoint::FolderView& view, const UidSet& one, bool looked_up);
  // The same, asked again with a pause while the server fails.
  [[nodiscard]] Task<Result<std::optional<Error>>> read_patiently(endpoint::FolderView& view, const UidSet& one, bool looked_up);
  // The server says that something is wrong on its side, and the session goes on: a message that it cannot read looks like that.
  [[nodiscard]] Task<bool> is_fault_of_message(const Error& error);
  [[nodiscard]] Task<Result<>> hand_over(endpoint::MessageReader& reader, endpoint::Message message, bool looked_up);

  // Waits until so many bytes may be held; the writing half is told, for it may have what has to go first.
  [[nodiscard]] Task<Budget::Share> take_room(std::uint64_t bytes);

  const RoundContext& context_;
  endpoint::Session& session_;
  std::function<FolderWork*()> next_work_;
  Channel<Traffic>& channel_;
  Budget& budget_;
  std::vector<Rest> rests_;
  UidSet read_again_;
  std::shared_ptr<StreamedMessage::Handover> handover_;
  bool abandoned_ = false;
};

}  // namespace godwit::sync
