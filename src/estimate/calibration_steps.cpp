// SPDX-License-Identifier: Apache-2.0
#include "estimate/calibration_steps.h"

#include <fmt/format.h>

#include "base/text.h"

namespace godwit::estimate {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point begin) { return std::chrono::duration<double>(steady_clock::now() - begin).count(); }

class Step : public jobs::Work {
 public:
  Step(jobs::WorkPlace place, Findings& findings) : place_(std::move(place)), findings_(findings) {}
  Task<sync::RoundResult> run() override {
    sync::RoundResult result;
    const auto done = co_await work();
    if (!done) result.error = done.error();
    co_return result;
  }
  sync::Progress progress() const override { return {}; }

 protected:
  [[nodiscard]] virtual Task<Result<>> work() = 0;
  jobs::WorkPlace place_;
  Findings& findings_;
};

class LookStep final : public Step {
 public:
  using Step::Step;

 private:
  Task<Result<>> work() override {
    GODWIT_CO_TRY(const auto session, co_await place_.source.connect());
    auto offer = co_await look_for_samples(*session);
    session->close();
    if (!offer) co_return std::unexpected(std::move(offer).error());
    const std::lock_guard lock(findings_.mutex);
    findings_.offers[place_.job.name] = *std::move(offer);
    co_return Result<>{};
  }
};

class MeasuringStep : public Step {
 public:
  MeasuringStep(jobs::WorkPlace place, Findings& findings, std::vector<Sample> samples)
      : Step(std::move(place), findings), samples_(std::move(samples)) {}

 protected:
  // Its time is taken; then what it has left behind is removed, whatever became of it.
  [[nodiscard]] virtual Task<Result<>> measured(const Sample& sample) = 0;
  [[nodiscard]] virtual Task<Result<>> clean_up(const Sample& sample) = 0;

 private:
  Task<Result<>> work() override {
    count_in();
    Stretch stretch;
    Result<> result;
    for (const Sample& sample : samples_) {
      result = co_await one(sample, stretch);
      if (!result) break;
    }
    const std::lock_guard lock(findings_.mutex);
    --findings_.at_work;
    if (result) findings_.stretches.push_back(std::move(stretch));
    co_return result;
  }

  void count_in() {
    const std::lock_guard lock(findings_.mutex);
    findings_.most_at_work = std::max(findings_.most_at_work, ++findings_.at_work);
  }

  Task<Result<>> one(const Sample& sample, Stretch& stretch) {
    const auto begin = steady_clock::now();
    const auto result = co_await measured(sample);
    Measure measure{static_cast<double>(sample.folders.size()), sample.messages, sample.bytes, seconds_since(begin)};
    const auto then = steady_clock::now();
    const auto removed = co_await clean_up(sample);
    const Measure removal{measure.folders, 0, 0, seconds_since(then)};
    stretch.seconds += measure.seconds + removal.seconds;
    const std::lock_guard lock(findings_.mutex);
    if (!removed) findings_.notes.push_back(note_of(removed.error()));
    if (!result) co_return result;
    findings_.rounds.push_back(measure);
    findings_.removals.push_back(removal);
    stretch.rounds.push_back(measure);
    co_return Result<>{};
  }

  [[nodiscard]] std::string note_of(const Error& error) const {
    return fmt::format("{}: a folder named godwit-probe-… could not be removed from the target; the next round removes it: {}",
                       printable(place_.job.name), describe(error));
  }

  std::vector<Sample> samples_;
};

class RoundStep final : public MeasuringStep {
 public:
  using MeasuringStep::MeasuringStep;

 private:
  Task<Result<>> measured(const Sample& sample) override {
    const auto source = make_sample_source(place_.source, sample.folders);
    sync::RoundOptions options = place_.options;
    options.lanes = 1;
    sync::Round round(*source, place_.target, place_.ledger, std::move(options), place_.stop, [](const sync::Event&) {});
    const sync::RoundResult result = co_await round.run();
    if (result.error) co_return std::unexpected(*result.error);
    if (result.not_moved > 0) co_return fail(ErrorKind::refused, "the target does not take the messages of a calibration; see --read-only");
    const std::lock_guard lock(findings_.mutex);
    findings_.source_waited += round.progress().source_waited;
    findings_.target_waited += round.progress().target_waited;
    co_return Result<>{};
  }

  Task<Result<>> clean_up(const Sample& sample) override {
    GODWIT_CO_TRY(const auto session, co_await place_.target.connect());
    Result<> first;
    for (const SampleFolder& each : sample.folders) {
      endpoint::Folder folder;
      folder.path = each.path;
      folder.name = session->name_for(each.path);
      const auto removed = co_await session->remove_folder(folder);
      if (!removed && removed.error().kind != ErrorKind::not_found && first) first = removed;
    }
    session->close();
    co_return first;
  }
};

class ReadStep final : public MeasuringStep {
 public:
  using MeasuringStep::MeasuringStep;

 private:
  Task<Result<>> measured(const Sample& sample) override {
    GODWIT_CO_TRY(const auto session, co_await place_.source.connect());
    GODWIT_CO_CHECK(co_await session->folders());
    for (const SampleFolder& folder : sample.folders) GODWIT_CO_CHECK(co_await read(*session, folder));
    session->close();
    co_return Result<>{};
  }
  Task<Result<>> clean_up(const Sample&) override { co_return Result<>{}; }

  Task<Result<>> read(endpoint::Session& session, const SampleFolder& folder) {
    const auto view = session.open(folder.of);
    if (folder.uids.empty()) co_return Result<>{};
    const auto reader = view->fetch(folder.uids);
    while (true) {
      GODWIT_CO_TRY(const auto message, co_await reader->next());
      if (!message) co_return Result<>{};
      if (place_.stop) co_return fail(ErrorKind::canceled, "the calibration was stopped");
      if (message->streamed) GODWIT_CO_CHECK(co_await read_pieces(*reader));
    }
  }
  static Task<Result<>> read_pieces(endpoint::MessageReader& reader) {
    while (true) {
      GODWIT_CO_TRY(const auto piece, co_await reader.read());
      if (piece.empty()) co_return Result<>{};
    }
  }
};

}  // namespace

std::unique_ptr<jobs::Work> make_look_step(jobs::WorkPlace place, Findings& findings) {
  return std::make_unique<LookStep>(std::move(place), findings);
}

std::unique_ptr<jobs::Work> make_round_step(jobs::WorkPlace place, Findings& findings, std::vector<Sample> samples) {
  return std::make_unique<RoundStep>(std::move(place), findings, std::move(samples));
}

std::unique_ptr<jobs::Work> make_read_step(jobs::WorkPlace place, Findings& findings, std::vector<Sample> samples) {
  return std::make_unique<ReadStep>(std::move(place), findings, std::move(samples));
}

}  // namespace godwit::estimate
