// SPDX-License-Identifier: Apache-2.0
// An item as MAPI keeps it, whatever file it comes from, and what it is.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pst/answers.h"
#include "pst/mail_parts.h"
#include "pst/properties.h"

namespace godwit::pst {

struct MapiItem;

struct MapiAttachment {
  Properties properties;                 // its content: PidTagAttachDataBinary, 0x3701
  std::shared_ptr<MapiItem> item{};      // an item inside the item
};

struct MapiItem {
  Properties properties;  // PidTagRtfCompressed, 0x1009, is decompressed
  std::vector<Properties> recipients{};
  std::vector<MapiAttachment> attachments{};
};

// Items inside items are read down to here.
inline constexpr int deepest_item = 16;
inline constexpr std::size_t longest_name = 255;

// By PidTagMessageClass ([MS-OXOMSG], [MS-OXOCAL] …).
[[nodiscard]] ItemKind kind_of_class(std::string_view message_class);

// PidTagSubject, without the two characters that a PST file puts before it.
[[nodiscard]] std::string subject_of(const Properties& properties);
// The name as people see it, and the SMTP address; empty where there is only an address of Exchange's own.
[[nodiscard]] Address address_of(const Properties& properties, std::uint16_t name, std::uint16_t smtp, std::uint16_t kind,
                                 std::uint16_t address);
// Of a row of recipients.
[[nodiscard]] Address recipient_of(const Properties& recipient);
enum class RecipientType : std::uint8_t { originator = 0, to = 1, cc = 2, bcc = 3 };
[[nodiscard]] RecipientType recipient_type_of(const Properties& recipient);
[[nodiscard]] std::string file_name_of(const Properties& attachment);

// Takes its attachments out of the item. Items inside it that are no mail become attachments of the type text/calendar or text/vcard.
// `store`, `id`: as document_of() has them.
[[nodiscard]] MailParts mail_parts_of(MapiItem& item, std::string_view store, std::uint64_t id);

}  // namespace godwit::pst
