// SPDX-License-Identifier: Apache-2.0
#include "sync/extras_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/byte_size.h"
#include "base/sha256.h"
#include "base/text.h"
#include "sync/access_merge.h"
#include "sync/extras_state.h"

namespace godwit::sync {
namespace {

using endpoint::Access;
using endpoint::Extras;
using endpoint::Folder;
using endpoint::Grantee;
using endpoint::Rights;

constexpr std::size_t folders_at_once = 100;  // one flight
constexpr std::size_t most_lines = 20;        // of one folder's problem
constexpr std::uint64_t largest_annotation = 64 * 1024;

std::string digest_text(std::string_view value) {
  const Digest digest = sha256(value);
  std::string text;
  for (const unsigned char byte : digest.bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// One folder at work.
struct Work {
  Folder source, target;
  ledger::FolderRecord record;
  ExtrasState state, next;
  std::string state_text;          // as on record
  std::string reason_on_record;    // of its problem; empty: none
  std::vector<std::string> lines;  // what was not copied, and why
  std::string server_text;

  void tell(std::string line, const Error* error = nullptr) {
    lines.push_back(std::move(line));
    if (error != nullptr && server_text.empty()) server_text = error->server_text;
  }
};

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i) text += (i == 0 ? "" : "; ") + lines[i];
  if (lines.size() > most_lines) text += fmt::format("; and {} more", lines.size() - most_lines);
  return text;
}

std::vector<Folder> folders_of(std::span<Work> works, Folder Work::* side) {
  std::vector<Folder> folders;
  for (const Work& work : works) folders.push_back(work.*side);
  return folders;
}

class ExtrasCopy {
 public:
  ExtrasCopy(const RoundContext& context, Extras* source, Extras* target) : context_(context), source_(source), target_(target) {}

  Task<Result<>> run(std::span<const Folder> source_folders) {
    const ExtrasOptions& options = context_.options.extras;
    const bool rights = options.rights && is_possible("rights of others are", &Extras::tells_access);
    const bool annotations = !options.annotations.empty() && is_possible("annotations are", &Extras::tells_annotations);
    const bool quota = options.quota && is_possible("the limit of the quota is", &Extras::tells_quota);
    if (!rights && !annotations && !quota) co_return Result<>{};
    GODWIT_CO_CHECK(co_await gather(source_folders));
    if (rights) GODWIT_CO_CHECK(co_await learn_models());
    for (std::size_t begin = 0; begin < works_.size(); begin += folders_at_once) {
      if (context_.is_stopped()) co_return std::unexpected(stopped());
      const auto slice = std::span(works_).subspan(begin, std::min(folders_at_once, works_.size() - begin));
      if (rights) GODWIT_CO_CHECK(co_await copy_rights(slice));
      if (annotations) GODWIT_CO_CHECK(co_await copy_annotations(slice));
      if (quota) GODWIT_CO_CHECK(co_await copy_quota(slice));
      for (Work& work : slice) GODWIT_CO_CHECK(co_await record(work));
    }
    co_return Result<>{};
  }

 private:
  bool is_possible(std::string_view what, bool (Extras::*tells)() const) {
    const bool on_source = source_ != nullptr && (source_->*tells)(), on_target = target_ != nullptr && (target_->*tells)();
    if (on_source && on_target) return true;
    context_.note(fmt::format("{} not copied: the {} has nothing of the kind", what, on_source ? "target" : "source"));
    return false;
  }

  Task<Result<>> gather(std::span<const Folder> source_folders) {
    GODWIT_CO_TRY(const auto records, co_await context_.account.folders());
    std::map<ledger::FolderId, std::string> reasons;
    GODWIT_CO_CHECK(co_await context_.account.each_problem([&](const ledger::Problem& problem) {
      if (problem.source_uid == 0) reasons[problem.folder] = problem.reason;
    }));
    for (const Folder& folder : source_folders) {
      const auto record = std::ranges::find(records, folder.name, &ledger::FolderRecord::source_name);
      if (!folder.selectable || !context_.options.rules.takes(folder) || record == records.end()) continue;
      const auto place = context_.target_folders.find(record->id);
      if (place == context_.target_folders.end() || record->target_uid_validity == 0) continue;
      Work& work = works_.emplace_back();
      work.source = folder;
      work.target = place->second;
      work.record = *record;
      work.reason_on_record = reasons[record->id];
      GODWIT_CO_TRY(work.state_text, co_await context_.account.extras(record->id));
      work.next = work.state = parse_extras(work.state_text, record->target_uid_validity);
    }
    std::ranges::sort(works_, goes_before, [](const Work& work) -> const auto& { return work.source.path; });
    for (const Work& work : works_) given_[work.source.path] = work.state.access;
    co_return Result<>{};
  }

