// SPDX-License-Identifier: Apache-2.0
//
// The floor that bench/run measures against: the least that a relay from IMAP to IMAP can do. It pipelines UID FETCH into
// MULTIAPPEND with LITERAL+, passes folders, flags, INTERNALDATE and bodies, and checks nothing: no digest, no record, no
// listing, no TLS. Bytes go from the receive buffer to the target by writev, without a copy. Each connection pair takes whole
// folders from a shared queue, so that a folder's order is kept. Written for two Dovecots: same separator, no literal in LIST.
//
//   godwit_bench_floor SOURCE_HOST PORT USER PASSWORD TARGET_HOST PORT USER PASSWORD CONNECTIONS BATCH

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t receive_size = 256 * 1024;
constexpr std::size_t folders_ahead = 3;  // FETCHes that wait at the source behind the one that is answered

[[noreturn]] void fail(std::string_view what) {
  std::fprintf(stderr, "floor: %.*s\n", static_cast<int>(what.size()), what.data());
  std::_Exit(1);
}

struct Account {
  std::string host, port, user, password;
};

/// A blocking socket to a server.
class Connection {
 public:
  explicit Connection(const Account& account) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(account.host.c_str(), account.port.c_str(), &hints, &found) != 0) fail("unknown host");
    socket_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(socket_, found->ai_addr, found->ai_addrlen) != 0) fail("cannot connect");
    freeaddrinfo(found);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    login_ = "l LOGIN \"" + account.user + "\" \"" + account.password + "\"\r\n";
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(socket_); }

  /// The two halves of a login, so that many connections wait for their greetings and answers at the same time.
  void begin_login() {
    read_lines_until("* ");
    send(login_);
  }
  void finish_login() { read_lines_until("l "); }

  /// All lines until one that begins like this and says OK. For when nothing else is under way.
  std::vector<std::string> read_lines_until(std::string_view start) {
    std::vector<std::string> lines;
    std::string text;
    char chunk[16 * 1024];
    while (true) {
      text.append(chunk, receive(chunk, sizeof chunk));
      std::size_t begin = 0;
      for (std::size_t end; (end = text.find("\r\n", begin)) != std::string::npos; begin = end + 2) {
        const std::string& line = lines.emplace_back(text.substr(begin, end - begin));
        if (!line.starts_with(start)) continue;
        if (!std::string_view(line).substr(start.size()).starts_with("OK")) fail(line);
        return lines;
      }
      text.erase(0, begin);
    }
  }

  void send(std::string_view text) {
    iovec piece{const_cast<char*>(text.data()), text.size()};
    write(&piece, 1);
  }

  /// Blocks until all pieces are with the kernel; the pieces are used up.
  void write(iovec* pieces, std::size_t count) {
    while (count > 0) {
      ssize_t written = writev(socket_, pieces, static_cast<int>(std::min<std::size_t>(count, 1024)));
      if (written <= 0) fail("connection lost while writing");
      auto left = static_cast<std::size_t>(written);
      while (count > 0 && left >= pieces->iov_len) {
        left -= pieces->iov_len;
        ++pieces, --count;
      }
      if (count > 0) {
        pieces->iov_base = static_cast<char*>(pieces->iov_base) + left;
        pieces->iov_len -= left;
      }
    }
  }

  /// Bytes read into the buffer; 0 when nothing is there and `wait` is false.
  std::size_t receive(char* buffer, std::size_t size, bool wait = true) {
    const ssize_t got = recv(socket_, buffer, size, wait ? 0 : MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && !wait && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    fail("connection lost while reading");
  }

 private:
  int socket_ = -1;
  std::string login_;
};

/// The folders that no connection has taken yet; filled once, when the first source connection has its list.
class FolderQueue {
 public:
  explicit FolderQueue(std::deque<std::string> folders) : folders_(std::move(folders)) {}

  std::optional<std::string> take() {
    const std::lock_guard lock(mutex_);
    if (folders_.empty()) return std::nullopt;
    std::string folder = std::move(folders_.front());
    folders_.pop_front();
    return folder;
  }

