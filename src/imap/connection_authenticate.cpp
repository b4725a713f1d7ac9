// SPDX-License-Identifier: Apache-2.0
// AUTHENTICATE and X-MASTERAUTH: conversations within one command.
#include <array>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "imap/connection.h"
#include "sasl/master_password.h"

namespace godwit::imap {
namespace {

// Some servers prompt in plain words; those mechanisms that read their challenges find out by themselves.
std::string decoded(std::string_view challenge) { return from_base64(challenge).value_or(std::string(challenge)); }

}  // namespace

Task<Result<StatusResponse>> Connection::authenticate(std::unique_ptr<sasl::Mechanism> mechanism) {
  const auto self = shared_from_this();
  if (has_open_commands()) co_return fail(ErrorKind::bug, "AUTHENTICATE while another command is in flight");
  std::optional<Secret> first;
  if (mechanism->speaks_first()) {
    GODWIT_CO_TRY(first, mechanism->respond({}));
  }
  const CommandPointer command = make_command(CommandState::Kind::plain, "AUTHENTICATE");
  const std::string tag = next_tag();
  std::string line = tag + " AUTHENTICATE " + std::string(mechanism->name());
  Secret initial;
  if (first && capabilities_.has("SASL-IR")) {  // RFC 4959; "=" is an empty one
    initial = first->empty() ? Secret("=") : Secret(to_base64(first->reveal()));
    first.reset();
    line += " ";
  }
  open_command(command, tag);
  has_plus_ = false;
  GODWIT_CO_CHECK(co_await write(std::array<std::string_view, 3>{line, initial.reveal(), "\r\n"}));
  GODWIT_CO_TRY(const auto given_up, co_await converse(*mechanism, std::move(first), command));
  if (given_up) co_return std::unexpected(*given_up);
  const Result<> proof = mechanism->finish();
  Result<> answered = outcome(*command);
  if (answered && !proof) co_return std::unexpected(fail_session(proof.error()));
  if (!answered && !proof && code_of(proof.error()) == codes::login_refused.number) answered.error().what += ": " + proof.error().what;
  if (!answered) co_return std::unexpected(std::move(answered).error());
  co_return *command->status;
}

// Until the command is complete. What the mechanism could not answer is the value.
Task<Result<std::optional<Error>>> Connection::converse(sasl::Mechanism& mechanism, std::optional<Secret> first, CommandPointer command) {
  std::optional<Error> given_up;
  while (true) {
    GODWIT_CO_TRY(const bool goes_on, co_await wait_for_plus(command));
    if (!goes_on) co_return given_up;
    if (given_up) co_return std::unexpected(fail_session(*given_up));  // it goes on asking
    has_plus_ = false;
    const auto answer = first ? Result<Secret>(*std::exchange(first, std::nullopt)) : mechanism.respond(decoded(plus_text_));
    if (!answer) given_up = answer.error();
    const Secret encoded(answer ? to_base64(answer->reveal()) : "*");
    GODWIT_CO_CHECK(co_await write(std::array<std::string_view, 2>{encoded.reveal(), "\r\n"}));
  }
}

Task<Result<StatusResponse>> Connection::x_masterauth(Secret password) {
  const auto self = shared_from_this();
  if (has_open_commands()) co_return fail(ErrorKind::bug, "X-MASTERAUTH while another command is in flight");
  const CommandPointer command = make_command(CommandState::Kind::plain, "X-MASTERAUTH");
  const std::string tag = next_tag();
  const std::string line = tag + " X-MASTERAUTH\r\n";
  open_command(command, tag);
  has_plus_ = false;
  GODWIT_CO_CHECK(co_await write(std::array<std::string_view, 1>{line}));
  GODWIT_CO_TRY(const bool is_asked, co_await wait_for_plus(command));
  if (is_asked) {
    has_plus_ = false;
    GODWIT_CO_TRY(const Secret answer, sasl::master_password_answer(plus_text_, password));
    GODWIT_CO_CHECK(co_await write(std::array<std::string_view, 2>{answer.reveal(), "\r\n"}));
    GODWIT_CO_TRY(const bool is_asked_again, co_await wait_for_plus(command));
    if (is_asked_again) {
      co_return std::unexpected(
          fail_session(make_error(codes::login_challenge, "the server asks for more than X-MASTERAUTH has to say")));
    }
  }
  GODWIT_CO_CHECK(outcome(*command));
  co_return *command->status;
}

}  // namespace godwit::imap
