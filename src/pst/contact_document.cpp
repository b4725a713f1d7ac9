// SPDX-License-Identifier: Apache-2.0
// Contacts and distribution lists ([MS-OXOCNTC]) as vCard 3.0.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "pst/code_page.h"
#include "pst/documents.h"
#include "pst/item_document.h"
#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr Name categories{.set = NameSet::public_strings, .text = "Keywords"};
constexpr Name file_under{NameSet::address, 0x8005}, instant_messaging{NameSet::address, 0x8062}, web_page{NameSet::address, 0x802B};
constexpr Name free_busy{NameSet::address, 0x80D8};
constexpr Name list_members{NameSet::address, 0x8055}, list_one_offs{NameSet::address, 0x8054}, list_stream{NameSet::address, 0x8064};
constexpr std::size_t largest_photo = 1 << 20;

struct Phone {
  std::uint16_t property;
  std::string_view types;
};
constexpr std::array phones{
    Phone{0x3A08, "WORK,VOICE"}, Phone{0x3A1B, "WORK,VOICE"}, Phone{0x3A57, "WORK"},       Phone{0x3A09, "HOME,VOICE"},
    Phone{0x3A2F, "HOME,VOICE"}, Phone{0x3A1C, "CELL"},       Phone{0x3A1E, "CAR"},        Phone{0x3A21, "PAGER"},
    Phone{0x3A24, "WORK,FAX"},   Phone{0x3A25, "HOME,FAX"},   Phone{0x3A23, "FAX"},        Phone{0x3A1A, "PREF,VOICE"},
    Phone{0x3A1F, "VOICE"},      Phone{0x3A02, "VOICE"},      Phone{0x3A2D, "ISDN"},       Phone{0x3A1D, "VOICE"},
    Phone{0x3A2C, "MSG"},        Phone{0x3A4B, "MSG"}};

struct Line {
  std::uint16_t property;
  std::string_view name;
};
constexpr std::array lines_of_text{Line{0x3A4F, "NICKNAME"},     Line{0x3A17, "TITLE"},         Line{0x3A46, "ROLE"},
                                   Line{0x3A19, "X-MS-OFFICE"},  Line{0x3A4E, "X-MS-MANAGER"},  Line{0x3A30, "X-MS-ASSISTANT"},
                                   Line{0x3A48, "X-MS-SPOUSE"},  Line{0x3A2E, "X-MS-TEL-ASSISTANT"}, Line{0x3A43, "X-MS-HOBBIES"},
                                   Line{0x3A4A, "X-MS-CUSTOMER-ID"}, Line{0x3A07, "X-MS-GOVERNMENT-ID"}, Line{0x3A00, "X-MS-ACCOUNT"}};

struct PostalAddress {
  std::string_view type;
  std::array<Name, 6> named;                // street, city, state, code, country, box; where they have names
  std::array<std::uint16_t, 6> properties;  // the same by number
};
constexpr std::array postal_addresses{
    PostalAddress{"WORK",
                  {Name{NameSet::address, 0x8045}, Name{NameSet::address, 0x8046}, Name{NameSet::address, 0x8047},
                   Name{NameSet::address, 0x8048}, Name{NameSet::address, 0x8049}, Name{NameSet::address, 0x804A}},
                  {0x3A29, 0x3A27, 0x3A28, 0x3A2A, 0x3A26, 0x3A2B}},
    PostalAddress{"HOME", {}, {0x3A5D, 0x3A59, 0x3A5C, 0x3A5B, 0x3A5A, 0x3A5E}},
    PostalAddress{"POSTAL", {}, {0x3A63, 0x3A5F, 0x3A62, 0x3A61, 0x3A60, 0x3A64}}};

std::string text_of(const Properties& properties, std::uint16_t property) { return clean_line(properties.text(property)); }

bool is_empty(std::string_view structured) { return structured.find_first_not_of(';') == std::string_view::npos; }

std::string structured_name(const Properties& properties) {
  std::string name;
  for (const std::uint16_t part : std::initializer_list<std::uint16_t>{0x3A11, 0x3A06, 0x3A44, 0x3A45, 0x3A05})
    name += (part == 0x3A11 ? "" : ";") + escaped(properties.text(part));
  return name;
}

// The first that there is: a vCard without a name is none.
std::string formatted_name(const Properties& properties, const std::vector<std::string>& mail_addresses) {
  for (const std::string& name : {properties.text(0x3001), properties.text(file_under), subject_of(properties), properties.text(0x3A16)}) {
    if (!escaped(name).empty()) return name;
  }
  return mail_addresses.empty() ? "?" : mail_addresses.front();
}

