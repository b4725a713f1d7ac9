// SPDX-License-Identifier: Apache-2.0
// The part of an account's ledger that is about collections: sends its calls to the writer's thread.
#pragma once

#include <memory>

#include "ledger/account_store.h"
#include "ledger/collections.h"

namespace godwit::ledger {

class SqliteCollections final : public CollectionLedger {
 public:
  // Both belong to the account's ledger, and outlive this.
  SqliteCollections(Writer& writer, const std::shared_ptr<AccountStore>& store) : writer_(writer), store_(store) {}

  Task<Result<std::vector<CollectionRecord>>> collections() override;
  Task<Result<CollectionRecord>> open_collection(CollectionKind kind, std::string source_name, std::string display_name) override;
  Task<Result<>> update_collection(CollectionRecord record) override;
  Task<Result<>> set_problem(FolderId collection, std::optional<Problem> problem) override;
  Task<Result<>> restart_target(FolderId collection) override;
  Task<Result<>> forget_collection(FolderId collection) override;
  Task<Result<std::vector<ResourceRecord>>> resources(FolderId collection, ResourceNumber after, std::size_t limit) override;
  Task<Result<std::vector<ResourceRecord>>> open_resources(FolderId collection, ResourceNumber after, std::size_t limit) override;
  Task<Result<std::vector<ResourceRecord>>> find_resources(FolderId collection, ResourceKey key, std::vector<std::string> values) override;
  Task<Result<std::vector<ResourceRecord>>> record(FolderId collection, std::vector<RecordedResource> rows) override;
  Task<Result<>> forget_resources(FolderId collection, std::vector<ResourceNumber> numbers) override;
  Task<Result<>> put_strangers(FolderId collection, std::vector<Stranger> strangers) override;
  Task<Result<>> forget_strangers(FolderId collection, std::vector<std::string> target_names) override;
  Task<Result<std::vector<Stranger>>> find_strangers(FolderId collection, StrangerKey key, std::vector<std::string> values) override;
  Task<Result<std::vector<Stranger>>> strangers(FolderId collection, std::string after, std::size_t limit) override;
  Task<Result<std::map<ItemKind, LevelCounts>>> item_counts() override;

 private:
  template <class Work>
  Task<std::invoke_result_t<Work&, AccountStore&>> read(Work work) {
    return writer_.run(store_, Access::read, std::move(work));
  }
  template <class Work>
  Task<std::invoke_result_t<Work&, AccountStore&>> write(Work work) {
    return writer_.run(store_, Access::write, std::move(work));
  }

  Writer& writer_;
  const std::shared_ptr<AccountStore>& store_;
};

}  // namespace godwit::ledger
