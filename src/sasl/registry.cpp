// SPDX-License-Identifier: Apache-2.0
#include "sasl/registry.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::sasl {
namespace {

template <std::unique_ptr<Mechanism> (*make)(Credentials)>
std::unique_ptr<Mechanism> unbound(Credentials credentials, Channel) {
  return make(std::move(credentials));
}

// RFC 5802 §6: whoever could bind, and sees no -PLUS in the server's list, says so.
template <ScramHash hash>
std::unique_ptr<Mechanism> scram(Credentials credentials, Channel channel) {
  return make_scram(std::move(credentials), {.hash = hash, .could_bind = channel.binding.has_value() && !channel.offers_plus});
}

template <ScramHash hash>
std::unique_ptr<Mechanism> scram_plus(Credentials credentials, Channel channel) {
  return make_scram(std::move(credentials), {.hash = hash, .binding = std::move(channel.binding)});
}

constexpr std::array mechanisms{
    KnownMechanism{"PLAIN", Needs::password, true, false, unbound<make_plain>},
    KnownMechanism{"LOGIN", Needs::password, false, false, unbound<make_login>},
    KnownMechanism{"SCRAM-SHA-256-PLUS", Needs::password, true, true, scram_plus<ScramHash::sha256>},
    KnownMechanism{"SCRAM-SHA-256", Needs::password, true, false, scram<ScramHash::sha256>},
    KnownMechanism{"SCRAM-SHA-1-PLUS", Needs::password, true, true, scram_plus<ScramHash::sha1>},
    KnownMechanism{"SCRAM-SHA-1", Needs::password, true, false, scram<ScramHash::sha1>},
    KnownMechanism{"CRAM-MD5", Needs::password, false, false, unbound<make_cram_md5>},
    KnownMechanism{"OAUTHBEARER", Needs::token, true, false, unbound<make_oauthbearer>},
    KnownMechanism{"XOAUTH2", Needs::token, true, false, unbound<make_xoauth2>},
    KnownMechanism{"EXTERNAL", Needs::certificate, true, false, unbound<make_external>},
};

}  // namespace

std::span<const KnownMechanism> known_mechanisms() { return mechanisms; }

const KnownMechanism* find_mechanism(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(mechanisms, [&](const KnownMechanism& known) { return equals_ignoring_case(known.name, name); });
  return found == mechanisms.end() ? nullptr : found;
}

}  // namespace godwit::sasl
