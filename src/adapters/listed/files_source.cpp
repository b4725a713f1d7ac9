// SPDX-License-Identifier: Apache-2.0
#include "adapters/listed/files_source.h"

#include <mutex>

#include "adapters/listed/listed_source.h"

namespace godwit::adapters {
namespace {

// Sessions of several threads share it.
struct SharedTree {
  std::mutex mutex;
  std::shared_ptr<const files::SourceTree> tree;

  Result<std::shared_ptr<const files::SourceTree>> get(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex);
    if (!tree) {
      GODWIT_TRY(tree, files::SourceTree::open(path));
    }
    return tree;
  }
};

}  // namespace

std::unique_ptr<endpoint::Source> make_files_source(const std::string& scheme, std::string server, std::filesystem::path path,
                                                    OpenFiles open_files) {
  const std::string identity = scheme + ":" + path.native();
  return make_listed_source(identity, std::move(server),
                            [path = std::move(path), open = std::move(open_files),
                             shared = std::make_shared<SharedTree>()]() -> Task<Result<std::unique_ptr<MailStore>>> {
                              GODWIT_CO_TRY(const auto tree, shared->get(path));
                              co_return open(*tree);
                            });
}

}  // namespace godwit::adapters
