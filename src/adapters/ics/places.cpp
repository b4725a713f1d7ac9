// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/places.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <span>

#include "base/file_error.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using namespace std::string_view_literals;

constexpr int deepest = 16;                            // folders in folders
constexpr std::size_t looked_at = 16;                  // files of a folder
constexpr std::uint64_t beginning = 256 * 1024;        // bytes of each of them
constexpr std::array calendar_suffixes{".ics"sv, ".ical"sv, ".icalendar"sv};
constexpr std::array card_suffixes{".vcf"sv, ".vcard"sv};

bool has_suffix(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && equals_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
}

struct Glimpse {
  std::size_t items = 0;
  std::string name;  // of the calendar
};

// What the beginning of a file tells.
Glimpse look_into(const files::Directory& folder, const std::string& name, CollectionKind kind) {
  const auto file = folder.open_file(name);
  if (!file) return {};
  const groupware::ReadAt all = reader_of(file->get(), folder.path() / name);
  const auto index = groupware::index_items(kind, [&](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    if (offset >= beginning) return 0;
    return all(offset, room.first(std::min<std::uint64_t>(room.size(), beginning - offset)));
  });
  if (!index) return {};
  const auto items = std::ranges::count_if(index->items, [](const auto& item) { return item.fault.empty(); });
  return {static_cast<std::size_t>(items), index->display_name};
}

// Whether each file is a collection: one has several items, or each has a calendar's name of its own. Some servers give each item the same.
bool are_collections(const files::Directory& folder, std::span<const std::string> names, CollectionKind kind) {
  std::set<std::string> calendars;
  for (const std::string& name : names.first(std::min(names.size(), looked_at))) {
    Glimpse glimpse = look_into(folder, name, kind);
    if (glimpse.items > 1) return true;
    if (!glimpse.name.empty()) calendars.insert(std::move(glimpse.name));
  }
  return !calendars.empty() && calendars.size() == std::min(names.size(), looked_at);
}

bool is_marked(const files::Directory& folder) {
  return std::ranges::any_of(std::array{"displayname"sv, "color"sv},
                             [&](std::string_view name) { return folder.status(std::string(name)).has_value(); });
}

std::optional<CollectionKind> marked_kind(const files::Directory& folder) {
  const auto text = folder.read_file(std::string(kind_file), 64);
  if (!text) return std::nullopt;
  for (const CollectionKind kind : {CollectionKind::calendar, CollectionKind::address_book}) {
    if (*text == std::string(name_of(kind)) + '\n') return kind;
  }
  return std::nullopt;
}

class Finder {
 public:
  Result<> look(const files::Directory& folder, const std::string& path, int depth) {
    GODWIT_TRY(auto entries, folder.entries());
    std::ranges::sort(entries);
    const auto marked = marked_kind(folder);
    for (const CollectionKind kind : {CollectionKind::calendar, CollectionKind::address_book}) {
      add_files(folder, path, entries, kind, marked);
    }
    if (depth == deepest) return {};
    for (const files::Entry& entry : entries) {
      if (entry.kind != files::EntryKind::folder || entry.name.starts_with('.')) continue;
      const auto inner = folder.folder(entry.name);
      if (inner) GODWIT_CHECK(look(*inner, path.empty() ? entry.name : path + '/' + entry.name, depth + 1));
    }
    return {};
  }

  std::vector<ItemPlace> places;

 private:
  void add_files(const files::Directory& folder, const std::string& path, const std::vector<files::Entry>& entries, CollectionKind kind,
                 std::optional<CollectionKind> marked) {
    std::vector<std::string> names;
    for (const files::Entry& entry : entries) {
      if (entry.kind == files::EntryKind::file && kind_of_file(entry.name) == kind) names.push_back(entry.name);
    }
    if (names.empty() && marked != kind) return;
    if (marked || is_marked(folder) || !are_collections(folder, names, kind)) {
      places.push_back({path, {}, kind});
      return;
    }
    for (std::string& name : names) places.push_back({path, std::move(name), kind});
  }
};

}  // namespace

std::string name_of(const ItemPlace& place) {
  const std::string last = place.file.empty() ? "*" + std::string(suffix_of(place.kind)) : place.file;
  return place.folder.empty() ? last : place.folder + '/' + last;
}

std::optional<ItemPlace> parse_place(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const auto kind = kind_of_file(last);
  if (!kind) return std::nullopt;
  const bool is_all = last == "*" + std::string(suffix_of(*kind));
  return ItemPlace{slash == std::string_view::npos ? std::string() : std::string(name.substr(0, slash)),
                   is_all ? std::string() : std::string(last), *kind};
}

std::optional<CollectionKind> kind_of_file(std::string_view name) {
  if (name.starts_with('.')) return std::nullopt;
  const auto fits = [&](std::string_view suffix) { return has_suffix(name, suffix); };
  if (std::ranges::any_of(calendar_suffixes, fits)) return CollectionKind::calendar;
  if (std::ranges::any_of(card_suffixes, fits)) return CollectionKind::address_book;
  return std::nullopt;
}

std::string_view suffix_of(CollectionKind kind) {
  return kind == CollectionKind::calendar ? calendar_suffixes.front() : card_suffixes.front();
}

Result<std::vector<ItemPlace>> find_places(const files::Directory& root) {
  Finder finder;
  GODWIT_CHECK(finder.look(root, {}, 0));
  return std::move(finder.places);
}

Result<files::Directory> folder_of(const files::Directory& root, const ItemPlace& place) {
  return place.folder.empty() ? files::Directory::open(root.path()) : root.folder_at(place.folder);
}

groupware::ReadAt reader_of(int descriptor, const std::filesystem::path& file) {
  return [descriptor, file](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    while (true) {
      const ssize_t got = ::pread(descriptor, room.data(), room.size(), static_cast<off_t>(offset));
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return file_error(file, "the file cannot be read", errno);
    }
  };
}

}  // namespace godwit::adapters
