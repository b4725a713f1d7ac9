// SPDX-License-Identifier: Apache-2.0
// Mechanisms without any proof of the server's.
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/error_code.h"
#include "base/text.h"
#include "sasl/mechanism.h"
#include "sasl/plain.h"
#include "sasl/saslname.h"

namespace godwit::sasl {
namespace {

Result<Secret> nothing_more(std::string_view name) {
  return fail(codes::login_challenge, fmt::format("the server asks for more than {} has to say", name));
}

class OneMessage : public Mechanism {
 public:
  explicit OneMessage(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] bool speaks_first() const override { return true; }
  [[nodiscard]] Result<Secret> respond(std::string_view challenge) override {
    if (std::exchange(has_spoken_, true)) return after(challenge);
    return message();
  }

 protected:
  [[nodiscard]] const Credentials& credentials() const { return credentials_; }
  [[nodiscard]] virtual Result<Secret> message() const = 0;
  [[nodiscard]] virtual Result<Secret> after(std::string_view) { return nothing_more(name()); }

 private:
  Credentials credentials_;
  bool has_spoken_ = false;
};

class Plain : public OneMessage {
 public:
  using OneMessage::OneMessage;
  [[nodiscard]] std::string_view name() const override { return "PLAIN"; }
  [[nodiscard]] Result<Secret> message() const override {
    return plain(credentials().authorization, credentials().authentication, credentials().secret);
  }
};

class External : public OneMessage {
 public:
  using OneMessage::OneMessage;
  [[nodiscard]] std::string_view name() const override { return "EXTERNAL"; }
  [[nodiscard]] Result<Secret> message() const override { return Secret(credentials().authorization); }
};

// A refused token is told in a challenge, in JSON; the client says that it has heard, and then the server's NO comes.
class Token : public OneMessage {
 public:
  using OneMessage::OneMessage;
  [[nodiscard]] Result<> finish() const override {
    if (refusal_.empty()) return {};
    return fail(codes::login_refused, "the server refuses the token: " + printable(refusal_));
  }

 protected:
  [[nodiscard]] Result<Secret> message() const override {
    for (const std::string_view part : {std::string_view(credentials().authentication), credentials().secret.reveal()}) {
      if (part.contains('\x01') || part.contains('\0')) return fail(codes::credentials_form, "a name or token with control characters");
    }
    return token_message();
  }
  [[nodiscard]] Result<Secret> after(std::string_view challenge) override {
    if (!refusal_.empty()) return nothing_more(name());
    refusal_ = challenge.empty() ? "without a reason" : challenge;
    return Secret(acknowledgement());
  }
  [[nodiscard]] virtual Result<Secret> token_message() const = 0;
  [[nodiscard]] virtual std::string_view acknowledgement() const = 0;

 private:
  std::string refusal_;
};

class Xoauth2 : public Token {
 public:
  using Token::Token;
  [[nodiscard]] std::string_view name() const override { return "XOAUTH2"; }

 protected:
  [[nodiscard]] Result<Secret> token_message() const override {
    const Credentials& who = credentials();
    const std::string& user = who.authorization.empty() ? who.authentication : who.authorization;
    return Secret(fmt::format("user={}\x01" "auth=Bearer {}\x01\x01", user, who.secret.reveal()));
  }
  [[nodiscard]] std::string_view acknowledgement() const override { return ""; }
};

class OauthBearer : public Token {
 public:
  using Token::Token;
  [[nodiscard]] std::string_view name() const override { return "OAUTHBEARER"; }

 protected:
  [[nodiscard]] Result<Secret> token_message() const override {
    const Credentials& who = credentials();
    const std::string& user = who.authorization.empty() ? who.authentication : who.authorization;
    std::string place;
    if (!who.host.empty()) place += fmt::format("host={}\x01", who.host);
    if (who.port != 0) place += fmt::format("port={}\x01", who.port);
    return Secret(fmt::format("n,a={},\x01{}auth=Bearer {}\x01\x01", saslname(user), place, who.secret.reveal()));
  }
  [[nodiscard]] std::string_view acknowledgement() const override { return "\x01"; }
};

class Login : public Mechanism {
 public:
  explicit Login(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::string_view name() const override { return "LOGIN"; }
  [[nodiscard]] bool speaks_first() const override { return false; }
  [[nodiscard]] Result<Secret> respond(std::string_view) override {
    if (!credentials_.authorization.empty()) return fail(codes::credentials_form, "LOGIN cannot say a login for somebody else");
    switch (asked_++) {
      case 0: return Secret(credentials_.authentication);
      case 1: return credentials_.secret;
      default: return nothing_more(name());
    }
  }

 private:
  Credentials credentials_;
  int asked_ = 0;
};

class CramMd5 : public Mechanism {
 public:
  explicit CramMd5(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::string_view name() const override { return "CRAM-MD5"; }
  [[nodiscard]] bool speaks_first() const override { return false; }
  [[nodiscard]] Result<Secret> respond(std::string_view challenge) override {
    if (std::exchange(has_spoken_, true)) return nothing_more(name());
    if (!credentials_.authorization.empty()) return fail(codes::credentials_form, "CRAM-MD5 cannot say a login for somebody else");
    const std::string_view password = credentials_.secret.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (::HMAC(::EVP_md5(), password.data(), static_cast<int>(password.size()), reinterpret_cast<const unsigned char*>(challenge.data()),
               challenge.size(), digest.data(), &size) == nullptr) {
      return fail(codes::login_unsupported, "this machine's OpenSSL does not do MD5, which CRAM-MD5 needs");
    }
    return Secret(credentials_.authentication + " " + to_hex({reinterpret_cast<const char*>(digest.data()), size}));
  }

 private:
  Credentials credentials_;
  bool has_spoken_ = false;
};

}  // namespace

std::unique_ptr<Mechanism> make_plain(Credentials credentials) { return std::make_unique<Plain>(std::move(credentials)); }
std::unique_ptr<Mechanism> make_login(Credentials credentials) { return std::make_unique<Login>(std::move(credentials)); }
std::unique_ptr<Mechanism> make_cram_md5(Credentials credentials) { return std::make_unique<CramMd5>(std::move(credentials)); }
std::unique_ptr<Mechanism> make_external(Credentials credentials) { return std::make_unique<External>(std::move(credentials)); }
std::unique_ptr<Mechanism> make_xoauth2(Credentials credentials) { return std::make_unique<Xoauth2>(std::move(credentials)); }
std::unique_ptr<Mechanism> make_oauthbearer(Credentials credentials) { return std::make_unique<OauthBearer>(std::move(credentials)); }

}  // namespace godwit::sasl
