// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "adapters/listed/message_in_file.h"
#include "adapters/maildir/file_name.h"
#include "adapters/maildir/folder_name.h"
#include "adapters/maildir/keywords.h"
#include "adapters/maildir/listing.h"
#include "adapters/maildir/tree.h"
#include "adapters/maildir/uid_list.h"
#include "base/internal_date.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using files::Directory;

constexpr std::string_view courier_keywords = "courierimapkeywords";
constexpr int most_attempts = 10;

// The text of a file that need not be there.
Result<std::string> text_of(const Directory& folder, const std::string& name) {
  auto text = folder.read_file(name);
  if (!text && text.error().kind == ErrorKind::not_found) return std::string();
  return text;
}

// What servers keep of a folder in files of their own.
struct ServerNotes {
  std::map<std::string, Uid, std::less<>> uids;  // by base name
  MaildirKeywords keywords;
  std::map<std::string, MessageFlags> courier;

  static Result<ServerNotes> read(const Directory& folder) {
    ServerNotes notes;
    for (const char* const file : {"courierimapuiddb", "dovecot-uidlist"}) {
      GODWIT_TRY(const std::string text, text_of(folder, file));
      const auto list = parse_uid_list(text);
      if (!list) continue;
      notes.uids.clear();
      for (const auto& [uid, name] : list->names) notes.uids.emplace(name, uid);
    }
    GODWIT_TRY(const std::string keywords, text_of(folder, "dovecot-keywords"));
    notes.keywords = MaildirKeywords::parse(keywords);
    GODWIT_CHECK(notes.read_courier(folder));
    return notes;
  }

  // A message's own file is newer than the list of all.
  Result<> read_courier(const Directory& folder) {
    const auto place = folder.folder(std::string(courier_keywords));
    if (!place) return place.error().kind == ErrorKind::not_found ? Result<>{} : std::unexpected(place.error());
    GODWIT_TRY(const std::string all, text_of(*place, ":list"));
    courier = parse_courier_keywords(all);
    GODWIT_TRY(const auto entries, place->entries());
    for (const files::Entry& entry : entries) {
      if (entry.name.starts_with('.') || entry.name.starts_with(':') || entry.kind != files::EntryKind::file) continue;
      GODWIT_TRY(const std::string text, text_of(*place, entry.name));
      courier[entry.name] =
          parse_courier_keywords(text + "\n" + entry.name + ":" + numbers_below(std::ranges::count(text, '\n')))[entry.name];
    }
    return {};
  }

  static std::string numbers_below(std::ptrdiff_t count) {
    std::string numbers;
    for (std::ptrdiff_t number = 0; number < count; ++number) numbers += std::to_string(number) + ' ';
    return numbers;
  }

  [[nodiscard]] MessageFlags flags_of(const MaildirFileName& name) const {
    MessageFlags flags;
    add_system_flags(name.letters, flags);
    keywords.add_keywords(name.letters, flags);
    if (const auto known = courier.find(name.base); known != courier.end()) {
      for (const std::string& keyword : known->second.keywords) flags.add(keyword);
    }
    return flags;
  }
};

