// SPDX-License-Identifier: Apache-2.0
#include "sync/round.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>

#include "base/error_code.h"
#include "sync/date_check.h"
#include "sync/doubt.h"
#include "sync/extras_copy.h"
#include "sync/folder_changes.h"
#include "sync/lane.h"
#include "sync/listing.h"
#include "sync/numbering.h"
#include "sync/object_moves.h"
#include "sync/probe.h"
#include "sync/recovery.h"
#include "sync/refused_login.h"
#include "sync/removals.h"
#include "sync/survey.h"
#include "sync/unique_ids.h"
#include "sync/works.h"

namespace godwit::sync {
namespace {

using namespace boost::asio::experimental::awaitable_operators;

constexpr std::chrono::milliseconds longest_pause{8000};
constexpr std::size_t most_problems = 1000;
constexpr std::uint64_t least_streamed = 1000;  // no adapter streams smaller messages

}  // namespace

class Round::Impl {
 public:
  Impl(endpoint::Source& source, endpoint::Target& target, ledger::Ledger& ledger, RoundOptions options,
       const std::atomic<bool>& stop, std::function<void(Event)> on_event)
      : source_(source), target_(target), ledger_(ledger), options_(options), stop_(stop), on_event_(std::move(on_event)) {}

  Task<RoundResult> run() {
    auto done = co_await run_steps();
    if (!done) result_.error = std::move(done).error();
    sessions_ = {};
    numbering_.reset();
    progress_.phase = Progress::Phase::finished;
    co_return std::move(result_);
  }
  [[nodiscard]] const Progress& progress() const { return progress_; }

 private:
  Task<Result<>> run_steps() {
    GODWIT_CO_TRY(account_, co_await ledger_.account(source_.identity(), target_.identity()));
    numbering_.emplace(&source_, target_, *account_);
    context_.emplace(RoundContext{source_, target_, *account_, options_, stop_, on_event_, progress_, result_, background_, pool_,
                                  target_folders_, siblings_});
    GODWIT_CO_CHECK(co_await open_siblings());
    GODWIT_CO_TRY(const ledger::RoundRecord before, co_await account_->last_round());
    auto connected = co_await connect(sessions_);
    if (!connected) co_return std::unexpected(remembering(std::move(connected).error(), before));
    if (!options_.only_not_moved) {
      GODWIT_CO_CHECK(co_await account_->begin_round(InternalDate::now(), options_.rules.message_rules()));
    }
    if (const std::string& caveat = sessions_.source->traits().caveat; !caveat.empty()) result_.notes.push_back(caveat);
    Works works(*context_, co_await boost::asio::this_coro::executor);
    works_ = &works;
    auto done = co_await prepare_and_copy();
    if (done && !options_.only_not_moved) done = co_await remove_vanished();
    const bool may_close = done || done.error().kind == ErrorKind::canceled || done.error().kind == ErrorKind::quota;
    if (!may_close) co_return done;
    // What was moved before the operator's stop is still listed, so that the record is as certain as it can be.
    auto closed = co_await close_round();
    if (closed) closed = co_await finish_subscriptions();
    if (closed && done && options_.extras.any() && !options_.only_not_moved) closed = co_await copy_extras();
    if (closed && done && source_.has_unique_ids() && !options_.only_not_moved) {
      closed = co_await record_unique_ids(*context_, std::exchange(sessions_, {}), source_folders_);
    }
    GODWIT_CO_CHECK(co_await count_problems());
    if (!done && progress_.messages > progress_.messages_done) {
      result_.not_attempted = progress_.messages - progress_.messages_done;
    }
    if (done) done = std::move(closed);
    if (done && !options_.only_not_moved) done = co_await account_->end_round(InternalDate::now());
    co_return done;
  }

  Task<Result<>> open_siblings() {
    GODWIT_CO_TRY(const auto accounts, co_await ledger_.accounts(target_.identity()));
    for (const ledger::AccountIdentity& each : accounts) {
      if (each.source == source_.identity()) continue;
      GODWIT_CO_TRY(auto sibling, co_await ledger_.account(each.source, each.target));
      siblings_.push_back(std::move(sibling));
    }
    co_return Result<>{};
  }

