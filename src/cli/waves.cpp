// SPDX-License-Identifier: Apache-2.0
#include "cli/waves.h"

#include "base/internal_date.h"
#include "cli/organisation.h"
#include "cli/run_here.h"
#include "plan/plan_file.h"

namespace godwit::cli {
namespace {

// The ledger keeps what it was told of a host by name; a plan's waves have names that no host can have.
std::string place_of(const std::string& wave) { return "wave: " + wave; }
constexpr const char* signed_off = "signed off";
constexpr const char* ended = "ended";

Task<Result<std::set<std::string>>> read_held_waves(const plan::Plan& plan, ledger::Ledger& ledger) {
  std::set<std::string> held;
  bool is_pilot_open = false;
  for (const plan::Wave& wave : plan.waves) {
    if (!wave.is_pilot) continue;
    GODWIT_CO_TRY(const auto fact, co_await ledger.host_fact(place_of(wave.name), signed_off));
    if (!fact) is_pilot_open = true;
  }
  if (!is_pilot_open) co_return held;
  for (const plan::Wave& wave : plan.waves) {
    if (!wave.is_pilot) held.insert(wave.name);
  }
  co_return held;
}

Task<Result<>> record_sign_off(const plan::Plan& plan, ledger::Ledger& ledger, const std::string& wave) {
  const plan::Wave* const pilot = plan::find_wave(plan, wave);
  if (pilot == nullptr || !pilot->is_pilot) co_return fail(ErrorKind::usage, "the plan has no pilot wave of this name: " + wave);
  co_return co_await ledger.set_host_fact(place_of(wave), signed_off, InternalDate::now().to_rfc3339());
}

Task<Result<std::set<std::string>>> read_ended_waves(const Organisation& organisation, ledger::Ledger& ledger) {
  std::set<std::string> names;
  for (const plan::Wave& wave : organisation.plan.waves) {
    GODWIT_CO_TRY(const auto fact, co_await ledger.host_fact(place_of(wave.name), ended));
    if (fact || !organisation.people.contains(wave.name)) names.insert(wave.name);
  }
  co_return names;
}

}  // namespace

Result<std::vector<jobs::WaveTimes>> wave_times(const Organisation& organisation, ledger::Ledger& ledger) {
  GODWIT_TRY(const auto ended_before, run_here(read_ended_waves(organisation, ledger)));
  std::vector<jobs::WaveTimes> all;
  for (const plan::Wave& wave : organisation.plan.waves) {
    jobs::WaveTimes times{.name = wave.name, .after = wave.after, .has_ended = ended_before.contains(wave.name)};
    auto windows = windows_in_zone(wave.windows);
    if (!windows) return std::unexpected(std::move(windows).error().at("wave " + wave.name));
    times.windows = *std::move(windows);
    all.push_back(std::move(times));
  }
  return all;
}

Task<Result<>> record_end(ledger::Ledger& ledger, std::string wave) {
  co_return co_await ledger.set_host_fact(place_of(wave), ended, InternalDate::now().to_rfc3339());
}

std::set<std::string> whole_waves(const Organisation& organisation) {
  std::map<std::string, std::size_t> chosen;
  for (const plan::Account& account : organisation.accounts) ++chosen[account.wave];
  std::set<std::string> whole;
  for (const auto& [wave, count] : chosen) {
    if (organisation.people.at(wave) == count) whole.insert(wave);
  }
  return whole;
}

Task<Result<std::optional<std::string>>> sign_off_on_record(ledger::Ledger& ledger, std::string wave) {
  return ledger.host_fact(place_of(wave), signed_off);
}

Result<std::set<std::string>> held_waves(const plan::Plan& plan, ledger::Ledger& ledger) {
  return run_here(read_held_waves(plan, ledger));
}

Task<Result<>> sign_off(const plan::Plan& plan, ledger::Ledger& ledger, jobs::Migration& migration, std::string wave) {
  GODWIT_CO_CHECK(co_await record_sign_off(plan, ledger, wave));
  GODWIT_CO_TRY(const auto held, co_await read_held_waves(plan, ledger));
  for (const plan::Wave& each : plan.waves) {
    if (!held.contains(each.name)) migration.open_wave(each.name);
  }
  co_return Result<>{};
}

Result<> sign_off(const std::filesystem::path& plan_file, const std::string& wave, const Wiring& wiring) {
  GODWIT_TRY(const auto plan, plan::read_plan(plan_file));
  GODWIT_TRY(const auto ledger, open_ledger(plan, wiring));
  return run_here(record_sign_off(plan, *ledger, wave));
}

}  // namespace godwit::cli
