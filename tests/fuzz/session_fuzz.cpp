// SPDX-License-Identifier: Apache-2.0
// An IMAP session as a whole: the client says its commands, and the input answers, whatever it likes. The first bytes choose the commands;
// in what follows, a byte 1 stands for the tag of the oldest command that has none yet, so that answers fit. Whatever comes, the session
// ends, each command has an answer or an error, messages are what was asked for, and it makes no difference how the bytes are cut.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "imap/client.h"
#include "sasl/mechanism.h"

namespace {

using namespace godwit;
using namespace godwit::imap;

void require(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

// Bytes in pieces; then the end. Whatever is written is taken.
class InputStream final : public net::Stream {
 public:
  InputStream(std::string bytes, std::size_t cut) : bytes_(std::move(bytes)), cut_(cut) {}
  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    if (is_closed_) co_return fail(ErrorKind::canceled, "closed");
    require(!buffer.empty(), "a read has room");
    const std::size_t size = std::min({buffer.size(), cut_, bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, size, buffer.data());
    at_ += size;
    co_return size;
  }
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view>) override {
    if (is_closed_) co_return fail(ErrorKind::canceled, "closed");
    co_return Result<>{};
  }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override { is_closed_ = true; }
  [[nodiscard]] std::string peer() const override { return "input:0"; }
  [[nodiscard]] std::string security() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_reading() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  const std::string bytes_;
  const std::size_t cut_;
  std::size_t at_ = 0;
  bool is_closed_ = false;
};

std::string with_tags(std::string_view text) {
  std::string bytes;
  int tag = 0;
  for (const char c : text) bytes += c == '\1' ? fmt::format("A{}", ++tag) : std::string(1, c);
  return bytes;
}

class Talk {
 public:
  explicit Talk(Client& client) : client_(client) {}
  [[nodiscard]] const std::string& told() const { return told_; }

  Task<> run(std::span<const std::uint8_t> choices) {
    told(co_await client_.greeting());
    for (const std::uint8_t choice : choices) co_await say(choice);
    told(co_await client_.logout().wait());
    told(co_await client_.noop().wait());
  }

 private:
  template <class T>
  void told(const Result<T>& result) {
    told_ += result ? "ok;" : fmt::format("{} {};", static_cast<int>(result.error().kind), result.error().what);
  }

  Task<> say(std::uint8_t choice) {
    const UidSet uids = UidSet::parse("1:3,7").value();
    switch (choice % 20) {
      case 0: told(co_await client_.capability().wait()); break;
      case 1: told(co_await client_.login("alice", Secret(std::string("password"))).wait()); break;
      case 2: told(co_await client_.authenticate(plain())); break;
      case 3: told(co_await client_.enable({"CONDSTORE", "QRESYNC"}).wait()); break;
      case 4: co_await list(); break;
      case 5: told(co_await client_.status(mailbox_, true).wait()); break;
      case 6: told(co_await client_.examine(mailbox_).wait()); break;
      case 7: told(co_await client_.uid_search("ALL").wait()); break;
      case 8: co_await fetch(uids, 1024 * 1024); break;
      case 9: co_await fetch(uids, 1); break;
      case 10: co_await append(); break;
      case 11: co_await append_stream(); break;
      case 12: told(co_await client_.uid_store(uids, "+FLAGS.SILENT", MessageFlags()).wait()); break;
      case 13: co_await move(uids); break;
      case 14: told(co_await client_.get_acl(mailbox_).wait()); break;
      case 15: told(co_await client_.get_metadata(mailbox_, {}).wait()); break;
      case 16: told(co_await client_.get_quota_root(mailbox_).wait()); break;
      case 17: told(co_await client_.namespace_().wait()); break;
      case 18: co_await pipelined(uids); break;
      case 19: told(co_await client_.id({{"name", "godwit"}}).wait()); break;
      default: break;
    }
  }

  static std::unique_ptr<sasl::Mechanism> plain() {
    return sasl::make_plain({.authentication = "alice", .secret = Secret(std::string("password"))});
  }

  // What the server lists is asked for from now on.
  Task<> list() {
    const auto listed = co_await client_.list("", "*", {.status = true, .subscribed = true, .special_use = true}).wait();
    told(listed);
    if (!listed || listed->mailboxes.empty()) co_return;
    mailbox_ = listed->mailboxes.back().address();
    for (const ListData& each : listed->mailboxes) told_ += each.mailbox + ",";
  }

