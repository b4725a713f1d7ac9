// SPDX-License-Identifier: Apache-2.0
#include "sasl/mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::sasl {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::string said(Mechanism& mechanism, std::string_view challenge) {
  const auto answer = mechanism.respond(challenge);
  return answer ? std::string(answer->reveal()) : "error: " + describe(answer.error());
}

Credentials who(std::string user, const char* secret) { return {.authentication = std::move(user), .secret = Secret(secret)}; }

TEST(Sasl, MechanismsOfOneMessageSayItAndNoMore) {
  const auto plain = make_plain(who("tim", "tanstaaftanstaaf"));
  EXPECT_EQ(plain->name(), "PLAIN");
  EXPECT_TRUE(plain->speaks_first());
  EXPECT_EQ(said(*plain, ""), "\0tim\0tanstaaftanstaaf"s);
  EXPECT_THAT(said(*plain, "more"), HasSubstr("asks for more"));
  EXPECT_TRUE(plain->finish());
  EXPECT_THAT(said(*make_plain(who("", "x")), ""), HasSubstr("the user name is empty"));

  Credentials for_other{.authorization = "alice", .authentication = "", .secret = {}};
  EXPECT_EQ(said(*make_external(for_other), ""), "alice");
  EXPECT_EQ(said(*make_external({.authentication = "", .secret = {}}), ""), "");
}

TEST(Sasl, LoginAnswersTwoPrompts) {
  const auto login = make_login(who("alice", "secret"));
  EXPECT_FALSE(login->speaks_first());
  EXPECT_EQ(said(*login, "User Name\0"s), "alice");
  EXPECT_EQ(said(*login, "whatever"), "secret");
  EXPECT_THAT(said(*login, ""), StartsWith("error: "));
  Credentials for_other = who("admin", "x");
  for_other.authorization = "alice";
  EXPECT_THAT(said(*make_login(for_other), ""), HasSubstr("somebody else"));
  EXPECT_THAT(said(*make_cram_md5(for_other), ""), HasSubstr("somebody else"));
}

TEST(Sasl, CramMd5IsTheExampleOfRfc2195) {
  const auto cram = make_cram_md5(who("tim", "tanstaaftanstaaf"));
  EXPECT_FALSE(cram->speaks_first());
  EXPECT_EQ(said(*cram, "<1896.697170952@postoffice.reston.mci.net>"), "tim b913a602c7eda7a495b4e6e7334d3890");
  EXPECT_THAT(said(*cram, "again"), StartsWith("error: "));
}

