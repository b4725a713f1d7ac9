// SPDX-License-Identifier: Apache-2.0
// What an account holds, and what of it is unusual: asked before anything is moved. Nothing on the server changes by it, and
// no body is read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "endpoint/session.h"
#include "inventory/finding.h"
#include "inventory/same_mailbox.h"
#include "inventory/statistics.h"
#include "sync/rules.h"

namespace godwit::inventory {

struct FolderInventory {
  std::string name;  // the endpoint's own
  endpoint::FolderPath path;
  endpoint::Role role = endpoint::Role::none;
  endpoint::Owner owner = endpoint::Owner::account;
  bool is_container = false;     // it holds folders only
  std::optional<Error> trouble;  // why it could not be opened, or not be listed to its end
  std::uint64_t expected = 0;    // messages, as told when it was opened
  Tally total;                   // as listed
  Tally deleted;                 // marked \Deleted
  std::uint64_t largest = 0;     // bytes
  std::uint64_t undated = 0;     // without a date, or with one that cannot be read
  std::uint64_t odd_dates = 0;   // before 1980, or later than tomorrow
  std::uint64_t empty = 0;       // of no byte
  std::size_t keywords = 0;      // different ones
  std::uint64_t left_out = 0;    // by the rules; counted nowhere else
  std::uint32_t uid_validity = 0;
  UidSet uids;                   // of the messages in `total`, where InventoryOptions::keeps_uids
};

// A folder that is not the account's own mail, and that no rule takes.
struct ForeignFolder {
  endpoint::FolderPath path;
  sync::Rules::Foreign reason{};
  std::uint64_t messages = 0;  // as the server told without being asked for more
};

struct AccountInventory {
  std::string account;  // Source::identity()
  endpoint::ServerFacts server;
  endpoint::Traits traits;
  std::vector<FolderInventory> folders;  // that the rules take: INBOX first, then by path
  std::uint64_t folders_left_out = 0;    // by the rules
  std::vector<ForeignFolder> foreign;    // of those
  Statistics statistics;
  // How many messages bear each keyword, by its name in lower case; the first thousand names.
  std::map<std::string, std::uint64_t> keywords;
  bool has_more_keywords = false;
  // How many names the other way in lists (endpoint/unique_ids.h), or why it cannot be told; nothing where there is none.
  std::optional<Result<std::uint64_t>> unique_ids;
  InboxMark inbox;  // empty where the rules leave out the INBOX, or it could not be read
  std::vector<Finding> findings;
};

// Gmail's limit of 35,651,584 bytes among round ones that other systems have.
inline const std::vector<std::uint64_t> usual_size_limits{10 << 20, 25 << 20, 35'651'584, 50 << 20, 100 << 20, 150 << 20};

struct InventoryOptions {
  std::string account{};    // what the inventory calls it; empty: the source's identity
  sync::Rules rules{};      // what they leave out is not counted
  std::size_t largest = 20;  // how many of the largest messages are named
  std::vector<std::uint64_t> size_limits = usual_size_limits;
  std::uint64_t many_messages = 100'000;  // in one folder; more are a finding
  std::size_t deep = 10;                  // levels of folders; more are a finding
  bool keeps_uids = false;                // of every message, as ranges
  std::chrono::sys_seconds now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::chrono::milliseconds pause{2000};  // before a lost session is opened again
};

struct InventoryProgress {
  std::uint64_t folders = 0, folders_done = 0;
  std::uint64_t messages = 0, messages_done = 0;  // `messages`: as far as the server told
  std::uint64_t bytes_done = 0;                   // by the sizes that were listed
  std::string folder;
};
// Called after each page of a listing; false: stop, and give an error of kind `canceled`.
using OnProgress = std::function<bool(const InventoryProgress&)>;

// Gathers the inventory of one account, with several sessions where one is lost.
class InventoryTaker {
 public:
  // `session` may be another one with each call: what was gathered of folders that were read to their end stays. An error means that
  // the inventory is not whole; a folder that cannot be opened or listed is a finding, and no error.
  [[nodiscard]] Task<Result<>> run(endpoint::Session& session);
  InventoryTaker(std::string account, InventoryOptions options, OnProgress on_progress);
  // The whole inventory with its findings; after run() had no error, once.
  [[nodiscard]] AccountInventory finish();
  void note_unique_ids(Result<std::uint64_t> count) { inventory_.unique_ids = std::move(count); }
  // How many folders are read; whoever repeats run() sees by it whether it gets on.
  [[nodiscard]] std::size_t folders_done() const { return inventory_.folders.size(); }

 private:
  struct Reading;  // of one folder
  [[nodiscard]] Task<Result<>> read_folder(endpoint::Session& session, const endpoint::Folder& folder);
  [[nodiscard]] Task<Result<>> read_items(endpoint::FolderView& view, Reading& reading);
  void add(Reading& reading, const endpoint::Item& item) const;
  void keep(Reading reading);
  [[nodiscard]] Result<> report(const Reading& reading);

  InventoryOptions options_;
  OnProgress on_progress_;
  InventoryProgress progress_;
  std::set<std::string> done_;  // names of folders
  AccountInventory inventory_;
};

// With one session: an error of the session ends it.
[[nodiscard]] Task<Result<AccountInventory>> take_inventory(endpoint::Session& session, std::string account,
                                                            InventoryOptions options = {}, OnProgress on_progress = {});
// A session that is lost is opened again, up to three times without getting on; then its error is given.
[[nodiscard]] Task<Result<AccountInventory>> take_inventory(endpoint::Source& source, InventoryOptions options = {},
                                                            OnProgress on_progress = {});

// What is unusual in an inventory, by itself; take_inventory() has it in its findings.
[[nodiscard]] std::vector<Finding> find_unusual(const AccountInventory& inventory, const InventoryOptions& options);

}  // namespace godwit::inventory
