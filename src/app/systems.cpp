// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::app {
Systems::Systems() {
  all_ = {make_imap_system(), make_pop3_system(), make_maildir_system(), make_mh_system(), make_eml_system(), make_mbox_system(),
          make_pst_system(), make_dav_system(), make_sieve_system(), make_ics_system()};
}

std::string Systems::schemes() const {
  std::string all;
  for (const System& system : all_) {
    for (const std::string_view scheme : system.schemes) {
      all += fmt::format("{}{}:{}", all.empty() ? "" : ", ", scheme, plan::has_server(system.kind) ? "//" : "");
    }
  }
  return all;
}

Result<const System*> Systems::of_url(std::string_view url) const {
  const std::string_view scheme = url.substr(0, url.find(':'));
  for (const System& system : all_) {
    const bool is_it = std::ranges::any_of(system.schemes, [&](std::string_view own) {
      return own.size() == scheme.size() && starts_with_ignoring_case(scheme, own);
    });
    if (is_it) return &system;
  }
  return fail(codes::account_url, fmt::format("{} is not an account: it begins with none of {}", printable(url), schemes()));
}

Result<const System*> Systems::of(plan::System kind) const {
  const auto found = std::ranges::find(all_, kind, &System::kind);
  if (found == all_.end()) return fail(ErrorKind::usage, fmt::format("nothing is moved from or to type = \"{}\" yet", plan::name_of(kind)));
  return &*found;
}

Result<std::filesystem::path> path_of_url(std::string_view url) {
  std::string_view path = url.substr(std::min(url.find(':'), url.size() - 1) + 1);
  if (path.starts_with("///")) path.remove_prefix(2);
  if (path.empty()) return fail(codes::account_url, fmt::format("{} is not an account: write the path behind it", printable(url)));
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(path, failed);
  if (failed) return fail(codes::account_url, fmt::format("{}: {}", printable(url), failed.message()));
  const auto normal = absolute.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();  // without a slash at its end
}

}  // namespace godwit::app
