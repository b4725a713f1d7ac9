// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hostile_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/error_code.h"
#include "imap/fragmenter.h"

namespace godwit::test {
namespace {

constexpr std::string_view capabilities =
    "IMAP4rev1 ID ENABLE NAMESPACE UNSELECT LITERAL+ CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE UIDPLUS MULTIAPPEND";

std::string fetch_of(std::string_view arguments) {
  std::string text;
  for (int uid = 1; uid <= 3; ++uid) {
    text += fmt::format("* {} FETCH (UID {} FLAGS (\\Seen) INTERNALDATE \"01-Jul-2024 09:00:00 +0200\" RFC822.SIZE {} MODSEQ (7)", uid, uid,
                        hostile_body.size());
    if (arguments.contains("BODY")) text += fmt::format(" BODY[] {{{}}}\r\n{}", hostile_body.size(), hostile_body);
    text += ")\r\n";
  }
  return text;
}

std::string data_of(const std::string& name, std::string_view arguments) {
  if (name == "CAPABILITY") return fmt::format("* CAPABILITY {}\r\n", capabilities);
  if (name == "ID") return "* ID (\"name\" \"hostile\")\r\n";
  if (name == "ENABLE") return "* ENABLED CONDSTORE\r\n";
  if (name == "NAMESPACE") return "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  if (name == "LIST") {
    return "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 9 HIGHESTMODSEQ 7)\r\n"
           "* LIST (\\Sent) \"/\" Sent\r\n* STATUS Sent (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 8 HIGHESTMODSEQ 1)\r\n";
  }
  if (name == "STATUS") return "* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 9 HIGHESTMODSEQ 7)\r\n";
  if (name == "SELECT" || name == "EXAMINE") {
    return "* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 4] x\r\n* OK [HIGHESTMODSEQ 7] x\r\n"
           "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n";
  }
  if (name == "UID SEARCH") return "* ESEARCH UID ALL 1:3\r\n";
  if (name == "UID FETCH") return fetch_of(arguments);
  return {};
}

class HostileStream final : public net::Stream {
 public:
  explicit HostileStream(Attack attack) : attack_(std::move(attack)) {
    answer({"*", "greeting", "", fmt::format("* OK [CAPABILITY {}] ready\r\n", capabilities)});
  }

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    waited_ += std::chrono::seconds(1);
    if (is_closed_) co_return fail(ErrorKind::canceled, "the connection was closed on our side");
    if (output_.size() == taken_ && has_begun_) {
      output_ = attack_.endless;
      taken_ = 0;
    }
    if (output_.size() == taken_) {
      if (attack_.closes) co_return std::size_t{0};
      co_return fail(codes::server_silent, "the server said nothing for 60 s");
    }
    const std::size_t most = attack_.piece == 0 ? buffer.size() : std::min(buffer.size(), attack_.piece);
    const std::size_t size = std::min(most, output_.size() - taken_);
    std::memcpy(buffer.data(), output_.data() + taken_, size);
    taken_ += size;
    co_return size;
  }
  Task<Result<>> write(std::span<const std::string_view> pieces) override {
    for (const std::string_view piece : pieces) input_.append(piece);
    while (take_command()) {
    }
    co_return Result<>{};
  }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override { is_closed_ = true; }
  std::string peer() const override { return "hostile:0"; }
  std::string security() const override { return {}; }
  std::chrono::nanoseconds waited_reading() const override { return waited_; }
  std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  // A command with its literals, all of which are sent without asking.
  bool take_command() {
    std::string text;
    for (std::size_t at = 0;;) {
      const std::size_t end = input_.find("\r\n", at);
      if (end == std::string::npos) return false;
      const auto literal = imap::literal_at_end(std::string_view(input_).substr(at, end - at));
      text += input_.substr(at, end - at);
      at = end + 2;
      if (!literal) {
        input_.erase(0, at);
        break;
      }
      if (input_.size() < at + literal->size) return false;
      at += static_cast<std::size_t>(literal->size);
    }
    answer_text(text);
    return true;
  }
  void answer_text(const std::string& text) {
    HostileCommand command;
    std::size_t at = text.find(' ');
    command.tag = text.substr(0, at);
    const auto word = [&] {
      const std::size_t begin = at == std::string::npos ? text.size() : at + 1;
      at = text.find(' ', begin);
      return text.substr(begin, at == std::string::npos ? at : at - begin);
    };
    command.name = word();
    if (command.name == "UID") command.name += " " + word();
    if (at != std::string::npos) command.arguments = text.substr(at + 1);
    std::string code = command.name == "EXAMINE" ? "[READ-ONLY] " : "";
    if (command.name == "APPEND") code = "[APPENDUID 9 4:5] ";
    command.honest = data_of(command.name, command.arguments) + command.tag + " OK " + code + "done\r\n";
    answer(command);
  }
  void answer(const HostileCommand& command) {
    if (command.name == attack_.at) has_begun_ = true;
    if (has_begun_) return;
    output_.erase(0, taken_);
    taken_ = 0;
    output_ += attack_.answer(command);
  }

  Attack attack_;
  std::string input_, output_;
  std::size_t taken_ = 0;
  std::chrono::nanoseconds waited_{0};
  bool has_begun_ = false;  // what `at` says
  bool is_closed_ = false;
};

}  // namespace

std::unique_ptr<net::Stream> make_hostile_stream(Attack attack) { return std::make_unique<HostileStream>(std::move(attack)); }

}  // namespace godwit::test
