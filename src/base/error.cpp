// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include "base/error_code.h"
#include "base/text.h"

namespace godwit {

Error Error::at(std::string_view context) && {
  where = where.empty() ? std::string(context) : std::string(context) + ": " + where;
  return std::move(*this);
}

Reaction reaction_to(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::network:
    case ErrorKind::timeout:
    case ErrorKind::syntax:
      return Reaction::reconnect;
    case ErrorKind::unavailable:
      return Reaction::retry_later;
    case ErrorKind::refused:
    case ErrorKind::not_understood:
    case ErrorKind::not_found:
    case ErrorKind::exists:
    case ErrorKind::too_big:
      return Reaction::skip_item;
    case ErrorKind::usage:
    case ErrorKind::auth:
    case ErrorKind::quota:
    case ErrorKind::tls:
    case ErrorKind::canceled:
    case ErrorKind::storage:
    case ErrorKind::bug:
      return Reaction::stop_account;
  }
  return Reaction::stop_account;
}

int exit_status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::auth:
      return 3;
    case ErrorKind::unavailable:
    case ErrorKind::syntax:
    case ErrorKind::timeout:
    case ErrorKind::network:
    case ErrorKind::tls:
      return 4;
    case ErrorKind::canceled:
      return 5;
    case ErrorKind::storage:
      return 6;
    case ErrorKind::refused:
    case ErrorKind::not_understood:
    case ErrorKind::not_found:
    case ErrorKind::exists:
    case ErrorKind::quota:
    case ErrorKind::too_big:
      return 1;
    case ErrorKind::bug:
      return 70;
  }
  return 70;
}

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::auth: return "auth";
    case ErrorKind::refused: return "refused";
    case ErrorKind::not_understood: return "not_understood";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::exists: return "exists";
    case ErrorKind::quota: return "quota";
    case ErrorKind::too_big: return "too_big";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::syntax: return "syntax";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::network: return "network";
    case ErrorKind::tls: return "tls";
    case ErrorKind::canceled: return "canceled";
    case ErrorKind::storage: return "storage";
    case ErrorKind::bug: return "bug";
  }
  return "bug";
}

std::string describe(const Error& error) {
  std::string line;
  if (!error.where.empty()) line += error.where + ": ";
  line += error.what;
  if (!error.server_text.empty()) line += " (the server said: \"" + printable(error.server_text) + "\")";
  return line + " (" + code_text(code_of(error)) + ")";
}

}  // namespace godwit
