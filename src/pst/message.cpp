// SPDX-License-Identifier: Apache-2.0
#include "pst/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "pst/header_fields.h"
#include "pst/message_text.h"
#include "pst/rtf.h"

namespace godwit::pst {
namespace {

constexpr int deepest = 16;

// One part with its own header, or several of them.
struct Part {
  std::string header;  // Content-… fields
  std::string body;
};

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
}

std::string media_type_of(const Attachment& attachment) {
  const std::size_t slash = attachment.type.find('/');
  const bool is_one = slash != std::string::npos && is_token(std::string_view(attachment.type).substr(0, slash)) &&
                      is_token(std::string_view(attachment.type).substr(slash + 1));
  // What is attached as a file is bytes: as a multipart or a message it would be read as a part of this one.
  const bool is_composite =
      starts_with_ignoring_case(attachment.type, "multipart/") || starts_with_ignoring_case(attachment.type, "message/");
  return is_one && !is_composite ? to_lower(attachment.type) : "application/octet-stream";
}

class Builder {
 public:
  explicit Builder(std::uint64_t id) : id_(id) {}

  std::string message(const MailParts& parts, int depth) {
    std::string whole = header(parts);
    whole += "MIME-Version: 1.0\r\n";
    if (const std::string* const entity = signed_entity(parts)) return whole + with_line_ends(*entity);
    const Part content = body(parts, depth);
    return whole + content.header + "\r\n" + content.body;
  }

 private:
  static std::string header(const MailParts& parts) {
    const auto fields = header_fields(parts.header);
    std::string text;
    for (const HeaderField& field : fields) {
      if (starts_with_ignoring_case(field.name, "Content-") || equals_ignoring_case(field.name, "MIME-Version")) continue;
      text += field.text;
    }
    const auto lacks = [&fields](std::string_view name) { return !has_field(fields, name); };
    const Address& author = parts.from.name.empty() && parts.from.address.empty() ? parts.sender : parts.from;
    if (lacks("From") && !(author == Address{})) text += address_field("From", {author});
    if (lacks("Sender") && lacks("From") && !(parts.sender == Address{}) && !(author == parts.sender))
      text += address_field("Sender", {parts.sender});
    if (lacks("Date") && parts.sent) text += fmt::format("Date: {}\r\n", date_time(*parts.sent));
    if (lacks("Subject")) text += text_field("Subject", parts.subject);
    if (lacks("To") && !parts.to.empty()) text += address_field("To", parts.to);
    if (lacks("Cc") && !parts.cc.empty()) text += address_field("Cc", parts.cc);
    if (lacks("Bcc") && !parts.bcc.empty()) text += address_field("Bcc", parts.bcc);
    if (lacks("Message-ID") && !parts.message_id.empty()) text += text_field("Message-ID", parts.message_id);
    if (lacks("In-Reply-To") && !parts.in_reply_to.empty()) text += text_field("In-Reply-To", parts.in_reply_to);
    if (lacks("References") && !parts.references.empty()) text += text_field("References", parts.references);
    if (lacks("Importance") && parts.importance != 1) text += parts.importance == 2 ? "Importance: high\r\n" : "Importance: low\r\n";
    return text;
  }

  // A signed message is kept as one attachment that is the whole MIME entity ([MS-OXOSMIME] 2.1.3.1): a byte changed in it would
  // break the signature.
  static const std::string* signed_entity(const MailParts& parts) {
    if (!starts_with_ignoring_case(parts.message_class, "IPM.Note.SMIME") || parts.attachments.size() != 1) return nullptr;
    const Attachment& only = parts.attachments.front();
    return !only.message && starts_with_ignoring_case(only.bytes, "Content-Type:") ? &only.bytes : nullptr;
  }

