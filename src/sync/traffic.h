// SPDX-License-Identifier: Apache-2.0
// What the reading half of a lane hands to the writing half.
#pragma once

#include <memory>
#include <variant>

#include "sync/channel.h"
#include "sync/folder_work.h"
#include "sync/inspection.h"
#include "sync/planner.h"
#include "sync/repair_trial.h"

namespace godwit::sync {

struct FolderBegins {
  FolderWork* work = nullptr;
};

// A small message, whole.
class WholeMessage {
 public:
  WholeMessage(Background& background, endpoint::Message whole, Budget::Share held)
      : inspection_(background, whole.bytes), message(std::move(whole)), share(std::move(held)) {}
  WholeMessage(WholeMessage&&) noexcept = default;
  WholeMessage& operator=(WholeMessage&&) noexcept = default;
  ~WholeMessage() { inspection_.wait(); }
  [[nodiscard]] const Inspection& inspection() const { return inspection_.get(); }

 private:
  mutable PendingInspection inspection_;  // in front of what it looks at: an assignment waits for it before the bytes go

 public:
  endpoint::Message message;
  Budget::Share share;
  std::unique_ptr<RepairTrial> repair;  // where the message is a repaired form of what the source has
  MessageFlags held_back;               // not in its APPEND: brought behind it
};

// A large one. The reader half waits until the writer half has set `verdict` and notified.
struct StreamedMessage {
  enum class Verdict { pending, done, read_again };
  struct Handover {
    explicit Handover(boost::asio::any_io_executor executor) : changed(std::move(executor)) {}
    Verdict verdict = Verdict::pending;
    bool is_being_read = false;  // by the writing half: the reader must stay, whatever has failed
    Signal changed;
  };
  // As long as this lives, the message is being read.
  class Reading {
   public:
    explicit Reading(std::shared_ptr<Handover> of) : handover_(std::move(of)) { handover_->is_being_read = true; }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() {
      handover_->is_being_read = false;
      handover_->changed.notify();
    }

   private:
    std::shared_ptr<Handover> handover_;
  };
  endpoint::Message message;
  endpoint::MessageReader* reader = nullptr;
  bool looked_up = false;  // read before: it is not among the folder's candidates
  std::shared_ptr<Handover> handover;
  Budget::Share share;  // whatever is in flight has one, so that its end wakes who waits for room
};

// The source has it in its list but does not give it.
struct UnreadableMessage {
  Uid uid = 0;
  Error error;
};

// Every message of the folder was handed over.
struct FolderEnds {
  FolderWork* work = nullptr;
};

// Bytes in flight may be held by batches that were refused, or by one that is not full: whoever waits for room says so.
struct MoreRoom {};

using Traffic = std::variant<FolderBegins, WholeMessage, StreamedMessage, UnreadableMessage, FolderEnds, MoreRoom>;

}  // namespace godwit::sync
