// SPDX-License-Identifier: Apache-2.0
#include "jobs/account_summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "report/account_report.h"

namespace godwit::jobs {
namespace {

using ledger::Level;
using nlohmann::json;
using std::chrono::system_clock;

constexpr std::size_t page = 1000;

std::int64_t seconds_of(system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
system_clock::time_point time_of(std::int64_t seconds) { return system_clock::time_point(std::chrono::seconds(seconds)); }

bool is_on_target(Level level) {
  return level == Level::accepted || level == Level::listed || level == Level::proven || level == Level::altered;
}

// The counters have the sizes of all rows together; only where some are not on the target all rows have to be read.
Task<Result<std::uint64_t>> bytes_on_target(ledger::AccountLedger& account, ledger::Counters counters) {
  if (on_target(counters) == counters.items) co_return counters.bytes;
  std::uint64_t bytes = 0;
  GODWIT_CO_TRY(const auto folders, co_await account.folders());
  for (const ledger::FolderRecord& folder : folders) {
    for (Uid from = 0;;) {
      GODWIT_CO_TRY(const auto rows, co_await account.items(folder.id, from, page));
      for (const ledger::ItemRecord& row : rows) bytes += is_on_target(row.level) ? row.size : 0;
      if (rows.size() < page) break;
      from = rows.back().source_uid + 1;
    }
  }
  co_return bytes;
}

json json_of(const Error& error) {
  return {{"kind", name_of(error.kind)}, {"what", error.what}, {"where", error.where}, {"server_text", error.server_text},
          {"code", code_of(error)}};
}

json json_of(const Attempt& attempt) {
  json object{{"began", seconds_of(attempt.began)}, {"copied", attempt.copied}, {"bytes", attempt.bytes}};
  if (attempt.ended) object["ended"] = seconds_of(*attempt.ended);
  return object;
}

// What is written as one of these names and no other is what a later version wrote, and is not understood.
std::optional<ErrorKind> error_kind_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::bug); ++i) {
    if (godwit::name_of(static_cast<ErrorKind>(i)) == name) return static_cast<ErrorKind>(i);
  }
  return std::nullopt;
}

Error error_of(const json& object) {
  Error error;
  error.kind = error_kind_named(object.at("kind").get<std::string>()).value_or(ErrorKind::bug);
  error.what = object.at("what").get<std::string>();
  error.where = object.at("where").get<std::string>();
  error.server_text = object.at("server_text").get<std::string>();
  error.code = object.at("code").get<std::uint16_t>();
  return error;
}

Attempt attempt_of(const json& object) {
  Attempt attempt{time_of(object.at("began").get<std::int64_t>()), {}, object.at("copied").get<std::uint64_t>(),
                  object.at("bytes").get<std::uint64_t>()};
  if (object.contains("ended")) attempt.ended = time_of(object.at("ended").get<std::int64_t>());
  return attempt;
}

ledger::Counters counters_of(const json& object) {
  ledger::Counters counters;
  counters.items = object.at("items").get<std::uint64_t>();
  counters.problems = object.at("problems").get<std::uint64_t>();
  counters.not_moved = object.at("not_moved").get<std::uint64_t>();
  counters.open_batches = object.at("open_batches").get<std::uint64_t>();
  const auto levels = object.at("by_level").get<std::vector<std::uint64_t>>();
  std::copy_n(levels.begin(), std::min(levels.size(), counters.by_level.size()), counters.by_level.begin());
  return counters;
}

json json_of(const ledger::Counters& counters) {
  return {{"items", counters.items}, {"problems", counters.problems}, {"not_moved", counters.not_moved},
          {"open_batches", counters.open_batches}, {"by_level", counters.by_level}};
}

// Throws json::exception at what is no summary.
std::optional<AccountSummary> read(const json& object) {
  const auto state = state_named(object.at("state").get<std::string>());
  if (!state) return std::nullopt;
  AccountSummary summary;
  summary.state = *state;
  summary.name = object.at("account").get<std::string>();
  summary.wave = object.at("wave").get<std::string>();
  summary.attempts = object.at("attempts").get<int>();
  if (object.contains("error")) summary.error = error_of(object.at("error"));
  if (object.contains("grade")) {
    const auto grade = report::grade_named(object.at("grade").get<std::string>());
    if (!grade) return std::nullopt;
    summary.verdict = report::Verdict{*grade, object.at("grade_reasons").get<std::vector<std::string>>()};
  }
  summary.counters = counters_of(object.at("counters"));
  summary.bytes = object.at("bytes").get<std::uint64_t>();
  for (const json& group : object.at("problems")) {
    summary.problems.push_back({group.at("kind").get<std::string>(), group.at("count").get<std::uint64_t>(),
                                group.at("is_accepted").get<bool>()});
  }
  for (const json& attempt : object.at("history")) summary.history.push_back(attempt_of(attempt));
  return summary;
}

}  // namespace

std::uint64_t on_target(const ledger::Counters& counters) {
  return counters.at(Level::accepted) + counters.at(Level::listed) + counters.at(Level::proven) + counters.at(Level::altered);
}

void note_status(AccountSummary& summary, const JobStatus& status) {
  summary.name = status.name;
  summary.wave = status.wave;
  summary.state = status.state;
  summary.attempts = status.attempts;
  summary.error = status.error;
  if (!status.began) return;
  Attempt attempt{*status.began, status.ended, 0, 0};
  if (status.ended) attempt.copied = status.result.copied;
  if (status.ended) attempt.bytes = status.result.bytes;
  auto& history = summary.history;
  if (!history.empty() && seconds_of(history.back().began) == seconds_of(attempt.began) && !history.back().ended) {
    history.back() = attempt;
    return;
  }
  history.push_back(attempt);
  if (history.size() > most_attempts_kept) history.erase(history.begin() + 1);
}

Task<Result<>> note_record(AccountSummary& summary, ledger::AccountLedger& account) {
  GODWIT_CO_TRY(auto facts, co_await report::gather_facts(account));
  GODWIT_CO_TRY(const ledger::Counters counters, co_await account.counters());
  GODWIT_CO_TRY(summary.bytes, co_await bytes_on_target(account, counters));
  summary.counters = counters;
  summary.verdict = report::grade_of(facts);
  summary.problems = std::move(facts.problems);
  co_return Result<>{};
}

json to_json(const AccountSummary& summary) {
  json object{{"account", summary.name},       {"wave", summary.wave},   {"state", name_of(summary.state)},
              {"attempts", summary.attempts},  {"bytes", summary.bytes}, {"counters", json_of(summary.counters)},
              {"problems", json::array()},     {"history", json::array()}};
  if (summary.error) object["error"] = json_of(*summary.error);
  if (summary.verdict) {
    object["grade"] = report::name_of(summary.verdict->grade);
    object["grade_reasons"] = summary.verdict->reasons;
  }
  for (const ledger::ProblemGroup& group : summary.problems) {
    object["problems"].push_back({{"kind", group.kind}, {"count", group.count}, {"is_accepted", group.is_accepted}});
  }
  for (const Attempt& attempt : summary.history) object["history"].push_back(json_of(attempt));
  return object;
}

std::optional<AccountSummary> summary_of(std::string_view text) {
  try {
    return read(json::parse(text));
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace godwit::jobs
