// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "adapters/ics/session.h"
#include "adapters/ics/sidecar.h"
#include "base/error_code.h"
#include "base/sha256.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::NewResource;
using endpoint::PutOutcome;

constexpr std::size_t longest_name = 100;  // bytes, without a suffix

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '@' || c == '.' || c == '_' || c == '-';
}

// Writes a batch: whole new files beside the old ones, all on disk before the first gets its name.
class BatchWriter {
 public:
  BatchWriter(const files::Directory& folder, ItemStore& store) : folder_(folder), store_(store) {}

  Result<PutOutcome> add(const NewResource& resource) {
    if (!resource.name.empty()) return replace(resource);
    if (const auto there = store_.name_of_uid(resource.uid)) return existing(*there);
    if (const auto there = names_.find(resource.uid); there != names_.end()) return existing(there->second);
    const std::string suffix(suffix_of(store_.place().kind));
    std::string name = safe_name(resource.uid) + suffix;
    if (is_taken(name)) {
      name = "godwit-" + to_hex(sha256(resource.uid).view()) + suffix;
      if (is_taken(name)) return existing(name);
    }
    names_.emplace(resource.uid, name);
    return write(name, resource.bytes);
  }

  // Errors: the disk; nothing is certain then.
  Result<> finish(std::vector<PutOutcome>& outcomes) {
    if (written_.empty()) return {};
    GODWIT_CHECK(sync());
    for (const std::string& name : written_) GODWIT_CHECK(folder_.rename(temporary(name), folder_, name));
    GODWIT_CHECK(folder_.sync());
    for (const std::string& name : written_) GODWIT_CHECK(store_.refresh_file(name));
    for (PutOutcome& outcome : outcomes) {
      if (outcome.kind == PutOutcome::Kind::stored) outcome.version = store_.version_of(outcome.name).value_or("");
    }
    return {};
  }

 private:
  static std::string temporary(const std::string& name) { return '.' + name + ".godwit"; }

  // Few files one by one, many with the whole disk at once.
  Result<> sync() {
    constexpr std::size_t few = 8;
    if (written_.size() > few) return folder_.sync_disk();
    for (const std::string& name : written_) {
      GODWIT_TRY(const files::Descriptor file, folder_.open_file(temporary(name)));
      GODWIT_CHECK(files::sync_file(file.get(), folder_.path() / name));
    }
    return {};
  }

  [[nodiscard]] bool is_taken(const std::string& name) const {
    return folder_.status(name).has_value() || std::ranges::find(written_, name) != written_.end();
  }

  [[nodiscard]] PutOutcome existing(const std::string& name) const {
    return {.kind = PutOutcome::Kind::exists, .name = name, .version = store_.version_of(name).value_or("")};
  }

  Result<PutOutcome> replace(const NewResource& resource) {
    const auto version = store_.version_of(resource.name);
    if (!version || (!resource.version.empty() && *version != resource.version)) {
      return PutOutcome{.kind = PutOutcome::Kind::changed, .name = resource.name, .version = version.value_or("")};
    }
    if (!store_.place().file.empty() || store_.is_shared_file(resource.name)) {
      return PutOutcome{
          .kind = PutOutcome::Kind::refused,
          .name = resource.name,
          .version = *version,
          .error =
              make_error(codes::refused, "the file holds other items, too, and is not rewritten: the target takes one file for each item")};
    }
    return write(resource.name, resource.bytes);
  }

  Result<PutOutcome> write(const std::string& name, std::string_view bytes) {
    GODWIT_CHECK(files::require_space(folder_, bytes.size()));
    const std::string fresh = temporary(name);
    GODWIT_CHECK(folder_.remove_file(fresh));  // a kill may have left it
    GODWIT_TRY(const files::Descriptor file, folder_.make_file(fresh));
    GODWIT_CHECK(files::write_all(file.get(), bytes, folder_.path() / fresh));
    written_.push_back(name);
    return PutOutcome{.kind = PutOutcome::Kind::stored, .name = name, .version = {}};
  }

  const files::Directory& folder_;
  ItemStore& store_;
  std::vector<std::string> written_;
  std::map<std::string, std::string> names_;  // by UID
};

Result<> remove_one(const files::Directory& folder, ItemStore& store, const endpoint::Resource& resource) {
  const auto version = store.version_of(resource.name);
  if (!version) return {};
  if (!resource.version.empty() && resource.version != *version) {
    return fail(ErrorKind::refused, "the item has changed since it was listed");
  }
  if (!store.place().file.empty() || store.is_shared_file(resource.name)) {
    return fail(ErrorKind::refused, "the file holds other items, too, and is not rewritten");
  }
  GODWIT_CHECK(folder.remove_file(resource.name));
  return store.refresh_file(resource.name);
}

}  // namespace

