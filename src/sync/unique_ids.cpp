// SPDX-License-Identifier: Apache-2.0
#include "sync/unique_ids.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sync/unique_id_pairing.h"

namespace godwit::sync {
namespace {

using endpoint::Folder;
using endpoint::Item;
using endpoint::ItemFields;
using endpoint::Session;

using TakeItem = std::function<void(const Item&)>;

Task<Result<>> read_items(endpoint::FolderView& view, UidSet uids, ItemFields fields, TakeItem take) {
  const auto reader = view.list(uids, 0, fields);
  while (true) {
    GODWIT_CO_TRY(const auto page, co_await reader->next());
    if (page.empty()) co_return Result<>{};
    for (const Item& item : page) take(item);
  }
}

class UniqueIds {
 public:
  UniqueIds(const RoundContext& context, const Folder& inbox, const ledger::FolderRecord& record)
      : context_(context), inbox_(inbox), record_(record) {}

  // Of the source alone: what it cannot tell. `session` may be nullptr.
  Task<Result<>> read(std::unique_ptr<Session> session) {
    GODWIT_CO_CHECK(co_await read_inbox(std::move(session)));
    GODWIT_CO_TRY(auto list, co_await context_.source.list_unique_ids());
    named_ = list->messages();
    GODWIT_CO_TRY(const auto known, co_await context_.account.unique_ids());
    UniqueIdPairing pairing(named_, messages_, known);
    for (bool is_settled = !pairing.needs_headers(); !is_settled;) {
      if (!list) {
        GODWIT_CO_TRY(list, co_await context_.source.list_unique_ids());
        if (list->messages() != named_) co_return fail(ErrorKind::unavailable, "mail came or went while its names were read");
      }
      GODWIT_CO_CHECK(co_await list->read_headers(pairing.places(), [&](std::size_t place, std::string_view header) {
        pairing.note_place(place, mime::name_of_header(header));
      }));
      list.reset();
      GODWIT_CO_CHECK(co_await read_inbox_headers(pairing));
      is_settled = pairing.settle();
    }
    uids_ = pairing.result();
    co_return Result<>{};
  }

  Task<Result<>> record() {
    std::vector<ledger::UniqueIdRecord> records;
    for (std::size_t place = 0; place < named_.size(); ++place) records.push_back({std::move(named_[place].id), uids_[place], 0});
    co_return co_await context_.account.set_unique_ids(record_.id, std::move(records));
  }

  [[nodiscard]] std::size_t unknown() const { return static_cast<std::size_t>(std::ranges::count(uids_, Uid{0})); }

 private:
  // Both while nothing else is open: there are servers that let in one at a time.
  Task<Result<>> read_inbox(std::unique_ptr<Session> session) {
    if (!session) {
      GODWIT_CO_TRY(session, co_await context_.source.connect());
    }
    const auto view = session->open(inbox_);
    const auto pending = view->uids(1);
    GODWIT_CO_TRY(UidSet uids, co_await pending->get());
    co_return co_await read_items(*view, std::move(uids), {.size = true},
                                  [this](const Item& item) { messages_.push_back({item.uid, item.size}); });
  }

  Task<Result<>> read_inbox_headers(UniqueIdPairing& pairing) {
    GODWIT_CO_TRY(const auto session, co_await context_.source.connect());
    UidSet uids;
    for (const Uid uid : pairing.uids()) uids.add(uid);
    const auto view = session->open(inbox_);
    co_return co_await read_items(*view, std::move(uids), {.header = true}, [&](const Item& item) {
      if (!item.header.empty()) pairing.note_message(item.uid, mime::name_of_header(item.header));
    });
  }

  const RoundContext& context_;
  const Folder& inbox_;
  const ledger::FolderRecord& record_;
  std::vector<InboxMessage> messages_;
  std::vector<endpoint::UniqueId> named_;
  std::vector<Uid> uids_;
};

std::string messages(std::uint64_t count) { return fmt::format("{} message{}", grouped(count), count == 1 ? "" : "s"); }

void tell(const RoundContext& context, std::size_t unknown) {
  const RoundResult& result = context.result;
  context.step(fmt::format("UIDLs on record with their messages: {}", grouped(result.unique_ids)));
  if (result.without_unique_id > 0) {
    context.note(fmt::format("{} of INBOX have no UIDL on record: POP3 programs that leave mail on the server will load these again",
                             messages(result.without_unique_id)));
  }
  if (unknown > 0) context.note(fmt::format("{} that POP3 lists could not be found in INBOX", messages(unknown)));
}

bool ends_round(const Error& error) { return error.kind == ErrorKind::storage || error.kind == ErrorKind::canceled; }

}  // namespace

Task<Result<>> record_unique_ids(const RoundContext& context, LaneSessions sessions, std::span<const Folder> source_folders) {
  GODWIT_CO_TRY(const ledger::Route route, co_await context.account.route());
  const auto inbox = std::ranges::find_if(source_folders, [](const Folder& folder) { return folder.path.is_inbox() && folder.selectable; });
  if (route == ledger::Route::new_ || inbox == source_folders.end()) co_return Result<>{};
  GODWIT_CO_TRY(const auto records, co_await context.account.folders());
  const auto record = std::ranges::find(records, inbox->name, &ledger::FolderRecord::source_name);
  if (record == records.end()) co_return Result<>{};  // a rule leaves it out
  sessions.target.reset();
  UniqueIds ids(context, *inbox, *record);
  auto read = co_await ids.read(std::move(sessions.source));
  if (!read && ends_round(read.error())) co_return read;
  if (read) {
    GODWIT_CO_CHECK(co_await ids.record());
  } else {
    context.note("the UIDLs could not be read, and those on record stay: " + describe(read.error()), {}, code_of(read.error()));
  }
  GODWIT_CO_TRY(context.result.without_unique_id, co_await context.account.count_without_unique_id(record->id));
  GODWIT_CO_TRY(const auto known, co_await context.account.unique_ids());
  const auto has_message = [](const ledger::UniqueIdRecord& each) { return each.source_uid != 0; };
  context.result.unique_ids = static_cast<std::uint64_t>(std::ranges::count_if(known, has_message));
  tell(context, ids.unknown());
  co_return Result<>{};
}

}  // namespace godwit::sync
