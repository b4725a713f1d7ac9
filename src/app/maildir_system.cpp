// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "adapters/maildir/account.h"
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::app {
namespace {

using adapters::MaildirLayout;

// "/backup/alice?layout=fs"; what is in front of it stays in `path`.
Result<MaildirLayout> take_layout(std::string& path) {
  constexpr std::string_view key = "?layout=";
  const std::size_t at = path.rfind(key);
  if (at == std::string::npos) return MaildirLayout::automatic;
  const std::string name = path.substr(at + key.size());
  path.resize(at);
  if (name == "auto") return MaildirLayout::automatic;
  if (name == "maildir++") return MaildirLayout::plus_plus;
  if (name == "fs") return MaildirLayout::fs;
  return fail(codes::account_url, fmt::format("layout={} is not understood; write auto, maildir++ or fs", printable(name)));
}

}  // namespace

System make_maildir_system() {
  System system = make_path_system(plan::System::maildir, nullptr, adapters::make_maildir_target);
  system.source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Source>> {
    std::string url = options.url;
    GODWIT_TRY(const MaildirLayout layout, take_layout(url));
    GODWIT_TRY(auto path, path_of_url(url));
    return adapters::make_maildir_source(std::move(path), layout);
  };
  system.plan_source = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Source>> {
    std::string path = login.path;
    GODWIT_TRY(const MaildirLayout layout, take_layout(path));
    return adapters::make_maildir_source(path, layout);
  };
  return system;
}

}  // namespace godwit::app
