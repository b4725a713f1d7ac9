// SPDX-License-Identifier: Apache-2.0
#include "pop3/client.h"

#include <fmt/format.h>

#include "base/error_code.h"
#include "pop3/refusal.h"

namespace godwit::pop3 {
namespace {

constexpr std::size_t buffer_size = 64 * 1024;

Result<> check_argument(std::string_view text, std::string_view what) {
  if (!text.contains('\r') && !text.contains('\n') && !text.contains('\0')) return {};
  return fail(codes::credentials_form, fmt::format("the {} holds a line end or a zero byte, which POP3 cannot say", what));
}

std::string_view name_of(Client::Part part) { return part == Client::Part::whole ? "RETR" : "TOP"; }

Result<Capability> capability_of(std::string_view line) { return parse_capability(line); }

std::string hidden(std::string_view command) { return std::string(command) + " ***"; }

}  // namespace

Client::Client(std::unique_ptr<net::Stream> stream, ClientOptions options)
    : stream_(std::move(stream)), options_(std::move(options)), buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {
  const std::string security = stream_->security();
  if (options_.trace) options_.trace->note("connected to " + stream_->peer() + (security.empty() ? "" : ", ") + security);
}

// --- bytes ---------------------------------------------------------------------------------------------------------------------

Task<Result<>> Client::read_more() {
  GODWIT_CO_TRY(const std::size_t size, co_await stream_->read_some({buffer_.get(), buffer_size}));
  if (size == 0) co_return fail(codes::closed_by_server, "the server closed the connection");
  unread_ = {buffer_.get(), size};
  co_return Result<>{};
}

// With its line end.
Task<Result<std::string>> Client::read_line() {
  while (true) {
    if (unread_.empty()) GODWIT_CO_CHECK(co_await read_more());
    const std::size_t end = unread_.find('\n');
    const std::size_t size = end == std::string_view::npos ? unread_.size() : end + 1;
    line_.append(unread_.substr(0, size));
    unread_.remove_prefix(size);
    if (line_.size() > options_.line_limit) {
      co_return fail(codes::response_too_large, fmt::format("the server sent a line of more than {} bytes", options_.line_limit));
    }
    if (end != std::string_view::npos) co_return std::exchange(line_, {});
  }
}

Task<Result<Status>> Client::read_status(std::string_view name) {
  GODWIT_CO_TRY(const std::string whole, co_await read_line());
  std::string_view line = whole;
  line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
  if (name == "greeting" && !whole.ends_with("\r\n")) line_ends_ = LineEnds::lf;
  trace_received(line);
  co_return parse_status(line);
}

Task<Result<>> Client::write(std::string_view bytes) {
  const std::string_view pieces[] = {bytes};
  co_return co_await stream_->write(pieces);
}

void Client::trace_received(std::string_view line) const {
  if (options_.trace) options_.trace->received(line);
}

Task<Result<Status>> Client::command(std::string name, std::string arguments, std::string shown) {
  GODWIT_CO_CHECK(co_await pass_over());
  std::string line = name + (arguments.empty() ? "" : " ") + arguments + "\r\n";
  wipe(arguments);
  if (options_.trace) options_.trace->sent(shown.empty() ? std::string_view(line).substr(0, line.size() - 2) : shown);
  const auto written = co_await write(line);
  wipe(line);
  if (!written) co_return std::unexpected(written.error());
  GODWIT_CO_TRY(Status status, co_await read_status(name));
  if (status.kind == Status::Kind::error) co_return std::unexpected(error_of(name, status));
  co_return status;
}

// --- the session's beginning and end ---------------------------------------------------------------------------------------------

Task<Result<>> Client::greeting() {
  auto status = co_await read_status("greeting");
  if (!status && status.error().kind == ErrorKind::syntax) {
    co_return fail(codes::greeting_not_pop3, "whoever answers here does not speak POP3; check the port, and whether it wants TLS "
                                             "from the first byte: " + status.error().what);
  }
  if (!status) co_return std::unexpected(std::move(status).error());
  if (status->kind == Status::Kind::error) {
    Error error = error_of("greeting", *status);
    if (error.kind == ErrorKind::refused) error = make_error(codes::unavailable, "the server refuses the connection", status->text);
    co_return std::unexpected(std::move(error));
  }
  greeting_ = status->text;
  co_return Result<>{};
}

Task<Result<>> Client::capa() {
  auto answer = co_await command("CAPA");
  if (!answer) {
    const auto kind = answer.error().kind;
    if (kind == ErrorKind::refused || kind == ErrorKind::not_understood) co_return Result<>{};
    co_return std::unexpected(std::move(answer).error());
  }
  GODWIT_CO_TRY(capabilities_.all, co_await read_list<Capability>("CAPA", capability_of));
  capabilities_.are_told = true;
  co_return Result<>{};
}

Task<Result<>> Client::stls(Upgrade upgrade) {
  GODWIT_CO_CHECK(co_await command("STLS"));
  if (!unread_.empty()) {
    // RFC 2595 §4: whatever came in the clear behind the answer may be somebody else's.
    co_return fail(codes::response_out_of_place, "the server spoke on before the line was encrypted; somebody may change what it says");
  }
  auto encrypted = co_await upgrade(std::move(stream_));
  if (!encrypted) {
    stream_ = nullptr;
    co_return std::unexpected(std::move(encrypted).error());
  }
  stream_ = *std::move(encrypted);
  capabilities_ = {};
  if (options_.trace) options_.trace->note("encrypted: " + stream_->security());
  co_return Result<>{};
}

Task<Result<>> Client::quit() {
  if (options_.trace) options_.trace->sent("QUIT");
  GODWIT_CO_CHECK(co_await write("QUIT\r\n"));
  const bool is_in_order = asked_.empty() && !is_in_answer_;
  if (is_in_order) GODWIT_CO_CHECK(co_await read_status("QUIT"));
  co_return Result<>{};
}

// --- logins ------------------------------------------------------------------------------------------------------------------------

Task<Result<>> Client::user_and_pass(std::string name, Secret password) {
  GODWIT_CO_CHECK(check_argument(name, "name"));
  GODWIT_CO_CHECK(check_argument(password.reveal(), "password"));
  auto user = co_await command("USER", name);
  if (!user && user.error().kind == ErrorKind::refused) {
    co_return fail(codes::not_understood, "the server does not take USER", user.error().server_text);
  }
  if (!user) co_return std::unexpected(std::move(user).error());
  GODWIT_CO_CHECK(co_await command("PASS", std::string(password.reveal()), hidden("PASS")));
  co_return Result<>{};
}

Task<Result<>> Client::apop(std::string name, Secret password) {
  const std::string_view timestamp = timestamp_of(greeting_);
  if (timestamp.empty()) co_return fail(codes::not_understood, "the server's greeting has no timestamp, which APOP needs");
  GODWIT_CO_CHECK(check_argument(name, "name"));
  GODWIT_CO_TRY(const std::string digest, apop_digest(timestamp, password.reveal()));
  GODWIT_CO_CHECK(co_await command("APOP", name + " " + digest, hidden("APOP " + name)));
  co_return Result<>{};
}

Task<Result<>> Client::auth(std::unique_ptr<sasl::Mechanism> mechanism) {
  auto answer = co_await command("AUTH", std::string(mechanism->name()));
  if (!answer && (answer.error().kind == ErrorKind::refused || answer.error().code == codes::login_refused.number)) {
    co_return fail(codes::not_understood, "the server does not take AUTH " + std::string(mechanism->name()), answer.error().server_text);
  }
  if (!answer) co_return std::unexpected(std::move(answer).error());
  const bool has_begun = answer->kind == Status::Kind::challenge;
  if (!has_begun) co_return fail(codes::login_challenge, "the server says that the login is over before it began");
  GODWIT_CO_CHECK(co_await converse(*mechanism, *std::move(answer)));
  co_return mechanism->finish();
}

// The initial response (RFC 5034 §4) is not used: servers that know SASL from RFC 1734 alone refuse it.
Task<Result<>> Client::converse(sasl::Mechanism& mechanism, Status status) {
  std::string challenge;  // the first one is empty where the client speaks first
  for (bool is_first = true;; is_first = false) {
    if (!is_first || !mechanism.speaks_first()) challenge = from_base64(status.text).value_or(status.text);
    auto said = mechanism.respond(challenge);
    if (!said) co_return co_await cancel_auth(std::move(said).error());
    GODWIT_CO_CHECK(co_await say_secret(*said));
    GODWIT_CO_TRY(status, co_await read_status("AUTH"));
    if (status.kind == Status::Kind::ok) co_return Result<>{};
    if (status.kind == Status::Kind::error) break;
  }
  if (const auto refusal = mechanism.finish(); !refusal && refusal.error().code == codes::login_refused.number) co_return refusal;
  co_return std::unexpected(error_of("AUTH", status));
}

Task<Result<>> Client::cancel_auth(Error error) {
  GODWIT_CO_CHECK(co_await write("*\r\n"));
  GODWIT_CO_CHECK(co_await read_status("AUTH"));
  co_return std::unexpected(std::move(error));
}

Task<Result<>> Client::say_secret(const Secret& secret) {
  std::string line = to_base64(secret.reveal()) + "\r\n";
  if (options_.trace) options_.trace->sent("***");
  auto written = co_await write(line);
  wipe(line);
  co_return written;
}

// --- lists and messages ------------------------------------------------------------------------------------------------------------

template <class Line>
Task<Result<std::vector<Line>>> Client::read_list(std::string name, Result<Line> (*parse)(std::string_view)) {
  begin_answer();
  is_message_ = false;
  LineCutter cutter(options_.line_limit);
  std::vector<Line> lines;
  while (true) {
    GODWIT_CO_TRY(const auto piece, co_await read());
    if (piece.empty()) co_return lines;
    std::string_view rest(piece.data(), piece.size());
    while (!rest.empty()) {
      GODWIT_CO_TRY(const auto line, cutter.next(rest));
      if (!line) break;
      trace_received(*line);
      GODWIT_CO_TRY(lines.emplace_back(), parse(*line));
      if (lines.size() <= options_.list_limit) continue;
      co_return fail(codes::response_too_large, fmt::format("the answer to {} has more than {} lines", name, options_.list_limit));
    }
  }
}

Task<Result<std::vector<ListedSize>>> Client::list() {
  GODWIT_CO_CHECK(co_await command("LIST"));
  co_return co_await read_list<ListedSize>("LIST", parse_listed_size);
}

Task<Result<std::vector<UniqueId>>> Client::uidl() {
  GODWIT_CO_CHECK(co_await command("UIDL"));
  co_return co_await read_list<UniqueId>("UIDL", parse_unique_id);
}

Task<Result<>> Client::ask(Part part, std::span<const std::uint32_t> numbers) {
  std::string lines;
  for (const std::uint32_t number : numbers) {
    const std::string line = fmt::format("{} {}{}", name_of(part), number, part == Part::header ? " 0" : "");
    if (options_.trace) options_.trace->sent(line);
    lines += line + "\r\n";
    asked_.push_back(part);
  }
  co_return co_await write(lines);
}

Task<Result<>> Client::next_message() {
  while (is_in_answer_) {
    GODWIT_CO_CHECK(co_await read());
  }
  if (asked_.empty()) co_return fail(ErrorKind::bug, "no message was asked for");
  const std::string_view name = name_of(asked_.front());
  asked_.pop_front();
  GODWIT_CO_TRY(const Status status, co_await read_status(name));
  if (status.kind == Status::Kind::error) co_return std::unexpected(error_of(name, status));
  begin_answer();
  is_message_ = true;
  co_return Result<>{};
}

void Client::begin_answer() {
  decoder_ = AnswerDecoder(line_ends_);
  is_in_answer_ = true;
}

Task<Result<std::span<const char>>> Client::read() {
  piece_.clear();
  while (is_in_answer_ && piece_.empty()) {
    if (decoder_.is_over()) {
      is_in_answer_ = false;
      if (is_message_ && options_.trace) options_.trace->body_ends();
      break;
    }
    if (unread_.empty()) GODWIT_CO_CHECK(co_await read_more());
    decoder_.take(unread_, piece_);
  }
  if (is_message_ && options_.trace) options_.trace->body(piece_);
  co_return std::span<const char>(piece_);
}

Task<Result<>> Client::pass_over() {
  while (is_in_answer_ || !asked_.empty()) {
    if (!is_in_answer_) {
      const auto begun = co_await next_message();
      const bool goes_on = begun || begun.error().kind == ErrorKind::not_found || begun.error().kind == ErrorKind::refused;
      if (!goes_on) co_return begun;
      continue;
    }
    GODWIT_CO_CHECK(co_await read());
  }
  co_return Result<>{};
}

}  // namespace godwit::pop3
