// SPDX-License-Identifier: Apache-2.0
#include "jobs/proof_work.h"

#include "base/error_code.h"
#include "report/account_report.h"

namespace godwit::jobs {
namespace {

constexpr int most_rounds = 3;

// Of one account, once.
class Verification {
 public:
  // Both must outlive this.
  Verification(const WorkPlace& place, Proofs& proofs, sync::VerifyOptions options)
      : place_(place), proofs_(proofs), options_(options) {}

  // The account's ledger is open behind it.
  Task<Result<VerifiedAccount>> run() {
    GODWIT_CO_TRY(account_, co_await account_with_round(place_.ledger, place_.job.identity));
    const std::string& name = place_.job.name;
    proofs_.begin_verification(name);
    verifier_ = std::make_unique<sync::Verifier>(&place_.source, place_.target, *account_, options_, place_.stop, place_.on_event,
                                                 [this, &name](const sync::Difference& difference) { proofs_.add(name, difference); });
    sync::VerifyResult result = co_await verifier_->run();
    if (result.error) co_return std::unexpected(std::move(*result.error));
    co_return proofs_.end_verification(name, result);
  }

  [[nodiscard]] sync::Progress progress() const { return verifier_ ? verifier_->progress() : sync::Progress{}; }
  [[nodiscard]] ledger::AccountLedger& account() { return *account_; }

 private:
  const WorkPlace& place_;
  Proofs& proofs_;
  const sync::VerifyOptions options_;
  std::unique_ptr<ledger::AccountLedger> account_;
  std::unique_ptr<sync::Verifier> verifier_;
};

class VerifyWork : public Work {
 public:
  VerifyWork(WorkPlace place, Proofs& proofs, sync::VerifyOptions options)
      : place_(std::move(place)), verification_(place_, proofs, options) {}

  Task<sync::RoundResult> run() override {
    sync::RoundResult result;
    const auto verified = co_await verification_.run();
    if (!verified) {
      result.error = verified.error();
    } else {
      has_differences_ = verified->counts.differences() > 0;
    }
    co_return result;
  }
  sync::Progress progress() const override { return verification_.progress(); }
  bool needs_somebody(const sync::RoundResult&) const override { return has_differences_; }

 private:
  const WorkPlace place_;
  Verification verification_;
  bool has_differences_ = false;
};

class SweepWork : public Work {
 public:
  SweepWork(WorkPlace place, Proofs& proofs, const SweepOptions& options)
      : place_(std::move(place)), proofs_(proofs), options_(options), verification_(place_, proofs, options.verify) {}

  Task<sync::RoundResult> run() override {
    sync::RoundResult result = co_await run_rounds();
    if (result.error) co_return result;
    auto proven = co_await prove(changes_of(result));
    if (!proven) result.error = std::move(proven).error();
    co_return result;
  }
  sync::Progress progress() const override {
    sync::Progress progress = is_verifying_ ? verification_.progress() : round_ ? round_->progress() : sync::Progress{};
    progress.messages += before_.messages;
    progress.messages_done += before_.messages_done;
    progress.bytes_done += before_.bytes_done;
    progress.source_waited += before_.source_waited;
    progress.target_waited += before_.target_waited;
    return progress;
  }
  bool needs_somebody(const sync::RoundResult&) const override { return !is_finished_; }

 private:
  // The last one is kept for the verdict; what is returned is all of them together.
  Task<sync::RoundResult> run_rounds() {
    sync::RoundResult all;
    while (facts_.rounds < most_rounds) {
      before_ = progress();
      round_ = std::make_unique<sync::Round>(place_.source, place_.target, place_.ledger, place_.options, place_.stop, place_.on_event);
      ++facts_.rounds;
      facts_.last_round = co_await round_->run();
      all = joined(all, facts_.last_round);
      if (facts_.last_round.error || brought_nothing(facts_.last_round)) break;
    }
    before_ = progress();
    is_verifying_ = true;
    co_return all;
  }

  Task<Result<>> prove(std::uint64_t brought) {
    GODWIT_CO_TRY(const VerifiedAccount verified, co_await verification_.run());
    facts_.verified = verified.counts;
    facts_.tolerated = options_.tolerated;
    GODWIT_CO_TRY(facts_.grade, co_await report::gather_facts(verification_.account()));
    const std::string& name = place_.job.name;
    SweptAccount swept{judge_finish(facts_, name), facts_.rounds, brought, options_.manifests.file_of(name)};
    GODWIT_CO_CHECK(co_await options_.manifests.write(verification_.account(), name, place_.job.identity));
    is_finished_ = swept.verdict.is_finished();
    proofs_.end_sweep(name, std::move(swept));
    co_return Result<>{};
  }

  const WorkPlace place_;
  Proofs& proofs_;
  const SweepOptions& options_;
  std::unique_ptr<sync::Round> round_;
  Verification verification_;
  FinishFacts facts_;
  sync::Progress before_;  // sums over the rounds that have ended
  bool is_verifying_ = false, is_finished_ = false;
};

}  // namespace

Task<Result<std::unique_ptr<ledger::AccountLedger>>> account_with_round(ledger::Ledger& ledger, const ledger::AccountIdentity& identity) {
  GODWIT_CO_TRY(auto account, co_await ledger.account(identity.source, identity.target));
  GODWIT_CO_TRY(const ledger::RoundRecord round, co_await account->last_round());
  if (round.began) co_return std::move(account);
  co_return fail(codes::account_not_in_ledger, "no round was made over this account yet: run godwit migrate first");
}

MakeWork verify_work(sync::VerifyOptions options, Proofs& proofs) {
  return [options, &proofs](WorkPlace place) { return std::make_unique<VerifyWork>(std::move(place), proofs, options); };
}

MakeWork sweep_work(SweepOptions options, Proofs& proofs) {
  return [options = std::move(options), &proofs](WorkPlace place) {
    return std::make_unique<SweepWork>(std::move(place), proofs, options);
  };
}

}  // namespace godwit::jobs