  // What was given on the nearest folder above, where the folder is godwit's own and new: it may have it from there.
  [[nodiscard]] Access inherited(const Work& work) const {
    if (!work.record.made_by_us || !work.state_text.empty()) return {};
    for (endpoint::FolderPath above = work.source.path; above.segments.size() > 1;) {
      above.segments.pop_back();
      if (const auto found = given_.find(above); found != given_.end()) return found->second;
    }
    return {};
  }

  Task<Result<>> learn_models() {
    GODWIT_CO_TRY(auto source, co_await source_->access_model());
    GODWIT_CO_TRY(auto target, co_await target_->access_model());
    sides_ = {std::move(source), std::move(target), source_->own_identity(), target_->own_identity()};
    co_return Result<>{};
  }

  struct Wish {
    Work* work;
    Grantee grantee;
  };

  Task<Result<>> copy_rights(std::span<Work> works) {
    GODWIT_CO_TRY(const auto source, co_await source_->access(folders_of(works, &Work::source)));
    GODWIT_CO_TRY(const auto target, co_await target_->access(folders_of(works, &Work::target)));
    std::vector<Extras::AccessChange> changes;
    std::vector<Wish> wishes;
    for (std::size_t i = 0; i < works.size(); ++i) {
      if (!can_be_read(works[i], "rights", source[i], target[i])) continue;
      for (const auto& [grantee, rights] : compare(works[i], *source[i], *target[i])) {
        changes.push_back({works[i].target, grantee, rights});
        wishes.push_back({&works[i], grantee});
      }
    }
    if (changes.empty()) co_return Result<>{};
    GODWIT_CO_TRY(const auto outcomes, co_await target_->change_access(changes));
    for (std::size_t i = 0; i < outcomes.size(); ++i) note_outcome(wishes[i], changes[i].rights, outcomes[i]);
    co_return Result<>{};
  }

  template <class Told>
  static bool can_be_read(Work& work, std::string_view what, const Result<Told>& source, const Result<Told>& target) {
    for (const auto& [side, told] : {std::pair("source", &source), std::pair("target", &target)}) {
      if (*told) continue;
      work.tell(fmt::format("its {} cannot be read on the {}: {}; give the account the right to administer the folder", what, side,
                            told->error().what),
                &told->error());
    }
    return source && target;
  }

  AccessChanges compare(Work& work, const endpoint::AccessTold& source, const endpoint::AccessTold& target) const {
    TranslatedAccess wanted = translate(source.access, sides_, *context_.options.extras.identities);
    for (const std::string& right : source.not_understood) work.tell(fmt::format("the right \"{}\" is the source's own", printable(right)));
    for (std::string& line : wanted.not_copied) work.tell(std::move(line));
    work.next.access = wanted.access;
    return access_changes(wanted.access, work.state.access, inherited(work), target.access);
  }

  // What was refused is on record as before, so that it is tried again.
  void note_outcome(const Wish& wish, Rights rights, const Result<>& outcome) {
    if (outcome) {
      ++context_.result.rights_changed;
      return;
    }
    Work& work = *wish.work;
    work.tell(fmt::format("the target refuses to give {} the rights \"{}\"{}", printable(wish.grantee.identity.text()), rights.text(),
                          wish.grantee.is_denial ? " as a denial" : ""),
              &outcome.error());
    const auto before = work.state.access.find(wish.grantee);
    if (before != work.state.access.end()) {
      work.next.access[wish.grantee] = before->second;
    } else {
      work.next.access.erase(wish.grantee);
    }
  }

  using Values = std::map<std::string, std::string>;
  [[nodiscard]] Values chosen(const endpoint::AnnotationsTold& told) const {
    Values values;
    for (const endpoint::Annotation& annotation : told.annotations) {
      const bool is_meant = std::ranges::any_of(context_.options.extras.annotations, [&](const std::string& pattern) {
        return matches_annotation(pattern, annotation.name);
      });
      if (is_meant) values[annotation.name] = annotation.value;
    }
    return values;
  }

  Task<Result<>> copy_annotations(std::span<Work> works) {
    GODWIT_CO_TRY(const auto source, co_await source_->annotations(folders_of(works, &Work::source), largest_annotation));
    GODWIT_CO_TRY(const auto target, co_await target_->annotations(folders_of(works, &Work::target), largest_annotation));
    std::vector<Extras::AnnotationChange> changes;
    std::vector<Work*> whose;
    for (std::size_t i = 0; i < works.size(); ++i) {
      if (!can_be_read(works[i], "annotations", source[i], target[i])) continue;
      if (source[i]->longest_left_out) {
        works[i].tell(fmt::format("an annotation of {} is too large to be copied", format_bytes(*source[i]->longest_left_out)));
      }
      compare_annotations(works[i], chosen(*source[i]), chosen(*target[i]), changes);
      whose.resize(changes.size(), &works[i]);
    }
    if (changes.empty()) co_return Result<>{};
    GODWIT_CO_TRY(const auto outcomes, co_await target_->change_annotations(changes));
    for (std::size_t i = 0; i < outcomes.size(); ++i) note_outcome(*whose[i], changes[i], outcomes[i]);
    co_return Result<>{};
  }

