// SPDX-License-Identifier: Apache-2.0
#include "sync/message_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "mime/hazards.h"

namespace godwit::sync {

ledger::ItemRecord item_of(FolderWork& work, const endpoint::Message& message, const Inspection& found, Uid target_uid,
                           bool brought) {
  work.is_touched = true;
  return {.source_uid = message.uid,
          .target_uid = target_uid,
          .size = message.size,
          .digest = found.digest,
          .flags = message.flags,
          .level = ledger::Level::accepted,
          .date = InternalDate::parse(message.date),
          .hazards = found.hazards.kinds,
          .brought = brought,
          .object_id = message.object_id};
}

namespace {

constexpr std::size_t longest_usual_line = 998;  // RFC 5322 §2.1.1

std::size_t longest_line(std::string_view bytes) {
  std::size_t longest = 0;
  while (!bytes.empty()) {
    const std::size_t length = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    longest = std::max(longest, length);
    bytes.remove_prefix(length);
  }
  return longest;
}

// What a server may not have liked, where it does not say.
std::string reason_of(const endpoint::Message& message, const Error& error) {
  const std::size_t line = is_about_content(error.kind) ? longest_line(message.bytes) : 0;
  if (line <= longest_usual_line) return error.what;
  return fmt::format("{} (its longest line has {} bytes)", error.what, line);
}

}  // namespace

ledger::Problem problem_of(const FolderWork& work, const endpoint::Message& message, const Error& error) {
  return {work.record.id,
          work.name(),
          message.uid,
          message.size,
          error.code == codes::data_item_damaged.number ? "damaged" : std::string(name_of(error.kind)),
          reason_of(message, error),
          error.server_text,
          mime::header_value(message.bytes, "Subject"),
          mime::header_value(message.bytes, "From"),
          mime::header_value(message.bytes, "Date")};
}

// Of a message whose body is not kept.
ledger::Problem problem_of(const FolderWork& work, const ledger::ItemRecord& streamed, const Error& error) {
  endpoint::Message message;
  message.uid = streamed.source_uid;
  message.size = streamed.size;
  return problem_of(work, message, error);
}

// A repaired one is on record by what the source has.
ledger::ItemRecord item_of(FolderWork& work, const WholeMessage& whole, Uid target_uid) {
  ledger::ItemRecord item = item_of(work, whole.message, whole.inspection(), target_uid, true);
  if (whole.repair) {
    item.size = whole.repair->original().size;
    item.digest = whole.repair->digest();
  }
  return item;
}

// What a person should know of a message that was moved repaired.
ledger::Problem repair_of(const FolderWork& work, const WholeMessage& whole) {
  const RepairTrial& trial = *whole.repair;
  ledger::Problem problem = problem_of(work, trial.original(), trial.refusal());
  problem.kind = "repaired";
  problem.reason = fmt::format("moved, and repaired, because the target refused it as it is ({}); the original is kept as {}",
                               trial.form().describe(), trial.kept_as);
  problem.stored = whole.inspection().digest;
  return problem;
}

// As it was sent or, where its bytes invite alteration, as a server may have altered it. `loosely`: the loose digest, of the bytes as
// they are or with a newline at the end.
std::optional<Match> claim(Candidates& candidates, const Inspection& found, const std::function<Digest(bool is_ended)>& loosely) {
  auto match = candidates.claim_exact(found.digest);
  if (!match && found.hazards.any()) match = candidates.claim_loose(loosely(false));
  if (!match && (found.hazards.kinds & mime::Hazards::no_final_newline) != 0) match = candidates.claim_loose(loosely(true));
  return match;
}

std::optional<Match> claim(Candidates& candidates, const WholeMessage& whole) {
  return claim(candidates, whole.inspection(), [&whole](bool is_ended) {
    return mime::loose_digest(is_ended ? whole.message.bytes + "\r\n" : whole.message.bytes);
  });
}

// What the target's copy lacks of the source's flags is brought to it: the answer that was lost may have been older than a change.
// The item is recorded without them first.
std::optional<ChangeFlags> missing_flags(ledger::ItemRecord& item, const Match& match) {
  const MessageFlags missing = item.flags.without(match.flags);
  if (missing == MessageFlags{}) return std::nullopt;
  ChangeFlags change{item.source_uid, match.uid, missing, {}, item.flags};
  item.flags = item.flags.without(missing);
  return change;
}

}  // namespace godwit::sync
