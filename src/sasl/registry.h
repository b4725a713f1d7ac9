// SPDX-License-Identifier: Apache-2.0
// The mechanisms by their names (IANA's registry of SASL mechanisms), and what each of them needs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "sasl/mechanism.h"

namespace godwit::sasl {

enum class Needs { password, token, certificate };

// What the line can be tied with.
struct Channel {
  std::optional<ChannelBinding> binding{};
  bool offers_plus = false;  // the server announces a mechanism that would tie the login to it
};

struct KnownMechanism {
  std::string_view name;  // as in AUTH=
  Needs needs = Needs::password;
  bool is_for_others = false;  // it can say a login for somebody else
  bool binds = false;          // it needs a channel binding
  std::unique_ptr<Mechanism> (*make)(Credentials, Channel) = nullptr;
};

[[nodiscard]] std::span<const KnownMechanism> known_mechanisms();

// Case does not count. Nothing where godwit does not know it.
[[nodiscard]] const KnownMechanism* find_mechanism(std::string_view name);

}  // namespace godwit::sasl