  static std::string with_line_ends(std::string_view text) {
    std::string whole;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) whole += '\r';
      whole += text[i];
    }
    return whole;
  }

  Part body(const MailParts& parts, int depth) {
    std::vector<Part> inline_parts, attached;
    for (const Attachment& each : parts.attachments) {
      (is_shown_inline(each, parts) ? inline_parts : attached).push_back(attachment(each, depth));
    }
    auto [text, html, rtf] = bodies(parts);
    if (html && !inline_parts.empty()) {
      inline_parts.insert(inline_parts.begin(), text_part("html", *html));
      html.reset();
    }
    std::vector<Part> alternatives;
    if (text) alternatives.push_back(text_part("plain", *text));
    if (html) alternatives.push_back(text_part("html", *html));
    if (!inline_parts.empty()) alternatives.push_back(together("related", std::move(inline_parts)));
    if (alternatives.empty()) alternatives.push_back(text_part("plain", {"", "utf-8"}));
    Part shown = together("alternative", std::move(alternatives));
    if (!rtf.empty()) attached.push_back(attachment({"body.rtf", "application/rtf", {}, std::move(rtf), nullptr}, depth));
    if (attached.empty()) return shown;
    attached.insert(attached.begin(), std::move(shown));
    return together("mixed", std::move(attached));
  }

  struct Bodies {
    std::optional<Body> text, html;
    std::string rtf;
  };
  // RTF that only wraps HTML or text is unwrapped; other RTF is kept where there is no HTML.
  static Bodies bodies(const MailParts& parts) {
    Bodies all{parts.text, parts.html, {}};
    if (parts.rtf.empty() || all.html) return all;
    auto unwrapped = unwrap_rtf(parts.rtf);
    if (!unwrapped) {
      all.rtf = parts.rtf;
    } else if (unwrapped->is_html) {
      all.html = Body{std::move(unwrapped->text), "utf-8"};
    } else if (!all.text) {
      all.text = Body{std::move(unwrapped->text), "utf-8"};
    }
    return all;
  }

  static bool is_shown_inline(const Attachment& attachment, const MailParts& parts) {
    if (attachment.content_id.empty() || attachment.message) return false;
    const auto names_it = [&](std::string_view text) { return text.find("cid:" + attachment.content_id) != std::string_view::npos; };
    if (parts.html) return names_it(parts.html->bytes);
    return names_it(parts.rtf);
  }

  static Part text_part(std::string_view subtype, const Body& body) {
    const std::string charset = is_token(body.charset) ? body.charset : "utf-8";
    return {fmt::format("Content-Type: text/{}; charset={}\r\nContent-Transfer-Encoding: quoted-printable\r\n", subtype, charset),
            quoted_printable(body.bytes)};
  }

  Part attachment(const Attachment& attachment, int depth) {
    if (attachment.message) {
      if (depth >= deepest) return text_part("plain", {"Messages inside messages deeper than 16 were left out here.", "utf-8"});
      return {"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n", message(*attachment.message, depth + 1)};
    }
    std::string header = "Content-Type: " + media_type_of(attachment);
    if (!attachment.name.empty()) header += parameter("name", attachment.name);
    header += "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ";
    header += attachment.content_id.empty() ? "attachment" : "inline";
    if (!attachment.name.empty()) header += parameter("filename", attachment.name);
    header += "\r\n";
    if (!attachment.content_id.empty()) header += text_field("Content-ID", fmt::format("<{}>", attachment.content_id));
    return {header, base64_lines(attachment.bytes)};
  }

  // One part stays what it is. No line of an encoded body begins with "--=_" and this number.
  Part together(std::string_view subtype, std::vector<Part> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    const std::string boundary = fmt::format("=_godwit_{:x}_{}_", id_, ++boundaries_);
    Part whole{fmt::format("Content-Type: multipart/{};\r\n boundary=\"{}\"\r\n", subtype, boundary), {}};
    for (const Part& part : parts) {
      whole.body += fmt::format("--{}\r\n", boundary);
      whole.body += part.header;
      whole.body += "\r\n";
      whole.body += part.body;
      whole.body += "\r\n";
    }
    whole.body += fmt::format("--{}--\r\n", boundary);
    return whole;
  }

  const std::uint64_t id_;
  int boundaries_ = 0;
};

}  // namespace

std::string build_message(const MailParts& parts, std::uint64_t id) { return Builder(id).message(parts, 1); }

}  // namespace godwit::pst
