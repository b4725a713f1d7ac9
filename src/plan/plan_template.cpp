// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_template.h"

#include <fmt/format.h>

namespace godwit::plan {
namespace {

// A basic string of TOML.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result.append("\\").append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else result += c;
  }
  return result + '"';
}

std::string line(std::string_view key, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{} = {}\n", key, quoted(value));
}

std::string password_line(const PasswordFrom& password) {
  switch (password.kind) {
    case PasswordFrom::Kind::prompt: return "password_prompt = true\n";
    case PasswordFrom::Kind::file: return line("password_file", password.name);
    case PasswordFrom::Kind::environment: return line("password_env", password.name);
  }
  return {};
}

std::string login_lines(const EndpointAnswers& answers) {
  std::string text = line("login", answers.login) + line("authorization", answers.authorization) + line("admin_user", answers.admin_user);
  if (answers.password) text += password_line(*answers.password);
  if (!text.empty()) return text;
  return "# Without these keys everybody's own password is used, from the accounts file. An administrator for all:\n"
         "# admin_user = \"admin\"            # SASL PLAIN for each account; or login = \"{user}*{admin}\"\n"
         "# password_file = \"admin.password\" # or password_env = \"VARIABLE\", or password_prompt = true\n";
}

std::string endpoint_text(std::string_view side, const EndpointAnswers& answers) {
  std::string text = fmt::format("[{}]\n", side) + line("host", answers.host);
  text += fmt::format("port = {}\n", answers.port.value_or(usual_port(System::imap, answers.security)));
  text += fmt::format("security = \"{}\"  # \"tls\", \"starttls\", or \"none\": everything unencrypted\n", name_of(answers.security));
  if (answers.security != Security::none) {
    text += answers.fingerprint.empty() ? "# fingerprint = \"…\"  # SHA-256 of a certificate to trust, where no authority vouches for it\n"
                                        : line("fingerprint", answers.fingerprint);
  }
  text += login_lines(answers);
  text += fmt::format("\n# What this server may be asked, by all accounts together.\n# [{0}.limits]\n# connections = 20\n"
                      "# connections_per_account = 2\n# bytes_per_second = \"20MB\"\n# messages_per_second = 200\n"
                      "# bytes_per_day = \"500GB\"\n# windows = [\"Mon-Fri 20:00-06:00\", \"Sat-Sun\"]\n\n"
                      "# Login names that are one mailbox.\n# [{0}.names]\n# lower = true\n# strip_domain = \"example.com\"\n"
                      "# aliases = {{ \"info@example.com\" = \"office@example.com\" }}\n"
                      "# distinct = [\"sales@example.com\"]  # a mailbox of its own, although godwit check asks\n\n",
                      side);
  return text;
}

std::string waves_text(const PlanAnswers& answers) {
  std::string text = "# Accounts that move together; the accounts file says who, in the column wave.\n";
  if (!answers.pilot.empty()) {
    text += "[[wave]]\n" + line("name", answers.pilot) + "pilot = true   # the others wait until somebody has signed it off\n\n";
  }
  for (const std::string& wave : answers.waves) text += "[[wave]]\n" + line("name", wave) + "\n";
  if (answers.pilot.empty() && answers.waves.empty()) {
    text += "# [[wave]]\n"
            "# name = \"pilot\"\n"
            "# pilot = true   # the others wait until somebody has signed it off\n";
  }
  return text + "# [[wave]]\n"
                "# name = \"night 1\"\n"
                "# windows = \"Mon-Fri 22:00-06:00\"\n"
                "# [[wave]]\n"
                "# name = \"night 2\"\n"
                "# after = \"night 1\"\n\n";
}

}  // namespace

std::string plan_text(const PlanAnswers& answers) {
  std::string text = "# The plan of a migration with godwit; docs/plan.md explains every key. Passwords never stand here.\n\n[plan]\n";
  text += line("name", answers.name) + line("ledger", answers.ledger);
  text += "# lanes = 2             # pairs of connections for one account\n"
          "# vault_key = \"key\"     # where the key of sealed passwords lies (godwit vault); without it beside the ledger\n"
          "# quiet_time = \"5s\"     # how long a folder must stay the same after an interruption\n"
          "# time_zone = \"Europe/Berlin\"  # of all windows; without it the machine's own\n\n";
  text += endpoint_text("source", answers.source) + endpoint_text("target", answers.target);
  text += "[accounts]\n" + line("files", answers.accounts_file);
  text += "# several_sources = true  # several accounts may go into one on the target\n"
          "# same_password = true    # on the target as on the source, where the file has none for it\n"
          "# default_wave = \"night 1\"\n\n"
          "# Names on the target where the file has none; without rules they stay as they are.\n"
          "# [accounts.addresses]\n"
          "# \"@old.example.com\" = \"@new.example.com\"\n\n"
          "# [rules]\n"
          "# exclude = [\"Junk/**\", \"Trash/**\"]\n"
          "# rename = [\"Sent Items=Sent\"]\n"
          "# size_limit = \"50MB\"\n"
          "# repair = \"all\"  # what the target refuses is repaired, and the original kept\n\n";
  text += waves_text(answers);
  text += "# Old mail of large mailboxes in the nights before: godwit migrate --pre-stage\n"
          "# [pre_stage]\n"
          "# older_than_days = 30\n"
          "# size_at_least = \"5GB\"\n";
  return text;
}

}  // namespace godwit::plan
