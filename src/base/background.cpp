// SPDX-License-Identifier: Apache-2.0
#include "base/background.h"

#include <pthread.h>

namespace godwit {

Background::Background() : thread_([this] { loop(); }) { pthread_setname_np(thread_.native_handle(), "background"); }

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Background::Ticket Background::run(std::function<void()> work) {
  auto job = std::make_shared<Job>(Job{std::move(work)});
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(job);
  }
  changed_.notify_one();
  return {*this, std::move(job)};
}

void Background::wait_for(const Job& job) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&job] { return job.is_done; });
}

void Background::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return !queue_.empty() || is_over_; });
    if (queue_.empty()) return;
    const std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job->work();
    lock.lock();
    job->is_done = true;
    done_.notify_all();
  }
}

}  // namespace godwit
