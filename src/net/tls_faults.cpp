// SPDX-License-Identifier: Apache-2.0
#include "net/tls_faults.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include <algorithm>

namespace godwit::net {
namespace {

std::string name_of_version(int version) {
  switch (version) {
    case SSL3_VERSION: return "SSL 3.0";
    case TLS1_VERSION: return "TLS 1.0";
    case TLS1_1_VERSION: return "TLS 1.1";
    default: return {};
  }
}

std::string_view least_of(const TlsRules& rules) {
  return std::ranges::find(tls_versions, rules.least, [](const auto& each) { return each.second; })->first;
}

TlsFault too_old(int server_version, const TlsRules& rules) {
  const std::string name = name_of_version(server_version);
  std::string what = name.empty() ? fmt::format("the server speaks only versions of TLS below {}", least_of(rules))
                                  : fmt::format("the server speaks only {}", name);
  if (server_version == SSL3_VERSION) {
    what += ", which godwit cannot speak; update the server";
  } else if (rules.least != TlsVersion::v1_0) {
    const std::string_view wanted = server_version == TLS1_1_VERSION ? "1.1" : "1.0";
    what += fmt::format("; update it, or allow that for this server: tls_min = \"{0}\" in the plan, --source-tls-min {0} or "
                        "--target-tls-min {0}", wanted);
  }
  return {codes::tls_version_too_old, std::move(what)};
}

TlsFault too_weak(std::string what, const TlsRules& rules) {
  if (!rules.legacy_ciphers) {
    what += "; update the server, or allow that for this one: ciphers = \"legacy\" in the plan, --source-ciphers legacy or "
            "--target-ciphers legacy";
  }
  return {codes::tls_too_weak, std::move(what)};
}

}  // namespace

std::optional<TlsFault> fault_of_rules(int reason, int server_version, const TlsRules& rules) {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return too_old(server_version, rules);
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED: return too_weak("the server does not know secure renegotiation (RFC 5746)", rules);
    case SSL_R_DH_KEY_TOO_SMALL: return too_weak("the server's Diffie-Hellman key is too short", rules);
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL: return too_weak("a key of the server's certificates is too short", rules);
    case SSL_R_CA_MD_TOO_WEAK: return too_weak("a signature of the server's certificates is too weak", rules);
    case SSL_R_WRONG_SIGNATURE_TYPE:
    case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED: return too_weak("the server signs in a way that is too weak", rules);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY: return too_weak("the server finds no cipher that both sides take", rules);
    default: return std::nullopt;
  }
}

std::optional<TlsFault> fault_of_strength(long verify_result, const TlsRules& rules) {
  switch (verify_result) {
    case X509_V_ERR_EE_KEY_TOO_SMALL: return fault_of_rules(SSL_R_EE_KEY_TOO_SMALL, 0, rules);
    case X509_V_ERR_CA_KEY_TOO_SMALL: return fault_of_rules(SSL_R_CA_KEY_TOO_SMALL, 0, rules);
    case X509_V_ERR_CA_MD_TOO_WEAK: return fault_of_rules(SSL_R_CA_MD_TOO_WEAK, 0, rules);
    default: return std::nullopt;
  }
}

}  // namespace godwit::net
