// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/account.h"
#include "app/system.h"

namespace godwit::app {

System make_maildir_system() {
  return {
      .kind = plan::System::maildir,
      .schemes = {"maildir"},
      .source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(const auto path, path_of_url(options.url));
        return adapters::make_maildir_source(path);
      },
      .target = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(const auto path, path_of_url(options.url));
        return adapters::make_maildir_target(path);
      },
      .plan_source = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Source>> {
        return adapters::make_maildir_source(login.path);
      },
      .plan_target = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Target>> {
        return adapters::make_maildir_target(login.path);
      },
  };
}

}  // namespace godwit::app
