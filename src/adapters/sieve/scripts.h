// SPDX-License-Identifier: Apache-2.0
// What the two forms of an account's scripts share, server and folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "endpoint/collections.h"

namespace godwit::adapters {

[[nodiscard]] endpoint::Collection filters_collection(bool is_writable);
// Error not_found: it is another one.
[[nodiscard]] Result<> check_filters(const endpoint::Collection& collection);

[[nodiscard]] std::string version_of(std::string_view text);

// Since a state that `changes.state` was before: nothing, where the scripts are the same.
[[nodiscard]] endpoint::ResourceChanges changes_since(std::vector<endpoint::Resource> scripts, const std::string& since);

// Cyrus 3.6 lists names in its own form (RFC 2047) and escapes nothing: there only what is the same in each form can be found again.
enum class ScriptNames : std::uint8_t { unicode, ascii };

// A name that the server takes (RFC 5804 section 1.6), the same for the same name. What Cyrus lists as "=?UTF-8?Q?Urlaub_=C3=A4?=" is
// "Urlaub ä".
[[nodiscard]] std::string script_name_of(std::string_view name, ScriptNames form = ScriptNames::unicode);

}  // namespace godwit::adapters
