// SPDX-License-Identifier: Apache-2.0
#include "adapters/listed/listed_source.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/listed/listing.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::Item;
using endpoint::Message;

// Messages up to here are read whole and go in batches; larger ones are streamed singly.
constexpr std::uint64_t whole_body_limit = 2 * 1024 * 1024;
constexpr std::size_t items_in_a_page = 1000;

// The store with its book, and how long it was waited for. Shared with the readers.
struct Line {
  std::unique_ptr<MailStore> store;
  std::shared_ptr<endpoint::KeyBook> book;
  std::chrono::nanoseconds waited{};
  bool is_closed = false;

  // Others on the thread get their turn first: a store of files never waits.
  template <class T>
  [[nodiscard]] Task<Result<T>> call(Task<Result<T>> work) {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    if (is_closed) co_return fail(ErrorKind::canceled, "the session was closed");
    const auto began = std::chrono::steady_clock::now();
    auto result = co_await std::move(work);
    waited += std::chrono::steady_clock::now() - began;
    co_return result;
  }
};

// What a view has found in its folder, listed when it is first asked for.
class OpenFolder {
 public:
  OpenFolder(std::shared_ptr<Line> line, std::string name) : line_(std::move(line)), name_(std::move(name)) {}
  [[nodiscard]] Task<Result<const Listing*>> listing() {
    if (!listing_) {
      GODWIT_CO_TRY(listing_, co_await line_->call(list_numbered(*line_->store, *line_->book, name_)));
    }
    co_return &*listing_;
  }
  [[nodiscard]] Line& line() { return *line_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::shared_ptr<Line> line_;
  const std::string name_;
  std::optional<Listing> listing_;
};

class ListedUids final : public endpoint::Pending<UidSet> {
 public:
  ListedUids(std::shared_ptr<OpenFolder> folder, Uid from) : folder_(std::move(folder)), from_(from) {}
  [[nodiscard]] Task<Result<UidSet>> get() override {
    GODWIT_CO_TRY(const Listing* const listing, co_await folder_->listing());
    UidSet uids;
    for (const NumberedMessage& each : listing->messages) {
      if (each.uid >= from_) uids.add(each.uid);
    }
    co_return uids;
  }

 private:
  std::shared_ptr<OpenFolder> folder_;
  const Uid from_;
};

class ListedItems final : public endpoint::ItemReader {
 public:
  ListedItems(std::shared_ptr<OpenFolder> folder, UidSet uids) : folder_(std::move(folder)), uids_(std::move(uids)) {}
  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    GODWIT_CO_TRY(const Listing* const listing, co_await folder_->listing());
    std::vector<Item> page;
    while (next_ < listing->messages.size() && page.size() < items_in_a_page) {
      const NumberedMessage& each = listing->messages[next_++];
      if (!uids_.contains(each.uid)) continue;
      page.push_back({each.uid, each.message.flags, each.message.date, each.message.size, each.message.object_id});
    }
    co_return page;
  }

 private:
  std::shared_ptr<OpenFolder> folder_;
  const UidSet uids_;
  std::size_t next_ = 0;
};

class ListedMessages final : public endpoint::MessageReader {
 public:
  ListedMessages(std::shared_ptr<OpenFolder> folder, UidSet uids) : folder_(std::move(folder)), uids_(std::move(uids)) {}

  [[nodiscard]] Task<Result<std::optional<Message>>> next() override {
    GODWIT_CO_CHECK(co_await begin());
    while (next_ < asked_.size()) {
      const NumberedMessage& each = asked_[next_++];
      auto opened = co_await line().call(line().store->open(folder_->name(), each.message));
      if (!opened && opened.error().kind == ErrorKind::not_found) continue;
      if (!opened) co_return std::unexpected(std::move(opened).error());
      current_ = *std::move(opened);
      co_return co_await read_current(each);
    }
    current_.reset();
    co_return std::nullopt;
  }

  [[nodiscard]] Task<Result<std::span<const char>>> read() override { co_return co_await line().call(current_->read()); }

 private:
  [[nodiscard]] Line& line() { return folder_->line(); }

  Task<Result<>> begin() {
    if (has_begun_) co_return Result<>{};
    has_begun_ = true;
    GODWIT_CO_TRY(const Listing* const listing, co_await folder_->listing());
    std::vector<ListedMessage> expected;
    for (const NumberedMessage& each : listing->messages) {
      if (!uids_.contains(each.uid)) continue;
      asked_.push_back(each);
      expected.push_back(each.message);
    }
    line().store->expect(folder_->name(), expected);
    co_return Result<>{};
  }

