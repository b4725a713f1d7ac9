// SPDX-License-Identifier: Apache-2.0
// The last resort: a new message that carries the original.
#include <fmt/format.h>

#include <array>

#include "base/sha256.h"
#include "base/text.h"
#include "mime/hazards.h"
#include "mime/repair.h"
#include "mime/repair_passes.h"
#include "mime/repair_words.h"

namespace godwit::mime {
namespace {

constexpr std::string_view explanation =
    "The mail server did not take this message in its original form when the\r\n"
    "mailbox was moved to it. The original is attached, complete and unchanged.\r\n";

// The first field of this name in a form that every server takes; empty when there is none.
std::string copy_of(std::string_view text, const Part& message, std::string_view name) {
  const Field* field = message.find(text, name);
  if (field == nullptr) return {};
  std::string alone(text.substr(field->begin, field->end - field->begin));
  alone += "\r\n\r\n";
  if (auto repaired = repair(alone, RepairRules::all().without(RepairRule::wrap))) alone = std::move(repaired->bytes);
  alone.resize(alone.find("\r\n\r\n") + 2);
  const Hazards hazards = find_hazards(alone);
  const bool is_sound = !hazards.any() && !has_long_line(alone) && find_layout(alone).parts.front().fields.size() == 1;
  return is_sound ? alone : std::string();
}

// RFC 2046 §5.2.1: no encoding but 7bit, 8bit and binary, and one of From, Subject and Date at least.
bool may_be_message(std::string_view text, const Part& message) {
  const auto unfit = static_cast<unsigned>(Hazards::nul) | Hazards::header_8bit | Hazards::bare_newline;
  if ((find_hazards(text).kinds & unfit) != 0 || has_long_line(text) || !repair_header_form(text).empty()) return false;
  return message.find(text, "From") != nullptr || message.find(text, "Subject") != nullptr ||
         message.find(text, "Date") != nullptr;
}

// No message holds a piece of its own digest, except by a chance of one in 2^128.
std::string boundary_for(std::string_view text) { return "godwit-" + to_hex(sha256(text).view()).substr(0, 32); }

}  // namespace

Edits wrap_message(std::string_view text) {
  const Part message = find_layout(text).parts.front();
  std::string from = copy_of(text, message, "From");
  if (from.empty()) from = "From: \"Unknown sender\" <unknown@sender.invalid>\r\n";  // RFC 5322 §3.6 wants one
  std::string wrapped = from;
  for (const std::string_view name : {"To", "Subject", "Date"}) wrapped += copy_of(text, message, name);
  const std::string boundary = boundary_for(text);
  wrapped += fmt::format(
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{0}\"\r\n\r\n"
      "--{0}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{1}\r\n--{0}\r\n",
      boundary, explanation);
  if (may_be_message(text, message)) {
    wrapped += fmt::format(
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {}\r\nContent-Disposition: attachment\r\n\r\n",
        has_8bit(text) ? "8bit" : "7bit");
    wrapped += text;
  } else {
    wrapped +=
        "Content-Type: application/octet-stream; name=\"original.eml\"\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename=\"original.eml\"\r\n\r\n";
    wrapped += to_base64_lines(text, "\r\n");
  }
  wrapped += fmt::format("\r\n--{}--\r\n", boundary);
  return {{0, std::string(text), std::move(wrapped), {RepairRule::wrap}}};
}

}  // namespace godwit::mime
