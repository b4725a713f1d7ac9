// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::Folder;

MessageFlags flags_of(std::span<const std::string_view> names) {
  MessageFlags flags;
  for (const std::string_view name : names) flags.add(name);
  return flags;
}

// What a message shows of the flags that it was given; nothing when it was refused, which then stands on the sheet.
struct Trial {
  std::string key, subject;
  MessageFlags flags;
};

class FlagLab {
 public:
  FlagLab(Stage& stage, Sheet& sheet, Folder folder) : stage_(stage), sheet_(sheet), folder_(std::move(folder)) {}

  // Gives a message these flags as it is stored.
  Task<Result<std::optional<MessageFlags>>> append(const Trial& trial) {
    const std::string bytes = plain_message(++count_);
    const std::array<endpoint::NewMessage, 1> one{{{trial.flags, std::string(plain_date), bytes}}};
    const auto stored = co_await stage_.append(folder_, one);
    if (!stored || stored->kind == endpoint::AppendOutcome::Kind::refused) {
      co_return refuse(trial, stored ? stored->error : stored.error());
    }
    GODWIT_CO_TRY(const Contents contents, co_await stage_.read(folder_));
    const Uid uid = uid_of(*stored);
    const endpoint::Message* const there = uid == 0 ? contents.find(bytes) : contents.find(uid);
    if (there == nullptr) co_return refuse(trial, Error{ErrorKind::refused, "accepted, and the message is not there", {}, {}});
    last_ = there->uid;
    co_return there->flags;
  }

  // Gives them to the last message.
  Task<Result<std::optional<MessageFlags>>> store(const Trial& trial, const MessageFlags& remove = {}) {
    const auto changed = co_await stage_.change_flags(folder_, last_, trial.flags, remove);
    if (!changed) co_return refuse(trial, changed.error());
    GODWIT_CO_TRY(const auto items, co_await stage_.list(folder_));
    const auto item = std::ranges::find(items, last_, &endpoint::Item::uid);
    if (item == items.end()) co_return refuse(trial, Error{ErrorKind::not_found, "the message is not in the list any more", {}, {}});
    co_return item->flags;
  }

  // Flags that are lost with OK are seen by godwit verify, and by nobody in a round.
  void judge(const Trial& trial, const std::optional<MessageFlags>& told) {
    if (!told) return;
    const MessageFlags lost = trial.flags.without(*told), foreign = told->without(trial.flags);
    if (lost == MessageFlags{} && foreign == MessageFlags{}) return sheet_.kept(trial.key, trial.subject);
    std::string detail = lost == MessageFlags{} ? "" : "lost: " + lost.to_string();
    if (foreign != MessageFlags{}) detail += (detail.empty() ? "added: " : "; added: ") + foreign.to_string();
    sheet_.altered(trial.key, trial.subject, Harm::grave, detail);
  }

 private:
  std::optional<MessageFlags> refuse(const Trial& trial, const Error& error) {
    if (ends_session(error)) stage_.drop();
    sheet_.refused(trial.key, trial.subject, error);
    return std::nullopt;
  }

  Stage& stage_;
  Sheet& sheet_;
  Folder folder_;
  std::size_t count_ = 0;
  Uid last_ = 0;
};

