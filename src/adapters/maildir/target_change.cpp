// SPDX-License-Identifier: Apache-2.0
// Changing what is there already: flags, places, removal.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/maildir/file_name.h"
#include "adapters/maildir/host_name.h"
#include "adapters/maildir/keyword_file.h"
#include "adapters/maildir/pending_work.h"
#include "adapters/maildir/target_session.h"
#include "base/fault.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using files::Directory;

constexpr int most_attempts = 3;

// Names of those that are on record.
Result<std::map<Uid, std::string>> names_of(const Directory& folder, const UidSet& uids) {
  GODWIT_TRY(const auto list, read_uid_file(folder));
  std::map<Uid, std::string> names;
  if (!list) return names;
  for (const auto& [uid, name] : list->names) {
    if (uids.contains(uid)) names.emplace(uid, name);
  }
  return names;
}

std::string without(std::string letters, char letter) {
  std::erase(letters, letter);
  return letters;
}

// Every letter that is not ours to change stays. A keyword without a letter is left out.
std::string changed_letters(std::string letters, const endpoint::TargetSession::FlagChange& change, const MaildirKeywords& keywords) {
  for (const char letter : system_letters(change.remove)) letters = without(std::move(letters), letter);
  for (const std::string& keyword : change.remove.keywords) {
    if (const auto letter = keywords.letter_of(keyword)) letters = without(std::move(letters), *letter);
    if (equals_ignoring_case(keyword, "$Forwarded")) letters = without(std::move(letters), 'P');
  }
  letters += system_letters(change.add);
  for (const std::string& keyword : change.add.keywords) {
    if (const auto letter = keywords.letter_of(keyword)) letters += *letter;
  }
  return letters;
}

Result<> rename_in(MaildirListing& listing, const std::string& base, const std::function<std::string(const std::string&)>& new_letters) {
  return listing.with_file(base, [&](const Directory& directory, const MaildirListing::File& file) -> Result<> {
    std::string name = maildir_name(base, new_letters(parse_maildir_name(file.name).letters));
    if (!file.is_new && name == file.name) return {};
    fault::step("maildir flags");
    GODWIT_CHECK(directory.rename(file.name, listing.cur(), name));
    listing.note(base, std::move(name));
    return {};
  });
}

// "1700000000.M1P2Q3.host,S=10,W=11" with a new first part: no folder has ever had it.
std::string with_fresh_name(std::string_view base) {
  const std::size_t fields = std::min(base.find(','), base.size());
  return fresh_maildir_base() + std::string(base.substr(fields));
}

}  // namespace

Task<Result<>> MaildirTargetSession::change(std::string folder, std::vector<FlagChange> changes) {
  GODWIT_CO_TRY(const Directory place, open_folder(folder));
  UidSet uids;
  std::set<std::string> wanted;
  for (const FlagChange& change : changes) {
    uids.add(change.uid);
    wanted.insert(change.add.keywords.begin(), change.add.keywords.end());
  }
  GODWIT_CO_TRY(const auto names, names_of(place, uids));
  GODWIT_CO_TRY(const MaildirKeywords keywords, co_await learn_keywords(place, wanted));
  GODWIT_CO_TRY(MaildirListing listing, MaildirListing::open(place));
  GODWIT_CO_CHECK(listing.look());
  for (const FlagChange& change : changes) {
    const auto name = names.find(change.uid);
    if (name == names.end()) continue;
    const auto renamed = rename_in(listing, name->second, [&](const std::string& letters) {
      return changed_letters(letters, change, keywords);
    });
    if (!renamed && renamed.error().kind != ErrorKind::not_found) co_return renamed;
  }
  GODWIT_CO_CHECK(listing.cur().sync());
  co_return require_letters(keywords, wanted, folder);
}

std::unique_ptr<endpoint::Pending<void>> MaildirTargetSession::change_flags(const Folder& folder, std::span<const FlagChange> changes) {
  return std::make_unique<PendingWork<void>>(
      [this, name = folder.name, all = std::vector(changes.begin(), changes.end())] { return change(name, all); });
}

