// SPDX-License-Identifier: Apache-2.0
#include "sync/round.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>

#include "sync/doubt.h"
#include "sync/lane.h"
#include "sync/listing.h"
#include "sync/probe.h"

namespace godwit::sync {
namespace {

using namespace boost::asio::experimental::awaitable_operators;

constexpr std::chrono::milliseconds longest_pause{8000};
constexpr std::size_t problems_page = 1000;

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
    progress_.phase = Progress::Phase::finished;
    co_return std::move(result_);
  }
  [[nodiscard]] const Progress& progress() const { return progress_; }

 private:
  Task<Result<>> run_steps() {
    GODWIT_CO_TRY(account_, co_await ledger_.account(source_.identity(), target_.identity()));
    context_.emplace(RoundContext{source_, target_, *account_, options_, stop_, on_event_, progress_, result_});
    GODWIT_CO_CHECK(co_await connect(sessions_));
    // What the probe learns is needed at the end only; it costs a connection, but no time.
    Crew crew(*this, co_await boost::asio::this_coro::executor);
    crew.start(probe());
    auto done = co_await prepare_and_copy();
    co_await crew.finish();
    const bool may_close = done || done.error().kind == ErrorKind::canceled || done.error().kind == ErrorKind::quota;
    if (!may_close) co_return done;
    // What was moved before the operator's stop is still listed, so that the record is as certain as it can be.
    auto closed = co_await close_round();
    GODWIT_CO_CHECK(co_await count_problems());
    if (!done && progress_.messages > progress_.messages_done) {
      result_.not_attempted = progress_.messages - progress_.messages_done;
    }
    co_return done ? closed : done;
  }

  Task<Result<>> prepare_and_copy() {
    progress_.phase = Progress::Phase::folders;
    GODWIT_CO_CHECK(co_await prepare_folders());
    progress_.phase = Progress::Phase::copying;
    co_return co_await copy();
  }

  // Both sides at once: each login is several round trips.
  Task<Result<>> connect(LaneSessions& sessions) {
    auto [source, target] = co_await (source_.connect() && target_.connect());
    if (!source) co_return std::unexpected(std::move(source).error().at("source"));
    if (!target) co_return std::unexpected(std::move(target).error().at("target"));
    sessions = {*std::move(source), *std::move(target)};
    co_return Result<>{};
  }

  Task<Result<>> prepare_folders() {
    auto [source, target] = co_await (sessions_.source->folders() && sessions_.target->folders());
    if (!source) co_return std::unexpected(std::move(source).error().at("source"));
    if (!target) co_return std::unexpected(std::move(target).error().at("target"));
    GODWIT_CO_CHECK(co_await remove_left_over_probes(*target));
    GODWIT_CO_TRY(const auto records, co_await account_->folders());
    std::map<std::string, std::string> known;
    for (const auto& record : records) known.emplace(record.source_name, record.target_name);
    const auto name_for = [this](const endpoint::FolderPath& path) { return sessions_.target->name_for(path); };
    auto pairs = map_folders(*source, *target, name_for, known);
    GODWIT_CO_CHECK(co_await make_folders(pairs));
    GODWIT_CO_CHECK(co_await subscribe(pairs));
    for (FolderPair& pair : pairs) {
      ++result_.folders;
      if (!pair.source.selectable || !pair.target) continue;
      GODWIT_CO_CHECK(co_await prepare_folder(std::move(pair)));
    }
    co_return Result<>{};
  }

  Task<Result<>> remove_left_over_probes(std::vector<endpoint::Folder>& folders) {
    for (const endpoint::Folder& folder : folders) {
      if (is_probe_folder(folder) && folder.path != probe_path_) GODWIT_CO_CHECK(co_await sessions_.target->remove_folder(folder));
    }
    std::erase_if(folders, is_probe_folder);
    co_return Result<>{};
  }

