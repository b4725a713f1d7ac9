// SPDX-License-Identifier: Apache-2.0
#include "pst/listing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/digest_number.h"
#include "base/message_flags.h"
#include "pst/mapi_item.h"

namespace godwit::pst {
namespace {

constexpr std::size_t longest_keyword = 255;
constexpr Name categories{.set = NameSet::public_strings, .text = "Keywords"};

// PidTagMessageFlags, PidTagLastVerbExecuted ([MS-OXOMSG] 2.2.1.5), PidTagFlagStatus ([MS-OXOFLAG] 2.2.1.1).
std::uint8_t flags_of(const Properties& properties) {
  const std::uint64_t state = properties.number(0x0E07).value_or(0), verb = properties.number(0x1081).value_or(0);
  std::uint8_t flags = 0;
  if ((state & 1U) != 0) flags |= MessageFlags::seen;
  if ((state & 8U) != 0) flags |= MessageFlags::draft;
  if (verb == 102 || verb == 103) flags |= MessageFlags::answered;
  if (properties.number(0x1090) == 2) flags |= MessageFlags::flagged;
  return flags;
}

// Categories of Outlook; as an IMAP keyword is an atom, what is none becomes an underscore.
std::vector<std::string> keywords_of(const Properties& properties) {
  std::vector<std::string> keywords;
  for (std::string keyword : properties.texts(categories)) {
    std::ranges::replace_if(
        keyword, [](char c) { return c <= ' ' || c >= 0x7F || std::string_view("(){%*\"\\]").find(c) != std::string_view::npos; }, '_');
    if (!keyword.empty()) keywords.push_back(keyword.substr(0, longest_keyword));
  }
  if (properties.number(0x1081) == 104) keywords.emplace_back("$Forwarded");
  return keywords;
}

// PidTagLastModificationTime; PidTagChangeKey, PidTagPredecessorChangeList: what an OST file has instead.
std::uint64_t change_of(const Properties& properties) {
  if (const auto when = properties.ticks(0x3008)) return *when;
  for (const std::uint16_t key : std::initializer_list<std::uint16_t>{0x65E2, 0x65E3}) {
    if (const auto bytes = properties.bytes(key)) return number_of(sha256(*bytes));
  }
  return 0;
}

}  // namespace

ItemFound listed_item(const Properties& properties, std::uint64_t id, std::uint64_t folder) {
  ItemFound found{id, folder, kind_of_class(properties.text(0x001A)), flags_of(properties), arrival_of(properties), keywords_of(properties),
                  {},  {}};
  found.subject = found.kind == ItemKind::contact ? properties.text(0x3001) : subject_of(properties);
  found.size = properties.number(0x0E08).value_or(0);
  found.changed = change_of(properties);
  return found;
}

ItemFound damaged_item(std::uint64_t id, std::uint64_t folder, std::string reason) {
  return {id, folder, ItemKind::damaged, 0, 0, {}, {}, std::move(reason)};
}

ItemKind kind_of_container(std::string_view container) {
  constexpr std::array<std::pair<std::string_view, ItemKind>, 7> kinds{{{"IPF.Note", ItemKind::mail},
                                                                        {"IPF.Imap", ItemKind::mail},  // of an IMAP account
                                                                        {"IPF.Appointment", ItemKind::appointment},
                                                                        {"IPF.Contact", ItemKind::contact},
                                                                        {"IPF.Task", ItemKind::task},
                                                                        {"IPF.StickyNote", ItemKind::note},
                                                                        {"IPF.Journal", ItemKind::journal}}};
  if (container.empty()) return ItemKind::mail;
  const auto* const found = std::ranges::find_if(kinds, [&](const auto& kind) { return container.starts_with(kind.first); });
  return found == kinds.end() ? ItemKind::other : found->second;
}

std::int64_t arrival_of(const Properties& properties) {
  for (const std::uint16_t time : std::initializer_list<std::uint16_t>{0x0E06, 0x0039, 0x3007}) {
    if (const auto seconds = properties.seconds(time)) return *seconds;
  }
  return 0;
}

}  // namespace godwit::pst
