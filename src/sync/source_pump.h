// SPDX-License-Identifier: Apache-2.0
// The reading half of a lane: takes folders from the queue, plans them, and reads their messages from the source into the channel.
// It asks for the next folder while the last one is still being read.
#pragma once

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
    std::unique_ptr<endpoint::MessageReader> reader;  // of a fresh folder: everything is asked for at once
    UidSet wanted;
  };
  // What a folder's reading left over. It is read when no other folder has been asked for already.
  struct Rest {
    Opened folder;
    UidSet delivered, read_again;
  };
  [[nodiscard]] Opened open(FolderWork* work);
  [[nodiscard]] Task<Result<>> check_validity(Opened& opened);
  [[nodiscard]] Task<Result<>> plan(Opened& opened);
  [[nodiscard]] Task<Result<>> feed(Planner& planner, Cursor cursor, Opened& opened, endpoint::ItemReader& source);
  // Whether the folder is complete; if not, its rest is noted.
  [[nodiscard]] Task<Result<bool>> drain(Opened& opened);
  [[nodiscard]] Task<Result<>> read_rest(Rest rest);
  [[nodiscard]] Task<Result<>> read_singly(FolderWork& work, UidSet uids, bool looked_up);
  [[nodiscard]] Task<Result<>> hand_over(endpoint::MessageReader& reader, endpoint::Message message, bool looked_up);

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
