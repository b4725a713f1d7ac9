// SPDX-License-Identifier: Apache-2.0
#include "adapters/line/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::array binding_types{"tls-exporter", "tls-unique", "tls-server-end-point"};
constexpr std::string_view with_secret_first[] = {"PLAIN", "OAUTHBEARER", "XOAUTH2"};  // in what they say first

// Whether the text holds the secret, or ends in its beginning: what a server says is cut where it is long.
bool shows(std::string_view text, std::string_view secret) {
  if (text.contains(secret)) return true;
  constexpr std::size_t least = 4;  // of fewer bytes nobody can tell where they come from
  for (std::size_t size = least; size <= std::min(secret.size(), text.size()); ++size) {
    if (text.ends_with(secret.substr(0, size))) return true;
  }
  return false;
}

bool holds_password(std::string_view text, const sasl::Credentials& credentials) {
  std::string unquoted;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    unquoted += text[i];
  }
  const std::string_view password = credentials.secret.reveal();
  if (shows(text, password) || shows(unquoted, password)) return true;
  return std::ranges::any_of(with_secret_first, [&](std::string_view name) {
    const auto message = sasl::find_mechanism(name)->make(credentials, {})->respond({});
    if (!message) return false;
    const Secret encoded(to_base64(message->reveal()));
    return shows(text, encoded.reveal().substr(0, encoded.reveal().find('=')));
  });
}

}  // namespace

Task<Result<std::unique_ptr<net::Stream>>> open_stream(const LineSettings& settings, std::string host, std::uint16_t port) {
  std::unique_ptr<net::Stream> stream;
  if (settings.proxy) {
    GODWIT_CO_TRY(stream, co_await net::connect_through(*settings.proxy, host, port, settings.connect_limit));
  } else {
    GODWIT_CO_TRY(stream, co_await net::connect(host, port, settings.connect_limit));
  }
  stream->set_wait_limit(settings.login_limit);
  co_return stream;
}

Task<Result<std::unique_ptr<net::Stream>>> start_tls(std::unique_ptr<net::Stream> plain, const LineSettings& settings, std::string host) {
  GODWIT_CO_TRY(auto secure, co_await net::start_tls(std::move(plain), host, settings.trust, settings.tls, settings.certificate));
  if (settings.tls_memory) GODWIT_CO_CHECK(co_await settings.tls_memory->note(host));
  co_return secure;
}

std::vector<std::string> warnings_of_line(const LineSettings& settings, const std::string& host, const net::Stream& stream) {
  const std::string place = printable(host);
  const std::string security = stream.security();
  if (security.empty() && settings.tls_memory) {
    return {fmt::format("the line to {} is NOT encrypted: security = \"detect\" found neither TLS nor STARTTLS; passwords and mail can be "
                        "read on the way", place)};
  }
  if (is_outdated_tls(security)) {
    return {fmt::format("the line to {} uses {}, which is broken, by order of tls_min; update the server as soon as you can", place,
                        security)};
  }
  return {};
}

std::optional<sasl::ChannelBinding> binding_of(const net::Stream& stream) {
  const bool has_exporter_by_default = stream.security() == "TLSv1.3";
  for (const char* const type : binding_types) {
    if (!has_exporter_by_default && type == binding_types.front()) continue;
    if (auto data = stream.channel_binding(type)) return sasl::ChannelBinding{type, *std::move(data)};
  }
  return std::nullopt;
}

Error without_password(Error error, const sasl::Credentials& credentials) {
  if (!credentials.secret.empty() && holds_password(error.server_text, credentials)) {
    error.server_text = "(the server repeats the password; its words are left out)";
  }
  return error;
}

}  // namespace godwit::adapters
