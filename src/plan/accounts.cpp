// SPDX-License-Identifier: Apache-2.0
#include "plan/accounts.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "plan/text_file.h"

namespace godwit::plan {
namespace {

// The endpoint's name that the account goes by.
std::expected<std::string, std::string> choose(std::string_view side, const std::vector<Endpoint>& endpoints, const std::string& wanted) {
  if (wanted.empty() && endpoints.size() == 1) return endpoints.front().name;
  if (wanted.empty()) return std::unexpected(fmt::format("the plan has several {0}s; write one's name in the column {0}", side));
  if (find_endpoint(endpoints, wanted) != nullptr) return wanted;
  return std::unexpected(fmt::format("the plan has no {} \"{}\"{}", side, printable(wanted), suggestion(wanted, names_of(endpoints))));
}

std::expected<std::string, std::string> choose_wave(const Plan& plan, const std::string& wanted) {
  const std::string& name = wanted.empty() ? plan.accounts.default_wave : wanted;
  if (find_wave(plan, name) != nullptr || (name.empty() && plan.waves.empty())) return name;
  if (name.empty()) return std::unexpected("the account has no wave; write one in the column wave, or default_wave in [accounts]");
  return std::unexpected(fmt::format("the plan has no wave \"{}\"{}", printable(name),
                                     plan.waves.empty() ? "; write it as [[wave]]" : suggestion(name, names_of(plan.waves))));
}

std::expected<std::string, std::string> choose_target_user(const Plan& plan, const Account& account) {
  if (!account.target_user.empty()) return account.target_user;
  if (plan.accounts.addresses.empty()) return account.source_user;
  if (auto user = plan.accounts.addresses.apply(account.source_user)) return std::move(*user);
  return std::unexpected(fmt::format("no rule of [accounts.addresses] gives \"{}\" a name on the target; add one, or write the name in the "
                                     "column target_user",
                                     printable(account.source_user)));
}

class Completion {
 public:
  Completion(const Plan& plan, Problems& problems) : plan_(plan), problems_(problems) {}

  void complete(Account& account) {
    take(account, account.wave, choose_wave(plan_, account.wave));
    const bool has_source = take(account, account.source, choose("source", plan_.sources, account.source));
    const bool has_target = take(account, account.target, choose("target", plan_.targets, account.target));
    const bool is_again = has_source && !check_source(account, *find_endpoint(plan_.sources, account.source));
    if (!is_again && has_target && take(account, account.target_user, choose_target_user(plan_, account))) {
      check_target(account, *find_endpoint(plan_.targets, account.target));
    }
  }

 private:
  struct Seen {
    std::string user, file;
    std::size_t line = 0;
    [[nodiscard]] std::string describe() const {
      return fmt::format("\"{}\" in {}", printable(user), plan::describe({.file = file, .line = line}));
    }
  };
  using Mailbox = std::pair<std::string, std::string>;  // endpoint, canonical name

  bool take(const Account& account, std::string& place, std::expected<std::string, std::string> chosen) {
    if (chosen) place = std::move(*chosen);
    else add(account, std::move(chosen).error());
    return chosen.has_value();
  }

  void add(const Account& account, std::string what) { problems_.add({account.file, account.line}, std::move(what)); }

  void check_login(const Account& account, const Endpoint& endpoint, const std::string& user) {
    const auto login = endpoint.login_of(user);
    if (!login) add(account, login.error().what);
  }

  // Whether it is the first of its mailbox.
  bool check_source(const Account& account, const Endpoint& source) {
    check_login(account, source, account.source_user);
    Seen seen{account.source_user, account.file, account.line};
    const auto [earlier, is_new] = sources_.try_emplace(Mailbox(source.name, source.names.canonical(account.source_user)), seen);
    if (!is_new) {
      add(account, fmt::format("\"{}\" is the same mailbox of the source as {}; remove one of the lines", printable(account.source_user),
                               earlier->second.describe()));
    }
    return is_new;
  }

  void check_target(Account& account, const Endpoint& target) {
    check_login(account, target, account.target_user);
    if (account.target_password.empty() && plan_.accounts.same_password) account.target_password = account.source_password;
    Seen seen{account.target_user, account.file, account.line};
    const auto [earlier, is_new] = targets_.try_emplace(Mailbox(target.name, target.names.canonical(account.target_user)), seen);
    if (!is_new && !plan_.accounts.several_sources) {
      add(account, fmt::format("\"{}\" is the same mailbox of the target as {}; if both are to go into it, say several_sources = true in "
                               "[accounts]",
                               printable(account.target_user), earlier->second.describe()));
    }
  }

  const Plan& plan_;
  Problems& problems_;
  std::map<Mailbox, Seen> sources_, targets_;
};

}  // namespace

void complete_accounts(const Plan& plan, std::vector<Account>& accounts, Problems& problems) {
  Completion completion(plan, problems);
  for (Account& account : accounts) completion.complete(account);
}

Result<std::vector<Account>> read_accounts(const Plan& plan) {
  std::vector<Account> accounts;
  Problems problems;
  for (const std::filesystem::path& file : plan.accounts.files) {
    const auto text = read_text_file(file);
    if (!text) {
      problems.add({file.string()}, text.error().what);
      continue;
    }
    std::vector<Account> more = parse_accounts(text->reveal(), file.string(), plan.accounts, problems);
    accounts.insert(accounts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  complete_accounts(plan, accounts, problems);
  if (!problems.empty()) return std::unexpected(problems.error());
  return accounts;
}

}  // namespace godwit::plan
