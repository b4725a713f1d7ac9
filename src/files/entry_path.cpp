// SPDX-License-Identifier: Apache-2.0
#include "files/entry_path.h"

#include "base/sha256.h"
#include "base/text.h"
#include "files/directory.h"

namespace godwit::files {
namespace {

constexpr std::size_t longest_ending = 40;  // ".eml", and what Maildirs have behind the last dot
constexpr std::size_t digest_bytes = 8;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

std::string fitted(std::string_view name) {
  if (name.size() <= longest_name) return std::string(name);
  const std::size_t dot = name.rfind('.');
  const std::string_view ending = dot != std::string_view::npos && name.size() - dot <= longest_ending ? name.substr(dot) : "";
  const std::string digest = "~" + to_hex(sha256(name).view().substr(0, digest_bytes));
  std::size_t kept = longest_name - digest.size() - ending.size();
  while (kept > 0 && continues_character(name[kept])) --kept;
  return std::string(name.substr(0, kept)) + digest + std::string(ending);
}

}  // namespace

std::optional<EntryPath> parse_entry_path(std::string_view text) {
  if (text.starts_with('/')) return std::nullopt;
  EntryPath path;
  while (!text.empty()) {
    const std::size_t end = text.find('/');
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (part.empty() || part == ".") continue;
    if (!is_entry_name(part) || path.size() >= deepest_entry) return std::nullopt;
    path.push_back(fitted(part));
  }
  return path;
}

}  // namespace godwit::files
