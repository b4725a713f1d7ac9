// SPDX-License-Identifier: Apache-2.0
// Answers of a system that is asked when they are taken, or has answered already.
#pragma once

#include <functional>

#include "endpoint/session.h"

namespace godwit::adapters {

template <class T>
class PendingWork final : public endpoint::Pending<T> {
 public:
  explicit PendingWork(std::function<Task<Result<T>>()> work) : work_(std::move(work)) {}
  [[nodiscard]] Task<Result<T>> get() override { return work_(); }

 private:
  std::function<Task<Result<T>>()> work_;
};

template <class T>
class PendingAnswer final : public endpoint::Pending<T> {
 public:
  explicit PendingAnswer(T answer) : answer_(std::move(answer)) {}
  [[nodiscard]] Task<Result<T>> get() override { co_return std::move(answer_); }

 private:
  T answer_;
};

}  // namespace godwit::adapters