  Task<Result<>> prepare_and_copy() {
    progress_.phase = Progress::Phase::folders;
    Result<> prepared = co_await prepare_folders();
    for (int attempt = 1; !prepared && reaction_to(prepared.error().kind) == Reaction::reconnect; ++attempt) {
      sessions_ = {};
      if (attempt >= options_.attempts || !co_await pause_before(attempt, prepared.error())) break;
      prepared = co_await connect(sessions_);
      if (prepared) prepared = co_await prepare_folders();
    }
    GODWIT_CO_CHECK(prepared);
    progress_.phase = Progress::Phase::copying;
    co_return co_await copy();
  }

  // False: the operator has stopped the round meanwhile.
  Task<bool> pause_before(int attempt, const Error& error) {
    const auto time = std::min(longest_pause, options_.first_pause * (1 << std::min(attempt, 4)));
    context_->warn(fmt::format("{}; connecting again in {:.1f} s", describe(error), static_cast<double>(time.count()) / 1000), {},
                   code_of(error));
    co_return (co_await pause(stop_, time)).has_value();
  }

  // Both sides at once: each login is several round trips.
  Task<Result<>> connect(LaneSessions& sessions) {
    auto [source, target] = co_await (source_.connect() && target_.connect());
    if (!source) co_return std::unexpected(std::move(source).error().at("source"));
    if (!target) co_return std::unexpected(std::move(target).error().at("target"));
    sessions = {*std::move(source), *std::move(target)};
    for (const std::string& warning : sessions.source->traits().warnings) warn_of_line("source: " + warning);
    for (const std::string& warning : sessions.target->traits().warnings) warn_of_line("target: " + warning);
    co_return Result<>{};
  }

  // With every connection, and in the summary once.
  void warn_of_line(const std::string& text) {
    const auto& notes = context_->result.notes;
    if (std::ranges::find(notes, text) == notes.end()) context_->note(text);
    else context_->warn(text);
  }

  Task<Result<>> prepare_folders() {
    auto [source, target] = co_await (sessions_.source->folders() && sessions_.target->folders());
    if (!source) co_return std::unexpected(std::move(source).error().at("source"));
    if (!target) co_return std::unexpected(std::move(target).error().at("target"));
    GODWIT_CO_CHECK(co_await remove_left_over_probes(*target));
    GODWIT_CO_CHECK(co_await recover(*context_, *sessions_.target, *target));
    source_folders_ = *source;
    tell_left_out();
    if (!options_.only_not_moved) {
      FolderChanges changes(*context_, *sessions_.source, *sessions_.target);
      GODWIT_CO_CHECK(co_await changes.apply(source_folders_, *target));
    }
    GODWIT_CO_CHECK(co_await works_->prepare(*std::move(source), *std::move(target), *sessions_.target));
    GODWIT_CO_CHECK(co_await survey(0, sessions_));
    GODWIT_CO_CHECK(co_await look_at_pool());
    const bool may_be_moved = !pool_.is_empty && sessions_.source->traits().tells_object_ids && !options_.only_not_moved;
    if (may_be_moved) GODWIT_CO_CHECK(co_await move_by_object_ids(*context_, *sessions_.source, *sessions_.target, works_->surveyed()));
    progress_.messages = works_->expected();
    co_return Result<>{};
  }

  Task<Result<>> survey(int lane, LaneSessions& sessions) {
    const std::vector<FolderWork*> unsurveyed = works_->begin_survey(lane);
    GODWIT_CO_CHECK(co_await Survey(*context_, *sessions.source, *sessions.target).run(unsurveyed));
    works_->end_survey(unsurveyed);
    co_return Result<>{};
  }

  Task<Result<>> look_at_pool() {
    pool_ = {};
    GODWIT_CO_TRY(const ledger::Counters counters, co_await account_->counters());
    pool_.is_empty = counters.vanished == 0;
    if (pool_.is_empty) co_return Result<>{};
    co_return co_await account_->each_vanished([this](const ledger::VanishedItem& entry) {
      if (entry.item.size >= least_streamed) pool_.streamed_sizes.insert(entry.item.size);
    });
  }

