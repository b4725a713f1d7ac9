// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/account.h"
#include "app/system.h"

namespace godwit::app {

System make_ics_system() {
  System system;
  system.kind = plan::System::ics;
  system.schemes = {"ics"};
  system.collection_source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::CollectionSource>> {
    GODWIT_TRY(auto path, path_of_url(options.url));
    return adapters::make_ics_source(std::move(path));
  };
  system.collection_target = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::CollectionTarget>> {
    GODWIT_TRY(auto path, path_of_url(options.url));
    return adapters::make_ics_target(std::move(path));
  };
  return system;
}

}  // namespace godwit::app
