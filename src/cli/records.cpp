// SPDX-License-Identifier: Apache-2.0
#include "cli/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/plan_records.h"
#include "cli/run_here.h"
#include "ledger/collections.h"
#include "report/account_report.h"

namespace godwit::cli {
namespace {

using ledger::AccountIdentity;

void add_record_options(CLI::App& command, RecordOptions& options) {
  command.add_option("source_url", options.source.url, "The old account; not needed where the ledger has only one");
  command.add_option("target_url", options.target.url, "The new account");
  command.add_option("--ledger", options.ledger, "The record of what was moved")->required();
  command.add_flag("--json", options.json, "JSON lines");
}

// The accounts are those of a plan unless a ledger is named.
void let_plan_stand_in(CLI::App& command, RecordOptions& options) {
  CLI::Option* const ledger = command.get_option("--ledger")->required(false);
  for (const char* name : {"source_url", "target_url"}) command.get_option(name)->needs(ledger);
  add_plan_instead(command, options.plan);
}

// Everything here is in the ledger: no signals to watch, nothing to show meanwhile.
int finish(const RecordOptions& options, const Wiring& wiring, const std::function<Task<Result<int>>(ledger::Ledger&)>& work) {
  auto ledger = wiring.ledger(options.ledger);
  if (!ledger) return Console(style_for(options.json), {}).failure(ledger.error());
  const Result<int> status = run_here(work(**ledger));
  if (!status) return Console(style_for(options.json), {}).failure(status.error());
  return *status;
}

// Those that are named, or all.
Task<Result<std::vector<AccountIdentity>>> chosen(const RecordOptions& options, const Wiring& wiring, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(auto accounts, co_await ledger.accounts());
  if (options.source.url.empty()) co_return accounts;
  if (options.target.url.empty()) co_return fail(codes::options_do_not_fit, "give the URLs of both accounts, or neither");
  GODWIT_CO_TRY(const auto wanted, identify(options.source, options.target, wiring, true));
  std::erase_if(accounts, [&wanted](const AccountIdentity& each) { return each != wanted; });
  if (accounts.empty()) {
    co_return fail(codes::account_not_in_ledger, fmt::format("the ledger has no account {} to {}", wanted.source, wanted.target));
  }
  co_return accounts;
}

Task<Result<AccountIdentity>> only_one(const RecordOptions& options, const Wiring& wiring, ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const auto accounts, co_await chosen(options, wiring, ledger));
  if (accounts.size() == 1) co_return accounts.front();
  std::string names;
  for (const AccountIdentity& each : accounts) names += fmt::format("\n  {} {}", each.source, each.target);
  co_return fail(codes::account_not_named, "the ledger has no account yet, or several: give the URLs of one" + names);
}

// What a person can do about the items of a group.
std::string_view advice_for(std::string_view kind) {
  if (kind == "too_big") return "raise the target's limit and run godwit retry, or accept";
  if (kind == "quota") return "give the account more space and run godwit retry";
  if (kind == "damaged") return "repair a copy of the file with Outlook's scanpst.exe, and run godwit copy on it again";
  if (kind == "doubt") return "look at them on the target, and run godwit copy again";
  if (kind == "refused" || kind == "not_understood") return "allow repairs (godwit retry --repair all), or accept";
  if (kind == "not_found" || kind == "syntax") return "look at them on the source; move them by hand, or accept";
  return "run godwit retry, or accept";
}

void print_text(const AccountIdentity& account, const ledger::Counters& counters, const ledger::RoundRecord& round,
                const report::Verdict& verdict, const std::vector<ledger::ProblemGroup>& groups) {
  using ledger::Level;
  fmt::print("{} -> {}\n", printable(account.source), printable(account.target));
  fmt::print("  grade: {}\n", report::name_of(verdict.grade));
  for (const std::string& reason : verdict.reasons) fmt::print("    {}\n", reason);
  if (round.ended) fmt::print("  last round ended: {}\n", round.ended->to_rfc3339());
  fmt::print("  on the target: {}", grouped(counters.at(Level::accepted) + counters.at(Level::listed) + counters.at(Level::proven) +
                                            counters.at(Level::altered)));
  fmt::print(" ({} proven, {} listed, {} altered, {} accepted only)\n", grouped(counters.at(Level::proven)),
             grouped(counters.at(Level::listed)), grouped(counters.at(Level::altered)), grouped(counters.at(Level::accepted)));
  if (counters.at(Level::withdrawn) > 0) fmt::print("  removed on the target since: {}\n", grouped(counters.at(Level::withdrawn)));
  if (counters.at(Level::left_out) > 0) fmt::print("  left out by the rules: {}\n", grouped(counters.at(Level::left_out)));
  for (const ledger::ProblemGroup& group : groups) {
    const bool is_missing = ledger::means_not_moved(group.kind);
    fmt::print("  {}: {} ({}{})\n", is_missing ? "not moved" : "moved, not as it was", grouped(group.count), group.kind,
               group.is_accepted ? ", accepted" : "");
    if (is_missing && !group.is_accepted) fmt::print("    {}\n", advice_for(group.kind));
  }
}

nlohmann::json as_json(const AccountIdentity& account, const ledger::Counters& counters, const ledger::RoundRecord& round,
                       const report::Verdict& verdict, const std::vector<ledger::ProblemGroup>& groups) {
  using ledger::Level;
  nlohmann::json line{{"event", "account"},
                      {"source", account.source},
                      {"target", account.target},
                      {"grade", report::name_of(verdict.grade)},
                      {"grade_reasons", verdict.reasons},
                      {"accepted", counters.at(Level::accepted)},
                      {"listed", counters.at(Level::listed)},
                      {"proven", counters.at(Level::proven)},
                      {"altered", counters.at(Level::altered)},
                      {"withdrawn", counters.at(Level::withdrawn)},
                      {"left_out", counters.at(Level::left_out)},
                      {"not_moved", counters.not_moved}};
  if (round.ended) line["round_ended"] = round.ended->to_rfc3339();
  line["problems"] = nlohmann::json::array();
  for (const ledger::ProblemGroup& group : groups) {
    line["problems"].push_back({{"kind", group.kind}, {"count", group.count}, {"is_accepted", group.is_accepted},
                                {"not_moved", ledger::means_not_moved(group.kind)}});
  }
  return line;
}

using ItemCounts = std::map<ItemKind, ledger::LevelCounts>;

std::uint64_t on_target(const ledger::LevelCounts& counts) {
  using ledger::Level;
  std::uint64_t sum = 0;
  for (const Level level : {Level::accepted, Level::listed, Level::proven, Level::altered})
    sum += counts.at(static_cast<std::size_t>(level));
  return sum;
}

void print_text(const ItemCounts& items) {
  for (const auto& [kind, counts] : items) {
    fmt::print("  {}s on the target: {}", name_of(kind), grouped(on_target(counts)));
    if (counts[0] > 0) fmt::print(", not moved: {}", grouped(counts[0]));
    fmt::print("\n");
  }
}

nlohmann::json as_json(const ItemCounts& items) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [kind, counts] : items)
    object[std::string(name_of(kind))] = {{"on_target", on_target(counts)}, {"not_moved", counts[0]}};
  return object;
}

}  // namespace

