// SPDX-License-Identifier: Apache-2.0
#include "cli/init.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/init_endpoint.h"
#include "plan/accounts.h"
#include "plan/plan_file.h"

namespace godwit::cli {
namespace {

void add_endpoint_options(CLI::App& command, const std::string& side, InitOptions::Endpoint& endpoint) {
  const std::string group = side == "source" ? "The old server" : "The new server";
  const auto add = [&](const std::string& name, std::string& value, const std::string& text) {
    command.add_option(fmt::format("--{}-{}", side, name), value, text)->group(group);
  };
  add("host", endpoint.host, "Its name or address");
  add("port", endpoint.port, "Without it 993 for tls, else 143");
  add("security", endpoint.security, "tls (the default), starttls, or none: everything unencrypted");
  add("fingerprint", endpoint.fingerprint, "SHA-256 of the one certificate to trust, in hexadecimal");
  add("login", endpoint.login, "What is sent as login name: \"{user}\", \"{user}*{admin}\", \"{user}*master\"");
  add("authorization", endpoint.authorization, "For whom the login is, with SASL PLAIN: \"{user}\"");
  add("admin-user", endpoint.admin_user, "An administrator's own login name, for {admin}");
  add("password-file", endpoint.password_file, "File whose first line is the one password for all accounts");
  add("password-env", endpoint.password_env, "Environment variable with that password");
}

std::unexpected<Error> is_there_already(const std::filesystem::path& file) {
  return fail(codes::plan_is_there, fmt::format("{} is there already and is never overwritten; give another name with --plan, or remove it",
                                                printable(file.string())));
}

// A file that is there already is an error, and is left as it is.
Result<> write_new(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0 && errno == EEXIST) return is_there_already(file);
  std::size_t written = 0;
  bool is_good = descriptor >= 0;
  while (is_good && written < text.size()) {
    const ssize_t count = ::write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    is_good = count >= 0;
    if (is_good) written += static_cast<std::size_t>(count);
  }
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (is_good) return {};
  if (descriptor >= 0) ::unlink(file.c_str());
  return fail(codes::plan_not_written, fmt::format("{} cannot be written: {}", printable(file.string()), std::strerror(code)));
}

std::string accounts_text(const plan::PlanAnswers& answers) {
  struct Column {
    std::string name, text, example;
    bool is_there = true;
  };
  const std::vector<Column> columns{
      {"source_user", "login name on the old server", "alice@old.example.com"},
      {"source_password", "its password there", "secret", !answers.source.password && answers.source.admin_user.empty()},
      {"target_user", "login name on the new server; empty: the same", "alice@example.com"},
      {"target_password", "its password there", "other secret", !answers.target.password && answers.target.admin_user.empty()},
      {"name", "of the person, for reports; may be empty", "\"Smith, Alice\""},
  };
  std::string comments = "# The accounts, one a line below the line with the names of the columns; docs/plan.md tells of more columns.\n"
                         "# A value with a comma or a quote in it stands in quotes, and a quote is written twice.\n#\n";
  std::string header, example;
  for (const Column& column : columns) {
    if (!column.is_there) continue;
    comments += fmt::format("#   {:<16} {}\n", column.name, column.text);
    header += (header.empty() ? "" : ",") + column.name;
    example += (example.empty() ? "" : ",") + column.example;
  }
  return fmt::format("{}#\n# For example: {}\n{}\n", comments, example, header);
}

// What is still to be done by hand, then what to run.
std::vector<std::string> next_steps(const InitOptions& options, const plan::Plan& plan, bool accounts_are_new) {
  std::vector<std::string> steps;
  const std::string accounts = printable(plan.accounts.files.front().string());
  if (accounts_are_new) steps.push_back(fmt::format("write the accounts into {}, one a line", accounts));
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      if (!endpoint.password || endpoint.password->kind != plan::PasswordFrom::Kind::file) continue;
      std::error_code none;
      if (std::filesystem::exists(endpoint.password->name, none)) continue;
      steps.push_back(fmt::format("write the password for {} into {}, and chmod 600 it", printable(endpoint.host),
                                  printable(endpoint.password->name)));
    }
  }
  const std::string where = options.plan == "godwit.toml" ? "" : " --plan " + printable(options.plan.string());
  steps.push_back(fmt::format("godwit check{}: are all logins right, and does everything fit?", where));
  steps.push_back(fmt::format("godwit migrate --dry-run{}: what would be moved", where));
  steps.push_back(fmt::format("godwit estimate{}: how long it will take", where));
  steps.push_back(fmt::format("godwit migrate{}: move it; again at any time for what is new", where));
  return steps;
}

struct Made {
  plan::Plan plan;
  bool accounts_are_new = false;
};

