// SPDX-License-Identifier: Apache-2.0
// Writing messages.
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/maildir/file_name.h"
#include "adapters/maildir/host_name.h"
#include "adapters/maildir/keyword_file.h"
#include "adapters/maildir/pending_work.h"
#include "adapters/maildir/target_session.h"
#include "base/fault.h"
#include "base/internal_date.h"
#include "base/text.h"
#include "files/message_file.h"

namespace godwit::adapters {

using endpoint::AppendOutcome;

namespace {

// What ends with this message alone, or with the account's space, is an answer; what ends the disk is an error.
Result<AppendOutcome> as_outcome(Error error) {
  if (error.kind == ErrorKind::storage || error.kind == ErrorKind::unavailable) return std::unexpected(std::move(error));
  AppendOutcome outcome;
  outcome.kind = AppendOutcome::Kind::refused;
  outcome.error = std::move(error);
  return outcome;
}

Result<std::string> read_whole(Result<files::MessageFile> file) {
  if (!file) return std::unexpected(std::move(file).error());
  std::string bytes;
  while (true) {
    GODWIT_TRY(const auto piece, file->read());
    if (piece.empty()) return bytes;
    bytes.append(piece.data(), piece.size());
  }
}

}  // namespace

Result<MaildirTargetSession::Draft> MaildirTargetSession::begin_draft(const Place& place, const MessageFlags& flags,
                                                                              const std::string& date) {
  GODWIT_TRY(auto writer, files::MessageWriter::create(place.tmp, fresh_maildir_base()));
  return Draft{std::move(writer), flags, InternalDate::parse(date).value_or(InternalDate::now()).seconds};
}

Result<> MaildirTargetSession::end_draft(Draft& draft) {
  fault::step("maildir file");
  GODWIT_CHECK(draft.writer.finish(draft.date));
  draft.base = fmt::format("{},S={},W={}{}", draft.writer.name(), draft.writer.stored_size(), draft.writer.wire_size(),
                           draft.writer.has_bare_newline() ? raw_field : std::string_view());
  return {};
}

void MaildirTargetSession::drop(const Place& place, std::span<const Draft> drafts) {
  for (const Draft& draft : drafts) static_cast<void>(place.tmp.remove_file(draft.writer.name()));
}

Task<Result<AppendOutcome>> MaildirTargetSession::store(const std::string& folder, const Place& place, std::span<Draft> drafts) {
  fault::step("maildir sync");
  GODWIT_CO_CHECK(drafts.size() == 1 ? drafts.front().writer.sync() : place.tmp.sync_disk());
  std::set<std::string> wanted;
  std::vector<std::string> bases;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    wanted.insert(drafts[i].flags.keywords.begin(), drafts[i].flags.keywords.end());
    bases.push_back(drafts[i].base);
  }
  GODWIT_CO_TRY(const MaildirKeywords keywords, co_await learn_keywords(place.folder, wanted));
  GODWIT_CO_CHECK(require_letters(keywords, wanted, folder));  // what does not fit is set later, and refused by name
  GODWIT_CO_TRY(UidFile uid_file, co_await UidFile::open(place.folder, marked_ == folder ? mark_ : UidFileMark{}));
  AppendOutcome outcome;
  outcome.uid_validity = uid_file.uid_validity();
  GODWIT_CO_TRY(outcome.uids, uid_file.add(bases));
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    std::string letters = system_letters(drafts[i].flags);
    for (const std::string& keyword : drafts[i].flags.keywords) {
      if (const auto letter = keywords.letter_of(keyword)) letters += *letter;
    }
    fault::step("maildir name");
    GODWIT_CO_CHECK(place.tmp.rename(drafts[i].writer.name(), place.cur, maildir_name(bases[i], letters)));
  }
  GODWIT_CO_CHECK(place.cur.sync());
  marked_ = folder;
  mark_ = uid_file.mark();
  co_return outcome;
}

Task<Result<AppendOutcome>> MaildirTargetSession::write_batch(std::string folder, std::span<const endpoint::NewMessage> messages) {
  GODWIT_CO_TRY(const Place place, open_place(folder));
  std::uint64_t bytes = 0;
  for (const endpoint::NewMessage& message : messages) bytes += message.bytes.size();
  GODWIT_CO_CHECK(files::require_space(place.tmp, bytes));
  std::vector<Draft> drafts;
  const auto write = [&](const endpoint::NewMessage& message) -> Result<> {
    GODWIT_TRY(Draft draft, begin_draft(place, message.flags, message.date));
    drafts.push_back(std::move(draft));
    GODWIT_CHECK(drafts.back().writer.write(message.bytes));
    return end_draft(drafts.back());
  };
  for (const endpoint::NewMessage& message : messages) {
    const auto written = write(message);
    if (written) continue;
    drop(place, drafts);
    co_return std::unexpected(written.error());
  }
  auto stored = co_await store(folder, place, drafts);
  if (!stored) drop(place, drafts);
  co_return stored;
}

