// SPDX-License-Identifier: Apache-2.0
#include "ledger/sqlite_collections.h"

namespace godwit::ledger {

Task<Result<std::vector<CollectionRecord>>> SqliteCollections::collections() {
  return read([](AccountStore& store) { return store.collections(); });
}

Task<Result<CollectionRecord>> SqliteCollections::open_collection(CollectionKind kind, std::string source_name, std::string display_name) {
  return write([kind, source = std::move(source_name), display = std::move(display_name)](AccountStore& store) {
    return store.open_collection(kind, source, display);
  });
}

Task<Result<>> SqliteCollections::update_collection(CollectionRecord record) {
  return write([record = std::move(record)](AccountStore& store) { return store.update_collection(record); });
}

Task<Result<>> SqliteCollections::set_problem(FolderId collection, std::optional<Problem> problem) {
  return write(
      [collection, problem = std::move(problem)](AccountStore& store) { return store.set_collection_problem(collection, problem); });
}

Task<Result<>> SqliteCollections::restart_target(FolderId collection) {
  return write([collection](AccountStore& store) { return store.restart_target(collection); });
}

Task<Result<>> SqliteCollections::forget_collection(FolderId collection) {
  return write([collection](AccountStore& store) { return store.forget_collection(collection); });
}

Task<Result<std::vector<ResourceRecord>>> SqliteCollections::resources(FolderId collection, ResourceNumber after, std::size_t limit) {
  return read([collection, after, limit](AccountStore& store) { return store.resources(collection, after, limit); });
}

Task<Result<std::vector<ResourceRecord>>> SqliteCollections::open_resources(FolderId collection, ResourceNumber after, std::size_t limit) {
  return read([collection, after, limit](AccountStore& store) { return store.open_resources(collection, after, limit); });
}

Task<Result<std::vector<ResourceRecord>>> SqliteCollections::find_resources(FolderId collection, ResourceKey key,
                                                                            std::vector<std::string> values) {
  return read([collection, key, values = std::move(values)](AccountStore& store) { return store.find_resources(collection, key, values); });
}

Task<Result<std::vector<ResourceRecord>>> SqliteCollections::record(FolderId collection, std::vector<RecordedResource> rows) {
  return write([collection, rows = std::move(rows)](AccountStore& store) { return store.record_resources(collection, rows); });
}

Task<Result<>> SqliteCollections::forget_resources(FolderId collection, std::vector<ResourceNumber> numbers) {
  return write([collection, numbers = std::move(numbers)](AccountStore& store) { return store.forget_resources(collection, numbers); });
}

Task<Result<>> SqliteCollections::put_strangers(FolderId collection, std::vector<Stranger> strangers) {
  return write([collection, strangers = std::move(strangers)](AccountStore& store) { return store.put_strangers(collection, strangers); });
}

Task<Result<>> SqliteCollections::forget_strangers(FolderId collection, std::vector<std::string> target_names) {
  return write([collection, names = std::move(target_names)](AccountStore& store) { return store.forget_strangers(collection, names); });
}

Task<Result<std::vector<Stranger>>> SqliteCollections::find_strangers(FolderId collection, StrangerKey key,
                                                                      std::vector<std::string> values) {
  return read([collection, key, values = std::move(values)](AccountStore& store) { return store.find_strangers(collection, key, values); });
}

Task<Result<std::vector<Stranger>>> SqliteCollections::strangers(FolderId collection, std::string after, std::size_t limit) {
  return read([collection, after = std::move(after), limit](AccountStore& store) { return store.strangers(collection, after, limit); });
}

Task<Result<std::map<ItemKind, LevelCounts>>> SqliteCollections::item_counts() {
  return read([](AccountStore& store) { return store.item_counts(); });
}

}  // namespace godwit::ledger
