// SPDX-License-Identifier: Apache-2.0
#include "adapters/mh/account.h"

#include <algorithm>

#include "adapters/listed/file_tree.h"
#include "adapters/listed/files_source.h"
#include "adapters/mh/sequences.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

std::optional<Uid> number_of(std::string_view name) {
  const auto number = parse_number<Uid>(name);
  return number && *number > 0 && *number < ~Uid{0} && name.front() != '0' ? number : std::nullopt;
}

Result<std::map<std::string, MessageFlags>> read_flags(const files::Directory& folder, const std::vector<std::string>& names) {
  const auto text = folder.read_file(".mh_sequences");
  if (!text && text.error().kind != ErrorKind::not_found) return std::unexpected(text.error());
  const auto sequences = parse_mh_sequences(text ? *text : std::string());
  std::map<std::string, MessageFlags> flags;
  for (const std::string& name : names) flags.emplace(name, mh_flags(*number_of(name), sequences));
  return flags;
}

}  // namespace

std::unique_ptr<endpoint::Source> make_mh_source(std::filesystem::path path) {
  const FileTreeForm form{
      .name = "MH",
      .keeps_empty_folders = true,
      .is_message = [](std::string_view name) { return number_of(name).has_value(); },
      .is_before = [](std::string_view left, std::string_view right) { return *number_of(left) < *number_of(right); },
      .flags = read_flags,
  };
  return make_files_source("mh", "MH", std::move(path), [form](const files::SourceTree& tree) { return open_file_tree(tree, form); });
}

}  // namespace godwit::adapters
