// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "adapters/mbox/from_line.h"
#include "adapters/mbox/mbox_file.h"
#include "base/file_error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "files/descent.h"
#include "imap/utf7.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using files::Directory;
using files::EntryKind;

constexpr std::size_t deepest = 32;
constexpr std::string_view packed_ending = ".gz";
constexpr std::size_t longest_name = 200;  // file systems take 255 bytes; endings come behind it
constexpr std::array<std::string_view, 13> other_files{".msf",  ".dat",  ".lock", ".index", ".cache", ".log", ".html",
                                                       ".xml",  ".json", ".tmp",  ".txt",   ".bak",   ".godwit-new"};

bool ends_with_one_of(std::string_view name, std::span<const std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return to_lower(name).ends_with(ending); });
}

// Nothing: it cannot be read.
std::optional<bool> begins_as_mbox(const Directory& folder, const std::string& name, bool& is_empty) {
  const auto file = MboxFile::open_in(folder, name);
  if (!file) return std::nullopt;
  std::array<char, 1200> buffer{};
  const auto got = (*file)->read_beginning(buffer);
  if (!got) return std::nullopt;
  std::string_view bytes(buffer.data(), *got);
  is_empty = bytes.empty();
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  return parse_from_line(bytes.substr(0, bytes.find_first_of("\r\n"))).has_value();
}

std::string percent(char c) { return "%" + to_upper(to_hex(std::string_view(&c, 1))); }

std::string name_of_segment(const std::string& segment) {
  std::string name;
  for (const char c : segment) {
    const bool is_plain = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '/' && c != '%';
    name += is_plain && !(c == '.' && name.empty()) ? std::string(1, c) : percent(c);
  }
  constexpr std::array<std::string_view, 4> own{".sbd", ".mbox", ".mbx", ".mozmsgs"};
  if (ends_with_one_of(name, other_files) || ends_with_one_of(name, own)) name.replace(name.rfind('.'), 1, "%2E");
  if (name.size() <= longest_name) return name;
  const std::string digest = to_hex(sha256(segment).view().substr(0, 6));
  std::size_t kept = longest_name;
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0U) == 0x80) --kept;  // no half of a character
  return name.substr(0, kept) + '~' + digest;
}

class Search {
 public:
  Search(const fs::path& root, std::optional<bool> has_utf7_names) : root_(root) {
    std::error_code ignored;
    is_ours_ = fs::exists(root / mbox_tree_mark, ignored);
    const bool has_traces = fs::exists(root / ".imap", ignored) || fs::exists(root / ".subscriptions", ignored);
    has_utf7_names_ = has_utf7_names.value_or(!is_ours_ && has_traces);
    read_subscriptions();
  }

  // `place`: of the folder, below the root.
  Result<> look_into(const Directory& folder, const files::Descent& descent, const fs::path& place, const std::vector<std::string>& above) {
    if (above.size() >= deepest || descent.lies_in_itself()) return {};
    GODWIT_TRY(auto entries, folder.entries());
    std::ranges::sort(entries);
    std::set<std::string> names;
    for (const files::Entry& entry : entries) names.insert(entry.name);
    for (const files::Entry& entry : entries) {
      if (entry.name.starts_with('.')) continue;
      if (entry.kind == EntryKind::file) take_file(folder, place / entry.name, names, above);
      if (entry.kind == EntryKind::folder) GODWIT_CHECK(take_directory(folder, descent, place / entry.name, above));
    }
    return {};
  }

  // Containers that hold nothing are no folders.
  std::vector<MboxFolder> take_folders() {
    std::vector<MboxFolder> all;
    for (auto& [segments, folder] : found_) all.push_back(std::move(folder));
    return all;
  }

 private:
  void take_file(const Directory& folder, const fs::path& place, const std::set<std::string>& beside,
                 const std::vector<std::string>& above) {
    const std::string name = place.filename().native();
    if (ends_with_one_of(name, other_files)) return;
    bool is_empty = false;
    const auto is_mbox = begins_as_mbox(folder, name, is_empty);
    const bool must_be = beside.contains(name + ".msf") || beside.contains(name + ".sbd") || name.ends_with(".mbox") ||
                         name.ends_with(".mbx");
    if (is_mbox.value_or(true) || is_empty || must_be) add(place, name, above);
  }

  Result<> take_directory(const Directory& parent, const files::Descent& descent, const fs::path& place,
                          const std::vector<std::string>& above) {
    const std::string name = place.filename().native();
    if (name.ends_with(".mozmsgs")) return {};
    const auto folder = parent.folder(name);
    if (!folder && folder.error().kind == ErrorKind::not_found) return {};  // it has just gone
    if (!folder) return fail(ErrorKind::storage, folder.error().what);
    const auto mbox = name.ends_with(".mbox") ? folder->status("mbox") : std::nullopt;
    if (mbox && S_ISREG(mbox->st_mode)) add(place / "mbox", name, above);
    std::vector<std::string> below = above;
    below.push_back(segment_of(name, above));
    return look_into(*folder, files::Descent(*folder, &descent), place, below);
  }

