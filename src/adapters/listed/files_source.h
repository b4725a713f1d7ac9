// SPDX-License-Identifier: Apache-2.0
// A source that is a folder of files, or an archive of one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "adapters/listed/mail_store.h"
#include "endpoint/session.h"
#include "files/archive.h"

namespace godwit::adapters {

using OpenFiles = std::function<Result<std::unique_ptr<MailStore>>(const files::SourceTree&)>;

// An archive is unpacked when it is first connected to, once for all sessions. `scheme`: of its identity, "maildir".
[[nodiscard]] std::unique_ptr<endpoint::Source> make_files_source(const std::string& scheme, std::string server, std::filesystem::path path,
                                                                  OpenFiles open_files);

}  // namespace godwit::adapters
