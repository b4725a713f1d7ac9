// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/pst_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/message_flags.h"
#include "base/text.h"
#include "pst/folder_roles.h"
#include "pst/listing.h"
#include "pst/little_endian.h"
#include "pst/tnef.h"
#include "pst_helper/confine.h"
#include "pst_helper/rtf_property.h"

namespace godwit::pst {
namespace {

constexpr std::uint64_t seconds_for_an_item = 60;
constexpr std::uint64_t seconds_for_the_index = 600;
constexpr std::uint32_t names_node = 0x61, recipients_node = 0x692;
constexpr std::uint32_t default_code_page = 1252;

// [MS-PST] 2.2.2.1: the lowest five bits of a node's id tell what it is.
enum class Node : std::uint8_t { folder = 0x02, message = 0x04, attachment = 0x05, other };
Node node_of(std::uint64_t id) {
  const std::uint64_t type = id & 0x1FU;
  return type == 0x02 || type == 0x04 || type == 0x05 ? static_cast<Node>(type) : Node::other;
}

// [MS-PST] 2.4.3.2: flags, the store's key, the node; 0: there is none.
std::uint64_t node_in_entry(const Properties& store, std::uint16_t property) {
  constexpr std::size_t node_at = 20;
  return number_at<std::uint32_t>(store.bytes(property).value_or(""), node_at);
}

bool is_body_unreadable(const Properties& properties) {
  return std::ranges::any_of(std::initializer_list<std::uint16_t>{0x007D, 0x1000, 0x1009, 0x1013},
                             [&](std::uint16_t property) { return properties.is_unreadable(property); });
}

}  // namespace

Result<std::unique_ptr<PstReader>> PstReader::open(const std::string& name) {
  allow_seconds(seconds_for_the_index);
  std::unique_ptr<PstReader> reader(new PstReader);
  pst_file& file = reader->file_;
  if (pst_open(&file, name.c_str(), "windows-1252") != 0) {
    file.fp = nullptr;  // libpst has closed it
    return fail(ErrorKind::syntax, "it is no PST or OST file, or its beginning is damaged");
  }
  if (pst_load_index(&file) != 0) return fail(ErrorKind::syntax, "its index is damaged");
  if (file.d_head == nullptr) return fail(ErrorKind::syntax, "its index is empty");
  GODWIT_CHECK(reader->find_roots());
  reader->read_names();
  reader->index(reader->top_->child);
  return reader;
}

PstReader::~PstReader() {
  if (file_.fp != nullptr) pst_close(&file_);
}

// [MS-PST] 2.4.3: the store's own properties name its folders by entry ids. An OST file leaves out the uppermost one.
Result<> PstReader::find_roots() {
  constexpr std::uint64_t store_node = 0x21, subtree_of_ost = 0x2142;
  std::uint64_t top = 0;
  for (pst_desc_tree* node = file_.d_head; node != nullptr; node = pst_getNextDptr(node)) {
    if (node->d_id == store_node && top == 0) {
      const Properties store = nodes_read_.small_properties(NodeReader::place_of(*node));
      if (store.empty()) break;
      const std::uint64_t named = node_in_entry(store, 0x35E0);
      top = named != 0 ? named : subtree_of_ost;
      sent_ = node_in_entry(store, 0x35E4);
      trash_ = node_in_entry(store, 0x35E3);
      outbox_ = node_in_entry(store, 0x35E2);
      record_key_ = store.bytes(0x0FF9).value_or("");
    }
  }
  if (top == 0) return fail(ErrorKind::syntax, "the record of the whole store is damaged");
  for (pst_desc_tree* node = file_.d_head; node != nullptr && top_ == nullptr; node = pst_getNextDptr(node)) {
    if (node->d_id == top) top_ = node;
  }
  if (top_ == nullptr) return fail(ErrorKind::syntax, "the folder at the top is not there");
  return {};
}

void PstReader::read_names() {
  for (const pst_desc_tree* node = file_.d_head; node != nullptr; node = node->next) {
    if (node->d_id != names_node) continue;
    const NodePlace place = NodeReader::place_of(*node);
    const auto below = nodes_read_.below(place.below);
    const auto properties = properties_at(place, below.value_or(NodesBelow()), default_code_page);
    if (!properties) return;
    names_ = std::make_shared<PropertyNames>(properties->bytes(0x0002).value_or(""), properties->bytes(0x0003).value_or(""),
                                             properties->bytes(0x0004).value_or(""));
  }
}

void PstReader::index(pst_desc_tree* node) {
  for (; node != nullptr; node = node->next) {
    if (!nodes_.emplace(node->d_id, node).second) continue;
    if (node_of(node->d_id) == Node::folder) index(node->child);
  }
}

void PstReader::list(const std::unordered_set<std::uint64_t>& skipped, const Answering& answer) {
  items_ = 0;
  list_folder(*top_, 0, skipped, answer);
  answer(ListEnds{items_});
}

void PstReader::list_folder(const pst_desc_tree& folder, std::uint64_t id, const std::unordered_set<std::uint64_t>& skipped,
                            const Answering& answer) {
  for (const pst_desc_tree* node = folder.child; node != nullptr; node = node->next) {
    const Node kind = node_of(node->d_id);
    if ((kind != Node::folder && kind != Node::message) || nodes_.at(node->d_id) != node) continue;
    if (kind == Node::message) ++items_;
    answer(Attempt{node->d_id, id});
    const bool is_skipped = skipped.contains(node->d_id);
    if (is_skipped && kind == Node::message) {
      answer(damaged_item(node->d_id, id, "godwit-pst broke off when it read it"));
    } else {
      answer(is_skipped ? Answer(FolderFound{node->d_id, id, FolderRole::none, ItemKind::other, 0, fmt::format("Folder {:x}", node->d_id)})
                        : look_at(*node, id));
    }
    if (kind == Node::folder) list_folder(*node, node->d_id, skipped, answer);
  }
}

Answer PstReader::look_at(const pst_desc_tree& node, std::uint64_t folder) {
  allow_seconds(seconds_for_an_item);
  if (node_of(node.d_id) == Node::folder) return folder_of(node, folder);
  return item_of(node, folder);
}

FolderFound PstReader::folder_of(const pst_desc_tree& node, std::uint64_t parent) {
  Properties properties = nodes_read_.small_properties(NodeReader::place_of(node));
  properties.belong_to(names_, default_code_page);
  FolderFound found{node.d_id, parent, FolderRole::none, kind_of_container(properties.text(0x3613)), 0, properties.text(0x3001)};
  if (found.name.empty()) found.name = fmt::format("Folder {:x}", node.d_id);
  found.promised = properties.number(0x3602).value_or(0);
  found.role = node.d_id == sent_ ? FolderRole::sent : node.d_id == trash_ ? FolderRole::trash : node.d_id == outbox_ ? FolderRole::outbox
               : parent == 0 ? role_of_name(found.name) : FolderRole::none;
  return found;
}

ItemFound PstReader::item_of(const pst_desc_tree& node, std::uint64_t folder) {
  if (node.desc == nullptr) return damaged_item(node.d_id, folder, "the file does not say where it is");
  Properties properties = nodes_read_.small_properties(NodeReader::place_of(node));
  if (properties.empty()) return damaged_item(node.d_id, folder, "its properties cannot be read");
  properties.belong_to(names_, default_code_page);
  ItemFound found = listed_item(properties, node.d_id, folder);
  constexpr std::uint64_t has_attachments = 0x10;  // PidTagMessageFlags
  if (found.kind == ItemKind::mail && (properties.number(0x0E07).value_or(0) & has_attachments) != 0) found.packed = packed_in(node);
  return found;
}

std::vector<std::string> PstReader::packed_in(const pst_desc_tree& node) {
  std::vector<std::string> names;
  for (const auto& [id, place] : nodes_read_.below(NodeReader::place_of(node).below).value_or(NodesBelow())) {
    if (node_of(id) != Node::attachment) continue;
    const Properties small = nodes_read_.small_properties(place);
    if (!is_tnef(file_name_of(small), small.text(0x370E))) continue;
    const auto whole = properties_at(place, nodes_read_.below(place.below).value_or(NodesBelow()), default_code_page);
    for (std::string& name : names_in_tnef(whole ? whole->bytes(0x3701).value_or("") : "")) names.push_back(std::move(name));
    if (names.empty()) names.emplace_back();
  }
  return names;
}

Result<MapiItem> PstReader::read(std::uint64_t id) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end() || node_of(id) != Node::message) return fail(ErrorKind::not_found, "there is no such item any more");
  if (found->second->desc == nullptr) return fail(ErrorKind::refused, "the file does not say where it is");
  allow_seconds(seconds_for_an_item);
  return item_at(NodeReader::place_of(*found->second), default_code_page, 1);
}

