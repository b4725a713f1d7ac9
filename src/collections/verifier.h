// SPDX-License-Identifier: Apache-2.0
// Looks whether everything that the ledger has on record of calendars, address books and filters is on the target as it was left there.
// Nothing is changed on the target; the ledger learns what was seen: listed, proven, altered, withdrawn.
#pragma once

#include <random>

#include "collections/round.h"
#include "sync/verifier.h"

namespace godwit::collections {

struct VerifyResult {
  sync::VerifyCounts counts;
  std::uint64_t withdrawn = 0, not_moved = 0;  // on record as such before
  std::optional<Error> error;
};

class Verifier {
 public:
  // All must outlive this; `stop` may be set from any thread.
  Verifier(endpoint::CollectionTarget& target, ledger::AccountLedger& account, const Meanings& meanings, sync::VerifyOptions options,
           const std::atomic<bool>& stop, std::function<void(sync::Difference)> on_difference);

  [[nodiscard]] Task<VerifyResult> run();
  [[nodiscard]] const sync::Progress& progress() const { return progress_; }

 private:
  using Listed = std::map<std::string, std::string>;  // version by name
  [[nodiscard]] Task<Result<>> verify();
  [[nodiscard]] Task<Result<>> verify_collection(const ledger::CollectionRecord& record);
  [[nodiscard]] Task<Result<>> verify_batch(const ledger::CollectionRecord& record, const Listed& listed,
                                            std::vector<ledger::ResourceRecord> rows);
  [[nodiscard]] bool is_to_be_read(const ledger::ResourceRecord& row, const std::string& version);
  // What reading it says; true: the row has to be written.
  bool judge(const ledger::CollectionRecord& record, ledger::ResourceRecord& row, const Result<endpoint::ResourceContent>& content,
             bool is_listed);
  void tell(sync::Difference::Kind kind, const ledger::CollectionRecord& record, const ledger::ResourceRecord* row, std::string meaning);

  endpoint::CollectionTarget& target_;
  ledger::AccountLedger& account_;
  const Meanings& meanings_;
  const sync::VerifyOptions options_;
  const std::atomic<bool>& stop_;
  const std::function<void(sync::Difference)> on_difference_;
  std::unique_ptr<endpoint::CollectionTargetSession> session_;
  sync::Progress progress_;
  VerifyResult result_;
  std::uint64_t sample_left_ = 0, population_left_ = 0;
  std::mt19937_64 random_;
};

}  // namespace godwit::collections
