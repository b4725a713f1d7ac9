// SPDX-License-Identifier: Apache-2.0
// What is copied besides messages, by order: rights of others, annotations, limits of the quota.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "endpoint/extras.h"

namespace godwit::sync {

// Who is who on the other side.
class IdentityMap {
 public:
  struct Counterpart {
    enum class Kind : std::uint8_t { known, unknown, left_out } kind = Kind::unknown;  // left_out: by order, without a word
    endpoint::Identity identity;
  };
  // Error of kind usage: `from` has another counterpart already. No `to`: what `from` has is not copied. Names of users and groups are
  // compared without case.
  [[nodiscard]] Result<> add(const endpoint::Identity& from, std::optional<endpoint::Identity> to);
  // For users whom nobody has added: their names on the target, or nothing.
  void set_rule(std::function<std::optional<std::string>(std::string_view user)> rule) { rule_ = std::move(rule); }
  // Anyone, anonymous and so on are themselves where nothing else was said; groups are not.
  [[nodiscard]] Counterpart of(const endpoint::Identity& identity) const;

 private:
  std::map<endpoint::Identity, std::optional<endpoint::Identity>> added_;  // names in lower case
  std::function<std::optional<std::string>(std::string_view)> rule_;
};

// "/shared/comment"; "*" stands for one level, "**" at the end for all below. A level called "vendor" is matched by its name only: what
// is below it means something to one server.
[[nodiscard]] bool matches_annotation(std::string_view pattern, std::string_view name);
// Error of kind usage: no name of an annotation (RFC 5464 §4.1).
[[nodiscard]] Result<> check_annotation_pattern(std::string_view pattern);

struct ExtrasOptions {
  bool rights = false, quota = false;
  std::vector<std::string> annotations;  // patterns
  std::shared_ptr<const IdentityMap> identities;  // where rights are copied
  [[nodiscard]] bool any() const { return rights || quota || !annotations.empty(); }
};

}  // namespace godwit::sync
