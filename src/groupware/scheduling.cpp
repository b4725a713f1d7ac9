// SPDX-License-Identifier: Apache-2.0
#include "groupware/scheduling.h"

#include <vector>

#include "base/text.h"
#include "groupware/content_lines.h"

namespace godwit::groupware {
namespace {

struct Edit {
  std::size_t offset = 0, size = 0;
  std::string text;
};

void add_edit(const Property& property, std::vector<Edit>& edits) {
  Property changed = property;
  changed.remove_parameter("SCHEDULE-FORCE-SEND");
  const std::string_view agent = property.parameter_value("SCHEDULE-AGENT");
  if (!equals_ignoring_case(agent, "NONE") && !equals_ignoring_case(agent, "CLIENT")) changed.set_parameter("SCHEDULE-AGENT", "CLIENT");
  if (changed.parameters != property.parameters) edits.push_back({property.offset, property.size, written(changed)});
}

}  // namespace

Result<std::string> without_scheduling(std::string_view calendar_object) {
  GODWIT_CHECK(read_components(calendar_object, Syntax::calendar));
  ContentLines lines(calendar_object, Syntax::calendar);
  std::vector<Edit> edits;
  std::size_t depth = 0;
  while (true) {
    GODWIT_TRY(const auto line, lines.next());
    if (!line) break;
    if (line->name == "BEGIN") ++depth;
    if (line->name == "END") --depth;
    if (depth == 1 && line->name == "METHOD") edits.push_back({line->offset, line->size, {}});
    if (depth == 2 && (line->name == "ORGANIZER" || line->name == "ATTENDEE")) add_edit(*line, edits);
  }
  std::string result;
  std::size_t taken = 0;
  for (const Edit& edit : edits) {
    result.append(calendar_object.substr(taken, edit.offset - taken)).append(edit.text);
    taken = edit.offset + edit.size;
  }
  return result.append(calendar_object.substr(taken));
}

}  // namespace godwit::groupware
