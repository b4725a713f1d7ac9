// SPDX-License-Identifier: Apache-2.0
// godwit-pst at work on one file: libpst and the file's bytes stay in a process of their own.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/task.h"
#include "pst/answers.h"

namespace godwit::adapters {

struct PstHelper {
  std::filesystem::path program;
  std::chrono::milliseconds patience = std::chrono::minutes(10);  // for one answer: a large index takes its time
};

// One call at a time, on one thread.
class HelperProcess {
 public:
  // Opens the file for reading, and gives it to the helper. `form`: "store" for PST and OST, "message" for .msg. Errors of kind storage:
  // the file cannot be opened; usage: there is no helper.
  [[nodiscard]] static Task<Result<std::unique_ptr<HelperProcess>>> start(const PstHelper& helper, const std::filesystem::path& file,
                                                                          const char* form);
  ~HelperProcess();  // kills it
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  // To a helper that is over, too: what it had said before is still to be taken.
  [[nodiscard]] Task<> ask(pst::Request request);
  // Errors of kind network, timeout or syntax: the helper is over, and the error says how it ended.
  [[nodiscard]] Task<Result<pst::Answer>> next();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;  // writing to a pipe that nobody reads would raise SIGPIPE
  using Pipe = boost::asio::posix::stream_descriptor;
  HelperProcess(std::chrono::milliseconds patience, int process, Socket to, Pipe from);
  [[nodiscard]] Task<Result<std::size_t>> read_some();
  [[nodiscard]] std::string how_it_ended();
  void stop();

  const std::chrono::milliseconds patience_;
  int process_;  // 0: it is over, and was waited for
  Socket to_;
  Pipe from_;
  pst::AnswerReader reader_;
  std::string buffer_;
};

}  // namespace godwit::adapters