TEST(Sasl, TokensAreSaidAsTheirDocumentsHaveThem) {
  const auto xoauth2 = make_xoauth2(who("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"));
  EXPECT_EQ(to_base64(said(*xoauth2, "")),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
  EXPECT_TRUE(xoauth2->finish());

  Credentials at_server = who("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  at_server.host = "server.example.com";
  at_server.port = 143;
  EXPECT_EQ(to_base64(said(*make_oauthbearer(at_server), "")),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJo"
            "ZG1semRHRXVZMjl0Q2c9PQEB");
  EXPECT_THAT(said(*make_oauthbearer(who("a,b=c", "t")), ""), StartsWith("n,a=a=2Cb=3Dc,\x01"));
  EXPECT_THAT(said(*make_xoauth2(who("a\x01" "b", "t")), ""), HasSubstr("control characters"));
}

TEST(Sasl, ARefusedTokenIsToldWithTheServersWords) {
  const auto xoauth2 = make_xoauth2(who("a", "t"));
  (void)xoauth2->respond("");
  EXPECT_EQ(said(*xoauth2, R"({"status":"401"})"), "");
  ASSERT_FALSE(xoauth2->finish());
  EXPECT_EQ(xoauth2->finish().error().kind, ErrorKind::auth);
  EXPECT_THAT(xoauth2->finish().error().what, HasSubstr("401"));
  EXPECT_THAT(said(*xoauth2, "again"), StartsWith("error: "));
  const auto bearer = make_oauthbearer(who("a", "t"));
  (void)bearer->respond("");
  EXPECT_EQ(said(*bearer, ""), "\x01");
  EXPECT_FALSE(bearer->finish());
}

struct Exchange {
  ScramHash hash;
  const char *nonce, *server_first, *client_final, *server_final;
};
// RFC 5802 §5, RFC 7677 §3: user "user", password "pencil".
const Exchange examples[] = {
    {ScramHash::sha1, "fyko+d2lbbFgONRv9qkxdawL", "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
     "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
    {ScramHash::sha256, "rOprNGfwEbeRWgbNEkqO", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
     "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
     "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="}};

TEST(Scram, IsTheExamplesOfTheRfcs) {
  for (const Exchange& example : examples) {
    const auto scram = make_scram(who("user", "pencil"), {.hash = example.hash, .nonce = example.nonce});
    EXPECT_EQ(scram->name(), example.hash == ScramHash::sha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256");
    EXPECT_EQ(said(*scram, ""), "n,,n=user,r="s + example.nonce);
    EXPECT_EQ(said(*scram, example.server_first), example.client_final);
    EXPECT_FALSE(scram->finish()) << "the server has proved nothing yet";
    EXPECT_EQ(said(*scram, example.server_final), "");
    EXPECT_TRUE(scram->finish());
    EXPECT_THAT(said(*scram, "more"), StartsWith("error: "));
  }
}

TEST(Scram, EveryOtherLastMessageOfTheServerIsRefused) {
  for (const Exchange& example : examples) {
    const std::string right = example.server_final;
    for (std::size_t place = 0; place < right.size() - 1; ++place) {
      const auto scram = make_scram(who("user", "pencil"), {.hash = example.hash, .nonce = example.nonce});
      (void)scram->respond("");
      (void)scram->respond(example.server_first);
      std::string wrong = right;
      wrong[place] = wrong[place] == 'A' ? 'B' : 'A';
      EXPECT_THAT(said(*scram, wrong), StartsWith("error: ")) << wrong;
      EXPECT_FALSE(scram->finish());
    }
  }
  const auto scram = make_scram(who("user", "pencil"), {.nonce = examples[1].nonce});
  (void)scram->respond("");
  (void)scram->respond(examples[1].server_first);
  EXPECT_THAT(said(*scram, "e=invalid-proof"), HasSubstr("invalid-proof"));
}

TEST(Scram, WhatTheServerMayNotSayIsRefused) {
  for (const char* const wrong :
       {"", "r", "r=abcXYZ", "r=abcXYZ,s=QSXCR+Q6sek8bf92", "s=QSXCR+Q6sek8bf92,r=abcXYZ,i=4096", "m=ext,r=abcXYZ,s=QSXCR+Q6sek8bf92,i=4096",
        "r=abc,s=QSXCR+Q6sek8bf92,i=4096", "r=abX,s=QSXCR+Q6sek8bf92,i=4096", "r=abcXYZ,s=,i=4096", "r=abcXYZ,s=???,i=4096",
        "r=abcXYZ,s=QSXCR+Q6sek8bf92,i=0", "r=abcXYZ,s=QSXCR+Q6sek8bf92,i=-1", "r=abcXYZ,s=QSXCR+Q6sek8bf92,i=4000000000",
        "r=abcXYZ,s=QSXCR+Q6sek8bf92,i=99999999999999999999"}) {
    const auto scram = make_scram(who("user", "pencil"), {.nonce = "abc"});
    (void)scram->respond("");
    const auto answer = scram->respond(wrong);
    ASSERT_FALSE(answer) << wrong;
    EXPECT_EQ(answer.error().kind, ErrorKind::auth);
  }
}

TEST(Scram, NamesAreQuotedAndTheChannelIsBound) {
  Credentials odd = who("a,b=c", "x");
  odd.authorization = "d=e";
  EXPECT_EQ(said(*make_scram(odd, {.could_bind = true, .nonce = "n"}), ""), "y,a=d=3De,n=a=2Cb=3Dc,r=n");
  const auto bound = make_scram(who("user", "pencil"), {.binding = ChannelBinding{"tls-server-end-point", "\x01\x02"}, .nonce = "n"});
  EXPECT_EQ(bound->name(), "SCRAM-SHA-256-PLUS");
  EXPECT_EQ(said(*bound, ""), "p=tls-server-end-point,,n=user,r=n");
  EXPECT_THAT(said(*bound, "r=nX,s=QSXCR+Q6sek8bf92,i=1"), StartsWith("c=" + to_base64("p=tls-server-end-point,,\x01\x02") + ",r=nX,p="));
  const auto first = make_scram(who("u", "p"), {}), second = make_scram(who("u", "p"), {});
  EXPECT_NE(said(*first, ""), said(*second, "")) << "nonces are made at random";
}

TEST(Scram, TextsArePreparedAsTheServerPreparesThem) {
  // RFC 4013 §3: I<SOFT HYPHEN>X is IX, and U+2168 is IX, too.
  for (const char* const name : {"I\xc2\xadX", "\xe2\x85\xa8"}) {
    EXPECT_EQ(said(*make_scram(who(name, "x"), {.nonce = "n"}), ""), "n,,n=IX,r=n");
  }
  const auto proof = [](const char* password) {
    const auto scram = make_scram(who("u", password), {.nonce = "n"});
    (void)scram->respond("");
    return said(*scram, "r=nX,s=QSXCR+Q6sek8bf92,i=1");
  };
  EXPECT_EQ(proof("I\xc2\xadX"), proof("IX"));
  EXPECT_NE(proof("\x07"), proof("")) << "what SASLprep does not allow is sent as it is";
}

}  // namespace
}  // namespace godwit::sasl
