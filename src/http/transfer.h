// SPDX-License-Identifier: Apache-2.0
// What a transfer's two threads share: the asking coroutine's, and that of the loop, which alone touches libcurl. Only for this folder.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "http/client.h"

namespace godwit::http {

class Transfer {
 public:
  Transfer(Request request, Settings settings, bool has_body, std::function<void()> bell);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // --- by the loop's thread ---
  // Makes the easy handle. Error: usage.
  [[nodiscard]] Result<> prepare();
  [[nodiscard]] CURL* handle() const { return handle_; }
  void end(CURLcode code);
  void resume();  // what was paused goes on

  // --- by the asking thread ---
  struct Progress {
    bool has_head = false, is_over = false, has_room = false;
    std::optional<Error> failure;
  };
  [[nodiscard]] Progress progress();
  [[nodiscard]] Head head();
  [[nodiscard]] std::string take_received();
  void give(std::string piece);
  void finish_giving();

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* data, std::size_t size, std::size_t count, void* self);
  [[nodiscard]] bool take_header(std::string_view line);
  void finish_head();
  void set_method();
  void set_line();
  void set_trust();
  void set_credentials();
  [[nodiscard]] Result<> set_headers();
  void ring() const { bell_(); }
  [[nodiscard]] Error error_of_code(CURLcode code) const;

  Request request_;
  Settings settings_;
  const bool has_body_;
  std::function<void()> bell_;
  CURL* handle_ = nullptr;
  curl_slist* list_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> said_{};

  std::mutex mutex_;
  Head head_;
  std::size_t head_size_ = 0;
  std::string received_, given_;
  bool has_head_ = false, is_over_ = false, is_all_given_ = false, is_upload_paused_ = false, is_download_paused_ = false;
  std::optional<Error> failure_;
};

}  // namespace godwit::http
