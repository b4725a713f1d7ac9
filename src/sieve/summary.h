// SPDX-License-Identifier: Apache-2.0
// What a script does that people would miss after a migration: absence notes, forwards, refusals, folders; and what it needs of its server.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::sieve {

// RFC 5230, RFC 6131.
struct Vacation {
  std::size_t line = 0;
  std::vector<std::string> addresses{};  // besides the account's own
  std::optional<std::uint64_t> days{}, seconds{};
  std::string subject{}, from{}, text{};
  friend bool operator==(const Vacation&, const Vacation&) = default;
};

// redirect (RFC 5228 section 4.2).
struct Forward {
  std::size_t line = 0;
  std::string address;
  bool keeps_copy = false;  // :copy (RFC 3894): the message is kept, too
  friend bool operator==(const Forward&, const Forward&) = default;
};

// discard, reject and ereject (RFC 5429).
struct Refusal {
  std::size_t line = 0;
  std::string command;
  std::string text{};  // what the sender is told
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Of fileinto (RFC 5228 section 4.1).
struct FolderUse {
  std::size_t line = 0;
  std::string name;        // as the script has it
  bool is_made = false;    // :create (RFC 5490)
  bool is_computed = false;  // variables stand in it (RFC 5229)
  friend bool operator==(const FolderUse&, const FolderUse&) = default;
};

// RFC 6609.
struct Include {
  std::size_t line = 0;
  std::string name;
  bool is_global = false;    // of the server, not of the account: it does not come with the account
  bool is_optional = false;
  friend bool operator==(const Include&, const Include&) = default;
};

struct Summary {
  std::set<std::string> needs;  // what it requires; also environments and comparators: "comparator-i;ascii-numeric"
  std::vector<Vacation> vacations;
  std::vector<Forward> forwards;
  std::vector<Refusal> refusals;
  std::vector<FolderUse> folders;
  std::vector<Include> includes;
  std::vector<std::string> programs;  // "pipe to-archive", "execute x", "filter x": of the server, not in the script
  friend bool operator==(const Summary&, const Summary&) = default;
};

// Error filter_form as of parse_script().
[[nodiscard]] Result<Summary> summarize(std::string_view script);

// What of it a server lacks that announces these extensions. What every server has (RFC 5228 section 6.2) counts as announced.
[[nodiscard]] std::vector<std::string> missing_extensions(const Summary& summary, std::span<const std::string> announced);

// What it does that must keep working, one sentence each: "line 4: answers for sales@example.com every 7 days: \"I am away\"".
[[nodiscard]] std::vector<std::string> sentences_of(const Summary& summary);

// The places of scripts in an order in which each comes behind those that it includes. Of a circle the first comes first.
struct NamedScript {
  std::string_view name, text;
};
[[nodiscard]] std::vector<std::size_t> order_by_includes(std::span<const NamedScript> scripts);

}  // namespace godwit::sieve
