// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/msg_reader.h"

#include <gsf/gsf-infile-msole.h>
#include <gsf/gsf-input-stdio.h>
#include <gsf/gsf-utils.h>

#include <algorithm>

#include "pst_helper/msg_storage.h"
#include "pst_helper/rtf_property.h"

namespace godwit::pst {
namespace {

constexpr std::size_t most_parts = 10'000;
constexpr std::uint32_t default_code_page = 1252;

using Names = std::shared_ptr<const PropertyNames>;

Properties properties_of(const MsgStorage& storage, MsgStorage::Kind kind, const Names& names, std::uint32_t code_page) {
  Properties properties = storage.properties(kind);
  properties.belong_to(names, code_page);
  return properties;
}

MapiItem item_of(const MsgStorage& storage, MsgStorage::Kind kind, const Names& names, std::uint32_t code_page, int depth);

MapiAttachment attachment_of(Input input, const Names& names, std::uint32_t code_page, int depth) {
  const MsgStorage storage(std::move(input));
  MapiAttachment attachment{properties_of(storage, MsgStorage::Kind::part, names, code_page)};
  auto inner = storage.storages("__substg1.0_3701000D");
  if (attachment.properties.number(0x3705).value_or(0) == 5 && !inner.empty() && depth < deepest_item) {
    const MsgStorage item(std::move(inner.front()));
    attachment.item = std::make_shared<MapiItem>(item_of(item, MsgStorage::Kind::embedded, names, code_page, depth + 1));
  }
  return attachment;
}

MapiItem item_of(const MsgStorage& storage, MsgStorage::Kind kind, const Names& names, std::uint32_t code_page, int depth) {
  MapiItem item{properties_of(storage, kind, names, code_page)};
  decompress_rtf(item.properties);
  const std::uint32_t own_code_page = item.properties.code_page();
  for (Input& each : storage.storages("__recip_version1.0_#")) {
    const MsgStorage recipient(std::move(each));
    if (item.recipients.size() < most_parts)
      item.recipients.push_back(properties_of(recipient, MsgStorage::Kind::part, names, own_code_page));
  }
  for (Input& each : storage.storages("__attach_version1.0_#")) {
    if (item.attachments.size() < most_parts) item.attachments.push_back(attachment_of(std::move(each), names, own_code_page, depth));
  }
  return item;
}

bool is_empty(const MapiItem& item) {
  const Properties& properties = item.properties;
  return item.attachments.empty() &&
         std::ranges::none_of(std::initializer_list<std::uint16_t>{0x0037, 0x007D, 0x1000, 0x1009, 0x1013},
                              [&](std::uint16_t property) { return !properties.text(property).empty() || properties.bytes(property); });
}

}  // namespace

Result<MapiItem> read_msg_file(const std::string& name) {
  gsf_init();
  const Input file(gsf_input_stdio_new(name.c_str(), nullptr));
  if (!file) return fail(ErrorKind::refused, "it cannot be read");
  Input compound(reinterpret_cast<GsfInput*>(gsf_infile_msole_new(file.get(), nullptr)));
  if (!compound) return fail(ErrorKind::refused, "it is no .msg file, or its beginning is damaged");
  const MsgStorage storage(std::move(compound));
  MapiItem item = item_of(storage, MsgStorage::Kind::file, std::make_shared<PropertyNames>(storage.names()), default_code_page, 1);
  if (is_empty(item)) return fail(ErrorKind::refused, "nothing of an item can be found in it");
  return item;
}

}  // namespace godwit::pst
