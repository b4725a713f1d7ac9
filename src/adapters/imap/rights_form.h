// SPDX-License-Identifier: Apache-2.0
// Letters and identifiers of RFC 4314, and of RFC 2086 before it, and what they mean; pure functions.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "endpoint/extras.h"
#include "imap/rights.h"
#include "imap/types.h"

namespace godwit::adapters {

// How one server writes rights.
struct RightsForm {
  bool is_old = false;        // RFC 2086: c and d in place of k, x, t and e
  bool has_annotate = false;  // "n", RFC 5257
  enum class Names : std::uint8_t { plain, dovecot, cyrus, courier } names = Names::plain;
};
// `software`: as it calls itself. Without RIGHTS= a server is taken for an old one.
[[nodiscard]] RightsForm rights_form(const imap::Capabilities& capabilities, std::string_view software);

// RFC 4314 §2.1.1: where there are the new letters, c and d repeat what they say. Of an old server c is to make folders, d to mark
// messages as deleted and to expunge; nothing there says that folders may be removed. What has no meaning goes to `unknown`.
[[nodiscard]] endpoint::Rights rights_of(std::string_view letters, const RightsForm& form, std::set<std::string>& unknown);
// What the form cannot say is left out.
[[nodiscard]] std::string letters_of(endpoint::Rights rights, const RightsForm& form);

// "-bob": what is denied to bob. Nothing where the server alone knows who is meant ("#global").
[[nodiscard]] std::optional<endpoint::Grantee> grantee_of(std::string_view identifier, const RightsForm& form);
[[nodiscard]] std::string identifier_of(const endpoint::Grantee& grantee, const RightsForm& form);

// `grantable`: the answer to LISTRIGHTS, where there was one.
[[nodiscard]] endpoint::AccessModel access_model(const RightsForm& form, const std::optional<imap::ListRightsData>& grantable);

}  // namespace godwit::adapters
