// SPDX-License-Identifier: Apache-2.0
#include "vault/sealed_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"

namespace godwit::vault {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Login alice{"alice@example.com", Side::source};

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}

PrivateKey make_key() { return value_of(PrivateKey::make()); }

std::string sealed_for(const PrivateKey& key, const Login& login, const std::string& password) {
  return value_of(seal(key.public_key(), login, Secret(password)));
}

// What is in the error's text when the box does not open; the password when it does.
std::string refusal(const PrivateKey& key, std::string_view sealed, const Login& login) {
  const auto opened = key.open(sealed, login);
  if (opened) return std::string(opened->reveal());
  EXPECT_EQ(opened.error().kind, ErrorKind::storage);
  return opened.error().what;
}

// RFC 7748, section 6.1: Bob's keys.
TEST(SealedBox, PublicHalvesAreThoseOfRfc7748) {
  const auto public_half = [](std::string_view digits) { return to_hex(value_of(PrivateKey::of(digits)).public_key().bytes()); };
  EXPECT_EQ(public_half("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

TEST(SealedBox, OpensToWhatWasSealed) {
  const PrivateKey key = make_key();
  std::vector<std::string> passwords{"x", "with blanks and \"quotes\" {braces} \\ %", "pässwörd €", std::string("a\0b", 3),
                                     std::string("padding\x80\0\0", 10), std::string(127, 'y'), std::string(128, 'y'),
                                     std::string(129, '\0'), std::string(100'000, 'z')};
  for (const std::string& password : passwords) {
    for (const Login& login : {alice, Login{"alice@example.com", Side::target}, Login{"", Side::source},
                               Login{std::string("odd\0\xff\n", 6), Side::target}, Login{std::string(70'000, 'n'), Side::target}}) {
      EXPECT_EQ(value_of(key.open(sealed_for(key, login, password), login)).reveal(), password);
    }
  }
}

TEST(SealedBox, ShowsNeitherPasswordNorAccountNorItsLength) {
  const PrivateKey key = make_key();
  const std::string password = "correct horse battery staple";
  const std::string sealed = sealed_for(key, alice, password);
  EXPECT_FALSE(sealed.contains(password.substr(0, 8)));
  EXPECT_FALSE(sealed.contains("alice"));
  std::set<std::size_t> sizes;
  for (std::size_t size = 1; size < 128; ++size) sizes.insert(sealed_for(key, alice, std::string(size, 'x')).size());
  EXPECT_EQ(sizes.size(), 1U);
  EXPECT_NE(sealed_for(key, alice, password), sealed) << "each box has a key of its own";
}

TEST(SealedBox, OpensForNobodyElse) {
  const PrivateKey key = make_key();
  const std::string sealed = sealed_for(key, alice, "sesame");
  EXPECT_THAT(refusal(key, sealed, {"alice@example.com", Side::target}),
              AllOf(HasSubstr("of alice@example.com on the target cannot be used"), HasSubstr("for alice@example.com on the source")));
  for (const std::string& account : {"", "alice@example.co", "alice@example.comx", "Alice@example.com", "mallory@example.com"}) {
    EXPECT_THAT(refusal(key, sealed, {account, Side::source}), HasSubstr("for alice@example.com on the source")) << account;
  }
  EXPECT_THAT(refusal(make_key(), sealed, alice), HasSubstr("sealed with another key"));
}

// What is between the account's name and the password must not move.
TEST(SealedBox, NameAndPasswordAreNotTakenForOneAnother) {
  const PrivateKey key = make_key();
  EXPECT_THAT(refusal(key, sealed_for(key, {"ab", Side::source}, "c"), {"a", Side::source}), HasSubstr("it was sealed for ab"));
  EXPECT_THAT(refusal(key, sealed_for(key, {"a", Side::source}, "bc"), {"ab", Side::source}), HasSubstr("it was sealed for a on"));
}

TEST(SealedBox, EveryChangedOrMissingByteIsFound) {
  const PrivateKey key = make_key();
  const std::string sealed = sealed_for(key, alice, "sesame");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1 << i % 8);
    EXPECT_THAT(refusal(key, changed, alice), HasSubstr("damaged")) << i;
    EXPECT_THAT(refusal(key, std::string_view(sealed).substr(0, i), alice), HasSubstr("damaged")) << i;
  }
  EXPECT_THAT(refusal(key, sealed + "x", alice), HasSubstr("damaged"));
}

TEST(SealedBox, AnEmptyPasswordIsRefused) {
  const auto refused = seal(make_key().public_key(), {"bob\n", Side::target}, Secret());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().what, HasSubstr("bob\\x0a on the target is empty"));
}

TEST(SealedBox, KeysAreReadBackFromTheirDigits) {
  const PrivateKey key = make_key();
  const PrivateKey same = value_of(PrivateKey::of(key.hex().reveal()));
  EXPECT_EQ(same.public_key(), key.public_key());
  EXPECT_EQ(value_of(same.open(sealed_for(key, alice, "sesame"), alice)).reveal(), "sesame");
  EXPECT_EQ(value_of(PublicKey::of(key.public_key().bytes())), key.public_key());
  EXPECT_EQ(key.public_key().name(), to_hex(key.public_key().bytes()).substr(0, 16));
  EXPECT_NE(make_key().public_key(), key.public_key());
}

TEST(SealedBox, BadKeysAreRefused) {
  const std::string digits(make_key().hex().reveal());
  for (const std::string& bad : {std::string(), digits.substr(1), digits + "0", digits + "00", digits.substr(0, 62) + "g0",
                                 " " + digits.substr(1), digits.substr(0, 62)}) {
    const auto key = PrivateKey::of(bad);
    ASSERT_FALSE(key) << bad;
    EXPECT_EQ(key.error().kind, ErrorKind::storage);
    EXPECT_FALSE(bad.size() > 8 && key.error().what.contains(bad.substr(0, 8))) << "the key is told";
  }
  for (const std::size_t size : {0U, 31U, 33U}) {
    const auto key = PublicKey::of(std::string(size, 'x'));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, ErrorKind::storage);
  }
  // A point of small order: whoever seals with it seals for everybody.
  EXPECT_FALSE(seal(value_of(PublicKey::of(std::string(32, '\0'))), alice, Secret("sesame")));
}

}  // namespace
}  // namespace godwit::vault
