// SPDX-License-Identifier: Apache-2.0
// Threads, each with an io_context of its own: what is begun on one stays there.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace godwit::jobs {

class Workers {
 public:
  explicit Workers(std::size_t threads);
  // Waits until everything that was begun on them has ended.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  [[nodiscard]] boost::asio::io_context& at(std::size_t index) { return workers_.at(index)->context; }

 private:
  struct Worker {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard = boost::asio::make_work_guard(context);
    std::thread thread;
  };
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace godwit::jobs
