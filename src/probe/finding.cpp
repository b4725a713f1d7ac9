// SPDX-License-Identifier: Apache-2.0
#include "probe/finding.h"

#include <algorithm>
#include <utility>

namespace godwit::probe {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kept: return "kept";
    case Outcome::altered: return "altered";
    case Outcome::refused: return "refused";
    case Outcome::not_told: return "not told";
    case Outcome::broken: return "broken";
    case Outcome::measured: return "measured";
  }
  return "";
}

std::string_view name_of(Harm harm) {
  switch (harm) {
    case Harm::none: return "none";
    case Harm::told: return "told";
    case Harm::grave: return "grave";
  }
  return "";
}

void Sheet::kept(std::string key, std::string subject, std::string detail) {
  findings_.push_back({std::move(key), std::move(subject), Outcome::kept, Harm::none, std::move(detail), {}});
}

void Sheet::altered(std::string key, std::string subject, Harm harm, std::string detail) {
  findings_.push_back({std::move(key), std::move(subject), Outcome::altered, harm, std::move(detail), {}});
}

void Sheet::refused(std::string key, std::string subject, const Error& error, Harm harm) {
  findings_.push_back({std::move(key), std::move(subject), Outcome::refused, harm, error.what, error.server_text});
}

void Sheet::not_told(std::string key, std::string subject, std::string detail, std::string server_text) {
  findings_.push_back({std::move(key), std::move(subject), Outcome::not_told, Harm::none, std::move(detail), std::move(server_text)});
}

void Sheet::broken(std::string key, std::string subject, Harm harm, std::string detail) {
  findings_.push_back({std::move(key), std::move(subject), Outcome::broken, harm, std::move(detail), {}});
}

void Sheet::measured(std::string key, std::string subject, std::string detail, std::string server_text) {
  findings_.push_back({std::move(key), std::move(subject), Outcome::measured, Harm::none, std::move(detail), std::move(server_text)});
}

void Sheet::holds(bool does_hold, std::string key, std::string subject, Harm harm, std::string detail) {
  if (does_hold) kept(std::move(key), std::move(subject));
  else broken(std::move(key), std::move(subject), harm, std::move(detail));
}

const Finding* Report::find(std::string_view key) const {
  const auto found = std::ranges::find(findings, key, &Finding::key);
  return found == findings.end() ? nullptr : &*found;
}

bool Report::is_usable() const { return std::ranges::none_of(findings, [](const Finding& one) { return one.harm == Harm::grave; }); }

}  // namespace godwit::probe
