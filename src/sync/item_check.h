// SPDX-License-Identifier: Apache-2.0
// Compares what is written down of items, in a ledger or in a manifest, with what the target has now.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/internal_date.h"
#include "base/sha256.h"
#include "base/task.h"
#include "endpoint/session.h"
#include "sync/deadly_messages.h"
#include "sync/round.h"

namespace godwit::sync {

struct Difference {
  enum class Kind : std::uint8_t { folder_gone, folder_renumbered, missing, altered, flags, date };
  Kind kind = Kind::missing;
  std::string folder;  // on the target, readable
  Uid source_uid = 0, target_uid = 0;
  std::string subject, date;  // as far as they can be told
  std::string meaning;        // what differs, what that means, and what can be done
};
[[nodiscard]] std::string_view name_of(Difference::Kind kind);

struct VerifyCounts {
  std::uint64_t folders = 0;
  std::uint64_t items = 0;      // that are said to be on the target
  std::uint64_t listed = 0;     // of those: in its list
  std::uint64_t proven = 0;     // read back in this run, and equal
  std::uint64_t missing = 0, altered = 0, flags = 0, dates = 0;  // differences
  std::uint64_t unread = 0;     // listed, and not given when they were to be read back
  std::uint64_t others = 0;     // messages in these folders that nothing is written down about
  [[nodiscard]] std::uint64_t differences() const { return missing + altered + flags + dates + unread; }
};

// One item as it is to be.
struct ExpectedItem {
  Uid source_uid = 0, target_uid = 0;
  Digest digest;  // of the bytes that are to be there
  std::optional<InternalDate> date = std::nullopt;
  std::optional<MessageFlags> flags = std::nullopt;  // nothing: not known
  bool is_to_be_read = false;
};

// What became of some of them, by target UID.
struct CheckedItems {
  UidSet seen, proven, altered;
  UidSet missing;
};

// Of one message; empty when it is not given.
[[nodiscard]] Task<Result<std::string>> read_subject(endpoint::FolderView& view, Uid uid);

class ItemCheck {
 public:
  // All must outlive this. `tell` gets every difference as it is found.
  ItemCheck(const std::atomic<bool>& stop, Progress& progress, VerifyCounts& counts, std::function<void(Difference)> tell)
      : stop_(stop), progress_(progress), counts_(counts), tell_(std::move(tell)) {}

  // `view` is the folder, just opened; `items` ascending by source UID, each target UID once. `counts` and `progress` go up when all
  // is done, so that the same items may be checked again after a lost connection.
  [[nodiscard]] Task<Result<CheckedItems>> check(endpoint::FolderView& view, const std::string& folder,
                                                 std::span<const ExpectedItem> items);

  // How many messages have been found at which the target ends the session. They are told of, and not asked for again.
  [[nodiscard]] std::uint64_t deadly_messages() const { return deadly_before_ + deadly_.found().size(); }

 private:
  struct Found;
  [[nodiscard]] Task<Result<>> list(endpoint::FolderView& view, Found& found);
  [[nodiscard]] Task<Result<>> read_back(endpoint::FolderView& view, Found& found);
  [[nodiscard]] Task<Result<>> add_subjects(endpoint::FolderView& view, Found& found);
  void compare(const ExpectedItem& expected, const endpoint::Item& item, Found& found) const;

  const std::atomic<bool>& stop_;
  Progress& progress_;
  VerifyCounts& counts_;
  std::function<void(Difference)> tell_;
  std::size_t subjects_ = 0;  // that were fetched for differences
  Uid reading_ = 0;           // what the target is about to give; not 0 behind a check: the session ended there
  std::string folder_;
  DeadlyMessages deadly_;            // of the folder
  std::uint64_t deadly_before_ = 0;  // of folders before it
};

}  // namespace godwit::sync