  Task<Result<>> remove_left_over_probes(std::vector<endpoint::Folder>& folders) {
    for (const endpoint::Folder& folder : folders) {
      if (is_probe_folder(folder)) GODWIT_CO_CHECK(co_await sessions_.target->remove_folder(folder));
    }
    std::erase_if(folders, is_probe_folder);
    co_return Result<>{};
  }

  // Once every message that the source has was found or copied.
  Task<Result<>> remove_vanished() {
    RemovalGrounds grounds{source_folders_, works_->reason_to_hold_removals()};
    for (const endpoint::Folder& folder : source_folders_) {
      if (folder.unreadable && options_.rules.takes(folder)) grounds.hold = "the source's folder " + folder.path.display() + " could not be read";
    }
    Result<> removed;
    for (int attempt = 1; attempt <= 2; ++attempt) {
      if (!sessions_.is_open()) GODWIT_CO_CHECK(co_await connect(sessions_));
      removed = co_await sync::remove_vanished(*context_, *sessions_.source, *sessions_.target, grounds);
      if (removed || reaction_to(removed.error().kind) != Reaction::reconnect) break;
      sessions_ = {};
    }
    co_return removed;
  }

  Task<Result<>> copy_extras() {
    Result<> copied;
    for (int attempt = 1; attempt <= 2; ++attempt) {
      if (!sessions_.is_open()) GODWIT_CO_CHECK(co_await connect(sessions_));
      copied = co_await sync::copy_extras(*context_, *sessions_.source, *sessions_.target, source_folders_);
      if (copied || reaction_to(copied.error().kind) != Reaction::reconnect) break;
      sessions_ = {};
    }
    co_return copied;
  }

  // What the account sees and this round does not move.
  void tell_left_out() {
    std::erase_if(result_.notes, [](const std::string& note) { return note.starts_with("not moved: "); });  // of an earlier attempt
    std::map<Rules::Foreign, std::pair<std::size_t, std::uint64_t>> left;
    for (const endpoint::Folder& folder : source_folders_) {
      const auto reason = options_.rules.reason_to_leave(folder);
      if (!reason || !folder.selectable) continue;
      auto& [folders, messages] = left[*reason];
      ++folders;
      messages += folder.state.messages;
    }
    for (const auto& [reason, count] : left) {
      result_.notes.push_back(fmt::format("not moved: {} {}, {} messages", count.first, name_of(reason), count.second));
    }
  }

  Task<Result<>> copy() {
    if (works_->size() == 0) co_return Result<>{};
    const std::uint64_t wanted = std::min<std::uint64_t>(progress_.messages / options_.messages_per_lane, works_->size());
    lanes_ = std::clamp<std::uint64_t>(wanted, 1, options_.lanes);
    co_await run_lanes();
    if (fatal_) co_return std::unexpected(*std::move(fatal_));
    if (context_->is_stopped()) co_return std::unexpected(stopped());
    if (!works_->are_done()) co_return fail(ErrorKind::bug, "a folder was left undone");
    co_return Result<>{};
  }

  // Lanes 1 to `lanes_` - 1 have sessions of their own, lane 0 those of the round.
  Task<> run_lanes() {
    std::vector<LaneSessions> own(lanes_ - 1);
    const auto executor = co_await boost::asio::this_coro::executor;
    Crew crew(*this, executor);
    crew.start(run_lane(0, sessions_));
    for (std::size_t lane = 1; lane < lanes_; ++lane) crew.start(run_lane(static_cast<int>(lane), own[lane - 1]));
    co_await crew.finish();
  }

  // Tasks that run beside each other; they must be over before what they use goes.
  class Crew {
   public:
    Crew(Impl& round, boost::asio::any_io_executor executor) : round_(round), executor_(executor), ended_(executor) {}
    void start(Task<> task) {
      ++running_;
      boost::asio::co_spawn(executor_, std::move(task), [this](std::exception_ptr exception) {
        if (exception) round_.note_exception(exception);
        --running_;
        ended_.notify();
      });
    }
    Task<> finish() {
      while (running_ > 0) co_await ended_.wait();
    }