// A server may give a file another name between the look and the removal; so it is looked for until it is gone.
Task<Result<>> MaildirTargetSession::unlink(std::string folder, UidSet uids) {
  GODWIT_CO_TRY(const Directory place, open_folder(folder));
  GODWIT_CO_TRY(const auto names, names_of(place, uids));
  GODWIT_CO_TRY(MaildirListing listing, MaildirListing::open(place));
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    GODWIT_CO_CHECK(listing.look());
    bool is_gone = true;
    for (const auto& [uid, name] : names) {
      const auto found = listing.files().find(name);
      if (found == listing.files().end()) continue;
      is_gone = false;
      fault::step("maildir removal");
      GODWIT_CO_CHECK(listing.directory_of(found->second).remove_file(found->second.name));
    }
    if (!is_gone) continue;
    co_return listing.cur().sync();
  }
  co_return fail(ErrorKind::refused, "messages get other names faster than they can be removed: " + printable(folder));
}

std::unique_ptr<endpoint::Pending<void>> MaildirTargetSession::remove(const Folder& folder, const UidSet& uids) {
  return std::make_unique<PendingWork<void>>([this, name = folder.name, uids] { return unlink(name, uids); });
}

Task<Result<endpoint::TargetSession::Moved>> MaildirTargetSession::move(const Folder& from, const UidSet& uids, const Folder& to) {
  GODWIT_CO_TRY(const Directory source, open_folder(from.name));
  GODWIT_CO_TRY(const Place target, open_place(to.name));
  GODWIT_CO_TRY(auto names, names_of(source, uids));
  GODWIT_CO_TRY(const MaildirKeywords keywords, co_await learn_keywords(source, {}));
  GODWIT_CO_TRY(MaildirListing listing, MaildirListing::open(source));
  GODWIT_CO_CHECK(listing.look());
  std::erase_if(names, [&](const auto& each) { return !listing.files().contains(each.second); });
  std::set<std::string> wanted;
  std::vector<std::string> bases;
  for (const auto& [uid, name] : names) {
    MessageFlags flags;
    keywords.add_keywords(parse_maildir_name(listing.files().at(name).name).letters, flags);
    wanted.insert(flags.keywords.begin(), flags.keywords.end());
    bases.push_back(with_fresh_name(name));
  }
  GODWIT_CO_TRY(const MaildirKeywords new_keywords, co_await learn_keywords(target.folder, wanted));
  GODWIT_CO_TRY(UidFile uid_file, co_await UidFile::open(target.folder));
  GODWIT_CO_TRY(const auto given, uid_file.add(bases));
  Moved moved;
  moved.uid_validity = uid_file.uid_validity();
  std::size_t next = 0;
  for (const auto& [uid, name] : names) {
    const std::size_t i = next++;
    const auto renamed = listing.with_file(name, [&](const Directory& directory, const MaildirListing::File& file) {
      MessageFlags flags;
      const std::string letters = parse_maildir_name(file.name).letters;
      keywords.add_keywords(letters, flags);
      std::string new_letters;
      std::ranges::copy_if(letters, std::back_inserter(new_letters), [](char c) { return c < 'a' || c > 'z'; });
      for (const std::string& keyword : flags.keywords) {
        if (const auto letter = new_keywords.letter_of(keyword)) new_letters += *letter;
      }
      fault::step("maildir move");
      return directory.rename(file.name, target.cur, maildir_name(bases[i], new_letters));
    });
    if (!renamed && renamed.error().kind != ErrorKind::not_found) co_return std::unexpected(renamed.error());
    if (renamed) moved.uids.emplace_back(uid, given[i]);
    listing.forget(name);
  }
  GODWIT_CO_CHECK(target.cur.sync());
  GODWIT_CO_CHECK(listing.cur().sync());
  co_return moved;
}

}  // namespace godwit::adapters
