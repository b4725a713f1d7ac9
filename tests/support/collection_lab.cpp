// SPDX-License-Identifier: Apache-2.0
#include "tests/support/collection_lab.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <set>
#include <sstream>

namespace godwit::test {
namespace {

std::string value_in(std::string_view bytes, std::string_view key) {
  std::istringstream lines{std::string(bytes)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return {};
}

}  // namespace

std::string item(const std::string& uid, const std::string& summary) { return "UID:" + uid + "\nSUMMARY:" + summary + "\n"; }

Result<groupware::Meaning> meaning_of_lines(CollectionKind kind, std::string_view bytes) {
  if (bytes.contains("BROKEN")) return fail(ErrorKind::syntax, "line 1: this is no item");
  groupware::Meaning meaning;
  meaning.kind = kind == CollectionKind::address_book ? ItemKind::contact
                 : value_in(bytes, "KIND:") == "task" ? ItemKind::task
                                                      : ItemKind::event;
  meaning.uid = value_in(bytes, "UID:");
  meaning.summary = value_in(bytes, "SUMMARY:");
  std::istringstream lines{std::string(bytes)};
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("NOISE:")) continue;
    meaning.lines.push_back(line);
    all += line + "\n";
  }
  meaning.digest = sha256(all);
  return meaning;
}

collections::Meanings line_meanings() {
  return {.meaning_of = meaning_of_lines, .differences = [](const groupware::Meaning& left, const groupware::Meaning& right) {
            std::vector<groupware::Difference> differences;
            for (std::size_t i = 0; i < std::max(left.lines.size(), right.lines.size()); ++i) {
              const std::string one = i < left.lines.size() ? left.lines[i] : "", other = i < right.lines.size() ? right.lines[i] : "";
              if (one != other) differences.push_back({one, other});
            }
            return differences;
          }};
}

CollectionLab::CollectionLab()
    : source_(adapters::make_memory_collections(source)), target_(adapters::make_memory_collection_target(target)) {
  source.uid_of = target.uid_of = [](const std::string& bytes) { return value_in(bytes, "UID:"); };
  options.first_pause = std::chrono::milliseconds(0);
  options.batch_items = 1;
}

std::unique_ptr<ledger::Ledger> CollectionLab::open_ledger() const {
  auto ledger = ledger::open_sqlite_ledger(folder_.path() / "ledger");
  if (!ledger) throw std::runtime_error(describe(ledger.error()));
  return *std::move(ledger);
}

collections::RoundResult CollectionLab::run() {
  const auto ledger = open_ledger();
  collections::Round round(*source_, *target_, *ledger, line_meanings(), options, stop, [](const sync::Event&) {});
  return run_task(round.run());
}

bool CollectionLab::run_and_kill(int steps) {
  auto ledger = open_ledger();
  auto context = std::make_unique<boost::asio::io_context>(1);
  collections::Round round(*source_, *target_, *ledger, line_meanings(), options, stop, [](const sync::Event&) {});
  bool is_over = false;
  boost::asio::co_spawn(*context, round.run(), [&](std::exception_ptr error, const collections::RoundResult&) {
    is_over = true;
    if (error) std::rethrow_exception(error);
  });
  while (steps-- > 0 && !is_over && context->run_one() > 0) {
  }
  // Who waits for the ledger must outlive it; what is queued for it is committed or not, as with a kill.
  ledger.reset();
  context.reset();
  return is_over;
}

void CollectionLab::lose_ledger() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) std::filesystem::remove_all(entry);
}

Result<> CollectionLab::with_account(const std::function<Task<Result<>>(ledger::AccountLedger&)>& use) {
  const auto ledger = open_ledger();
  const auto work = [&]() -> Task<Result<>> {
    GODWIT_CO_TRY(const auto account, co_await ledger->account(source_->identity(), target_->identity()));
    co_return co_await use(*account);
  };
  return run_task(work());
}

std::vector<ledger::Problem> CollectionLab::problems() {
  std::vector<ledger::Problem> problems;
  const auto done = with_account([&](ledger::AccountLedger& account) -> Task<Result<>> {
    GODWIT_CO_TRY(problems, co_await account.problems(0, 1000));
    co_return Result<>{};
  });
  if (!done) throw std::runtime_error(describe(done.error()));
  return problems;
}

std::vector<ledger::ResourceRecord> CollectionLab::rows(const std::string& collection) {
  std::vector<ledger::ResourceRecord> rows;
  const auto done = with_account([&](ledger::AccountLedger& account) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto records, co_await account.collections().collections());
    for (const auto& record : records) {
      if (record.source_name != collection) continue;
      GODWIT_CO_TRY(rows, co_await account.collections().resources(record.id, 0, 100'000));
    }
    co_return Result<>{};
  });
  if (!done) throw std::runtime_error(describe(done.error()));
  return rows;
}

std::vector<std::string> CollectionLab::summaries(const adapters::MemoryGroupware& account, const std::string& collection) {
  std::multiset<std::string> all;
  const auto found = account.collections.find(collection);
  if (found == account.collections.end()) return {};
  for (const auto& [name, resource] : found->second.resources) all.insert(value_in(resource.bytes, "SUMMARY:"));
  return {all.begin(), all.end()};
}

}  // namespace godwit::test
