// SPDX-License-Identifier: Apache-2.0
#include "http/loop.h"

#include <algorithm>
#include <new>
#include <utility>

namespace godwit::http {

Client::Loop::Loop(std::size_t connections) {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = begun == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(connections));
  thread_ = std::thread([this] { run(); });
}

Client::Loop::~Loop() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  for (const auto& transfer : running_) {
    curl_multi_remove_handle(multi_, transfer->handle());
    transfer->end(CURLE_ABORTED_BY_CALLBACK);
  }
  curl_multi_cleanup(multi_);
}

void Client::Loop::begin(std::shared_ptr<Transfer> transfer) {
  const std::lock_guard lock(mutex_);
  new_.push_back(std::move(transfer));
  curl_multi_wakeup(multi_);
}

void Client::Loop::resume(std::shared_ptr<Transfer> transfer) {
  const std::lock_guard lock(mutex_);
  resumed_.push_back(std::move(transfer));
  curl_multi_wakeup(multi_);
}

void Client::Loop::abandon(const std::shared_ptr<Transfer>& transfer) {
  const std::lock_guard lock(mutex_);
  abandoned_.push_back(transfer);
  curl_multi_wakeup(multi_);
}

void Client::Loop::begin_on_thread(const std::shared_ptr<Transfer>& transfer) {
  curl_multi_add_handle(multi_, transfer->handle());
  running_.push_back(transfer);
}

void Client::Loop::obey() {
  std::vector<std::shared_ptr<Transfer>> begun, resumed, abandoned;
  {
    const std::lock_guard lock(mutex_);
    begun.swap(new_);
    resumed.swap(resumed_);
    abandoned.swap(abandoned_);
  }
  const auto is_running = [this](const auto& transfer) { return std::ranges::find(running_, transfer) != running_.end(); };
  for (const auto& transfer : begun) begin_on_thread(transfer);
  for (const auto& transfer : resumed) {
    if (is_running(transfer)) transfer->resume();
  }
  for (const auto& transfer : abandoned) {
    if (!is_running(transfer)) continue;
    curl_multi_remove_handle(multi_, transfer->handle());
    std::erase(running_, transfer);
  }
}

void Client::Loop::collect() {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* const handle = message->easy_handle;
    const auto hit = std::ranges::find(running_, handle, [](const auto& transfer) { return transfer->handle(); });
    if (hit == running_.end()) continue;
    const auto transfer = *hit;
    curl_multi_remove_handle(multi_, handle);  // the message is gone with it
    running_.erase(hit);
    transfer->end(code);
  }
}

void Client::Loop::run() {
  constexpr int longest_pause = 10'000;  // milliseconds; whoever has something to say wakes the thread
  for (;;) {
    obey();
    {
      const std::lock_guard lock(mutex_);
      if (is_over_) return;
    }
    int running = 0;
    curl_multi_perform(multi_, &running);
    collect();
    curl_multi_poll(multi_, nullptr, 0, longest_pause, nullptr);
  }
}

}  // namespace godwit::http
