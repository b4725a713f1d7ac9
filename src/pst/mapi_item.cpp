// SPDX-License-Identifier: Apache-2.0
#include "pst/mapi_item.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "pst/code_page.h"
#include "pst/documents.h"

namespace godwit::pst {
namespace {

constexpr std::size_t most_parts = 10'000;
constexpr std::uint32_t us_ascii = 20127, windows_1252 = 1252;

struct ClassKind {
  std::string_view prefix;
  ItemKind kind;
};
constexpr std::array classes{
    ClassKind{"IPM.Appointment", ItemKind::appointment}, ClassKind{"IPM.OLE.CLASS.", ItemKind::appointment},
    ClassKind{"IPM.Contact", ItemKind::contact},         ClassKind{"IPM.DistList", ItemKind::contact},
    ClassKind{"IPM.TaskRequest", ItemKind::mail},        ClassKind{"IPM.Task", ItemKind::task},
    ClassKind{"IPM.StickyNote", ItemKind::note},         ClassKind{"IPM.Activity", ItemKind::journal},
    ClassKind{"IPM.Note", ItemKind::mail},               ClassKind{"IPM.Post", ItemKind::mail},
    ClassKind{"IPM.Schedule", ItemKind::mail},           ClassKind{"IPM.Sharing", ItemKind::mail},
    ClassKind{"IPM.Outlook.Recall", ItemKind::mail},     ClassKind{"IPM.Recall", ItemKind::mail},
    ClassKind{"IPM.Document", ItemKind::mail},           ClassKind{"IPM.Resend", ItemKind::mail},
    ClassKind{"REPORT", ItemKind::mail}};

// Names as Outlook shows them: "Smith, Alice; bob@example.com".
std::vector<Address> displayed(const std::string& names) {
  std::vector<Address> addresses;
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t end = std::min(names.find(';', at), names.size());
    std::string_view name = std::string_view(names).substr(at, end - at);
    while (!name.empty() && (name.front() == ' ' || name.front() == '\'')) name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\'')) name.remove_suffix(1);
    const bool is_address = name.find('@') != std::string_view::npos && name.find(' ') == std::string_view::npos;
    if (!name.empty()) addresses.push_back(is_address ? Address{{}, std::string(name)} : Address{std::string(name), {}});
    at = end + 1;
  }
  return addresses;
}

void add_people(const MapiItem& item, MailParts& parts) {
  const Properties& properties = item.properties;
  parts.from = address_of(properties, 0x0042, 0x5D02, 0x0064, 0x0065);
  parts.sender = address_of(properties, 0x0C1A, 0x5D01, 0x0C1E, 0x0C1F);
  for (const Properties& recipient : item.recipients) {
    const RecipientType type = recipient_type_of(recipient);
    auto& list = type == RecipientType::cc ? parts.cc : type == RecipientType::bcc ? parts.bcc : parts.to;
    if (type != RecipientType::originator && list.size() < most_parts) list.push_back(recipient_of(recipient));
  }
  if (!parts.to.empty() || !parts.cc.empty() || !parts.bcc.empty()) return;
  parts.to = displayed(properties.text(0x0E04));
  parts.cc = displayed(properties.text(0x0E03));
  parts.bcc = displayed(properties.text(0x0E02));
}

