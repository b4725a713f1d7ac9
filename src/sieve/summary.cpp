// SPDX-License-Identifier: Apache-2.0
#include "sieve/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "sieve/script.h"

namespace godwit::sieve {
namespace {

constexpr std::size_t longest_shown = 120;  // bytes of a text in a sentence

using Values = std::vector<std::string>;

// Tags that a value stands behind, of the commands that are looked at.
constexpr std::string_view value_tags[] = {"days",  "seconds", "subject", "from",   "addresses", "handle",  "fcc", "flags", "notify",
                                           "ret",   "bytimerelative",     "bytimeabsolute",      "mailboxid", "specialuse", "input",
                                           "output"};

// The arguments of a command by their tags: ":days 7" and what follows no tag that takes a value.
class Arguments {
 public:
  explicit Arguments(const Statement& statement) {
    const auto& all = statement.arguments;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].kind != Argument::Kind::tag) {
        plain_.push_back(&all[i]);
        continue;
      }
      const bool takes_value = std::ranges::find(value_tags, all[i].tag) != std::end(value_tags);
      const bool has_value = takes_value && i + 1 < all.size() && all[i + 1].kind != Argument::Kind::tag;
      tagged_.emplace(all[i].tag, has_value ? &all[i + 1] : nullptr);
      if (has_value) ++i;
    }
  }
  [[nodiscard]] bool has(std::string_view tag) const { return tagged_.contains(tag); }
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view tag) const {
    const Argument* const value = of(tag);
    return value != nullptr && value->kind == Argument::Kind::number ? std::optional(value->number) : std::nullopt;
  }
  [[nodiscard]] Values strings(std::string_view tag) const { return of(tag) == nullptr ? Values() : of(tag)->strings; }
  [[nodiscard]] std::string string(std::string_view tag) const { return first(strings(tag)); }
  // Without a tag: RFC 5228 section 2.6.1 calls them positional.
  [[nodiscard]] std::string first_string() const { return plain_.empty() ? std::string() : first(plain_.front()->strings); }
  [[nodiscard]] Values last_strings() const { return plain_.empty() ? Values() : plain_.back()->strings; }
  [[nodiscard]] std::string last_string() const { return first(last_strings()); }

 private:
  [[nodiscard]] const Argument* of(std::string_view tag) const {
    const auto found = tagged_.find(tag);
    return found == tagged_.end() ? nullptr : found->second;
  }
  static std::string first(const Values& values) { return values.empty() ? std::string() : values.front(); }

  std::map<std::string, const Argument*, std::less<>> tagged_;
  std::vector<const Argument*> plain_;
};

void note_vacation(const Statement& command, Summary& summary) {
  const Arguments arguments(command);
  summary.vacations.push_back({.line = command.line,
                               .addresses = arguments.strings("addresses"),
                               .days = arguments.number("days"),
                               .seconds = arguments.number("seconds"),
                               .subject = arguments.string("subject"),
                               .from = arguments.string("from"),
                               .text = arguments.last_string()});
}

void note_folder(const Statement& command, Summary& summary) {
  const Arguments arguments(command);
  const std::string name = arguments.last_string();
  const bool has_variables = summary.needs.contains("variables") && name.contains("${");
  summary.folders.push_back({command.line, name, arguments.has("create"), has_variables});
}

void note_include(const Statement& command, Summary& summary) {
  const Arguments arguments(command);
  summary.includes.push_back({command.line, arguments.last_string(), arguments.has("global"), arguments.has("optional")});
}

void note(const Statement& statement, Summary& summary) {
  const std::string& name = statement.name;
  const Arguments arguments(statement);
  if (name == "require") {
    for (std::string& extension : arguments.last_strings()) summary.needs.insert(std::move(extension));
  } else if (name == "vacation") {
    note_vacation(statement, summary);
  } else if (name == "redirect") {
    summary.forwards.push_back({statement.line, arguments.last_string(), arguments.has("copy")});
  } else if (name == "discard" || name == "reject" || name == "ereject" || name == "refuse") {
    summary.refusals.push_back({statement.line, name, arguments.last_string()});
  } else if (name == "fileinto") {
    note_folder(statement, summary);
  } else if (name == "include") {
    note_include(statement, summary);
  } else if (name == "pipe" || name == "execute" || name == "filter") {
    summary.programs.push_back(name + " " + arguments.first_string());
  }
}

void walk(std::span<const Statement> statements, Summary& summary) {
  for (const Statement& statement : statements) {
    note(statement, summary);
    walk(statement.tests, summary);
    walk(statement.block, summary);
  }
}