class MaildirStore final : public MailStore {
 public:
  MaildirStore(std::filesystem::path path, std::optional<Directory> root, MaildirLayout layout)
      : path_(std::move(path)), root_(std::move(root)), layout_(layout) {}

  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    endpoint::ServerFacts facts;
    facts.software = "Maildir";
    co_return facts;
  }

  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> folders() override {
    GODWIT_CO_TRY(const bool is_there, find_root());
    if (!is_there) co_return std::vector<endpoint::Folder>{};
    co_return maildir_folders(*root_, layout_);
  }

  [[nodiscard]] Task<Result<std::vector<ListedMessage>>> list(const std::string& folder) override {
    GODWIT_CO_TRY(const bool is_there, find_root());
    if (!is_there && folder == inbox_name) co_return std::vector<ListedMessage>{};  // of a target that is still to be made
    GODWIT_CO_TRY(const Directory place, open_place(folder));
    GODWIT_CO_TRY(const ServerNotes notes, ServerNotes::read(place));
    listing_name_.clear();
    GODWIT_CO_TRY(listing_, MaildirListing::open(place));
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      GODWIT_CO_CHECK(listing_->read());
      auto messages = describe_all(notes);
      if (!messages) continue;
      listing_name_ = folder;
      co_return *std::move(messages);
    }
    co_return fail(ErrorKind::unavailable, fmt::format("{}: names change faster than they can be read; try again when it is quieter",
                                                       printable(place.path().native())));
  }

  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open(const std::string& folder, const ListedMessage& message) override {
    if (listing_name_ != folder) {
      GODWIT_CO_TRY(const Directory place, open_place(folder));
      GODWIT_CO_TRY(listing_, MaildirListing::open(place));
      listing_name_ = folder;
    }
    const auto line_ends = message.key.contains(raw_field) ? files::LineEnds::as_they_are : files::LineEnds::crlf;
    auto file = listing_->with_file(message.key, [&](const Directory& directory, const MaildirListing::File& found) {
      return files::MessageFile::open(directory, found.name, line_ends);
    });
    if (!file) co_return std::unexpected(std::move(file).error());
    co_return make_message_in_file(*std::move(file), {});
  }

 private:
  Result<bool> find_root() {
    if (root_) return true;
    auto opened = Directory::open(path_);
    if (opened) root_ = *std::move(opened);
    else if (opened.error().kind != ErrorKind::not_found) return std::unexpected(std::move(opened).error());
    return root_.has_value();
  }

  Result<Directory> open_place(const std::string& folder) {
    GODWIT_TRY(const bool is_there, find_root());
    if (!is_there) return fail(ErrorKind::not_found, fmt::format("{}: it is not there", printable(path_.native())));
    return open_maildir_folder(*root_, folder);
  }

  // In the order of their numbers at the server, then of delivery. Nothing when one was renamed or removed meanwhile.
  std::optional<std::vector<ListedMessage>> describe_all(const ServerNotes& notes) const {
    std::vector<ListedMessage> messages;
    messages.reserve(listing_->files().size());
    for (const auto& [base, file] : listing_->files()) {
      const auto status = listing_->directory_of(file).status(file.name);
      if (!status) return std::nullopt;
      const std::uint64_t told = wire_size_in(base);
      messages.push_back({base, notes.flags_of(parse_maildir_name(file.name)), InternalDate{status->st_mtim.tv_sec, 0}.to_string(),
                          told != 0 ? told : static_cast<std::uint64_t>(status->st_size)});
    }
    const auto number = [&](const ListedMessage& message) {
      const auto known = notes.uids.find(message.key);
      return known != notes.uids.end() ? known->second : ~Uid{0};
    };
    std::ranges::sort(messages, [&](const ListedMessage& left, const ListedMessage& right) {
      const Uid one = number(left), other = number(right);
      return one != other ? one < other : is_delivered_before(left.key, right.key);
    });
    return messages;
  }

  const std::filesystem::path path_;
  std::optional<Directory> root_;
  const MaildirLayout layout_;
  std::optional<MaildirListing> listing_;
  std::string listing_name_;  // of the folder that it is of
};

}  // namespace

Result<std::unique_ptr<MailStore>> open_maildir_store(const std::filesystem::path& root, bool may_be_missing, MaildirLayout layout) {
  auto opened = Directory::open(root);
  if (!opened && may_be_missing && opened.error().kind == ErrorKind::not_found) {
    return std::make_unique<MaildirStore>(root, std::nullopt, layout);
  }
  if (!opened) return fail(ErrorKind::storage, std::move(opened).error().what);
  GODWIT_TRY(const auto folders, maildir_folders(*opened, layout));
  if (folders.empty() && !may_be_missing) {
    return fail(ErrorKind::storage,
                fmt::format("{}: it is no Maildir: there is no folder with cur or new; check the path", printable(root.native())));
  }
  return std::make_unique<MaildirStore>(root, *std::move(opened), layout);
}

}  // namespace godwit::adapters
