// SPDX-License-Identifier: Apache-2.0
// What a verification tells.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/console.h"

namespace godwit::cli {

nlohmann::json to_json(const sync::Difference& difference) {
  return {{"event", "difference"},
          {"kind", sync::name_of(difference.kind)},
          {"folder", difference.folder},
          {"source_uid", difference.source_uid},
          {"target_uid", difference.target_uid},
          {"subject", printable(difference.subject)},
          {"date", difference.date},
          {"meaning", difference.meaning}};
}

std::string text_of(const sync::Difference& difference) {
  std::string text = fmt::format("{}: {}", sync::name_of(difference.kind), printable(difference.folder));
  if (difference.target_uid != 0) text += fmt::format(", UID {} (on the source {})", difference.target_uid, difference.source_uid);
  if (!difference.subject.empty()) text += fmt::format(", \"{}\"", printable(difference.subject));
  if (!difference.date.empty()) text += ", " + difference.date;
  return text + ": " + difference.meaning;
}

void Console::difference(const sync::Difference& difference) {
  if (style_ == Style::json) {
    print_json(to_json(difference));
    return;
  }
  clear_bar();
  fmt::print("  {}\n", text_of(difference));
}

void Console::summary(const VerifySummary& summary, int exit_status) {
  clear_bar();
  const sync::VerifyCounts& counts = summary.counts;
  if (style_ == Style::json) {
    nlohmann::json line{{"event", "summary"},         {"account", account_},
                        {"exit_status", exit_status}, {"seconds", seconds()},
                        {"folders", counts.folders},  {"items", counts.items},
                        {"listed", counts.listed},    {"proven", counts.proven},
                        {"missing", counts.missing},  {"altered", counts.altered},
                        {"flags", counts.flags},      {"dates", counts.dates},
                        {"unread", counts.unread},    {"others", counts.others},
                        {"differences", counts.differences()},
                        {"withdrawn", summary.withdrawn},
                        {"left_out", summary.left_out},
                        {"not_moved", summary.not_moved},
                        {"notes", summary.notes}};
    if (summary.error) line["error"] = to_json(*summary.error);
    print_json(line);
    return;
  }
  fmt::print("{}: {} of {} items are in the target's list, in {} folder{}", account_, grouped(counts.listed), grouped(counts.items),
             counts.folders, counts.folders == 1 ? "" : "s");
  if (counts.proven > 0) fmt::print("; {} read back and equal", grouped(counts.proven));
  fmt::print(". {:.1f} s.\n", seconds());
  const auto tell = [](std::uint64_t count, std::string_view what) {
    if (count > 0) fmt::print("{}: {}.\n", what, grouped(count));
  };
  tell(counts.missing, "Missing on the target");
  tell(counts.altered, "Altered");
  tell(counts.unread, "Listed, but not given");
  tell(counts.flags, "Other flags");
  tell(counts.dates, "Other arrival date");
  if (counts.differences() == 0 && !summary.error) fmt::print("No difference.\n");
  tell(summary.withdrawn, "Known before to have been removed on the target");
  tell(summary.not_moved, "Known before not to be on the target (godwit retry tries them again)");
  tell(summary.left_out, "Left out by the rules");
  tell(counts.others, "Messages in these folders that are not godwit's");
  for (const std::string& note : summary.notes) fmt::print("{}\n", note);
  std::fflush(stdout);
  if (summary.error) fmt::print(stderr, "godwit: {}\n", describe(*summary.error));
}

}  // namespace godwit::cli
