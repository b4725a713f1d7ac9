// SPDX-License-Identifier: Apache-2.0
// Outlook's files, read by the helper program godwit-pst.
#include <system_error>

#include "adapters/pst/pst_store.h"
#include "adapters/pst/pst_collections.h"
#include "app/system.h"

namespace godwit::app {
namespace {

// Beside this program, or where `cmake --install` puts it.
adapters::PstHelper find_helper() {
  std::error_code failed;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  auto beside = folder / "godwit-pst";
  if (std::filesystem::exists(beside, failed)) return {.program = std::move(beside)};
  return {.program = (folder / GODWIT_HELPERS_FROM_BIN / "godwit-pst").lexically_normal()};
}

}  // namespace

System make_pst_system() {
  System system = make_path_system(plan::System::pst, [](std::filesystem::path path) { return adapters::make_pst_source(std::move(path), find_helper()); });
  system.collection_source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::CollectionSource>> {
    GODWIT_TRY(auto path, path_of_url(options.url));
    return adapters::make_pst_collections(std::move(path), find_helper());
  };
  return system;
}

}  // namespace godwit::app
