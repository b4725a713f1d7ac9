// SPDX-License-Identifier: Apache-2.0
// The one thread that uses the ledger's databases. Jobs are queued from any thread; all that is queued runs in one
// transaction per store, then all who wait are answered, each on its own executor (group commit: while one commit runs, the
// next group gathers). A job that fails is rolled back alone and only its waiter gets the error; when a COMMIT fails, all of
// that store get it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/task.h"
#include "ledger/database.h"

namespace godwit::ledger {

enum class Access {
  read,
  write,
  between,  // outside of any transaction, when the group's are committed
};

// A database and what is kept in memory of it. Used on the writer's thread only.
class Store {
 public:
  // Of the stores changed together those with `last` are committed last, and not at all when one before them failed: what
  // they hold is derived from the others.
  enum class Order { first, last };

  Store(Database database, Order order) : database_(std::move(database)), order_(order) {}
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] Database& database() { return database_; }
  // Changes were rolled back: what is remembered of them must be forgotten.
  virtual void rolled_back() {}

 private:
  friend class Writer;
  Database database_;
  Order order_;
  bool open_ = false;             // a transaction has been begun for the present group of jobs
  std::optional<Error> failure_;  // why the whole group is lost
};

class Writer {
 public:
  Writer();
  ~Writer() { stop(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs work(*store) on the writer's thread and returns its Result when it is committed. The context of the awaiting
  // coroutine must live until then. Work that only reads needs no commit of its own, but sees the group's changes, and fails
  // with them.
  template <class StoreType, class Work>
  [[nodiscard]] auto run(std::shared_ptr<StoreType> store, Access access, Work work)
      -> Task<std::invoke_result_t<Work&, StoreType&>>;
  // The same with nobody waiting.
  template <class StoreType, class Work>
  void post(std::shared_ptr<StoreType> store, Access access, Work work);

  // Runs what is queued and ends the thread. Later jobs fail.
  void stop();

  [[nodiscard]] std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }

 private:
  class Job {
   public:
    explicit Job(Access access) : access(access) {}
    virtual ~Job() = default;
    virtual Store& store() = 0;
    virtual const Error* run() = 0;             // nothing: it succeeded
    virtual void lose(const Error& error) = 0;  // what it did is gone
    virtual void answer() = 0;
    const Access access;
  };
  template <class StoreType, class Work>
  class Errand;  // nobody waits for it
  template <class StoreType, class Work, class Handler>
  class Call;

  void submit(std::unique_ptr<Job> job);
  void loop();
  void run_group(std::vector<std::unique_ptr<Job>>& group);
  void run_job(Job& job);
  void run_between(const std::vector<std::unique_ptr<Job>>& group);
  Result<> run_change(Job& job, Store& store);
  void commit_group();
  void commit(Store& store);
  void give_up(Store& store, Error error);

  std::mutex mutex_;
  std::condition_variable queued_;
  std::vector<std::unique_ptr<Job>> queue_;
  bool stopped_ = false;
  std::vector<Store*> changed_;  // with a transaction open; the thread's own
  std::atomic<std::uint64_t> commits_ = 0;
  std::thread thread_;
};

template <class StoreType, class Work>
class Writer::Errand : public Job {
 public:
  using Outcome = std::invoke_result_t<Work&, StoreType&>;

  Errand(std::shared_ptr<StoreType> store, Access access, Work work)
      : Job(access), store_(std::move(store)), work_(std::move(work)) {}
  Store& store() override { return *store_; }
  const Error* run() override {
    try {
      outcome_.emplace(work_(*store_));
    } catch (const std::exception& exception) {
      outcome_.emplace(fail(ErrorKind::bug, std::string("ledger: ") + exception.what()));
    }
    return outcome_->has_value() ? nullptr : &outcome_->error();
  }
  void lose(const Error& error) override { outcome_.emplace(std::unexpected(error)); }
  void answer() override {}

 protected:
  std::optional<Outcome> outcome_;

 private:
  std::shared_ptr<StoreType> store_;
  Work work_;
};

template <class StoreType, class Work, class Handler>
class Writer::Call : public Errand<StoreType, Work> {
 public:
  Call(std::shared_ptr<StoreType> store, Access access, Work work, Handler handler)
      : Errand<StoreType, Work>(std::move(store), access, std::move(work)),
        handler_(std::move(handler)),
        executor_(boost::asio::prefer(boost::asio::any_io_executor(boost::asio::get_associated_executor(handler_)),
                                      boost::asio::execution::outstanding_work.tracked)) {}
  // The waiter goes on only when this thread has let go of its executor: it may then destroy the context at once.
  void answer() override {
    auto released = std::make_shared<std::atomic_flag>();
    {
      const boost::asio::any_io_executor executor = std::exchange(executor_, {});
      boost::asio::post(executor, [handler = std::move(handler_), outcome = std::move(*this->outcome_), released]() mutable {
        released->wait(false, std::memory_order_acquire);
        std::move(handler)(std::move(outcome));
      });
    }
    released->test_and_set(std::memory_order_release);
    released->notify_one();
  }

 private:
  Handler handler_;
  boost::asio::any_io_executor executor_;  // keeps its context's run() from returning while we work
};

template <class StoreType, class Work>
auto Writer::run(std::shared_ptr<StoreType> store, Access access, Work work)
    -> Task<std::invoke_result_t<Work&, StoreType&>> {
  using Outcome = std::invoke_result_t<Work&, StoreType&>;
  auto initiate = [this, access](auto handler, std::shared_ptr<StoreType> on, Work what) {
    using Handler = decltype(handler);
    submit(std::make_unique<Call<StoreType, Work, Handler>>(std::move(on), access, std::move(what), std::move(handler)));
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Outcome)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(store), std::move(work));
}

template <class StoreType, class Work>
void Writer::post(std::shared_ptr<StoreType> store, Access access, Work work) {
  submit(std::make_unique<Errand<StoreType, Work>>(std::move(store), access, std::move(work)));
}

}  // namespace godwit::ledger