// Three of them, each with its kind, its own form, and the form that people see.
std::vector<std::string> mail_addresses_of(const Properties& properties) {
  std::vector<std::string> addresses;
  for (const std::uint32_t base : {0x8080U, 0x8090U, 0x80A0U}) {
    for (const std::uint32_t place : {base + 3, base + 4}) {
      std::string address = clean_line(properties.text(Name{NameSet::address, place}));
      if (address.find('@') == std::string::npos || address.find_first_of(" <>") != std::string::npos) continue;
      addresses.push_back(std::move(address));
      break;
    }
  }
  if (std::string plain = text_of(properties, 0x39FE); addresses.empty() && !plain.empty()) addresses.push_back(std::move(plain));
  return addresses;
}

void add_postal_addresses(const Properties& properties, ContentLines& lines) {
  for (const PostalAddress& address : postal_addresses) {
    std::array<std::string, 6> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (address.named[i].number != 0) parts[i] = escaped(properties.text(address.named[i]));
      if (parts[i].empty()) parts[i] = escaped(properties.text(address.properties[i]));
    }
    const std::string value = fmt::format("{};;{};{};{};{};{}", parts[5], parts[0], parts[1], parts[2], parts[3], parts[4]);
    if (!is_empty(value)) lines.add(fmt::format("ADR;TYPE={}", address.type), value);
  }
}

void add_dates(const Properties& properties, ContentLines& lines) {
  // Midnights in the zone of who wrote them: the day that is nearest.
  constexpr std::int64_t half_a_day = 43'200;
  if (const auto birthday = properties.seconds(0x3A42)) lines.add("BDAY;VALUE=DATE", date_text(*birthday + half_a_day));
  if (const auto wedding = properties.seconds(0x3A41)) lines.add("X-ANNIVERSARY;VALUE=DATE", date_text(*wedding + half_a_day));
}

void add_pages(const Properties& properties, ContentLines& lines) {
  const std::string page = clean_line(properties.text(web_page)), work = text_of(properties, 0x3A51), home = text_of(properties, 0x3A50);
  if (!page.empty()) lines.add("URL", page);
  if (!work.empty() && work != page) lines.add("URL;TYPE=WORK", work);
  if (!home.empty()) lines.add("URL;TYPE=HOME", home);
  if (const std::string url = clean_line(properties.text(free_busy)); !url.empty()) lines.add("FBURL", url);
  if (const std::string address = clean_line(properties.text(instant_messaging)); !address.empty())
    lines.add("IMPP", address.find(':') == std::string::npos ? "x-apple:" + address : address);
}

bool is_photo(const MapiAttachment& attachment) {
  return attachment.properties.is_true(0x7FFF) || equals_ignoring_case(file_name_of(attachment.properties), "ContactPicture.jpg");
}

// Other attachments have no place in a vCard: a note names them.
std::string add_photo(const MapiItem& item, ContentLines& lines) {
  std::string left_out;
  bool has_photo = false;
  for (const MapiAttachment& attachment : item.attachments) {
    const std::string_view bytes = attachment.properties.bytes(0x3701).value_or("");
    if (is_photo(attachment) && !has_photo && !bytes.empty() && bytes.size() <= largest_photo) {
      lines.add(bytes.starts_with("\x89PNG") ? "PHOTO;ENCODING=b;TYPE=PNG" : "PHOTO;ENCODING=b;TYPE=JPEG", to_base64(bytes));
      has_photo = true;
    } else {
      left_out += fmt::format("\nThe attachment \"{}\" stayed in Outlook's file.", file_name_of(attachment.properties));
    }
  }
  return left_out;
}

void begin(const Properties& properties, ItemOrigin origin, const std::string& name, ContentLines& lines) {
  lines.add("BEGIN", "VCARD");
  lines.add("VERSION", "3.0");
  lines.add("PRODID", "-//godwit//Outlook data files//EN");
  lines.add("UID", made_uid(origin.store, origin.id));
  lines.add_text("FN", name);
  if (const auto changed = properties.seconds(0x3008)) lines.add("REV", date_time_text(*changed) + "Z");
}

void finish(const Properties& properties, const std::string& more, ContentLines& lines) {
  std::string all;
  for (const std::string& category : properties.texts(categories)) all += (all.empty() ? "" : ",") + escaped(category);
  if (!all.empty()) lines.add("CATEGORIES", all);
  if (properties.number(0x0036).value_or(0) >= 2) lines.add("CLASS", properties.number(0x0036) == 3 ? "CONFIDENTIAL" : "PRIVATE");
  lines.add_text("NOTE", plain_body_of(properties) + more);
  lines.add("END", "VCARD");
}

