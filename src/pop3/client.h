// SPDX-License-Identifier: Apache-2.0
// A POP3 connection as a client: RFC 1939, CAPA (RFC 2449), STLS (RFC 2595), AUTH (RFC 5034), APOP. There is no DELE: nothing that is
// called here removes a message. One call at a time. Errors: network, timeout, tls, syntax and unavailable end the session; a refusal
// (see refusal.h) leaves it usable.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "net/stream.h"
#include "pop3/trace.h"
#include "pop3/types.h"
#include "pop3/wire.h"
#include "sasl/mechanism.h"

namespace godwit::pop3 {

struct ClientOptions {
  std::size_t line_limit = std::size_t{64} << 10;  // of an answer's first line, and of a line of a list
  std::size_t list_limit = 10'000'000;             // lines of a list
  std::shared_ptr<ConnectionTrace> trace = nullptr;
};

class Client {
 public:
  explicit Client(std::unique_ptr<net::Stream> stream, ClientOptions options = {});

  [[nodiscard]] Task<Result<>> greeting();
  [[nodiscard]] const std::string& greeting_text() const { return greeting_; }  // without "+OK"
  // A server that refuses the command leaves what it told before, at first nothing.
  [[nodiscard]] Task<Result<>> capa();
  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  using Upgrade = std::function<Task<Result<std::unique_ptr<net::Stream>>>(std::unique_ptr<net::Stream>)>;
  [[nodiscard]] Task<Result<>> stls(Upgrade upgrade);

  // Logins. Error of kind not_understood: the server does not take this way, and no password was told.
  [[nodiscard]] Task<Result<>> user_and_pass(std::string name, Secret password);
  [[nodiscard]] Task<Result<>> apop(std::string name, Secret password);
  [[nodiscard]] Task<Result<>> auth(std::unique_ptr<sasl::Mechanism> mechanism);

  // In the server's order.
  [[nodiscard]] Task<Result<std::vector<ListedSize>>> list();
  [[nodiscard]] Task<Result<std::vector<UniqueId>>> uidl();

  // Asks for messages, or for their headers alone (TOP n 0), in one write; the answers come in that order. More than one only where
  // PIPELINING is announced.
  enum class Part : std::uint8_t { whole, header };
  [[nodiscard]] Task<Result<>> ask(Part part, std::span<const std::uint32_t> numbers);
  [[nodiscard]] std::size_t asked() const { return asked_.size(); }  // whose answers have not begun
  // Begins the answer to the oldest that was asked for; what is left of the one before is passed over. A refusal counts as its answer.
  [[nodiscard]] Task<Result<>> next_message();
  // The next bytes of it, lines ending in CRLF; empty at its end. Valid until the next call.
  [[nodiscard]] Task<Result<std::span<const char>>> read();

  // What is still on its way is not waited for.
  [[nodiscard]] Task<Result<>> quit();
  void close() {
    if (stream_) stream_->close();
  }
  void set_wait_limit(std::chrono::milliseconds limit) { stream_->set_wait_limit(limit); }
  [[nodiscard]] const net::Stream& stream() const { return *stream_; }

 private:
  [[nodiscard]] Task<Result<>> read_more();
  [[nodiscard]] Task<Result<std::string>> read_line();
  [[nodiscard]] Task<Result<Status>> read_status(std::string_view command);
  [[nodiscard]] Task<Result<>> write(std::string_view bytes);
  // One line; its answer is an error unless it is +OK. `shown`: of the trace, where the line holds a secret.
  [[nodiscard]] Task<Result<Status>> command(std::string name, std::string arguments = {}, std::string shown = {});
  [[nodiscard]] Task<Result<>> converse(sasl::Mechanism& mechanism, Status status);  // that of the first challenge
  [[nodiscard]] Task<Result<>> cancel_auth(Error error);
  [[nodiscard]] Task<Result<>> say_secret(const Secret& secret);
  template <class Line>
  [[nodiscard]] Task<Result<std::vector<Line>>> read_list(std::string name, Result<Line> (*parse)(std::string_view));
  void begin_answer();
  [[nodiscard]] Task<Result<>> pass_over();  // whatever was asked for and not read
  void trace_received(std::string_view line) const;

  std::unique_ptr<net::Stream> stream_;
  const ClientOptions options_;
  std::string greeting_;
  Capabilities capabilities_;
  LineEnds line_ends_ = LineEnds::crlf;
  std::unique_ptr<char[]> buffer_;
  std::string_view unread_;  // in buffer_
  std::string line_;         // the beginning of one
  AnswerDecoder decoder_;
  bool is_in_answer_ = false, is_message_ = false;
  std::string piece_;
  std::deque<Part> asked_;
};

}  // namespace godwit::pop3
