// SPDX-License-Identifier: Apache-2.0
#include "cli/verify.h"

#include <fmt/format.h>

#include <cstdlib>
#include <random>

#include "base/error_code.h"
#include "cli/console.h"
#include "cli/copy_collections.h"
#include "cli/long_run.h"
#include "cli/proof.h"
#include "cli/records.h"
#include "report/manifest_verifier.h"
#include "sync/verifier.h"

namespace godwit::cli {
namespace {

int exit_status_of(const VerifySummary& summary) {
  if (summary.error) return godwit::exit_status_of(summary.error->kind);
  return summary.counts.differences() > 0 ? 1 : 0;
}

bool is_of_plan(const VerifyOptions& options) {
  return options.source.url.empty() && options.ledger.empty() && options.manifest.empty();
}

Result<> check_with_plan(const VerifyOptions& options) {
  const auto is_given = [](const AccountOptions& account) {
    return !account.password_file.empty() || !account.trust_fingerprint.empty() || account.trust_always || !account.mechanism.empty() ||
           !account.certificate.empty();
  };
  if (!is_given(options.source) && !is_given(options.target) && !options.plain_ok && options.key.empty()) return {};
  return fail(codes::options_do_not_fit, "with a plan, passwords, trust and keys are what the plan says: leave out these options, or give URLs");
}

Result<> check(const VerifyOptions& options) {
  const int depths = (options.listed ? 1 : 0) + (options.full ? 1 : 0) + (options.sample > 0 ? 1 : 0);
  if (depths > 1) return fail(codes::options_do_not_fit, "give one of --listed, --sample and --full");
  if (is_of_plan(options)) return check_with_plan(options);
  if (options.manifest.empty() == options.ledger.empty()) {
    return fail(codes::options_do_not_fit, "give --ledger with both URLs, or --manifest with the target's URL alone");
  }
  if (options.manifest.empty() && options.target.url.empty()) {
    return fail(codes::options_do_not_fit, "with --ledger give the URLs of both accounts: they name the account in it");
  }
  if (!options.manifest.empty() && !options.target.url.empty()) {
    return fail(codes::options_do_not_fit, "with --manifest give the target's URL alone");
  }
  if (!options.manifest.empty() && options.key.empty()) {
    return fail(codes::options_do_not_fit,
                "give --key, the public key of whoever made the manifest: without it anybody could have written it");
  }
  if (!options.manifest.empty() && options.sample > 0) {
    return fail(codes::options_do_not_fit, "with --manifest there is --listed and --full");
  }
  return {};
}

// The source is asked for what only it can tell, and needs no password to be asked for that.
Result<std::unique_ptr<endpoint::Source>> open_source_where_possible(const VerifyOptions& options, const Wiring& wiring) {
  const bool has_password = !options.source.password_file.empty() || std::getenv("GODWIT_SOURCE_PASSWORD") != nullptr;
  if (!has_password) return nullptr;
  return open_source(options.source, wiring, options.plain_ok);
}

std::uint32_t seed_of(const VerifyOptions& options) { return options.seed != 0 ? options.seed : std::random_device()(); }

sync::VerifyOptions depth_of(const VerifyOptions& options, std::uint32_t seed) {
  using Depth = sync::VerifyOptions::Depth;
  const Depth depth = options.full ? Depth::full : options.sample > 0 ? Depth::sample : Depth::listed;
  return {.depth = depth, .sample = options.sample, .seed = seed, .again = options.again};
}

Result<int> verify_ledger(const VerifyOptions& options, const Wiring& wiring) {
  if (wiring.has_collections(options.source.url) || wiring.has_collections(options.target.url)) return verify_collections(options, depth_of(options, seed_of(options)), wiring);
  GODWIT_TRY(const auto identity, identify(options.source, options.target, wiring, options.plain_ok));
  GODWIT_TRY(const auto source, open_source_where_possible(options, wiring));
  GODWIT_TRY(const auto target, open_target(options.target, wiring, options.plain_ok));
  GODWIT_TRY(const auto ledger, wiring.ledger(options.ledger));
  Console console(style_for(options.json), identity.target);
  std::atomic<bool> stop{false};
  VerifySummary summary;
  sync::Progress waiting;
  std::unique_ptr<ledger::AccountLedger> account;
  std::unique_ptr<sync::Verifier> verifier;
  const std::uint32_t seed = seed_of(options);
  if (options.sample > 0) summary.notes.push_back(fmt::format("The sample was chosen with --seed {}.", seed));
  const auto run = [&]() -> Task<> {
    auto opened = co_await find_account(*ledger, identity);
    if (!opened) {
      summary.error = std::move(opened).error();
      co_return;
    }
    account = *std::move(opened);
    verifier = std::make_unique<sync::Verifier>(
        source.get(), *target, *account, depth_of(options, seed), stop, [&console](const sync::Event& event) { console.event(event); },
        [&console](const sync::Difference& difference) { console.difference(difference); });
    auto result = co_await verifier->run();
    summary.counts = result.counts;
    summary.withdrawn = result.withdrawn;
    summary.left_out = result.left_out;
    summary.not_moved = result.not_moved;
    summary.error = std::move(result.error);
  };
  run_long(run(), [&] { console.progress(verifier ? verifier->progress() : waiting); }, [&] { console.stopping(stop); });
  if (summary.error && options.full) summary.notes.emplace_back("What was read back is on record. Run the same command again to go on.");
  const int status = exit_status_of(summary);
  console.summary(summary, status);
  return status;
}

int verify_plan(const VerifyOptions& options, const Wiring& wiring) {
  ProofOptions proof{options.plan, depth_of(options, seed_of(options)), options.accounts_at_once, options.threads};
  proof.plan.json = options.json;
  return run_verify_of_plan(proof, wiring);
}

Result<int> verify_manifest(const VerifyOptions& options, const Wiring& wiring) {
  AccountOptions account = options.target;
  account.url = options.source.url;  // the only one that was given
  GODWIT_TRY(const auto key, report::PublicKey::load(options.key));
  GODWIT_TRY(const auto manifest, report::ManifestReader::open(options.manifest, key));
  GODWIT_TRY(const auto target, open_target(account, wiring, options.plain_ok));
  Console console(style_for(options.json), target->identity());
  std::atomic<bool> stop{false};
  VerifySummary summary;
  const report::ManifestHeader& header = manifest->header();
  if (header.target != target->identity()) {
    console.event({sync::Event::Kind::warning, "the manifest is of another account: " + header.target});
  }
  report::ManifestVerifier verifier(
      *manifest, *target, options.full, stop, [&console](const sync::Event& event) { console.event(event); },
      [&console](const sync::Difference& difference) { console.difference(difference); });
  const auto run = [&]() -> Task<> {
    auto result = co_await verifier.run();
    summary.counts = result.counts;
    summary.withdrawn = result.items.withdrawn;
    summary.left_out = result.items.left_out;
    summary.not_moved = result.items.not_moved;
    summary.error = std::move(result.error);
  };
  run_long(run(), [&] { console.progress(verifier.progress()); }, [&] { console.stopping(stop); });
  summary.notes.push_back(fmt::format("The manifest is of {}, grade {}; its signature is right.", header.created.to_rfc3339(),
                                      report::name_of(header.grade)));
  const int status = exit_status_of(summary);
  console.summary(summary, status);
  return status;
}

}  // namespace

CLI::App& add_verify_command(CLI::App& program, VerifyOptions& options) {
  CLI::App& command = *program.add_subcommand("verify", "Look whether everything that was moved is still on the target, as it was left there");
  command.add_option("source_url", options.source.url,
                     "The old account, as of godwit copy; with --manifest the new account; without URLs the accounts of a plan");
  command.add_option("target_url", options.target.url, "The new account");
  command.add_option("--ledger", options.ledger, "The record of what was moved");
  command.add_option("--manifest", options.manifest, "Check what this manifest says instead, without a ledger");
  command.add_option("--key", options.key, "The public key that the manifest was signed with (FILE.pub)");
  command.add_flag("--listed", options.listed, "Every item in the target's list, with its flags and date (also without this option)");
  command.add_option("--sample", options.sample, "Besides that, read back so many items, by chance, and compare them by SHA-256");
  command.add_option("--seed", options.seed, "Of that chance; by the same number the same items are chosen");
  command.add_flag("--full", options.full, "Besides that, read back every item that is not proven yet, and compare it by SHA-256");
  command.add_flag("--again", options.again, "With --full: those that are proven already, too");
  add_plan_instead(command, options.plan);
  command.add_option("--at-once", options.accounts_at_once, "With a plan: accounts at work at once, at most")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "With a plan: threads; usually as many as there are processors")->check(CLI::Range(1, 256));
  for (const char* name : {"--plan", "--account", "--wave", "--at-once", "--threads"}) {
    command.get_option(name)->excludes(command.get_option("--ledger"))->excludes(command.get_option("--manifest"));
  }
  add_account_options(command, "source", options.source);
  add_account_options(command, "target", options.target);
  command.add_flag("--plain-ok", options.plain_ok, "Send everything unencrypted on imap://");
  command.add_flag("--json", options.json, "Tell progress, differences and result as JSON lines");
  command.footer(
      "Nothing is changed on either server. The source is asked only for the subjects of what is missing, where its password is given.\n"
      "It may be stopped: what was seen is on record, and the same command again reads back only what is not proven yet.\n"
      "Exit status: 0 no difference, 1 differences, or with a plan accounts that could not be verified; else as of godwit copy.\n\n"
      "Examples:\n"
      "  godwit verify --full                               every account of ./godwit.toml\n"
      "  godwit verify --account alice@example.com --sample 500");
  return command;
}

int run_verify(const VerifyOptions& options, const Wiring& wiring) {
  const auto checked = check(options);
  auto status = !checked                    ? std::unexpected(checked.error())
                : is_of_plan(options)       ? verify_plan(options, wiring)
                : options.manifest.empty()  ? verify_ledger(options, wiring)
                                            : verify_manifest(options, wiring);
  if (!status) return Console(style_for(options.json), {}).failure(status.error());
  return *status;
}

}  // namespace godwit::cli
