// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/dot_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/error_code.h"
#include "base/file_error.h"
#include "base/text.h"
#include "files/descriptor.h"
#include "files/lock_file.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds pause{20};
constexpr std::chrono::minutes oldest{5};

fs::path lock_of(const fs::path& file) { return fs::path(file) += ".lock"; }

bool is_of_dead_process(const fs::path& lock) {
  std::string text;
  std::getline(std::ifstream(lock) >> std::ws, text);
  return files::is_of_dead_process(text);
}

Result<bool> make(const fs::path& lock) {
  const files::Descriptor folder(::open(lock.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return file_error(lock, "cannot be made", errno);
  return files::make_lock_file(folder.get(), lock);
}

bool may_make_files_beside(const fs::path& file) { return ::access(file.parent_path().c_str(), W_OK) == 0; }

}  // namespace

bool is_dot_locked(const fs::path& file) {
  std::error_code failed;
  const auto written = fs::last_write_time(lock_of(file), failed);
  if (failed || fs::file_time_type::clock::now() - written >= oldest) return false;
  return !is_of_dead_process(lock_of(file));
}

Result<MboxDotLock> MboxDotLock::take(const fs::path& file, std::chrono::milliseconds patience) {
  const fs::path lock = lock_of(file);
  if (!may_make_files_beside(file)) return MboxDotLock({});
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    std::error_code failed;
    if (fs::exists(fs::symlink_status(lock, failed)) && !is_dot_locked(file)) fs::remove(lock, failed);
    GODWIT_TRY(const bool is_ours, make(lock));
    if (is_ours) return MboxDotLock(lock);
    std::this_thread::sleep_for(pause);
  }
  return fail(codes::mailbox_in_use,
              printable(lock.native()) + ": another program has this lock; close it, or remove the file if no program writes to the mbox");
}

MboxDotLock::~MboxDotLock() {
  if (!place_.empty()) ::unlink(place_.c_str());
}

}  // namespace godwit::adapters
