// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/pst_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "adapters/listed/listed_source.h"
#include "adapters/pst/pst_lists.h"
#include "adapters/pst/pst_places.h"
#include "base/error_code.h"
#include "base/internal_date.h"
#include "base/text.h"

namespace godwit::adapters {

namespace {

using endpoint::Folder;

class PstStore final : public MailStore {
 public:
  PstStore(std::filesystem::path account, PstHelper helper, std::shared_ptr<PstLists> lists)
      : account_(std::move(account)), helper_(std::move(helper)), lists_(std::move(lists)) {}

  Task<Result<>> look() {
    GODWIT_CO_TRY(found_, find_data_files(account_));
    for (const auto& file : found_.stores) {
      auto store = std::make_unique<PstFile>(helper_, file);
      GODWIT_CO_TRY(auto contents, co_await lists_->contents_of(*store));
      add_store(std::move(store), std::move(contents));
    }
    for (const MsgFolder& folder : found_.messages) add_message_folder(folder);
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    endpoint::ServerFacts facts;
    facts.software = "Outlook data files";
    facts.version = what_else();
    co_return facts;
  }
  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override { co_return folders_; }

  [[nodiscard]] Task<Result<std::vector<ListedMessage>>> list(const std::string& folder) override {
    const auto place = places_.find(folder);
    if (place == places_.end()) co_return fail(ErrorKind::not_found, "the folder is gone");
    co_return place->second.messages != nullptr ? list_messages(*place->second.messages) : list_store(place->second);
  }

  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open(const std::string& folder, const ListedMessage& message) override {
    const auto place = places_.find(folder);
    if (place == places_.end()) co_return fail(ErrorKind::not_found, "the folder is gone");
    if (place->second.messages != nullptr) co_return co_await open_message(*place->second.messages, message.key);
    const auto id = parse_item_id(message.key);
    if (!id) co_return fail(ErrorKind::not_found, "the item is gone");
    if (const auto damage = damages_.find({place->second.store, *id}); damage != damages_.end()) {
      co_return fail(codes::data_item_damaged, "the item is damaged: " + damage->second);
    }
    co_return co_await stores_[place->second.store].file->open(*id);
  }

  void close() override {
    for (const Store& store : stores_) store.file->close();
  }

 private:
  struct Store {
    std::unique_ptr<PstFile> file;
    std::shared_ptr<const PstContents> contents;
  };
  struct Place {
    std::size_t store = 0;
    std::uint64_t id = 0;
    const MsgFolder* messages = nullptr;  // of a folder of .msg files
  };

  void add_store(std::unique_ptr<PstFile> file, std::shared_ptr<const PstContents> contents) {
    const auto above = found_.is_folder ? segments_below(account_, file->path()) : std::vector<std::string>();
    std::string name;
    for (const std::string& part : above) name += part + "/";
    for (PlacedFolder& folder : place_folders(*contents, above)) {
      Folder made;
      made.name = fmt::format("{}{:x}", name, folder.id);
      made.path = std::move(folder.path);
      made.role = folder.role;
      made.subscribed = true;
      places_[made.name] = {stores_.size(), folder.id, nullptr};
      folders_.push_back(std::move(made));
    }
    for (const pst::ItemFound& item : contents->items) {
      if (item.kind == pst::ItemKind::damaged) damages_[{stores_.size(), item.id}] = item.reason;
    }
    stores_.push_back({std::move(file), std::move(contents)});
  }

  void add_message_folder(const MsgFolder& folder) {
    Folder made;
    made.name = folder.place + "/.msg";
    made.role = folder.place.empty() ? endpoint::Role::inbox : endpoint::Role::none;
    made.subscribed = true;
    if (folder.place.empty()) made.path.segments = {"INBOX"};
    for (const auto& part : std::filesystem::path(folder.place)) made.path.segments.push_back(part.native());
    places_[made.name] = {0, 0, &folder};
    folders_.push_back(std::move(made));
  }