// [MS-OXCDATA] 2.2.5.1: a name, a kind of address and an address.
std::optional<Address> one_off_of(std::string_view bytes) {
  constexpr std::string_view provider("\x81\x2B\x1F\xA4\xBE\xA3\x10\x19\x9D\x6E\x00\xDD\x01\x0F\x54\x02", 16);
  ByteReader reader(bytes);
  reader.bytes(4);
  if (reader.bytes(16) != provider) return std::nullopt;
  reader.bytes(2);
  const bool is_wide = (reader.number<std::uint16_t>() & 0x8000U) != 0;
  const std::string text = to_utf8(reader.rest(), is_wide ? "utf-16le" : "windows-1252");
  std::array<std::string, 3> parts;
  for (std::size_t i = 0, at = 0; i < parts.size() && at <= text.size(); ++i) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    parts[i] = text.substr(at, end - at);
    at = end + 1;
  }
  return Address{parts[0], parts[2]};
}

// [MS-OXOCNTC] 2.2.2.2.4: the id of an item of this store, wrapped.
std::optional<std::uint32_t> contact_of(std::string_view bytes) {
  constexpr std::string_view provider("\xC0\x91\xAD\xD3\x51\x9D\xCF\x11\xA4\xA9\x00\xAA\x00\x47\xFA\xA4", 16);
  constexpr std::size_t wrapper_size = 21, id_at = wrapper_size + 20;
  if (bytes.size() < id_at + 4 || bytes.substr(4, 16) != provider) return std::nullopt;
  const auto kind = static_cast<unsigned char>(bytes[20]) & 0xFU;
  return kind == 3 || kind == 4 ? std::optional(number_at<std::uint32_t>(bytes, id_at)) : std::nullopt;
}

}  // namespace

std::string contact_document(const MapiItem& item, ItemOrigin origin) {
  const Properties& properties = item.properties;
  const auto mail_addresses = mail_addresses_of(properties);
  ContentLines lines;
  begin(properties, origin, formatted_name(properties, mail_addresses), lines);
  lines.add("N", is_empty(structured_name(properties)) ? ";;;;" : structured_name(properties));
  const std::string company = escaped(properties.text(0x3A16)), department = escaped(properties.text(0x3A18));
  if (!company.empty() || !department.empty()) lines.add("ORG", department.empty() ? company : company + ";" + department);
  for (const Line& line : lines_of_text) lines.add_text(line.name, properties.text(line.property));
  for (const std::string& child : properties.texts(0x3A58)) lines.add_text("X-MS-CHILD", child);
  for (std::size_t i = 0; i < mail_addresses.size(); ++i)
    lines.add(i == 0 ? "EMAIL;TYPE=INTERNET,PREF" : "EMAIL;TYPE=INTERNET", mail_addresses[i]);
  for (const Phone& phone : phones) {
    if (const std::string number = text_of(properties, phone.property); !number.empty())
      lines.add(fmt::format("TEL;TYPE={}", phone.types), escaped(number));
  }
  add_postal_addresses(properties, lines);
  add_pages(properties, lines);
  add_dates(properties, lines);
  const std::string left_out = add_photo(item, lines);
  finish(properties, left_out, lines);
  return lines.text();
}

// vCard 3.0 has no groups: they are written as most programs read them, and named in a note for the others.
std::string list_document(const MapiItem& item, ItemOrigin origin) {
  const Properties& properties = item.properties;
  ContentLines lines;
  const std::string name = formatted_name(properties, {});
  begin(properties, origin, name, lines);
  lines.add("N", escaped(name) + ";;;;");
  lines.add("X-ADDRESSBOOKSERVER-KIND", "group");
  const auto members = properties.all_bytes(list_members), one_offs = properties.all_bytes(list_one_offs);
  std::string note;
  for (std::size_t i = 0; i < std::max(members.size(), one_offs.size()); ++i) {
    auto address = i < one_offs.size() ? one_off_of(one_offs[i]) : std::nullopt;
    if (!address && i < members.size()) address = one_off_of(members[i]);
    const auto contact = i < members.size() ? contact_of(members[i]) : std::nullopt;
    if (contact) {
      lines.add("X-ADDRESSBOOKSERVER-MEMBER", "urn:uuid:" + made_uid(origin.store, *contact));
    } else if (address && address->address.find('@') != std::string::npos) {
      lines.add("X-ADDRESSBOOKSERVER-MEMBER", "mailto:" + clean_line(address->address));
    }
    note += fmt::format("\n{} <{}>", address ? address->name : "?", address ? address->address : "");
  }
  if (members.empty() && properties.bytes(list_stream)) note += "\nIts members stayed in Outlook's file.";
  finish(properties, note, lines);
  return lines.text();
}

}  // namespace godwit::pst
