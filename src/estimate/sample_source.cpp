// SPDX-License-Identifier: Apache-2.0
#include "estimate/sample_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace godwit::estimate {
namespace {

constexpr std::size_t line_length = 76;

// Text that does not compress better than mail does: base64 of noise, in lines.
const std::string& pool() {
  static const std::string text = [] {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::mt19937 random(1);
    std::string lines;
    for (int line = 0; line < 4096; ++line) {
      for (std::size_t i = 0; i < line_length; ++i) lines += digits[random() % digits.size()];
      lines += "\r\n";
    }
    return lines;
  }();
  return text;
}

// Exactly `size` bytes from a place in the pool that depends on `number`, whole lines as far as possible, and a newline at the end.
std::string generated_lines(std::uint64_t size, std::uint64_t number) {
  std::string text;
  text.reserve(size);
  const std::size_t lines = pool().size() / (line_length + 2);
  std::size_t place = (number * 97 % lines) * (line_length + 2);
  while (text.size() < size) {
    const std::size_t part = std::min<std::size_t>(size - text.size(), pool().size() - place);
    text.append(pool(), place, part);
    place = 0;
  }
  if (size >= 2) text.replace(size - 2, 2, "\r\n");
  if (size >= 3 && text[size - 3] == '\r') text[size - 3] = 'x';  // else a bare CR would stand before the end
  return text;
}

class SampleReader final : public endpoint::MessageReader {
 public:
  explicit SampleReader(std::unique_ptr<endpoint::MessageReader> inner) : inner_(std::move(inner)) {}

  Task<Result<std::optional<endpoint::Message>>> next() override {
    GODWIT_CO_TRY(std::optional<endpoint::Message> message, co_await inner_->next());
    if (!message) co_return std::nullopt;
    message->flags = {};
    message->object_id = 0;
    if (message->streamed) {
      rest_ = generated_message(message->size, message->uid);
    } else {
      message->bytes = generated_message(message->bytes.size(), message->uid);
    }
    co_return message;
  }

  Task<Result<std::span<const char>>> read() override {
    GODWIT_CO_TRY(const auto piece, co_await inner_->read());
    current_ = rest_.substr(0, piece.size());
    rest_.erase(0, piece.size());
    co_return std::span<const char>(current_);
  }

 private:
  std::unique_ptr<endpoint::MessageReader> inner_;
  std::string rest_, current_;  // of a streamed message
};

class SampleUids final : public endpoint::Pending<UidSet> {
 public:
  SampleUids(std::unique_ptr<Pending<UidSet>> inner, UidSet uids) : inner_(std::move(inner)), uids_(std::move(uids)) {}
  Task<Result<UidSet>> get() override {
    GODWIT_CO_TRY(const UidSet all, co_await inner_->get());
    co_return all.intersect(uids_);
  }

 private:
  std::unique_ptr<Pending<UidSet>> inner_;
  UidSet uids_;
};

class SampleView final : public endpoint::FolderView {
 public:
  SampleView(std::unique_ptr<FolderView> inner, const SampleFolder& folder) : inner_(std::move(inner)), uids_(folder.uids) {}

  Task<Result<FolderToken>> state() override {
    GODWIT_CO_TRY(FolderToken token, co_await inner_->state());
    token.messages = static_cast<std::uint32_t>(uids_.size());
    token.highest_modseq = 0;
    co_return token;
  }
  std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override { return std::make_unique<SampleUids>(inner_->uids(from), uids_); }
  std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t changed_since, endpoint::ItemFields fields) override {
    return inner_->list(uids.intersect(uids_), changed_since, fields);
  }
  std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    return std::make_unique<SampleReader>(inner_->fetch(uids.intersect(uids_)));
  }

 private:
  std::unique_ptr<FolderView> inner_;
  UidSet uids_;
};

endpoint::Folder shown(const SampleFolder& sample) {
  endpoint::Folder folder = sample.of;
  folder.name = sample.path.segments.front();
  folder.path = sample.path;
  folder.role = endpoint::Role::none;
  folder.subscribed = false;
  folder.state.messages = static_cast<std::uint32_t>(sample.uids.size());
  folder.state.highest_modseq = 0;
  return folder;
}

class SampleSession final : public endpoint::Session {
 public:
  SampleSession(std::unique_ptr<Session> inner, const std::vector<SampleFolder>& folders) : inner_(std::move(inner)), folders_(folders) {}

  const endpoint::Traits& traits() const override { return inner_->traits(); }
  Task<Result<endpoint::ServerFacts>> facts() override { return inner_->facts(); }
  // The server is asked as in a real round: its answer takes its time.
  Task<Result<std::vector<endpoint::Folder>>> folders() override {
    GODWIT_CO_CHECK(co_await inner_->folders());
    std::vector<endpoint::Folder> all;
    for (const SampleFolder& folder : folders_) all.push_back(shown(folder));
    co_return all;
  }
  std::unique_ptr<endpoint::FolderView> open(const endpoint::Folder& folder) override {
    const auto found = std::ranges::find(folders_, folder.path, &SampleFolder::path);
    if (found == folders_.end()) return inner_->open(folder);
    return std::make_unique<SampleView>(inner_->open(found->of), *found);
  }
  Task<Result<>> flush() override { return inner_->flush(); }
  bool wants_to_adapt() const override { return inner_->wants_to_adapt(); }
  Task<Result<>> adapt() override { return inner_->adapt(); }
  std::chrono::nanoseconds waited() const override { return inner_->waited(); }
  void close() override { inner_->close(); }

 private:
  std::unique_ptr<Session> inner_;
  const std::vector<SampleFolder>& folders_;
};

class SampleSource final : public endpoint::Source {
 public:
  SampleSource(Source& inner, std::vector<SampleFolder> folders) : inner_(inner), folders_(std::move(folders)) {}

  // The numbers of the samples are those of the book that they were looked at with.
  void number_by(std::shared_ptr<endpoint::KeyBook> /*book*/) override {}

  // Another one for each sample: a ledger must not take one for a later state of the last.
  std::string identity() const override {
    return inner_.identity() + (folders_.empty() ? "" : "#" + folders_.front().path.segments.front());
  }
  Task<Result<std::unique_ptr<endpoint::Session>>> connect() override {
    GODWIT_CO_TRY(auto session, co_await inner_.connect());
    co_return std::make_unique<SampleSession>(std::move(session), folders_);
  }

 private:
  Source& inner_;
  std::vector<SampleFolder> folders_;
};

}  // namespace

std::unique_ptr<endpoint::Source> make_sample_source(endpoint::Source& inner, std::vector<SampleFolder> folders) {
  return std::make_unique<SampleSource>(inner, std::move(folders));
}

std::string generated_message(std::uint64_t size, std::uint64_t number) {
  const std::string head = fmt::format("Message-ID: <calibration.{}@probe.invalid>\r\nSubject: godwit calibration\r\n\r\n", number);
  if (size < head.size() + 2) return generated_lines(size, number);
  return head + generated_lines(size - head.size(), number);
}

}  // namespace godwit::estimate
