// SPDX-License-Identifier: Apache-2.0
// What a probe has found out about an endpoint, as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "endpoint/server_facts.h"

namespace godwit::probe {

enum class Outcome : std::uint8_t {
  kept,      // given back as it was given
  altered,   // accepted, and given back as something else
  refused,   // not accepted, with the server's words
  not_told,  // the endpoint does not offer it, or does not tell
  broken,    // it promises it, and does not hold it
  measured,  // a number in `detail`
};
[[nodiscard]] std::string_view name_of(Outcome outcome);

// What it would mean for a migration to this endpoint.
enum class Harm : std::uint8_t {
  none,   // nothing is lost by it
  told,   // something is not as it was, and godwit says so of each folder or message, in a round or by verify
  grave,  // of everyday mail something would be lost without a round saying so, or no migration would come to its end
};
[[nodiscard]] std::string_view name_of(Harm harm);

struct Finding {
  std::string key;          // "names.trailing-blank": group and check, the same for ever
  std::string subject;      // for people: "a blank at the end"
  Outcome outcome = Outcome::kept;
  Harm harm = Harm::none;
  std::string detail;       // how it was altered, what was measured
  std::string server_text;  // the server's own words

  [[nodiscard]] std::string_view group() const { return std::string_view(key).substr(0, key.find('.')); }
  friend bool operator==(const Finding&, const Finding&) = default;
};

// What the checks write on.
class Sheet {
 public:
  void kept(std::string key, std::string subject, std::string detail = {});
  void altered(std::string key, std::string subject, Harm harm, std::string detail);
  void refused(std::string key, std::string subject, const Error& error, Harm harm = Harm::told);
  void not_told(std::string key, std::string subject, std::string detail = {}, std::string server_text = {});
  void broken(std::string key, std::string subject, Harm harm, std::string detail);
  void measured(std::string key, std::string subject, std::string detail, std::string server_text = {});
  // Kept, or broken with this detail.
  void holds(bool does_hold, std::string key, std::string subject, Harm harm, std::string detail);

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

 private:
  std::vector<Finding> findings_;
};

// Numbers that the advice for a plan needs.
struct Measures {
  std::size_t connections = 0;           // that were open at once; 0: not tried
  bool is_connection_limit = false;      // and one more was refused
  std::size_t keywords = 0;              // of one folder that were kept; 0: not tried
  double round_trip_milliseconds = 0;
  double messages_per_second = 0;        // small ones, written
  double written_bytes_per_second = 0, read_bytes_per_second = 0;
};

struct Report {
  std::string account;  // identity of the target
  endpoint::ServerFacts facts;
  std::vector<Finding> findings;
  Measures measures;
  std::vector<std::string> left_behind;  // folders of the probe that could not be removed, or were to be kept
  std::size_t swept = 0;                 // folders of an earlier probe that were removed
  bool is_read_only = false;             // as a source: nothing was written

  [[nodiscard]] const Finding* find(std::string_view key) const;
  [[nodiscard]] bool is_usable() const;  // nothing is grave
};

}  // namespace godwit::probe
