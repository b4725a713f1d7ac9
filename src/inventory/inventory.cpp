// SPDX-License-Identifier: Apache-2.0
#include "inventory/inventory.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace godwit::inventory {
namespace {

using endpoint::Folder;

constexpr std::size_t most_keywords = 1000;
constexpr int most_losses = 3;
constexpr std::chrono::sys_seconds first_credible_date = std::chrono::sys_days(std::chrono::year(1980) / 1 / 1);

// The session goes on; the folder or the command is what it is about.
bool is_of_the_folder(const Error& error) { return reaction_to(error.kind) == Reaction::skip_item; }

// STATUS has told that there is nothing in it; opening it would only cost a round trip.
bool is_known_to_be_empty(const Folder& folder) {
  return folder.state.uid_validity != 0 && folder.state.messages == 0 && !folder.path.is_inbox();
}

FolderInventory row_of(const Folder& folder) {
  FolderInventory row;
  row.name = folder.name;
  row.path = folder.path;
  row.role = folder.role;
  row.owner = folder.owner;
  row.is_container = !folder.selectable && !folder.unreadable;
  row.uid_validity = folder.state.uid_validity;
  if (folder.unreadable) row.trouble = Error{ErrorKind::refused, "the server does not tell the state of this folder", {}, {}};
  return row;
}

Task<> pause(std::chrono::milliseconds length) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace

struct InventoryTaker::Reading {
  FolderInventory row;
  Statistics statistics;
  std::map<std::string, std::uint64_t> keywords;
  bool has_more_keywords = false;
  InboxMark mark;  // of the INBOX alone
};

InventoryTaker::InventoryTaker(std::string account, InventoryOptions options, OnProgress on_progress)
    : options_(std::move(options)), on_progress_(std::move(on_progress)) {
  inventory_.account = std::move(account);
  inventory_.statistics = Statistics(options_.largest, options_.size_limits);
}

Task<Result<>> InventoryTaker::run(endpoint::Session& session) {
  GODWIT_CO_TRY(inventory_.server, co_await session.facts());
  GODWIT_CO_TRY(std::vector<Folder> folders, co_await session.folders());
  inventory_.traits = session.traits();
  inventory_.foreign.clear();  // of a session that was lost
  for (const Folder& folder : folders) {
    const auto reason = options_.rules.reason_to_leave(folder);
    const bool is_meant = reason && folder.selectable && options_.rules.takes(folder.path);
    if (is_meant) inventory_.foreign.push_back({folder.path, *reason, folder.state.messages});
  }
  inventory_.folders_left_out = std::erase_if(folders, [this](const Folder& folder) { return !options_.rules.takes(folder); });
  std::ranges::sort(folders, [](const Folder& left, const Folder& right) { return sync::goes_before(left.path, right.path); });
  progress_.folders = folders.size();
  progress_.messages = 0;
  for (const Folder& folder : folders) progress_.messages += folder.state.messages;
  for (const Folder& folder : folders) {
    if (!done_.contains(folder.name)) GODWIT_CO_CHECK(co_await read_folder(session, folder));
  }
  co_return Result<>{};
}

Task<Result<>> InventoryTaker::read_folder(endpoint::Session& session, const Folder& folder) {
  Reading reading;
  reading.row = row_of(folder);
  reading.statistics = Statistics(options_.largest, options_.size_limits);
  if (folder.selectable && !is_known_to_be_empty(folder)) {
    const auto view = session.open(folder);
    const auto state = co_await view->state();
    if (state) {
      reading.row.expected = state->messages;
      reading.row.uid_validity = state->uid_validity;
      if (folder.path.is_inbox()) reading.mark = {.uid_validity = state->uid_validity, .messages = state->messages, .first = {}};
      GODWIT_CO_CHECK(co_await read_items(*view, reading));
    } else if (is_of_the_folder(state.error())) {
      reading.row.trouble = state.error();
    } else {
      co_return std::unexpected(state.error());
    }
  }
  keep(std::move(reading));
  co_return Result<>{};
}

// A refusal is the folder's trouble; an error that ends the session is given.
Task<Result<>> InventoryTaker::read_items(endpoint::FolderView& view, Reading& reading) {
  const auto settle = [&reading](const Error& error) -> Result<> {
    if (!is_of_the_folder(error)) return std::unexpected(error);
    reading.row.trouble = error;
    return {};
  };
  const auto uids = co_await view.uids(1)->get();
  if (!uids) co_return settle(uids.error());
  const auto items = view.list(*uids, 0, {.date = true, .size = true});
  while (true) {
    const auto page = co_await items->next();
    if (!page) co_return settle(page.error());
    if (page->empty()) co_return Result<>{};
    for (const endpoint::Item& item : *page) add(reading, item);
    GODWIT_CO_CHECK(report(reading));
  }
}

void InventoryTaker::add(Reading& reading, const endpoint::Item& item) const {
  const auto date = InternalDate::parse(item.date);
  FolderInventory& row = reading.row;
  if (row.path.is_inbox()) reading.mark.add(item);
  if (options_.rules.takes(item.flags, date, item.size) != sync::Verdict::taken) {
    ++row.left_out;
    return;
  }
  row.total.add(item.size);
  if (options_.keeps_uids) row.uids.add(item.uid);
  row.largest = std::max(row.largest, item.size);
  if ((item.flags.system & MessageFlags::deleted) != 0) row.deleted.add(item.size);
  if (item.size == 0) ++row.empty;
  if (!date) ++row.undated;
  const auto instant = std::chrono::sys_seconds(std::chrono::seconds(date ? date->seconds : 0));
  if (date && (instant < first_credible_date || instant > options_.now + std::chrono::days(1))) ++row.odd_dates;
  reading.statistics.add(item.size, date);
  if (reading.statistics.wants(item.size)) {
    reading.statistics.keep({inventory_.account, row.path, item.uid, item.size, item.date});
  }
  for (const std::string& keyword : item.flags.keywords) {
    const std::string name = to_lower(keyword);
    const auto known = reading.keywords.find(name);
    if (known != reading.keywords.end()) {
      ++known->second;
    } else if (reading.keywords.size() < most_keywords) {
      reading.keywords.emplace(name, 1);
    } else {
      reading.has_more_keywords = true;
    }
  }
}

void InventoryTaker::keep(Reading reading) {
  reading.row.keywords = reading.keywords.size();
  inventory_.statistics.merge(reading.statistics);
  inventory_.has_more_keywords |= reading.has_more_keywords;
  for (const auto& [name, count] : reading.keywords) {
    if (inventory_.keywords.size() < most_keywords || inventory_.keywords.contains(name)) {
      inventory_.keywords[name] += count;
    } else {
      inventory_.has_more_keywords = true;
    }
  }
  if (reading.row.path.is_inbox()) inventory_.inbox = std::move(reading.mark);
  done_.insert(reading.row.name);
  inventory_.folders.push_back(std::move(reading.row));
}

Result<> InventoryTaker::report(const Reading& reading) {
  if (!on_progress_) return {};
  const Tally& done = inventory_.statistics.total();
  progress_.folders_done = inventory_.folders.size();
  progress_.messages_done = done.messages + reading.row.total.messages;
  progress_.bytes_done = done.bytes + reading.row.total.bytes;
  progress_.folder = reading.row.path.display();
  if (on_progress_(progress_)) return {};
  return fail(ErrorKind::canceled, "the inventory was stopped before its end");
}

AccountInventory InventoryTaker::finish() {
  std::ranges::sort(inventory_.folders,
                    [](const FolderInventory& left, const FolderInventory& right) { return sync::goes_before(left.path, right.path); });
  inventory_.findings = find_unusual(inventory_, options_);
  sort_by_severity(inventory_.findings);
  return std::move(inventory_);
}

Task<Result<AccountInventory>> take_inventory(endpoint::Session& session, std::string account, InventoryOptions options,
                                              OnProgress on_progress) {
  InventoryTaker taker(std::move(account), std::move(options), std::move(on_progress));
  GODWIT_CO_CHECK(co_await taker.run(session));
  co_return taker.finish();
}

namespace {

Task<Result<std::uint64_t>> count_unique_ids(endpoint::Source& source) {
  GODWIT_CO_TRY(const auto list, co_await source.list_unique_ids());
  co_return list->messages().size();
}

}  // namespace

Task<Result<AccountInventory>> take_inventory(endpoint::Source& source, InventoryOptions options, OnProgress on_progress) {
  const auto length = options.pause;
  std::string account = options.account.empty() ? source.identity() : options.account;
  InventoryTaker taker(std::move(account), std::move(options), std::move(on_progress));
  std::size_t done = 0;
  bool was_connected = false;
  for (int losses = 0;; ++losses) {
    auto session = co_await source.connect();
    if (!session && !was_connected) co_return std::unexpected(std::move(session).error());
    was_connected = true;
    const auto result = session ? co_await taker.run(**session) : std::unexpected(session.error());
    if (session) (*session)->close();
    if (session) session->reset();
    if (result && source.has_unique_ids()) taker.note_unique_ids(co_await count_unique_ids(source));
    if (result) co_return taker.finish();
    if (std::exchange(done, taker.folders_done()) != done) losses = 0;
    if (reaction_to(result.error().kind) != Reaction::reconnect || losses >= most_losses) co_return std::unexpected(result.error());
    co_await pause(length);
  }
}

}  // namespace godwit::inventory