 private:
  std::mutex mutex_;
  std::deque<std::string> folders_;
};

/// Reads the target's answers as they come and counts the commands that are still open.
class Answers {
 public:
  explicit Answers(Connection& target) : target_(target) {}

  void expect() { ++open_; }

  /// Takes what has come; with `wait`, blocks until every command is answered.
  void drain(bool wait) {
    char chunk[16 * 1024];
    while (!wait || open_ > 0) {
      const std::size_t got = target_.receive(chunk, sizeof chunk, wait);
      if (got == 0) return;
      text_.append(chunk, got);
      std::size_t begin = 0;
      for (std::size_t end; (end = text_.find("\r\n", begin)) != std::string::npos; begin = end + 2) {
        take_line(std::string_view(text_).substr(begin, end - begin));
      }
      text_.erase(0, begin);
    }
  }

 private:
  void take_line(std::string_view line) {
    if (line.starts_with("* BYE")) fail(line);
    if (line.starts_with("a ")) {
      --open_;
      if (!line.substr(2).starts_with("OK")) fail(line);
    } else if (line.starts_with("c ")) {
      --open_;  // CREATE of a folder that is there already says NO
    }
  }

  Connection& target_;
  std::string text_;
  long open_ = 0;
};

/// One source and one target connection: the source's stream is cut into messages and passed on while it comes.
class Relay {
 public:
  Relay(Connection& source, Connection& target, std::size_t batch_size)
      : source_(source), target_(target), answers_(target), batch_size_(batch_size) {}

  void run(FolderQueue& queue) {
    order_folders(queue);
    std::size_t filled = 0;
    while (!folders_.empty()) {
      filled += source_.receive(buffer_.get() + filled, receive_size - filled);
      const std::size_t used = pass_on(std::string_view(buffer_.get(), filled), queue);
      target_.write(pieces_.data(), pieces_.size());
      pieces_.clear();
      heads_.clear();
      std::memmove(buffer_.get(), buffer_.get() + used, filled - used);
      filled -= used;
      if (filled == receive_size) fail("a line is too long");
      answers_.drain(false);
    }
    answers_.drain(true);
  }

 private:
  void order_folders(FolderQueue& queue) {
    std::string commands;
    while (folders_.size() < folders_ahead) {
      auto folder = queue.take();
      if (!folder) break;
      commands += "e EXAMINE " + *folder + "\r\nf UID FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])\r\n";
      folders_.push_back(std::move(*folder));
    }
    if (!commands.empty()) source_.send(commands);
  }

