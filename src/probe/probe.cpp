// SPDX-License-Identifier: Apache-2.0
#include "probe/probe.h"

#include <fmt/format.h>

#include <utility>

#include "base/error_code.h"
#include "probe/check_reading.h"

namespace godwit::probe {
namespace {

struct Step {
  std::string_view name, text;
  std::function<Task<Result<>>()> run;
};

// A target's sessions, as those of a source.
class ReadTarget final : public endpoint::Source {
 public:
  explicit ReadTarget(endpoint::Target& target) : target_(target) {}
  [[nodiscard]] std::string identity() const override { return target_.identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override { co_return co_await target_.connect(); }

 private:
  endpoint::Target& target_;
};

std::vector<Step> make_steps(Stage& stage, Sheet& sheet, endpoint::Target& target, const Amounts& amounts, Report& report) {
  return {
      {"names", "folder names", [&] { return check_names(stage, sheet); }},
      {"messages", "messages", [&] { return check_messages(stage, sheet, amounts); }},
      {"dates", "dates", [&] { return check_dates(stage, sheet); }},
      {"flags", "flags", [&] { return check_flags(stage, sheet, amounts, report.measures); }},
      {"append", "storing", [&] { return check_append(stage, sheet); }},
      {"listing", "listing", [&] { return check_listing(stage, sheet); }},
      {"changes", "changes", [&] { return check_changes(stage, sheet); }},
      {"speed", "speed", [&] { return check_speed(stage, sheet, amounts, report.measures); }},
      {"lasting", "what lasts", [&] { return check_lasting(stage, sheet); }},
      {"limits", "limits", [&] { return check_limits(stage, sheet, target, amounts, report.facts, report.measures); }},
  };
}

// What a check could not do to its end would be missed if it were not told.
void note_break(Sheet& sheet, const Step& step, const Error& error) {
  sheet.refused(fmt::format("{}.complete", step.name), fmt::format("the checks of {} came to no end", step.text), error, Harm::grave);
}

Task<Result<>> run_steps(Stage& stage, Sheet& sheet, const std::vector<Step>& steps, const std::function<void(std::string_view)>& on_step,
                         const std::atomic<bool>& stop) {
  for (const Step& step : steps) {
    if (stop) co_return fail(codes::stopped, "stopped; the probe's folders are removed");
    on_step(step.text);
    const auto done = co_await step.run();
    if (done) continue;
    note_break(sheet, step, done.error());
    stage.drop();
  }
  co_return Result<>{};
}

}  // namespace

Task<Result<Report>> run(endpoint::Source& source, endpoint::Target& target, Options options,
                         std::function<void(std::string_view)> on_step, const std::atomic<bool>& stop) {
  Report report;
  Sheet sheet;
  ReadTarget read_target(target);
  Stage stage(options.reads_apart ? read_target : source, target), as_source(source, target);
  report.account = target.identity();
  GODWIT_CO_TRY(report.swept, co_await stage.open());
  auto steps = make_steps(stage, sheet, target, options.amounts, report);
  if (options.reads_apart) {
    steps.push_back({"reading", "what a source reads of it", [&] { return check_written(stage, as_source, sheet); }});
  }
  const auto done = co_await run_steps(stage, sheet, steps, on_step, stop);
  auto rest = options.keeps_folders && done ? co_await stage.own_folders() : co_await stage.sweep();
  stage.drop();
  if (!done) co_return std::unexpected(done.error());
  if (!rest) co_return std::unexpected(std::move(rest).error());
  report.left_behind = *std::move(rest);
  report.findings = sheet.findings();
  co_return report;
}

Task<Result<Report>> run_reading(endpoint::Source& source, Options options, std::function<void(std::string_view)> on_step) {
  Report report;
  Sheet sheet;
  report.account = source.identity();
  report.is_read_only = true;
  on_step("reading");
  GODWIT_CO_CHECK(co_await check_reading(source, sheet, options.amounts, report.facts));
  report.findings = sheet.findings();
  co_return report;
}

}  // namespace godwit::probe
