// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/account.h"

#include "adapters/listed/files_source.h"
#include "adapters/listed/listed_source.h"
#include "adapters/maildir/store.h"
#include "adapters/maildir/target_session.h"
#include "adapters/maildir/tree.h"

namespace godwit::adapters {
namespace {

std::string identity_of(const std::filesystem::path& root) { return "maildir:" + root.native(); }

class MaildirTarget final : public endpoint::Target {
 public:
  explicit MaildirTarget(std::filesystem::path root)
      : root_(std::move(root)),
        reading_(
            make_listed_source(identity_of(root_), "Maildir++",
                               [root = root_]() -> Task<Result<std::unique_ptr<MailStore>>> { co_return open_maildir_store(root, true); })),
        book_(make_maildir_key_book(root_)) {
    reading_->number_by(book_);
  }
  [[nodiscard]] std::string identity() const override { return identity_of(root_); }
  [[nodiscard]] std::string host() const override { return identity_of(root_); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    GODWIT_CO_TRY(auto session, co_await reading_->connect());
    co_return std::make_unique<MaildirTargetSession>(root_, std::move(session), book_);
  }

 private:
  const std::filesystem::path root_;
  const std::unique_ptr<endpoint::Source> reading_;
  const std::shared_ptr<endpoint::KeyBook> book_;
};

}  // namespace

std::unique_ptr<endpoint::Source> make_maildir_source(std::filesystem::path root, MaildirLayout layout) {
  const auto open = [layout](const files::SourceTree& tree) -> Result<std::unique_ptr<MailStore>> {
    GODWIT_TRY(const auto top, tree.find(is_maildir));
    return open_maildir_store(top, false, layout);
  };
  return make_files_source("maildir", "Maildir", std::move(root), open);
}

std::unique_ptr<endpoint::Target> make_maildir_target(std::filesystem::path root) {
  return std::make_unique<MaildirTarget>(std::move(root));
}

}  // namespace godwit::adapters
