// SPDX-License-Identifier: Apache-2.0
// A server of HTTP on the loopback interface that answers each request of one connection with the next of its answers.
#pragma once

#include <fmt/format.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/loopback_server.h"

namespace godwit::test {

struct HttpAnswer {
  int status = 200;
  std::string body{}, headers{};  // "Location: /x\r\n"
};

struct HttpAsked {
  std::string line, head, body;  // "PROPFIND / HTTP/1.1"
};

class HttpScript {
 public:
  explicit HttpScript(std::vector<HttpAnswer> answers) : answers_(std::move(answers)), server_([this](int descriptor) { serve(descriptor); }) {}

  [[nodiscard]] std::string origin() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  // What was asked until now.
  [[nodiscard]] std::vector<HttpAsked> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  static HttpAsked receive(int descriptor) {
    HttpAsked asked;
    while (!asked.head.ends_with("\r\n\r\n")) {
      const std::string byte = receive_exactly(descriptor, 1);
      if (byte.empty()) return {};
      asked.head += byte;
    }
    asked.line = asked.head.substr(0, asked.head.find("\r\n"));
    const auto length = asked.head.find("Content-Length: ");
    if (length != std::string::npos) asked.body = receive_exactly(descriptor, std::stoul(asked.head.substr(length + 16)));
    return asked;
  }

  void serve(int descriptor) {
    for (const HttpAnswer& answer : answers_) {
      HttpAsked asked = receive(descriptor);
      if (asked.line.empty()) return;
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(std::move(asked));
      }
      send_all(descriptor, fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n{}\r\n{}", answer.status, answer.body.size(), answer.headers,
                                       answer.body));
    }
  }

  std::vector<HttpAnswer> answers_;
  std::mutex mutex_;
  std::vector<HttpAsked> asked_;
  LoopbackServer server_;
};

}  // namespace godwit::test