std::optional<Properties> PstReader::properties_at(const NodePlace& place, const NodesBelow& below, std::uint32_t code_page) {
  const auto blocks = nodes_read_.blocks(place.data);
  if (!blocks) return std::nullopt;
  const Subnodes subnodes = [&](std::uint32_t node) {
    const auto found = below.find(node);
    return found == below.end() ? std::nullopt : nodes_read_.blocks(found->second.data);
  };
  Properties properties = read_properties(Heap(*blocks, nodes_read_.has_large_blocks()), subnodes);
  if (properties.empty()) return std::nullopt;
  properties.belong_to(names_, code_page);
  return properties;
}

Result<MapiItem> PstReader::item_at(const NodePlace& place, std::uint32_t code_page, int depth) {
  const auto below = nodes_read_.below(place.below);
  if (!below) return fail(ErrorKind::refused, "its text and its attachments cannot be found");
  auto properties = properties_at(place, *below, code_page);
  if (!properties) return fail(ErrorKind::refused, "its properties cannot be read");
  if (is_body_unreadable(*properties)) return fail(ErrorKind::refused, "its text cannot be read");
  decompress_rtf(*properties);
  MapiItem item{*std::move(properties)};
  const std::uint32_t own_code_page = item.properties.code_page();
  for (const auto& [id, node] : *below) {
    if (id == recipients_node) {
      const auto blocks = nodes_read_.blocks(node.data);
      const auto nodes = nodes_read_.below(node.below);
      if (!blocks || !nodes) return fail(ErrorKind::refused, "its recipients cannot be read");
      item.recipients = read_rows(Heap(*blocks, nodes_read_.has_large_blocks()), [&](std::uint32_t row) {
        const auto found = nodes->find(row);
        return found == nodes->end() ? std::nullopt : nodes_read_.blocks(found->second.data);
      });
      for (Properties& recipient : item.recipients) recipient.belong_to(names_, own_code_page);
    } else if (node_of(id) == Node::attachment) {
      GODWIT_TRY(auto attachment, attachment_at(node, own_code_page, depth));
      item.attachments.push_back(std::move(attachment));
    }
  }
  return item;
}

