// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/pst_reader.h"

extern "C" {
#include <libpst/lzfu.h>
}

#include <fmt/format.h>

#include <algorithm>

#include "base/message_flags.h"
#include "base/text.h"
#include "pst/folder_roles.h"
#include "pst_helper/confine.h"
#include "pst_helper/item_text.h"

namespace godwit::pst {
namespace {

constexpr std::uint64_t seconds_for_an_item = 60;
constexpr std::uint64_t seconds_for_the_index = 600;
constexpr int deepest = 16;
constexpr std::size_t longest_name = 255;

// [MS-PST] 2.2.2.1: the lowest five bits of a node's id tell what it is.
enum class Node : std::uint8_t { folder = 0x02, message = 0x04, other };
Node node_of(std::uint64_t id) {
  const std::uint64_t type = id & 0x1FU;
  return type == 0x02 ? Node::folder : type == 0x04 ? Node::message : Node::other;
}

Item parse(pst_file& file, pst_desc_tree& node, pst_id2_tree* head = nullptr) {
  allow_seconds(seconds_for_an_item);
  return Item(pst_parse_item(&file, &node, head));
}

std::uint64_t id_of(const pst_entryid* entry) { return entry == nullptr ? 0 : entry->id; }

ItemKind kind_of(const pst_item& item) {
  if (item.contact != nullptr && item.type == PST_TYPE_CONTACT) return ItemKind::contact;
  switch (item.type) {
    case PST_TYPE_APPOINTMENT: return ItemKind::appointment;
    case PST_TYPE_CONTACT: return ItemKind::contact;
    case PST_TYPE_TASK: return ItemKind::task;
    case PST_TYPE_STICKYNOTE: return ItemKind::note;
    case PST_TYPE_JOURNAL: return ItemKind::journal;
    case PST_TYPE_NOTE:
    case PST_TYPE_SCHEDULE:
    case PST_TYPE_REPORT: return item.email != nullptr ? ItemKind::mail : ItemKind::damaged;
    default: return item.ascii_type != nullptr && starts_with_ignoring_case(item.ascii_type, "IPM.Post") ? ItemKind::mail : ItemKind::other;
  }
}

// PidTagContainerClass; "IPF.Imap" is a folder of an IMAP account.
ItemKind kind_of_folder(const pst_item& item) {
  const std::string_view container = item.ascii_type == nullptr ? "" : item.ascii_type;
  return container.empty() || container.starts_with("IPF.Note") || container.starts_with("IPF.Imap") ? ItemKind::mail : ItemKind::other;
}

// Categories of Outlook; as an IMAP keyword is an atom, what is none becomes an underscore.
std::vector<std::string> keywords_of(const pst_item& item) {
  std::vector<std::string> keywords;
  for (const pst_item_extra_field* field = item.extra_fields; field != nullptr; field = field->next) {
    if (field->field_name == nullptr || field->value == nullptr || !equals_ignoring_case(field->field_name, "Keywords")) continue;
    std::string keyword = field->value;
    std::ranges::replace_if(
        keyword, [](char c) { return c <= ' ' || c >= 0x7F || std::string_view("(){%*\"\\]").find(c) != std::string_view::npos; }, '_');
    if (!keyword.empty()) keywords.push_back(keyword.substr(0, longest_name));
  }
  return keywords;
}

std::uint8_t flags_of(const pst_item& item) {
  std::uint8_t flags = 0;
  if ((item.flags & PST_FLAG_READ) != 0) flags |= MessageFlags::seen;
  if ((item.flags & PST_FLAG_UNSENT) != 0) flags |= MessageFlags::draft;
  return flags;
}

bool is_smtp(pst_item& item, pst_string& kind) { return equals_ignoring_case(text_of(item, kind), "SMTP"); }

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

void add_people(pst_item& item, pst_item_email& email, MailParts& parts) {
  parts.from = {text_of(item, email.outlook_sender_name), is_smtp(item, email.sender_access) ? text_of(item, email.sender_address) : ""};
  parts.sender = {text_of(item, email.outlook_sender_name2),
                  is_smtp(item, email.sender2_access) ? text_of(item, email.sender2_address) : ""};
  parts.to = displayed(text_of(item, email.sentto_address));
  parts.cc = displayed(text_of(item, email.cc_address));
  parts.bcc = displayed(text_of(item, email.bcc_address));
}

std::string rtf_of(const pst_binary& compressed) {
  if (compressed.data == nullptr || compressed.size < 16) return {};
  std::size_t size = 0;
  char* const plain = pst_lzfu_decompress(compressed.data, static_cast<std::uint32_t>(compressed.size), &size);
  if (plain == nullptr) return {};
  std::string rtf(plain, size);
  free(plain);
  return rtf;
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
  pst_load_extended_attributes(&file);
  if (file.d_head == nullptr) return fail(ErrorKind::syntax, "its index is empty");
  const Item root = parse(file, *file.d_head);
  if (!root || root->message_store == nullptr) return fail(ErrorKind::syntax, "the record of the whole store is damaged");
  reader->top_ = pst_getTopOfFolders(&file, root.get());
  if (reader->top_ == nullptr) return fail(ErrorKind::syntax, "the folder at the top is not there");
  const pst_item_message_store& store = *root->message_store;
  reader->sent_ = id_of(store.sent_items_folder);
  reader->trash_ = id_of(store.deleted_items_folder);
  reader->outbox_ = id_of(store.default_outbox_folder);
  reader->index(reader->top_->child);
  return reader;
}

PstReader::~PstReader() {
  if (file_.fp != nullptr) pst_close(&file_);
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
  for (pst_desc_tree* node = folder.child; node != nullptr; node = node->next) {
    const Node kind = node_of(node->d_id);
    if (kind == Node::other || nodes_.at(node->d_id) != node) continue;
    if (kind == Node::message) ++items_;
    answer(Attempt{node->d_id, id});
    const bool is_skipped = skipped.contains(node->d_id);
    if (is_skipped && kind == Node::message) {
      answer(ItemFound{node->d_id, id, ItemKind::damaged, 0, 0, {}, {}, "libpst broke off when it read it"});
    } else {
      answer(is_skipped ? Answer(FolderFound{node->d_id, id, FolderRole::none, ItemKind::other, 0, fmt::format("Folder {:x}", node->d_id)})
                        : look_at(*node, id));
    }
    if (kind == Node::folder) list_folder(*node, node->d_id, skipped, answer);
  }
}

Answer PstReader::look_at(pst_desc_tree& node, std::uint64_t folder) {
  const Item item = node.desc == nullptr ? Item() : parse(file_, node);
  if (node_of(node.d_id) == Node::folder) {
    FolderFound found{
        node.d_id, folder, FolderRole::none, item ? kind_of_folder(*item) : ItemKind::mail, 0, item ? text_of(*item, item->file_as) : ""};
    if (found.name.empty()) found.name = fmt::format("Folder {:x}", node.d_id);
    if (item && item->folder != nullptr) found.promised = static_cast<std::uint64_t>(std::max(item->folder->item_count, 0));
    found.role = node.d_id == sent_ ? FolderRole::sent : node.d_id == trash_ ? FolderRole::trash : node.d_id == outbox_ ? FolderRole::outbox
                 : folder == 0 ? role_of_name(found.name) : FolderRole::none;
    return found;
  }
  ItemFound found{node.d_id, folder, ItemKind::damaged, 0, 0, {}, {}, {}};
  if (!item) {
    found.reason = node.desc == nullptr ? "the file does not say where it is" : "its properties cannot be read";
    return found;
  }
  found.kind = kind_of(*item);
  found.flags = flags_of(*item);
  found.seconds = arrival_of(*item);
  found.keywords = keywords_of(*item);
  found.size = static_cast<std::uint64_t>(std::max(item->message_size, 0));
  found.subject = text_of(*item, found.kind == ItemKind::contact ? item->file_as : item->subject);
  if (found.kind == ItemKind::damaged) found.reason = "its properties are not those of a message";
  return found;
}

Result<PstReader::Read> PstReader::read(std::uint64_t id) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end() || node_of(id) != Node::message) return fail(ErrorKind::not_found, "there is no such item any more");
  if (found->second->desc == nullptr) return fail(ErrorKind::refused, "the file does not say where it is");
  const Item item = parse(file_, *found->second);
  if (!item) return fail(ErrorKind::refused, "its properties cannot be read");
  GODWIT_TRY(auto parts, parts_of(*item, 1));
  return Read{std::move(parts), arrival_of(*item)};
}

