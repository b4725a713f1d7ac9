// SPDX-License-Identifier: Apache-2.0
// HTTP over libcurl. One thread of the client's own carries all transfers; who asks waits on his own io_context, and may be on any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/task.h"
#include "http/message.h"
#include "net/connect.h"

namespace godwit::http {

struct Settings {
  net::Trust trust{};
  std::string authorities_file{};  // PEM, instead of the system's
  std::string proxy{};             // "http://proxy.example.com:3128", "socks5h://…"; empty: what https_proxy says
  std::string authorities_option = "token_ca_file";  // what errors call the operator's key for authorities_file
  std::size_t connections = 0;     // to one host at once; further requests wait for their turn; 0: no limit
};

// One request under way. Whoever drops it breaks the transfer off.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // The next piece of the request's body; waits while too much is on its way. Error: the transfer's, if it has ended already.
  [[nodiscard]] virtual Task<Result<>> write(std::string piece) = 0;
  virtual void finish_writing() = 0;
  // Errors: name_not_resolved, cannot_connect, timeout, tls, network, syntax, usage; each with the server's place.
  [[nodiscard]] virtual Task<Result<Head>> head() = 0;
  // The next piece of the response's body; empty at its end.
  [[nodiscard]] virtual Task<Result<std::string>> read() = 0;
};

class Client {
 public:
  explicit Client(Settings settings);
  ~Client();  // what was opened goes on
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The whole answer, whatever its status: error_of() judges it. Error: as of Exchange, or response_too_large.
  [[nodiscard]] Task<Result<Response>> send(Request request, std::size_t body_limit = std::size_t{1} << 20);
  // A request whose bodies are streamed. `has_body`: write() and finish_writing() give it, and `request.body` is empty.
  [[nodiscard]] Task<Result<std::unique_ptr<Exchange>>> open(Request request, bool has_body);

 private:
  class Loop;
  Settings settings_;
  std::shared_ptr<Loop> loop_;
};

}  // namespace godwit::http