  static std::string digest_of(const Values& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : digest_text(found->second);
  }

  // Follows the source, unless the target has a value of its own.
  static void compare_annotations(Work& work, const Values& source, const Values& target, std::vector<Extras::AnnotationChange>& changes) {
    std::set<std::string> names;
    for (const auto& [name, value] : source) names.insert(name);
    for (const auto& [name, digest] : work.state.annotations) names.insert(name);
    for (const std::string& name : names) {
      const std::string here = digest_of(source, name), there = digest_of(target, name);
      const auto entry = work.state.annotations.find(name);
      const std::string before = entry == work.state.annotations.end() ? std::string() : entry->second;
      if (here == there) {
        set_digest(work.next, name, here);
      } else if (here != before && there == before) {
        const auto value = source.find(name);
        changes.push_back({work.target, name, value == source.end() ? std::nullopt : std::optional(value->second)});
      } else if (here != before) {
        work.tell(fmt::format("the annotation {} has another value on the target, which was kept", printable(name)));
      }
    }
  }

  static void set_digest(ExtrasState& state, const std::string& name, const std::string& digest) {
    if (digest.empty()) {
      state.annotations.erase(name);
    } else {
      state.annotations[name] = digest;
    }
  }

  void note_outcome(Work& work, const Extras::AnnotationChange& change, const Result<>& outcome) {
    if (outcome) {
      ++context_.result.annotations_changed;
      return set_digest(work.next, change.name, change.value ? digest_text(*change.value) : std::string());
    }
    work.tell(fmt::format("the target refuses the annotation {}", printable(change.name)), &outcome.error());
  }

  Task<Result<>> copy_quota(std::span<Work> works) {
    const auto inbox = std::ranges::find_if(works, [](const Work& work) { return work.source.path.is_inbox(); });
    if (inbox == works.end()) co_return Result<>{};
    GODWIT_CO_TRY(auto limits, co_await source_->quotas());
    GODWIT_CO_TRY(const auto now, co_await target_->quotas());
    for (endpoint::Quota& quota : limits) forget_use(quota);
    std::erase_if(limits, [](const endpoint::Quota& quota) { return !quota.storage && !quota.messages; });
    if (limits.empty() || limits == inbox->state.quotas) co_return Result<>{};
    endpoint::Quota wanted = limits.front(), has = now.empty() ? endpoint::Quota() : now.front();
    forget_use(has);
    wanted.root = has.root;
    if (wanted != has) {
      const auto set = co_await target_->set_quota(wanted);
      if (!set && reaction_to(set.error().kind) != Reaction::skip_item) co_return set;
      if (!set) {
        inbox->tell(fmt::format("the limit of the quota{} was not set on the target; set it there as its administrator",
                                wanted.storage ? ", " + format_bytes(wanted.storage->limit) + "," : ""),
                    &set.error());
        co_return Result<>{};
      }
      ++context_.result.annotations_changed;
    }
    inbox->next.quotas = limits;
    co_return Result<>{};
  }

  static void forget_use(endpoint::Quota& quota) {
    for (auto* const use : {&quota.storage, &quota.messages}) {
      if (*use) (*use)->used = 0;
    }
  }

  Task<Result<>> record(Work& work) {
    const std::string reason = joined_lines(work.lines);
    const std::string text = to_text(work.next);
    if (text == work.state_text && reason == work.reason_on_record) co_return Result<>{};
    std::optional<ledger::Problem> problem;
    if (!reason.empty()) {
      problem.emplace();
      problem->folder = work.record.id;
      problem->folder_name = work.source.path.display();
      problem->kind = "rights";
      problem->reason = reason;
      problem->server_text = work.server_text;
      if (reason != work.reason_on_record) context_.warn("folder " + problem->folder_name + ": " + reason, problem->folder_name);
    }
    co_return co_await context_.account.set_extras(work.record.id, text, std::move(problem));
  }

  const RoundContext& context_;
  Extras* source_;
  Extras* target_;
  AccessSides sides_;
  std::vector<Work> works_;
  std::map<endpoint::FolderPath, Access> given_;  // before this round
};

}  // namespace

Task<Result<>> copy_extras(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                           std::span<const Folder> source_folders) {
  ExtrasCopy copy(context, source.extras(), target.extras());
  co_return co_await copy.run(source_folders);
}

}  // namespace godwit::sync
