// SPDX-License-Identifier: Apache-2.0
#include "cli/orders.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/client.h"
#include "api/owner_lock.h"
#include "api/uri.h"
#include "base/error_code.h"
#include "base/text.h"
#include "cli/account_text.h"
#include "cli/console.h"
#include "cli/long_run.h"
#include "cli/migration_console.h"
#include "cli/migration_json.h"
#include "cli/recorded_accounts.h"
#include "cli/run_here.h"
#include "cli/terminal.h"
#include "cli/waves.h"
#include "plan/plan_file.h"

namespace godwit::cli {
namespace {

using nlohmann::json;

Result<std::filesystem::path> socket_of(const OrderOptions& options) {
  GODWIT_TRY(const auto plan, plan::read_plan(options.plan.plan));
  return api::socket_of(plan.ledger);
}

void print_snapshot(const OrderOptions& options, const json& status) {
  if (options.plan.json) {
    print_json(status);
    return;
  }
  for (const std::string& line : screen_of(snapshot_of(status), terminal_width(), 20)) fmt::print("{}\n", line);
}

json to_json_line(const jobs::AccountSummary& summary) {
  json line{{"account", summary.name}, {"state", standing_on_record(summary)}};
  if (!summary.wave.empty()) line["wave"] = summary.wave;
  if (summary.history.empty()) return line;
  line["items"] = jobs::on_target(summary.counters);
  line["bytes"] = summary.bytes;
  line["not_moved"] = summary.counters.not_moved;
  if (summary.verdict) line["grade"] = report::name_of(summary.verdict->grade);
  if (summary.verdict) line["grade_reasons"] = summary.verdict->reasons;
  if (summary.error) line["error"] = to_json(*summary.error);
  if (summary.attempts > 0) line["attempts"] = summary.attempts;
  const auto seconds = [](auto time) { return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(); };
  line["began"] = seconds(summary.history.back().began);
  if (summary.history.back().ended) line["ended"] = seconds(*summary.history.back().ended);
  return line;
}

std::string text_of(const jobs::AccountSummary& summary) {
  std::string text = padded(printable(summary.name), 40) + " " + padded(std::string(standing_on_record(summary)), 12);
  if (summary.history.empty()) return text;
  text += fmt::format(" {:>10} items", grouped(jobs::on_target(summary.counters)));
  if (summary.counters.not_moved > 0) text += fmt::format(", {} not moved", grouped(summary.counters.not_moved));
  // Before its round has come to its end a grade says no more than that.
  const bool is_graded = summary.state == jobs::State::moved || summary.state == jobs::State::incomplete;
  if (summary.verdict && is_graded) text += fmt::format("  {}", report::name_of(summary.verdict->grade));
  if (summary.error) text += "  " + describe(*summary.error);
  return text;
}

// Of the accounts that were chosen, from the ledger.
Result<std::vector<jobs::AccountSummary>> read_record(const OrderOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto organisation, read_organisation(options.plan));
  GODWIT_TRY(const auto accounts, make_identified(organisation, wiring));
  if (std::filesystem::exists(organisation.plan.ledger)) {
    GODWIT_TRY(const auto ledger, wiring.ledger(organisation.plan.ledger));
    return run_here(recorded_accounts(*ledger, accounts));
  }
  std::vector<jobs::AccountSummary> all;
  for (const jobs::Job& job : accounts) {
    jobs::AccountSummary& summary = all.emplace_back();
    summary.name = job.name;
    summary.wave = job.wave;
  }
  return all;
}

Result<json> read_account(OrderOptions options, const Wiring& wiring) {
  options.plan.accounts = {options.account};
  GODWIT_TRY(const auto accounts, read_record(options, wiring));
  return to_json_line(accounts.front());
}

Result<> print_record(const OrderOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto accounts, read_record(options, wiring));
  std::map<std::string_view, std::size_t> counts;
  for (const jobs::AccountSummary& summary : accounts) {
    ++counts[standing_on_record(summary)];
    if (options.plan.json) {
      print_json(to_json_line(summary));
    } else {
      fmt::print("{}\n", text_of(summary));
    }
  }
  if (options.plan.json) return {};
  std::string text = fmt::format("Nobody is at work. {} accounts", grouped(accounts.size()));
  for (const auto& [name, count] : counts) text += fmt::format(" · {} {}", grouped(count), name);
  fmt::print("{}\n", text);
  return {};
}

// Until the owner ends, or a signal comes.
Task<Result<>> watch(const OrderOptions& options, const std::filesystem::path& socket, MigrationConsole& console, const bool& is_stopped) {
  GODWIT_CO_TRY(auto client, co_await api::Client::connect(socket));
  GODWIT_CO_TRY(auto stream, co_await client.open_stream("/v1/status/stream"));
  while (!is_stopped) {
    const auto line = co_await stream.next();
    if (!line && code_of(line.error()) == codes::stopped.number) {
      console.note("godwit migrate has ended; godwit status tells what is on record");
      break;
    }
    GODWIT_CO_CHECK(line);
    if (!*line) break;
    if (options.plan.json) {
      print_json(**line);
    } else {
      console.show(snapshot_of(**line));
    }
  }
  co_return Result<>{};
}

int run_watch(const OrderOptions& options, const std::filesystem::path& socket) {
  MigrationConsole console(style_for(options.plan.json));
  Result<> result;
  bool is_stopped = false;
  const auto run = [&]() -> Task<> { result = co_await watch(options, socket, console, is_stopped); };
  run_long(run(), [] {}, [&] { is_stopped = true; });
  return result ? 0 : Console(style_for(options.plan.json), {}).failure(result.error());
}

