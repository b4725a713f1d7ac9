// SPDX-License-Identifier: Apache-2.0
// A ManageSieve connection as a client (RFC 5804). One call at a time; what a call asks for several scripts goes out without waiting for
// the answers. Errors: network, timeout, tls, syntax and unavailable end the session; a refusal (see refusal.h) leaves it usable.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "net/line_trace.h"
#include "net/stream.h"
#include "sasl/mechanism.h"
#include "sieve/types.h"
#include "sieve/wire.h"

namespace godwit::sieve {

struct ClientOptions {
  WireLimits limits{};
  std::size_t lines_limit = 100'000;  // of one answer
  std::shared_ptr<net::ConnectionTrace> trace = nullptr;
};

class Client {
 public:
  explicit Client(std::unique_ptr<net::Stream> stream, ClientOptions options = {});

  // The capabilities that the server greets with.
  [[nodiscard]] Task<Result<>> greeting();
  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  [[nodiscard]] Task<Result<>> capability();  // asks for them anew: they change with the login
  using Upgrade = std::function<Task<Result<std::unique_ptr<net::Stream>>>(std::unique_ptr<net::Stream>)>;
  // With the capabilities that hold behind it, also of servers that do not tell them by themselves.
  [[nodiscard]] Task<Result<>> starttls(Upgrade upgrade);
  // Error of kind not_understood: the server does not know this way.
  [[nodiscard]] Task<Result<>> authenticate(std::unique_ptr<sasl::Mechanism> mechanism);

  [[nodiscard]] Task<Result<std::vector<ListedScript>>> list_scripts();
  // One for each name, in order; errors in their places: not_found, refused.
  [[nodiscard]] Task<Result<std::vector<Result<std::string>>>> get_scripts(std::span<const std::string> names);
  // Whether the server would take them; servers of before the RFC do not know it (Capabilities::is_of_the_rfc). Error in its place:
  // filter_refused with the server's words.
  [[nodiscard]] Task<Result<std::vector<Result<Accepted>>>> check_scripts(std::span<const std::string_view> texts);
  struct NamedText {
    std::string_view name, text;
  };
  // Stores them in this order, in place of those of the same name. Errors in their places: filter_refused, quota, too_big, refused.
  [[nodiscard]] Task<Result<std::vector<Result<Accepted>>>> put_scripts(std::span<const NamedText> scripts);
  [[nodiscard]] Task<Result<std::vector<Result<>>>> delete_scripts(std::span<const std::string> names);
  [[nodiscard]] Task<Result<>> set_active(std::string_view name);  // empty: none is
  [[nodiscard]] Task<Result<>> rename_script(std::string_view from, std::string_view to);
  // Whether a script of that many bytes may be stored; error quota or too_big: it may not.
  [[nodiscard]] Task<Result<>> have_space(std::string_view name, std::uint64_t size);
  [[nodiscard]] Task<Result<>> noop();
  [[nodiscard]] Task<Result<>> logout();

  void close() {
    if (stream_) stream_->close();
  }
  void set_wait_limit(std::chrono::milliseconds limit) { stream_->set_wait_limit(limit); }
  [[nodiscard]] const net::Stream& stream() const { return *stream_; }

 private:
  struct Command {
    std::string_view name;
    std::string bytes;  // with its line end
    std::string body{}; // behind a {n+} at the end of `bytes`
  };
  struct Answer {
    std::vector<Line> data;
    Line status;
  };
  [[nodiscard]] static Command command(std::string_view name, std::string_view first = {}, std::string_view second = {});
  [[nodiscard]] Task<Result<Line>> read_line();
  [[nodiscard]] Task<Result<Answer>> read_answer(std::string_view name);
  [[nodiscard]] Task<Result<>> write(std::string_view bytes);
  [[nodiscard]] Task<Result<>> send(std::span<const Command> commands);
  // A NO is the answer's own error.
  [[nodiscard]] Task<Result<std::vector<Result<Answer>>>> run_all(std::span<const Command> commands);
  [[nodiscard]] Task<Result<Answer>> run(Command command);
  [[nodiscard]] Task<Result<>> synchronize();
  [[nodiscard]] Task<Result<std::vector<Result<Accepted>>>> offer(std::span<const Command> commands);
  [[nodiscard]] Result<> take_capabilities(const Answer& answer);
  [[nodiscard]] Task<Result<Line>> converse(sasl::Mechanism& mechanism);
  [[nodiscard]] Task<Result<>> say_secret(std::string_view before, const Secret& secret);
  [[nodiscard]] Task<Result<>> cancel_login(Error error);
  void trace_sent(std::string_view line) const;
  void trace_received(const Line& line) const;

  std::unique_ptr<net::Stream> stream_;
  const ClientOptions options_;
  Capabilities capabilities_;
  std::unique_ptr<char[]> buffer_;
  std::string_view unread_;  // in buffer_
  LineDecoder decoder_;
  unsigned synchronizations_ = 0;
};

}  // namespace godwit::sieve
