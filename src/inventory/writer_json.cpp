// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "inventory/writer.h"

namespace godwit::inventory {
namespace {

using nlohmann::json;

std::string instant(std::chrono::sys_seconds time) { return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", time); }

json tally(const Tally& value) { return {{"messages", value.messages}, {"bytes", value.bytes}}; }

json quota(const endpoint::Quota& value) {
  json line{{"root", printable(value.root)}};
  if (value.storage) line["storage"] = {{"used", value.storage->used}, {"limit", value.storage->limit}};
  if (value.messages) line["messages"] = {{"used", value.messages->used}, {"limit", value.messages->limit}};
  return line;
}

template <class Values, class Write>
json list(const Values& values, Write write) {
  json lines = json::array();
  for (const auto& value : values) lines.push_back(write(value));
  return lines;
}

json texts(const std::vector<std::string>& values) { return list(values, [](const std::string& value) { return printable(value); }); }

json server(const endpoint::ServerFacts& facts) {
  json line{{"software", printable(facts.software)},
            {"version", printable(facts.version)},
            {"software_is_guessed", facts.software_is_guessed},
            {"greeting", printable(facts.greeting)},
            {"capabilities", texts(facts.capabilities)},
            {"tls_version", facts.tls_version},
            {"tells_quota", facts.tells_quota},
            {"quotas", list(facts.quotas, quota)},
            {"other_users", texts(facts.other_users)},
            {"shared", texts(facts.shared)},
            {"tells_special_use", facts.tells_special_use}};
  if (facts.append_limit) line["append_limit"] = *facts.append_limit;
  if (facts.certificate) {
    line["certificate"] = {{"fingerprint", facts.certificate->fingerprint},
                           {"names", texts(facts.certificate->names)},
                           {"not_before", instant(facts.certificate->not_before)},
                           {"not_after", instant(facts.certificate->not_after)}};
  }
  return line;
}

json finding(const Finding& value) {
  return {{"severity", name_of(value.severity)}, {"code", value.code},         {"what", printable(value.what)},
          {"advice", value.advice},              {"count", value.count}, {"examples", value.examples}};
}

json folder(const FolderInventory& value) {
  json line{{"folder", value.path.display()},
            {"special_use", endpoint::name_of(value.role)},
            {"owner", endpoint::name_of(value.owner)},
            {"is_container", value.is_container},
            {"messages", value.total.messages},
            {"bytes", value.total.bytes},
            {"largest", value.largest},
            {"deleted", value.deleted.messages},
            {"undated", value.undated},
            {"odd_dates", value.odd_dates},
            {"empty", value.empty},
            {"keywords", value.keywords},
            {"left_out", value.left_out}};
  if (value.trouble) line["trouble"] = describe(*value.trouble);
  return line;
}

json large_message(const LargeMessage& value) {
  return {{"account", printable(value.account)}, {"folder", value.folder.display()}, {"uid", value.uid},
          {"size", value.size},                  {"date", printable(value.date)}};
}

json statistics(const Statistics& value) {
  json line{{"total", tally(value.total())}, {"undated", tally(value.undated())}, {"largest", list(value.largest(), large_message)}};
  line["years"] = json::object();
  for (const auto& [year, count] : value.years()) line["years"][fmt::to_string(year)] = tally(count);
  line["above"] = json::object();
  for (const auto& [limit, count] : value.above()) line["above"][fmt::to_string(limit)] = tally(count);
  return line;
}

json person(const PersonRow& value) {
  return {{"account", printable(value.account)},
          {"server", printable(value.software)},
          {"folders", value.folders},
          {"folders_not_read", value.folders_not_read},
          {"messages", value.total.messages},
          {"bytes", value.total.bytes},
          {"largest", value.largest},
          {"quota_used", value.quota_used},
          {"quota_limit", value.quota_limit},
          {"warnings", value.warnings},
          {"stops", value.stops},
          {"worst", name_of(value.worst)},
          {"is_read", value.is_read}};
}

json told(const FindingTotal::Told& value) { return {{"account", printable(value.account)}, {"what", printable(value.what)}}; }

json placement(const Placement& value) {
  return {{"folder", value.source.display()},          {"target_folder", value.target.display()},
          {"target_name", printable(value.target_name)}, {"why", name_of(value.why)},
          {"is_altered", value.is_altered},              {"exists", value.exists}};
}

}  // namespace

json to_json(const AccountInventory& inventory) {
  json line{{"account", printable(inventory.account)},
            {"server", server(inventory.server)},
            {"folders", list(inventory.folders, folder)},
            {"folders_left_out", inventory.folders_left_out},
            {"findings", list(inventory.findings, finding)},
            {"has_more_keywords", inventory.has_more_keywords}};
  line.update(statistics(inventory.statistics));
  line["keywords"] = json::object();
  for (const auto& [name, count] : inventory.keywords) line["keywords"][printable(name)] = count;
  return line;
}

json to_json(const OrganisationInventory& inventory) {
  json line{{"people", list(inventory.people, person)}};
  line.update(statistics(inventory.statistics));
  line["findings"] = json::array();
  for (const auto& [code, total] : inventory.findings) {
    line["findings"].push_back({{"code", code}, {"severity", name_of(total.worst)}, {"accounts", total.accounts},
                                {"count", total.count}, {"advice", total.advice}, {"examples", list(total.told, told)}});
  }
  return line;
}

json to_json(const CheckReport& report) {
  return {{"source", printable(report.source.account)},
          {"target", printable(report.target.account)},
          {"worst", name_of(worst_of(report.findings))},
          {"findings", list(report.findings, finding)},
          {"folders", list(report.placements, placement)},
          {"inventory", to_json(report.source)},
          {"target_server", server(report.target.server)},
          {"target_messages", report.target.messages}};
}

}  // namespace godwit::inventory
