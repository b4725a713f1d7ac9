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

std::string script_name_of(std::string_view name) {
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7F || c == '/' ? '_' : c;
  }
  if (result.empty() || result == "." || result == "..") result = "filter";
  const bool is_plain = is_utf8(result) && result.size() <= longest_name && printable(result) == result;
  if (is_plain) return result;
  // Bidi marks, line separators and the like, broken or long names: a name that tells it from others.
  std::string readable;
  for (const char c : result) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    if (is_ascii && readable.size() < 60) readable += c;
  }
  return readable + (readable.empty() ? "filter-" : "-") + version_of(name).substr(0, 12);
}

}  // namespace godwit::adapters