   private:
    Impl& round_;
    boost::asio::any_io_executor executor_;
    Signal ended_;
    int running_ = 0;
  };

  void note_exception(std::exception_ptr exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      if (!fatal_) fatal_ = make_error(codes::unexpected_exception, error.what());
    }
  }

  Task<> run_lane(int lane, LaneSessions& sessions) {
    int attempt = 0;
    while (true) {
      const std::uint64_t done_before = progress_.messages_done;
      auto outcome = co_await run_lane_once(lane, sessions);
      update_waits();
      if (outcome) break;
      const Error error = std::move(outcome).error();
      sessions = {};
      const Reaction reaction = means_too_many_sessions(error) ? Reaction::retry_later : reaction_to(error.kind);
      const bool may_try = reaction == Reaction::reconnect || reaction == Reaction::retry_later;
      attempt = progress_.messages_done > done_before ? 0 : attempt + 1;
      auto again = co_await works_->put_back(lane);
      if (!may_try || attempt >= options_.attempts || !again) {
        const bool is_stop = error.kind == ErrorKind::canceled && context_->is_stopped();
        if (!fatal_ && !(is_stop && again)) fatal_ = again ? error : again.error();
        break;
      }
      if (!co_await pause_before(attempt, error)) break;
    }
    if (lane == maker) works_->give_up_making();
  }

  // One lane makes the folders that are missing on the target, while its other half reads from the source already.
  static constexpr int maker = 0;
  Task<Result<>> make_folders(int lane, endpoint::TargetSession& session) {
    return lane == maker ? works_->make_missing(session) : works_->wait_until_made();
  }

  Task<Result<>> run_lane_once(int lane, LaneSessions& sessions) {
    // A folder must be there to be worked on before a connection is opened for it.
    const bool has_work = works_->has_waiting() || (lane == maker && !works_->are_made());
    if (!has_work || fatal_) co_return Result<>{};
    if (!sessions.is_open()) GODWIT_CO_CHECK(co_await connect(sessions));
    GODWIT_CO_CHECK(co_await survey(lane, sessions));  // of what a failure has put back
    GODWIT_CO_CHECK(co_await works_->look_at_doubts(*sessions.target));
    const auto next_work = [this, lane]() -> FolderWork* {
      return fatal_ || context_->is_stopped() ? nullptr : works_->next(lane);
    };
    const auto before_writing = [this, lane, &sessions] { return make_folders(lane, *sessions.target); };
    {
      Lane halves(*context_, sessions, next_work, before_writing, options_.bytes_in_flight / lanes_,
                  co_await boost::asio::this_coro::executor);
      GODWIT_CO_CHECK(co_await halves.run());
    }
    works_->finish(lane);
    co_return Result<>{};
  }

  // Where the connection broke while the probe was under way.
  Task<Result<>> remove_cut_probe() {
    if (probe_folder_.name.empty()) co_return Result<>{};
    auto removed = co_await sessions_.target->remove_folder(probe_folder_);
    if (!removed && reaction_to(removed.error().kind) == Reaction::reconnect) co_return removed;
    co_return Result<>{};
  }

  // What the target's host keeps, as far as `answer` tells; without an answer all messages with unusual bytes are read back.
  Task<Result<mime::Hazards>> learn(Result<ProbeAnswer> sent) {
    auto stored = sent ? co_await (*sent)->get() : std::unexpected(std::move(sent).error());
    if (!stored) {
      if (reaction_to(stored.error().kind) == Reaction::reconnect) co_return std::unexpected(std::move(stored).error());
      context_->warn("the target could not be probed; messages with unusual bytes are read back: " + describe(stored.error()));
      co_return mime::Hazards{};
    }
    const mime::Hazards kept = kept_in(*stored);
    context_->step(fmt::format("probed {}: keeps {}", target_.host(), kept.any() ? mime::describe(kept) : "plain messages only"));
    GODWIT_CO_CHECK(co_await record_kept(ledger_, target_.host(), kept));
    co_return kept;
  }

