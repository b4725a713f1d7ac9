// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/dot_lock.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <ctime>
#include <mutex>

#include "base/text.h"
#include "files/lock_file.h"

namespace godwit::adapters {
namespace {

using namespace std::chrono_literals;

constexpr std::time_t stale_after = 120;  // seconds
constexpr auto longest_wait = 60s;
constexpr auto pause = 20ms;

bool is_left_behind(const files::Directory& folder, const std::string& name) {
  const auto status = folder.status(name);
  if (!status) return false;
  if (std::time(nullptr) - status->st_mtim.tv_sec > stale_after) return true;
  const auto text = folder.read_file(name, 1024);
  return text && files::is_of_dead_process(*text);
}

// False: somebody has it. One thread at a time: else a second would break the lock that the first has just made.
Result<bool> try_to_lock(const files::Directory& folder, const std::string& name) {
  static std::mutex mutex;
  const std::lock_guard guard(mutex);
  if (is_left_behind(folder, name)) GODWIT_CHECK(folder.remove_file(name));
  return files::make_lock_file(folder.descriptor(), folder.path() / name);
}

}  // namespace

Task<Result<DotLock>> DotLock::acquire(const files::Directory& folder, std::string name) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  while (true) {
    GODWIT_CO_TRY(const bool is_ours, try_to_lock(folder, name));
    if (is_ours) co_return DotLock(folder, std::move(name));
    if (std::chrono::steady_clock::now() > end) {
      co_return fail(ErrorKind::unavailable,
                     fmt::format("{}: another process has this lock; if none writes to the Maildir, remove the file",
                                 printable((folder.path() / name).native())));
    }
    timer.expires_after(pause);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

DotLock::~DotLock() {
  if (folder_ != nullptr) static_cast<void>(folder_->remove_file(name_));
}

}  // namespace godwit::adapters
