// SPDX-License-Identifier: Apache-2.0
// The messages of an account's mbox files, for sources and for what a target has written.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "adapters/listed/mail_store.h"
#include "adapters/mbox/mbox_index.h"
#include "adapters/mbox/mbox_tree.h"

namespace godwit::adapters {

// What the sessions of one account share: each file is read once, until somebody writes to it. Used by several threads.
class MboxAccount {
 public:
  MboxAccount(MboxPlaces places, MboxDialect dialect) : places_(std::move(places)), dialect_(dialect) {}
  [[nodiscard]] const MboxPlaces& places() const { return places_; }
  [[nodiscard]] MboxDialect dialect() const { return dialect_; }
  // Where the folder's file is or would be.
  [[nodiscard]] std::filesystem::path file_of(const std::string& folder) const;
  // The folder's file; of one that is packed what is in it, unpacked when it is first asked for, and when it was written to. No link on the
  // way below the root is followed. Blocks. Errors: not_found; refused; storage; as unpack().
  [[nodiscard]] Result<std::shared_ptr<const MboxFile>> file(const std::string& folder);
  // Blocks while the file is read. Errors as index_mbox() and file().
  [[nodiscard]] Result<std::shared_ptr<const MboxIndex>> index(const std::string& folder);
  // MboxIndex::torn, when the folder is written to for the first time: what this process does not write to its end it takes away itself.
  [[nodiscard]] Result<std::optional<std::uint64_t>> torn(const std::string& folder);

 private:
  const MboxPlaces places_;
  const MboxDialect dialect_;
  std::mutex mutex_;
  struct Known {
    std::mutex reading;
    std::shared_ptr<const MboxIndex> index;
    FileStamp packed{};  // of the file that it was unpacked from
    std::shared_ptr<const MboxFile> unpacked;
  };
  [[nodiscard]] Result<std::shared_ptr<const MboxFile>> open_file(const std::string& folder) const;
  [[nodiscard]] std::shared_ptr<Known> known(const std::string& folder);
  [[nodiscard]] Result<std::shared_ptr<const MboxFile>> open(Known& known, const std::string& folder) const;
  std::map<std::string, std::shared_ptr<Known>> known_;
  std::set<std::string> written_to_;
};

// Whom a message is known by: its bytes, or the mark that godwit wrote with it where there is one.
enum class MboxKey : std::uint8_t { bytes, mark };
[[nodiscard]] std::string mark_key(std::uint64_t mark);

// Of each entry of the index, in order; the second of two equal ones has its number behind it.
[[nodiscard]] std::vector<std::string> keys_of(const MboxIndex& index, MboxKey key);

[[nodiscard]] std::unique_ptr<MailStore> make_mbox_store(std::shared_ptr<MboxAccount> account, MboxKey key);

}  // namespace godwit::adapters