Task<Result<std::unique_ptr<ledger::AccountLedger>>> find_account(ledger::Ledger& ledger, ledger::AccountIdentity identity) {
  GODWIT_CO_TRY(const auto accounts, co_await ledger.accounts());
  if (std::ranges::find(accounts, identity) == accounts.end()) {
    co_return fail(codes::account_not_in_ledger, fmt::format("the ledger has no account {} to {}: give the URLs as for godwit copy",
                                                             identity.source, identity.target));
  }
  co_return co_await ledger.account(identity.source, identity.target);
}

CLI::App& add_manifest_command(CLI::App& program, RecordOptions& options) {
  CLI::App& command = *program.add_subcommand("manifest", "Write down what became of each item, and sign it");
  add_record_options(command, options);
  let_plan_stand_in(command, options);
  command.add_option("--output", options.output, "The manifest's file; of a plan the directory, in which each account has a file")->required();
  command.add_option("--key", options.key, "The private key to sign with; made where there is none (LEDGER.key)");
  command.footer("docs/manifest.md has the format, docs/check_manifest.py checks a manifest without godwit.\n"
                 "Exit status: 0, of a plan 1 when an account has none because no round was made; else as of godwit copy.\n\n"
                 "Example:\n  godwit manifest --output manifests      one file for each account of ./godwit.toml");
  return command;
}

