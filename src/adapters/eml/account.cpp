// SPDX-License-Identifier: Apache-2.0
#include "adapters/eml/account.h"

#include "adapters/listed/file_tree.h"
#include "adapters/listed/files_source.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::string_view suffix = ".eml";

bool is_eml(std::string_view name) {
  return name.size() > suffix.size() && !name.starts_with('.') && equals_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
}

}  // namespace

std::unique_ptr<endpoint::Source> make_eml_source(std::filesystem::path path) {
  const FileTreeForm form{
      .name = "eml",
      .keeps_empty_folders = false,
      .is_message = is_eml,
      .is_before = std::less<>(),
      .flags = {},
  };
  return make_files_source("eml", "eml files", std::move(path),
                           [form](const files::SourceTree& tree) { return open_file_tree(tree, form); });
}

}  // namespace godwit::adapters
