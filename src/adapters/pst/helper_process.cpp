// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/helper_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstring>
#include <functional>

#include "base/file_error.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t read_at_once = 256 * 1024;
constexpr int end_patience = 2000;  // milliseconds

// A file descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct Ends {
  Descriptor reading, writing;
};
Result<Ends> make_pipe() {
  std::array<int, 2> both{};
  if (pipe2(both.data(), O_CLOEXEC) != 0) return fail(ErrorKind::storage, fmt::format("no pipe to godwit-pst: {}", std::strerror(errno)));
  return Ends{Descriptor(both[0]), Descriptor(both[1])};
}

Result<Ends> make_socket_pair() {
  std::array<int, 2> both{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()) != 0) {
    return fail(ErrorKind::storage, fmt::format("no connection to godwit-pst: {}", std::strerror(errno)));
  }
  return Ends{Descriptor(both[0]), Descriptor(both[1])};
}

Result<Descriptor> open_file(const std::filesystem::path& file) {
  Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (opened.number() < 0) return file_error(file, "cannot be read", errno);
  return opened;
}

Result<pid_t> spawn(const std::filesystem::path& program, const char* form, int from, int to, int file) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, file, 3);
  posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  posix_spawnattr_t attributes;  // signals as in a program that was just started
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string name = program.native(), argument = form, language = "LC_ALL=C";
  std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  std::array<char*, 2> environment{language.data(), nullptr};
  pid_t process = 0;
  const int failed = posix_spawn(&process, name.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return process;
  return fail(ErrorKind::usage,
              fmt::format("PST, OST and .msg files are read by {}, which cannot be started: {}; install godwit as a whole, with godwit-pst",
                          name, std::strerror(failed)));
}

// Calls once after a time, unless it is gone by then.
class Alarm {
 public:
  Alarm(const boost::asio::any_io_executor& executor, std::chrono::milliseconds time, std::function<void()> call)
      : state_(std::make_shared<State>(executor, std::move(call))) {
    state_->timer.expires_after(time);
    state_->timer.async_wait([state = state_](const boost::system::error_code& canceled) {
      if (canceled || state->is_over) return;
      state->has_rung = true;
      state->call();
    });
  }
  ~Alarm() {
    state_->is_over = true;
    state_->timer.cancel();
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  [[nodiscard]] bool has_rung() const { return state_->has_rung; }

 private:
  struct State {
    State(const boost::asio::any_io_executor& executor, std::function<void()> what) : timer(executor), call(std::move(what)) {}
    boost::asio::steady_timer timer;
    std::function<void()> call;
    bool is_over = false, has_rung = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace

HelperProcess::HelperProcess(std::chrono::milliseconds patience, int process, Socket to, Pipe from)
    : patience_(patience), process_(process), to_(std::move(to)), from_(std::move(from)), buffer_(read_at_once, '\0') {}

HelperProcess::~HelperProcess() { stop(); }

void HelperProcess::stop() {
  if (process_ == 0) return;
  kill(process_, SIGKILL);
  waitpid(std::exchange(process_, 0), nullptr, 0);
}

Task<Result<std::unique_ptr<HelperProcess>>> HelperProcess::start(const PstHelper& helper, const std::filesystem::path& file,
                                                                  const char* form) {
  const auto executor = co_await boost::asio::this_coro::executor;
  GODWIT_CO_TRY(Descriptor opened, open_file(file));
  GODWIT_CO_TRY(Ends requests, make_socket_pair());
  GODWIT_CO_TRY(Ends answers, make_pipe());
  GODWIT_CO_TRY(const pid_t process, spawn(helper.program, form, requests.reading.number(), answers.writing.number(), opened.number()));
  co_return std::unique_ptr<HelperProcess>(
      new HelperProcess(helper.patience, process, Socket(executor, boost::asio::local::stream_protocol(), requests.writing.release()),
                        Pipe(executor, answers.reading.release())));
}

Task<> HelperProcess::ask(pst::Request request) {
  const std::string bytes = pst::encode(request);
  boost::system::error_code ignored;
  co_await boost::asio::async_write(to_, boost::asio::buffer(bytes), boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

Task<Result<std::size_t>> HelperProcess::read_some() {
  const Alarm alarm(co_await boost::asio::this_coro::executor, patience_, [this] { from_.cancel(); });
  boost::system::error_code failed;
  const std::size_t size =
      co_await from_.async_read_some(boost::asio::buffer(buffer_), boost::asio::redirect_error(boost::asio::use_awaitable, failed));
  if (!failed) co_return size;
  if (!alarm.has_rung()) co_return fail(ErrorKind::network, how_it_ended());
  stop();
  co_return fail(ErrorKind::timeout, fmt::format("godwit-pst gave no answer for {} s, and was ended",
                                                 std::chrono::ceil<std::chrono::seconds>(patience_).count()));
}

Task<Result<pst::Answer>> HelperProcess::next() {
  while (true) {
    auto answer = reader_.next();
    if (!answer) {
      stop();
      co_return std::unexpected(std::move(answer).error());
    }
    if (*answer) co_return **std::move(answer);
    GODWIT_CO_TRY(const std::size_t size, co_await read_some());
    reader_.add(std::string_view(buffer_).substr(0, size));
  }
}

// It closed its pipe: its end follows at once.
std::string HelperProcess::how_it_ended() {
  if (process_ == 0) return "godwit-pst is not running any more";
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
  if (handle >= 0) {
    pollfd waiting{handle, POLLIN, 0};
    poll(&waiting, 1, end_patience);
    close(handle);
  }
  kill(process_, SIGKILL);
  int status = 0;
  waitpid(std::exchange(process_, 0), &status, 0);
  if (!WIFSIGNALED(status)) return fmt::format("godwit-pst ended with status {}", WEXITSTATUS(status));
  if (WTERMSIG(status) == SIGXCPU) return "godwit-pst took too much time, and was ended";
  return fmt::format("godwit-pst was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

}  // namespace godwit::adapters