  void update_waits() {
    if (!sessions_.is_open()) return;
    progress_.source_waited = sessions_.source->waited();
    progress_.target_waited = sessions_.target->waited();
  }

  Task<Result<>> close_round() {
    const std::vector<FolderWork*> done = works_->done();
    if (done.empty()) co_return Result<>{};
    Result<> closed;
    for (const bool may_probe : {true, false}) {  // there are servers that end the session at a message with unusual bytes
      closed = co_await close_folders(done, may_probe);
      if (closed || reaction_to(closed.error().kind) != Reaction::reconnect) break;
      sessions_ = {};
    }
    co_return closed;
  }

  Task<Result<>> finish_subscriptions() {
    if (co_await works_->finish_subscriptions()) co_return Result<>{};
    // The session that they were asked of was lost, or closed after a failure.
    if (!sessions_.is_open()) GODWIT_CO_CHECK(co_await connect(sessions_));
    works_->subscribe(*sessions_.target);
    co_return co_await works_->finish_subscriptions();
  }

  Task<Result<>> close_folders(std::span<FolderWork* const> done, bool may_probe) {
    if (!sessions_.is_open()) GODWIT_CO_CHECK(co_await connect(sessions_));
    progress_.phase = Progress::Phase::listing;
    GODWIT_CO_TRY(auto kept, co_await kept_by_host(ledger_, target_.host()));
    std::optional<Result<ProbeAnswer>> probe;
    if (!may_probe) GODWIT_CO_CHECK(co_await remove_cut_probe());
    if (!kept && may_probe) {
      probe_folder_.path = fresh_probe_path();
      probe_folder_.name = sessions_.target->name_for(probe_folder_.path);
      probe = co_await send_probe(*sessions_.target, probe_folder_.path);
    }
    const auto learn_kept = [&]() -> Task<Result<mime::Hazards>> {
      if (probe) {
        GODWIT_CO_TRY(kept, co_await learn(*std::exchange(probe, std::nullopt)));
      }
      co_return kept.value_or(mime::Hazards{});
    };
    GODWIT_CO_CHECK(co_await list_targets(*context_, *sessions_.target, done, learn_kept));
    GODWIT_CO_CHECK(co_await look_at_dates(ledger_, *context_, *sessions_.target, done));
    progress_.phase = Progress::Phase::reading_back;
    co_return co_await read_back(*context_, *sessions_.source, *sessions_.target, done);
  }

  Task<Result<>> count_problems() {
    return account_->each_problem([this](const ledger::Problem& problem) {
      if (ledger::means_not_moved(problem.kind)) ++result_.not_moved;
      if (result_.problems.size() < most_problems) result_.problems.push_back(problem);
    });
  }

  endpoint::Source& source_;
  endpoint::Target& target_;
  ledger::Ledger& ledger_;
  const RoundOptions options_;
  const std::atomic<bool>& stop_;
  const std::function<void(Event)> on_event_;

  endpoint::Folder probe_folder_;
  std::uint64_t lanes_ = 1;
  Background background_;
  std::unique_ptr<ledger::AccountLedger> account_;
  std::optional<Numbering> numbering_;
  std::vector<std::unique_ptr<ledger::AccountLedger>> siblings_;  // of other sources that go to the same target
  std::optional<RoundContext> context_;
  Progress progress_;
  RoundResult result_;
  VanishedPool pool_;
  std::map<ledger::FolderId, endpoint::Folder> target_folders_;
  std::vector<endpoint::Folder> source_folders_;  // as listed when the round began
  LaneSessions sessions_;
  Works* works_ = nullptr;  // lives in run_steps(): it has timers of the executor that runs the round
  std::optional<Error> fatal_;
};

Round::Round(endpoint::Source& source, endpoint::Target& target, ledger::Ledger& ledger, RoundOptions options,
             const std::atomic<bool>& stop, std::function<void(Event)> on_event)
    : impl_(std::make_unique<Impl>(source, target, ledger, options, stop, std::move(on_event))) {}
Round::~Round() = default;

Task<RoundResult> Round::run() { return impl_->run(); }
const Progress& Round::progress() const { return impl_->progress(); }

}  // namespace godwit::sync
