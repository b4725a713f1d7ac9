// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/pst_collections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "adapters/pst/pst_lists.h"
#include "adapters/pst/pst_places.h"
#include "base/digest_number.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::Collection;
using endpoint::Resource;
using endpoint::ResourceContent;

std::optional<ItemKind> item_kind_of(pst::ItemKind kind) {
  switch (kind) {
    case pst::ItemKind::appointment:
      return ItemKind::event;
    case pst::ItemKind::task:
      return ItemKind::task;
    case pst::ItemKind::note:
    case pst::ItemKind::journal:
      return ItemKind::journal;
    case pst::ItemKind::contact:
      return ItemKind::contact;
    default:
      return std::nullopt;
  }
}

CollectionKind collection_of(ItemKind kind) { return kind == ItemKind::contact ? CollectionKind::address_book : CollectionKind::calendar; }

std::string version_of(const pst::ItemFound& item) { return fmt::format("{:x}-{}", item.changed, item.size); }

// A .msg file whose item has no number of its own.
std::uint64_t number_of_file(const std::filesystem::path& account, const std::filesystem::path& file) {
  return number_of(sha256(file.lexically_relative(account).native()));
}

// Where the items of a collection come from.
struct Place {
  std::size_t store = 0;
  std::uint64_t folder = 0;
  const MsgFolder* messages = nullptr;  // of a folder of .msg files
  CollectionKind kind = CollectionKind::calendar;
};

class PstCollections final : public endpoint::CollectionSession {
 public:
  PstCollections(std::filesystem::path account, PstHelper helper, std::shared_ptr<PstLists> lists)
      : account_(std::move(account)), helper_(std::move(helper)), lists_(std::move(lists)) {}

  Task<Result<>> look() {
    GODWIT_CO_TRY(found_, find_data_files(account_));
    for (const auto& path : found_.stores) {
      auto file = std::make_unique<PstFile>(helper_, path);
      GODWIT_CO_TRY(auto contents, co_await lists_->contents_of(*file));
      stores_.push_back({std::move(file), std::move(contents)});
      add_store(stores_.size() - 1);
    }
    for (const MsgFolder& folder : found_.messages) GODWIT_CO_CHECK(co_await add_messages(folder));
    describe_rest();
    co_return Result<>{};
  }

