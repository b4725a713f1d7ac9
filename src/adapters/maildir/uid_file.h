// SPDX-License-Identifier: Apache-2.0
// The dovecot-uidlist of one folder, written as Dovecot writes it, so that a Dovecot that serves the folder shows the same UIDs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/maildir/dot_lock.h"
#include "adapters/maildir/uid_list.h"
#include "endpoint/key_book.h"

namespace godwit::adapters {

// What somebody saw of the file when he left it: he need not read it again while it is the same.
struct UidFileMark {
  std::uint64_t device = 0, file = 0, size = 0;
  std::uint32_t uid_validity = 0;
  Uid uid_next = 0;
};

// Held under its lock. A folder without a list gets one.
class UidFile {
 public:
  // `folder` must outlive it. Errors: storage, the list is damaged; as DotLock::acquire().
  [[nodiscard]] static Task<Result<UidFile>> open(const files::Directory& folder, UidFileMark known = {});

  [[nodiscard]] std::uint32_t uid_validity() const { return list_.uid_validity; }
  [[nodiscard]] Uid uid_next() const { return list_.uid_next; }
  // Empty when the mark was still right.
  [[nodiscard]] const MaildirUidList& list() const { return list_; }
  // The next UIDs, for names without flags, in order; on disk when this returns. Error `refused`: there are none left.
  [[nodiscard]] Result<std::vector<Uid>> add(std::span<const std::string> names);
  // Not with a mark.
  [[nodiscard]] Result<> forget(const UidSet& uids);
  [[nodiscard]] UidFileMark mark() const;

 private:
  UidFile(const files::Directory& folder, DotLock lock) : folder_(&folder), lock_(std::move(lock)) {}
  [[nodiscard]] Result<> read(const UidFileMark& known);
  [[nodiscard]] Result<> append(const std::string& lines);

  const files::Directory* folder_;
  DotLock lock_;
  MaildirUidList list_;
};

// Nothing when there is none. Without the lock: the newest lines may be missing.
[[nodiscard]] Result<std::optional<MaildirUidList>> read_uid_file(const files::Directory& folder);

// The UIDs of a Maildir's folders, by names without flags.
[[nodiscard]] std::shared_ptr<endpoint::KeyBook> make_maildir_key_book(std::filesystem::path root);

}  // namespace godwit::adapters