  [[nodiscard]] std::string segment_of(std::string name, const std::vector<std::string>& above) const {
    if (!is_ours_ && name.ends_with(packed_ending) && name.size() > packed_ending.size()) name.resize(name.size() - packed_ending.size());
    for (const std::string_view ending : {".sbd", ".mbox", ".mbx"}) {
      if (name.ends_with(ending) && name.size() > ending.size()) {
        name.resize(name.size() - ending.size());
        break;
      }
    }
    if (above.empty() && equals_ignoring_case(name, "INBOX")) return "INBOX";
    if (is_ours_) return mbox_segment_of(name);
    return has_utf7_names_ ? imap::decode_utf7(name).value_or(name) : name;
  }

  void add(const fs::path& place, const std::string& name, const std::vector<std::string>& above) {
    if (place.filename() == "mbox" && place.parent_path().native().ends_with(".mbox") && name == "mbox") return;  // taken with its folder
    MboxFolder folder;
    folder.name = place.native();
    folder.file = root_ / place;
    folder.path.segments = above;
    folder.path.segments.push_back(segment_of(name, above));
    folder.subscribed = !subscriptions_ || subscriptions_->contains(folder.name);
    add_containers(above);
    const std::string plain = folder.path.segments.back();
    for (int number = 2; found_.contains(folder.path.segments) && !found_[folder.path.segments].file.empty(); ++number) {
      folder.path.segments.back() = plain + ' ' + std::to_string(number);
    }
    found_[folder.path.segments] = std::move(folder);
  }

  void add_containers(std::vector<std::string> segments) {
    for (; !segments.empty(); segments.pop_back()) {
      MboxFolder container;
      for (const std::string& segment : segments) container.name += (container.name.empty() ? "" : "/") + segment;
      container.name += '/';
      container.path.segments = segments;
      found_.try_emplace(segments, std::move(container));
    }
  }

  // Dovecot: version 2 begins with "V\t2" and has the parts of a name joined by tabs.
  void read_subscriptions() {
    std::ifstream file(root_ / ".subscriptions");
    if (!file) return;
    subscriptions_.emplace();
    for (std::string line; std::getline(file, line);) {
      std::ranges::replace(line, '\t', '/');
      subscriptions_->insert(line);
    }
  }

  const fs::path root_;
  bool is_ours_ = false, has_utf7_names_ = false;
  std::optional<std::set<std::string>> subscriptions_;
  std::map<std::vector<std::string>, MboxFolder> found_;
};

MboxFolder inbox_at(const fs::path& file) { return {"INBOX", {{"INBOX"}}, file, true}; }

}  // namespace

std::string mbox_name_for(const endpoint::FolderPath& path) {
  std::string name;
  for (const std::string& segment : path.segments) name += (name.empty() ? "" : ".sbd/") + name_of_segment(segment);
  return name;
}

std::string mbox_segment_of(std::string_view name) {
  std::string segment;
  while (!name.empty()) {
    const auto byte = name.size() >= 3 && name[0] == '%' ? from_hex(name.substr(1, 2)) : std::nullopt;
    segment += byte && byte->size() == 1 ? byte->front() : name.front();
    name.remove_prefix(byte && byte->size() == 1 ? 3 : 1);
  }
  return segment;
}

Result<std::vector<MboxFolder>> find_mbox_folders(const MboxPlaces& places) {
  std::error_code failed;
  const fs::file_status status = fs::status(places.root, failed);
  if (status.type() == fs::file_type::not_found) {
    return fail(ErrorKind::not_found, printable(places.root.native()) + ": neither a file nor a folder is there; check the path");
  }
  if (failed) return file_error(places.root, "cannot be read", failed.value());
  if (!fs::is_directory(status)) return std::vector{inbox_at(places.root)};
  Search search(places.root, places.has_utf7_names);
  GODWIT_TRY(const Directory root, Directory::open(places.root));
  GODWIT_CHECK(search.look_into(root, files::Descent(root), {}, {}));
  std::vector<MboxFolder> folders = search.take_folders();
  if (places.inbox.empty()) return folders;
  for (MboxFolder& folder : folders) {
    if (folder.path.segments.front() == "INBOX") folder.path.segments.front() = "INBOX of the tree";
  }
  folders.insert(folders.begin(), inbox_at(places.inbox));
  return folders;
}

}  // namespace godwit::adapters
