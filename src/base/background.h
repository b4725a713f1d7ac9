// SPDX-License-Identifier: Apache-2.0
// A thread for computing what the caller needs only later.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace godwit {

class Background {
  struct Job {
    std::function<void()> work;
    bool is_done = false;
  };

 public:
  Background();
  ~Background();  // after everything that was given to it
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // A job under way. Whoever drops it waits for its end: until then it may use what its owner lent it.
  class Ticket {
   public:
    Ticket() = default;  // nothing to wait for
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&& other) noexcept {
      wait();
      owner_ = other.owner_;
      job_ = std::move(other.job_);
      return *this;
    }
    ~Ticket() { wait(); }
    // Blocks until the job is done.
    void wait() {
      if (job_) owner_->wait_for(*std::exchange(job_, nullptr));
    }

   private:
    friend class Background;
    Ticket(Background& owner, std::shared_ptr<Job> job) : owner_(&owner), job_(std::move(job)) {}
    Background* owner_ = nullptr;
    std::shared_ptr<Job> job_;
  };

  // Runs `work` after what was given before. It must not throw.
  [[nodiscard]] Ticket run(std::function<void()> work);

 private:
  void loop();
  void wait_for(const Job& job);

  std::mutex mutex_;
  std::condition_variable changed_, done_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace godwit
