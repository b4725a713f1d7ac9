// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "base/text.h"

namespace godwit {
namespace {

const std::string two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const std::string digest_of_two_blocks = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

// The examples of FIPS 180-2, appendix B, and the digest of nothing.
TEST(Sha256, KnownVectors) {
  EXPECT_EQ(to_hex(sha256("").view()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc").view()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(two_blocks).view()), digest_of_two_blocks);
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a')).view()),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsMakeTheSameDigestHoweverTheyAreCut) {
  Sha256 hasher;
  for (std::size_t cut = 0; cut <= two_blocks.size(); ++cut) {
    hasher.update(std::string_view(two_blocks).substr(0, cut));
    hasher.update(std::string_view(two_blocks).substr(cut));
    EXPECT_EQ(to_hex(hasher.finish().view()), digest_of_two_blocks) << cut;
  }
  EXPECT_EQ(hasher.finish(), sha256(""));
}

TEST(Sha256, ServesSeveralThreads) {
  Digest other;
  std::thread([&] { other = sha256(two_blocks); }).join();
  EXPECT_EQ(other, sha256(two_blocks));
  EXPECT_LT(Digest{}, other);
}

}  // namespace
}  // namespace godwit
