// SPDX-License-Identifier: Apache-2.0
#include "adapters/mh/account.h"
#include "app/system.h"

namespace godwit::app {

System make_mh_system() { return make_path_system(plan::System::mh, adapters::make_mh_source); }

}  // namespace godwit::app