  Task<Result<>> make_folders(std::vector<FolderPair>& pairs) {
    std::vector<endpoint::NewFolder> wanted;
    std::vector<FolderPair*> waiting;
    for (FolderPair& pair : pairs) {
      if (pair.target) continue;
      // A container on the source that holds nothing comes into being with its children.
      if (!pair.source.selectable) continue;
      wanted.push_back(pair.to_make);
      waiting.push_back(&pair);
    }
    if (wanted.empty()) co_return Result<>{};
    GODWIT_CO_TRY(auto made, co_await sessions_.target->create_folders(wanted));
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i]) {
        ++result_.folders_made;
        waiting[i]->target = *std::move(made[i]);
        continue;
      }
      result_.notes.push_back(fmt::format("folder {} could not be made on the target, its {} messages were not moved: {}",
                                          wanted[i].path.display(), waiting[i]->source.state.messages,
                                          describe(made[i].error())));
      context_->warn(result_.notes.back());
      result_.not_moved += waiting[i]->source.state.messages;
    }
    co_return Result<>{};
  }

  Task<Result<>> subscribe(const std::vector<FolderPair>& pairs) {
    std::vector<endpoint::Folder> wanted;
    for (const FolderPair& pair : pairs) {
      if (pair.source.subscribed && pair.target && !pair.target->subscribed) wanted.push_back(*pair.target);
    }
    if (wanted.empty()) co_return Result<>{};
    co_return co_await sessions_.target->subscribe(wanted);
  }

  // Decides whether there can be anything to do, from what both servers said in their folder lists.
  Task<Result<>> prepare_folder(FolderPair pair) {
    auto work = std::make_unique<FolderWork>();
    work->target = *pair.target;
    work->pair = std::move(pair);
    const FolderToken& source = work->pair.source.state;
    const FolderToken& target = work->target.state;
    GODWIT_CO_TRY(work->record, co_await account_->open_folder(work->pair.source.name, work->target.name));
    ledger::FolderRecord& record = work->record;
    const bool in_doubt = record.open_batches > 0;  // the server may still be storing, whatever becomes of the record
    if (record.source_uid_validity != source.uid_validity || record.target_uid_validity != target.uid_validity) {
      if (record.source_uid_validity != 0) {
        context_->warn("folder " + work->name() + ": UIDVALIDITY has changed; its messages are matched again");
      }
      GODWIT_CO_CHECK(co_await account_->restart_folder(record.id, source.uid_validity, target.uid_validity));
      GODWIT_CO_TRY(record, co_await account_->open_folder(work->pair.source.name, work->target.name));
    }
    work->in_doubt = in_doubt || record.open_batches > 0;
    // Without a highest_modseq equal tokens say nothing about flags: they have to be read.
    const bool source_is_same = source.uid_next > 0 && source.highest_modseq > 0 && source == record.source_token;
    const bool target_is_same = target.uid_next > 0 && target == record.target_token;
    if (source_is_same && target_is_same && !work->in_doubt) co_return Result<>{};
    if (source.messages > record.items) progress_.messages += source.messages - record.items;
    ++progress_.folders;
    works_.push_back(std::move(work));
    co_return Result<>{};
  }

  // The next folder for a lane: those in doubt last, so that their quiet time costs nothing while others are copied.
  FolderWork* next_work(int lane) {
    if (fatal_ || context_->is_stopped()) return nullptr;
    for (const bool in_doubt : {false, true}) {
      for (const auto& work : works_) {
        if (work->state != FolderWork::State::waiting || work->in_doubt != in_doubt) continue;
        work->state = FolderWork::State::active;
        work->lane = lane;
        return work.get();
      }
    }
    return nullptr;
  }

  Task<Result<>> copy() {
    if (works_.empty()) co_return Result<>{};
    const std::uint64_t wanted = std::min<std::uint64_t>(progress_.messages / options_.messages_per_lane, works_.size());
    const int lanes = static_cast<int>(std::clamp<std::uint64_t>(wanted, 1, options_.lanes));
    co_await run_lanes(lanes);
    if (fatal_) co_return std::unexpected(*std::move(fatal_));
    if (context_->is_stopped()) co_return std::unexpected(stopped());
    const auto is_done = [](const auto& work) { return work->state == FolderWork::State::done; };
    if (!std::ranges::all_of(works_, is_done)) co_return fail(ErrorKind::bug, "a folder was left undone");
    co_return Result<>{};
  }

  // Lanes 1 to `lanes` - 1 have sessions of their own, lane 0 those of the round.
  Task<> run_lanes(int lanes) {
    std::vector<LaneSessions> own(static_cast<std::size_t>(lanes - 1));
    const auto executor = co_await boost::asio::this_coro::executor;
    Crew crew(*this, executor);
    crew.start(run_lane(0, sessions_));
    for (int lane = 1; lane < lanes; ++lane) crew.start(run_lane(lane, own[static_cast<std::size_t>(lane - 1)]));
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
      if (!fatal_) fatal_ = Error{ErrorKind::bug, error.what(), {}, {}};
    }
  }

  Task<> run_lane(int lane, LaneSessions& sessions) {
    int attempt = 0;
    const auto executor = co_await boost::asio::this_coro::executor;
    while (true) {
      const std::uint64_t done_before = progress_.messages_done;
      auto outcome = co_await run_lane_once(lane, sessions, executor);
      update_waits();
      if (outcome) co_return;
      const Error error = std::move(outcome).error();
      sessions = {};
      const Reaction reaction = reaction_to(error.kind);
      const bool may_try = reaction == Reaction::reconnect || reaction == Reaction::retry_later;
      attempt = progress_.messages_done > done_before ? 0 : attempt + 1;
      auto again = co_await put_back(lane);
      if (!may_try || attempt >= options_.attempts || !again) {
        const bool is_stop = error.kind == ErrorKind::canceled && context_->is_stopped();
        if (!fatal_ && !(is_stop && again)) fatal_ = again ? error : again.error();
        co_return;
      }
      const auto time = std::min(longest_pause, options_.first_pause * (1 << std::min(attempt, 4)));
      context_->warn(fmt::format("{}; connecting again in {:.1f} s", describe(error),
                                 static_cast<double>(time.count()) / 1000));
      if (!co_await pause(*context_, time)) co_return;
    }
  }

  Task<Result<>> run_lane_once(int lane, LaneSessions& sessions, boost::asio::any_io_executor executor) {
    // A folder must be there to be worked on before a connection is opened for it.
    const bool has_work = std::ranges::any_of(works_, [](const auto& work) { return work->state == FolderWork::State::waiting; });
    if (!has_work || fatal_) co_return Result<>{};
    if (!sessions.is_open()) GODWIT_CO_CHECK(co_await connect(sessions));
    {
      Lane halves(*context_, sessions, [this, lane] { return next_work(lane); }, executor);
      GODWIT_CO_CHECK(co_await halves.run());
    }
    for (const auto& work : works_) {
      if (work->lane == lane && work->state == FolderWork::State::active) work->state = FolderWork::State::done;
    }
    co_return Result<>{};
  }

  // After a failure: the lane's folders go back to the queue with what the ledger knows of them now.
  Task<Result<>> put_back(int lane) {
    for (const auto& work : works_) {
      if (work->lane != lane || work->state != FolderWork::State::active) continue;
      GODWIT_CO_TRY(work->record, co_await account_->open_folder(work->pair.source.name, work->target.name));
      work->in_doubt = work->record.open_batches > 0;
      work->is_looked_at = false;
      work->settled_below_fence = true;
      work->candidates = {};
      const bool is_done = work->has_ended && !work->in_doubt && work->unresolved == 0;
      work->has_ended = false;
      work->unresolved = 0;
      work->state = is_done ? FolderWork::State::done : FolderWork::State::waiting;
    }
    co_return Result<>{};
  }

  Task<> probe() {
    auto done = co_await probe_host(*context_, ledger_, probe_path_);
    if (!done && done.error().kind != ErrorKind::canceled) {
      context_->warn("the target could not be probed; messages with unusual bytes are read back: " + describe(done.error()));
    }
  }

  void update_waits() {
    if (!sessions_.is_open()) return;
    progress_.source_waited = sessions_.source->waited();
    progress_.target_waited = sessions_.target->waited();
  }

  Task<Result<>> close_round() {
    std::vector<FolderWork*> done;
    for (const auto& work : works_) {
      if (work->state == FolderWork::State::done) done.push_back(work.get());
    }
    if (done.empty()) co_return Result<>{};
    Result<> closed;
    for (int attempt = 0; attempt < 2; ++attempt) {
      closed = co_await close_folders(done);
      if (closed || reaction_to(closed.error().kind) != Reaction::reconnect) break;
      sessions_ = {};
    }
    co_return closed;
  }

  Task<Result<>> close_folders(std::span<FolderWork* const> done) {
    if (!sessions_.is_open()) GODWIT_CO_CHECK(co_await connect(sessions_));
    progress_.phase = Progress::Phase::listing;
    GODWIT_CO_CHECK(co_await list_targets(*context_, *sessions_.target, done));
    progress_.phase = Progress::Phase::reading_back;
    GODWIT_CO_TRY(const auto kept, co_await kept_by_host(ledger_, target_.host()));
    co_return co_await read_back(*context_, *sessions_.source, *sessions_.target, done, kept.value_or(mime::Hazards{}));
  }

  Task<Result<>> count_problems() {
    for (std::size_t offset = 0;; offset += problems_page) {
      GODWIT_CO_TRY(const auto problems, co_await account_->problems(offset, problems_page));
      for (const ledger::Problem& problem : problems) {
        if (problem.kind != "altered") ++result_.not_moved;
        if (result_.problems.size() < problems_page) result_.problems.push_back(problem);
      }
      if (problems.size() < problems_page) co_return Result<>{};
    }
  }

  endpoint::Source& source_;
  endpoint::Target& target_;
  ledger::Ledger& ledger_;
  const RoundOptions options_;
  const std::atomic<bool>& stop_;
  const std::function<void(Event)> on_event_;

  std::unique_ptr<ledger::AccountLedger> account_;
  std::optional<RoundContext> context_;
  Progress progress_;
  RoundResult result_;
  LaneSessions sessions_;
  const endpoint::FolderPath probe_path_ = fresh_probe_path();
  std::vector<std::unique_ptr<FolderWork>> works_;
  std::optional<Error> fatal_;
};

Round::Round(endpoint::Source& source, endpoint::Target& target, ledger::Ledger& ledger, RoundOptions options,
             const std::atomic<bool>& stop, std::function<void(Event)> on_event)
    : impl_(std::make_unique<Impl>(source, target, ledger, options, stop, std::move(on_event))) {}
Round::~Round() = default;

Task<RoundResult> Round::run() { return impl_->run(); }
const Progress& Round::progress() const { return impl_->progress(); }

}  // namespace godwit::sync