  /// Turns the source's bytes into pieces for the target; returns how many bytes are used up.
  std::size_t pass_on(std::string_view bytes, FolderQueue& queue) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      if (body_left_ > 0) {
        const std::size_t part = std::min(body_left_, bytes.size() - at);
        pieces_.push_back({const_cast<char*>(bytes.data() + at), part});
        body_left_ -= part;
        at += part;
        continue;
      }
      const std::size_t end = bytes.find("\r\n", at);
      if (end == std::string_view::npos) break;
      take_line(bytes.substr(at, end - at), queue);
      at = end + 2;
    }
    return at;
  }

  void take_line(std::string_view line, FolderQueue& queue) {
    if (line.starts_with("* ") && line.ends_with('}')) {
      begin_message(line);
    } else if (line.starts_with("f ")) {
      if (!line.starts_with("f OK")) fail(line);
      end_folder(queue);
    } else if (line.starts_with("e ")) {
      if (!line.starts_with("e OK")) fail(line);
      begin_folder();
    } else if (line.starts_with("* BYE")) {
      fail(line);
    }
  }

  void begin_folder() {
    if (folders_.front() == "INBOX") return;
    add_head("c CREATE " + folders_.front() + "\r\n");
    answers_.expect();
  }

  void end_folder(FolderQueue& queue) {
    end_batch();
    folders_.pop_front();
    order_folders(queue);
  }

  /// "* 5 FETCH (UID 5 FLAGS (\Seen) INTERNALDATE "…" BODY[] {123}"
  void begin_message(std::string_view line) {
    const std::size_t flags = line.find("FLAGS ("), flags_end = line.find(')', flags);
    const std::size_t date = line.find("INTERNALDATE \"", flags_end), date_end = line.find('"', date + 14);
    const std::size_t size = line.rfind('{');
    if (flags == line.npos || date == line.npos || date_end == line.npos || size == line.npos) fail(line);
    std::string head;
    if (in_batch_ == 0) head = "a APPEND " + folders_.front();
    head += " (";
    add_flags(head, line.substr(flags + 7, flags_end - flags - 7));
    head += ") ";
    head += line.substr(date + 13, date_end - date - 12);
    head += " {";
    head += line.substr(size + 1, line.size() - size - 2);
    head += "+}\r\n";
    const char* first = line.data() + size + 1;
    std::from_chars(first, line.data() + line.size(), body_left_);
    if (in_batch_ == batch_size_) {
      end_batch();
      head.insert(0, "a APPEND " + folders_.front());
    }
    ++in_batch_;
    add_head(std::move(head));
  }

  /// All flags but \Recent, which no client may give.
  static void add_flags(std::string& head, std::string_view flags) {
    while (!flags.empty()) {
      const std::size_t end = std::min(flags.find(' '), flags.size());
      if (flags.substr(0, end) != "\\Recent") {
        if (head.back() != '(') head += ' ';
        head += flags.substr(0, end);
      }
      flags.remove_prefix(std::min(end + 1, flags.size()));
    }
  }

  void end_batch() {
    if (in_batch_ == 0) return;
    add_head("\r\n");
    answers_.expect();
    in_batch_ = 0;
  }

  void add_head(std::string text) {
    const std::string& head = heads_.emplace_back(std::move(text));
    pieces_.push_back({const_cast<char*>(head.data()), head.size()});
  }

  Connection& source_;
  Connection& target_;
  Answers answers_;
  std::size_t batch_size_;
  std::deque<std::string> folders_;  // as the server writes them, quoted where needed; the first is being read
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(receive_size);
  std::vector<iovec> pieces_;
  std::deque<std::string> heads_;    // a deque: pieces_ points into its elements
  std::size_t body_left_ = 0;
  std::size_t in_batch_ = 0;
};

/// Names of all selectable folders, as the server writes them: * LIST (\HasNoChildren) "." name
std::deque<std::string> list_folders(Connection& source) {
  source.send("x LIST \"\" \"*\"\r\n");
  std::deque<std::string> folders;
  for (const std::string& line : source.read_lines_until("x ")) {
    if (!line.starts_with("* LIST (") || line.contains("\\Noselect") || line.contains("\\NonExistent")) continue;
    const std::string_view rest = std::string_view(line).substr(line.find(") ") + 2);
    folders.emplace_back(rest.substr(rest.find(' ') + 1));
  }
  return folders;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 11) fail("usage: SOURCE_HOST PORT USER PASSWORD TARGET_HOST PORT USER PASSWORD CONNECTIONS BATCH");
  const Account source{arguments[1], arguments[2], arguments[3], arguments[4]};
  const Account target{arguments[5], arguments[6], arguments[7], arguments[8]};
  const int connections = std::atoi(arguments[9]);
  const auto batch_size = static_cast<std::size_t>(std::atoi(arguments[10]));
  if (connections < 1 || batch_size < 1) fail("connections and batch must be positive");

  std::deque<Connection> sources, targets, *sides[] = {&sources, &targets};
  for (int i = 0; i < connections; ++i) {
    sources.emplace_back(source);
    targets.emplace_back(target);
  }
  for (auto* side : sides) std::ranges::for_each(*side, &Connection::begin_login);
  for (auto* side : sides) std::ranges::for_each(*side, &Connection::finish_login);
  FolderQueue queue(list_folders(sources.front()));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    threads.emplace_back([&, i] { Relay(sources[i], targets[i], batch_size).run(queue); });
  }
  return 0;
}
