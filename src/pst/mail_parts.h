// SPDX-License-Identifier: Apache-2.0
// A message as MAPI keeps it, taken apart: what a PST file or a .msg file has of it. All texts are UTF-8 unless a charset stands beside
// them; what is empty is not known.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace godwit::pst {

struct Address {
  std::string name, address;
  friend bool operator==(const Address&, const Address&) = default;
};

struct Body {
  std::string bytes, charset;
};

struct MailParts;

struct Attachment {
  std::string name, type, content_id;
  std::string bytes;
  std::shared_ptr<const MailParts> message;  // an embedded message: then `bytes` counts for nothing
};

struct MailParts {
  std::string message_class;                // "IPM.Note"
  std::string header;                       // as it came from the network (PidTagTransportMessageHeaders)
  Address from, sender;
  std::vector<Address> to, cc, bcc;
  std::string subject, message_id, in_reply_to, references;
  std::optional<std::int64_t> sent;         // seconds since 1970
  std::int32_t importance = 1;              // 0 low, 2 high
  std::optional<Body> text, html;
  std::string rtf;                          // decompressed
  std::vector<Attachment> attachments;
};

}  // namespace godwit::pst
