// SPDX-License-Identifier: Apache-2.0
// A source and a target that spoil what another endpoint does, in one way at a time: for tests that must notice it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint/session.h"

namespace godwit::test {

struct Faults {
  std::function<void(std::string& bytes)> alter;      // of a message that is stored
  std::function<void(MessageFlags& flags)> lose_flags; // of a message that is stored
  std::function<void(std::string& date)> alter_date;
  std::function<void(endpoint::FolderPath& path)> rename;  // of a folder that is made
  std::function<std::optional<Error>(const endpoint::FolderPath& path)> refuse_folder;
  std::function<std::optional<Error>(std::string_view bytes)> refuse_message;  // one of kind network ends the session
  bool keeps_part = false;             // of a refused batch, what stands in front of the message
  bool reverses_batches = false;
  bool shifts_uids = false;            // tells the next one
  bool merges_duplicates = false;      // a message that was stored before is accepted and not stored
  bool misses_uids = false;            // in the list of UIDs, the last one
  bool tells_wrong_sizes = false;
  bool counts_wrong = false;           // one too many
  bool renumbers = false;              // another UIDVALIDITY on each session
  bool renumbers_renamed = false;      // a renamed folder's messages get other UIDs
  bool hides_changes = false;          // nothing has changed since
  bool gives_others = false;           // for a message that is gone, the first one
  bool removes_all = false;            // more than ordered
  bool moves_all = false;
  bool marks_all = false;              // flags of one message are set to all
  bool ignores_flag_changes = false;
  bool ignores_subscriptions = false;
  std::size_t most_sessions = 1000;    // open at once
  std::size_t sessions = 0, connected = 0;
  std::vector<std::string> stored;     // the bytes of all that was stored
};

// `inner` and `faults` must outlive what is returned.
[[nodiscard]] std::unique_ptr<endpoint::Source> make_faulty_source(endpoint::Target& inner, Faults& faults);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_faulty_target(endpoint::Target& inner, Faults& faults);

}  // namespace godwit::test
