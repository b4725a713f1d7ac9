// SPDX-License-Identifier: Apache-2.0
#include "plan/logins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "plan/problems.h"

namespace godwit::plan {
namespace {

// At the last "@"; without one the domain is empty.
std::pair<std::string_view, std::string_view> divide(std::string_view user) {
  const auto at = user.rfind('@');
  if (at == std::string_view::npos) return {user, {}};
  return {user.substr(0, at), user.substr(at + 1)};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_domain(std::string_view text) {
  const bool has_sign = std::ranges::any_of(text, [](char c) { return is_control(c) || c == ' ' || c == '@' || c == '*'; });
  return !text.empty() && !has_sign && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos;
}

enum class Form : std::uint8_t { name, domain, subdomains, no_domain };
struct Side {
  Form form = Form::name;
  std::string_view text;  // the name, or the domain without "@" and "*."
};

Result<Side> parse_side(std::string_view text) {
  if (text == "@") return Side{Form::no_domain, {}};
  if (text.starts_with("@*.") && is_domain(text.substr(3))) return Side{Form::subdomains, text.substr(3)};
  if (text.starts_with('@') && is_domain(text.substr(1))) return Side{Form::domain, text.substr(1)};
  const bool is_name = !text.empty() && text.front() != '@' &&
                       (text.find('@') == std::string_view::npos || is_domain(divide(text).second)) &&
                       text.find('*') == std::string_view::npos && std::ranges::none_of(text, is_control);
  if (is_name) return Side{Form::name, text};
  return fail(ErrorKind::usage, fmt::format("\"{}\" is no address; write \"alice@example.com\", \"@example.com\" for a domain, "
                                            "\"@*.example.com\" for its sub-domains, or \"@\" for names without a domain",
                                            printable(text)));
}

bool fits(Form from, Form to) {
  if (from == Form::name || to == Form::name) return from == to;
  if (from == Form::no_domain) return to == Form::domain;
  return to != Form::subdomains || from == Form::subdomains;
}

}  // namespace

Result<LoginTemplate::Placeholder> LoginTemplate::placeholder_named(std::string_view name) {
  static const std::array<std::string, 5> names{"user", "local", "domain", "mailbox", "admin"};
  const auto hit = std::ranges::find(names, name);
  if (hit != names.end()) return static_cast<Placeholder>(hit - names.begin() + 1);
  return fail(ErrorKind::usage, fmt::format("there is no placeholder {{{}}}{}", printable(name), suggestion(name, names)));
}

void LoginTemplate::add_literal(char c) {
  if (pieces_.empty() || pieces_.back().placeholder != Placeholder::none) pieces_.emplace_back();
  pieces_.back().literal += c;
}

Result<LoginTemplate> LoginTemplate::parse(std::string_view text) {
  LoginTemplate result;
  result.text_ = text;
  while (!text.empty()) {
    if (is_control(text.front())) return fail(ErrorKind::usage, "a login name holds no control characters; remove them");
    const bool is_brace = text.front() == '{' || text.front() == '}';
    const bool is_double = is_brace && text.size() > 1 && text[1] == text[0];
    const auto end = text.find('}');
    if (!is_brace || is_double) {
      result.add_literal(text.front());
      text.remove_prefix(is_double ? 2 : 1);
    } else if (text.front() == '{' && end != std::string_view::npos) {
      GODWIT_TRY(const Placeholder placeholder, placeholder_named(text.substr(1, end - 1)));
      result.pieces_.push_back({.placeholder = placeholder});
      text.remove_prefix(end + 1);
    } else {
      return fail(ErrorKind::usage,
                  fmt::format("a \"{}\" stands alone; write {} for a brace in a name", text[0], text[0] == '{' ? "{{" : "}}"));
    }
  }
  return result;
}

bool LoginTemplate::uses(Placeholder placeholder) const {
  return std::ranges::any_of(pieces_, [&](const Piece& piece) { return piece.placeholder == placeholder; });
}

bool LoginTemplate::uses_account() const {
  return uses(Placeholder::user) || uses(Placeholder::local) || uses(Placeholder::mailbox);
}

Result<std::string> LoginTemplate::fill(const LoginParts& parts) const {
  const auto [local, domain] = divide(parts.user);
  if (domain.empty() && uses(Placeholder::domain)) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" has no domain, and the login \"{}\" asks for one; write the whole address",
                                              printable(parts.user), printable(text_)));
  }
  std::string name;
  for (const Piece& piece : pieces_) {
    switch (piece.placeholder) {
      case Placeholder::none: name += piece.literal; break;
      case Placeholder::user: name += parts.user; break;
      case Placeholder::local: name += local; break;
      case Placeholder::domain: name += domain; break;
      case Placeholder::mailbox: name += parts.mailbox; break;
      case Placeholder::admin: name += parts.admin; break;
    }
  }
  return name;
}

