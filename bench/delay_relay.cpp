// SPDX-License-Identifier: Apache-2.0
//
// A TCP relay on loopback that plays a long line: each direction is delayed by half the round trip, with unlimited bandwidth or
// with a given rate. Bytes are never held back by the relay itself (queues are large), so that a tool which keeps the line full
// sees only the delay. Setting up a connection costs what it costs on a real line: the greeting comes after two round trips.
//
//   godwit_bench_delay_relay PORT TARGET_PORT ROUND_TRIP_MS [--rate BYTES_PER_SECOND]
//
// PORT 0 takes a free one; the port is printed. A number on standard input is a new round trip in milliseconds, and the end of
// standard input ends the relay, so that it cannot outlive the program that started it.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr std::size_t chunk_size = 128 * 1024;
constexpr std::size_t queue_limit = 512 * 1024 * 1024;  // per direction; only a receiver that stands still gets here

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

/// What the line is like.
struct Line {
  microseconds one_way{0};
  double rate = 0;  // bytes per second and direction; 0: unlimited
};

/// Bytes on their way, with the time at which they arrive; no bytes: the end of the stream.
struct Chunk {
  Clock::time_point due;
  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;
  std::size_t sent = 0;
};

struct Direction {
  std::deque<Chunk> queue;
  std::size_t queued = 0;
  Clock::time_point line_free{};  // when the last byte has been put on the line
  bool reading = true;            // the sender's end has not been seen
  bool writing = true;            // the end has not been passed on
  bool blocked = false;           // the receiver's socket is full
};

/// A connection through the relay: side 0 is the client, side 1 the server; direction i carries what side i sends.
struct Pair {
  std::array<int, 2> sockets{-1, -1};
  std::array<Direction, 2> directions;
  std::array<std::optional<std::uint32_t>, 2> watched;  // the events asked for; none: not with epoll yet
  Clock::time_point connect_at{};
  bool gone = false;
};

class Relay {
 public:
  Relay(int listener, std::uint16_t target_port, Line line)
      : listener_(listener), target_port_(target_port), line_(line), poller_(epoll_create1(EPOLL_CLOEXEC)) {
    watch_plain(listener_);
    watch_plain(STDIN_FILENO);
  }

  /// Until standard input ends.
  void run() {
    std::array<epoll_event, 128> events;
    while (running_) {
      const int count = epoll_wait_until(events, next_due());
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
      const auto now = Clock::now();
      for (Pair& pair : pairs_) move(pair, now);
      pairs_.remove_if([](const Pair& pair) { return pair.gone; });
    }
  }

