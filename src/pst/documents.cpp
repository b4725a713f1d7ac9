// SPDX-License-Identifier: Apache-2.0
#include "pst/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "base/text.h"
#include "pst/code_page.h"
#include "pst/item_document.h"
#include "pst/little_endian.h"
#include "pst/rtf.h"

namespace godwit::pst {
namespace {

constexpr std::size_t largest_attachment = 1 << 20;
constexpr Name categories{.set = NameSet::public_strings, .text = "Keywords"};
constexpr Name is_private{NameSet::common, 0x8506};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities{
    {{"&nbsp;", " "}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}};

// Takes "&amp;" or "&#43;" from the beginning; nothing: it is none, and stays as it is.
std::optional<std::string> take_entity(std::string_view& html) {
  constexpr std::size_t longest = 12;
  if (html.front() != '&') return std::nullopt;
  const auto* const known = std::ranges::find_if(entities, [&](const auto& entity) { return html.starts_with(entity.first); });
  if (known != entities.end()) {
    html.remove_prefix(known->first.size());
    return std::string(known->second);
  }
  const std::size_t end = html.substr(0, longest).find(';');
  const auto number = end != std::string_view::npos && html[1] == '#' ? parse_number<std::uint32_t>(html.substr(2, end - 2)) : std::nullopt;
  if (!number) return std::nullopt;
  html.remove_prefix(end + 1);
  const std::array<char, 4> bytes{static_cast<char>(*number & 0xFFU), static_cast<char>(*number >> 8U & 0xFFU),
                                  static_cast<char>(*number >> 16U & 0xFFU), static_cast<char>(*number >> 24U)};
  return to_utf8(std::string_view(bytes.data(), bytes.size()), "utf-32le");
}

bool ends_line(std::string_view tag) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"br", "p", "/p", "div", "/div", "li", "tr", "/tr", "h1", "h2", "h3"},
                             [&](std::string_view name) {
                               return starts_with_ignoring_case(tag, name) &&
                                      (tag.size() == name.size() || tag[name.size()] == ' ' || tag[name.size()] == '/');
                             });
}

// What people see of it, about: for items whose text is kept in no other form.
std::string text_of_html(std::string_view html) {
  std::string text;
  while (!html.empty()) {
    if (html.front() == '<') {
      const std::string_view tag = html.substr(1, html.find('>') - 1);
      if (ends_line(tag) && !text.empty() && text.back() != '\n') text += '\n';
      html.remove_prefix(std::min(tag.size() + 2, html.size()));
      for (const std::string_view hidden : {"style", "head", "script"}) {
        if (starts_with_ignoring_case(tag, hidden)) html.remove_prefix(std::min(html.find(fmt::format("</{}", hidden)), html.size()));
      }
    } else if (const auto entity = take_entity(html)) {
      text += *entity;
    } else {
      const char c = html.front();
      const bool is_blank = c == '\r' || c == '\n' || c == '\t' || c == ' ';
      if (!is_blank || (!text.empty() && text.back() != ' ' && text.back() != '\n')) text += is_blank ? ' ' : c;
      html.remove_prefix(1);
    }
  }
  return text;
}

std::string_view class_of(const Properties& properties) {
  const std::uint64_t sensitivity = properties.number(0x0036).value_or(0);
  if (sensitivity == 3) return "CONFIDENTIAL";
  return sensitivity == 1 || sensitivity == 2 || properties.is_true(is_private) ? "PRIVATE" : "";
}

}  // namespace

std::string plain_body_of(const Properties& properties) {
  if (auto text = properties.text(0x1000); !text.empty()) return text;
  if (const auto rtf = properties.bytes(0x1009)) {
    if (auto text = text_of_rtf(*rtf)) return *std::move(text);
  }
  if (const auto html = properties.bytes(0x1013)) return text_of_html(to_utf8(*html, charset_of(properties.html_code_page())));
  return text_of_html(properties.text(0x1013));
}

void add_common(const Properties& properties, ContentLines& lines) {
  const auto made = properties.seconds(0x3007), changed = properties.seconds(0x3008);
  lines.add("DTSTAMP", date_time_text(changed.value_or(made.value_or(0))) + "Z");
  if (made) lines.add("CREATED", date_time_text(*made) + "Z");
  if (changed) lines.add("LAST-MODIFIED", date_time_text(*changed) + "Z");
  if (const std::string_view name = class_of(properties); !name.empty()) lines.add("CLASS", name);
  if (const std::uint64_t importance = properties.number(0x0017).value_or(1); importance != 1)
    lines.add("PRIORITY", importance == 2 ? "1" : "9");
  std::string all;
  for (const std::string& category : properties.texts(categories)) all += (all.empty() ? "" : ",") + escaped(category);
  if (!all.empty()) lines.add("CATEGORIES", all);
}

bool is_exception(const MapiAttachment& attachment) {
  constexpr std::uint64_t exception = 2;  // PidTagAttachmentFlags
  return (attachment.properties.number(0x7FFD).value_or(0) & exception) != 0;
}

