// SPDX-License-Identifier: Apache-2.0
// The client's side of SASL (RFC 4422): each mechanism an exchange without I/O. The protocol carries what is said, in its own encoding.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::sasl {

// Who logs in, and with what. All texts are UTF-8.
struct Credentials {
  std::string authorization{};  // whose account it is to be; empty: that of who logs in
  std::string authentication;   // who logs in
  Secret secret;                // the password, or the token
  std::string host{};           // of the server, as it was asked for: OAUTHBEARER tells it
  std::uint16_t port = 0;
};

// What ties an exchange to the TLS connection it is on (RFC 5056); the mechanisms called -PLUS need it.
struct ChannelBinding {
  std::string type;  // "tls-exporter" (RFC 9266), "tls-unique", "tls-server-end-point" (RFC 5929)
  std::string data;
};

// One exchange; used once.
class Mechanism {
 public:
  virtual ~Mechanism() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "SCRAM-SHA-256"
  // The client speaks first: respond("") before any challenge has come.
  [[nodiscard]] virtual bool speaks_first() const = 0;
  // What is said to the server's challenge; neither is in base64. Errors of kind auth: the server's challenge is not what it has to be,
  // or the server does not prove that it knows the password; of kind usage: the mechanism cannot say these credentials.
  [[nodiscard]] virtual Result<Secret> respond(std::string_view challenge) = 0;
  // To be asked after the server's OK: an error of kind auth where the server had to prove something and has not.
  [[nodiscard]] virtual Result<> finish() const { return {}; }
};

// RFC 4616. Made without an authorization identity where that is empty.
[[nodiscard]] std::unique_ptr<Mechanism> make_plain(Credentials credentials);
// draft-murchison-sasl-login: name and password, each after a prompt whose text does not matter. No authorization identity.
[[nodiscard]] std::unique_ptr<Mechanism> make_login(Credentials credentials);
// RFC 2195. No authorization identity.
[[nodiscard]] std::unique_ptr<Mechanism> make_cram_md5(Credentials credentials);
// RFC 4422 appendix A: who one is was said by the client certificate.
[[nodiscard]] std::unique_ptr<Mechanism> make_external(Credentials credentials);
// https://developers.google.com/gmail/imap/xoauth2-protocol; the secret is an access token. No authorization identity beside the name.
[[nodiscard]] std::unique_ptr<Mechanism> make_xoauth2(Credentials credentials);
// RFC 7628; the secret is an access token.
[[nodiscard]] std::unique_ptr<Mechanism> make_oauthbearer(Credentials credentials);

// RFC 5802, RFC 7677.
enum class ScramHash { sha1, sha256 };
struct ScramOptions {
  ScramHash hash = ScramHash::sha256;
  // With it the mechanism is called -PLUS.
  std::optional<ChannelBinding> binding{};
  // The client could bind, but the server does not announce a -PLUS mechanism: said in the exchange, so that nobody in between can
  // have taken it out of the list.
  bool could_bind = false;
  std::string nonce{};  // printable ASCII without commas; empty: made at random
};
[[nodiscard]] std::unique_ptr<Mechanism> make_scram(Credentials credentials, ScramOptions options);

}  // namespace godwit::sasl