// One line, cut where it is long.
std::string quoted(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = c == '\r' || c == '\n' || c == '\t' || c == ' ';
    if (!is_blank) line += c;
    else if (!line.empty() && !line.ends_with(' ')) line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  if (line.size() <= longest_shown) return '"' + printable(line) + '"';
  std::size_t end = longest_shown;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  return '"' + printable(std::string_view(line).substr(0, end)) + "…\"";
}

std::string sentence_of(const Vacation& vacation) {
  std::string text = fmt::format("line {}: answers for the account", vacation.line);
  for (const std::string& address : vacation.addresses) text += ", " + printable(address);
  if (vacation.seconds) text += fmt::format(", once in {} s to each sender", *vacation.seconds);
  else if (vacation.days) text += fmt::format(", once in {} days to each sender", *vacation.days);
  if (!vacation.from.empty()) text += ", from " + printable(vacation.from);
  if (!vacation.subject.empty()) text += ", subject " + quoted(vacation.subject);
  return text + ": " + quoted(vacation.text);
}

bool is_known_everywhere(std::string_view extension) {
  return extension == "comparator-i;octet" || extension == "comparator-i;ascii-casemap";
}

std::map<std::string_view, std::vector<std::size_t>> includes_of(std::span<const NamedScript> scripts) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < scripts.size(); ++i) places.emplace(scripts[i].name, i);
  std::map<std::string_view, std::vector<std::size_t>> included;
  for (const NamedScript& script : scripts) {
    const auto summary = summarize(script.text);
    if (!summary) continue;
    for (const Include& include : summary->includes) {
      const auto place = places.find(include.name);
      if (!include.is_global && place != places.end()) included[script.name].push_back(place->second);
    }
  }
  return included;
}

}  // namespace

Result<Summary> summarize(std::string_view script) {
  GODWIT_TRY(const auto commands, parse_script(script));
  Summary summary;
  walk(commands, summary);
  return summary;
}

std::vector<std::string> missing_extensions(const Summary& summary, std::span<const std::string> announced) {
  std::vector<std::string> missing;
  for (const std::string& extension : summary.needs) {
    const bool is_there = is_known_everywhere(extension) || std::ranges::find(announced, extension) != announced.end();
    if (!is_there) missing.push_back(extension);
  }
  return missing;
}

std::vector<std::string> sentences_of(const Summary& summary) {
  std::vector<std::string> all;
  for (const Vacation& each : summary.vacations) all.push_back(sentence_of(each));
  for (const Forward& each : summary.forwards) {
    const char* const copy = each.keeps_copy ? ", and keeps a copy" : "";
    all.push_back(fmt::format("line {}: forwards to {}{}", each.line, printable(each.address), copy));
  }
  for (const Refusal& each : summary.refusals) {
    const std::string words = each.text.empty() ? "" : ", telling the sender " + quoted(each.text);
    all.push_back(fmt::format("line {}: {}s mail{}", each.line, each.command, words));
  }
  for (const FolderUse& each : summary.folders) {
    all.push_back(fmt::format("line {}: files into {}{}", each.line, printable(each.name),
                              each.is_computed ? ", a name that is computed" : each.is_made ? ", made where it is missing" : ""));
  }
  for (const Include& each : summary.includes) {
    all.push_back(fmt::format("line {}: includes {}{}", each.line, printable(each.name),
                              each.is_global ? ", which the server has, not the account: see that the new one has it, too" : ""));
  }
  for (const std::string& each : summary.programs) all.push_back("runs a program of the server: " + printable(each));
  return all;
}

std::vector<std::size_t> order_by_includes(std::span<const NamedScript> scripts) {
  const auto included = includes_of(scripts);
  std::vector<std::size_t> order;
  std::vector<bool> is_seen(scripts.size());
  // Each script lies on the stack above the one that includes it.
  for (std::size_t first = 0; first < scripts.size(); ++first) {
    std::vector<std::pair<std::size_t, std::size_t>> stack;  // a script, and how many of its includes were looked at
    if (!is_seen[first]) stack.emplace_back(first, 0);
    is_seen[first] = true;
    while (!stack.empty()) {
      auto& [script, looked_at] = stack.back();
      const auto found = included.find(scripts[script].name);
      if (found == included.end() || looked_at == found->second.size()) {
        order.push_back(script);
        stack.pop_back();
        continue;
      }
      const std::size_t next = found->second[looked_at++];
      if (!is_seen[next]) stack.emplace_back(next, 0);
      is_seen[next] = true;
    }
  }
  return order;
}

}  // namespace godwit::sieve
