// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/msg_reader.h"

extern "C" {
#include <libpst/lzfu.h>
}

#include <fmt/format.h>
#include <gsf/gsf-infile-msole.h>
#include <gsf/gsf-input-stdio.h>
#include <gsf/gsf-utils.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "pst/code_page.h"
#include "pst_helper/msg_storage.h"

namespace godwit::pst {
namespace {

constexpr int deepest = 16;
constexpr std::size_t longest_name = 255;
constexpr std::size_t most_parts = 10'000;

Address address_of(const MsgStorage& storage, std::uint16_t name, std::uint16_t smtp, std::uint16_t kind, std::uint16_t address) {
  Address found{storage.text(name), storage.text(smtp)};
  if (found.address.empty() && equals_ignoring_case(storage.text(kind), "SMTP")) found.address = storage.text(address);
  return found;
}

std::string rtf_of(const MsgStorage& storage) {
  auto compressed = storage.bytes(0x1009);  // PidTagRtfCompressed
  if (!compressed || compressed->size() < 16) return {};
  std::size_t size = 0;
  char* const plain = pst_lzfu_decompress(compressed->data(), static_cast<std::uint32_t>(compressed->size()), &size);
  if (plain == nullptr) return {};
  std::string rtf(plain, size);
  free(plain);
  return rtf;
}

std::optional<Body> html_of(const MsgStorage& storage) {
  if (auto bytes = storage.bytes(0x1013); bytes && !bytes->empty()) return Body{*std::move(bytes), charset_of(storage.html_code_page())};
  if (auto text = storage.text(0x1013); !text.empty()) return Body{std::move(text), "utf-8"};
  return std::nullopt;
}

void add_recipients(const MsgStorage& storage, MailParts& parts) {
  for (Input& each : storage.storages("__recip_version1.0_#")) {
    const MsgStorage recipient(std::move(each), MsgStorage::Kind::part, storage.code_page());
    const std::uint64_t type = recipient.number(0x0C15).value_or(1) & 0xFU;
    auto& list = type == 2 ? parts.cc : type == 3 ? parts.bcc : parts.to;
    if (list.size() < most_parts) list.push_back(address_of(recipient, 0x3001, 0x39FE, 0x3002, 0x3003));
  }
}

MailParts parts_of(const MsgStorage& storage, int depth);

Attachment attachment_of(Input input, std::uint32_t code_page, int depth) {
  const MsgStorage storage(std::move(input), MsgStorage::Kind::part, code_page);
  Attachment attachment;
  attachment.name = storage.text(0x3707);
  if (attachment.name.empty()) attachment.name = storage.text(0x3704);
  attachment.name.resize(std::min(attachment.name.size(), longest_name));
  attachment.type = storage.text(0x370E);
  attachment.content_id = storage.text(0x3712);
  attachment.bytes = storage.bytes(0x3701).value_or("");
  auto inner = storage.storages("__substg1.0_3701000D");
  if (storage.number(0x3705).value_or(0) == 5 && !inner.empty() && depth < deepest) {
    const MsgStorage message(std::move(inner.front()), MsgStorage::Kind::embedded, code_page);
    attachment.message = std::make_shared<const MailParts>(parts_of(message, depth + 1));
  }
  return attachment;
}

MailParts parts_of(const MsgStorage& storage, int depth) {
  MailParts parts;
  parts.message_class = storage.text(0x001A);
  parts.header = storage.text(0x007D);
  parts.from = address_of(storage, 0x0042, 0x5D02, 0x0064, 0x0065);
  parts.sender = address_of(storage, 0x0C1A, 0x5D01, 0x0C1E, 0x0C1F);
  parts.subject = storage.text(0x0037);
  parts.message_id = storage.text(0x1035);
  parts.in_reply_to = storage.text(0x1042);
  parts.references = storage.text(0x1039);
  parts.sent = storage.seconds(0x0039);
  if (!parts.sent) parts.sent = storage.seconds(0x0E06);
  parts.importance = static_cast<std::int32_t>(storage.number(0x0017).value_or(1) & 3U);
  if (auto text = storage.text(0x1000); !text.empty()) parts.text = Body{std::move(text), "utf-8"};
  parts.html = html_of(storage);
  parts.rtf = rtf_of(storage);
  add_recipients(storage, parts);
  for (Input& each : storage.storages("__attach_version1.0_#")) {
    if (parts.attachments.size() < most_parts) parts.attachments.push_back(attachment_of(std::move(each), storage.code_page(), depth));
  }
  return parts;
}

bool is_mail(std::string_view message_class) {
  return message_class.empty() || starts_with_ignoring_case(message_class, "IPM.Note") ||
         starts_with_ignoring_case(message_class, "IPM.Post") || starts_with_ignoring_case(message_class, "IPM.Schedule") ||
         starts_with_ignoring_case(message_class, "REPORT") || equals_ignoring_case(message_class, "IPM");
}

}  // namespace

Result<MsgFile> read_msg_file(const std::string& name) {
  gsf_init();
  const Input file(gsf_input_stdio_new(name.c_str(), nullptr));
  if (!file) return fail(ErrorKind::refused, "it cannot be read");
  Input compound(reinterpret_cast<GsfInput*>(gsf_infile_msole_new(file.get(), nullptr)));
  if (!compound) return fail(ErrorKind::refused, "it is no .msg file, or its beginning is damaged");
  const MsgStorage storage(std::move(compound), MsgStorage::Kind::file, 1252);
  MsgFile message{parts_of(storage, 1), 0};
  const MailParts& parts = message.parts;
  if (!is_mail(parts.message_class)) {
    return fail(ErrorKind::refused,
                fmt::format("it is no mail but of the class {}, and stays in its file", printable(parts.message_class)));
  }
  if (parts.subject.empty() && parts.header.empty() && !parts.text && !parts.html && parts.rtf.empty() && parts.attachments.empty()) {
    return fail(ErrorKind::refused, "nothing of a message can be found in it");
  }
  const auto arrived = storage.seconds(0x0E06);
  message.seconds = arrived ? *arrived : parts.sent.value_or(0);
  return message;
}

}  // namespace godwit::pst
