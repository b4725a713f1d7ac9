// SPDX-License-Identifier: Apache-2.0
#include "cli/long_run.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>

#include "base/error.h"

namespace godwit::cli {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds progress_interval{200};

// `ended` besides the cancelation: a timer or signal that has fired already is not canceled any more.
Task<> show_progress(const std::function<void()>& show, asio::steady_timer& timer, const bool& ended) {
  boost::system::error_code canceled;
  while (!canceled && !ended) {
    show();
    timer.expires_after(progress_interval);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
  }
}

// The first signal stops at the next message; the second ends the process: the ledger bears it.
Task<> watch_signals(asio::signal_set& signals, const std::function<void()>& stop, const bool& ended) {
  for (int count = 0;; ++count) {
    boost::system::error_code canceled;
    co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
    if (canceled || ended) co_return;
    if (count > 0) std::_Exit(godwit::exit_status_of(ErrorKind::canceled));
    stop();
  }
}

}  // namespace

void run_long(Task<> task, const std::function<void()>& show, const std::function<void()>& stop) {
  asio::io_context context(1);
  asio::steady_timer timer(context);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  bool ended = false;
  std::exception_ptr thrown;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception) {
    ended = true;
    thrown = exception;
    timer.cancel();
    signals.cancel();
  });
  asio::co_spawn(context, show_progress(show, timer, ended), asio::detached);
  asio::co_spawn(context, watch_signals(signals, stop, ended), asio::detached);
  context.run();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace godwit::cli
