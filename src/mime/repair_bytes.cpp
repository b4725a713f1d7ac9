// SPDX-License-Identifier: Apache-2.0
// Repairs of single bytes: NUL, bare CR and LF, the newline at the end.
#include <algorithm>

#include "mime/repair_passes.h"

namespace godwit::mime {
namespace {

bool has_nul(std::string_view body) { return body.contains('\0'); }

bool has_bare_newline(std::string_view body) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool is_cr = body[i] == '\r';
    if (is_cr && !body.substr(i + 1).starts_with('\n')) return true;
    if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r')) return true;
  }
  return false;
}

// Parts that are data and hold one of the bytes in question are encoded; the other bytes are a matter of the next call.
Edits encode_data(std::string_view text, const Layout& layout, RepairRule rule, bool (*is_hit)(std::string_view body)) {
  Edits edits;
  for (const Part& part : layout.parts) {
    if (part.is_data(text) && is_hit(part.body.of(text))) {
      encode_body(text, layout.newline, part, BodyEncoding::base64, rule, edits);
    }
  }
  return edits;
}

// Tells whether a place, each behind the one before, lies in a header.
class HeaderPlaces {
 public:
  explicit HeaderPlaces(const std::vector<Part>& parts) : part_(parts.begin()), end_(parts.end()) {}
  bool contain(std::size_t place) {
    while (part_ + 1 != end_ && (part_ + 1)->header_begin <= place) ++part_;
    return place < part_->header_end;
  }

 private:
  std::vector<Part>::const_iterator part_, end_;
};

}  // namespace

Edits repair_nul(std::string_view text) {
  if (!has_nul(text)) return {};
  if (Edits edits = encode_data(text, find_layout(text), RepairRule::nul, has_nul); !edits.empty()) return edits;
  Edits edits;
  for (auto begin = text.find('\0'); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_not_of('\0', begin), text.size());
    edits.push_back({begin, std::string(end - begin, '\0'), "", {RepairRule::nul}});
    begin = text.find('\0', end);
  }
  return edits;
}

Edits repair_bare_newline(std::string_view text) {
  if (!has_bare_newline(text)) return {};
  const Layout layout = find_layout(text);
  const RepairRules rules{RepairRule::bare_newline};
  if (Edits edits = encode_data(text, layout, RepairRule::bare_newline, has_bare_newline); !edits.empty()) return edits;
  const bool is_only_cr = layout.newline == "\r";
  HeaderPlaces header(layout.parts);
  Edits edits;
  for (auto i = text.find_first_of("\r\n"); i != std::string_view::npos; i = text.find_first_of("\r\n", i)) {
    const std::size_t end = std::min(text.find_first_not_of('\r', i), text.size());
    if (end == i) {
      edits.push_back({i++, "", "\r", rules});
    } else if (text.substr(end).starts_with('\n')) {
      if (end - i > 1) edits.push_back({i, std::string(end - i - 1, '\r'), "", rules});
      i = end + 1;
    } else {
      for (; i < end; ++i) {
        if (!is_only_cr && header.contain(i)) edits.push_back({i, "\r", " ", rules});
        else edits.push_back({i + 1, "", "\n", rules});
      }
    }
  }
  return edits;
}

Edits repair_final_newline(std::string_view text) {
  if (text.empty() || text.ends_with('\n')) return {};
  const std::string newline = text.ends_with('\r') || newline_of(text) == "\n" ? "\n" : "\r\n";
  return {{text.size(), "", newline, {RepairRule::final_newline}}};
}

}  // namespace godwit::mime
