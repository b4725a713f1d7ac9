// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/error_code.h"
#include "base/first_line.h"
#include "base/text.h"

namespace godwit::oauth {
namespace {

namespace asio = boost::asio;

constexpr int token_room = 64 * 1024, errors_room = 1024 * 1024;  // bytes
constexpr std::size_t longest_output = errors_room;

// A pipe that is read when the program has ended: what it has left running keeps nobody waiting. Who prints more than the pipe holds
// waits for the end of his time.
class Output {
 public:
  explicit Output(int room) {
    std::array<int, 2> ends{-1, -1};
    is_ready_ = ::pipe2(ends.data(), O_CLOEXEC) == 0;
    reading_ = ends[0];
    writing_ = ends[1];
    if (!is_ready_) return;
    ::fcntl(writing_, F_SETPIPE_SZ, room);      // NOLINT(*-vararg); where it may not be as large, it stays as it is
    ::fcntl(reading_, F_SETFL, O_NONBLOCK);     // NOLINT(*-vararg)
  }
  ~Output() {
    if (reading_ >= 0) ::close(reading_);
    if (writing_ >= 0) ::close(writing_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] bool is_ready() const { return is_ready_; }
  [[nodiscard]] int descriptor() const { return writing_; }
  [[nodiscard]] Secret text() const {
    std::string all(longest_output, '\0');
    std::size_t size = 0;
    while (size < all.size()) {
      const ssize_t count = ::read(reading_, all.data() + size, all.size() - size);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      size += static_cast<std::size_t>(count);
    }
    const Secret whole(std::move(all));
    return Secret(whole.reveal().substr(0, size));
  }

 private:
  int reading_ = -1, writing_ = -1;
  bool is_ready_ = false;
};

// A child, in a process group of its own; dropped before its end, it is killed with all that it has started.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill();
    status();
  }
  // 0, or errno.
  [[nodiscard]] int start(const std::vector<std::string>& command, const Output& out, const Output& err) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.descriptor(), STDERR_FILENO);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    const int failed = ::posix_spawn(&pid_, command.front().c_str(), &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) pid_ = 0;
    return failed;
  }
  // Readable when the child has ended.
  [[nodiscard]] int open_descriptor() const { return static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)); }  // NOLINT(*-vararg)
  void kill() const { ::kill(-pid_, SIGKILL); }
  // Waits for the end: of a child that has ended, or was killed.
  int status() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_ = 0;
};

std::unexpected<Error> refuse(const std::vector<std::string>& command, std::string_view what, std::string said = {}) {
  return fail(codes::token_command, fmt::format("the token command {} {}; run it by hand to see why", printable(command.front()), what),
              std::move(said));
}

// True when it ended in time; else it is killed.
Task<bool> await_end(const Child& child, std::chrono::milliseconds limit) {
  constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
  const auto executor = co_await asio::this_coro::executor;
  const auto descriptor = std::make_shared<asio::posix::stream_descriptor>(executor, child.open_descriptor());
  asio::steady_timer timer(executor, limit);
  timer.async_wait([weak = std::weak_ptr(descriptor)](const boost::system::error_code& error) {
    if (const auto present = weak.lock(); present && !error) present->cancel();
  });
  const auto [error] = co_await descriptor->async_wait(asio::posix::stream_descriptor::wait_read, as_result);
  co_return !error;
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

Task<Result<Secret>> run(std::vector<std::string> command, std::chrono::milliseconds limit) {
  constexpr std::size_t last_words = 500;
  const Output out(token_room), err(errors_room);
  if (!out.is_ready() || !err.is_ready()) co_return refuse(command, std::string("has no pipe to write to: ") + std::strerror(errno));
  Child child;
  if (const int failed = child.start(command, out, err))
    co_return refuse(command, std::string("cannot be started: ") + std::strerror(failed));
  const bool is_in_time = co_await await_end(child, limit);
  if (!is_in_time) child.kill();
  const int status = child.status();
  const Secret errors = err.text();
  std::string said(errors.reveal().substr(errors.reveal().size() - std::min(last_words, errors.reveal().size())));
  const Secret text = out.text();
  std::string_view line = text.reveal().substr(0, text.reveal().find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.empty() && said.contains(line)) said = "(it repeats the token; its words are left out)";
  if (!is_in_time)
    co_return refuse(command, fmt::format("took longer than {} s, and was killed", static_cast<double>(limit.count()) / 1000), said);
  if (status != 0) co_return refuse(command, end_of(status), said);
  if (line.empty()) co_return refuse(command, "printed nothing on its first line", said);
  co_return Secret(line);
}

Task<Result<Secret>> read_token(std::filesystem::path file) {
  auto token = read_first_line(file);
  const std::string name = printable(file.native());
  if (!token) co_return fail(codes::token_file, fmt::format("the token file {} cannot be used: {}", name, token.error().what));
  if (token->empty()) co_return fail(codes::token_file, fmt::format("the token file {} is empty: its first line is to be the token", name));
  co_return token;
}

}  // namespace

TokenSupply supply_from_command(std::vector<std::string> command, std::chrono::milliseconds limit) {
  return [command = std::move(command), limit](Secret) { return run(command, limit); };
}

TokenSupply supply_from_file(std::filesystem::path file) {
  return [file = std::move(file)](Secret) { return read_token(file); };
}

}  // namespace godwit::oauth
