// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox.h"

#include <array>
#include <cerrno>
#include <fstream>

#include "adapters/listed/listed_source.h"
#include "adapters/mbox/mbox_store.h"
#include "adapters/mbox/target_session.h"
#include "base/error_code.h"
#include "base/text.h"
#include "files/directory.h"

namespace godwit::adapters {
namespace {

// The tree with its mark, and the folder for new mail that every account has.
Result<> make_tree(const std::filesystem::path& root) {
  std::error_code failed;
  std::filesystem::create_directories(root, failed);
  if (failed) return files::write_error(root, "cannot be made", failed.value());
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> files{
      {{mbox_tree_mark, ""}, {"INBOX", ""}, {".subscriptions", "INBOX\n"}}};
  for (const auto& [name, content] : files) {
    const std::filesystem::path file = root / name;
    if (std::filesystem::exists(file, failed)) continue;
    if (!(std::ofstream(file, std::ios::app) << content).flush()) return files::write_error(file, "cannot be made", errno);
  }
  return sync_folder(root);
}

class MboxTarget final : public endpoint::Target {
 public:
  explicit MboxTarget(MboxSettings settings)
      : root_(settings.places.root),
        is_quoted_(settings.dialect != MboxDialect::cl2),
        account_(std::make_shared<MboxAccount>(std::move(settings.places), MboxDialect::automatic)) {}

  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { book_ = book ? std::move(book) : endpoint::make_memory_key_book(); }
  [[nodiscard]] std::string identity() const override { return "mbox:" + root_.native(); }
  [[nodiscard]] std::string host() const override { return "mbox:"; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    GODWIT_CO_CHECK(make_tree(root_));
    co_return std::make_unique<MboxTargetSession>(account_, book_, is_quoted_);
  }

 private:
  const std::filesystem::path root_;
  const bool is_quoted_;
  const std::shared_ptr<MboxAccount> account_;
  std::shared_ptr<endpoint::KeyBook> book_ = endpoint::make_memory_key_book();
};

}  // namespace

Result<MboxDialect> parse_mbox_dialect(std::string_view name) {
  if (name == "auto") return MboxDialect::automatic;
  if (name == "o") return MboxDialect::o;
  if (name == "rd") return MboxDialect::rd;
  if (name == "cl") return MboxDialect::cl;
  if (name == "cl2") return MboxDialect::cl2;
  return fail(codes::account_url, printable(name) + " is no dialect of mbox; write auto, o, rd, cl or cl2");
}

std::unique_ptr<endpoint::Source> make_mbox_source(MboxSettings settings) {
  const std::string identity = "mbox:" + settings.places.root.native();
  auto account = std::make_shared<MboxAccount>(std::move(settings.places), settings.dialect);
  return make_listed_source(identity, "mbox", [account]() -> Task<Result<std::unique_ptr<MailStore>>> {
    co_return make_mbox_store(account, MboxKey::bytes);
  });
}

Result<std::unique_ptr<endpoint::Target>> make_mbox_target(MboxSettings settings) {
  if (settings.dialect != MboxDialect::automatic && settings.dialect != MboxDialect::rd && settings.dialect != MboxDialect::cl2) {
    return fail(ErrorKind::usage, "an mbox is written in the dialects rd and cl2 alone: the others do not keep every message");
  }
  if (!settings.places.inbox.empty()) return fail(ErrorKind::usage, "a target's INBOX lies in its tree; remove inbox");
  std::error_code ignored;
  if (std::filesystem::is_regular_file(settings.places.root, ignored)) {
    return fail(ErrorKind::usage, printable(settings.places.root.native()) +
                                     " is a file; a target is a folder, with one file for each folder of the account");
  }
  return std::make_unique<MboxTarget>(std::move(settings));
}

}  // namespace godwit::adapters
