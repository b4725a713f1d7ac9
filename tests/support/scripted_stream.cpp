// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <random>

#include "base/text.h"
#include "tests/support/run_task.h"

namespace godwit::test {

namespace asio = boost::asio;
using Side = ScriptStep::Side;

namespace {

// For failure messages: the beginning of what may be a whole message.
std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 300;
  if (bytes.size() <= most) return printable(bytes);
  return printable(bytes.substr(0, most)) + " … (" + std::to_string(bytes.size()) + " bytes)";
}

}  // namespace

struct ScriptedStream::Play {
  Script script;
  ScriptOptions options;
  std::shared_ptr<ScriptReport> report = std::make_shared<ScriptReport>();
  std::mt19937_64 random;
  std::chrono::milliseconds wait_limit = std::chrono::hours(1);
  std::optional<Error> broken;  // every further operation gives it
  bool peer_ended = false;      // an injected end of file: reads give 0

  // The next step of each side, and how many of its bytes are done.
  std::size_t write_step = 0, write_offset = 0;
  std::size_t read_step = 0, read_offset = 0;
  asio::steady_timer* waiting_reader = nullptr;

  Play(Script given, ScriptOptions how) : script(std::move(given)), options(how), random(how.seed) { skip_to_next_steps(); }

  const std::vector<ScriptStep>& steps() const { return script.steps(); }

  void skip_to_next_steps() {
    const auto advance = [&](std::size_t& step, std::size_t& offset, Side side) {
      while (step < steps().size() && (steps()[step].side != side || offset == steps()[step].bytes.size())) {
        ++step;
        offset = 0;
      }
    };
    advance(write_step, write_offset, Side::client);
    advance(read_step, read_offset, Side::server);
  }

  bool is_over() const { return write_step == steps().size() && read_step == steps().size(); }

  // Whether the server has a reason to speak: nothing is expected from the client before its next bytes.
  bool is_readable() const { return read_step < steps().size() && read_step < write_step; }

  // A server step that the client must have read before it may write its next bytes.
  bool must_read_first() const {
    for (std::size_t i = read_step; i < write_step; ++i) {
      if (steps()[i].side == Side::server && (!options.early_writes || steps()[i].bytes.starts_with('+'))) return true;
    }
    return false;
  }

  void wake_reader() {
    if (waiting_reader != nullptr) waiting_reader->cancel();
  }

  void break_with(ErrorKind kind, std::string what) {
    if (!broken) broken = Error{kind, std::move(what), {}, "script:0"};
    wake_reader();
  }

  // Counts an operation; injects the failure when it is this one's turn.
  void begin_operation() {
    if (++report->operations != options.fail_at) return;
    report->failed = true;
    const std::string at = " (injected at operation " + std::to_string(options.fail_at) + ")";
    switch (options.failure) {
      case ScriptOptions::Failure::reset: return break_with(ErrorKind::network, "Connection reset by peer" + at);
      case ScriptOptions::Failure::timeout: return break_with(ErrorKind::timeout, "the peer did not answer" + at);
      case ScriptOptions::Failure::end_of_file:
        peer_ended = true;
        wake_reader();
    }
  }

  std::size_t chosen_size(std::size_t available) {
    switch (options.delivery) {
      case ScriptOptions::Delivery::bytes: return 1;
      case ScriptOptions::Delivery::random: {
        // Small cuts hit inside tokens, large ones join lines.
        const std::size_t most = random() % 2 == 0 ? std::min<std::size_t>(available, 8) : available;
        return std::uniform_int_distribution<std::size_t>(1, most)(random);
      }
      case ScriptOptions::Delivery::whole:
      case ScriptOptions::Delivery::steps: break;
    }
    return available;
  }

  std::size_t deliver(std::span<char> buffer) {
    std::size_t available = 0;
    for (std::size_t i = read_step; i < write_step; ++i) {
      if (steps()[i].side == Side::server) available += steps()[i].bytes.size();
      if (options.delivery == ScriptOptions::Delivery::steps) break;
    }
    available = std::min(available - read_offset, buffer.size());
    const std::size_t size = chosen_size(available);
    std::size_t done = 0;
    while (done < size) {
      const std::string_view rest = std::string_view(steps()[read_step].bytes).substr(read_offset, size - done);
      std::ranges::copy(rest, buffer.begin() + static_cast<std::ptrdiff_t>(done));
      done += rest.size();
      read_offset += rest.size();
      skip_to_next_steps();
    }
    return size;
  }

  Result<> refuse(std::string_view bytes, const std::string& reason) {
    const std::string expected =
        write_step < steps().size() ? steps()[write_step].bytes.substr(write_offset) : std::string();
    ADD_FAILURE() << reason << "\n  at step " << write_step + 1 << " of " << steps().size() << "\n  the client wrote: \""
                  << shown(bytes) << "\"\n  expected:         \"" << shown(expected) << "\"";
    break_with(ErrorKind::network, "the script's server hung up: " + reason);
    return std::unexpected(*broken);
  }

  Result<> accept(std::string_view bytes) {
    report->written += bytes;
    while (!bytes.empty()) {
      if (write_step == steps().size()) {
        if (script.end() == ScriptEnd::reset) return fail(ErrorKind::network, "Broken pipe");
        return refuse(bytes, "the client wrote after the end of the script");
      }
      if (must_read_first()) {
        return refuse(bytes, "the client wrote before it had read \"" +
                                 shown(steps()[read_step].bytes.substr(read_offset)) + "\"");
      }
      const std::string_view expected = std::string_view(steps()[write_step].bytes).substr(write_offset);
      const std::size_t size = std::min(expected.size(), bytes.size());
      if (bytes.substr(0, size) != expected.substr(0, size)) return refuse(bytes, "the client wrote something unexpected");
      bytes.remove_prefix(size);
      write_offset += size;
      skip_to_next_steps();
    }
    wake_reader();
    return {};
  }

