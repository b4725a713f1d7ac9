// SPDX-License-Identifier: Apache-2.0
#include "cli/migration_json.h"

#include "cli/console.h"
#include "cli/terminal.h"
#include "cli/wave_text.h"

namespace godwit::cli {
namespace {

using nlohmann::json;

void put_time(json& object, const char* key, const std::optional<std::chrono::system_clock::time_point>& time) {
  if (time) object[key] = std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
}

template <class Named>
Named named(const std::string& wanted, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (name_of(static_cast<Named>(i)) == wanted) return static_cast<Named>(i);
  }
  return Named{};
}

jobs::JobStatus job_of(const json& account) {
  jobs::JobStatus job;
  job.name = account.value("account", "");
  job.state = named<jobs::State>(account.value("state", ""), jobs::state_count);
  job.progress.phase = named<sync::Progress::Phase>(account.value("phase", ""), 6);
  job.progress.folder = account.value("folder", "");
  job.progress.messages = account.value("messages", std::uint64_t{0});
  job.progress.messages_done = account.value("messages_done", std::uint64_t{0});
  return job;
}

}  // namespace

json to_json(const jobs::JobStatus& job) {
  json object{{"account", job.name},
              {"state", jobs::name_of(job.state)},
              {"phase", name_of(job.progress.phase)},
              {"folder", job.progress.folder},
              {"messages", job.progress.messages},
              {"messages_done", job.progress.messages_done},
              {"bytes_done", job.progress.bytes_done},
              {"copied", job.result.copied},
              {"matched", job.result.matched},
              {"not_moved", job.result.not_moved},
              {"attempts", job.attempts}};
  if (!job.wave.empty()) object["wave"] = job.wave;
  if (job.is_held) object["held"] = true;
  if (job.verdict) object["grade"] = report::name_of(job.verdict->grade);
  if (job.verdict) object["grade_reasons"] = job.verdict->reasons;
  if (job.error) object["error"] = to_json(*job.error);
  if (!job.last_warning.empty()) object["warning"] = job.last_warning;
  put_time(object, "began", job.began);
  put_time(object, "ended", job.ended);
  put_time(object, "next_attempt", job.next_attempt);
  put_wait(object, job.wait);
  return object;
}

json to_json(const jobs::Snapshot& snapshot) {
  json accounts = json::array(), counts = json::object(), waves = json::array();
  for (const jobs::WaveStatus& wave : snapshot.waves) waves.push_back(to_json(wave));
  for (const jobs::JobStatus& job : snapshot.jobs) accounts.push_back(to_json(job));
  for (std::size_t i = 0; i < jobs::state_count; ++i) {
    counts[std::string(jobs::name_of(static_cast<jobs::State>(i)))] = snapshot.counts[i];
  }
  json status{{"command", snapshot.command},
              {"paused", snapshot.is_paused},
              {"counts", std::move(counts)},
              {"waiting_waves", std::move(waves)},
              {"messages_done", snapshot.messages_done},
              {"bytes_done", snapshot.bytes_done},
              {"messages_per_second", snapshot.rates.messages},
              {"bytes_per_second", snapshot.rates.bytes},
              {"bottleneck", jobs::name_of(snapshot.rates.bottleneck)},
              {"accounts", std::move(accounts)}};
  if (snapshot.left) {
    status["left"] = {{"seconds", snapshot.left->seconds}, {"seconds_low", snapshot.left->low}, {"seconds_high", snapshot.left->high}};
  }
  return status;
}

jobs::Snapshot snapshot_of(const json& status) {
  jobs::Snapshot snapshot;
  snapshot.command = status.value("command", "migrate");
  for (std::size_t i = 0; i < jobs::state_count; ++i) {
    snapshot.counts[i] = status.at("counts").value(std::string(jobs::name_of(static_cast<jobs::State>(i))), std::size_t{0});
  }
  snapshot.is_paused = status.value("paused", false);
  snapshot.messages_done = status.value("messages_done", std::uint64_t{0});
  snapshot.bytes_done = status.value("bytes_done", std::uint64_t{0});
  snapshot.rates.messages = status.value("messages_per_second", 0.0);
  snapshot.rates.bytes = status.value("bytes_per_second", 0.0);
  snapshot.rates.bottleneck = named<jobs::Bottleneck>(status.value("bottleneck", ""), jobs::bottleneck_count);
  for (const json& wave : status.value("waiting_waves", json::array())) snapshot.waves.push_back(wave_of(wave));
  if (const auto left = status.find("left"); left != status.end()) {
    snapshot.left = jobs::TimeLeft{left->value("seconds", 0.0), left->value("seconds_low", 0.0), left->value("seconds_high", 0.0)};
  }
  for (const json& account : status.value("accounts", json::array())) snapshot.jobs.push_back(job_of(account));
  return snapshot;
}

}  // namespace godwit::cli
