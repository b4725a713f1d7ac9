// SPDX-License-Identifier: Apache-2.0
#include "files/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "base/fault.h"
#include "base/text.h"
#include "files/descriptor.h"
#include "files/directory.h"

namespace godwit::files {
namespace {

// Where the file system has no nameless files (NFS), whoever looks at once may find it empty.
Result<bool> make_with_its_name(int folder, const std::filesystem::path& file, const std::string& text) {
  const Descriptor lock(::openat(folder, file.filename().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock && errno == EEXIST) return false;
  if (!lock) return write_error(file, "the lock cannot be made", errno);
  const auto written = write_all(lock.get(), text, file);
  if (written) return true;
  ::unlinkat(folder, file.filename().c_str(), 0);
  return std::unexpected(written.error());
}

}  // namespace

const std::string& host_name() {
  static const std::string name = [] {
    std::array<char, 256> text{};
    return ::gethostname(text.data(), text.size() - 1) == 0 && text[0] != 0 ? std::string(text.data()) : std::string("localhost");
  }();
  return name;
}

Result<bool> make_lock_file(int folder, const std::filesystem::path& file) {
  const std::string text = fmt::format("{}:{}", ::getpid(), host_name());
  const Descriptor lock(::openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
  if (!lock) return make_with_its_name(folder, file, text);
  GODWIT_CHECK(write_all(lock.get(), text, file));
  const std::string nameless = fmt::format("/proc/self/fd/{}", lock.get());
  if (::linkat(AT_FDCWD, nameless.c_str(), folder, file.filename().c_str(), AT_SYMLINK_FOLLOW) == 0) {
    fault::step("lock made");
    return true;
  }
  if (errno == EEXIST) return false;
  return make_with_its_name(folder, file, text);
}

bool is_of_dead_process(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (colon < text.size() && text.substr(colon + 1) != host_name()) return false;
  const auto pid = parse_number<std::uint32_t>(text.substr(0, colon));
  return pid && *pid != 0 && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH;
}

}  // namespace godwit::files
