// SPDX-License-Identifier: Apache-2.0
// A connection to the target that is made again when it is lost, for reading alone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "endpoint/session.h"
#include "sync/round.h"

namespace godwit::sync {

class TargetLine {
 public:
  // All must outlive this.
  TargetLine(endpoint::Target& target, const std::atomic<bool>& stop, std::function<void(Event)> on_event,
             std::chrono::milliseconds first_pause)
      : target_(target), stop_(stop), on_event_(std::move(on_event)), first_pause_(first_pause) {}

  // Connects where there is no session, and does the step; after a loss both again, up to six times in which `learned` gives the same
  // number. A step must bear to be done twice.
  [[nodiscard]] Task<Result<>> persist(const std::function<Task<Result<>>()>& step, const std::function<std::uint64_t()>& learned);

  // To be called on the thread that ran the steps, before its executor goes.
  void close() { session_.reset(); }

  // For steps: the folders as listed when the connection was made.
  [[nodiscard]] const endpoint::Folder* find(const std::string& name) const;
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const endpoint::Folder& folder) { return session_->open(folder); }

 private:
  [[nodiscard]] Task<Result<>> connect();

  endpoint::Target& target_;
  const std::atomic<bool>& stop_;
  std::function<void(Event)> on_event_;
  std::chrono::milliseconds first_pause_;
  std::unique_ptr<endpoint::TargetSession> session_;
  std::vector<endpoint::Folder> folders_;
};

}  // namespace godwit::sync
