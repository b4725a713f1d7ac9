// SPDX-License-Identifier: Apache-2.0
// The thread that carries the transfers of one client. Only for this folder.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/client.h"
#include "http/transfer.h"

namespace godwit::http {

class Client::Loop {
 public:
  explicit Loop(std::size_t connections);  // to one host; 0: no limit
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // From any thread.
  void begin(std::shared_ptr<Transfer> transfer);
  void resume(std::shared_ptr<Transfer> transfer);
  void abandon(const std::shared_ptr<Transfer>& transfer);

 private:
  void run();
  void obey();
  void begin_on_thread(const std::shared_ptr<Transfer>& transfer);
  void collect();

  CURLM* multi_;
  std::mutex mutex_;
  bool is_over_ = false;
  std::vector<std::shared_ptr<Transfer>> new_, resumed_, abandoned_;
  std::vector<std::shared_ptr<Transfer>> running_;  // the thread's
  std::thread thread_;
};

}  // namespace godwit::http