  [[nodiscard]] const endpoint::CollectionTraits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    endpoint::ServerFacts facts;
    facts.software = "Outlook data files";
    co_return facts;
  }
  [[nodiscard]] Task<Result<std::vector<Collection>>> collections() override { co_return collections_; }

  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> changes(const Collection& collection, const std::string& since) override {
    const auto place = places_.find(collection.name);
    if (place == places_.end()) co_return fail(ErrorKind::not_found, "the folder is gone from the file");
    endpoint::ResourceChanges changes;
    changes.state = state_of(place->second);
    if (changes.state == since) co_return changes;
    changes.is_whole = true;
    for (const auto& [name, item] : items_of(place->second)) changes.present.push_back({name, version_of(*item), false, item->size});
    co_return changes;
  }

  [[nodiscard]] Task<Result<std::vector<Result<ResourceContent>>>> fetch(const Collection& collection,
                                                                         std::span<const std::string> names) override {
    const auto place = places_.find(collection.name);
    if (place == places_.end()) co_return fail(ErrorKind::not_found, "the folder is gone from the file");
    const auto items = items_of(place->second);
    std::vector<Result<ResourceContent>> contents;
    for (const std::string& name : names) {
      const auto item = items.find(name);
      if (item == items.end()) {
        contents.push_back(fail(ErrorKind::not_found, "the item is gone from the file"));
        continue;
      }
      auto bytes = co_await read(place->second, name, *item->second);
      if (!bytes && bytes.error().kind == ErrorKind::storage) co_return std::unexpected(std::move(bytes).error());
      if (bytes) {
        contents.emplace_back(ResourceContent{name, version_of(*item->second), *std::move(bytes), false});
      } else {
        contents.emplace_back(std::unexpected(std::move(bytes).error()));
      }
    }
    co_return contents;
  }

  void close() override {
    for (const Store& store : stores_) store.file->close();
  }

 private:
  struct Store {
    std::unique_ptr<PstFile> file;
    std::shared_ptr<const PstContents> contents;
  };
  using Items = std::map<std::string, const pst::ItemFound*>;  // by resources' names

  // What each folder holds, or is made for.
  static std::map<std::uint64_t, std::set<ItemKind>> kinds_by_folder(const PstContents& contents) {
    std::map<std::uint64_t, std::set<ItemKind>> kinds;
    for (const pst::FolderFound& folder : contents.folders) {
      if (const auto kind = item_kind_of(folder.holds)) kinds[folder.id].insert(*kind);
    }
    for (const pst::ItemFound& item : contents.items) {
      if (const auto kind = item_kind_of(item.kind)) kinds[item.folder].insert(*kind);
    }
    return kinds;
  }

  void add_store(std::size_t index) {
    const PstContents& contents = *stores_[index].contents;
    const auto kinds = kinds_by_folder(contents);
    std::string prefix, file;
    if (found_.is_folder) {
      for (const std::string& part : segments_below(account_, stores_[index].file->path())) prefix += part + "/";
      file = stores_[index].file->path().filename().native();
    }
    std::set<std::uint64_t> deleted;  // folders of things that people have thrown away
    for (const pst::FolderFound& folder : contents.folders) {
      if (folder.role == pst::FolderRole::trash || deleted.contains(folder.parent)) deleted.insert(folder.id);
      const auto holds = kinds.find(folder.id);
      if (holds == kinds.end()) continue;
      for (const auto kind : {CollectionKind::calendar, CollectionKind::address_book}) {
        auto* const made = add_collection(fmt::format("{}{:x}", prefix, folder.id), clean_name(folder.name), file, kind, holds->second,
                                          {index, folder.id, nullptr, kind});
        if (made == nullptr) continue;
        made->properties.is_transparent = deleted.contains(folder.id);
        const auto own = item_kind_of(folder.holds);
        made->is_default = folder.parent == 0 && (own == ItemKind::event || own == ItemKind::contact) && collection_of(*own) == kind &&
                           defaults_.insert(kind).second;
      }
    }
  }

  Collection* add_collection(const std::string& name, const std::string& shown, const std::string& file, CollectionKind kind,
                             const std::set<ItemKind>& holds, const Place& place) {
    Collection made;
    for (const ItemKind item : holds) {
      if (collection_of(item) == kind) made.properties.components.insert(item);
    }
    if (made.properties.components.empty()) return nullptr;
    made.name = fmt::format("{} {}", name, kind == CollectionKind::calendar ? "calendar" : "contacts");
    made.short_name = shown;
    made.kind = kind;
    made.properties.display_name = file.empty() ? shown : fmt::format("{} ({})", shown, file);
    made.state = state_of(place);
    places_[made.name] = place;
    collections_.push_back(std::move(made));
    return &collections_.back();
  }

  Task<Result<>> add_messages(const MsgFolder& folder) {
    std::set<ItemKind> holds;
    for (const MsgFile& file : folder.files) {
      GODWIT_CO_TRY(auto contents, co_await lists_->message_of(helper_, file.path));
      if (const auto kind = item_kind_of(contents->items.front().kind)) holds.insert(*kind);
      messages_[file.path] = std::move(contents);
    }
    const std::string shown = folder.place.empty() ? "Outlook" : clean_name(std::filesystem::path(folder.place).filename().native());
    for (const auto kind : {CollectionKind::calendar, CollectionKind::address_book})
      add_collection(folder.place + "/.msg", shown, {}, kind, holds, {0, 0, &folder, kind});
    co_return Result<>{};
  }

  [[nodiscard]] Items items_of(const Place& place) const {
    Items items;
    const auto is_wanted = [&](const pst::ItemFound& item) {
      const auto kind = item_kind_of(item.kind);
      return kind && collection_of(*kind) == place.kind;
    };
    if (place.messages != nullptr) {
      for (const MsgFile& file : place.messages->files) {
        const pst::ItemFound& item = messages_.at(file.path)->items.front();
        if (is_wanted(item)) items[file.path.filename().native()] = &item;
      }
      return items;
    }
    for (const pst::ItemFound& item : stores_[place.store].contents->items) {
      if (item.folder == place.folder && is_wanted(item)) items[fmt::format("{:x}", item.id)] = &item;
    }
    return items;
  }

  [[nodiscard]] std::string state_of(const Place& place) const {
    std::string all;
    for (const auto& [name, item] : items_of(place)) all += fmt::format("{} {}\n", name, version_of(*item));
    return to_hex(sha256(all).view().substr(0, 16));
  }

  Task<Result<std::string>> read(const Place& place, const std::string& name, const pst::ItemFound& item) {
    if (place.messages != nullptr) co_return co_await read_message(*place.messages, name);
    GODWIT_CO_TRY(const auto opened, co_await stores_[place.store].file->open(item.id, pst::RequestKind::document));
    auto bytes = co_await read_whole(*opened);
    if (!bytes) stores_[place.store].file->close();
    co_return bytes;
  }

  Task<Result<std::string>> read_message(const MsgFolder& folder, const std::string& name) {
    const auto file = std::ranges::find(folder.files, name, [](const MsgFile& each) { return each.path.filename().native(); });
    auto started = co_await HelperProcess::start(helper_, file->path, "message");
    if (!started && started.error().kind == ErrorKind::storage) co_return fail(codes::data_item_damaged, started.error().what);
    if (!started) co_return std::unexpected(std::move(started).error());
    const std::shared_ptr<HelperProcess> process = *std::move(started);
    co_await process->ask({pst::RequestKind::document, number_of_file(account_, file->path)});
    auto opened = co_await receive_message(process);
    if (!opened) co_return fail(codes::data_item_damaged, fmt::format("{}: {}", printable(name), opened.error().what));
    co_return co_await read_whole(**opened);
  }

  static Task<Result<std::string>> read_whole(StoredMessage& document) {
    std::string bytes;
    while (true) {
      const auto piece = co_await document.read();
      if (!piece) co_return fail(codes::data_item_damaged, "the item is damaged: " + piece.error().what);
      if (piece->empty()) co_return bytes;
      bytes.append(piece->data(), piece->size());
    }
  }

  // What no collection shows.
  void describe_rest() {
    std::array<std::uint64_t, 8> counts{};
    for (const Store& store : stores_) {
      for (const pst::ItemFound& item : store.contents->items) ++counts[static_cast<std::size_t>(item.kind)];
    }
    for (const auto& [path, contents] : messages_) ++counts[static_cast<std::size_t>(contents->items.front().kind)];
    for (const auto kind : {pst::ItemKind::other, pst::ItemKind::damaged}) {
      if (const std::uint64_t count = counts[static_cast<std::size_t>(kind)]; count > 0)
        traits_.caveats.push_back(fmt::format("{} x {} stays in the files", count, pst::name_of(kind)));
    }
    traits_.caveats.emplace_back(
        "attachments of appointments and tasks above 1 MiB stay in the files, and a comment in the item names them");
    traits_.server = "Outlook data files";
    traits_.kinds = {CollectionKind::calendar, CollectionKind::address_book};
    traits_.batch_items = 100;
  }

  const std::filesystem::path account_;
  const PstHelper helper_;
  std::shared_ptr<PstLists> lists_;
  DataFiles found_;
  std::vector<Store> stores_;
  std::map<std::filesystem::path, std::shared_ptr<const PstContents>> messages_;
  std::vector<Collection> collections_;
  std::map<std::string, Place> places_;  // by collections' names
  std::set<CollectionKind> defaults_;    // for which the default one is known
  endpoint::CollectionTraits traits_;
};

class PstCollectionSource final : public endpoint::CollectionSource {
 public:
  PstCollectionSource(std::filesystem::path path, PstHelper helper) : path_(std::move(path)), helper_(std::move(helper)) {}
  [[nodiscard]] std::string identity() const override { return "pst:" + path_.native(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionSession>>> connect() override {
    auto session = std::make_unique<PstCollections>(path_, helper_, lists_);
    GODWIT_CO_CHECK(co_await session->look());
    co_return session;
  }

 private:
  const std::filesystem::path path_;
  const PstHelper helper_;
  const std::shared_ptr<PstLists> lists_ = std::make_shared<PstLists>();
};

}  // namespace

std::unique_ptr<endpoint::CollectionSource> make_pst_collections(std::filesystem::path path, PstHelper helper) {
  return std::make_unique<PstCollectionSource>(std::move(path), std::move(helper));
}

}  // namespace godwit::adapters
