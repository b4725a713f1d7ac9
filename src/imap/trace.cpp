// SPDX-License-Identifier: Apache-2.0
#include "imap/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "imap/fragmenter.h"

namespace godwit::imap {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::uint64_t longest_shown_literal = 1024;
constexpr std::size_t longest_mechanism = 20;  // RFC 4422 §3.1

// The next word of a line; blanks in front of it are passed over.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

bool is_mechanism(std::string_view word) {
  return !word.empty() && word.size() <= longest_mechanism && std::ranges::all_of(word, [](char c) {
    return (ascii_upper(c) >= 'A' && ascii_upper(c) <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string shown(const TraceLine& line) {
  if (line.is_whole()) return printable(line.head);
  return fmt::format("{} … ({} bytes in all)", printable(line.head), line.size);
}

// "A1 BAD ***": its status stays, its words may repeat what was sent.
std::string without_words(std::string_view line) {
  std::string_view rest = line;
  const std::string_view tag = take_word(rest), status = take_word(rest);
  return fmt::format("{} {} {}", printable(tag), printable(status), hidden);
}

void hide_each(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += hidden.size()) {
    text.replace(at, secret.size(), hidden);
  }
}

}  // namespace

ConnectionTrace::ConnectionTrace(std::string name, LineSink sink, TraceOptions options, std::vector<Secret> secrets)
    : name_(std::move(name)), sink_(std::move(sink)), options_(options), secrets_(std::move(secrets)) {}

ConnectionTrace::~ConnectionTrace() {
  time_ = log_time(options_.now());
  for (Direction* const direction : {&client_, &server_}) {
    if (direction->is_in_literal) {
      put(*direction, ":", fmt::format("({} bytes of the literal are missing)", direction->literal_left));
    } else if (const auto line = direction->cutter.rest()) {
      const bool is_client = direction == &client_;
      put(*direction, ":", (is_client ? client_text(*line) : server_text(*line)) + " (the line is not complete)");
    }
  }
  flush();
}

void ConnectionTrace::sent(std::span<const std::string_view> pieces) {
  time_ = log_time(options_.now());
  for (const std::string_view piece : pieces) take(client_, piece);
  flush();
}

void ConnectionTrace::received(std::string_view bytes) {
  time_ = log_time(options_.now());
  take(server_, bytes);
  flush();
}

void ConnectionTrace::note(std::string_view text) {
  sink_(fmt::format("{} {} -- {}\n", log_time(options_.now()), name_, printable(text)));
}

void ConnectionTrace::put(const Direction& direction, std::string_view separator, std::string_view text) {
  lines_ += fmt::format("{} {} {}{} {}\n", time_, name_, direction.mark, separator, text);
}

void ConnectionTrace::flush() {
  if (!lines_.empty()) sink_(std::exchange(lines_, {}));
}

void ConnectionTrace::take(Direction& direction, std::string_view bytes) {
  while (!bytes.empty()) {
    if (&direction == &client_) awaits_plus_ = false;
    if (direction.is_in_literal) {
      take_literal(direction, bytes);
    } else if (const auto line = direction.cutter.next(bytes)) {
      &direction == &client_ ? on_client_line(*line) : on_server_line(*line);
    }
  }
}

void ConnectionTrace::begin_literal(Direction& direction, std::uint64_t size, LiteralUse use) {
  direction.is_in_literal = true;
  direction.use = use;
  direction.literal_size = direction.literal_left = size;
  direction.literal.clear();
}

// A literal of no bytes ends when the next byte comes, so that one that was announced and refused is not taken for sent.
void ConnectionTrace::take_literal(Direction& direction, std::string_view& bytes) {
  std::string_view piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), direction.literal_left)));
  bytes.remove_prefix(piece.size());
  direction.literal_left -= piece.size();
  if (direction.use == LiteralUse::text && direction.literal_size <= longest_shown_literal) direction.literal += piece;
  if (direction.use == LiteralUse::body && options_.bodies) {
    while (const auto line = direction.body.next(piece)) put(direction, "|", shown(*line));
  }
  if (direction.literal_left == 0) end_literal(direction);
}

void ConnectionTrace::end_literal(Direction& direction) {
  direction.is_in_literal = false;
  if (const auto line = direction.body.rest()) put(direction, "|", shown(*line));
  if (direction.use == LiteralUse::secret) {
    direction.prefix = hidden;
  } else if (direction.use == LiteralUse::text && direction.literal_size <= longest_shown_literal) {
    direction.prefix = fmt::format("{{{} bytes: {}}}", direction.literal_size, printable(direction.literal));
  } else {
    direction.prefix = fmt::format("{{{} bytes}}", direction.literal_size);
  }
}

