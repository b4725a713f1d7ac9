// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ledger/central_store.h"

namespace godwit::ledger {
namespace {

std::optional<std::int64_t> packed(const std::optional<InternalDate>& date) {
  if (!date) return std::nullopt;
  return date->packed();
}

RunRecord run_of(const Statement& row) {
  RunRecord run;
  run.id = row.number<RunId>(0);
  run.command = row.bytes(1);
  run.began = InternalDate::from_packed(row.number<std::int64_t>(2));
  if (const auto ended = row.optional_number(3)) run.ended = InternalDate::from_packed(*ended);
  run.settings = row.bytes(4);
  run.estimate = row.bytes(5);
  run.timeline = row.bytes(6);
  return run;
}

}  // namespace

Result<RunId> CentralStore::begin_run(const RunRecord& run) {
  GODWIT_CHECK(database().run("INSERT INTO run (command, began, ended, settings, estimate, timeline) VALUES (?, ?, ?, ?, ?, ?)",
                              std::string_view(run.command), run.began.packed(), packed(run.ended), std::string_view(run.settings),
                              std::string_view(run.estimate), std::string_view(run.timeline)));
  return database().number("SELECT last_insert_rowid()");
}

Result<> CentralStore::update_run(const RunRecord& run) {
  GODWIT_CHECK(database().run("UPDATE run SET command = ?2, began = ?3, ended = ?4, settings = ?5, estimate = ?6, timeline = ?7 "
                              "WHERE id = ?1", run.id, std::string_view(run.command), run.began.packed(), packed(run.ended),
                              std::string_view(run.settings), std::string_view(run.estimate), std::string_view(run.timeline)));
  if (database().changes() == 0) return fail(ErrorKind::not_found, fmt::format("the ledger has no run {}", run.id));
  return {};
}

Result<std::vector<RunRecord>> CentralStore::runs() {
  std::vector<RunRecord> runs;
  GODWIT_TRY(Statement query, database().prepare("SELECT id, command, began, ended, settings, estimate, timeline FROM run ORDER BY id"));
  GODWIT_CHECK(query.each([&](const Statement& row) { runs.push_back(run_of(row)); }));
  return runs;
}

Result<> CentralStore::set_summary(const AccountSummary& summary) {
  return database().run("INSERT INTO account_summary (source, target, summary) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT DO UPDATE SET summary = ?3", std::string_view(summary.account.source),
                        std::string_view(summary.account.target), std::string_view(summary.summary));
}

Result<std::vector<AccountSummary>> CentralStore::summaries() {
  std::vector<AccountSummary> all;
  GODWIT_TRY(Statement query, database().prepare("SELECT source, target, summary FROM account_summary ORDER BY source, target"));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    all.push_back({{std::string(row.bytes(0)), std::string(row.bytes(1))}, std::string(row.bytes(2))});
  }));
  return all;
}

}  // namespace godwit::ledger