  Task<> fetch(const UidSet& uids, std::size_t pieces) {
    const FetchItems items{.flags = true, .internal_date = true, .rfc822_size = true, .modseq = true, .body = true};
    FetchCommand command = client_.uid_fetch(uids, items, 1);
    while (true) {
      const auto message = co_await command.next();
      if (!message || !*message) {
        told(message);
        co_return;
      }
      const FetchedMessage& found = **message;
      require(found.uid == 0 || uids.contains(found.uid), "only what was asked for is given");
      told_ += fmt::format("{} {} {},", found.uid, found.body_size, found.internal_date);
      if (found.body_kind == FetchedMessage::Body::whole) require(found.body.size() == found.body_size, "a whole body has its size");
      if (found.body_kind == FetchedMessage::Body::streamed) co_await read_body(command, found.body_size, pieces);
    }
  }

  // All of it, or only the first pieces.
  Task<> read_body(FetchCommand& command, std::uint64_t size, std::size_t pieces) {
    std::uint64_t read = 0;
    for (; pieces > 0; --pieces) {
      const auto piece = co_await command.read_body();
      if (!piece) co_return told(piece);
      if (piece->empty()) co_return require(read == size, "a streamed body has its size");
      read += piece->size();
      require(read <= size, "a streamed body is not longer than told");
    }
  }

  Task<> append() {
    const AppendMessage message{MessageFlags(), "17-Jul-1996 02:44:25 -0700", "A: b\r\n\r\nc\r\n"};
    auto command = co_await client_.append(mailbox_, std::span(&message, 1));
    told(command);
    if (command) told(co_await command->wait());
  }

  Task<> append_stream() {
    auto stream = co_await client_.append_stream(mailbox_, MessageFlags(), "", 6);
    told(stream);
    if (!stream) co_return;
    const auto written = co_await stream->write(std::string_view("A: b\r\n"));
    told(written);
    auto command = co_await stream->finish();
    told(command);
    if (command) told(co_await command->wait());
  }

  Task<> move(const UidSet& uids) {
    const auto moved = co_await client_.uid_move(uids, mailbox_).wait();
    told(moved);
    if (!moved) co_return;
    for (const Uid uid : {1U, 2U, 3U, 7U}) told_ += fmt::format("{},", moved->destination_of(uid).value_or(0));
  }

  Task<> pipelined(const UidSet& uids) {
    auto examined = client_.examine(mailbox_);
    auto found = client_.uid_search("ALL");
    { const auto dropped = client_.uid_fetch(uids, {.flags = true}); }
    auto last = client_.status("INBOX", false);
    told(co_await last.wait());
    told(co_await found.wait());
    told(co_await examined.wait());
  }

  Client& client_;
  std::string mailbox_ = "INBOX", told_;
};

Task<> play(std::unique_ptr<net::Stream> stream, std::span<const std::uint8_t> choices, std::string& told) {
  ClientOptions options;
  options.line_limit = 2048;  // so that limits are met
  options.literal_limit = 256;
  options.answer_limit = 4096;
  options.whole_body_limit = 32;
  Client client(std::move(stream), options);
  Talk talk(client);
  co_await talk.run(choices);
  told = talk.told();
}

std::string outcome(const std::string& bytes, std::size_t cut, std::span<const std::uint8_t> choices) {
  boost::asio::io_context context(1);
  std::string told;
  bool is_over = false;
  boost::asio::co_spawn(context, play(std::make_unique<InputStream>(bytes, cut), choices, told), [&](const std::exception_ptr& thrown) {
    require(thrown == nullptr, "nothing is thrown");
    is_over = true;
  });
  context.run();
  require(is_over, "the session ends");
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t commands = 6;
  if (size < commands) return 0;
  const std::span choices(data, commands);
  const std::string bytes = with_tags({reinterpret_cast<const char*>(data) + commands, size - commands});
  const std::string whole = outcome(bytes, bytes.size() + 1, choices);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{7}}) {
    if (const std::string told = outcome(bytes, cut, choices); told != whole) {
      std::fprintf(stderr, "whole: %s\ncut:   %s\n", whole.c_str(), told.c_str());
      std::abort();
    }
  }
  return 0;
}