void ConnectionTrace::on_client_line(const TraceLine& line) {
  std::string prefix = std::exchange(client_.prefix, {});
  if (is_login_command_) prefix.clear();  // the line says no more than that something is hidden
  put(client_, ":", prefix + client_text(line));
  const auto literal = login_ && login_->is_sasl ? std::nullopt : literal_at_end(line.tail);
  client_.continues = literal.has_value();
  if (!literal) {
    is_login_command_ = false;
    return;
  }
  begin_literal(client_, literal->size, is_login_command_ ? LiteralUse::secret : is_append_ ? LiteralUse::body : LiteralUse::text);
  awaits_plus_ = literal->is_synchronizing;
}

// What may stand in the trace of a line. Each line is looked at, also one that seems to continue a command: should client and
// trace ever be out of step, a login is hidden all the same.
std::string ConnectionTrace::client_text(const TraceLine& line) {
  if (login_ && login_->is_sasl) {
    login_->said.emplace_back(line.head);
    return line.head.empty() || line.head == "*" ? line.head : std::string(hidden);  // "*" gives up (RFC 9051 §6.2.2)
  }
  std::string_view rest = line.head;
  const std::string_view tag = take_word(rest), command = take_word(rest);
  const bool is_sasl = equals_ignoring_case(command, "AUTHENTICATE") || equals_ignoring_case(command, "X-MASTERAUTH");
  if (is_sasl || equals_ignoring_case(command, "LOGIN")) {
    tag_ = tag;
    is_append_ = false;
    is_login_command_ = true;
    login_ = Login{std::string(tag), is_sasl, {}};
    std::string text = fmt::format("{} {}", printable(tag), printable(command));
    std::string_view arguments = rest;
    const std::string_view mechanism = is_sasl ? take_word(arguments) : std::string_view();
    if (is_mechanism(mechanism)) {
      text.append(" ").append(mechanism);
      rest = arguments;
      if (!rest.empty()) login_->said.emplace_back(std::string(rest.substr(1)));
    }
    return rest.empty() ? text : text + " " + std::string(hidden);
  }
  if (is_login_command_) return std::string(hidden);
  if (!client_.continues) {
    tag_ = tag;
    is_append_ = equals_ignoring_case(command, "APPEND");
  }
  return shown(line);
}

void ConnectionTrace::on_server_line(const TraceLine& line) {
  if (!server_.continues) {
    std::string_view rest = line.head;
    take_word(rest);
    take_word(rest);
    is_status_ = is_status_line(line.head);
    is_fetch_ = !is_status_ && equals_ignoring_case(take_word(rest), "FETCH");
  }
  put(server_, ":", std::exchange(server_.prefix, {}) + server_text(line));
  const auto literal = is_status_ ? std::nullopt : literal_at_end(line.tail);
  server_.continues = literal.has_value();
  if (literal) begin_literal(server_, literal->size, login_ ? LiteralUse::secret : is_fetch_ ? LiteralUse::body : LiteralUse::text);
}

std::string ConnectionTrace::server_text(const TraceLine& line) {
  if (server_.continues) return login_ ? echo_of(line) : shown(line);
  std::string text = login_ ? answer_to_login(line) : shown(line);
  if (!line.head.starts_with('*') && !line.head.starts_with('+')) on_tagged(std::string_view(line.head).substr(0, line.head.find(' ')));
  return text;
}

// While a login is open. A server that did not understand it may repeat it, in whole or in part.
std::string ConnectionTrace::answer_to_login(const TraceLine& line) {
  std::string_view rest = line.head;
  const std::string_view first = take_word(rest);
  if (first == "+") {
    const bool is_empty = rest.find_first_not_of(' ') == std::string_view::npos;
    return login_->is_sasl && !is_empty ? "+ " + std::string(hidden) : echo_of(line);
  }
  if (first != "*" && first != login_->tag) return std::string(hidden);
  return equals_ignoring_case(take_word(rest), "BAD") ? without_words(line.head) : echo_of(line);
}

// The line without any secret that it repeats; of a line that is kept only in part a secret may be cut, too.
std::string ConnectionTrace::echo_of(const TraceLine& line) const {
  if (!line.is_whole()) return std::string(hidden);
  std::string text = line.head;
  for (const std::vector<Secret>* const secrets : {&secrets_, &login_->said}) {
    for (const Secret& secret : *secrets) hide_each(text, secret.reveal());
  }
  return printable(text);
}

void ConnectionTrace::on_tagged(std::string_view tag) {
  if (login_ && tag == login_->tag) {
    login_.reset();
    is_login_command_ = false;
  }
  // Refused before its literal was asked for: the client sends another command instead.
  if (!awaits_plus_ || tag != tag_) return;
  awaits_plus_ = client_.is_in_literal = client_.continues = false;
}

std::shared_ptr<ConnectionTrace> Trace::begin_connection(std::vector<Secret> secrets) {
  return std::make_shared<ConnectionTrace>(fmt::format("{}-{}", name_, ++connections_), sink_, options_, std::move(secrets));
}

}  // namespace godwit::imap
