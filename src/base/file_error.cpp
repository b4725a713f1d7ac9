// SPDX-License-Identifier: Apache-2.0
#include "base/file_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace godwit {

std::unexpected<Error> file_error(const std::filesystem::path& file, std::string_view what, int code) {
  const std::string_view advice = code == ENOENT || code == ENOTDIR ? "; check the name"
                                  : code == EROFS || code == EACCES || code == EPERM
                                      ? "; check owner and mode, and whether the disk is mounted read-only"
                                  : code == ENOSPC || code == EDQUOT || code == EFBIG ? "; make room there, then try again"
                                                                                      : "";
  return fail(ErrorKind::storage, fmt::format("{}: {} ({}){}", printable(file.native()), what, std::strerror(code), advice));
}

}  // namespace godwit
