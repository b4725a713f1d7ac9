// SPDX-License-Identifier: Apache-2.0
#include "adapters/sieve/scripts.h"

#include <algorithm>

#include "base/error_code.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/utf8.h"

namespace godwit::adapters {
namespace {

constexpr std::string_view only_name = "filters";
constexpr std::size_t longest_name = 128;  // RFC 5804 section 1.6: every server takes so many octets

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Of one encoded word that is the whole name; other names as they are.
std::string without_encoding(std::string_view name) {
  constexpr std::string_view begin = "=?utf-8?q?", end = "?=";
  if (!starts_with_ignoring_case(name, begin) || !name.ends_with(end) || name.size() < begin.size() + end.size()) return std::string(name);
  const std::string_view coded = name.substr(begin.size(), name.size() - begin.size() - end.size());
  std::string plain;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    if (coded[i] == '_') {
      plain += ' ';
      continue;
    }
    const auto byte = coded[i] == '=' ? from_hex(coded.substr(i + 1, 2)) : std::nullopt;
    if (coded[i] == '=' && (!byte || byte->size() != 1)) return std::string(name);
    plain += byte ? *byte : std::string(1, coded[i]);
    if (byte) i += 2;
  }
  return plain;
}

}  // namespace

endpoint::Collection filters_collection(bool is_writable) {
  endpoint::Collection collection;
  collection.name = collection.short_name = only_name;
  collection.kind = CollectionKind::filters;
  collection.is_default = true;
  collection.is_writable = is_writable;
  return collection;
}

Result<> check_filters(const endpoint::Collection& collection) {
  if (collection.name == only_name) return {};
  return fail(codes::not_found, "there is no collection " + printable(collection.name) + "; scripts lie in \"filters\"");
}

std::string version_of(std::string_view text) { return to_hex(sha256(text).view()); }

endpoint::ResourceChanges changes_since(std::vector<endpoint::Resource> scripts, const std::string& since) {
  std::ranges::sort(scripts, {}, &endpoint::Resource::name);
  Sha256 digest;
  for (const endpoint::Resource& script : scripts) {
    digest.update(std::to_string(script.name.size()) + (script.is_active ? "+" : "-") + script.name + "\n" + script.version + "\n");
  }
  endpoint::ResourceChanges changes;
  changes.state = to_hex(digest.finish().view());
  if (changes.state == since) return changes;
  changes.is_whole = true;
  changes.present = std::move(scripts);
  return changes;
}

std::string script_name_of(std::string_view name, ScriptNames form) {
  std::string result;
  for (const char c : without_encoding(name)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7F || c == '/' ? '_' : c;
  }
  if (result.empty() || result == "." || result == "..") result = "filter";
  const bool is_simple = std::ranges::all_of(result, is_ascii) && !result.contains('"') && !result.contains('\\');
  const bool is_sayable = form == ScriptNames::unicode || is_simple;
  const bool is_plain = is_utf8(result) && result.size() <= longest_name && printable(result) == result;
  if (is_plain && is_sayable) return result;
  // Bidi marks, line separators and the like, broken or long names: a name that tells it from others.
  std::string readable;
  for (const char c : result) {
    if (is_ascii(c) && c != '"' && c != '\\' && readable.size() < 60) readable += c;
  }
  while (readable.ends_with(' ')) readable.pop_back();
  return readable + (readable.empty() ? "filter-" : "-") + version_of(name).substr(0, 12);
}

}  // namespace godwit::adapters