int print_failure(const OrderOptions& options, const Error& error) { return Console(style_for(options.plan.json), {}).failure(error); }

std::string path_of(const OrderOptions& options) {
  const std::string path = "/v1/accounts/" + api::percent_encode(options.account);
  return options.order == "show" ? path : path + "/" + options.order;
}

void print_account(const OrderOptions& options, const json& account) {
  if (options.plan.json) {
    print_json(account);
  } else {
    fmt::print("{}", account_text(account));
  }
}

}  // namespace

CLI::App& add_status_command(CLI::App& program, OrderOptions& options) {
  CLI::App& command = *program.add_subcommand("status", "How far a plan's migration is");
  add_plan_options(command, options.plan, true);
  command.add_flag("--watch", options.watch, "Go on showing it until the migration ends or Ctrl-C");
  command.footer("While godwit migrate runs it is asked; else the ledger tells what is on record of each account.\n\n"
                 "Examples:\n  godwit status --watch\n  godwit status --json");
  return command;
}

int run_status(const OrderOptions& options, const Wiring& wiring) {
  const auto socket = socket_of(options);
  if (!socket) return print_failure(options, socket.error());
  if (options.watch) return run_watch(options, *socket);
  // An owner that is just starting has the ledger already, and does not take calls yet.
  for (int attempts = 60;; --attempts) {
    const auto status = api::call_and_wait(*socket, "GET", options.plan.json ? "/v1/status" : "/v1/status?accounts=running");
    if (status) {
      print_snapshot(options, *status);
      return 0;
    }
    if (status.error().kind != ErrorKind::not_found) return print_failure(options, status.error());
    const auto printed = print_record(options, wiring);
    if (printed) return 0;
    if (attempts == 0 || code_of(printed.error()) != codes::ledger_in_use.number) return print_failure(options, printed.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

CLI::App& add_pause_command(CLI::App& program, OrderOptions& options) {
  CLI::App& command = *program.add_subcommand("pause", "Let a migration that runs wait");
  add_plan_options(command, options.plan, false);
  command.footer("Accounts at work end at the next message; a large message in flight is sent again later. godwit resume goes on.");
  options.order = "pause";
  return command;
}

CLI::App& add_resume_command(CLI::App& program, OrderOptions& options) {
  CLI::App& command = *program.add_subcommand("resume", "Let a paused migration go on");
  add_plan_options(command, options.plan, false);
  options.order = "resume";
  return command;
}

int run_order(const OrderOptions& options) {
  const auto socket = socket_of(options);
  if (!socket) return print_failure(options, socket.error());
  const auto status = api::call_and_wait(*socket, "POST", "/v1/" + options.order);
  if (!status) return print_failure(options, status.error());
  print_snapshot(options, *status);
  return 0;
}

CLI::App& add_sign_off_command(CLI::App& program, OrderOptions& options) {
  CLI::App& command = *program.add_subcommand("sign-off", "Say that a pilot wave has gone well: the other waves may begin");
  add_plan_options(command, options.plan, false);
  command.add_option("wave", options.wave, "The pilot's name")->required();
  return command;
}

int run_sign_off(const OrderOptions& options, const Wiring& wiring) {
  const auto socket = socket_of(options);
  if (!socket) return print_failure(options, socket.error());
  const auto status = api::call_and_wait(*socket, "POST", "/v1/waves/" + api::percent_encode(options.wave) + "/sign-off");
  if (status) {
    print_snapshot(options, *status);
    return 0;
  }
  if (status.error().kind != ErrorKind::not_found) return print_failure(options, status.error());
  const auto done = sign_off(options.plan.plan, options.wave, wiring);
  return done ? 0 : print_failure(options, done.error());
}

CLI::App& add_account_command(CLI::App& program, OrderOptions& options, const std::function<void()>& run) {
  CLI::App& command = *program.add_subcommand("account", "Look at single accounts of a plan, or give orders about them");
  command.require_subcommand(1);
  const auto add = [&](const std::string& order, const std::string& text, bool is_of_one) {
    CLI::App& each = *command.add_subcommand(order, text);
    add_plan_options(each, options.plan, false);
    if (is_of_one) each.add_option("name", options.account, "The account's name, as godwit account list shows it")->required();
    each.final_callback([&options, order, run] {
      options.order = order;
      run();
    });
  };
  add("list", "All accounts, with what is on record of them", false);
  add("show", "How far one account is, or what is on record of it", true);
  add("hold", "Let it wait until it is released", true);
  add("release", "Let it go on", true);
  add("cancel", "Give it up in this run", true);
  add("retry", "Let it take its turn again, at once", true);
  return command;
}

int run_account(const OrderOptions& options, const Wiring& wiring) {
  if (options.order == "list") return run_status(options, wiring);
  const auto socket = socket_of(options);
  if (!socket) return print_failure(options, socket.error());
  auto account = api::call_and_wait(*socket, options.order == "show" ? "GET" : "POST", path_of(options));
  // Nobody is at work, or not on this account.
  if (!account && account.error().kind == ErrorKind::not_found && options.order == "show") {
    auto recorded = read_account(options, wiring);
    if (recorded || code_of(recorded.error()) != codes::ledger_in_use.number) account = std::move(recorded);
  }
  if (!account) return print_failure(options, account.error());
  print_account(options, *account);
  return 0;
}

}  // namespace godwit::cli
