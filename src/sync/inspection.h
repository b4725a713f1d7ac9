// SPDX-License-Identifier: Apache-2.0
// What is found out about the bytes of every message. Of large ones that are in memory it is found out on a thread of its own, while
// they are on the way to the target: a digest takes as long as the sending. (Of streamed ones it is not: to hand over each piece cost
// more than it brought.)
#pragma once

#include <memory>
#include <string_view>

#include "base/background.h"
#include "base/sha256.h"
#include "mime/hazards.h"

namespace godwit::sync {

struct Inspection {
  Digest digest;
  mime::Hazards hazards;
};

// Of a whole message.
class PendingInspection {
 public:
  // `bytes` must stay where they are until get() has returned or this has gone.
  PendingInspection(Background& background, std::string_view bytes);
  void wait() { ticket_.wait(); }
  // Waits where it is not done yet.
  [[nodiscard]] const Inspection& get() {
    wait();
    return *result_;
  }

 private:
  std::unique_ptr<Inspection> result_ = std::make_unique<Inspection>();
  Background::Ticket ticket_;
};

// Of a message that comes in pieces.
class StreamInspection {
 public:
  void update(std::string_view piece) {
    hasher_.update(piece);
    scanner_.update(piece);
  }
  [[nodiscard]] Inspection finish() { return {hasher_.finish(), scanner_.finish()}; }

 private:
  Sha256 hasher_;
  mime::HazardScanner scanner_;
};

}  // namespace godwit::sync
