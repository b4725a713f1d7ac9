// SPDX-License-Identifier: Apache-2.0
// A net::Stream whose peer is a script: what the client must write, what the server then says, where the connection breaks.
// No sockets; reader and writer may be different coroutines of one io_context.
//
//   Script script = Script::parse(R"(
//   S: * OK ready
//   C: A1 APPEND INBOX {5}
//   S: + go on
//   C: hello
//   S: A1 OK [APPENDUID 1 7] done
//   )");
//   auto stream = std::make_unique<ScriptedStream>(script);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "net/stream.h"

namespace godwit::test {

struct ScriptStep {
  enum class Side { client, server };
  Side side = Side::client;
  std::string bytes;
};

// What the peer does when the script is over.
enum class ScriptEnd {
  end_of_file,  // reads give 0
  reset,        // reads and writes give ErrorKind::network
  silence,      // reads wait until close() or the wait limit
};

class Script {
 public:
  // Raw bytes; nothing is added.
  Script& client(std::string_view bytes);
  Script& server(std::string_view bytes);
  Script& ends_with(ScriptEnd end);

  // One line each: "C: …" and "S: …" get CRLF; "C:" or "S:" alone is an empty line. Empty lines, lines that begin with #,
  // and blanks in front of a line are skipped. A line that ends in {n}, {n+} or ~{n} is followed by n raw bytes and then by the
  // rest of that line; each line feed of the text counts as CRLF, as on the wire. Where the script lets the server answer a
  // client's {n} by "+ …", the n bytes are what the next "C: " line begins with. Throws std::invalid_argument on anything
  // else.
  [[nodiscard]] static Script parse(std::string_view transcript);
  [[nodiscard]] static Script load(const std::string& path);  // a file of tests/transcripts

  [[nodiscard]] const std::vector<ScriptStep>& steps() const { return steps_; }
  [[nodiscard]] ScriptEnd end() const { return end_; }

 private:
  Script& add(ScriptStep::Side side, std::string_view bytes);

  std::vector<ScriptStep> steps_;
  ScriptEnd end_ = ScriptEnd::end_of_file;
};

struct ScriptOptions {
  enum class Delivery {
    whole,   // all that the server has said so far, as far as the buffer goes
    steps,   // one server step at most
    bytes,   // one byte
    random,  // cut at random places; operations also give way to other coroutines at random
  };
  Delivery delivery = Delivery::whole;
  std::uint64_t seed = 1;

  // Strict order: the client may write only when it has read everything that the script lets the server say before.
  // With early_writes it may run ahead, but never past a server step that begins with '+'.
  bool early_writes = false;

  // The n-th read_some() or write(), counted from 1, and all after it fail.
  std::size_t fail_at = 0;
  enum class Failure { reset, end_of_file, timeout } failure = Failure::reset;

  // The stream may be destroyed before the client has written everything that the script expects.
  bool may_stop_early = false;
};

// Outlives the stream, which the code under test usually owns.
struct ScriptReport {
  std::size_t operations = 0;  // calls of read_some() and write()
  bool is_played = false;      // everything written and read
  bool is_closed = false;
  bool failed = false;         // the injected failure has happened
  std::string written;         // everything the client wrote
};

// Unexpected writes fail the test with both texts and give the client ErrorKind::network. The destructor fails the test when
// the script was not played to its end (unless a failure was injected, or may_stop_early).
class ScriptedStream final : public net::Stream {
 public:
  explicit ScriptedStream(Script script, ScriptOptions options = {});
  ~ScriptedStream() override;

  [[nodiscard]] std::shared_ptr<const ScriptReport> report() const;

  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override;
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view> pieces) override;
  void set_wait_limit(std::chrono::milliseconds limit) override;
  void close() override;
  [[nodiscard]] std::string peer() const override { return "script:0"; }
  [[nodiscard]] std::string security() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_reading() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  struct Play;
  std::shared_ptr<Play> play_;
};

// Plays the script once as it is, when the conversation must succeed; then again for each operation on the stream, which
// fails: once by a reset, once by an end of file. `check` judges the outcome of each such run; the default demands an Error of kind
// network.
using Conversation = std::function<Task<Result<>>(std::unique_ptr<net::Stream>)>;
struct FailedRun {
  std::size_t failed_operation = 0;
  std::size_t operations = 0;  // of the run without a failure
  ScriptOptions::Failure failure = ScriptOptions::Failure::reset;
  Result<> outcome;
};
void expect_network_error(const FailedRun& run);
void play_failing_at_every_step(const Script& script, const Conversation& conversation,
                                const std::function<void(const FailedRun&)>& check = expect_network_error,
                                ScriptOptions options = {});

// Plays the script whole, step by step, byte by byte, and cut at random places with `seeds` different seeds; the
// conversation must succeed each time.
void play_in_every_delivery(const Script& script, const Conversation& conversation, std::uint64_t seeds = 20,
                            ScriptOptions options = {});

}  // namespace godwit::test
