// SPDX-License-Identifier: Apache-2.0
#include "groupware/meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error_code.h"
#include "base/text.h"
#include "groupware/meaning_lines.h"

namespace godwit::groupware {
namespace {

// What a line is about: what stands before its value and parameters.
std::string_view label_of(std::string_view line) {
  return line.substr(0, std::min({line.find(": "), line.find(" {"), line.size()}));
}

}  // namespace

std::string in_one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    if (c == '\n' || c == '\\') {
      line += c == '\n' ? "\\n" : "\\\\";
    } else if (c != '\r') {
      line += c;
    }
  }
  return line;
}

std::string digest_text(std::string_view bytes) {
  return fmt::format("{} bytes, SHA-256 {}", bytes.size(), to_hex(sha256(bytes).view()));
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  std::ranges::copy_if(text, std::back_inserter(clean), [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  while (clean.ends_with('=')) clean.pop_back();
  clean.append((4 - clean.size() % 4) % 4, '=');
  return from_base64(clean);
}

std::string line_of(std::string_view label, std::vector<std::string> parameters, std::string_view value) {
  std::ranges::sort(parameters);
  std::string line(label);
  if (!parameters.empty()) line += fmt::format(" {{{}}}", fmt::join(parameters, "; "));
  return in_one_line(line + ": " + std::string(value));
}

void finish(Meaning& meaning) {
  std::ranges::sort(meaning.lines);
  Sha256 digest;
  digest.update(name_of(meaning.kind));
  for (const std::string& line : meaning.lines) {
    digest.update("\n");
    digest.update(line);
  }
  meaning.digest = digest.finish();
}

Result<Meaning> meaning_of(CollectionKind kind, std::string_view bytes) {
  if (kind == CollectionKind::calendar) return calendar_meaning(bytes);
  if (kind == CollectionKind::address_book) return card_meaning(bytes);
  return fail(ErrorKind::bug, "filters are no items of calendars or address books");
}

std::vector<Difference> differences(const Meaning& left, const Meaning& right) {
  std::vector<std::string> left_only, right_only;
  std::ranges::set_difference(left.lines, right.lines, std::back_inserter(left_only));
  std::ranges::set_difference(right.lines, left.lines, std::back_inserter(right_only));
  std::vector<Difference> all;
  if (left.kind != right.kind) all.push_back({std::string(name_of(left.kind)), std::string(name_of(right.kind))});
  for (std::string& line : left_only) {
    const auto other = std::ranges::find(right_only, label_of(line), label_of);
    all.push_back({std::move(line), other == right_only.end() ? std::string() : *other});
    if (other != right_only.end()) right_only.erase(other);
  }
  for (std::string& line : right_only) all.push_back({{}, std::move(line)});
  return all;
}

}  // namespace godwit::groupware
