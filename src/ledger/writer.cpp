// SPDX-License-Identifier: Apache-2.0
#include "ledger/writer.h"

#include <pthread.h>

#include <algorithm>

#include "base/fault.h"

namespace godwit::ledger {

Writer::Writer() : thread_([this] { loop(); }) { pthread_setname_np(thread_.native_handle(), "ledger"); }

void Writer::submit(std::unique_ptr<Job> job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      first = queue_.empty();
      queue_.push_back(std::move(job));
    }
  }
  if (first) queued_.notify_one();
  if (job) {
    job->lose(Error{ErrorKind::storage, "the ledger has been closed", {}, {}});
    job->answer();
  }
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  queued_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::loop() {
  std::vector<std::unique_ptr<Job>> group;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      queued_.wait(lock, [this] { return !queue_.empty() || stopped_; });
      if (queue_.empty()) return;
      group.swap(queue_);
    }
    run_group(group);
    group.clear();
  }
}

void Writer::run_group(std::vector<std::unique_ptr<Job>>& group) {
  for (const auto& job : group) run_job(*job);
  commit_group();
  run_between(group);
  for (const auto& job : group) {
    if (const auto& failure = job->store().failure_) job->lose(*failure);
  }
  for (const auto& job : group) job->store().failure_.reset();
  for (const auto& job : group) job->answer();
}

void Writer::run_job(Job& job) {
  Store& store = job.store();
  if (store.failure_ || job.access == Access::between) return;
  if (job.access == Access::read) {
    job.run();
    return;
  }
  if (auto done = run_change(job, store); !done) give_up(store, std::move(done).error());
}

void Writer::run_between(const std::vector<std::unique_ptr<Job>>& group) {
  for (const auto& job : group) {
    if (job->access == Access::between && !job->store().failure_) job->run();
  }
}

// An error of the job is the job's own; what is returned is an error of the transaction around it.
Result<> Writer::run_change(Job& job, Store& store) {
  Database& database = store.database();
  // The first job of a transaction needs no savepoint: to roll it back is to roll back all.
  const bool first = !store.open_;
  GODWIT_CHECK(database.run(first ? "BEGIN" : "SAVEPOINT job"));
  if (first) {
    store.open_ = true;
    changed_.push_back(&store);
  }
  const Error* failed = job.run();
  if (failed == nullptr) return first ? Result<>() : database.run("RELEASE job");
  store.rolled_back();
  if (first) {
    store.open_ = false;
    std::erase(changed_, &store);
    return database.in_transaction() ? database.run("ROLLBACK") : Result<>();
  }
  // On a full disk and the like SQLite rolls back the whole transaction by itself, and the jobs before this one with it.
  if (!database.in_transaction()) return std::unexpected(*failed);
  GODWIT_CHECK(database.run("ROLLBACK TO job"));
  return database.run("RELEASE job");
}

void Writer::commit_group() {
  std::ranges::sort(changed_, {}, [](const Store* store) { return store->order_; });
  std::optional<Error> failed;
  for (Store* store : changed_) {
    if (failed && store->order_ == Store::Order::last) {
      give_up(*store, *failed);
      continue;
    }
    commit(*store);
    if (store->failure_) failed = store->failure_;
  }
  changed_.clear();
}

void Writer::commit(Store& store) {
  if (store.failure_) return;
  fault::step("ledger.commit.before");
  auto done = store.database().run("COMMIT");
  fault::step("ledger.commit.after");
  if (!done) {
    give_up(store, std::move(done).error());
    return;
  }
  store.open_ = false;
  commits_.fetch_add(1, std::memory_order_relaxed);
}

void Writer::give_up(Store& store, Error error) {
  if (store.database().in_transaction()) {
    // Nothing can be done about a failing ROLLBACK; the file is whole all the same, and the next BEGIN tells.
    static_cast<void>(store.database().run("ROLLBACK"));
  }
  store.open_ = false;
  store.rolled_back();
  store.failure_ = std::move(error);
}

}  // namespace godwit::ledger