  // Nothing: the reader has to wait.
  std::optional<Result<std::size_t>> try_read(std::span<char> buffer) {
    if (broken) return std::unexpected(*broken);
    if (peer_ended) return 0;
    if (is_readable()) return deliver(buffer);
    if (!is_over() || script.end() == ScriptEnd::silence) return std::nullopt;
    if (script.end() == ScriptEnd::reset) return fail(ErrorKind::network, "Connection reset by peer");
    return 0;
  }

  Task<Result<std::size_t>> wait_and_read(std::span<char> buffer) {
    if (waiting_reader != nullptr) co_return fail(ErrorKind::bug, "two readers at once");
    asio::steady_timer timer(co_await asio::this_coro::executor);
    waiting_reader = &timer;
    const std::unique_ptr<asio::steady_timer*, decltype([](asio::steady_timer** waiting) { *waiting = nullptr; })> leave(
        &waiting_reader);
    const auto deadline = std::chrono::steady_clock::now() + wait_limit;
    do {
      boost::system::error_code ignored;
      timer.expires_at(deadline);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      if (const auto result = try_read(buffer)) co_return *result;
    } while (std::chrono::steady_clock::now() < deadline);
    co_return fail(ErrorKind::timeout, "the script's server did not answer in time");
  }

  Task<> give_way() {
    if (options.delivery != ScriptOptions::Delivery::random || random() % 2 == 0) co_return;
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
};

ScriptedStream::ScriptedStream(Script script, ScriptOptions options)
    : play_(std::make_shared<Play>(std::move(script), options)) {}

ScriptedStream::~ScriptedStream() {
  play_->report->is_played = play_->is_over();
  if (play_->is_over() || play_->broken || play_->report->failed || play_->options.may_stop_early) return;
  const bool client_is_due = play_->write_step < play_->steps().size();
  const ScriptStep& next = play_->steps()[client_is_due ? play_->write_step : play_->read_step];
  ADD_FAILURE() << "the script was not played to its end; next the " << (client_is_due ? "client writes" : "server says")
                << " \"" << shown(next.bytes) << "\"";
}

std::shared_ptr<const ScriptReport> ScriptedStream::report() const { return play_->report; }

Task<Result<std::size_t>> ScriptedStream::read_some(std::span<char> buffer) {
  const auto play = play_;
  if (buffer.empty()) co_return fail(ErrorKind::bug, "read_some() into an empty buffer");
  play->begin_operation();
  co_await play->give_way();
  if (auto result = play->try_read(buffer)) co_return *std::move(result);
  co_return co_await play->wait_and_read(buffer);
}

Task<Result<>> ScriptedStream::write(std::span<const std::string_view> pieces) {
  const auto play = play_;
  play->begin_operation();
  co_await play->give_way();
  if (play->broken) co_return std::unexpected(*play->broken);
  if (play->peer_ended) co_return fail(ErrorKind::network, "Broken pipe");
  std::string bytes;
  for (const std::string_view piece : pieces) bytes += piece;
  co_return play->accept(bytes);
}

void ScriptedStream::set_wait_limit(std::chrono::milliseconds limit) { play_->wait_limit = limit; }

void ScriptedStream::close() {
  play_->report->is_closed = true;
  play_->broken = Error{ErrorKind::canceled, "the connection was closed on our side", {}, "script:0"};
  play_->wake_reader();
}

void expect_network_error(const FailedRun& run) {
  if (run.outcome) {
    ADD_FAILURE() << "the conversation did not notice the failure";
  } else {
    EXPECT_EQ(name_of(run.outcome.error().kind), name_of(ErrorKind::network)) << describe(run.outcome.error());
  }
}

namespace {

// Returns how many operations the conversation made.
std::size_t expect_success(const Script& script, const Conversation& conversation, ScriptOptions options) {
  auto stream = std::make_unique<ScriptedStream>(script, options);
  const auto report = stream->report();
  const Result<> outcome = run_task(conversation(std::move(stream)));
  EXPECT_TRUE(outcome.has_value()) << describe(outcome.error());
  return report->operations;
}

}  // namespace

void play_failing_at_every_step(const Script& script, const Conversation& conversation,
                                const std::function<void(const FailedRun&)>& check, ScriptOptions options) {
  using Failure = ScriptOptions::Failure;
  const std::size_t operations = expect_success(script, conversation, options);
  for (std::size_t operation = 1; operation <= operations; ++operation) {
    for (const Failure failure : {Failure::reset, Failure::end_of_file}) {
      SCOPED_TRACE("operation " + std::to_string(operation) + " of " + std::to_string(operations) + " fails by " +
                   (failure == Failure::reset ? "a reset" : "an end of file"));
      options.fail_at = operation;
      options.failure = failure;
      auto stream = std::make_unique<ScriptedStream>(script, options);
      check({operation, operations, failure, run_task(conversation(std::move(stream)))});
    }
  }
}

void play_in_every_delivery(const Script& script, const Conversation& conversation, std::uint64_t seeds,
                            ScriptOptions options) {
  using Delivery = ScriptOptions::Delivery;
  for (const Delivery delivery : {Delivery::whole, Delivery::steps, Delivery::bytes}) {
    SCOPED_TRACE("delivery " + std::to_string(static_cast<int>(delivery)));
    options.delivery = delivery;
    expect_success(script, conversation, options);
  }
  options.delivery = Delivery::random;
  for (options.seed = 1; options.seed <= seeds; ++options.seed) {
    SCOPED_TRACE("random delivery, seed " + std::to_string(options.seed));
    expect_success(script, conversation, options);
  }
}

}  // namespace godwit::test