std::string safe_name(std::string_view text) {
  std::string name(text.substr(0, longest_name));
  std::ranges::replace_if(name, [](char c) { return !is_safe(c); }, '_');
  if (name.starts_with('.')) name.front() = '_';
  if (name == text && !name.empty()) return name;
  constexpr std::size_t bytes = 8;
  return fmt::format("{}{}{}", name, name.empty() ? "" : "-", to_hex(sha256(text).view().substr(0, bytes)));
}

IcsTargetSession::IcsTargetSession(IcsRoot root) : reader_(std::move(root)), traits_(ics_traits(true)) {}

Task<Result<endpoint::ServerFacts>> IcsTargetSession::facts() { co_return endpoint::ServerFacts{}; }

Task<Result<std::vector<endpoint::Collection>>> IcsTargetSession::collections() { co_return reader_.collections(); }

Task<Result<endpoint::ResourceChanges>> IcsTargetSession::changes(const endpoint::Collection& collection, const std::string& since) {
  co_return reader_.changes(collection, since);
}

Task<Result<std::vector<Result<endpoint::ResourceContent>>>> IcsTargetSession::fetch(const endpoint::Collection& collection,
                                                                                   std::span<const std::string> names) {
  co_return reader_.fetch(collection, names);
}

Task<Result<endpoint::Collection>> IcsTargetSession::create(const endpoint::NewCollection& collection) {
  if (collection.kind == CollectionKind::filters) co_return fail(ErrorKind::refused, "files of calendars and contacts hold no filters");
  const files::Directory& root = reader_.root();
  const std::string wanted = safe_name(collection.short_name);
  std::string name = wanted;
  for (int number = 2; root.status(name); ++number) name = fmt::format("{}-{}", wanted, number);
  GODWIT_CO_CHECK(root.make_folder(name));
  GODWIT_CO_TRY(const auto folder, root.folder(name));
  GODWIT_CO_CHECK(folder.replace_file(std::string(kind_file), std::string(name_of(collection.kind)) + '\n'));
  GODWIT_CO_CHECK(write_properties(folder, collection.properties));
  GODWIT_CO_CHECK(root.sync());
  co_return reader_.collection_at({name, {}, collection.kind});
}

Task<Result<std::vector<std::string>>> IcsTargetSession::change_properties(const endpoint::Collection& collection,
                                                                         const endpoint::CollectionProperties& properties) {
  const auto place = parse_place(collection.name);
  if (!place || !place->file.empty()) {
    co_return fail(ErrorKind::refused, "a file that is a calendar or address book by itself is not rewritten");
  }
  GODWIT_CO_TRY(const auto folder, folder_of(reader_.root(), *place));
  co_return write_properties(folder, properties);
}

Task<Result<std::vector<PutOutcome>>> IcsTargetSession::put(const endpoint::Collection& collection,
                                                            std::span<const NewResource> resources) {
  GODWIT_CO_TRY(ItemStore* const store, reader_.store_of(collection.name));
  GODWIT_CO_TRY(const auto folder, folder_of(reader_.root(), store->place()));
  BatchWriter writer(folder, *store);
  std::vector<PutOutcome> outcomes;
  for (const NewResource& resource : resources) {
    GODWIT_CO_TRY(PutOutcome outcome, writer.add(resource));
    outcomes.push_back(std::move(outcome));
  }
  GODWIT_CO_CHECK(writer.finish(outcomes));
  co_return outcomes;
}

Task<Result<std::vector<Result<>>>> IcsTargetSession::remove(const endpoint::Collection& collection,
                                                             std::span<const endpoint::Resource> resources) {
  GODWIT_CO_TRY(ItemStore* const store, reader_.store_of(collection.name));
  GODWIT_CO_TRY(const auto folder, folder_of(reader_.root(), store->place()));
  std::vector<Result<>> results;
  for (const endpoint::Resource& resource : resources) {
    auto result = remove_one(folder, *store, resource);
    if (!result && result.error().kind == ErrorKind::storage) co_return std::unexpected(std::move(result).error());
    results.push_back(std::move(result));
  }
  GODWIT_CO_CHECK(folder.sync());
  co_return results;
}

}  // namespace godwit::adapters
