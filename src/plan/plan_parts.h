// SPDX-License-Identifier: Apache-2.0
// Parts of a plan, each read from its table. Only for plan_file.cpp.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"
#include "plan/toml_table.h"

namespace godwit::plan {

// What the whole plan says and its parts need.
struct Surroundings {
  std::filesystem::path directory;  // of the plan's file
  std::string time_zone;            // where a part has none of its own
};

// A path as the plan has it, from the plan's directory; "~" is a problem.
[[nodiscard]] std::filesystem::path resolve(TableReader& reader, const PlacedText& path, const Surroundings& surroundings);

// The keys about access tokens; nothing where there are none.
[[nodiscard]] std::optional<TokenFrom> read_token(TableReader& reader, const Surroundings& surroundings);

// The keys windows and time_zone.
[[nodiscard]] WeeklyWindows read_windows(TableReader& reader, const Surroundings& surroundings);

// The time zone under this key; empty where there is none.
[[nodiscard]] std::string read_time_zone(TableReader& reader);

// All [source] or [target]: `side`. Several need names of their own; one has the side's where it has none.
[[nodiscard]] endpoint::LabelRules read_labels(const toml::table* table, const std::string& name, Reading& reading);
// `side`: "source" or "target". What the plan sets itself stays.
void apply_provider_limits(Endpoint& endpoint, std::string_view side);
[[nodiscard]] std::vector<Endpoint> read_endpoints(TableReader& root, const std::string& side, const Surroundings& surroundings,
                                                   Reading& reading);

// The keys mechanism, admin_command, certificate and certificate_key. `endpoint` has its admin_user, password and templates already:
// those that these keys leave no use for are problems, and what they make unnecessary is taken away.
void read_login_ways(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings);
// How the line to a server is opened: the keys proxy, proxy_password_file, proxy_password_env, tls_min, ciphers and ca_file. The security
// is known already.
void read_line(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings);

// [rules]: folders and messages, and what may be repaired.
void read_rules(TableReader& root, Plan& plan, const Surroundings& surroundings, Reading& reading);

[[nodiscard]] std::vector<Wave> read_waves(TableReader& root, const Surroundings& surroundings, Reading& reading);

// [pre_stage]; nothing where there is none. `waves`: all there are.
[[nodiscard]] std::optional<PreStage> read_pre_stage(TableReader& root, const std::vector<Wave>& waves, const Surroundings& surroundings,
                                                     Reading& reading);

}  // namespace godwit::plan
