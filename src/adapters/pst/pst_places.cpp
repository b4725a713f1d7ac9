// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/pst_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error_code.h"
#include "base/file_error.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using endpoint::FolderPath;
using endpoint::Role;

constexpr int deepest = 32;

bool is_store(const fs::path& file) {
  const std::string extension = file.extension().native();
  return equals_ignoring_case(extension, ".pst") || equals_ignoring_case(extension, ".ost");
}

MsgFile msg_file_of(const fs::directory_entry& entry) {
  std::error_code ignored;  // it may be gone by now: then it cannot be opened either
  return {entry.path(), entry.file_size(ignored), entry.last_write_time(ignored).time_since_epoch().count()};
}

Result<DataFiles> find_in_folder(const fs::path& account) {
  DataFiles found{.is_folder = true, .stores = {}, .messages = {}, .others = 0};
  std::map<std::string, std::vector<MsgFile>> messages;
  std::error_code failed;
  fs::recursive_directory_iterator entries(account, failed);
  for (; !failed && entries != fs::recursive_directory_iterator(); entries.increment(failed)) {
    if (entries.depth() >= deepest) entries.disable_recursion_pending();
    std::error_code ignored;
    if (entries->is_symlink(ignored) || !entries->is_regular_file(ignored)) continue;
    const fs::path& file = entries->path();
    if (is_store(file)) {
      found.stores.push_back(file);
    } else if (equals_ignoring_case(file.extension().native(), ".msg")) {
      const std::string place = file.parent_path().lexically_relative(account).native();
      messages[place == "." ? "" : place].push_back(msg_file_of(*entries));
    } else {
      ++found.others;
    }
  }
  if (failed) return file_error(account, "cannot be listed", failed.value());
  std::ranges::sort(found.stores);
  for (auto& [place, files] : messages) {
    std::ranges::sort(files, {}, &MsgFile::path);
    found.messages.push_back({place, std::move(files)});
  }
  if (found.stores.empty() && found.messages.empty()) {
    return fail(codes::data_file_unreadable,
                fmt::format("{}: there is no .pst, .ost or .msg file in it; give the path of one, or of a folder with them",
                            printable(account.native())));
  }
  return found;
}

Role role_of(pst::FolderRole role) {
  switch (role) {
    case pst::FolderRole::inbox: return Role::inbox;
    case pst::FolderRole::sent: return Role::sent;
    case pst::FolderRole::trash: return Role::trash;
    case pst::FolderRole::drafts: return Role::drafts;
    case pst::FolderRole::junk: return Role::junk;
    case pst::FolderRole::outbox:
    case pst::FolderRole::none: return Role::none;
  }
  return Role::none;
}

std::set<std::uint64_t> folders_to_move(const PstContents& contents) {
  std::unordered_map<std::uint64_t, std::uint64_t> parents;
  std::set<std::uint64_t> wanted;
  for (const pst::FolderFound& folder : contents.folders) parents.emplace(folder.id, folder.parent);
  const auto want = [&](std::uint64_t id) {
    while (id != 0 && wanted.insert(id).second) id = parents.contains(id) ? parents.at(id) : 0;
  };
  for (const pst::FolderFound& folder : contents.folders) {
    if (folder.holds == pst::ItemKind::mail) want(folder.id);
  }
  for (const pst::ItemFound& item : contents.items) {
    if (item.kind == pst::ItemKind::mail || item.kind == pst::ItemKind::damaged) want(item.folder);
  }
  return wanted;
}

}  // namespace

std::vector<std::string> segments_below(const fs::path& account, const fs::path& file) {
  std::vector<std::string> segments;
  for (const auto& part : file.lexically_relative(account)) segments.push_back(part.native());
  return segments;
}

std::string msg_key_of(const MsgFile& file) { return fmt::format("{} {} {}", file.size, file.changed, file.path.filename().native()); }

std::optional<std::uint64_t> parse_item_id(std::string_view key) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id, 16);
  return error == std::errc{} && end == key.data() + key.size() ? std::optional(id) : std::nullopt;
}

std::string clean_name(std::string_view name) {
  std::string clean(name);
  std::ranges::replace_if(clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '_');
  return clean.empty() ? "_" : clean;
}

Result<DataFiles> find_data_files(const fs::path& account) {
  std::error_code failed;
  const fs::file_status status = fs::status(account, failed);
  if (status.type() == fs::file_type::not_found) return file_error(account, "cannot be read", ENOENT);
  if (failed) return file_error(account, "cannot be read", failed.value());
  if (fs::is_directory(status)) return find_in_folder(account);
  if (fs::is_regular_file(status)) return DataFiles{.is_folder = false, .stores = {account}, .messages = {}, .others = 0};
  return fail(codes::data_file_unreadable,
              fmt::format("{} is neither a file nor a folder; give the path of a .pst or .ost file, or of a folder with them",
                          printable(account.native())));
}

std::vector<PlacedFolder> place_folders(const PstContents& contents, const std::vector<std::string>& above) {
  const auto wanted = folders_to_move(contents);
  std::unordered_map<std::uint64_t, FolderPath> paths;
  std::set<FolderPath> taken;
  std::vector<PlacedFolder> placed;
  for (const pst::FolderFound& folder : contents.folders) {
    if (!wanted.contains(folder.id)) continue;
    const auto parent = paths.find(folder.parent);
    FolderPath path = parent == paths.end() ? FolderPath{above} : parent->second;
    Role role = above.empty() ? role_of(folder.role) : Role::none;
    const bool is_taken_inbox = taken.contains(FolderPath{{"INBOX"}});
    if (role == Role::inbox && is_taken_inbox) role = Role::none;
    const std::string name = role == Role::inbox ? "INBOX" : clean_name(folder.name);
    path.segments.push_back(name);
    for (int number = 2; !taken.insert(path).second; ++number) path.segments.back() = fmt::format("{} ({})", name, number);
    paths.emplace(folder.id, path);
    placed.push_back({folder.id, std::move(path), role});
  }
  return placed;
}

}  // namespace godwit::adapters