  Task<Result<std::optional<Message>>> read_current(const NumberedMessage& each) {
    Message message{each.uid, each.message.flags, current_->date(), current_->size(), current_->size() > whole_body_limit, {}, each.message.object_id};
    if (message.streamed) co_return message;
    message.bytes.reserve(message.size);
    while (true) {
      GODWIT_CO_TRY(const auto piece, co_await read());
      if (piece.empty()) break;
      message.bytes.append(piece.data(), piece.size());
    }
    if (message.bytes.size() == message.size) co_return message;
    co_return fail(ErrorKind::refused, "the message changed while it was read; the next round reads it again");
  }

  std::shared_ptr<OpenFolder> folder_;
  const UidSet uids_;
  bool has_begun_ = false;
  std::vector<NumberedMessage> asked_;
  std::size_t next_ = 0;
  std::unique_ptr<StoredMessage> current_;
};

class ListedView final : public endpoint::FolderView {
 public:
  explicit ListedView(std::shared_ptr<OpenFolder> folder) : folder_(std::move(folder)) {}
  [[nodiscard]] Task<Result<FolderToken>> state() override {
    GODWIT_CO_TRY(const Listing* const listing, co_await folder_->listing());
    co_return listing->state;
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override { return std::make_unique<ListedUids>(folder_, from); }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t /*changed_since*/,
                                                           endpoint::ItemFields /*fields*/) override {
    return std::make_unique<ListedItems>(folder_, uids);
  }
  [[nodiscard]] std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    return std::make_unique<ListedMessages>(folder_, uids);
  }

 private:
  std::shared_ptr<OpenFolder> folder_;
};

class ListedSession final : public endpoint::Session {
 public:
  ListedSession(std::shared_ptr<Line> line, std::string server, std::string caveat) : line_(std::move(line)) {
    traits_.server = std::move(server);
    traits_.caveat = std::move(caveat);
    if (const std::string own = line_->store->caveat(); !own.empty()) traits_.caveat += (traits_.caveat.empty() ? "" : "; ") + own;
    traits_.warnings = line_->store->warnings();
  }

  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override { return line_->call(line_->store->facts()); }
  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override {
    GODWIT_CO_TRY(auto folders, co_await line_->call(line_->store->folders()));
    for (Folder& folder : folders) {
      if (!folder.selectable) continue;
      auto listing = co_await line_->call(list_numbered(*line_->store, *line_->book, folder.name));
      // One of many that cannot be read does not keep the others back; who opens it is told why.
      if (!listing && listing.error().kind == ErrorKind::refused) {
        GODWIT_CO_TRY(const KeyedFolder known, co_await line_->book->open(folder.name));
        folder.state = {known.uid_validity, known.uid_next + 1, 1, 1};  // as with a new message: it is opened
        continue;
      }
      if (!listing) co_return std::unexpected(std::move(listing).error());
      folder.state = listing->state;
    }
    co_return folders;
  }
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const Folder& folder) override {
    return std::make_unique<ListedView>(std::make_shared<OpenFolder>(line_, folder.name));
  }
  [[nodiscard]] Task<Result<>> flush() override { co_return Result<>{}; }
  [[nodiscard]] bool wants_to_adapt() const override { return false; }
  [[nodiscard]] Task<Result<>> adapt() override { co_return Result<>{}; }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return line_->waited; }
  void close() override {
    line_->is_closed = true;
    line_->store->close();
  }

 private:
  std::shared_ptr<Line> line_;
  endpoint::Traits traits_;
};

class ListedSource final : public endpoint::Source {
 public:
  ListedSource(std::string identity, std::string server, OpenStore open_store, std::string caveat)
      : identity_(std::move(identity)), server_(std::move(server)), caveat_(std::move(caveat)), open_store_(std::move(open_store)) {}

  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { book_ = book ? std::move(book) : endpoint::make_memory_key_book(); }
  [[nodiscard]] std::string identity() const override { return identity_; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override {
    GODWIT_CO_TRY(auto store, co_await open_store_());
    co_return make_listed_session(std::move(store), book_, server_, caveat_);
  }

 private:
  const std::string identity_, server_, caveat_;
  const OpenStore open_store_;
  std::shared_ptr<endpoint::KeyBook> book_ = endpoint::make_memory_key_book();
};

}  // namespace

std::unique_ptr<endpoint::Session> make_listed_session(std::unique_ptr<MailStore> store, std::shared_ptr<endpoint::KeyBook> book,
                                                       std::string server, std::string caveat) {
  auto line = std::make_shared<Line>();
  line->store = std::move(store);
  line->book = std::move(book);
  return std::make_unique<ListedSession>(std::move(line), std::move(server), std::move(caveat));
}

std::unique_ptr<endpoint::Source> make_listed_source(std::string identity, std::string server, OpenStore open_store, std::string caveat) {
  return std::make_unique<ListedSource>(std::move(identity), std::move(server), std::move(open_store), std::move(caveat));
}

}  // namespace godwit::adapters
