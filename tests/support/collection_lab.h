// SPDX-License-Identifier: Apache-2.0
// Two accounts with calendars, address books and filters in memory and a ledger on disk, to run rounds between them. Their items are
// lines: "UID:…", "SUMMARY:…", "KIND:task", and others; a line "NOISE:…" has no meaning, and "BROKEN" cannot be understood.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/memory/memory_collections.h"
#include "collections/round.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"

namespace godwit::test {

[[nodiscard]] Result<groupware::Meaning> meaning_of_lines(CollectionKind kind, std::string_view bytes);
[[nodiscard]] collections::Meanings line_meanings();
// "UID:<uid>\nSUMMARY:<summary>\n"
[[nodiscard]] std::string item(const std::string& uid, const std::string& summary);

class CollectionLab {
 public:
  CollectionLab();

  // One round; the ledger is opened for it and closed behind it.
  collections::RoundResult run();
  // Runs a round for `steps` handlers of its io_context and then drops everything as a kill does. True: the round ended before.
  bool run_and_kill(int steps);
  void lose_ledger();
  Result<> with_account(const std::function<Task<Result<>>(ledger::AccountLedger&)>& use);
  [[nodiscard]] std::vector<ledger::Problem> problems();
  [[nodiscard]] std::vector<ledger::ResourceRecord> rows(const std::string& collection);
  // "<summary>" of every item of a collection, sorted.
  [[nodiscard]] static std::vector<std::string> summaries(const adapters::MemoryGroupware& account, const std::string& collection);
  [[nodiscard]] std::uint64_t calls() const { return source.calls + target.calls; }

  adapters::MemoryGroupware source, target;
  collections::RoundOptions options;
  std::atomic<bool> stop = false;

 private:
  struct Parts;
  [[nodiscard]] std::unique_ptr<ledger::Ledger> open_ledger() const;

  TemporaryFolder folder_;
  std::unique_ptr<endpoint::CollectionSource> source_;
  std::unique_ptr<endpoint::CollectionTarget> target_;
};

}  // namespace godwit::test
