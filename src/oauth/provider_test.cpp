// SPDX-License-Identifier: Apache-2.0
#include "oauth/provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/percent_decoding.h"
#include "base/text.h"
#include "oauth/redirect.h"

namespace godwit::oauth {
namespace {

using testing::HasSubstr;
using nlohmann::json;

std::string pem_of(EVP_PKEY* key) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string certificate_of(EVP_PKEY* key) {
  X509* const certificate = X509_new();
  X509_set_pubkey(certificate, key);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_sign(certificate, key, EVP_sha256());
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  X509_free(certificate);
  return text;
}

struct Keys {
  EVP_PKEY* rsa = EVP_RSA_gen(2048);
  EVP_PKEY* other = EVP_RSA_gen(2048);
  EVP_PKEY* small = EVP_RSA_gen(1024);
  EVP_PKEY* curve = EVP_EC_gen("P-256");
  ~Keys() {
    for (EVP_PKEY* key : {rsa, other, small, curve}) EVP_PKEY_free(key);
  }
};
Keys& keys() {
  static Keys all;
  return all;
}

std::string unpacked(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return from_base64(text).value_or("(no base64url)");
}

std::vector<std::string> parts_of(std::string_view jwt) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const auto end = jwt.find('.', begin);
    parts.emplace_back(jwt.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

bool is_signed(std::string_view jwt, EVP_PKEY* key) {
  const auto parts = parts_of(jwt);
  const std::string signature = unpacked(parts.at(2)), text = parts[0] + "." + parts[1];
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
  const int verified = EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                                        reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  return verified == 1;
}

std::map<std::string, std::string> form_of(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const auto equals = pair.find('=');
    EXPECT_TRUE(fields.emplace(pair.substr(0, equals), percent_decoded(pair.substr(equals + 1), Plus::blank).value_or("?")).second) << pair;
  }
  return fields;
}

constexpr Now then{std::chrono::seconds(1'700'000'000)};

TEST(Jwt, IsSignedAndNamesItsKey) {
  const auto key = SigningKey::from_pem(Secret(pem_of(keys().rsa)));
  ASSERT_TRUE(key);
  const Claims claims{
      .issuer = "i", .subject = "\xC3\xA4@example.com", .audience = "https://a", .scope = "s", .id = "x", .issued_at = then};
  const auto jwt = make_jwt(claims, *key, {.id = "k", .thumbprint = "t"});
  ASSERT_TRUE(jwt);
  EXPECT_TRUE(is_signed(jwt->reveal(), keys().rsa));
  EXPECT_FALSE(is_signed(jwt->reveal(), keys().other));
  const auto parts = parts_of(jwt->reveal());
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(json::parse(unpacked(parts[0])), json({{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k"}, {"x5t", "t"}}));
  EXPECT_EQ(json::parse(unpacked(parts[1])), json({{"iss", "i"}, {"sub", "\xC3\xA4@example.com"}, {"aud", "https://a"}, {"scope", "s"},
                                                    {"jti", "x"}, {"iat", 1'700'000'000}, {"exp", 1'700'003'600}}));
}

TEST(Jwt, KeysThatCannotSign) {
  for (const std::string& text :
       {pem_of(keys().small), pem_of(keys().curve), std::string("x"), std::string(), certificate_of(keys().rsa)}) {
    const auto key = SigningKey::from_pem(Secret(text));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, ErrorKind::usage);
  }
  const auto key = SigningKey::from_pem(Secret(pem_of(keys().rsa))).value();
  EXPECT_TRUE(key.check_belongs_to(certificate_of(keys().rsa)));
  EXPECT_FALSE(key.check_belongs_to(certificate_of(keys().other)));
  EXPECT_FALSE(key.check_belongs_to("x"));
  EXPECT_EQ(thumbprint_of(certificate_of(keys().rsa)).value().size(), 27U) << "20 bytes";
  EXPECT_FALSE(thumbprint_of(""));
}

TEST(ServiceAccount, FromItsFile) {
  const json good = {{"type", "service_account"}, {"client_email", "s@example.com"}, {"private_key_id", "id"}, {"private_key", "PEM"},
                     {"token_uri", "https://t"}};
  const auto account = parse_service_account(Secret(good.dump()), "key.json");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->email, "s@example.com");
  EXPECT_EQ(account->key_id, "id");
  EXPECT_EQ(account->key.reveal(), "PEM");
  EXPECT_EQ(account->token_url, "https://t");
  for (const char* missing : {"type", "client_email", "private_key"}) {
    json bad = good;
    bad.erase(missing);
    const auto refused = parse_service_account(Secret(bad.dump()), "key.json");
    ASSERT_FALSE(refused) << missing;
    EXPECT_THAT(refused.error().what, testing::StartsWith("key.json: "));
  }
  EXPECT_FALSE(parse_service_account(Secret("{"), "key.json"));
  EXPECT_FALSE(parse_service_account(Secret("[]"), "key.json"));
}

// RFC 7636 appendix B.
TEST(Pkce, ChallengeOfTheRfc) {
  EXPECT_EQ(Pkce{Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")}.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  EXPECT_EQ(random_text().size(), 43U);
  EXPECT_NE(random_text(), random_text());
}

TEST(TokenRequests, WithSecret) {
  const Addresses at = microsoft("example.com");
  const Application who{.id = "app", .secret = Secret("s & c=+%")};
  const auto request = client_credentials_request(at, who, then);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->url, "https://login.microsoftonline.com/example.com/oauth2/v2.0/token");
  EXPECT_EQ(request->redirects, 0);
  EXPECT_EQ(form_of(request->body.reveal()),
            (std::map<std::string, std::string>{{"grant_type", "client_credentials"}, {"scope", "https://outlook.office365.com/.default"},
                                                {"client_id", "app"}, {"client_secret", "s & c=+%"}}));
}

TEST(TokenRequests, WithCertificate) {
  const Addresses at = microsoft("example.com");
  Application who{.id = "app"};
  who.certificate = Application::Certificate{SigningKey::from_pem(Secret(pem_of(keys().rsa))).value(), "thumb"};
  const auto request = client_credentials_request(at, who, then);
  ASSERT_TRUE(request);
  auto form = form_of(request->body.reveal());
  EXPECT_EQ(form.count("client_secret"), 0U);
  EXPECT_EQ(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  ASSERT_TRUE(is_signed(form["client_assertion"], keys().rsa));
  const json claims = json::parse(unpacked(parts_of(form["client_assertion"])[1]));
  EXPECT_EQ(claims["iss"], "app");
  EXPECT_EQ(claims["sub"], "app");
  EXPECT_EQ(claims["aud"], at.token);
  EXPECT_EQ(claims["exp"], 1'700'000'600);
}

TEST(TokenRequests, ForPeople) {
  Addresses at = google();
  const Application who{.id = "app", .secret = Secret("s")};
  EXPECT_EQ(form_of(refresh_request(at, who, Secret("r/+"), then)->body.reveal()),
            (std::map<std::string, std::string>{{"grant_type", "refresh_token"},
                                                {"refresh_token", "r/+"},
                                                {"scope", "https://mail.google.com/"},
                                                {"client_id", "app"},
                                                {"client_secret", "s"}}));
  const Pkce pkce{Secret("verifier")};
  EXPECT_EQ(form_of(code_request(at, who, Secret("4/c"), "http://127.0.0.1:5", pkce, then)->body.reveal()),
            (std::map<std::string, std::string>{{"grant_type", "authorization_code"},
                                                {"code", "4/c"},
                                                {"redirect_uri", "http://127.0.0.1:5"},
                                                {"code_verifier", "verifier"},
                                                {"client_id", "app"},
                                                {"client_secret", "s"}}));
  const std::string url = authorize_url(at, "app", "http://127.0.0.1:5", "state", pkce, "alice@example.com");
  EXPECT_TRUE(url.starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
  auto query = form_of(url.substr(url.find('?') + 1));
  EXPECT_EQ(query["response_type"], "code");
  EXPECT_EQ(query["code_challenge"], pkce.challenge());
  EXPECT_EQ(query["state"], "state");
  EXPECT_EQ(query["login_hint"], "alice@example.com");
  EXPECT_EQ(query["access_type"], "offline");
  at = microsoft("t");
  EXPECT_EQ(form_of(device_request(at, who).body.reveal()),
            (std::map<std::string, std::string>{{"client_id", "app"},
                                                {"scope", "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"}}));
}

TEST(TokenRequests, InAUsersName) {
  const auto key = SigningKey::from_pem(Secret(pem_of(keys().rsa))).value();
  const auto request = delegation_request(google(), {.email = "s@example.com", .key_id = "k", .key = Secret()}, key, "alice@example.com",
                                          then);
  ASSERT_TRUE(request);
  auto form = form_of(request->body.reveal());
  EXPECT_EQ(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const json claims = json::parse(unpacked(parts_of(form["assertion"])[1]));
  EXPECT_EQ(claims, json({{"iss", "s@example.com"}, {"sub", "alice@example.com"}, {"scope", "https://mail.google.com/"},
                          {"aud", "https://oauth2.googleapis.com/token"}, {"iat", 1'700'000'000}, {"exp", 1'700'003'600}}));
}

TEST(Redirect, FromTheBrowser) {
  const auto good = parse_redirect("GET /?code=4%2Fx&state=s&scope=y HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->code.reveal(), "4/x");
  EXPECT_EQ(good->state, "s");
  const auto refused = parse_redirect("GET /?error=access_denied&error_description=a+b&state=s HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error, "access_denied");
  EXPECT_EQ(refused->description, "a b");
  for (const char* other : {"", "GET", "GET /favicon.ico HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                            "POST /?code=a&state=s HTTP/1.1\r\n\r\n", "GET /?code=a HTTP/1.1\r\n\r\n", "GET /?state=s HTTP/1.1\r\n\r\n",
                            "GET /?code=a&code=b&state=s HTTP/1.1\r\n\r\n", "GET /?code=a&error=b&state=s HTTP/1.1\r\n\r\n",
                            "GET /?code=%4&state=s HTTP/1.1\r\n\r\n", "GET /?code=a&state=s HTTP/1.1", "GET /?code HTTP/1.1\r\n\r\n"}) {
    EXPECT_FALSE(parse_redirect(other)) << other;
  }
}

TEST(Percent, Encoding) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decoded(http::percent_encoded(all), Plus::blank), all);
  EXPECT_EQ(http::percent_encoded("a-Z_0.*~ +&"), "a-Z_0.*%7E%20%2B%26");
  EXPECT_EQ(percent_decoded("a+%2b", Plus::blank), "a +");
  for (const char* bad : {"%", "%4", "%zz", "a%4 "}) EXPECT_FALSE(percent_decoded(bad, Plus::blank)) << bad;
}

}  // namespace
}  // namespace godwit::oauth
