// SPDX-License-Identifier: Apache-2.0
// The header fields in which mail programs keep what they know of a message of an mbox. They belong to the file, not to the message:
// IMAP servers that keep mbox files hide them, and so does this; X-Gmail-Labels alone is shown and read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/internal_date.h"
#include "base/message_flags.h"

namespace godwit::adapters {

// Fields whose names begin with this were the message's own and have the names of bookkeeping fields behind it; only in marked messages.
inline constexpr std::string_view kept_prefix = "X-Godwit-";

// In a message that godwit wrote, the last of its fields: "X-Godwit-Mbox: 5f3c9a0d11e28b47 rd +0200 00000000000000001234".
struct MboxMark {
  std::uint64_t id = 0;        // of this message alone
  bool is_quoted = false;      // ">From " stands for "From ", ">>From " for ">From "
  bool is_verbatim = false;    // line ends are the message's own
  std::int16_t zone_minutes = 0;  // of the arrival date, whose instant is in UTC before it
  static constexpr std::uint64_t unfinished = ~std::uint64_t{0};
  std::uint64_t length = unfinished;  // of the message behind this line, in bytes of the file; written last
  [[nodiscard]] std::string to_line() const;  // with its line feed; as long for every length
  [[nodiscard]] static std::optional<MboxMark> parse(std::string_view value);
  friend bool operator==(const MboxMark&, const MboxMark&) = default;
};

[[nodiscard]] bool is_bookkeeping(std::string_view name);  // without X-Gmail-Labels
// "Status", "X-Godwit-Status", "X-Godwit-X-Godwit-Mbox": what gets one prefix more in a marked message.
[[nodiscard]] bool needs_prefix(std::string_view name);

// What the fields of one message say.
class Bookkeeping {
 public:
  // True: the field is bookkeeping, to be hidden. `value` without its line end, continuation lines joined by blanks.
  bool take(std::string_view name, std::string_view value);
  [[nodiscard]] const MessageFlags& flags() const { return flags_; }
  [[nodiscard]] const std::optional<std::uint64_t>& content_length() const { return content_length_; }
  [[nodiscard]] const std::optional<MboxMark>& mark() const { return mark_; }
  // Of the topmost Received, else of Date, where these were given to take().
  [[nodiscard]] const std::string& date() const { return received_.empty() ? date_ : received_; }
  // Thunderbird removed it, and has not written the file anew since.
  [[nodiscard]] bool is_expunged() const { return is_expunged_; }
  // The first message of files of UW and Dovecot, which is none.
  [[nodiscard]] bool is_internal_data() const { return is_internal_data_; }

 private:
  void take_mozilla_status(std::string_view value);
  void take_mozilla_labels(std::string_view value);
  void take_gmail_labels(std::string_view value);
  MessageFlags flags_;
  std::string date_, received_;
  std::optional<std::uint64_t> content_length_;
  std::optional<MboxMark> mark_;
  bool is_expunged_ = false, is_internal_data_ = false;
};

// "Status: RO", "X-Status: AF", "X-Keywords: project-x", each line with its line feed.
[[nodiscard]] std::string status_lines(const MessageFlags& flags);

}  // namespace godwit::adapters
