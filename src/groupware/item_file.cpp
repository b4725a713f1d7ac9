// SPDX-License-Identifier: Apache-2.0
#include "groupware/item_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/error_code.h"
#include "base/text.h"
#include "groupware/component_scanner.h"
#include "groupware/content_lines.h"

namespace godwit::groupware {
namespace {

using namespace std::string_view_literals;

// Made anew with each export: they do not make another item of it.
constexpr std::array passing{"DTSTAMP"sv, "CREATED"sv, "LAST-MODIFIED"sv, "REV"sv, "PRODID"sv};

std::string value_in(const Component& component, std::string_view name) {
  const Property* const found = component.property(name);
  return found == nullptr ? std::string() : found->value;
}

void collect_zones(const Component& component, std::set<std::string>& names) {
  for (const Property& property : component.properties) {
    if (const std::string_view tzid = property.parameter_value("TZID"); !tzid.empty()) names.emplace(tzid);
  }
  for (const Component& inner : component.components) collect_zones(inner, names);
}

std::string derived_uid(const Component& component) {
  Component lasting = component;
  std::erase_if(lasting.properties, [](const Property& each) { return std::ranges::find(passing, each.name) != passing.end(); });
  constexpr std::size_t bytes = 16;
  return "godwit-" + to_hex(sha256(written(lasting)).view().substr(0, bytes));
}

bool is_item(std::string_view name) { return name == "VEVENT" || name == "VTODO" || name == "VJOURNAL" || name == "VCARD"; }

// Which of two with the same UID is the newer one.
struct Revision {
  unsigned sequence = 0;
  std::string stamp;  // DTSTAMP or REV
  friend auto operator<=>(const Revision&, const Revision&) = default;
};

// One component of an item.
struct Part {
  std::string instance;  // RECURRENCE-ID; empty: the item itself
  Revision revision;
  Digest digest;
  std::size_t line = 0;
};

class Indexer {
 public:
  explicit Indexer(CollectionKind kind) { index_.kind = kind; }

  Result<> add(const Scanned& scanned) {
    switch (scanned.kind) {
      case Scanned::Kind::calendar_begins: begin_calendar(); return {};
      case Scanned::Kind::calendar_ends: end_calendar(); return {};
      case Scanned::Kind::calendar_line:
        if (head_lines_.size() < largest_head) head_lines_ += scanned.bytes.substr(0, largest_head);
        return {};
      case Scanned::Kind::component: return add_component(scanned);
      case Scanned::Kind::fault: return add_fault(scanned.line, scanned.fault);
    }
    return {};
  }

  FileIndex finish() && {
    end_calendar();
    for (std::size_t i = 0; i < index_.items.size(); ++i) add_digest_of_zones(index_.items[i]);
    return std::move(index_);
  }

 private:
  static constexpr std::size_t largest_head = std::size_t{64} << 10;

  void begin_calendar() {
    end_calendar();
    index_.calendars.emplace_back();
    is_in_calendar_ = true;
  }

  void end_calendar() {
    if (!is_in_calendar_) return;
    is_in_calendar_ = false;
    std::string product;
    std::string head = "VERSION:2.0\r\n";
    ContentLines lines(head_lines_, Syntax::calendar);
    while (true) {
      const auto line = lines.next();
      if (!line || !*line) break;  // what stands behind a damaged line is of no importance
      const Property& property = **line;
      if (property.name == "PRODID") product = written(property);
      if (property.name == "CALSCALE") head += written(property);
      if (property.name == "VERSION" && property.value == "1.0") refuse_old_items();
      take_property(property);
    }
    index_.calendars.back().head = head + (product.empty() ? "PRODID:-//godwit//EN\r\n" : product);
    head_lines_.clear();
  }

  // vCalendar, another format under nearly the same words.
  void refuse_old_items() {
    for (FileItem& item : index_.items) {
      const bool is_here = !item.pieces.empty() && item.pieces.front().calendar + 1 == index_.calendars.size();
      if (is_here) item.fault = fmt::format("line {}: it is vCalendar 1.0: export it again as iCalendar 2.0", item.line);
    }
  }

  void take_property(const Property& property) {
    const auto keep = [&](std::string& where) {
      if (where.empty()) where = unescaped(property.value);
    };
    if (property.name == "X-WR-CALNAME" || property.name == "NAME") keep(index_.display_name);
    if (property.name == "X-WR-CALDESC" || property.name == "DESCRIPTION") keep(index_.description);
    if (property.name == "X-APPLE-CALENDAR-COLOR" || property.name == "COLOR") keep(index_.color);
  }

  Result<> add_component(const Scanned& scanned) {
    const Syntax syntax = index_.kind == CollectionKind::address_book ? Syntax::card : Syntax::calendar;
    const auto read = read_components(scanned.bytes, syntax, scanned.line);
    if (!read) return add_fault(scanned.line, fmt::format("{}: {}", read.error().where, read.error().what));
    const Component& component = read->front();
    if (scanned.name == "VTIMEZONE") {
      const std::string tzid = value_in(component, "TZID");
      index_.calendars.back().zones.emplace(tzid, scanned.piece);
      index_.calendars.back().zones.emplace(unescaped(tzid), scanned.piece);
      zone_digests_.emplace(scanned.piece.offset, sha256(scanned.bytes));
      return {};
    }
    if (!is_item(scanned.name)) {
      return add_fault(scanned.line, fmt::format("line {}: a {} is no event, task or journal entry, and is not moved", scanned.line,
                                                 printable(scanned.name)));
    }
    return add_item(scanned, component);
  }

