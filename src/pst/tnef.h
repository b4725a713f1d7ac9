// SPDX-License-Identifier: Apache-2.0
// winmail.dat: what Outlook packs for other Outlooks ([MS-OXTNEF]). It is moved as it is; this only tells what is in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace godwit::pst {

[[nodiscard]] bool is_tnef(std::string_view file_name, std::string_view media_type);

// The names of the files in it, in UTF-8; empty where a file has none. What is cut off or damaged ends the list.
[[nodiscard]] std::vector<std::string> names_in_tnef(std::string_view bytes);

}  // namespace godwit::pst
