// SPDX-License-Identifier: Apache-2.0
#include "api/error_body.h"

#include <fmt/format.h>

#include <string>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::api {
namespace {

using nlohmann::json;

bool is_utf8(std::string_view bytes) {
  try {
    (void)json(bytes).dump();
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

void put(json& object, const std::string& key, const std::string& bytes) {
  if (is_utf8(bytes)) {
    object[key] = bytes;
  } else {
    object[key + "_hex"] = to_hex(bytes);
  }
}

std::string text_at(const json& object, const std::string& key) {
  if (const auto plain = object.find(key); plain != object.end() && plain->is_string()) return plain->get<std::string>();
  const auto hex = object.find(key + "_hex");
  if (hex == object.end() || !hex->is_string()) return {};
  return from_hex(hex->get<std::string>()).value_or(std::string());
}

std::optional<ErrorKind> kind_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(ErrorKind::bug); ++number) {
    if (name_of(static_cast<ErrorKind>(number)) == name) return static_cast<ErrorKind>(number);
  }
  return std::nullopt;
}

}  // namespace

json body_of(const Error& error) {
  json object{{"kind", name_of(error.kind)}, {"code", code_of(error)}, {"exit_status", exit_status_of(error.kind)}};
  put(object, "what", error.what);
  put(object, "where", error.where);
  if (!error.server_text.empty()) put(object, "server_text", error.server_text);
  return {{"error", std::move(object)}};
}

std::optional<Error> error_of(const json& body) {
  if (!body.is_object()) return std::nullopt;
  const auto object = body.find("error");
  if (object == body.end() || !object->is_object()) return std::nullopt;
  const std::string name = text_at(*object, "kind");
  const std::optional<ErrorKind> kind = kind_named(name);
  Error error{kind.value_or(ErrorKind::bug), text_at(*object, "what"), text_at(*object, "server_text"), text_at(*object, "where")};
  const auto code = object->find("code");
  const bool is_numbered = kind && code != object->end() && code->is_number_unsigned();
  if (is_numbered && *code != general_code_of(*kind).number) error.code = code->get<std::uint16_t>();
  if (!kind) error.what += fmt::format(" (an error of kind \"{}\", which this version does not know)", printable(name));
  return error;
}

int http_status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::exists: return 409;
    case ErrorKind::auth:
    case ErrorKind::refused:
    case ErrorKind::not_understood:
    case ErrorKind::quota:
    case ErrorKind::too_big:
    case ErrorKind::syntax:
    case ErrorKind::network:
    case ErrorKind::tls: return 502;
    case ErrorKind::unavailable:
    case ErrorKind::canceled: return 503;
    case ErrorKind::timeout: return 504;
    case ErrorKind::storage:
    case ErrorKind::bug: return 500;
  }
  return 500;
}

}  // namespace godwit::api
