// SPDX-License-Identifier: Apache-2.0
#include "adapters/listed/file_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/listed/message_in_file.h"
#include "base/internal_date.h"
#include "base/text.h"
#include "base/utf8.h"
#include "files/descent.h"
#include "mime/header_date.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::FolderPath;
using files::Directory;
using files::EntryKind;

constexpr int most_attempts = 20;
constexpr std::size_t deepest = 32;
constexpr std::string_view inbox = "INBOX";

std::vector<std::string> names_in(const std::vector<files::Entry>& entries, EntryKind kind) {
  std::vector<std::string> names;
  for (const files::Entry& entry : entries) {
    if (entry.kind == kind) names.push_back(entry.name);
  }
  std::ranges::sort(names);
  return names;
}

bool has_message(const Directory& folder, const FileTreeForm& form) {
  const auto entries = folder.entries();
  return entries && std::ranges::any_of(
                        *entries, [&](const files::Entry& entry) { return entry.kind == EntryKind::file && form.is_message(entry.name); });
}

class FileTreeStore final : public MailStore {
 public:
  FileTreeStore(Directory root, FileTreeForm form) : root_(std::move(root)), form_(std::move(form)) {}

  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    endpoint::ServerFacts facts;
    facts.software = form_.name;
    co_return facts;
  }

  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override { co_return find_folders(); }

  Result<std::vector<Folder>> find_folders() const {
    std::vector<Folder> found;
    GODWIT_TRY(const Directory top, Directory::open(root_.path()));
    GODWIT_CHECK(look_into(top, files::Descent(top), {}, {}, found));
    const bool has_inbox = !found.empty() && found.front().path.is_inbox();
    for (Folder& folder : found) {
      const bool is_inbox = !has_inbox && folder.path.segments.size() == 1 && equals_ignoring_case(folder.path.segments[0], inbox);
      if (is_inbox) folder.path.segments[0] = inbox;
      folder.role = folder.path.is_inbox() ? endpoint::Role::inbox : endpoint::Role::none;
    }
    return found;
  }

  [[nodiscard]] Task<Result<std::vector<ListedMessage>>> list(const std::string& folder) override {
    GODWIT_CO_TRY(const Directory place, open_place(folder));
    std::vector<std::string> before;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      GODWIT_CO_TRY(auto names, message_names(place));
      if (attempt > 0 && names == before) {
        GODWIT_CO_TRY(auto messages, describe_all(place, names));
        if (messages.size() == names.size()) co_return messages;
      }
      before = std::move(names);
    }
    co_return fail(ErrorKind::unavailable,
                   fmt::format("{}: files come and go all the time; try again when it is quieter", printable(place.path().native())));
  }

  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open(const std::string& folder, const ListedMessage& message) override {
    GODWIT_CO_TRY(const Directory place, open_place(folder));
    const std::string name = message.key.substr(message.key.find(' ', message.key.find(' ') + 1) + 1);
    const auto status = place.status(name);
    if (!status || key_of(name, *status) != message.key) co_return fail(ErrorKind::not_found, "the message is gone: " + printable(name));
    GODWIT_CO_TRY(auto file, files::MessageFile::open(place, name, files::LineEnds::crlf));
    const auto date = mime::arrival_date(file.beginning());
    co_return make_message_in_file(std::move(file), date ? date->to_string() : std::string());
  }

 private:
  static std::string key_of(const std::string& name, const struct stat& status) {
    return fmt::format("{} {}.{:09} {}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, name);
  }

  Result<Directory> open_place(const std::string& folder) const {
    return folder == inbox ? Directory::open(root_.path()) : root_.folder_at(std::string_view(folder).substr(2));
  }

  // Folders by the names of their places, "./Work/2024"; the top is "INBOX".
  Result<> look_into(const Directory& folder, const files::Descent& descent, const std::string& place, const FolderPath& path,
                     std::vector<Folder>& found) const {
    GODWIT_TRY(const auto entries, folder.entries());
    auto below = names_in(entries, EntryKind::folder);
    std::erase_if(below, [](const std::string& name) { return name.starts_with('.'); });
    const bool holds_messages = std::ranges::any_of(names_in(entries, EntryKind::file), form_.is_message);
    const bool is_top = path.segments.empty();
    if (holds_messages || (!is_top && below.empty() && form_.keeps_empty_folders)) {
      found.push_back(described(is_top ? std::string(inbox) : place, is_top ? FolderPath{{std::string(inbox)}} : path, true));
    }
    for (const std::string& name : below) {
      FolderPath next = path;
      next.segments.push_back(is_utf8(name) ? name : printable(name));
      const std::string next_place = (is_top ? "." : place) + "/" + name;
      const auto opened = folder.folder(name);
      if (!opened && opened.error().kind != ErrorKind::refused) continue;
      if (!opened) {
        found.push_back(described(next_place, next, false));
        continue;
      }
      const files::Descent further(*opened, &descent);
      if (further.lies_in_itself() || next.segments.size() > deepest) continue;
      GODWIT_CHECK(look_into(*opened, further, next_place, next, found));
    }
    return {};
  }

  static Folder described(std::string name, FolderPath path, bool is_readable) {
    Folder folder;
    folder.name = std::move(name);
    folder.path = std::move(path);
    folder.selectable = is_readable;
    folder.unreadable = !is_readable;
    return folder;
  }

  Result<std::vector<std::string>> message_names(const Directory& place) const {
    GODWIT_TRY(const auto entries, place.entries());
    auto names = names_in(entries, EntryKind::file);
    std::erase_if(names, [&](const std::string& name) { return !form_.is_message(name); });
    std::ranges::sort(names, form_.is_before);
    return names;
  }

  // Without those that are gone meanwhile.
  Result<std::vector<ListedMessage>> describe_all(const Directory& place, const std::vector<std::string>& names) const {
    std::map<std::string, MessageFlags> flags;
    if (form_.flags) {
      GODWIT_TRY(flags, form_.flags(place, names));
    }
    std::vector<ListedMessage> messages;
    for (const std::string& name : names) {
      const auto status = place.status(name);
      if (!status) continue;
      messages.push_back({key_of(name, *status), flags[name], {}, static_cast<std::uint64_t>(status->st_size)});
    }
    return messages;
  }

  const Directory root_;
  const FileTreeForm form_;
};

}  // namespace

Result<std::unique_ptr<MailStore>> open_file_tree(const files::SourceTree& tree, FileTreeForm form) {
  const auto is_top = [&](const Directory& folder) {
    const auto entries = folder.entries();
    return has_message(folder, form) ||
           (entries && std::ranges::any_of(names_in(*entries, EntryKind::folder), [&](const std::string& name) {
              const auto below = folder.folder(name);
              return below && has_message(*below, form);
            }));
  };
  GODWIT_TRY(const auto top, tree.find(is_top));
  GODWIT_TRY(Directory root, Directory::open(top));
  auto store = std::make_unique<FileTreeStore>(std::move(root), form);
  GODWIT_TRY(const auto folders, store->find_folders());
  if (folders.empty()) {
    return fail(ErrorKind::storage,
                fmt::format("{}: there is no message in it as {} has them; check the path", printable(top.native()), form.name));
  }
  return store;
}

}  // namespace godwit::adapters
