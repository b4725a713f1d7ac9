// SPDX-License-Identifier: Apache-2.0
// What the documents of all kinds of items have in common.
#pragma once

#include <string>
#include <string_view>

#include "pst/content_lines.h"
#include "pst/mapi_item.h"
#include "pst/time_zone.h"

namespace godwit::pst {

// Where the document's item comes from.
struct ItemOrigin {
  std::string_view store;
  std::uint64_t id = 0;
};

// The text alone, whatever form the item keeps it in.
[[nodiscard]] std::string plain_body_of(const Properties& properties);

// Sensitivity, importance, categories, times of making and changing.
void add_common(const Properties& properties, ContentLines& lines);
// Contents up to 1 MiB as ATTACH; of others a COMMENT says that they stayed in the file.
void add_attachments(const MapiItem& item, ContentLines& lines);
[[nodiscard]] bool is_exception(const MapiAttachment& attachment);  // a changed occurrence of the appointment, hidden among attachments
// "-PT15M" before the start.
void add_alarm(std::string_view trigger_name, std::string_view trigger, ContentLines& lines);

// `method`: of an invitation (RFC 5546); empty: it lies in a calendar.
[[nodiscard]] Result<std::string> event_document(const MapiItem& item, ItemOrigin origin, std::string_view method = {});
[[nodiscard]] Result<std::string> task_document(const MapiItem& item, ItemOrigin origin);
[[nodiscard]] std::string journal_document(const MapiItem& item, ItemOrigin origin, ItemKind kind);
[[nodiscard]] std::string contact_document(const MapiItem& item, ItemOrigin origin);
[[nodiscard]] std::string list_document(const MapiItem& item, ItemOrigin origin);

// A VCALENDAR with these components in it.
[[nodiscard]] std::string calendar_of(std::string_view components, std::string_view method = {});

}  // namespace godwit::pst
