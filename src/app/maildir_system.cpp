// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/account.h"
#include "app/system.h"

namespace godwit::app {

System make_maildir_system() { return make_path_system(plan::System::maildir, adapters::make_maildir_source, adapters::make_maildir_target); }

}  // namespace godwit::app