Result<MailParts> PstReader::parts_of(pst_item& item, int depth) {
  MailParts parts;
  if (item.ascii_type != nullptr) parts.message_class = item.ascii_type;
  parts.subject = text_of(item, item.subject);
  parts.text = body_of(item, item.body);
  if (item.email != nullptr) {
    pst_item_email& email = *item.email;
    parts.header = text_of(item, email.header);
    add_people(item, email, parts);
    parts.message_id = text_of(item, email.messageid);
    parts.in_reply_to = text_of(item, email.in_reply_to);
    parts.sent = seconds_of(email.sent_date);
    if (!parts.sent) parts.sent = seconds_of(email.arrival_date);
    parts.importance = email.importance;
    parts.html = body_of(item, email.htmlbody);
    parts.rtf = rtf_of(email.rtf_compressed);
    if (!parts.text) parts.text = body_of(item, email.report_text);
  }
  GODWIT_CHECK(add_attachments(item, parts, depth));
  return parts;
}

Result<> PstReader::add_attachments(pst_item& item, MailParts& parts, int depth) {
  for (pst_item_attach* attach = item.attach; attach != nullptr; attach = attach->next) {
    GODWIT_TRY(auto one, attachment_of(item, *attach, depth));
    parts.attachments.push_back(std::move(one));
  }
  return {};
}

