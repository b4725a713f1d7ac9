// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/account.h"

#include "adapters/ics/session.h"

namespace godwit::adapters {
namespace {

std::string identity_of(const std::filesystem::path& path) { return "ics:" + path.native(); }

// Of a file alone the folder in which it lies; of an archive where it was unpacked.
Result<IcsRoot> open_source(const std::filesystem::path& path) {
  std::error_code failed;
  if (kind_of_file(path.filename().native()) && std::filesystem::is_regular_file(path, failed)) {
    GODWIT_TRY(auto folder, files::Directory::open(path.has_parent_path() ? path.parent_path() : "."));
    return IcsRoot{nullptr, std::move(folder), path.filename().native()};
  }
  GODWIT_TRY(auto tree, files::SourceTree::open(path));
  GODWIT_TRY(const auto top, tree->find([](const files::Directory& folder) {
    const auto places = find_places(folder);
    return places && !places->empty();
  }));
  GODWIT_TRY(auto folder, files::Directory::open(top));
  return IcsRoot{std::move(tree), std::move(folder), {}};
}

class IcsSource final : public endpoint::CollectionSource {
 public:
  explicit IcsSource(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] std::string identity() const override { return identity_of(path_); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionSession>>> connect() override {
    GODWIT_CO_TRY(IcsRoot root, open_source(path_));
    co_return std::make_unique<IcsSession>(std::move(root));
  }

 private:
  const std::filesystem::path path_;
};

class IcsTarget final : public endpoint::CollectionTarget {
 public:
  explicit IcsTarget(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] std::string identity() const override { return identity_of(path_); }
  [[nodiscard]] std::string host() const override { return identity_of(path_); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionTargetSession>>> connect() override {
    GODWIT_CO_TRY(auto folder, files::Directory::open_or_make(path_));
    co_return std::make_unique<IcsTargetSession>(IcsRoot{nullptr, std::move(folder), {}});
  }

 private:
  const std::filesystem::path path_;
};

}  // namespace

std::unique_ptr<endpoint::CollectionSource> make_ics_source(std::filesystem::path path) {
  return std::make_unique<IcsSource>(std::move(path));
}

std::unique_ptr<endpoint::CollectionTarget> make_ics_target(std::filesystem::path path) {
  return std::make_unique<IcsTarget>(std::move(path));
}

}  // namespace godwit::adapters
