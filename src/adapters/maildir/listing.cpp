// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/listing.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/maildir/file_name.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr int most_attempts = 20;

Result<std::optional<files::Directory>> open_part(const files::Directory& folder, const char* name) {
  auto opened = folder.folder(name);
  if (opened) return std::move(*opened);
  if (opened.error().kind == ErrorKind::not_found) return std::nullopt;
  return std::unexpected(std::move(opened).error());
}

}  // namespace

Result<MaildirListing> MaildirListing::open(const files::Directory& folder) {
  MaildirListing listing;
  GODWIT_TRY(listing.cur_, open_part(folder, "cur"));
  GODWIT_TRY(listing.new_, open_part(folder, "new"));
  if (listing.cur_ || listing.new_) return listing;
  return fail(ErrorKind::not_found, fmt::format("{}: it is no Maildir: it has neither cur nor new", printable(folder.path().native())));
}

Result<> MaildirListing::look() {
  files_.clear();
  // What a server moves from new/ to cur/ meanwhile is seen twice rather than not at all.
  for (const bool is_new : {true, false}) {
    const auto& directory = is_new ? new_ : cur_;
    if (!directory) continue;
    GODWIT_TRY(auto entries, directory->entries());
    for (files::Entry& entry : entries) {
      if (entry.kind != files::EntryKind::file || entry.name.starts_with('.')) continue;
      std::string base = parse_maildir_name(entry.name).base;
      if (!base.empty()) files_[std::move(base)] = {is_new, std::move(entry.name)};
    }
  }
  return {};
}

Result<> MaildirListing::read() {
  GODWIT_CHECK(look());
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto before = std::move(files_);
    GODWIT_CHECK(look());
    const bool is_same = before.size() == files_.size() &&
                         std::ranges::all_of(files_, [&](const auto& each) { return before.contains(each.first); });
    if (is_same) return {};
  }
  return fail(ErrorKind::unavailable,
              fmt::format("{}: messages come and go all the time, so that no listing is certain; try again when it is quieter",
                          printable(cur_ ? cur_->path().native() : new_->path().native())));
}

}  // namespace godwit::adapters