std::vector<Trial> make_trials() {
  std::vector<Trial> trials;
  for (const std::string_view name : {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"}) {
    std::string key(name.substr(1));
    key.front() = static_cast<char>(key.front() | 0x20);
    trials.push_back({"flags." + key, std::string(name), flags_of({{name}})});
  }
  trials.push_back({"flags.forwarded", "$Forwarded", flags_of({{"$Forwarded"}})});
  trials.push_back({"flags.mdn-sent", "$MDNSent", flags_of({{"$MDNSent"}})});
  trials.push_back({"flags.labels", "keywords of mail programs ($label1, NonJunk)", flags_of({{"$label1", "NonJunk"}})});
  trials.push_back({"flags.own", "keywords of people (Work, to-do_2024)", flags_of({{"Work", "to-do_2024"}})});
  trials.push_back({"flags.long-keyword", "a keyword of 64 characters", flags_of({{std::string(64, 'k')}})});
  return trials;
}

// The spelling that comes back of a keyword that no earlier message had.
Task<Result<>> check_spelling(FlagLab& lab, Sheet& sheet) {
  const Trial trial{"flags.spelling", "upper and lower case of keywords", flags_of({{"MiXedCase"}})};
  GODWIT_CO_TRY(const auto told, co_await lab.append(trial));
  if (!told || !told->has_keyword("MiXedCase")) co_return Result<>{};
  const auto same = std::ranges::find_if(told->keywords, [](const std::string& one) { return one == "MiXedCase"; });
  if (same != told->keywords.end()) sheet.kept(trial.key, trial.subject);
  else sheet.altered(trial.key, trial.subject, Harm::none, fmt::format("MiXedCase became {}", told->to_string()));
  co_return Result<>{};
}

Task<Result<>> check_changes_of_flags(FlagLab& lab, Sheet& sheet) {
  GODWIT_CO_TRY(const auto given, co_await lab.append({"flags.store", "setting and taking flags later", flags_of({{"\\Flagged"}})}));
  if (!given) co_return Result<>{};
  const Trial trial{"flags.store", "setting and taking flags later", flags_of({{"\\Seen", "$Later"}})};
  GODWIT_CO_TRY(const auto told, co_await lab.store(trial, flags_of({{"\\Flagged"}})));
  lab.judge(trial, told);
  co_return Result<>{};
}

// IMAP's keywords are atoms (RFC 9051 §9): others are not even sent, and their message comes without.
Task<Result<>> check_odd_keywords(FlagLab& lab, Sheet& sheet) {
  for (const auto& [key, subject, name] : {std::tuple{"flags.non-ascii", "keywords that are no ASCII", "Gr\xc3\xbcn"},
                                           {"flags.parentheses", "keywords with parentheses", "a(b)"}}) {
    const Trial trial{key, subject, flags_of({{name}})};
    GODWIT_CO_TRY(const auto told, co_await lab.append(trial));
    if (told && told->has_keyword(name)) sheet.kept(key, subject);
    else if (told) sheet.altered(key, subject, Harm::told, "the message is stored without it");
  }
  co_return Result<>{};
}

Task<Result<>> check_number(Stage& stage, Sheet& sheet, std::size_t keywords, Measures& measures) {
  GODWIT_CO_TRY(Folder folder, co_await stage.make("keywords"));
  FlagLab lab(stage, sheet, std::move(folder));
  Trial trial{"flags.number", "how many keywords a folder may have", {}};
  for (std::size_t i = 0; i < keywords; ++i) trial.flags.add(fmt::format("keyword-{:03}", i));
  GODWIT_CO_TRY(const auto told, co_await lab.append(trial));
  if (!told) co_return Result<>{};
  measures.keywords = keywords - trial.flags.without(*told).keywords.size();
  const std::string detail = fmt::format("{} of {}", measures.keywords, keywords);
  if (measures.keywords == keywords) sheet.kept(trial.key, trial.subject, "at least " + std::to_string(keywords));
  else sheet.altered(trial.key, trial.subject, Harm::grave, detail + " are kept, the others are lost without a word");
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_flags(Stage& stage, Sheet& sheet, const Amounts& amounts, Measures& measures) {
  GODWIT_CO_TRY(Folder folder, co_await stage.make("flags"));
  FlagLab lab(stage, sheet, std::move(folder));
  for (const Trial& trial : make_trials()) {
    GODWIT_CO_TRY(const auto told, co_await lab.append(trial));
    lab.judge(trial, told);
  }
  GODWIT_CO_CHECK(co_await check_spelling(lab, sheet));
  GODWIT_CO_CHECK(co_await check_changes_of_flags(lab, sheet));
  GODWIT_CO_CHECK(co_await check_odd_keywords(lab, sheet));
  GODWIT_CO_CHECK(co_await check_number(stage, sheet, amounts.keywords, measures));
  co_return Result<>{};
}

}  // namespace godwit::probe
