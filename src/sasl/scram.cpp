// SPDX-License-Identifier: Apache-2.0
// SCRAM (RFC 5802, RFC 7677): client and server prove to each other that they know the password.
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stringprep.h>

#include <array>
#include <limits>

#include "base/error_code.h"
#include "base/text.h"
#include "sasl/mechanism.h"
#include "sasl/saslname.h"

namespace godwit::sasl {
namespace {

constexpr std::uint32_t most_iterations = 10'000'000;  // some seconds: a server that asks for more wants to keep us busy

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// RFC 4013. What it does not allow is sent as it is: so do servers that took such a password in.
Secret prepared(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) return Secret(text);
  // SASLprep makes no string more than so much longer (the longest NFKC mapping has 18 characters of up to 4 bytes).
  std::string buffer;
  buffer.reserve(text.size() * 72 + 1);
  buffer.append(text).append(1, '\0');
  buffer.resize(text.size() * 72 + 1, '\0');
  const int status = ::stringprep(buffer.data(), buffer.size(), static_cast<Stringprep_profile_flags>(0), ::stringprep_saslprep);
  Secret result(status == STRINGPREP_OK ? std::string_view(buffer.c_str()) : text);
  wipe(buffer);
  return result;
}

std::string random_nonce() {
  std::array<unsigned char, 18> random{};
  if (::RAND_bytes(random.data(), random.size()) != 1) std::abort();  // without randomness nothing is safe
  return to_base64({reinterpret_cast<const char*>(random.data()), random.size()});
}

// Attributes "r=…,s=…,i=…", each a letter; nothing where the text has another form.
std::optional<std::vector<std::pair<char, std::string_view>>> attributes(std::string_view text) {
  std::vector<std::pair<char, std::string_view>> all;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    if (one.size() < 2 || one[1] != '=') return std::nullopt;
    all.emplace_back(one[0], one.substr(2));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return all;
}

class Scram : public Mechanism {
 public:
  Scram(Credentials credentials, ScramOptions options)
      : credentials_(std::move(credentials)), options_(std::move(options)), name_(name_of(options_)) {
    if (options_.nonce.empty()) options_.nonce = random_nonce();
  }

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool speaks_first() const override { return true; }

  [[nodiscard]] Result<Secret> respond(std::string_view challenge) override {
    switch (step_++) {
      case 0: return client_first();
      case 1: return client_final(challenge);
      case 2: return server_final(challenge);
      default: return wrong("it asks for more than SCRAM has to say");
    }
  }

  [[nodiscard]] Result<> finish() const override {
    if (is_proven_) return {};
    return fail(codes::login_server_unproven, "the server says that the login is done, but has not proved that it knows the password");
  }

 private:
  static std::string name_of(const ScramOptions& options) {
    return fmt::format("SCRAM-{}{}", options.hash == ScramHash::sha1 ? "SHA-1" : "SHA-256", options.binding ? "-PLUS" : "");
  }
  static Result<Secret> wrong(std::string_view what) {
    return fail(codes::login_challenge, fmt::format("what the server says in the SCRAM exchange is wrong: {}", what));
  }

  const EVP_MD* hash() const { return options_.hash == ScramHash::sha1 ? ::EVP_sha1() : ::EVP_sha256(); }
  std::size_t hash_size() const { return static_cast<std::size_t>(::EVP_MD_get_size(hash())); }

  Secret hmac(std::string_view key, std::string_view text) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    ::HMAC(hash(), key.data(), static_cast<int>(key.size()), bytes_of(text).data(), text.size(), out.data(), &size);
    Secret result(std::string_view(reinterpret_cast<const char*>(out.data()), size));
    ::OPENSSL_cleanse(out.data(), out.size());
    return result;
  }

  Result<Secret> client_first() {
    if (credentials_.authentication.contains('\0')) return fail(codes::credentials_form, "a user name must not contain NUL");
    const std::string authorization =
        credentials_.authorization.empty() ? "" : "a=" + saslname(prepared(credentials_.authorization).reveal());
    const std::string flag = options_.binding ? "p=" + options_.binding->type : options_.could_bind ? "y" : "n";
    gs2_header_ = fmt::format("{},{},", flag, authorization);
    first_bare_ = fmt::format("n={},r={}", saslname(prepared(credentials_.authentication).reveal()), options_.nonce);
    return Secret(gs2_header_ + first_bare_);
  }

