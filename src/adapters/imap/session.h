// SPDX-License-Identifier: Apache-2.0
// One logged-in connection as the engine sees it.
#pragma once

#include <memory>

#include "adapters/imap/account.h"
#include "adapters/imap/extras.h"
#include "adapters/imap/folder_names.h"
#include "adapters/imap/host.h"
#include "imap/client.h"

namespace godwit::adapters {

class ImapSession final : public endpoint::TargetSession {
 public:
  // `user`: whose mailbox it is; empty where nobody asks. `warnings`: of Traits.
  ImapSession(std::unique_ptr<imap::Client> client, std::shared_ptr<ImapHost> host, std::string user = {},
              std::vector<std::string> warnings = {});

  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> folders() override;
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const endpoint::Folder& folder) override;
  [[nodiscard]] endpoint::Extras* extras() override;
  [[nodiscard]] Task<Result<>> flush() override;
  [[nodiscard]] bool wants_to_adapt() const override;
  [[nodiscard]] Task<Result<>> adapt() override;
  [[nodiscard]] std::chrono::nanoseconds waited() const override;
  void close() override;

  [[nodiscard]] std::string name_for(const endpoint::FolderPath& path) const override;
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::Folder>>>> create_folders(
      std::span<const endpoint::NewFolder> folders) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const endpoint::Folder> folders) override;
  [[nodiscard]] Task<Result<>> remove_folder(const endpoint::Folder& folder) override;
  [[nodiscard]] Task<Result<>> rename_folder(const endpoint::Folder& folder, const endpoint::FolderPath& path) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>>> append(
      const endpoint::Folder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(const endpoint::Folder& folder,
                                                                                    const MessageFlags& flags,
                                                                                    const std::string& date,
                                                                                    std::uint64_t size) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> change_flags(const endpoint::Folder& folder,
                                                                      std::span<const FlagChange> changes) override;
  [[nodiscard]] Task<Result<Moved>> move(const endpoint::Folder& from, const UidSet& uids, const endpoint::Folder& to) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> remove(const endpoint::Folder& folder, const UidSet& uids) override;

  // For the parts of a session: the client, and what becomes of a command that used extensions and was refused. The latter
  // is an error that makes the engine connect again, without them, or the error itself when they are not to blame: only BAD
  // speaks of the command's form, unless the caller knows that NO does, too.
  [[nodiscard]] imap::Client& client() { return *client_; }
  [[nodiscard]] Error blame(Error error, std::initializer_list<std::string_view> extensions, bool is_no_a_reason = false);
  void praise(std::string_view extension) { host_->note_success(extension); }
  // Opens a mailbox to read in it.
  [[nodiscard]] imap::Command<imap::SelectData> enter(const std::string& name);
  [[nodiscard]] const std::string& entered() const { return entered_; }  // the last one
  // Whether a list by SEARCH may be believed: there are servers that leave some out, or do not understand it.
  [[nodiscard]] bool believes_search() const { return host_->believes_search(); }
  void note_wrong_search() { host_->note_wrong_search(); }
  // Exchange gives a notice in place of a message that it cannot convert.
  [[nodiscard]] bool gives_notices() const { return is_exchange_; }
  void note_body(std::uint64_t bytes) { body_bytes_ += bytes; }

 private:
  // What is asked once: who the server is, what is to be enabled, where the personal folders are.
  struct Introduction {
    std::optional<imap::Command<std::vector<std::pair<std::string, std::string>>>> id;
    std::optional<imap::Command<std::vector<std::string>>> enable;
    std::optional<imap::Command<imap::Namespaces>> name_space;
  };
  [[nodiscard]] Introduction introduce();
  [[nodiscard]] Task<Result<>> finish(Introduction introduction);
  // Of the quotas and the limit of INBOX what the server does not refuse to tell.
  [[nodiscard]] Task<Result<>> add_quotas(endpoint::ServerFacts& facts, std::optional<imap::Command<std::vector<imap::QuotaData>>> asked);
  [[nodiscard]] Task<Result<>> add_append_limit(endpoint::ServerFacts& facts, std::optional<imap::Command<imap::StatusData>> asked);
  [[nodiscard]] endpoint::Owner owner_of(const imap::ListData& data) const;
  [[nodiscard]] Task<Result<imap::ListResult>> list_all();
  [[nodiscard]] Task<Result<>> check_inbox();
  void guess_names(const imap::ListResult& listed);
  [[nodiscard]] imap::Command<imap::StatusData> ask_state(const std::string& name, bool with_modseq);
  // The answer to a STATUS; asked again without HIGHESTMODSEQ where the server does not understand that.
  [[nodiscard]] Task<Result<imap::StatusData>> settle(imap::Command<imap::StatusData> status, const std::string& name,
                                                     bool with_modseq);
  [[nodiscard]] Task<Result<>> add_states(std::vector<endpoint::Folder>& folders, const imap::ListResult& listed);
  [[nodiscard]] Task<Result<>> add_subscriptions(std::vector<endpoint::Folder>& folders);
  void refresh_traits();
  void set_names(const std::string& prefix, char separator);

  std::unique_ptr<imap::Client> client_;
  std::shared_ptr<ImapHost> host_;
  std::string user_;
  std::unique_ptr<ImapExtras> extras_;
  endpoint::Traits traits_;
  FolderNames names_;
  imap::Namespaces namespaces_;
  std::string software_, version_;  // as ID told
  std::uint64_t body_bytes_ = 0;  // of messages, both ways
  // Courier gives a folder its UIDVALIDITY when it is selected, and tells the second of the clock before that; and it takes no
  // APPEND into one that is examined. All else its EXAMINE does, too: new mail goes from new/ to cur/.
  bool selects_ = false;
  bool is_exchange_ = false;
  std::string entered_;
  bool is_compressed_ = false;
  bool is_introduced_ = false;
  bool names_are_told_ = false;  // by NAMESPACE
};

}  // namespace godwit::adapters
