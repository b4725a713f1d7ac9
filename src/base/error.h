// SPDX-License-Identifier: Apache-2.0
// One error value for the whole program: what happened, where, and what the server said.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace godwit {

enum class ErrorKind {
  usage,        // the operator's command line or configuration is wrong
  auth,         // the server refused the login
  refused,      // the server said NO to something, for good
  not_understood,  // the server said BAD: it does not know the command, or its form
  not_found,    // folder or message is not there
  exists,       // it is there already
  quota,        // the target has no space for this account
  too_big,      // one message is larger than the server takes
  unavailable,  // the server asks to come back later
  syntax,       // bytes that are not the protocol, or a limit of ours exceeded
  timeout,      // a deadline passed
  network,      // connection refused, reset or closed
  tls,          // certificate or handshake
  canceled,     // the operator stopped the run
  storage,      // ledger or local disk
  bug,          // an invariant of godwit does not hold
};

struct Error {
  ErrorKind kind = ErrorKind::bug;
  std::string what;         // our text: what failed, and what to do where that is known
  std::string server_text;  // the server's own words, untouched; may hold user data
  std::string where;        // operation, host, folder, UID; outermost first
  std::uint16_t code = 0;   // of base/error_code.h; 0: the general one of its kind
  std::optional<std::chrono::milliseconds> retry_after{};  // how long the server wants to be left alone, where it says so

  // Returns this error with `context` put in front of `where`.
  [[nodiscard]] Error at(std::string_view context) &&;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string what, std::string server_text = {}) {
  return std::unexpected(Error{kind, std::move(what), std::move(server_text), {}});
}

// What the runner does about an error.
enum class Reaction {
  reconnect,     // the session is over; reconnect, settle what is in doubt, go on
  retry_later,   // the same again after a pause
  skip_item,     // this item is reported as not moved; the others go on
  stop_account,  // nothing more can be done for this account in this round
};
[[nodiscard]] Reaction reaction_to(ErrorKind kind);

// The process exit status that an operator's scripts see; documented in the README.
[[nodiscard]] int exit_status_of(ErrorKind kind);

[[nodiscard]] std::string_view name_of(ErrorKind kind);

// One line for a person: where, what, the server's words in quotes (control characters made visible), the code: "(GW-3201)".
[[nodiscard]] std::string describe(const Error& error);

}  // namespace godwit

// Propagate an error out of a function or a coroutine that returns Result<…>.
//   GODWIT_TRY(auto reply, parse(line));      GODWIT_CO_TRY(auto size, co_await stream.read_some(buffer));
//   GODWIT_CHECK(write(x));                   GODWIT_CO_CHECK(co_await stream.write(x));
#define GODWIT_CONCAT_(a, b) a##b
#define GODWIT_CONCAT(a, b) GODWIT_CONCAT_(a, b)
#define GODWIT_TRY_(leave, temporary, declaration, ...)                        \
  auto temporary = (__VA_ARGS__);                                              \
  if (!temporary) leave std::unexpected(std::move(temporary).error());         \
  declaration = std::move(*temporary)
#define GODWIT_CHECK_(leave, ...) \
  if (auto godwit_result = (__VA_ARGS__); !godwit_result) leave std::unexpected(std::move(godwit_result).error())
#define GODWIT_TRY(declaration, ...) GODWIT_TRY_(return, GODWIT_CONCAT(godwit_try_, __LINE__), declaration, __VA_ARGS__)
#define GODWIT_CO_TRY(declaration, ...) \
  GODWIT_TRY_(co_return, GODWIT_CONCAT(godwit_try_, __LINE__), declaration, __VA_ARGS__)
#define GODWIT_CHECK(...) GODWIT_CHECK_(return, __VA_ARGS__)
#define GODWIT_CO_CHECK(...) GODWIT_CHECK_(co_return, __VA_ARGS__)
