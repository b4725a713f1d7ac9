// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/dot_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/error_code.h"
#include "base/fault.h"
#include "base/file_error.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;

constexpr int trials = 250;
constexpr std::chrono::milliseconds pause{20};
constexpr std::chrono::minutes oldest{5};

fs::path lock_of(const fs::path& file) { return fs::path(file) += ".lock"; }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

// Of "<pid>" or "<pid>:<host>". Procmail writes 0: nobody knows who that is.
bool is_of_dead_process(const fs::path& lock) {
  std::string text;
  std::getline(std::ifstream(lock) >> std::ws, text);
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (colon < text.size() && text.substr(colon + 1) != host_name()) return false;
  const auto pid = parse_number<std::uint32_t>(std::string_view(text).substr(0, colon));
  return pid && *pid != 0 && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH;
}

Result<bool> make(const fs::path& lock) {
  const int descriptor = ::open(lock.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0 && errno == EEXIST) return false;
  if (descriptor < 0) return file_error(lock, "cannot be made", errno);
  const std::string text = fmt::format("{}:{}", ::getpid(), host_name());
  const bool is_written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int failed = errno;
  ::close(descriptor);
  if (is_written) return true;
  ::unlink(lock.c_str());
  return file_error(lock, "cannot be written", failed);
}

bool may_make_files_beside(const fs::path& file) { return ::access(file.parent_path().c_str(), W_OK) == 0; }

}  // namespace

bool is_dot_locked(const fs::path& file) {
  std::error_code failed;
  const auto written = fs::last_write_time(lock_of(file), failed);
  if (failed || fs::file_time_type::clock::now() - written >= oldest) return false;
  return !is_of_dead_process(lock_of(file));
}

Result<MboxDotLock> MboxDotLock::take(const fs::path& file) {
  const fs::path lock = lock_of(file);
  if (!may_make_files_beside(file)) return MboxDotLock({});
  for (int trial = 0; trial < trials; ++trial) {
    std::error_code failed;
    if (fs::exists(fs::symlink_status(lock, failed)) && !is_dot_locked(file)) fs::remove(lock, failed);
    GODWIT_TRY(const bool is_ours, make(lock));
    if (is_ours) {
      fault::step("mbox.lock");
      return MboxDotLock(lock);
    }
    std::this_thread::sleep_for(pause);
  }
  return fail(codes::mailbox_in_use,
              printable(lock.native()) + ": another program has this lock; close it, or remove the file if no program writes to the mbox");
}

MboxDotLock::~MboxDotLock() {
  if (!place_.empty()) ::unlink(place_.c_str());
}

}  // namespace godwit::adapters
