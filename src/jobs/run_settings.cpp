// SPDX-License-Identifier: Apache-2.0
#include "jobs/run_settings.h"

#include <nlohmann/json.hpp>

namespace godwit::jobs {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

// What the plan says may be any bytes.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

RunSettings read_settings(const json& object) {
  RunSettings settings;
  settings.program = object.at("program").get<std::string>();
  for (const json& each : object.at("settings")) {
    settings.settings.push_back({each.at(0).get<std::string>(), each.at(1).get<std::string>()});
  }
  for (const json& each : object.at("servers")) {
    settings.servers.push_back({each.at("role").get<std::string>(), each.at("address").get<std::string>(),
                                each.at("software").get<std::string>()});
  }
  return settings;
}

std::vector<Moment> read_timeline(const json& points) {
  std::vector<Moment> timeline;
  for (const json& point : points) {
    Moment moment;
    moment.time = system_clock::time_point(milliseconds(point.at(0).get<std::int64_t>()));
    moment.messages_done = point.at(1).get<std::uint64_t>();
    moment.bytes_done = point.at(2).get<std::uint64_t>();
    moment.source_waited = milliseconds(point.at(3).get<std::int64_t>());
    moment.target_waited = milliseconds(point.at(4).get<std::int64_t>());
    moment.limits_waited = milliseconds(point.at(6).get<std::int64_t>());
    moment.running = point.at(5).get<int>();
    timeline.push_back(moment);
  }
  return timeline;
}

}  // namespace

std::string settings_text(const RunSettings& settings) {
  json object{{"program", settings.program}, {"settings", json::array()}, {"servers", json::array()}};
  for (const report::NamedValue& each : settings.settings) object["settings"].push_back(json::array({each.name, each.value}));
  for (const report::ServerDescription& each : settings.servers) {
    object["servers"].push_back({{"role", each.role}, {"address", each.address}, {"software", each.software}});
  }
  return text_of(object);
}

RunSettings settings_of(std::string_view text) {
  try {
    return read_settings(json::parse(text));
  } catch (const json::exception&) {
    return {};
  }
}

std::string timeline_text(const std::vector<Moment>& timeline) {
  json points = json::array();
  const auto in_milliseconds = [](auto duration) { return std::chrono::duration_cast<milliseconds>(duration).count(); };
  for (const Moment& moment : timeline) {
    points.push_back(json::array({in_milliseconds(moment.time.time_since_epoch()), moment.messages_done, moment.bytes_done,
                                  in_milliseconds(moment.source_waited), in_milliseconds(moment.target_waited), moment.running,
                                  in_milliseconds(moment.limits_waited)}));
  }
  return text_of(points);
}

std::vector<Moment> timeline_of(std::string_view text) {
  try {
    return read_timeline(json::parse(text));
  } catch (const json::exception&) {
    return {};
  }
}

}  // namespace godwit::jobs
