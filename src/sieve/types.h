// SPDX-License-Identifier: Apache-2.0
// Values of ManageSieve (RFC 5804).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::sieve {

// Section 1.3. `name` in capital letters: "QUOTA/MAXSIZE"; empty: none.
struct ResponseCode {
  std::string name;
  std::vector<std::string> arguments;
  friend bool operator==(const ResponseCode&, const ResponseCode&) = default;
};

// One line of the server, its literals included.
struct Line {
  enum class Kind : std::uint8_t { data, ok, no, bye };
  Kind kind = Kind::data;
  std::vector<std::string> words{};  // of data: strings and atoms
  ResponseCode code{};               // of the others
  std::string text{};                // for people
  friend bool operator==(const Line&, const Line&) = default;
};

// Section 1.7. Names in capital letters.
struct Capability {
  std::string name, value;
  friend bool operator==(const Capability&, const Capability&) = default;
};
class Capabilities {
 public:
  void add(Capability capability) { all_.push_back(std::move(capability)); }
  [[nodiscard]] const std::vector<Capability>& all() const { return all_; }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] std::string_view value(std::string_view name) const;         // empty where there is none
  [[nodiscard]] std::vector<std::string> words(std::string_view name) const;  // of the value
  [[nodiscard]] bool has_mechanism(std::string_view name) const;             // case does not count
  [[nodiscard]] std::vector<std::string> extensions() const { return words("SIEVE"); }
  // RENAMESCRIPT, CHECKSCRIPT and NOOP are there (section 1.7, VERSION).
  [[nodiscard]] bool is_of_the_rfc() const { return has("VERSION"); }

 private:
  [[nodiscard]] const Capability* find(std::string_view name) const;
  std::vector<Capability> all_;
};

struct ListedScript {
  std::string name;
  bool is_active = false;
  friend bool operator==(const ListedScript&, const ListedScript&) = default;
};

// A script that the server has taken, or would take.
struct Accepted {
  std::string warnings;  // what it says of it nevertheless; empty: nothing
};

}  // namespace godwit::sieve
