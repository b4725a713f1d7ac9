// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::cli {
namespace {

using report::NamedValue;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string time_of_day(std::chrono::minutes time) { return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60); }

std::string window_text(const plan::WeeklyWindow& window) {
  constexpr std::array names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  std::string days;
  for (std::size_t day = 0; day < names.size(); ++day) {
    if (window.days.test(day)) days += (days.empty() ? "" : ",") + std::string(names.at(day));
  }
  constexpr std::chrono::minutes midnight = std::chrono::days(1);
  const std::chrono::minutes end = window.end > midnight ? window.end - midnight : window.end;
  return fmt::format("{} {}-{}", window.days.all() ? "daily" : days, time_of_day(window.begin), time_of_day(end));
}

std::string windows_text(const plan::WeeklyWindows& windows) {
  std::vector<std::string> texts;
  for (const plan::WeeklyWindow& window : windows.windows) texts.push_back(window_text(window));
  const std::string text = joined(texts);
  return text.empty() || windows.time_zone.empty() ? text : text + " (" + windows.time_zone + ")";
}

class Settings {
 public:
  void add(std::string name, std::string value) {
    if (!value.empty()) all_.push_back({std::move(name), std::move(value)});
  }
  template <class Number>
  void add(std::string name, const std::optional<Number>& number) {
    if (number) all_.push_back({std::move(name), grouped(*number)});
  }
  void add_bytes(std::string name, const std::optional<std::uint64_t>& bytes) {
    if (bytes) all_.push_back({std::move(name), format_bytes(*bytes)});
  }
  [[nodiscard]] std::vector<NamedValue> take() { return std::move(all_); }

 private:
  std::vector<NamedValue> all_;
};

// Whatever is less than the usual, by order, and the way round.
void add_line(const plan::Endpoint& endpoint, Settings& settings) {
  const auto least = std::ranges::find(tls_versions, endpoint.tls.least, [](const auto& each) { return each.second; });
  if (endpoint.security == plan::Security::detect) settings.add(endpoint.name + ".security", std::string(name_of(endpoint.security)));
  if (endpoint.tls.least != TlsVersion::v1_2) settings.add(endpoint.name + ".tls_min", std::string(least->first));
  if (endpoint.tls.legacy_ciphers) settings.add(endpoint.name + ".ciphers", "legacy");
  if (endpoint.proxy) settings.add(endpoint.name + ".proxy", endpoint.proxy->text());
}

void add_limits(const plan::Endpoint& endpoint, Settings& settings) {
  const plan::Limits& limits = endpoint.limits;
  const std::string prefix = endpoint.name + ".limits.";
  settings.add(prefix + "connections", limits.connections);
  settings.add(prefix + "connections_per_account", limits.connections_per_account);
  settings.add_bytes(prefix + "bytes_per_second", limits.bytes_per_second);
  settings.add_bytes(prefix + "bytes_per_day", limits.bytes_per_day);
  settings.add_bytes(prefix + "bytes_per_day_per_account", limits.bytes_per_day_per_account);
  settings.add(prefix + "messages_per_second", limits.messages_per_second);
  settings.add(prefix + "windows", windows_text(limits.windows));
}

void add_rules(const plan::Plan& plan, Settings& settings) {
  settings.add("rules.include", joined(plan.rules.include));
  settings.add("rules.exclude", joined(plan.rules.exclude));
  settings.add("rules.rename", joined(plan.rules.renames));
  settings.add("rules.below", plan.rules.below);
  settings.add("rules.since", plan.rules.since);
  settings.add("rules.until", plan.rules.until);
  settings.add("rules.size_limit", plan.rules.size_limit);
  settings.add("rules.skip_deleted", plan.rules.skip_deleted ? "yes" : "");
  settings.add("rules.shared", joined(plan.rules.shared));
  settings.add("rules.other_users", joined(plan.rules.other_users));
  settings.add("rules.shared_account", plan.rules.shared_account);
  settings.add("rules.groupware", plan.rules.groupware ? "yes" : "");
  settings.add("rules.copy_rights", plan.extras.rights ? "yes" : "");
  settings.add("rules.copy_annotations", joined(plan.extras.annotations));
  settings.add("rules.copy_quota", plan.extras.quota ? "yes" : "");
  settings.add("rules.order", plan.rules.order);
  settings.add("rules.repair", plan.repairs);
}

}  // namespace

std::vector<NamedValue> settings_of(const plan::Plan& plan) {
  Settings settings;
  settings.add("lanes", std::optional(plan.lanes));
  settings.add("quiet_time", fmt::format("{} s", static_cast<double>(plan.quiet_time.count()) / 1000));
  add_rules(plan, settings);
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      add_line(endpoint, settings);
      add_limits(endpoint, settings);
    }
  }
  return settings.take();
}

}  // namespace godwit::cli
