// SPDX-License-Identifier: Apache-2.0
// Where the checks work: a folder of the probe's own on one account, a session that writes and another one that reads it. Sessions that
// are lost are opened again by the next call that needs one.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "endpoint/session.h"

namespace godwit::probe {

// Of this error nothing more can be asked of the session that it came from.
[[nodiscard]] bool ends_session(const Error& error);

// A probe's folder, or one below it; of this run or of an earlier one.
[[nodiscard]] bool is_of_a_probe(const endpoint::FolderPath& path);

// What a folder gives back.
struct Contents {
  FolderToken state;
  std::vector<endpoint::Message> messages;  // ascending by UID, with all their bytes
  UidSet unreadable;                        // listed and not given, or given by an error alone
  [[nodiscard]] const endpoint::Message* find(Uid uid) const;
  [[nodiscard]] const endpoint::Message* find(std::string_view bytes) const;
};

// The one number of a message that was stored alone; 0 where it is not told.
[[nodiscard]] Uid uid_of(const endpoint::AppendOutcome& stored);

class Stage {
 public:
  // Both must outlive this, and be of the same account.
  Stage(endpoint::Source& source, endpoint::Target& target);

  // Removes what earlier probes left, and makes this one's folder. Returns how many folders were removed.
  [[nodiscard]] Task<Result<std::size_t>> open();
  // Removes everything that is of a probe, on sessions of their own; returns the folders that are still there.
  [[nodiscard]] Task<Result<std::vector<std::string>>> sweep();
  // The names of this probe's folders, for whoever wants to look at them.
  [[nodiscard]] Task<Result<std::vector<std::string>>> own_folders();

  // Until the next call of any other method: that may lose it, and open another.
  [[nodiscard]] Task<Result<endpoint::TargetSession*>> writer();
  [[nodiscard]] Task<Result<endpoint::Session*>> reader();
  void drop();  // the sessions: the next call connects again

  // In the probe's folder; beside it, with its name in front, where the server allows nothing below it.
  [[nodiscard]] endpoint::FolderPath path_of(std::string_view name) const;
  [[nodiscard]] Task<Result<endpoint::Folder>> make(const endpoint::NewFolder& folder);
  [[nodiscard]] Task<Result<endpoint::Folder>> make(std::string_view name);
  // With plain messages 0, 1, 2 …, of 1 January 2001.
  [[nodiscard]] Task<Result<endpoint::Folder>> make_filled(std::string_view name, std::size_t messages);
  [[nodiscard]] const endpoint::FolderPath& root() const { return root_; }
  [[nodiscard]] const std::optional<Error>& nesting_error() const { return nesting_error_; }

  // An error that ends the session is one that cannot be helped by connecting again.
  [[nodiscard]] Task<Result<endpoint::AppendOutcome>> append(const endpoint::Folder& folder,
                                                             std::span<const endpoint::NewMessage> messages);
  [[nodiscard]] Task<Result<Contents>> read(const endpoint::Folder& folder);
  [[nodiscard]] Task<Result<std::vector<endpoint::Item>>> list(const endpoint::Folder& folder, endpoint::ItemFields fields = {},
                                                               std::uint64_t changed_since = 0);
  [[nodiscard]] Task<Result<FolderToken>> state(const endpoint::Folder& folder);
  [[nodiscard]] Task<Result<>> change_flags(const endpoint::Folder& folder, Uid uid, const MessageFlags& add,
                                            const MessageFlags& remove = {});
  // The folders of the probe as the reader sees them.
  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> listed();

  // UIDVALIDITY of each folder that was made here, as it was told at first.
  [[nodiscard]] const std::vector<std::pair<endpoint::Folder, std::uint32_t>>& first_validities() const { return validities_; }
  void forget(const endpoint::FolderPath& path);  // renamed or removed

 private:
  // `next`: the first that nobody has taken yet.
  [[nodiscard]] Task<> remove_some(std::span<const endpoint::Folder> folders, std::size_t& next);
  [[nodiscard]] Task<> remove_all(std::span<const endpoint::Folder> folders, endpoint::TargetSession& session);
  [[nodiscard]] Task<Result<Contents>> read_once(const endpoint::Folder& folder);
  [[nodiscard]] Task<Result<>> read_singly(const endpoint::Folder& folder, const UidSet& uids, Contents& contents);

  endpoint::Source& source_;
  endpoint::Target& target_;
  endpoint::FolderPath root_;
  std::optional<Error> nesting_error_;
  std::unique_ptr<endpoint::TargetSession> writer_;
  std::unique_ptr<endpoint::Session> reader_;
  std::vector<std::pair<endpoint::Folder, std::uint32_t>> validities_;
};

}  // namespace godwit::probe