  [[nodiscard]] std::vector<ListedMessage> list_store(const Place& place) const {
    std::vector<ListedMessage> listed;
    for (const pst::ItemFound& item : stores_[place.store].contents->items) {
      if (item.folder != place.id || (item.kind != pst::ItemKind::mail && item.kind != pst::ItemKind::damaged)) continue;
      ListedMessage message;
      message.key = fmt::format("{:x}", item.id);
      message.flags.system = item.flags;
      message.size = item.size;
      for (const std::string& keyword : item.keywords) message.flags.add(keyword);
      if (item.seconds != 0) message.date = InternalDate{item.seconds, 0}.to_string();
      listed.push_back(std::move(message));
    }
    return listed;
  }

  static std::vector<ListedMessage> list_messages(const MsgFolder& folder) {
    std::vector<ListedMessage> listed;
    for (const MsgFile& file : folder.files) {
      ListedMessage message;
      message.key = msg_key_of(file);
      message.size = file.size;
      message.flags.system = MessageFlags::seen;  // whoever saved it has read it
      listed.push_back(std::move(message));
    }
    return listed;
  }

  Task<Result<std::unique_ptr<StoredMessage>>> open_message(const MsgFolder& folder, const std::string& key) {
    const auto file = std::ranges::find(folder.files, key, &msg_key_of);
    if (file == folder.files.end()) co_return fail(ErrorKind::not_found, "the file is gone");
    auto started = co_await HelperProcess::start(helper_, file->path, "message");
    if (!started && started.error().kind == ErrorKind::storage) co_return fail(codes::data_item_damaged, started.error().what);
    if (!started) co_return std::unexpected(std::move(started).error());
    const std::shared_ptr<HelperProcess> process = *std::move(started);
    co_await process->ask({pst::RequestKind::read, 1});
    auto opened = co_await receive_message(process);
    if (!opened)
      co_return fail(codes::data_item_damaged, fmt::format("{}: {}", printable(file->path.filename().native()), opened.error().what));
    co_return opened;
  }

  // "(beside mail: 5 x appointment; 2 x winmail.dat, which stays packed, with 3 files in it)"
  [[nodiscard]] std::string what_else() const {
    std::array<std::uint64_t, 8> counts{};
    std::uint64_t packed = 0, packed_files = 0;
    for (const Store& store : stores_) {
      for (const pst::ItemFound& item : store.contents->items) {
        ++counts[static_cast<std::size_t>(item.kind)];
        packed += item.packed.empty() ? 0 : 1;
        packed_files += item.packed.size();
      }
    }
    std::string text;
    for (const auto kind : {pst::ItemKind::appointment, pst::ItemKind::contact, pst::ItemKind::task, pst::ItemKind::note,
                            pst::ItemKind::journal, pst::ItemKind::other}) {
      const std::uint64_t count = counts[static_cast<std::size_t>(kind)];
      if (count > 0) text += fmt::format("{}{} x {}", text.empty() ? "beside mail: " : ", ", count, pst::name_of(kind));
    }
    if (packed > 0)
      text += fmt::format("{}{} x winmail.dat, which stays packed, with {} files in it", text.empty() ? "" : "; ", packed, packed_files);
    return text.empty() ? text : fmt::format("({})", text);
  }

  const std::filesystem::path account_;
  const PstHelper helper_;
  std::shared_ptr<PstLists> lists_;
  DataFiles found_;
  std::vector<Store> stores_;
  std::vector<Folder> folders_;
  std::map<std::string, Place> places_;                                        // by folders' names
  std::map<std::pair<std::size_t, std::uint64_t>, std::string> damages_;  // by store and id
};

}  // namespace

Task<Result<std::unique_ptr<MailStore>>> open_pst_store(std::filesystem::path path, PstHelper helper, std::shared_ptr<PstLists> lists) {
  auto store = std::make_unique<PstStore>(std::move(path), std::move(helper), std::move(lists));
  GODWIT_CO_CHECK(co_await store->look());
  co_return store;
}

std::unique_ptr<endpoint::Source> make_pst_source(std::filesystem::path path, PstHelper helper) {
  const std::string identity = "pst:" + path.native();
  const auto lists = std::make_shared<PstLists>();
  return make_listed_source(identity, "Outlook data files",
                            [path = std::move(path), helper = std::move(helper), lists]() { return open_pst_store(path, helper, lists); });
}

}  // namespace godwit::adapters