Task<Result<MaildirTargetSession::PendingOutcome>> MaildirTargetSession::append(const Folder& folder,
                                                                                std::span<const endpoint::NewMessage> messages) {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
  auto stored = co_await write_batch(folder.name, messages);
  if (!stored) stored = as_outcome(std::move(stored).error());
  if (!stored) co_return std::unexpected(std::move(stored).error());
  co_return std::make_unique<PendingAnswer<AppendOutcome>>(*std::move(stored));
}

class MaildirAppendStream final : public endpoint::AppendStream {
 public:
  MaildirAppendStream(MaildirTargetSession& session, std::string folder, std::unique_ptr<MaildirTargetSession::Place> place,
                      MaildirTargetSession::Draft draft, std::uint64_t size)
      : session_(session), folder_(std::move(folder)), place_(std::move(place)), draft_(std::move(draft)), rest_(size) {}
  ~MaildirAppendStream() override {
    if (!is_stored_) MaildirTargetSession::drop(*place_, {&draft_, 1});
  }

  [[nodiscard]] Task<Result<>> write(std::span<const char> piece) override {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    if (piece.size() > rest_) co_return fail(ErrorKind::bug, "a body of another size than announced");
    rest_ -= piece.size();
    if (written_) written_ = draft_.writer.write({piece.data(), piece.size()});
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<AppendOutcome>>>> finish() override {
    if (rest_ != 0) co_return fail(ErrorKind::bug, "a body of another size than announced");
    auto stored = co_await store();
    if (!stored) stored = as_outcome(std::move(stored).error());
    if (!stored) co_return std::unexpected(std::move(stored).error());
    co_return std::make_unique<PendingAnswer<AppendOutcome>>(*std::move(stored));
  }

 private:
  Task<Result<AppendOutcome>> store() {
    if (!written_) co_return std::unexpected(written_.error());
    GODWIT_CO_CHECK(MaildirTargetSession::end_draft(draft_));
    auto stored = co_await session_.store(folder_, *place_, {&draft_, 1});
    is_stored_ = stored.has_value();
    co_return stored;
  }

  MaildirTargetSession& session_;
  const std::string folder_;
  const std::unique_ptr<MaildirTargetSession::Place> place_;  // the draft's writer points into it
  MaildirTargetSession::Draft draft_;
  bool is_stored_ = false;
  std::uint64_t rest_;
  Result<> written_;
};

Task<Result<std::unique_ptr<endpoint::AppendStream>>> MaildirTargetSession::append_stream(const Folder& folder, const MessageFlags& flags,
                                                                                          const std::string& date, std::uint64_t size) {
  GODWIT_CO_TRY(auto place, open_place(folder.name));
  GODWIT_CO_CHECK(files::require_space(place.tmp, size));
  const std::set<std::string> wanted(flags.keywords.begin(), flags.keywords.end());
  GODWIT_CO_TRY(const MaildirKeywords keywords, co_await learn_keywords(place.folder, wanted));
  GODWIT_CO_CHECK(require_letters(keywords, wanted, folder.name));
  auto kept = std::make_unique<Place>(std::move(place));
  GODWIT_CO_TRY(Draft draft, begin_draft(*kept, flags, date));
  co_return std::make_unique<MaildirAppendStream>(*this, folder.name, std::move(kept), std::move(draft), size);
}

// A folder of its own is not needed: every folder is read and written alike.
Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> MaildirTargetSession::try_out(
    const endpoint::NewFolder& /*folder*/, std::span<const endpoint::NewMessage> messages) {
  GODWIT_CO_TRY(const files::Directory root, files::Directory::open_or_make(root_));
  GODWIT_CO_CHECK(root.make_folder("tmp"));
  GODWIT_CO_TRY(const files::Directory tmp, root.folder("tmp"));
  std::vector<std::string> stored;
  for (const endpoint::NewMessage& message : messages) {
    GODWIT_CO_TRY(auto writer, files::MessageWriter::create(tmp, fresh_maildir_base()));
    auto written = writer.write(message.bytes);
    if (written) written = writer.finish(InternalDate::now().seconds);
    const auto line_ends = writer.has_bare_newline() ? files::LineEnds::as_they_are : files::LineEnds::crlf;
    auto read = read_whole(files::MessageFile::open(tmp, writer.name(), line_ends));
    GODWIT_CO_CHECK(tmp.remove_file(writer.name()));
    GODWIT_CO_CHECK(std::move(written));
    GODWIT_CO_TRY(auto bytes, std::move(read));
    stored.push_back(std::move(bytes));
  }
  co_return std::make_unique<PendingAnswer<std::vector<std::string>>>(std::move(stored));
}

}  // namespace godwit::adapters
