// SPDX-License-Identifier: Apache-2.0
#include "adapters/mh/account.h"
#include "app/system.h"

namespace godwit::app {

System make_mh_system() {
  return {
      .kind = plan::System::mh,
      .schemes = {"mh"},
      .source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(const auto path, path_of_url(options.url));
        return adapters::make_mh_source(path);
      },
      .target = {},
      .plan_source = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Source>> {
        return adapters::make_mh_source(login.path);
      },
      .plan_target = {},
  };
}

}  // namespace godwit::app