 private:
  void watch_plain(int descriptor) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = static_cast<std::uint64_t>(descriptor)}};
    if (epoll_ctl(poller_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("delay_relay: epoll_ctl");
  }

  template <std::size_t Size>
  int epoll_wait_until(std::array<epoll_event, Size>& events, std::optional<Clock::time_point> due) {
    timespec wait{};
    if (due) {
      const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*due - Clock::now()));
      wait.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
      wait.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
    }
    return epoll_pwait2(poller_, events.data(), static_cast<int>(events.size()), due ? &wait : nullptr, nullptr);
  }

  std::optional<Clock::time_point> next_due() const {
    std::optional<Clock::time_point> next;
    const auto consider = [&next](Clock::time_point due) { next = next ? std::min(*next, due) : due; };
    for (const Pair& pair : pairs_) {
      if (pair.sockets[1] < 0) consider(pair.connect_at);
      for (const Direction& direction : pair.directions) {
        if (!direction.queue.empty() && !direction.blocked && pair.sockets[1] >= 0) consider(direction.queue.front().due);
      }
    }
    return next;
  }

  void handle(const epoll_event& event) {
    if (event.data.u64 == static_cast<std::uint64_t>(listener_)) return accept_all();
    if (event.data.u64 == STDIN_FILENO) return take_order();
    // Two low bits hold the side; a Pair is aligned to more than that.
    auto* pair = reinterpret_cast<Pair*>(event.data.u64 & ~std::uint64_t{3});
    const auto side = static_cast<std::size_t>(event.data.u64 & 1);
    if (pair->gone) return;
    if (event.events & EPOLLOUT) pair->directions[1 - side].blocked = false;
    if ((event.events & (EPOLLHUP | EPOLLERR)) && !pair->directions[side].reading) return close(*pair);
    if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(*pair, side);
  }

  void take_order() {
    std::array<char, 64> text;
    const ssize_t got = ::read(STDIN_FILENO, text.data(), text.size());
    if (got <= 0) {
      running_ = false;
      return;
    }
    long round_trip = 0;
    if (std::from_chars(text.data(), text.data() + got, round_trip).ec == std::errc()) {
      line_.one_way = microseconds(round_trip * 500);
    }
  }

  void accept_all() {
    while (true) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client < 0) return;
      Pair& pair = pairs_.emplace_back();
      pair.sockets[0] = client;
      pair.connect_at = Clock::now() + 3 * line_.one_way;  // SYN, SYN+ACK and ACK are on their way
      no_delay(client);
      update_watch(pair, 0);
    }
  }

  static void no_delay(int descriptor) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void connect(Pair& pair) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      if (server >= 0) ::close(server);
      return close(pair);
    }
    if (fcntl(server, F_SETFL, O_NONBLOCK) != 0) fail("delay_relay: fcntl");
    no_delay(server);
    pair.sockets[1] = server;
    update_watch(pair, 1);
  }

  void read(Pair& pair, std::size_t side) {
    Direction& direction = pair.directions[side];
    while (direction.reading && direction.queued < queue_limit) {
      const ssize_t got = recv(pair.sockets[side], received_.get(), chunk_size, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
      const auto size = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
      if (size == 0) direction.reading = false;
      auto bytes = std::make_unique_for_overwrite<char[]>(size);
      std::memcpy(bytes.get(), received_.get(), size);
      direction.queue.push_back({arrival(direction, size), std::move(bytes), size});
      direction.queued += size;
      if (size < chunk_size) break;
    }
    update_watch(pair, side);
  }

  Clock::time_point arrival(Direction& direction, std::size_t size) const {
    direction.line_free = std::max(direction.line_free, Clock::now());
    if (line_.rate > 0) {
      direction.line_free += std::chrono::duration_cast<Clock::duration>(
          std::chrono::duration<double>(static_cast<double>(size) / line_.rate));
    }
    return direction.line_free + line_.one_way;
  }

  /// Passes on what has arrived by now.
  void move(Pair& pair, Clock::time_point now) {
    if (pair.gone) return;
    if (pair.sockets[1] < 0) {
      if (now < pair.connect_at) return;
      connect(pair);
      if (pair.gone) return;
    }
    for (std::size_t side = 0; side < 2 && !pair.gone; ++side) write(pair, side, now);
    if (!pair.gone && !pair.directions[0].writing && !pair.directions[1].writing) close(pair);
  }

  void write(Pair& pair, std::size_t from, Clock::time_point now) {
    Direction& direction = pair.directions[from];
    while (!direction.blocked && !direction.queue.empty() && direction.queue.front().due <= now) {
      Chunk& chunk = direction.queue.front();
      if (chunk.size == 0) {
        shutdown(pair.sockets[1 - from], SHUT_WR);
        direction.writing = false;
      } else {
        const ssize_t sent =
            send(pair.sockets[1 - from], chunk.bytes.get() + chunk.sent, chunk.size - chunk.sent, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return close(pair);
        chunk.sent += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        direction.blocked = chunk.sent < chunk.size;
      }
      if (chunk.sent == chunk.size) {
        direction.queued -= chunk.size;
        direction.queue.pop_front();
      }
    }
    update_watch(pair, 0);
    if (pair.sockets[1] >= 0) update_watch(pair, 1);
  }

  void update_watch(Pair& pair, std::size_t side) {
    const Direction& incoming = pair.directions[side];
    std::uint32_t wanted = 0;
    if (incoming.reading && incoming.queued < queue_limit) wanted |= EPOLLIN;
    if (pair.directions[1 - side].blocked) wanted |= EPOLLOUT;
    if (wanted == pair.watched[side]) return;  // each change is a system call
    epoll_event event{.events = wanted,
                      .data = {.u64 = reinterpret_cast<std::uint64_t>(&pair) | side}};
    const int operation = pair.watched[side] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(poller_, operation, pair.sockets[side], &event) != 0) fail("delay_relay: epoll_ctl");
    pair.watched[side] = wanted;
  }

  static void close(Pair& pair) {
    for (const int descriptor : pair.sockets) {
      if (descriptor >= 0) ::close(descriptor);
    }
    pair.gone = true;
  }

  int listener_;
  std::uint16_t target_port_;
  Line line_;
  int poller_;
  bool running_ = true;
  std::unique_ptr<char[]> received_ = std::make_unique_for_overwrite<char[]>(chunk_size);
  std::list<Pair> pairs_;
};

/// A listening socket on loopback; prints its port.
int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("delay_relay: bind");
  if (listen(listener, 1024) != 0) fail("delay_relay: listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int count, char** arguments) {
  const bool with_rate = count == 6 && std::string_view(arguments[4]) == "--rate";
  if (count != 4 && !with_rate) {
    std::fprintf(stderr, "usage: delay_relay PORT TARGET_PORT ROUND_TRIP_MS [--rate BYTES_PER_SECOND]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  Line line{.one_way = microseconds(std::atol(arguments[3]) * 500)};
  if (with_rate) line.rate = std::atof(arguments[5]);
  Relay relay(listen_on(static_cast<std::uint16_t>(std::atoi(arguments[1]))),
              static_cast<std::uint16_t>(std::atoi(arguments[2])), line);
  relay.run();
  return 0;
}
