// SPDX-License-Identifier: Apache-2.0
#include "jobs/workers.h"

#include <algorithm>

namespace godwit::jobs {

Workers::Workers(std::size_t threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < threads; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([&worker] { worker.context.run(); });
  }
}

Workers::~Workers() {
  for (const auto& worker : workers_) worker->guard.reset();
  for (const auto& worker : workers_) worker->thread.join();
}

}  // namespace godwit::jobs