Result<plan::PlanAnswers> ask_all(const InitOptions& options, const Wiring& wiring, const Questions& questions,
                                  const std::function<void(const std::string&)>& note) {
  plan::PlanAnswers answers;
  answers.ledger = options.ledger;
  questions.tell("godwit init makes a plan. Enter takes what stands in [brackets]; Ctrl-C ends it, and nothing is written.");
  GODWIT_TRY(answers.source, ask_endpoint("source", options.source, options.no_probe, questions, wiring, note));
  GODWIT_TRY(answers.target, ask_endpoint("target", options.target, options.no_probe, questions, wiring, note));
  questions.tell("\nThe plan");
  answers.name = options.name;
  GODWIT_CHECK(questions.ask(answers.name, {"Name, for reports", "--name", answers.source.host + " to " + answers.target.host}));
  answers.pilot = options.pilot;
  answers.waves = options.waves;
  answers.accounts_file = options.accounts;
  GODWIT_CHECK(questions.ask(answers.accounts_file, {"Accounts file", "--accounts", "accounts.csv"}));
  return answers;
}

Result<Made> make(const InitOptions& options, const Wiring& wiring, const Questions& questions,
                  const std::function<void(const std::string&)>& note) {
  std::error_code none;
  if (std::filesystem::exists(options.plan, none)) return is_there_already(options.plan);
  GODWIT_TRY(const plan::PlanAnswers answers, ask_all(options, wiring, questions, note));
  const std::string text = plan::plan_text(answers);
  Made made;
  GODWIT_TRY(made.plan, plan::parse_plan(text, options.plan));
  const std::filesystem::path& accounts = made.plan.accounts.files.front();
  made.accounts_are_new = !std::filesystem::exists(accounts, none);
  if (made.accounts_are_new) GODWIT_CHECK(write_new(accounts, accounts_text(answers), 0600));
  GODWIT_CHECK(write_new(options.plan, text, 0644));
  return made;
}

// Of an accounts file that was there before.
std::string told_of_accounts(const Made& made) {
  const std::string file = printable(made.plan.accounts.files.front().string());
  if (made.accounts_are_new) return file + " (made, without accounts yet)";
  const auto accounts = plan::read_accounts(made.plan);
  if (accounts) return fmt::format("{} (was there already, {} accounts)", file, grouped(accounts->size()));
  return fmt::format("{} (was there already, and is not right yet: {})", file, describe(accounts.error()));
}

void print(const InitOptions& options, const Made& made) {
  const auto steps = next_steps(options, made.plan, made.accounts_are_new);
  if (options.json) {
    print_json({{"event", "init"}, {"plan", options.plan.string()}, {"accounts", made.plan.accounts.files.front().string()},
                {"accounts_are_new", made.accounts_are_new}, {"next", steps}, {"exit_status", 0}});
    return;
  }
  fmt::print("\n{} is written; accounts: {}.\nNext:\n", printable(options.plan.string()), told_of_accounts(made));
  for (const std::string& step : steps) fmt::print("  {}\n", step);
}

}  // namespace

CLI::App& add_init_command(CLI::App& program, InitOptions& options) {
  CLI::App& command = *program.add_subcommand("init", "Make a first plan, by questions on a terminal or by options");
  command.add_option("--plan", options.plan, "The plan's file; never overwritten")->capture_default_str();
  command.add_option("--name", options.name, "What reports call the migration");
  command.add_option("--accounts", options.accounts, "The accounts file, from the plan's folder; made where it is not there");
  command.add_option("--ledger", options.ledger, "Where the record of what was moved will be kept")->capture_default_str();
  command.add_option("--pilot", options.pilot, "A wave that goes first; the others wait until it is signed off");
  command.add_option("--wave", options.waves, "A wave after it; may be repeated")->allow_extra_args(false);
  command.add_flag("--no-probe", options.no_probe, "Do not look whether the servers answer");
  command.add_flag("--json", options.json, "The result as a JSON line; asks nothing");
  add_endpoint_options(command, "source", options.source);
  add_endpoint_options(command, "target", options.target);
  command.footer(
      "Without --…-login, --…-admin-user and --…-password-… every account logs in with its own password from the accounts file.\n"
      "Passwords never stand in the plan. The network is not needed: servers that do not answer are only told of.\n"
      "Exit status: 0 the plan is written, 2 an answer is missing or wrong, or there is a plan already, 6 it cannot be written.\n\n"
      "Examples:\n"
      "  godwit init\n"
      "  godwit init --source-host old.example.com --source-login '{user}*{admin}' --source-admin-user migration \\\n"
      "    --source-password-file old.password --target-host new.example.com");
  return command;
}

int run_init(const InitOptions& options, const Wiring& wiring) {
  const Questions questions(!options.json && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0);
  const auto note = [&](const std::string& text) {
    if (options.json) print_json({{"event", "step"}, {"text", text}});
    else fmt::print("  {}\n", text);
  };
  const auto made = make(options, wiring, questions, note);
  if (!made) return Console(style_for(options.json), {}).failure(made.error());
  print(options, *made);
  return 0;
}

}  // namespace godwit::cli