CLI::App& add_report_command(CLI::App& program, RecordOptions& options) {
  CLI::App& command = *program.add_subcommand("report", "How a plan stands: who is done, what went wrong, how fast it went; or, with "
                                                        "--ledger, the grade of each account in it");
  add_record_options(command, options);
  command.get_option("--ledger")->required(false);
  command.footer("While godwit migrate runs it is asked; that does not slow it down.\n"
                 "Exit status: 0 every account is perfect or good, 1 not every one; else as of godwit copy.\n\n"
                 "Examples:\n"
                 "  godwit report                                       text, of ./godwit.toml\n"
                 "  godwit report --format html --output report.html    one page with charts\n"
                 "  godwit report --format csv --output tables          tables/people.csv, tables/problems.csv\n"
                 "  godwit report --ledger FILE                         accounts that godwit copy has moved");
  return command;
}

CLI::App& add_accept_command(CLI::App& program, RecordOptions& options) {
  CLI::App& command = *program.add_subcommand("accept", "Accept that the items of a group were not moved, as godwit report names it");
  add_record_options(command, options);
  command.add_option("--kind", options.kinds, "The group: too_big, refused, …; when it grows it is to be accepted again")
      ->allow_extra_args(false)
      ->required();
  let_plan_stand_in(command, options);
  command.footer("Example:\n  godwit accept --account alice@example.com --kind too_big      the account is one of ./godwit.toml");
  return command;
}

int run_manifest(const RecordOptions& options, const Wiring& wiring) {
  if (options.ledger.empty()) return run_manifest_of_plan(options, wiring);
  return finish(options, wiring, [&](ledger::Ledger& ledger) -> Task<Result<int>> {
    GODWIT_CO_TRY(const auto identity, co_await only_one(options, wiring, ledger));
    GODWIT_CO_TRY(const auto account, co_await ledger.account(identity.source, identity.target));
    const std::filesystem::path key_file = options.key.empty() ? options.ledger + ".key" : options.key;
    GODWIT_CO_TRY(auto key, report::SigningKey::load_or_make(key_file));
    GODWIT_CO_TRY(const auto header, co_await report::write_manifest(*account, {options.output, "godwit " GODWIT_VERSION, identity}, std::move(key)));
    if (options.json) {
      print_json({{"event", "manifest"}, {"file", options.output}, {"items", header.counts.items}, {"grade", report::name_of(header.grade)},
                  {"key", report::public_key_file(key_file).native()}});
    } else {
      fmt::print("{}: {} items, grade {}; to be checked with {}\n", options.output, grouped(header.counts.items),
                 report::name_of(header.grade), report::public_key_file(key_file).native());
    }
    co_return 0;
  });
}

int run_report(const RecordOptions& options, const Wiring& wiring) {
  return finish(options, wiring, [&](ledger::Ledger& ledger) -> Task<Result<int>> {
    GODWIT_CO_TRY(const auto identities, co_await chosen(options, wiring, ledger));
    int status = 0;
    for (const AccountIdentity& identity : identities) {
      GODWIT_CO_TRY(const auto account, co_await ledger.account(identity.source, identity.target));
      GODWIT_CO_TRY(const auto facts, co_await report::gather_facts(*account));
      GODWIT_CO_TRY(const auto counters, co_await account->counters());
      GODWIT_CO_TRY(const auto round, co_await account->last_round());
      const report::Verdict verdict = report::grade_of(facts);
      if (verdict.grade > report::Grade::good) status = 1;
      GODWIT_CO_TRY(const ItemCounts items, co_await account->collections().item_counts());
      if (options.json) {
        auto line = as_json(identity, counters, round, verdict, facts.problems);
        if (!items.empty()) line["items"] = as_json(items);
        print_json(line);
      } else {
        print_text(identity, counters, round, verdict, facts.problems);
        print_text(items);
      }
    }
    co_return status;
  });
}

int run_accept(const RecordOptions& options, const Wiring& wiring) {
  if (options.ledger.empty()) return run_accept_of_plan(options, wiring);
  return finish(options, wiring, [&](ledger::Ledger& ledger) -> Task<Result<int>> {
    GODWIT_CO_TRY(const auto identity, co_await only_one(options, wiring, ledger));
    GODWIT_CO_TRY(const auto account, co_await ledger.account(identity.source, identity.target));
    GODWIT_CO_TRY(const auto groups, co_await account->problem_groups());
    for (const std::string& kind : options.kinds) {
      const auto group = std::ranges::find(groups, kind, &ledger::ProblemGroup::kind);
      if (group == groups.end()) co_return fail(ErrorKind::usage, "there is no group " + printable(kind) + "; godwit report names them");
      GODWIT_CO_CHECK(co_await account->accept_problems(kind));
      if (!options.json) fmt::print("accepted: {} ({})\n", kind, grouped(group->count));
    }
    co_return 0;
  });
}

}  // namespace godwit::cli
