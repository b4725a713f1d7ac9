// SPDX-License-Identifier: Apache-2.0
#include "app/system.h"

namespace godwit::app {

System make_path_system(plan::System kind, OpenPathSource open_source, OpenPathTarget open_target) {
  System system{
      .kind = kind,
      .schemes = {plan::name_of(kind)},
      .source = [open_source](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto path, path_of_url(options.url));
        return open_source(std::move(path));
      },
      .target = {},
      .plan_source = [open_source](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Source>> {
        return open_source(login.path);
      },
      .plan_target = {},
  };
  if (open_target == nullptr) return system;
  system.target = [open_target](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Target>> {
    GODWIT_TRY(auto path, path_of_url(options.url));
    return open_target(std::move(path));
  };
  system.plan_target = [open_target](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Target>> {
    return open_target(login.path);
  };
  return system;
}

}  // namespace godwit::app
