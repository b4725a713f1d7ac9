// SPDX-License-Identifier: Apache-2.0
#include "cli/orders.h"

#include <fmt/format.h>

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
#include "cli/run_here.h"
#include "cli/terminal.h"
#include "cli/waves.h"
#include "plan/plan_file.h"
#include "report/account_report.h"

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

// What the ledger knows of the account while nobody is at work on it.
Task<json> recorded(ledger::Ledger& ledger, const jobs::Job& job) {
  json line{{"account", job.name}, {"state", "not begun"}};
  if (!job.wave.empty()) line["wave"] = job.wave;
  const auto account = co_await ledger.account(job.identity.source, job.identity.target);
  const auto round = account ? co_await (*account)->last_round() : std::unexpected(account.error());
  const auto counters = round ? co_await (*account)->counters() : std::unexpected(round.error());
  if (!counters) {
    line["error"] = to_json(counters.error());
    co_return line;
  }
  if (!round->began) co_return line;
  line["state"] = round->ended ? "round complete" : "round cut short";
  line["items"] = counters->items;
  line["not_moved"] = counters->not_moved;
  const auto verdict = co_await report::judge(ledger, job.identity);
  if (verdict) line["grade"] = report::name_of(verdict->grade);
  co_return line;
}

void print_recorded(const OrderOptions& options, const json& line) {
  if (options.plan.json) {
    print_json(line);
    return;
  }
  fmt::print("{} {}", padded(printable(line["account"].get<std::string>()), 40), padded(line["state"].get<std::string>(), 16));
  if (line.contains("items")) fmt::print(" {:>10} items", grouped(line["items"].get<std::uint64_t>()));
  if (line.value("not_moved", 0) > 0) fmt::print(", {} not moved", line["not_moved"].get<std::uint64_t>());
  if (line.contains("grade")) fmt::print("  {}", line["grade"].get<std::string>());
  if (line.contains("error")) fmt::print("  {}", line["error"]["what"].get<std::string>());
  fmt::print("\n");
}

// Of every account, from the ledger.
Result<> print_record(const OrderOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto organisation, read_organisation(options.plan));
  GODWIT_TRY(const auto accounts, make_identified(organisation, wiring));
  if (!std::filesystem::exists(organisation.plan.ledger)) {
    for (const jobs::Job& job : accounts) print_recorded(options, {{"account", job.name}, {"state", "not begun"}});
    return {};
  }
  GODWIT_TRY(const auto ledger, wiring.ledger(organisation.plan.ledger));
  const auto print_all = [&]() -> Task<Result<>> {
    for (const jobs::Job& job : accounts) print_recorded(options, co_await recorded(*ledger, job));
    co_return Result<>{};
  };
  return run_here(print_all());
}

// Until the owner ends, or a signal comes.
Task<Result<>> watch(const OrderOptions& options, const std::filesystem::path& socket, MigrationConsole& console, const bool& is_stopped) {
  GODWIT_CO_TRY(auto client, co_await api::Client::connect(socket));
  GODWIT_CO_TRY(auto stream, co_await client.open_stream("/v1/status/stream"));
  while (!is_stopped) {
    GODWIT_CO_TRY(const auto line, co_await stream.next());
    if (!line) break;
    if (options.plan.json) {
      print_json(*line);
    } else {
      console.show(snapshot_of(*line));
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
  add("show", "How far one account is, while godwit migrate runs", true);
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
  const auto account = api::call_and_wait(*socket, options.order == "show" ? "GET" : "POST", path_of(options));
  if (!account) return print_failure(options, account.error());
  print_account(options, *account);
  return 0;
}

}  // namespace godwit::cli
