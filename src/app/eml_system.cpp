// SPDX-License-Identifier: Apache-2.0
#include "adapters/eml/account.h"
#include "app/system.h"

namespace godwit::app {

System make_eml_system() {
  return {
      .kind = plan::System::eml,
      .schemes = {"eml"},
      .source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(const auto path, path_of_url(options.url));
        return adapters::make_eml_source(path);
      },
      .target = {},
      .plan_source = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Source>> {
        return adapters::make_eml_source(login.path);
      },
      .plan_target = {},
  };
}

}  // namespace godwit::app