void add_attachments(const MapiItem& item, ContentLines& lines) {
  for (const MapiAttachment& attachment : item.attachments) {
    if (is_exception(attachment)) continue;
    const std::string name = file_name_of(attachment.properties);
    const std::string_view bytes = attachment.properties.bytes(0x3701).value_or("");
    if (attachment.item || bytes.empty() || bytes.size() > largest_attachment) {
      lines.add_text("COMMENT", fmt::format("The attachment \"{}\" stayed in Outlook's file ({}).", name,
                                            attachment.item ? "an item" : format_bytes(bytes.size())));
      continue;
    }
    std::string type = clean_line(attachment.properties.text(0x370E));
    if (type.empty() || type.find_first_of(";:, \"") != std::string::npos) type = "application/octet-stream";
    lines.add(fmt::format("ATTACH;FMTTYPE={}{}{};ENCODING=BASE64;VALUE=BINARY", type, parameter_of("FILENAME", name),
                          parameter_of("X-FILENAME", name)),
              to_base64(bytes));
  }
}

void add_alarm(std::string_view trigger_name, std::string_view trigger, ContentLines& lines) {
  lines.add("BEGIN", "VALARM");
  lines.add("ACTION", "DISPLAY");
  lines.add("DESCRIPTION", "Reminder");
  lines.add(trigger_name, trigger);
  lines.add("END", "VALARM");
}

std::string calendar_of(std::string_view components, std::string_view method) {
  return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//godwit//Outlook data files//EN\r\n{}{}{}{}END:VCALENDAR\r\n",
                     method.empty() ? "" : "METHOD:", method, method.empty() ? "" : "\r\n", components);
}

// [MS-OXOCAL] 2.2.1.27: 16 bytes that are always the same, the date of one occurrence, its making, a size, and what is in it.
std::string meeting_uid_of(const Properties& properties) {
  constexpr Name global_id{NameSet::meeting, 0x3}, clean_id{NameSet::meeting, 0x23};
  constexpr Name is_recurring{NameSet::appointment, 0x8223};
  constexpr std::size_t date_at = 16, content_at = 40;
  constexpr std::string_view other_uid("vCal-Uid\x01\0\0\0", 12);
  auto bytes = properties.bytes(global_id);
  if (!bytes) bytes = properties.bytes(clean_id);
  if (!bytes || bytes->size() <= content_at) return {};
  std::string id(*bytes);
  if (properties.is_true(is_recurring)) id.replace(date_at, 4, 4, '\0');
  const std::string_view content = std::string_view(id).substr(content_at);
  if (!content.starts_with(other_uid)) return to_upper(to_hex(id));
  std::string uid = clean_line(content.substr(other_uid.size(), content.find('\0', other_uid.size()) - other_uid.size()));
  // One occurrence alone, as those have it who were invited to nothing else.
  if (id.substr(date_at, 4) != std::string_view("\0\0\0\0", 4)) uid += "-" + to_hex(id.substr(date_at, 4));
  return uid;
}

std::string made_uid(std::string_view store, std::uint64_t id) {
  const Digest digest = sha256(fmt::format("{} {:x}", to_hex(store), id));
  const std::string hex = to_hex(digest.view());
  return fmt::format("{}-{}-8{}-a{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3), hex.substr(17, 3), hex.substr(20, 12));
}

std::string_view media_type_of(ItemKind kind) { return kind == ItemKind::contact ? "text/vcard" : "text/calendar"; }

Result<std::string> document_of(const MapiItem& item, std::string_view store, std::uint64_t id) {
  const std::string message_class = item.properties.text(0x001A);
  const ItemOrigin origin{store, id};
  switch (const ItemKind kind = kind_of_class(message_class)) {
    case ItemKind::appointment:
      return event_document(item, origin);
    case ItemKind::task:
      return task_document(item, origin);
    case ItemKind::note:
    case ItemKind::journal:
      return journal_document(item, origin, kind);
    case ItemKind::contact:
      return starts_with_ignoring_case(message_class, "IPM.DistList") ? list_document(item, origin) : contact_document(item, origin);
    default:
      return fail(ErrorKind::refused,
                  fmt::format("it is of the class {}, which no calendar and no address book holds", printable(message_class)));
  }
}

std::optional<std::string> invitation_of(const MapiItem& item, std::string_view store, std::uint64_t id) {
  const std::string message_class = item.properties.text(0x001A);
  const std::string_view method = starts_with_ignoring_case(message_class, "IPM.Schedule.Meeting.Request")    ? "REQUEST"
                                  : starts_with_ignoring_case(message_class, "IPM.Schedule.Meeting.Canceled") ? "CANCEL"
                                                                                                              : "";
  if (method.empty()) return std::nullopt;
  auto document = event_document(item, {store, id}, method);
  return document && document->find("\r\nORGANIZER") != std::string::npos ? std::optional(*std::move(document)) : std::nullopt;
}

}  // namespace godwit::pst