Result<MapiAttachment> PstReader::attachment_at(const NodePlace& place, std::uint32_t code_page, int depth) {
  allow_seconds(seconds_for_an_item);
  const auto below = nodes_read_.below(place.below);
  auto properties = below ? properties_at(place, *below, code_page) : std::nullopt;
  if (!properties) return fail(ErrorKind::refused, "one of its attachments cannot be read");
  MapiAttachment attachment{*std::move(properties)};
  GODWIT_CHECK(open_inner(attachment, *below, code_page, depth));
  if (!attachment.properties.is_unreadable(0x3701)) return attachment;
  const std::string name = file_name_of(attachment.properties);
  return fail(ErrorKind::refused, fmt::format("its attachment {} cannot be read", name.empty() ? "without a name" : printable(name)));
}

// What is no plain content has the id of a node in its place ([MS-PST] 2.3.3.5): an item, or an object of some program.
Result<> PstReader::open_inner(MapiAttachment& attachment, const NodesBelow& below, std::uint32_t code_page, int depth) {
  constexpr std::uint64_t embedded = 5;
  const auto object = attachment.properties.bytes(0x3701);
  if (!object || !attachment.properties.is_object(0x3701)) return {};
  const auto node = below.find(number_at<std::uint32_t>(*object, 0));
  if (node == below.end()) {
    attachment.properties.add_unreadable(0x3701);
  } else if (attachment.properties.number(0x3705).value_or(0) != embedded) {
    auto blocks = nodes_read_.blocks(node->second.data);
    std::string whole;
    for (const std::string& block : blocks.value_or(Blocks())) whole += block;
    attachment.properties.add_bytes(0x3701, Properties::binary, std::move(whole));
  } else if (depth < deepest_item) {
    GODWIT_TRY(auto item, item_at(node->second, code_page, depth + 1));
    attachment.item = std::make_shared<MapiItem>(std::move(item));
  }
  return {};
}

}  // namespace godwit::pst
