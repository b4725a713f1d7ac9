// SPDX-License-Identifier: Apache-2.0
#include "report/account_report.h"

#include <deque>
#include <functional>
#include <map>

#include "base/error_code.h"
#include "base/text.h"
#include "ledger/collections.h"
#include "sync/rules.h"

namespace godwit::report {
namespace {

using ledger::CollectionRecord;
using ledger::FolderRecord;
using ledger::ItemRecord;
using ledger::Level;
using ledger::Problem;
using ledger::ResourceRecord;

constexpr std::size_t page = 1000;

std::string reason_of(const Problem& problem) {
  return describe({ErrorKind::refused, problem.reason, problem.server_text, {}, code_of_problem(problem.kind)});
}

ManifestItem place_of(const FolderRecord& folder) {
  ManifestItem item;
  item.source_folder = folder.source_name;
  item.source_uid_validity = folder.source_uid_validity;
  item.target_folder = folder.target_name;
  item.target_uid_validity = folder.target_uid_validity;
  return item;
}

// `problem`: of that item, or nullptr.
ManifestItem line_of(const FolderRecord& folder, const ItemRecord& row, const Problem* problem) {
  ManifestItem item = place_of(folder);
  item.source_uid = row.source_uid;
  item.target_uid = row.target_uid;
  item.size = row.size;
  item.date = row.date;
  if (row.level == Level::left_out) {
    item.outcome = Outcome::left_out;
    item.reason = sync::name_of(static_cast<sync::Verdict>(row.left_out));
    return item;
  }
  item.digest = row.digest;
  if (row.level == Level::withdrawn) {
    item.outcome = Outcome::withdrawn;
    return item;
  }
  item.level = row.level;
  if (problem != nullptr && problem->stored) item.outcome = Outcome::repaired;
  if (problem != nullptr) item.reason = reason_of(*problem);
  if (row.level == Level::altered && item.reason.empty()) item.reason = "read back, and not equal";
  return item;
}

// Of what is no message.
ManifestItem line_of(const CollectionRecord& collection, const ResourceRecord& row, const Problem* problem) {
  ManifestItem item;
  item.source_folder = collection.source_name;
  item.target_folder = collection.target_name;
  item.source_uid = row.number;
  item.kind = name_of(row.kind);
  item.uid = row.uid;
  item.source_name = row.source_name;
  item.target_name = row.target_name;
  item.size = row.size;
  if (problem != nullptr) item.reason = reason_of(*problem);
  if (!row.level || *row.level == Level::withdrawn) {
    item.outcome = row.level ? Outcome::withdrawn : Outcome::not_moved;
    if (!row.level && item.reason.empty()) item.reason = "the round was cut off before it was known";
    return item;
  }
  item.digest = row.digest;
  item.level = row.level;
  if (row.level == Level::altered && item.reason.empty()) item.reason = "read back, and of another meaning";
  return item;
}

ManifestItem line_of(const FolderRecord& folder, const Problem& problem) {
  ManifestItem item = place_of(folder);
  item.source_uid = problem.source_uid;
  item.size = problem.size;
  item.outcome = Outcome::not_moved;
  item.reason = reason_of(problem);
  return item;
}

// Items and problems of an account in one order: by folder, then by source UID.
class Lines {
 public:
  explicit Lines(ledger::AccountLedger& account) : account_(account) {}

  [[nodiscard]] Task<Result<>> each(const std::function<Result<>(const ManifestItem&)>& take) {
    GODWIT_CO_TRY(const auto folders, co_await account_.folders());
    for (const FolderRecord& folder : folders) {
      for (Uid from = 0;;) {
        GODWIT_CO_TRY(const auto rows, co_await account_.items(folder.id, from, page));
        for (const ItemRecord& row : rows) {
          GODWIT_CO_CHECK(co_await problems_before(folder, row.source_uid, take));
          const bool is_its_own = !problems_.empty() && problems_.front().folder == folder.id && problems_.front().source_uid == row.source_uid;
          GODWIT_CO_CHECK(take(line_of(folder, row, is_its_own ? &problems_.front() : nullptr)));
          if (is_its_own) problems_.pop_front();
        }
        if (rows.size() < page) break;
        from = rows.back().source_uid + 1;
      }
      GODWIT_CO_CHECK(co_await problems_before(folder, ~Uid{0}, take));
    }
    co_return co_await each_of_collections(take);
  }