  Result<> add_item(const Scanned& scanned, const Component& component) {
    Part part{value_in(component, "RECURRENCE-ID"), revision_of(component), sha256(scanned.bytes), scanned.line};
    std::string uid = value_in(component, "UID");
    std::string added;
    if (uid.empty()) {
      uid = unused(derived_uid(component));
      added = "UID:" + uid + "\r\n";
    }
    added += missing_stamp(component);
    const auto [known, is_new] = by_uid_.try_emplace(uid, Known{index_.items.size(), {}});
    if (is_new) GODWIT_CHECK(add_new(FileItem{std::move(uid), scanned.line}));
    const auto same = std::ranges::find(known->second.parts, part.instance, &Part::instance);
    if (same == known->second.parts.end()) {
      known->second.parts.push_back(std::move(part));
      add_piece(index_.items[known->second.item], scanned.piece, std::move(added), component);
      return {};
    }
    return add_again(known->second, static_cast<std::size_t>(same - known->second.parts.begin()), std::move(part), scanned.piece,
                     component);
  }

  struct Known {
    std::size_t item = 0;
    std::vector<Part> parts;  // as the item's pieces
  };

  // A second one with the same UID: the newer one stays, the other is told of.
  Result<> add_again(Known& known, std::size_t where, Part part, const FilePiece& piece, const Component& component) {
    Part& there = known.parts[where];
    if (there.digest == part.digest) return {};
    const bool is_newer = part.revision > there.revision;
    const Part older = is_newer ? there : part;
    const bool is_told = part.revision != there.revision;
    const std::size_t newer_line = is_newer ? part.line : there.line;
    FileItem& item = index_.items[known.item];
    if (is_newer) {
      item.pieces[where] = in_this_calendar(piece);
      item.added[where] = missing_stamp(component);
      add_zones(item, component);
      there = std::move(part);
    }
    return add_fault(
        older.line,
        fmt::format("line {}: it has the UID {} of the one in line {}, which {}", older.line, printable(item.uid), newer_line,
                    is_told ? "is newer and was taken" : "was taken: nothing says which is newer. Give one of them another UID"));
  }

  void add_piece(FileItem& item, const FilePiece& piece, std::string added, const Component& component) {
    item.pieces.push_back(in_this_calendar(piece));
    item.added.push_back(std::move(added));
    add_zones(item, component);
  }

  [[nodiscard]] FilePiece in_this_calendar(FilePiece piece) const {
    piece.calendar = index_.calendars.empty() ? 0 : index_.calendars.size() - 1;
    return piece;
  }

  static void add_zones(FileItem& item, const Component& component) {
    std::set<std::string> names(item.zones.begin(), item.zones.end());
    collect_zones(component, names);
    item.zones.assign(names.begin(), names.end());
  }

  // The same content several times is that many items.
  std::string unused(const std::string& uid) {
    const unsigned number = ++derived_[uid];
    return number == 1 ? uid : fmt::format("{}-{}", uid, number);
  }

  // RFC 5545 section 3.8.7.2: without METHOD, DTSTAMP is what LAST-MODIFIED is.
  static std::string missing_stamp(const Component& component) {
    const Property* const changed = component.property("LAST-MODIFIED");
    if (component.name == "VCARD" || component.property("DTSTAMP") != nullptr || changed == nullptr) return {};
    return "DTSTAMP:" + changed->value + "\r\n";
  }

  static Revision revision_of(const Component& component) {
    std::string stamp = value_in(component, component.name == "VCARD" ? "REV" : "DTSTAMP");
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return {parse_number<unsigned>(value_in(component, "SEQUENCE")).value_or(0), std::move(stamp)};
  }

  Result<> add_fault(std::size_t line, std::string fault) {
    if (!fault.starts_with("line ")) fault = fmt::format("line {}: {}", line, fault);
    FileItem item{fmt::format("fault-{}", line), line};
    item.fault = std::move(fault);
    return add_new(std::move(item));
  }

  Result<> add_new(FileItem item) {
    if (index_.items.size() == most_items) {
      return fail(ErrorKind::too_big, fmt::format("the file has more than {} items: split it into several", grouped(most_items)));
    }
    index_.items.push_back(std::move(item));
    return {};
  }

  void add_digest_of_zones(FileItem& item) {
    const auto known = by_uid_.find(item.uid);
    Sha256 digest;
    digest.update(item.fault);
    if (known != by_uid_.end()) {
      for (const Part& part : known->second.parts) digest.update(part.digest.view());
    }
    for (const std::string& name : item.zones) {
      if (const FilePiece* const zone = zone_of(index_, item, name)) digest.update(zone_digests_.at(zone->offset).view());
    }
    item.digest = digest.finish();
  }

  FileIndex index_;
  std::map<std::string, Known> by_uid_;
  std::map<std::string, unsigned> derived_;
  std::map<std::uint64_t, Digest> zone_digests_;  // by offset
  std::string head_lines_;
  bool is_in_calendar_ = false;
};

}  // namespace

Result<FileIndex> index_items(CollectionKind kind, const ReadAt& read_at) {
  Indexer indexer(kind);
  GODWIT_CHECK(scan_components(kind, read_at, [&](const Scanned& scanned) { return indexer.add(scanned); }));
  return std::move(indexer).finish();
}

}  // namespace godwit::groupware
