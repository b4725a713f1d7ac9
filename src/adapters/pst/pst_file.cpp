// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/pst_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error_code.h"
#include "base/internal_date.h"

namespace godwit::adapters {
namespace {

// A file in which more items than these end the helper is not worth more time.
constexpr std::size_t most_breaks = 50;

bool is_break(const Error& error) { return reaction_to(error.kind) == Reaction::reconnect; }

class PstMessage final : public StoredMessage {
 public:
  PstMessage(std::shared_ptr<HelperProcess> process, const pst::MessageBegins& begin)
      : process_(std::move(process)), size_(begin.size), left_(begin.size),
        date_(begin.seconds == 0 ? std::string() : InternalDate{begin.seconds, 0}.to_string()) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] const std::string& date() const override { return date_; }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override {
    if (left_ == 0) co_return std::span<const char>();
    GODWIT_CO_TRY(auto answer, co_await process_->next());
    auto* const piece = std::get_if<pst::Piece>(&answer);
    if (piece == nullptr || piece->bytes.size() > left_) co_return fail(ErrorKind::syntax, "godwit-pst answered what was not asked");
    left_ -= piece->bytes.size();
    piece_ = std::move(piece->bytes);
    co_return std::span<const char>(piece_);
  }

 private:
  std::shared_ptr<HelperProcess> process_;
  const std::uint64_t size_;
  std::uint64_t left_;
  const std::string date_;
  std::string piece_;
};

}  // namespace

Task<Result<std::unique_ptr<StoredMessage>>> receive_message(std::shared_ptr<HelperProcess> process) {
  while (true) {
    GODWIT_CO_TRY(const auto answer, co_await process->next());
    if (const auto* const begin = std::get_if<pst::MessageBegins>(&answer))
      co_return std::make_unique<PstMessage>(std::move(process), *begin);
    if (const auto* const refusal = std::get_if<pst::Refusal>(&answer)) {
      co_return fail(refusal->id == 0 ? codes::data_file_unreadable : codes::data_item_damaged, "the item is damaged: " + refusal->reason);
    }
    // The rest of a message that was not read to its end.
    if (!std::holds_alternative<pst::Piece>(answer)) co_return fail(ErrorKind::syntax, "godwit-pst answered what was not asked");
  }
}

std::unexpected<Error> PstFile::unreadable(const std::string& why) const {
  return fail(codes::data_file_unreadable,
              fmt::format("{}: {}; repair a copy of it with Outlook's scanpst.exe, or take it out of the way", file_.native(), why));
}

Task<Result<>> PstFile::start() {
  if (process_) co_return Result<>{};
  GODWIT_CO_TRY(process_, co_await HelperProcess::start(helper_, file_, "store"));
  co_return Result<>{};
}

// An item is to blame when the helper ends at it twice: once, it may have been ended from outside.
Task<Result<PstContents>> PstFile::list() {
  std::vector<std::uint64_t> skipped;
  std::uint64_t suspect = 0;
  std::size_t breaks = 0;
  while (true) {
    std::uint64_t in_hand = 0;
    auto contents = co_await list_once(skipped, in_hand);
    if (contents || !is_break(contents.error())) co_return contents;
    close();
    if (std::ranges::find(skipped, in_hand) != skipped.end()) co_return unreadable(contents.error().what);
    if (++breaks > 2 * most_breaks)
      co_return unreadable(
          fmt::format("more than {} of its items end the helper, the last in this way: {}", most_breaks, contents.error().what));
    const bool is_second = std::exchange(suspect, in_hand) == in_hand && breaks > 1;
    if (is_second && in_hand == 0) co_return unreadable(contents.error().what);
    if (is_second) skipped.push_back(in_hand);
  }
}

Task<Result<PstContents>> PstFile::list_once(const std::vector<std::uint64_t>& skipped, std::uint64_t& in_hand) {
  GODWIT_CO_CHECK(co_await start());
  for (const std::uint64_t id : skipped) co_await process_->ask({pst::RequestKind::skip, id});
  co_await process_->ask({pst::RequestKind::list, 0});
  PstContents contents;
  while (true) {
    GODWIT_CO_TRY(auto answer, co_await process_->next());
    if (auto* const folder = std::get_if<pst::FolderFound>(&answer)) {
      contents.folders.push_back(std::move(*folder));
    } else if (auto* const item = std::get_if<pst::ItemFound>(&answer)) {
      contents.items.push_back(std::move(*item));
    } else if (const auto* const attempt = std::get_if<pst::Attempt>(&answer)) {
      in_hand = attempt->id;
    } else if (const auto* const refusal = std::get_if<pst::Refusal>(&answer)) {
      close();
      co_return unreadable(refusal->reason);
    } else if (const auto* const end = std::get_if<pst::ListEnds>(&answer); end != nullptr && end->items == contents.items.size()) {
      co_return contents;
    } else {
      co_return fail(ErrorKind::syntax, "godwit-pst answered what was not asked");
    }
  }
}

Task<Result<std::unique_ptr<StoredMessage>>> PstFile::open(std::uint64_t id, pst::RequestKind kind) {
  // A helper that had been ended from outside is no fault of this message.
  auto opened = co_await open_once(id, kind);
  if (opened || !is_break(opened.error())) co_return opened;
  close();
  opened = co_await open_once(id, kind);
  if (opened || !is_break(opened.error())) co_return opened;
  close();
  co_return fail(codes::data_item_damaged, "the item is damaged: " + opened.error().what);
}

Task<Result<std::unique_ptr<StoredMessage>>> PstFile::open_once(std::uint64_t id, pst::RequestKind kind) {
  GODWIT_CO_CHECK(co_await start());
  co_await process_->ask({kind, id});
  co_return co_await receive_message(process_);
}

}  // namespace godwit::adapters