 private:
  // Every problem of these has its row, or is about the collection.
  Task<Result<>> each_of_collections(const std::function<Result<>(const ManifestItem&)>& take) {
    ledger::CollectionLedger& ledger = account_.collections();
    GODWIT_CO_TRY(const auto collections, co_await ledger.collections());
    if (collections.empty()) co_return Result<>{};
    std::map<std::pair<ledger::FolderId, Uid>, Problem> problems;
    GODWIT_CO_CHECK(co_await account_.each_problem(
        [&](const Problem& problem) { problems.emplace(std::pair(problem.folder, problem.source_uid), problem); }));
    for (const CollectionRecord& collection : collections) {
      for (ledger::ResourceNumber after = 0;;) {
        GODWIT_CO_TRY(const auto rows, co_await ledger.resources(collection.id, after, page));
        if (rows.empty()) break;
        after = rows.back().number;
        for (const ResourceRecord& row : rows) {
          const auto problem = problems.find({collection.id, row.number});
          GODWIT_CO_CHECK(take(line_of(collection, row, problem != problems.end() ? &problem->second : nullptr)));
        }
      }
    }
    co_return Result<>{};
  }

  // Those of the folder below the UID belong to items that have no row.
  Task<Result<>> problems_before(const FolderRecord& folder, Uid uid, const std::function<Result<>(const ManifestItem&)>& take) {
    while (true) {
      if (problems_.empty() && !has_all_) {
        GODWIT_CO_TRY(auto next, co_await account_.problems(offset_, page));
        offset_ += next.size();
        has_all_ = next.size() < page;
        problems_.insert(problems_.end(), std::make_move_iterator(next.begin()), std::make_move_iterator(next.end()));
      }
      const bool is_next = !problems_.empty() && problems_.front().folder == folder.id && problems_.front().source_uid < uid;
      if (!is_next) co_return Result<>{};
      if (ledger::means_not_moved(problems_.front().kind)) GODWIT_CO_CHECK(take(line_of(folder, problems_.front())));
      problems_.pop_front();
    }
  }

  ledger::AccountLedger& account_;
  std::deque<Problem> problems_;
  std::size_t offset_ = 0;
  bool has_all_ = false;
};

}  // namespace

Task<Result<GradeFacts>> gather_facts(ledger::AccountLedger& account) {
  GODWIT_CO_TRY(const ledger::Counters counters, co_await account.counters());
  GODWIT_CO_TRY(const ledger::RoundRecord round, co_await account.last_round());
  GradeFacts facts;
  facts.accepted = counters.at(Level::accepted);
  facts.listed = counters.at(Level::listed);
  facts.proven = counters.at(Level::proven);
  facts.altered = counters.at(Level::altered);
  facts.open_batches = counters.open_batches;
  GODWIT_CO_TRY(facts.problems, co_await account.problem_groups());
  if (round.began) facts.last_round = round.ended ? LastRound::complete : LastRound::cut_short;
  co_return facts;
}

Task<std::optional<Verdict>> judge(ledger::Ledger& ledger, ledger::AccountIdentity identity) {
  const auto account = co_await ledger.account(identity.source, identity.target);
  if (!account) co_return std::nullopt;
  const auto facts = co_await gather_facts(**account);
  if (!facts) co_return std::nullopt;
  co_return grade_of(*facts);
}

Task<Result<ManifestHeader>> write_manifest(ledger::AccountLedger& account, ManifestSettings settings, SigningKey key) {
  ManifestHeader header;
  header.program = std::move(settings.program);
  header.source = settings.identity.source;
  header.target = settings.identity.target;
  header.created = InternalDate::now();
  GODWIT_CO_TRY(const ledger::RoundRecord round, co_await account.last_round());
  header.round_ended = round.ended;
  GODWIT_CO_TRY(const GradeFacts facts, co_await gather_facts(account));
  header.grade = grade_of(facts).grade;
  header.signer = key.public_key().hex();
  Lines counted(account);
  GODWIT_CO_CHECK(co_await counted.each([&header](const ManifestItem& item) {
    header.counts.add(item);
    return Result<>{};
  }));
  GODWIT_CO_TRY(const auto writer, ManifestWriter::create(std::move(settings.file), header, std::move(key)));
  Lines written(account);
  GODWIT_CO_CHECK(co_await written.each([&writer](const ManifestItem& item) { return writer->add(item); }));
  GODWIT_CO_CHECK(writer->finish());
  co_return header;
}

}  // namespace godwit::report
