// SPDX-License-Identifier: Apache-2.0
// Folders.
#include "adapters/maildir/target_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/listed/listing.h"
#include "adapters/maildir/folder_name.h"
#include "adapters/maildir/host_name.h"
#include "adapters/maildir/pending_work.h"
#include "adapters/maildir/store.h"
#include "adapters/maildir/subscriptions.h"
#include "adapters/maildir/tree.h"
#include "base/fault.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using files::Directory;

// Servers pass over folders with such a name.
const std::string removed_prefix = "..godwit.";
const std::string subscriptions_file = "subscriptions";

// Of a folder with Maildir++: only those are renamed and removed, for nothing else lies in them.
Result<> require_plus_plus(const std::string& name) {
  if (name.starts_with('.') && !name.starts_with("./")) return {};
  return fail(ErrorKind::refused, fmt::format("{}: this folder is never renamed nor removed in a Maildir", printable(name)));
}

}  // namespace

MaildirTargetSession::MaildirTargetSession(std::filesystem::path root, std::unique_ptr<endpoint::Session> reading,
                                           std::shared_ptr<endpoint::KeyBook> book)
    : root_(std::move(root)), reading_(std::move(reading)), book_(std::move(book)) {
  traits_.server = "Maildir++";
  traits_.batch_messages = 100;
  traits_.moves_messages = true;
  traits_.removes_messages = true;
  traits_.pipelines_appends = true;
}

Result<Directory> MaildirTargetSession::open_folder(const std::string& folder) const {
  GODWIT_TRY(const Directory root, Directory::open(root_));
  return open_maildir_folder(root, folder);
}

Result<MaildirTargetSession::Place> MaildirTargetSession::open_place(const std::string& name) const {
  GODWIT_TRY(Directory folder, open_folder(name));
  for (const char* const part : {"tmp", "new", "cur"}) GODWIT_CHECK(folder.make_folder(part));
  GODWIT_TRY(Directory tmp, folder.folder("tmp"));
  GODWIT_TRY(Directory cur, folder.folder("cur"));
  return Place{std::move(folder), std::move(tmp), std::move(cur)};
}

std::string MaildirTargetSession::name_for(const endpoint::FolderPath& path) const { return maildir_folder_name(path); }

Task<Result<endpoint::Folder>> MaildirTargetSession::create_folder(const endpoint::NewFolder& wanted) {
  const std::string name = name_for(wanted.path);
  GODWIT_CO_TRY(const Directory root, Directory::open_or_make(root_));
  const bool is_inbox = name == inbox_name;
  fault::step("maildir folder");
  if (!is_inbox) GODWIT_CO_CHECK(root.make_folder(name));
  {
    GODWIT_CO_TRY(const Place place, open_place(name));
    // By it delivery agents know that this is a part of a Maildir (Maildir++).
    const bool is_marked = is_inbox || place.folder.status("maildirfolder");
    if (!is_marked) GODWIT_CO_CHECK(place.folder.replace_file("maildirfolder", {}));
    GODWIT_CO_CHECK(place.folder.sync());
  }
  GODWIT_CO_CHECK(root.sync());
  if (wanted.subscribe) GODWIT_CO_CHECK(add_subscriptions({wanted.path}));
  GODWIT_CO_TRY(const auto store, open_maildir_store(root_));
  GODWIT_CO_TRY(const Listing listing, co_await list_numbered(*store, *book_, name));
  Folder made;
  made.name = name;
  made.path = is_inbox ? wanted.path : path_of_maildir_folder(name);
  made.role = is_inbox ? endpoint::Role::inbox : endpoint::Role::none;
  made.subscribed = wanted.subscribe;
  made.state = listing.state;
  co_return made;
}

Task<Result<std::vector<Result<endpoint::Folder>>>> MaildirTargetSession::create_folders(std::span<const endpoint::NewFolder> folders) {
  std::vector<Result<Folder>> made;
  for (const endpoint::NewFolder& wanted : folders) made.push_back(co_await create_folder(wanted));
  co_return made;
}

Result<> MaildirTargetSession::add_subscriptions(const std::vector<endpoint::FolderPath>& paths) const {
  GODWIT_TRY(const Directory root, Directory::open(root_));
  const auto before = root.read_file(subscriptions_file);
  if (!before && before.error().kind != ErrorKind::not_found) return std::unexpected(before.error());
  std::string text = before ? *before : std::string();
  for (const endpoint::FolderPath& path : paths) text = with_subscription(std::move(text), path);
  if (before && text == *before) return {};
  return root.replace_file(subscriptions_file, text);
}

std::unique_ptr<endpoint::Pending<void>> MaildirTargetSession::subscribe(std::span<const Folder> folders) {
  std::vector<endpoint::FolderPath> paths;
  for (const Folder& folder : folders) paths.push_back(folder.path);
  return std::make_unique<PendingWork<void>>([this, paths = std::move(paths)]() -> Task<Result<>> { co_return add_subscriptions(paths); });
}

Task<Result<>> MaildirTargetSession::remove_folder(const Folder& folder) {
  GODWIT_CO_CHECK(require_plus_plus(folder.name));
  GODWIT_CO_TRY(const Directory root, Directory::open(root_));
  const std::string removed = removed_prefix + fresh_maildir_base();
  fault::step("maildir folder removal");
  GODWIT_CO_CHECK(root.rename(folder.name, root, removed));
  GODWIT_CO_CHECK(root.remove_tree(removed));
  const auto text = root.read_file(subscriptions_file);
  if (!text) co_return text.error().kind == ErrorKind::not_found ? Result<>{} : std::unexpected(text.error());
  const std::string rest = without_subscription(*text, path_of_maildir_folder(folder.name));
  co_return rest.size() == text->size() ? Result<>{} : root.replace_file(subscriptions_file, rest);
}

// What lies below it first: while the folder itself has its old name, doing it again ends what a kill cut off.
Task<Result<>> MaildirTargetSession::rename_folder(const Folder& folder, const endpoint::FolderPath& path) {
  const std::string name = name_for(path);
  GODWIT_CO_CHECK(require_plus_plus(folder.name));
  GODWIT_CO_CHECK(require_plus_plus(name));
  GODWIT_CO_TRY(const Directory root, Directory::open(root_));
  if (root.status(name)) co_return fail(ErrorKind::exists, "there is such a folder already: " + path.display());
  GODWIT_CO_TRY(const auto entries, root.entries());
  for (const files::Entry& entry : entries) {
    if (entry.kind != files::EntryKind::folder || !entry.name.starts_with(folder.name + ".")) continue;
    fault::step("maildir folder rename");
    GODWIT_CO_CHECK(root.rename(entry.name, root, name + entry.name.substr(folder.name.size())));
  }
  GODWIT_CO_CHECK(root.rename(folder.name, root, name));
  GODWIT_CO_CHECK(root.sync());
  if (folder.subscribed) GODWIT_CO_CHECK(add_subscriptions({path}));
  co_return Result<>{};
}

}  // namespace godwit::adapters
