// SPDX-License-Identifier: Apache-2.0
#include "files/nameless_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace godwit::files {

std::filesystem::path temporary_place() {
  std::error_code failed;
  const auto folder = std::filesystem::temp_directory_path(failed);
  return failed ? "/tmp" : folder;
}

Descriptor make_nameless_file() {
  const auto folder = temporary_place();
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return Descriptor(file);
  std::string name = (folder / "godwit-XXXXXX").string();  // file systems without O_TMPFILE
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return Descriptor(named);
}

}  // namespace godwit::files
