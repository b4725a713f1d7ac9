// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/tree.h"

#include <algorithm>
#include <set>

#include "adapters/maildir/folder_name.h"
#include "adapters/maildir/subscriptions.h"
#include "base/text.h"
#include "files/descent.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::FolderPath;
using files::Directory;
using files::Entry;
using files::EntryKind;

constexpr std::size_t deepest = 32;
// A folder of LAYOUT=fs that has the name of the root.
constexpr std::string_view here = "./";

bool is_own_folder(const std::string& name) { return name == "cur" || name == "new" || name == "tmp" || name.starts_with("courierimap"); }

class Walk {
 public:
  Walk(const Directory& root, MaildirLayout layout) : root_(root), layout_(layout) {}

  Result<std::vector<Folder>> run() {
    if (is_maildir(root_)) add(std::string(inbox_name), {{std::string(inbox_name)}}, true);
    GODWIT_CHECK(look_into(root_, files::Descent(root_), {}, {}));
    std::ranges::sort(found_, {}, &Folder::path);
    return std::move(found_);
  }

 private:
  void add(std::string name, FolderPath path, bool is_readable) {
    Folder folder;
    if (path.segments.size() == 1 && equals_ignoring_case(path.segments.front(), inbox_name)) path.segments.front() = inbox_name;
    folder.role = path.is_inbox() ? endpoint::Role::inbox : endpoint::Role::none;
    folder.name = std::move(name);
    folder.path = std::move(path);
    folder.selectable = is_readable;
    folder.unreadable = !is_readable;
    found_.push_back(std::move(folder));
  }

  Result<> look_into(const Directory& folder, const files::Descent& descent, const std::string& prefix, const FolderPath& path) {
    GODWIT_TRY(const auto entries, folder.entries());
    for (const Entry& entry : entries) {
      if (entry.kind == EntryKind::folder && !is_own_folder(entry.name)) GODWIT_CHECK(look_at(folder, descent, entry.name, prefix, path));
    }
    return {};
  }

  Result<> look_at(const Directory& parent, const files::Descent& descent, const std::string& name, const std::string& prefix,
                   const FolderPath& above) {
    if (name.starts_with('.') && !(prefix.empty() && is_name_of_folder(name))) return {};
    const bool is_plus_plus = name.starts_with('.');
    if (layout_ == (is_plus_plus ? MaildirLayout::fs : MaildirLayout::plus_plus)) return {};
    FolderPath path = is_plus_plus ? path_of_maildir_folder(name) : above;
    if (!is_plus_plus) path.segments.push_back(decode_folder_name(name));
    const std::string place = prefix + name;
    auto opened = parent.folder(name);
    if (!opened && opened.error().kind == ErrorKind::not_found) return {};  // a user removed it meanwhile
    if (!opened && opened.error().kind != ErrorKind::refused) return std::unexpected(std::move(opened).error());
    if (opened && files::Descent(*opened, &descent).lies_in_itself()) return {};
    if (!opened || is_maildir(*opened)) add(place == inbox_name ? std::string(here) + place : place, path, opened.has_value());
    if (!opened || is_plus_plus || path.segments.size() >= deepest) return {};
    return look_into(*opened, files::Descent(*opened, &descent), place + "/", path);
  }

  // ".Work", not "." nor "..trash": servers put what they are removing into such.
  static bool is_name_of_folder(std::string_view name) { return name.size() > 1 && name[1] != '.' && !name.ends_with('.'); }

  const Directory& root_;
  const MaildirLayout layout_;
  std::vector<Folder> found_;
};

Result<std::set<FolderPath>> read_subscriptions(const Directory& root) {
  std::set<FolderPath> paths;
  for (const auto& [file, parse] :
       {std::pair("subscriptions", &parse_subscriptions), std::pair("courierimapsubscribed", &parse_courier_subscriptions)}) {
    const auto text = root.read_file(file);
    if (text) paths.merge(parse(*text));
    else if (text.error().kind != ErrorKind::not_found) return std::unexpected(text.error());
  }
  return paths;
}

}  // namespace

bool is_maildir(const Directory& folder) { return folder.has_folder("cur") || folder.has_folder("new"); }

Result<std::vector<Folder>> maildir_folders(const Directory& root, MaildirLayout layout) {
  GODWIT_TRY(auto folders, Walk(root, layout).run());
  GODWIT_TRY(const auto subscribed, read_subscriptions(root));
  for (Folder& folder : folders) folder.subscribed = subscribed.contains(folder.path);
  return folders;
}

Result<Directory> open_maildir_folder(const Directory& root, const std::string& name) {
  if (name == inbox_name) return Directory::open(root.path());
  return root.folder_at(name.starts_with(here) ? std::string_view(name).substr(here.size()) : std::string_view(name));
}

}  // namespace godwit::adapters
