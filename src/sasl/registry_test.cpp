// SPDX-License-Identifier: Apache-2.0
#include "sasl/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "sasl/master_password.h"

namespace godwit::sasl {
namespace {

using testing::StartsWith;

std::string first_of(const char* name, Channel channel) {
  const KnownMechanism* const known = find_mechanism(name);
  EXPECT_NE(known, nullptr) << name;
  const auto said = known->make({.authentication = "alice", .secret = Secret("pw")}, std::move(channel))->respond({});
  return said ? std::string(said->reveal()) : describe(said.error());
}

TEST(SaslRegistry, EveryMechanismIsCalledAsItSays) {
  const ChannelBinding binding{"tls-exporter", "data"};
  for (const KnownMechanism& known : known_mechanisms()) {
    const auto made = known.make({.authentication = "alice", .secret = Secret("pw")}, {.binding = binding});
    EXPECT_EQ(made->name(), known.name);
    EXPECT_EQ(find_mechanism(to_lower(known.name)), &known);
    EXPECT_EQ(known.binds, known.name.ends_with("-PLUS"));
    // What is said to be for others can say so.
    auto for_other = known.make({.authorization = "bob", .authentication = "alice", .secret = Secret("pw")}, {.binding = binding});
    EXPECT_EQ(for_other->respond({}).has_value(), known.is_for_others) << known.name;
  }
  EXPECT_EQ(find_mechanism("SCRAM-SHA-512"), nullptr);
  EXPECT_EQ(find_mechanism(""), nullptr);
}

// RFC 5802 §6.
TEST(SaslRegistry, WhetherTheClientCouldBindIsSaid) {
  const ChannelBinding binding{"tls-unique", "data"};
  for (const char* const name : {"SCRAM-SHA-256", "SCRAM-SHA-1"}) {
    EXPECT_THAT(first_of(name, {}), StartsWith("n,,n=alice,r="));
    EXPECT_THAT(first_of(name, {.binding = binding}), StartsWith("y,,n=alice,r=")) << "the server announces none";
    EXPECT_THAT(first_of(name, {.binding = binding, .offers_plus = true}), StartsWith("n,,")) << "it was left out by us";
    EXPECT_THAT(first_of(name, {.offers_plus = true}), StartsWith("n,,"));
  }
  EXPECT_THAT(first_of("SCRAM-SHA-256-PLUS", {.binding = binding, .offers_plus = true}), StartsWith("p=tls-unique,,n=alice,r="));
}

// printf '%s' '<1.2@mail.example.com>master' | md5sum
TEST(SaslRegistry, AMasterPasswordAnswersAChallenge) {
  EXPECT_EQ(master_password_answer("<1.2@mail.example.com>", Secret("master"))->reveal(), "123d3cf713c6f46a1a10c23b1bed144b");
  EXPECT_EQ(master_password_answer("", Secret(""))->reveal(), "d41d8cd98f00b204e9800998ecf8427e");
}

}  // namespace
}  // namespace godwit::sasl
