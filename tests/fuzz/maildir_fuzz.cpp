// SPDX-License-Identifier: Apache-2.0
// What lies beside messages in files: names, lists of UIDs, keywords, subscriptions, MH's sequences. No UID is told twice, what is written
// is read again, and no name of a folder leads out of its place.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "adapters/maildir/file_name.h"
#include "adapters/maildir/folder_name.h"
#include "adapters/maildir/keywords.h"
#include "adapters/maildir/subscriptions.h"
#include "adapters/maildir/uid_list.h"
#include "adapters/mh/sequences.h"

namespace {

using namespace godwit::adapters;

void require(bool is_so) {
  if (!is_so) std::abort();
}

void check_uids(std::string_view text) {
  const auto list = parse_uid_list(text);
  if (!list) return;
  const auto not_less = [](const auto& one, const auto& next) { return one.first >= next.first; };
  require(std::ranges::adjacent_find(list->names, not_less) == list->names.end());
  require(list->names.empty() || list->names.back().first < list->uid_next);
  const auto again = parse_uid_list(uid_list_text(*list));
  require(again && again->names == list->names && again->uid_next == list->uid_next);
}

void check_names(std::string_view text) {
  const MaildirFileName name = parse_maildir_name(text);
  static_cast<void>(wire_size_in(name.base));
  require(is_delivered_before(text, text) == false);
  godwit::endpoint::FolderPath path;
  for (std::size_t begin = 0; begin < text.size(); begin += 7) path.segments.emplace_back(text.substr(begin, 7));
  if (path.segments.empty()) return;
  const std::string folder = maildir_folder_name(path);
  require(folder.size() <= 240 && folder.find('/') == std::string::npos && folder.find('\0') == std::string::npos);
  require(folder == "INBOX" || (folder.starts_with('.') && folder.size() > 1 && folder != ".."));
  static_cast<void>(path_of_maildir_folder("." + std::string(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_uids(text);
  check_names(text);
  const MaildirKeywords keywords = MaildirKeywords::parse(text);
  require(MaildirKeywords::parse(keywords.text()).text() == keywords.text());
  static_cast<void>(parse_courier_keywords(text));
  static_cast<void>(parse_courier_subscriptions(text));
  for (const auto& path : parse_subscriptions(text)) require(!path.segments.empty());
  static_cast<void>(mh_flags(7, parse_mh_sequences(text)));
  return 0;
}
