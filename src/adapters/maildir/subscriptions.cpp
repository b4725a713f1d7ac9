// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/subscriptions.h"

#include "adapters/maildir/folder_name.h"

namespace godwit::adapters {
namespace {

constexpr std::string_view version_2 = "V\t2\n\n";

template <class Use>
void for_each_line(std::string_view text, const Use& use) {
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    if (newline != 0) use(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
}

endpoint::FolderPath split(std::string_view name, std::string_view separators) {
  endpoint::FolderPath path;
  while (true) {
    const std::size_t end = name.find_first_of(separators);
    path.segments.push_back(decode_folder_name(name.substr(0, end)));
    if (end == std::string_view::npos) return path;
    name.remove_prefix(end + 1);
  }
}

}  // namespace

std::set<endpoint::FolderPath> parse_subscriptions(std::string_view text) {
  std::set<endpoint::FolderPath> paths;
  const bool is_version_2 = text.starts_with(version_2);
  if (is_version_2) text.remove_prefix(version_2.size());
  for_each_line(text, [&](std::string_view line) { paths.insert(split(line, is_version_2 ? "\t" : "./")); });
  return paths;
}

std::set<endpoint::FolderPath> parse_courier_subscriptions(std::string_view text) {
  std::set<endpoint::FolderPath> paths;
  for_each_line(text, [&](std::string_view line) {
    endpoint::FolderPath path = split(line, ".");
    if (path.segments.size() > 1 && path.segments.front() == "INBOX") path.segments.erase(path.segments.begin());
    paths.insert(std::move(path));
  });
  return paths;
}

std::string without_subscription(std::string_view text, const endpoint::FolderPath& path) {
  const bool is_version_2 = text.starts_with(version_2);
  std::string rest(is_version_2 ? version_2 : std::string_view());
  if (is_version_2) text.remove_prefix(version_2.size());
  for_each_line(text, [&](std::string_view line) {
    if (split(line, is_version_2 ? "\t" : "./") != path) rest.append(line).append(1, '\n');
  });
  return rest;
}

std::string with_subscription(std::string text, const endpoint::FolderPath& path) {
  if (parse_subscriptions(text).contains(path)) return text;
  if (text.empty()) text = version_2;
  if (!text.ends_with('\n')) text += '\n';
  const char separator = text.starts_with(version_2) ? '\t' : '.';
  for (std::size_t i = 0; i < path.segments.size(); ++i) {
    if (i > 0) text += separator;
    text += encode_folder_name(path.segments[i]);
  }
  return text + '\n';
}

}  // namespace godwit::adapters
