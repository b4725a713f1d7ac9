// SPDX-License-Identifier: Apache-2.0
// Tells several what happens in a migration, in their order.
#pragma once

#include <vector>

#include "jobs/migration.h"

namespace godwit::cli {

class Observers final : public jobs::Observer {
 public:
  // They must outlive it.
  explicit Observers(std::vector<jobs::Observer*> all) : all_(std::move(all)) {}
  void event(const jobs::JobStatus& job, const sync::Event& event) override {
    for (jobs::Observer* const each : all_) each->event(job, event);
  }
  void ended(const jobs::JobStatus& job) override {
    for (jobs::Observer* const each : all_) each->ended(job);
  }

 private:
  const std::vector<jobs::Observer*> all_;
};

}  // namespace godwit::cli