void add_bodies(Properties& properties, MailParts& parts) {
  if (auto text = properties.text(0x1000); !text.empty()) parts.text = Body{std::move(text), "utf-8"};
  if (!parts.text) {
    if (auto report = properties.text(0x1001); !report.empty()) parts.text = Body{std::move(report), "utf-8"};  // PidTagReportText
  }
  const std::uint32_t code_page = properties.html_code_page();
  if (auto html = properties.text(0x1013); !html.empty()) {
    parts.html = Body{std::move(html), "utf-8"};
  } else if (auto bytes = properties.take_bytes(0x1013); !bytes.empty()) {
    const bool is_wrong = code_page == us_ascii && std::ranges::any_of(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    parts.html = Body{std::move(bytes), charset_of(is_wrong ? windows_1252 : code_page)};
  }
  parts.rtf = properties.take_bytes(0x1009);
}

// "<image001@example.com>" is image001@example.com.
std::string content_id_of(const Properties& attachment) {
  std::string id = attachment.text(0x3712);
  if (id.size() > 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
  return id;
}

// An item inside a mail that is no mail, as a file of its own; nothing: it cannot be written as one.
bool add_document(const MapiItem& item, std::string_view store, std::uint64_t id, std::size_t index, Attachment& part) {
  const ItemKind kind = kind_of_class(item.properties.text(0x001A));
  if (kind == ItemKind::mail) return false;
  auto document = document_of(item, fmt::format("{} {:x} {}", store, id, index), 0);
  if (!document) return false;
  part.bytes = *std::move(document);
  part.type = media_type_of(kind);
  part.name = subject_of(item.properties).substr(0, longest_name) + (kind == ItemKind::contact ? ".vcf" : ".ics");
  return true;
}

Attachment part_of(MapiAttachment& attachment, std::string_view store, std::uint64_t id, std::size_t index) {
  Attachment part{file_name_of(attachment.properties), attachment.properties.text(0x370E), content_id_of(attachment.properties), {}, {}};
  if (attachment.item && !add_document(*attachment.item, store, id, index, part)) {
    part.message = std::make_shared<const MailParts>(mail_parts_of(*attachment.item, store, id));
  } else if (!attachment.item) {
    part.bytes = attachment.properties.take_bytes(0x3701);
  }
  return part;
}

}  // namespace

ItemKind kind_of_class(std::string_view message_class) {
  if (message_class.empty() || equals_ignoring_case(message_class, "IPM")) return ItemKind::mail;
  const auto* const found =
      std::ranges::find_if(classes, [&](const ClassKind& known) { return starts_with_ignoring_case(message_class, known.prefix); });
  return found == classes.end() ? ItemKind::other : found->kind;
}

std::string subject_of(const Properties& properties) {
  std::string subject = properties.text(0x0037);
  if (subject.size() >= 2 && subject.front() == '\x01') subject.erase(0, 2);
  return subject;
}

Address address_of(const Properties& properties, std::uint16_t name, std::uint16_t smtp, std::uint16_t kind, std::uint16_t address) {
  Address found{properties.text(name), properties.text(smtp)};
  if (found.address.empty() && equals_ignoring_case(properties.text(kind), "SMTP")) found.address = properties.text(address);
  return found;
}

Address recipient_of(const Properties& recipient) { return address_of(recipient, 0x3001, 0x39FE, 0x3002, 0x3003); }

RecipientType recipient_type_of(const Properties& recipient) {
  return static_cast<RecipientType>(std::min<std::uint64_t>(recipient.number(0x0C15).value_or(1) & 0xFU, 3));
}

std::string file_name_of(const Properties& attachment) {
  std::string name = attachment.text(0x3707);
  if (name.empty()) name = attachment.text(0x3704);
  name.resize(std::min(name.size(), longest_name));
  return name;
}

MailParts mail_parts_of(MapiItem& item, std::string_view store, std::uint64_t id) {
  MailParts parts;
  Properties& properties = item.properties;
  parts.message_class = properties.text(0x001A);
  parts.header = properties.text(0x007D);
  parts.subject = subject_of(properties);
  parts.message_id = properties.text(0x1035);
  parts.in_reply_to = properties.text(0x1042);
  parts.references = properties.text(0x1039);
  parts.sent = properties.seconds(0x0039);
  if (!parts.sent) parts.sent = properties.seconds(0x0E06);
  parts.importance = static_cast<std::int32_t>(properties.number(0x0017).value_or(1) & 3U);
  add_people(item, parts);
  auto invitation = invitation_of(item, store, id);
  add_bodies(properties, parts);
  for (MapiAttachment& each : item.attachments) {
    if (parts.attachments.size() < most_parts) parts.attachments.push_back(part_of(each, store, id, parts.attachments.size()));
  }
  if (invitation) parts.attachments.push_back({"invite.ics", "text/calendar", {}, *std::move(invitation), nullptr});
  return parts;
}

}  // namespace godwit::pst