Result<> AddressRules::add(std::string_view from, std::string_view to) {
  GODWIT_TRY(const Side left, parse_side(from));
  GODWIT_TRY(const Side right, parse_side(to));
  if (!fits(left.form, right.form)) {
    return fail(ErrorKind::usage,
                fmt::format("\"{}\" cannot become \"{}\": a name becomes a name, a domain a domain", printable(from), printable(to)));
  }
  auto& rules = left.form == Form::name ? names_ : left.form == Form::subdomains ? subdomains_ : domains_;
  std::string result = (right.form == Form::subdomains ? "*." : "") + std::string(right.text);
  if (!rules.emplace(to_lower(left.text), std::move(result)).second) {
    return fail(ErrorKind::usage, fmt::format("there is another rule for \"{}\"; keep one of them", printable(from)));
  }
  return {};
}

std::optional<std::string> AddressRules::apply(std::string_view user) const {
  if (const auto name = names_.find(to_lower(user)); name != names_.end()) return name->second;
  const auto [local, domain] = divide(user);
  const auto in = [&](std::string_view new_domain) {
    return new_domain.empty() ? std::string(local) : fmt::format("{}@{}", local, new_domain);
  };
  const std::string wanted = to_lower(domain);
  if (const auto whole = domains_.find(wanted); whole != domains_.end()) return in(whole->second);
  for (auto dot = wanted.find('.'); dot != std::string::npos; dot = wanted.find('.', dot + 1)) {
    const auto rule = subdomains_.find(wanted.substr(dot + 1));
    if (rule == subdomains_.end() || dot == 0) continue;
    if (!rule->second.starts_with("*.")) return in(rule->second);
    return in(fmt::format("{}{}", domain.substr(0, dot), rule->second.substr(1)));
  }
  return std::nullopt;
}

std::string NameRules::without_alias(std::string_view user) const {
  const auto [local, domain] = divide(user);
  const bool is_stripped =
      !local.empty() && std::ranges::any_of(stripped_, [&](const std::string& one) { return equals_ignoring_case(one, domain); });
  const std::string_view name = is_stripped ? local : user;
  return lower_ ? to_lower(name) : std::string(name);
}

Result<> NameRules::add_alias(std::string_view name, std::string_view mailbox) {
  const std::string from = without_alias(name), to = without_alias(mailbox);
  if (from.empty() || to.empty()) return fail(ErrorKind::usage, "a name is empty; write \"login name\" = \"mailbox\"");
  if (from == to) return fail(ErrorKind::usage, fmt::format("\"{}\" is the same mailbox already; remove the line", printable(name)));
  const bool is_mailbox = std::ranges::any_of(aliases_, [&](const auto& alias) { return alias.second == from; });
  if (is_mailbox || aliases_.contains(to)) {
    return fail(ErrorKind::usage,
                fmt::format("\"{}\" stands for a name that stands for another; write the mailbox itself on the right side",
                            printable(is_mailbox ? std::string_view(from) : name)));
  }
  if (!aliases_.emplace(from, to).second) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" has a mailbox already; keep one of the lines", printable(name)));
  }
  return {};
}

Result<> NameRules::add_distinct(std::string_view name) {
  const std::string own = without_alias(name);
  if (aliases_.contains(own)) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" stands for another mailbox in aliases; remove it from one of them", printable(name)));
  }
  distinct_.insert(own);
  return {};
}

std::string NameRules::canonical(std::string_view user) const {
  std::string name = without_alias(user);
  const auto alias = aliases_.find(name);
  return alias == aliases_.end() ? name : alias->second;
}

}  // namespace godwit::plan
