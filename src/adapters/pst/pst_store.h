// SPDX-License-Identifier: Apache-2.0
// An account that lies in Outlook's files: one PST or OST file, or a folder with such files and with .msg files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/listed/mail_store.h"
#include "adapters/pst/helper_process.h"
#include "endpoint/session.h"

namespace godwit::adapters {

class PstLists;

[[nodiscard]] Task<Result<std::unique_ptr<MailStore>>> open_pst_store(std::filesystem::path path, PstHelper helper,
                                                                      std::shared_ptr<PstLists> lists);

[[nodiscard]] std::unique_ptr<endpoint::Source> make_pst_source(std::filesystem::path path, PstHelper helper);

}  // namespace godwit::adapters
