// SPDX-License-Identifier: Apache-2.0
// What is no mail, as the documents that calendars and address books are made of: appointments as VEVENT, tasks as VTODO, notes and journal
// entries as VJOURNAL (RFC 5545), contacts and distribution lists as vCard 3.0 (RFC 2426).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "pst/mapi_item.h"

namespace godwit::pst {

// The same bytes for the same item and origin, whenever it is made. `store`: the store's record key; `id`: the item's in it: what its UID
// is made of where the item has none that others know. Error of kind refused: what of it cannot be said in such a document.
[[nodiscard]] Result<std::string> document_of(const MapiItem& item, std::string_view store, std::uint64_t id);

// Of a mail that invites to a meeting, or calls it off: the meeting (RFC 5546). Nothing: it does neither, or says too little.
[[nodiscard]] std::optional<std::string> invitation_of(const MapiItem& item, std::string_view store, std::uint64_t id);

// "text/calendar", "text/vcard".
[[nodiscard]] std::string_view media_type_of(ItemKind kind);

// One that others know: of a meeting ([MS-OXOCAL] 2.2.1.27). Empty: it has none.
[[nodiscard]] std::string meeting_uid_of(const Properties& properties);
// A UUID that is the same for the same item for ever.
[[nodiscard]] std::string made_uid(std::string_view store, std::uint64_t id);

}  // namespace godwit::pst
