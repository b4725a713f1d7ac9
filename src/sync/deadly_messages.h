// SPDX-License-Identifier: Apache-2.0
// There are servers that end the session at a message that they cannot read (Dovecot does where a file's size is not what its index
// says). Such a message must not keep the others from being read.
#pragma once

#include <map>

#include "base/uid_set.h"

namespace godwit::sync {

// Of one folder.
class DeadlyMessages {
 public:
  // The session ended where this message was awaited. Once or twice it may have been the line; at the third time it is the message.
  void note_loss(Uid uid) {
    if (++losses_[uid] == 3) found_.add(uid);
  }
  // Not to be asked for again.
  [[nodiscard]] const UidSet& found() const { return found_; }

  // Which of those that were asked for, in ascending order, was awaited behind `last`; 0: none.
  [[nodiscard]] static Uid awaited(const UidSet& asked, Uid last) {
    for (const UidRange& range : asked.ranges()) {
      if (range.last > last) return range.first > last ? range.first : last + 1;
    }
    return 0;
  }

 private:
  std::map<Uid, int> losses_;
  UidSet found_;
};

}  // namespace godwit::sync
