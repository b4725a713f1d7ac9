// SPDX-License-Identifier: Apache-2.0
// Names by which an account is known: what is sent as its login, what it is called on the target, and which login names are
// one mailbox. An address is divided at its last "@". Case is that of ASCII.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::plan {

// What a template is filled with, for one account on one endpoint.
struct LoginParts {
  std::string_view user;     // as the accounts file has it
  std::string_view mailbox;  // the canonical name
  std::string_view admin;    // the administrator's own login name
};

// "{user}*master", "DOMAIN\admin\{mailbox}". Placeholders: {user}, {local} and {domain} (of user), {mailbox}, {admin}; "{{" and
// "}}" for braces.
class LoginTemplate {
 public:
  // Errors of kind usage: an unknown placeholder, a brace without its partner, control characters.
  [[nodiscard]] static Result<LoginTemplate> parse(std::string_view text);
  // The error says which name has no domain where {domain} asks for one.
  [[nodiscard]] Result<std::string> fill(const LoginParts& parts) const;

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] bool uses_admin() const { return uses(Placeholder::admin); }
  [[nodiscard]] bool uses_account() const;  // another login for each account
  [[nodiscard]] const std::string& text() const { return text_; }
  friend bool operator==(const LoginTemplate&, const LoginTemplate&) = default;

 private:
  enum class Placeholder : std::uint8_t { none, user, local, domain, mailbox, admin };
  struct Piece {
    Placeholder placeholder = Placeholder::none;
    std::string literal{};  // where it is none
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  static Result<Placeholder> placeholder_named(std::string_view name);
  void add_literal(char c);
  [[nodiscard]] bool uses(Placeholder placeholder) const;
  std::string text_;
  std::vector<Piece> pieces_;
};

// What accounts are called on the target. Compared without case; what a rule keeps of a name stays as it is written.
class AddressRules {
 public:
  //   alice@old.example.com = a.smith@new.example.com    one name; goes before the others
  //   @old.example.com      = @new.example.com           every name of a domain, not of its sub-domains
  //   @*.old.example.com    = @*.new.example.com         every sub-domain, any levels deep; the longest domain goes first
  //   @*.old.example.com    = @new.example.com           the same, into one domain
  //   @                     = @new.example.com           names without a domain; on the right: the domain is taken away
  // Errors of kind usage: another form, sides that do not fit together, a second rule for the same names.
  [[nodiscard]] Result<> add(std::string_view from, std::string_view to);
  [[nodiscard]] std::optional<std::string> apply(std::string_view user) const;  // nothing where no rule fits
  [[nodiscard]] bool empty() const { return names_.empty() && domains_.empty() && subdomains_.empty(); }
  friend bool operator==(const AddressRules&, const AddressRules&) = default;

 private:
  // Keys are in lower case. Domains without "@"; an empty one for names that have none.
  std::map<std::string, std::string> names_, domains_;
  std::map<std::string, std::string> subdomains_;  // "old.example.com" for @*.old.example.com; the right side may begin with "*."
};

// Which login names of one server are the same mailbox.
class NameRules {
 public:
  NameRules() = default;
  // `lower`: case does not count. `stripped`: names in these domains are the same without the domain.
  NameRules(bool lower, std::vector<std::string> stripped) : lower_(lower), stripped_(std::move(stripped)) {}

  // `name` is another login name of `mailbox`. Both are taken by their canonical names. Errors of kind usage: `name` has a
  // mailbox already or is its own, or one stands for a name that stands for another.
  [[nodiscard]] Result<> add_alias(std::string_view name, std::string_view mailbox);
  // A mailbox of its own, however much it looks like another one's: godwit check does not ask about it. After the aliases; error of
  // kind usage: it is one.
  [[nodiscard]] Result<> add_distinct(std::string_view name);
  [[nodiscard]] bool is_distinct(std::string_view user) const { return distinct_.contains(canonical(user)); }
  [[nodiscard]] std::string canonical(std::string_view user) const;
  friend bool operator==(const NameRules&, const NameRules&) = default;

 private:
  [[nodiscard]] std::string without_alias(std::string_view user) const;
  bool lower_ = false;
  std::vector<std::string> stripped_;
  std::map<std::string, std::string> aliases_;
  std::set<std::string> distinct_;  // canonical names
};

}  // namespace godwit::plan