  Result<Secret> client_final(std::string_view challenge) {
    const auto said = attributes(challenge);
    if (!said || said->size() < 3) return wrong("its first message has another form");
    const auto& [nonce_letter, nonce] = (*said)[0];
    const auto& [salt_letter, salt_text] = (*said)[1];
    const auto& [count_letter, count_text] = (*said)[2];
    if (nonce_letter == 'm') return wrong("it wants an extension that nobody knows");
    if (nonce_letter != 'r' || salt_letter != 's' || count_letter != 'i') return wrong("its first message has another form");
    if (!nonce.starts_with(options_.nonce) || nonce.size() == options_.nonce.size()) return wrong("it answers somebody else");
    const auto salt = from_base64(salt_text);
    const auto iterations = parse_number<std::uint32_t>(count_text);
    if (!salt || salt->empty()) return wrong("the salt is no base64");
    if (!iterations || *iterations == 0) return wrong("the number of iterations is no number");
    if (*iterations > most_iterations) return wrong(fmt::format("it wants {} iterations", *iterations));
    return prove(challenge, nonce, *salt, *iterations);
  }

  Result<Secret> prove(std::string_view challenge, std::string_view nonce, std::string_view salt, std::uint32_t iterations) {
    const Secret password = prepared(credentials_.secret.reveal());
    std::string salted(hash_size(), '\0');
    ::PKCS5_PBKDF2_HMAC(password.reveal().data(), static_cast<int>(password.reveal().size()), bytes_of(salt).data(),
                        static_cast<int>(salt.size()), static_cast<int>(iterations), hash(), static_cast<int>(salted.size()),
                        reinterpret_cast<unsigned char*>(salted.data()));
    const Secret salted_password(std::move(salted));
    const Secret client_key = hmac(salted_password.reveal(), "Client Key");
    std::array<unsigned char, EVP_MAX_MD_SIZE> stored{};
    unsigned stored_size = 0;
    ::EVP_Digest(client_key.reveal().data(), client_key.reveal().size(), stored.data(), &stored_size, hash(), nullptr);

    const std::string bound = gs2_header_ + (options_.binding ? options_.binding->data : "");
    const std::string without_proof = fmt::format("c={},r={}", to_base64(bound), nonce);
    const std::string all = fmt::format("{},{},{}", first_bare_, challenge, without_proof);
    const Secret signature = hmac({reinterpret_cast<const char*>(stored.data()), stored_size}, all);
    std::string proof(client_key.reveal());
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ signature.reveal()[i]);
    const Secret server_key = hmac(salted_password.reveal(), "Server Key");
    expected_ = std::string(hmac(server_key.reveal(), all).reveal());
    return Secret(without_proof + ",p=" + to_base64(proof));
  }

  // Some servers put it into a challenge of its own, to which nothing is to be said.
  Result<Secret> server_final(std::string_view challenge) {
    const auto said = attributes(challenge);
    if (said && !said->empty() && said->front().first == 'e') {
      return fail(codes::login_refused, "the server refuses the login: " + printable(said->front().second));
    }
    if (!said || said->empty() || said->front().first != 'v') return wrong("its last message has another form");
    const auto proof = from_base64(said->front().second);
    if (!proof || proof->size() != expected_.size() || ::CRYPTO_memcmp(proof->data(), expected_.data(), expected_.size()) != 0) {
      return fail(codes::login_server_unproven,
                  "the server does not know the password: it is not the server that it says it is, or its record of the account is damaged");
    }
    is_proven_ = true;
    return Secret("");
  }

  Credentials credentials_;
  ScramOptions options_;
  std::string name_;
  int step_ = 0;
  std::string gs2_header_, first_bare_, expected_;
  bool is_proven_ = false;
};

}  // namespace

std::unique_ptr<Mechanism> make_scram(Credentials credentials, ScramOptions options) {
  return std::make_unique<Scram>(std::move(credentials), std::move(options));
}

}  // namespace godwit::sasl
