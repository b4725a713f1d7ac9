// SPDX-License-Identifier: Apache-2.0
#include "adapters/eml/account.h"
#include "app/system.h"

namespace godwit::app {

System make_eml_system() { return make_path_system(plan::System::eml, adapters::make_eml_source); }

}  // namespace godwit::app
