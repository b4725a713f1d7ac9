// SPDX-License-Identifier: Apache-2.0
#include "cli/waves.h"

#include <fmt/format.h>

#include "base/internal_date.h"
#include "cli/organisation.h"
#include "cli/run_here.h"
#include "plan/plan_file.h"

namespace godwit::cli {
namespace {

// The ledger keeps what it was told of a host by name; a plan's waves have names that no host can have.
std::string place_of(const std::string& wave) { return "wave: " + wave; }
constexpr const char* signed_off = "signed off";

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

}  // namespace

Result<> check_waves(const plan::Plan& plan) {
  for (const plan::Wave& wave : plan.waves) {
    if (wave.windows.windows.empty() && wave.after.empty()) continue;
    return fail(ErrorKind::usage, fmt::format("wave {}: this version keeps neither the windows nor the \"after\" of a wave; take them out, "
                                              "run godwit migrate --wave when it is time, or give the windows to the servers' limits",
                                              wave.name));
  }
  return {};
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
