// SPDX-License-Identifier: Apache-2.0
// One pair of connections at work: the reading half, the writing half and the settling of results, until the queue of folders is
// empty or something fails.
#pragma once

#include <functional>
#include <memory>

#include "sync/source_pump.h"
#include "sync/target_writer.h"

namespace godwit::sync {

struct LaneSessions {
  std::unique_ptr<endpoint::Session> source;
  std::unique_ptr<endpoint::TargetSession> target;
  [[nodiscard]] bool is_open() const { return source != nullptr && target != nullptr; }
};

class Lane {
 public:
  // `before_writing`: what has to be done on the target before anything is written; the source is read already meanwhile.
  Lane(const RoundContext& context, LaneSessions& sessions, std::function<FolderWork*()> next_work,
       std::function<Task<Result<>>()> before_writing, std::uint64_t bytes_in_flight, boost::asio::any_io_executor executor);

  // After an error of the writing side both sessions are closed: what was in flight is in doubt.
  [[nodiscard]] Task<Result<>> run();

 private:
  [[nodiscard]] Task<> read_half();
  [[nodiscard]] Task<> write_half();
  [[nodiscard]] Task<> settle_half();
  void give_up(Error error);

  LaneSessions& sessions_;
  std::function<Task<Result<>>()> before_writing_;
  Budget budget_;
  Channel<Traffic> channel_;
  SourcePump pump_;
  TargetWriter writer_;
  std::optional<Error> error_;
};

}  // namespace godwit::sync
