// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/account.h"

#include "adapters/imap/detect.h"
#include "adapters/imap/label_session.h"
#include "adapters/imap/login.h"
#include "adapters/imap/session.h"
#include "adapters/imap/token_login.h"

namespace godwit::adapters {
namespace {

class ImapAccount {
 public:
  explicit ImapAccount(ImapSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] std::string identity() const { return settings_.url.identity(); }
  [[nodiscard]] std::string host() const { return settings_.url.host_identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<ImapSession>>> open_session() const {
    GODWIT_CO_TRY(auto client, co_await (settings_.token ? log_in_with_token(settings_, *host_) : log_in(settings_, *host_)));
    auto warnings = warnings_of_line(settings_, settings_.url.host, client->stream());
    co_return std::make_unique<ImapSession>(std::move(client), host_, settings_.url.user, std::move(warnings));
  }

 private:
  ImapSettings settings_;
  std::shared_ptr<ImapHost> host_ = std::make_shared<ImapHost>(settings_.on_software);
};

class ImapSource final : public endpoint::Source {
 public:
  explicit ImapSource(ImapSettings settings) : labels_(std::make_shared<LabelCatalogue>(settings.labels)), account_(std::move(settings)) {}
  [[nodiscard]] std::string identity() const override { return account_.identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override {
    GODWIT_CO_TRY(auto session, co_await account_.open_session());
    if (shows_labels(*session, labels_->rules)) co_return make_label_session(std::move(session), labels_);
    co_return session;
  }

 private:
  std::shared_ptr<LabelCatalogue> labels_;
  ImapAccount account_;
};

class ImapTarget final : public endpoint::Target {
 public:
  explicit ImapTarget(ImapSettings settings) : account_(std::move(settings)) {}
  [[nodiscard]] std::string identity() const override { return account_.identity(); }
  [[nodiscard]] std::string host() const override { return account_.host(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    co_return co_await account_.open_session();
  }

 private:
  ImapAccount account_;
};

}  // namespace

std::unique_ptr<endpoint::Source> make_imap_source(ImapSettings settings) {
  return std::make_unique<ImapSource>(std::move(settings));
}
std::unique_ptr<endpoint::Target> make_imap_target(ImapSettings settings) {
  return std::make_unique<ImapTarget>(std::move(settings));
}

}  // namespace godwit::adapters
