// SPDX-License-Identifier: Apache-2.0
// Two mailboxes in memory and a ledger on disk, to run rounds between them and to compare them afterwards.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/memory/memory.h"
#include "ledger/sqlite_ledger.h"
#include "sync/round.h"
#include "sync/verifier.h"
#include "tests/support/run_task.h"

namespace godwit::test {

[[nodiscard]] MessageFlags flags_of(std::initializer_list<std::string_view> names);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class RoundLab {
 public:
  RoundLab();

  // One round; the ledger is opened for it and closed behind it.
  sync::RoundResult run();
  // One round of another source, to the same target with the same ledger.
  sync::RoundResult run_from(adapters::MemoryMailbox& other);
  // Rounds until one ends without an error, at most `at_most`; returns the last one's result.
  sync::RoundResult run_until_complete(int at_most = 5);
  // Runs a round for `steps` handlers of its io_context and then drops everything as a kill does. True: the round ended before.
  bool run_and_kill(int steps);

  // Looks whether what is on record is on the target; the differences go to `differences`.
  sync::VerifyResult verify(sync::VerifyOptions how);

  // Replaces the ledger by the copy that save_ledger() took, or by nothing.
  void save_ledger();
  void restore_ledger();
  void lose_ledger();
  // Every row of the folder.
  std::vector<ledger::ItemRecord> rows(const std::string& folder);
  std::vector<ledger::Problem> problems();
  void set_route(ledger::Route route);
  // Whatever a test wants of the account's ledger.
  Result<> with_account(const std::function<Task<Result<>>(ledger::AccountLedger&)>& use);

  // What the target has too little and too much of, message by message: bytes, flags and date. Empty: source and target are equal.
  [[nodiscard]] std::string difference() const;
  [[nodiscard]] std::uint64_t calls() const { return source.calls + target.calls; }

  adapters::MemoryMailbox source, target;
  sync::RoundOptions options;
  std::atomic<bool> stop = false;
  std::vector<std::string> warnings;  // of all rounds
  std::vector<sync::Difference> differences;  // of the last verification

 private:
  struct Parts;
  [[nodiscard]] std::filesystem::path ledger_file() const { return folder_.path() / "ledger"; }
  [[nodiscard]] std::unique_ptr<ledger::Ledger> open_ledger() const;
  sync::RoundResult run(endpoint::Source& from);

  TemporaryFolder folder_;
  TemporaryFolder saved_;
  std::unique_ptr<endpoint::Source> source_;
  std::unique_ptr<endpoint::Target> target_;
};

// "Subject: <name>" and a body that no other name has.
[[nodiscard]] std::string message_named(const std::string& name, std::size_t body_size = 40);

// 60 messages in four folders, with exact duplicates, flags and keywords, different dates, and one that is streamed.
void fill_with_sixty(adapters::MemoryMailbox& mailbox);

// "date (flags) bytes" of every message in order.
[[nodiscard]] std::vector<std::string> contents(const adapters::MemoryFolder& folder);
[[nodiscard]] bool is_probe(const std::string& folder_name);

}  // namespace godwit::test
