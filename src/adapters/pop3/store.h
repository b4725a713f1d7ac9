// SPDX-License-Identifier: Apache-2.0
// A maildrop as a MailStore. It is listed once in a session: the server shows a session always the same messages (RFC 1939 §5).
#pragma once

#include <deque>
#include <unordered_map>

#include "adapters/listed/mail_store.h"
#include "adapters/pop3/account.h"
#include "adapters/pop3/maildrop.h"
#include "pop3/client.h"

namespace godwit::adapters {

class Pop3Store final : public MailStore {
 public:
  // `executor`: of the thread that uses the store. `warnings`: of the line.
  Pop3Store(std::unique_ptr<pop3::Client> client, bool mark_read, boost::asio::any_io_executor executor,
            std::vector<std::string> warnings = {})
      : client_(std::move(client)), mark_read_(mark_read), executor_(std::move(executor)), warnings_(std::move(warnings)) {}
  ~Pop3Store() override { close(); }

  // What the server announces that people who use it have to know: LOGIN-DELAY and EXPIRE (RFC 2449 §6.5, §6.7).
  [[nodiscard]] std::string caveat() const override;
  [[nodiscard]] std::vector<std::string> warnings() const override { return warnings_; }

  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> folders() override;
  [[nodiscard]] Task<Result<std::vector<ListedMessage>>> list(const std::string& folder) override;
  void expect(const std::string& folder, std::span<const ListedMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open(const std::string& folder, const ListedMessage& message) override;
  // Says QUIT without waiting for it, but to servers that remove at it what was read (EXPIRE 0): of these the line is cut.
  void close() override;

 private:
  struct Place {
    std::uint32_t number;
    std::uint64_t size;
  };
  [[nodiscard]] Task<Result<>> list_once();
  [[nodiscard]] Task<Result<>> ask_for(Place wanted);
  [[nodiscard]] Task<Result<>> pass_over(std::uint32_t until);
  void note_asked(Place place);

  std::unique_ptr<pop3::Client> client_;
  const bool mark_read_;
  const boost::asio::any_io_executor executor_;
  const std::vector<std::string> warnings_;
  std::optional<std::vector<ListedMessage>> listed_;
  std::unordered_map<std::string, Place> places_;  // by key
  std::deque<Place> expected_, asked_;             // what comes next; what the server was asked for already
  std::uint64_t bytes_asked_ = 0;
};

}  // namespace godwit::adapters