Result<Attachment> PstReader::attachment_of(pst_item& item, pst_item_attach& attach, int depth) {
  allow_seconds(seconds_for_an_item);
  Attachment one;
  one.name = text_of(item, attach.filename2);
  if (one.name.empty()) one.name = text_of(item, attach.filename1);
  one.name.resize(std::min(one.name.size(), longest_name));
  one.type = text_of(item, attach.mimetype);
  one.content_id = text_of(item, attach.content_id);
  const auto unreadable = [&] {
    return fail(ErrorKind::refused,
                fmt::format("its attachment {} cannot be read", one.name.empty() ? "without a name" : printable(one.name)));
  };
  if (attach.method == PST_ATTACH_EMBEDDED && depth < deepest) {
    pst_index_ll* const place = pst_getID(&file_, attach.i_id);
    if (place == nullptr) return unreadable();
    pst_desc_tree node{};
    node.desc = place;
    const Item inner = parse(file_, node, attach.id2_head);
    if (!inner) return unreadable();
    GODWIT_TRY(auto parts, parts_of(*inner, depth + 1));
    one.message = std::make_shared<const MailParts>(std::move(parts));
    return one;
  }
  const bool is_link = attach.method >= PST_ATTACH_BY_REF && attach.method <= PST_ATTACH_BY_REF_ONLY;
  if (attach.data.data == nullptr && pst_getID(&file_, attach.i_id) == nullptr && !is_link && attach.method != PST_ATTACH_NONE)
    return unreadable();
  const pst_binary data = pst_attach_to_mem(&file_, &attach);
  if (data.data != nullptr) one.bytes.assign(data.data, data.size);
  free(data.data);
  return one;
}

}  // namespace godwit::pst
