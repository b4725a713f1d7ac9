// SPDX-License-Identifier: Apache-2.0
#include "estimate/estimate_json.h"

#include <algorithm>
#include <cmath>

namespace godwit::estimate {
namespace {

using nlohmann::json;

// The ledger keeps what it was told of a host by name; no host has this one.
constexpr const char* place = "plan: estimate";
constexpr const char* fact_key = "last";
constexpr int format = 1;

json to_json(const Costs& costs) {
  return {{"account", costs.account}, {"folder", costs.folder}, {"message", costs.message}, {"byte", costs.byte}};
}
Costs costs_of(const json& object) { return {object.at("account"), object.at("folder"), object.at("message"), object.at("byte")}; }

json to_json(const Speed& speed) {
  return {{"alone", to_json(speed.alone)}, {"together", to_json(speed.together)}, {"pairs", speed.pairs}, {"spread", speed.spread}};
}
Speed speed_of(const json& object) {
  return {costs_of(object.at("alone")), costs_of(object.at("together")), object.at("pairs"), object.at("spread")};
}

json to_json(const Hours& hours) {
  json spans = json::array();
  for (const Hours::Span& span : hours.spans()) spans.push_back({span.begin, span.end});
  return spans;
}
Hours hours_of(const json& array) {
  std::vector<Hours::Span> spans;
  for (const json& span : array) spans.push_back({span.at(0), span.at(1)});
  return Hours(std::move(spans));
}

json to_json(const Host& host) {
  return {{"name", host.name},
          {"connections", host.connections},
          {"bytes_per_second", host.bytes_per_second},
          {"messages_per_second", host.messages_per_second},
          {"bytes_per_day", host.bytes_per_day},
          {"bytes_per_day_per_account", host.bytes_per_day_per_account},
          {"hours", to_json(host.hours)}};
}
Host host_of(const json& object) {
  return {object.at("name"),          object.at("connections"),   object.at("bytes_per_second"), object.at("messages_per_second"),
          object.at("bytes_per_day"), object.value("bytes_per_day_per_account", 0.0), hours_of(object.at("hours"))};
}

json to_json(const std::vector<Route>& routes) {
  json all = json::array();
  for (const Route& route : routes) {
    all.push_back({{"source", route.source}, {"target", route.target}, {"speed", to_json(route.speed)}, {"slow_side", route.slow_side}});
  }
  return all;
}

json to_json(const Problem& problem) {
  json hosts = json::array(), waves = json::array(), loads = json::array();
  for (const Host& host : problem.hosts) hosts.push_back(to_json(host));
  for (const Wave& wave : problem.waves) waves.push_back({{"name", wave.name}, {"hours", to_json(wave.hours)}, {"after", wave.after}});
  for (const Load& load : problem.loads) {
    loads.push_back({load.account, load.wave, load.priority, load.route, load.folders, load.messages, std::floor(load.bytes)});
  }
  return {{"hosts", std::move(hosts)},
          {"routes", to_json(problem.routes)},
          {"waves", std::move(waves)},
          {"loads", std::move(loads)},
          {"accounts_at_once", problem.accounts_at_once},
          {"lanes", problem.lanes},
          {"first_midnight", problem.first_midnight}};
}

Problem problem_of(const json& object) {
  Problem problem;
  for (const json& host : object.at("hosts")) problem.hosts.push_back(host_of(host));
  for (const json& route : object.at("routes")) {
    problem.routes.push_back({route.at("source"), route.at("target"), speed_of(route.at("speed")), route.at("slow_side")});
  }
  for (const json& wave : object.at("waves")) problem.waves.push_back({wave.at("name"), hours_of(wave.at("hours")), wave.at("after")});
  for (const json& load : object.at("loads")) {
    problem.loads.push_back({load.at(0), load.at(1), load.at(2), load.at(3), load.at(4), load.at(5), load.at(6)});
  }
  problem.accounts_at_once = object.at("accounts_at_once");
  problem.lanes = object.at("lanes");
  problem.first_midnight = object.at("first_midnight");
  return problem;
}

// What play() takes for granted.
bool is_sound(const Problem& problem) {
  const auto route_is_sound = [&](const Route& route) { return std::max(route.source, route.target) < problem.hosts.size(); };
  const auto load_is_sound = [&](const Load& load) { return load.wave < problem.waves.size() && load.route < problem.routes.size(); };
  const auto wave_is_sound = [&](const Wave& wave) { return wave.after < static_cast<int>(problem.waves.size()); };
  return std::ranges::all_of(problem.routes, route_is_sound) && std::ranges::all_of(problem.loads, load_is_sound) &&
         std::ranges::all_of(problem.waves, wave_is_sound) && problem.accounts_at_once > 0 && problem.lanes > 0;
}

Span span_of(const json& object) { return {object.at("seconds"), object.at("seconds_low"), object.at("seconds_high")}; }

Constraint constraint_named(const std::string& name) {
  for (std::size_t i = 0; i < constraint_count; ++i) {
    if (name_of(static_cast<Constraint>(i)) == name) return static_cast<Constraint>(i);
  }
  return Constraint::servers;
}

Estimate estimate_of(const json& object) {
  Estimate estimate;
  estimate.begin = InternalDate{object.at("begin"), 0};
  estimate.accounts = object.at("accounts");
  estimate.messages = object.at("messages");
  estimate.bytes = object.at("bytes");
  estimate.total = span_of(object);
  for (const json& wave : object.at("waves")) {
    estimate.waves.push_back({wave.at("name"), wave.at("accounts"), wave.at("messages"), wave.at("bytes"), span_of(wave)});
  }
  for (const json& account : object.at("longest")) {
    estimate.longest.push_back(
        {account.at("account"), account.at("messages"), account.at("bytes"), account.at("begins"), account.at("ends")});
  }
  estimate.bottleneck = constraint_named(object.at("bottleneck"));
  estimate.slow_side = object.at("slow_side");
  estimate.closed_seconds = object.at("closed_seconds");
  estimate.is_measured = object.at("measured");
  estimate.is_endless = object.at("endless");
  estimate.notes = object.at("notes").get<std::vector<std::string>>();
  estimate.problem = problem_of(object.at("problem"));
  return estimate;
}

}  // namespace

json to_json(const Span& span) { return {{"seconds", span.seconds}, {"seconds_low", span.low}, {"seconds_high", span.high}}; }

json to_json(const Estimate& estimate, bool with_problem) {
  json object = to_json(estimate.total);
  json waves = json::array(), longest = json::array();
  for (const WaveEstimate& wave : estimate.waves) {
    json line = to_json(wave.ends);
    line.update({{"name", wave.name}, {"accounts", wave.accounts}, {"messages", wave.messages}, {"bytes", wave.bytes}});
    waves.push_back(std::move(line));
  }
  for (const AccountEstimate& account : estimate.longest) {
    longest.push_back({{"account", account.name},
                       {"messages", account.messages},
                       {"bytes", account.bytes},
                       {"begins", account.begins},
                       {"ends", account.ends}});
  }
  object.update({{"godwit_estimate", format},
                 {"begin", estimate.begin.seconds},
                 {"accounts", estimate.accounts},
                 {"messages", estimate.messages},
                 {"bytes", estimate.bytes},
                 {"waves", std::move(waves)},
                 {"longest", std::move(longest)},
                 {"bottleneck", name_of(estimate.bottleneck)},
                 {"slow_side", estimate.slow_side},
                 {"closed_seconds", estimate.closed_seconds},
                 {"measured", estimate.is_measured},
                 {"endless", estimate.is_endless},
                 {"measurements", to_json(estimate.problem.routes)},
                 {"notes", estimate.notes}});
  if (with_problem) object["problem"] = to_json(estimate.problem);
  return object;
}

Result<Estimate> from_json(const std::string& text) {
  constexpr const char* advice = "the recorded estimate cannot be read; godwit estimate makes a new one";
  try {
    const json object = json::parse(text);
    if (object.at("godwit_estimate") != format) return fail(ErrorKind::storage, advice);
    Estimate estimate = estimate_of(object);
    if (!is_sound(estimate.problem)) return fail(ErrorKind::storage, advice);
    return estimate;
  } catch (const json::exception& error) {
    return fail(ErrorKind::storage, advice, error.what());
  }
}

Task<Result<>> record_estimate(ledger::Ledger& ledger, const Estimate& estimate) {
  // Names may be no UTF-8.
  const std::string text = to_json(estimate, true).dump(-1, ' ', false, json::error_handler_t::replace);
  co_return co_await ledger.set_host_fact(place, fact_key, text);
}

Task<std::optional<std::string>> recorded_estimate(ledger::Ledger& ledger) {
  auto fact = co_await ledger.host_fact(place, fact_key);
  if (!fact || !*fact || !from_json(**fact)) co_return std::nullopt;
  co_return std::move(**fact);
}

}  // namespace godwit::estimate
