// SPDX-License-Identifier: Apache-2.0
#include "report/signing_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "report/test_manifest.h"

namespace godwit::report {
namespace {

using test::contents_of;
using test::ScratchDirectory;
using test::text_of;
using test::write_file;
using testing::HasSubstr;

mode_t mode_of(const std::filesystem::path& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

bool run_openssl(const std::string& arguments) {
  return std::system(("openssl " + arguments + " >/dev/null 2>&1").c_str()) == 0;
}

// RFC 8032, section 7.1, test 3: seed, public key, and signature of the message af82.
TEST(SigningKey, SignsAsRfc8032Does) {
  const ScratchDirectory scratch;
  std::string seed = from_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7").value();
  const std::string der = from_hex("302e020100300506032b657004220420").value() + seed;
  write_file(scratch / "key", "-----BEGIN PRIVATE KEY-----\n" + to_base64(der) + "\n-----END PRIVATE KEY-----\n");
  std::filesystem::permissions(scratch / "key", std::filesystem::perms::owner_read);
  const auto key = SigningKey::load(scratch / "key");
  ASSERT_TRUE(key) << text_of(key.error());
  EXPECT_EQ(key->public_key().hex(), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const Signature signature = key->sign("\xaf\x82");
  EXPECT_EQ(to_hex({reinterpret_cast<const char*>(signature.data()), signature.size()}),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(SigningKey, IsMadeWithBothFilesAndLoadedAgain) {
  const ScratchDirectory scratch;
  const auto made = SigningKey::make(scratch / "key");
  ASSERT_TRUE(made) << text_of(made.error());
  EXPECT_EQ(mode_of(scratch / "key"), 0600U);
  EXPECT_THAT(contents_of(scratch / "key"), testing::StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const auto loaded = SigningKey::load(scratch / "key");
  ASSERT_TRUE(loaded) << text_of(loaded.error());
  const auto half = PublicKey::load(public_key_file(scratch / "key"));
  ASSERT_TRUE(half) << text_of(half.error());
  EXPECT_EQ(*half, made->public_key());
  const Signature signature = loaded->sign("text");
  EXPECT_TRUE(half->verifies("text", signature));
  EXPECT_FALSE(half->verifies("texT", signature));
  EXPECT_FALSE(half->verifies("", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Signature changed = signature;
    changed[i] = static_cast<unsigned char>(changed[i] ^ 1U << i % 8);
    EXPECT_FALSE(half->verifies("text", changed)) << i;
  }
  const auto other = SigningKey::make(scratch / "other");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->public_key().verifies("text", signature));
}

TEST(SigningKey, IsNeverReplaced) {
  const ScratchDirectory scratch;
  ASSERT_TRUE(SigningKey::make(scratch / "key"));
  const std::string before = contents_of(scratch / "key"), half = contents_of(scratch / "key.pub");
  const auto again = SigningKey::make(scratch / "key");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::exists);
  EXPECT_EQ(contents_of(scratch / "key"), before);
  EXPECT_EQ(contents_of(scratch / "key.pub"), half);
  EXPECT_FALSE(std::filesystem::exists(scratch / "key.new"));
}

TEST(SigningKey, IsMadeOnceByLoadOrMake) {
  const ScratchDirectory scratch;
  const auto first = SigningKey::load_or_make(scratch / "key");
  ASSERT_TRUE(first) << text_of(first.error());
  std::filesystem::remove(scratch / "key.pub");  // as after a kill between the two files
  const auto second = SigningKey::load_or_make(scratch / "key");
  ASSERT_TRUE(second) << text_of(second.error());
  EXPECT_EQ(first->public_key(), second->public_key());
  EXPECT_EQ(PublicKey::load(scratch / "key.pub").value(), first->public_key());
  std::filesystem::permissions(scratch / "key", std::filesystem::perms(0644));
  EXPECT_FALSE(SigningKey::load_or_make(scratch / "key"));
}

TEST(SigningKey, ReadsWhatOpensslMakesAndTheOtherWayRound) {
  const ScratchDirectory scratch;
  const std::string key = scratch / "key", ours = scratch / "ours";
  const std::string message = scratch / "message", signature = scratch / "signature";
  ASSERT_TRUE(run_openssl("genpkey -algorithm ed25519 -out " + key)) << "the openssl command is needed";
  std::filesystem::permissions(key, std::filesystem::perms(0600));
  write_file(message, "a message");
  const auto loaded = SigningKey::load(key);
  ASSERT_TRUE(loaded) << text_of(loaded.error());
  const Signature made = loaded->sign("a message");
  write_file(signature, {reinterpret_cast<const char*>(made.data()), made.size()});
  EXPECT_TRUE(run_openssl("pkeyutl -verify -rawin -inkey " + key + " -in " + message + " -sigfile " + signature));
  ASSERT_TRUE(SigningKey::make(ours));
  EXPECT_TRUE(run_openssl("pkey -in " + ours + " -noout"));
  EXPECT_TRUE(run_openssl("pkey -pubin -in " + ours + ".pub -noout"));
}

TEST(SigningKey, ThatOthersCanUseIsRefused) {
  const ScratchDirectory scratch;
  ASSERT_TRUE(SigningKey::make(scratch / "key"));
  for (const unsigned mode : {0601U, 0602U, 0604U, 0610U, 0620U, 0640U, 0644U, 0666U}) {
    std::filesystem::permissions(scratch / "key", std::filesystem::perms(mode));
    const auto key = SigningKey::load(scratch / "key");
    ASSERT_FALSE(key) << mode;
    EXPECT_EQ(key.error().kind, ErrorKind::usage);
    EXPECT_THAT(key.error().what, HasSubstr("chmod 600"));
  }
  for (const unsigned mode : {0400U, 0600U, 0700U}) {
    std::filesystem::permissions(scratch / "key", std::filesystem::perms(mode));
    EXPECT_TRUE(SigningKey::load(scratch / "key")) << mode;
  }
}

TEST(SigningKey, OfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const ScratchDirectory scratch;
  ASSERT_TRUE(SigningKey::make(scratch / "key"));
  ASSERT_EQ(::chown((scratch / "key").c_str(), 12345, 12345), 0);
  const auto key = SigningKey::load(scratch / "key");
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error().what, HasSubstr("belongs to user 12345"));
}

TEST(SigningKey, RefusalsSayWhatToDo) {
  const ScratchDirectory scratch;
  const auto refusal = [&](const std::string& name) {
    const auto key = SigningKey::load(scratch / name);
    return key ? std::string("accepted") : text_of(key.error());
  };
  ASSERT_TRUE(run_openssl("genpkey -algorithm ed25519 -aes256 -pass pass:x -out " + std::string(scratch / "encrypted")));
  ASSERT_TRUE(run_openssl("genpkey -algorithm x25519 -out " + std::string(scratch / "x25519")));
  ASSERT_TRUE(SigningKey::make(scratch / "good"));
  write_file(scratch / "empty", "");
  write_file(scratch / "text", "no key\n");
  write_file(scratch / "damaged", contents_of(scratch / "good").substr(0, 60));
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    std::filesystem::permissions(entry.path(), std::filesystem::perms(0600));
  }
  ASSERT_EQ(::mkfifo((scratch / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(refusal("encrypted"), HasSubstr("without a passphrase"));
  EXPECT_THAT(refusal("x25519"), HasSubstr("genpkey -algorithm ed25519"));
  EXPECT_THAT(refusal("good.pub"), HasSubstr("no private key"));
  EXPECT_THAT(refusal("empty"), HasSubstr("no private key"));
  EXPECT_THAT(refusal("text"), HasSubstr("no private key"));
  EXPECT_THAT(refusal("damaged"), HasSubstr("no private key"));
  EXPECT_THAT(refusal("fifo"), HasSubstr("not a file"));
  EXPECT_THAT(refusal("missing"), HasSubstr("check the name"));
  const auto half = PublicKey::load(scratch / "good");
  ASSERT_FALSE(half);
  EXPECT_THAT(half.error().what, HasSubstr(".pub"));
  EXPECT_FALSE(PublicKey::load(scratch / "text"));
}

}  // namespace
}  // namespace godwit::report
