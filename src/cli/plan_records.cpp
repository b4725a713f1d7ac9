// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/run_here.h"
#include "jobs/proof_work.h"
#include "report/manifest_directory.h"

namespace godwit::cli {
namespace {

using ledger::AccountLedger;

// What is said of the accounts, of which no passwords are needed.
struct Parts {
  plan::Plan plan;
  std::vector<jobs::Job> accounts;
  std::unique_ptr<ledger::Ledger> ledger;
};

Result<Parts> prepare(const RecordOptions& options, const Wiring& wiring) {
  Parts parts;
  GODWIT_TRY(auto organisation, read_organisation(options.plan));
  GODWIT_CHECK(check_ledger_exists(organisation.plan));
  GODWIT_TRY(parts.accounts, make_identified(organisation, wiring));
  parts.plan = std::move(organisation.plan);
  GODWIT_TRY(parts.ledger, open_ledger(parts.plan, wiring));
  return parts;
}

int finish(const RecordOptions& options, const Result<int>& status) {
  return status ? *status : Console(style_for(options.json), {}).failure(status.error());
}

void print_manifest(const RecordOptions& options, const std::string& account, const std::filesystem::path& file,
                    const report::ManifestHeader& header) {
  if (options.json) {
    print_json({{"event", "manifest"}, {"account", account}, {"file", file.native()}, {"items", header.counts.items},
                {"grade", report::name_of(header.grade)}});
  } else {
    fmt::print("{}: {} items, grade {}\n", printable(file.native()), grouped(header.counts.items), report::name_of(header.grade));
  }
}

void print_failure(const RecordOptions& options, const std::string& account, const Error& error) {
  if (options.json) {
    print_json({{"event", "manifest"}, {"account", account}, {"error", to_json(error)}});
  } else {
    fmt::print("{}: no manifest: {}\n", printable(account), describe(error));
  }
}

Task<Result<int>> write_manifests(const RecordOptions& options, const Parts& parts, const report::ManifestDirectory& directory) {
  int status = 0;
  for (const jobs::Job& job : parts.accounts) {
    const auto account = co_await jobs::account_with_round(*parts.ledger, job.identity);
    if (!account && account.error().kind != ErrorKind::not_found) co_return std::unexpected(account.error());
    if (!account) {
      print_failure(options, job.name, account.error());
      status = 1;
      continue;
    }
    GODWIT_CO_TRY(const auto header, co_await directory.write(**account, job.name, job.identity));
    print_manifest(options, job.name, directory.file_of(job.name), header);
  }
  co_return status;
}

Result<int> manifest_of_plan(const RecordOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const Parts parts, prepare(options, wiring));
  const std::filesystem::path key_file = options.key.empty() ? parts.plan.ledger.string() + ".key" : options.key;
  GODWIT_TRY(const auto directory, report::ManifestDirectory::open(options.output, key_file, "godwit " GODWIT_VERSION));
  GODWIT_TRY(const int status, run_here(write_manifests(options, parts, directory)));
  const std::filesystem::path public_key = report::public_key_file(key_file);
  if (options.json) {
    print_json({{"event", "summary"}, {"exit_status", status}, {"directory", options.output}, {"key", public_key.native()}});
  } else {
    fmt::print("To be checked with {}\n", printable(public_key.native()));
  }
  return status;
}

// Accepts what there is of these kinds; returns those that the account has.
Task<Result<std::set<std::string>>> accept(const RecordOptions& options, const std::string& name, AccountLedger& account) {
  std::set<std::string> accepted;
  GODWIT_CO_TRY(const auto groups, co_await account.problem_groups());
  for (const ledger::ProblemGroup& group : groups) {
    if (group.count == 0 || std::ranges::find(options.kinds, group.kind) == options.kinds.end()) continue;
    GODWIT_CO_CHECK(co_await account.accept_problems(group.kind));
    accepted.insert(group.kind);
    if (options.json) {
      print_json({{"event", "accepted"}, {"account", name}, {"kind", group.kind}, {"count", group.count}});
    } else {
      fmt::print("{}: accepted: {} ({})\n", printable(name), group.kind, grouped(group.count));
    }
  }
  co_return accepted;
}

Task<Result<int>> accept_all(const RecordOptions& options, const Parts& parts) {
  std::set<std::string> accepted;
  for (const jobs::Job& job : parts.accounts) {
    const auto account = co_await jobs::account_with_round(*parts.ledger, job.identity);
    if (!account && account.error().kind != ErrorKind::not_found) co_return std::unexpected(account.error());
    if (!account) continue;  // no round: nothing to accept
    GODWIT_CO_TRY(auto of_account, co_await accept(options, job.name, **account));
    accepted.merge(of_account);
  }
  for (const std::string& kind : options.kinds) {
    if (accepted.contains(kind)) continue;
    co_return fail(ErrorKind::usage, fmt::format("none of these accounts has a group {}; godwit finish and godwit report name them",
                                                 printable(kind)));
  }
  co_return 0;
}

Result<int> accept_of_plan(const RecordOptions& options, const Wiring& wiring) {
  if (options.plan.accounts.empty() && options.plan.waves.empty()) {
    return fail(codes::options_do_not_fit, "say whose items may stay behind: --account or --wave, each as often as needed");
  }
  GODWIT_TRY(const Parts parts, prepare(options, wiring));
  return run_here(accept_all(options, parts));
}

}  // namespace

int run_manifest_of_plan(const RecordOptions& options, const Wiring& wiring) { return finish(options, manifest_of_plan(options, wiring)); }

int run_accept_of_plan(const RecordOptions& options, const Wiring& wiring) { return finish(options, accept_of_plan(options, wiring)); }

}  // namespace godwit::cli
