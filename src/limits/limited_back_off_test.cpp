// SPDX-License-Identifier: Apache-2.0
// A server that states how long it wants to be left alone, in whatever it answers.
#include <gtest/gtest.h>

#include <functional>

#include "limits/test_mail_lab.h"

namespace godwit::limits {
namespace {

using endpoint::Folder;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::MailLab;
using test::with_rate;

const Error throttled{ErrorKind::unavailable, "later", "throttled", {}, 0, minutes(5)};

template <class T>
class ThrottledAnswer final : public endpoint::Pending<T> {
 public:
  explicit ThrottledAnswer(Result<T> answer) : answer_(std::move(answer)) {}
  [[nodiscard]] Task<Result<T>> get() override { co_return answer_; }

 private:
  Result<T> answer_;
};
class ThrottledItems final : public endpoint::ItemReader {
 public:
  [[nodiscard]] Task<Result<std::vector<endpoint::Item>>> next() override { co_return std::unexpected(throttled); }
};
class ThrottledView final : public endpoint::FolderView, public endpoint::MessageReader {
 public:
  [[nodiscard]] Task<Result<FolderToken>> state() override { co_return std::unexpected(throttled); }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid) override {
    return std::make_unique<ThrottledAnswer<UidSet>>(std::unexpected(throttled));
  }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet&, std::uint64_t, endpoint::ItemFields) override {
    return std::make_unique<ThrottledItems>();
  }
  [[nodiscard]] std::unique_ptr<MessageReader> fetch(const UidSet&) override { return std::make_unique<ThrottledView>(); }
  [[nodiscard]] Task<Result<std::optional<endpoint::Message>>> next() override { co_return std::unexpected(throttled); }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override { co_return std::unexpected(throttled); }
};
class ThrottledTargetSession final : public endpoint::TargetSession {
 public:
  explicit ThrottledTargetSession(Result<endpoint::AppendOutcome> answer) : answer_(std::move(answer)) {}
  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override { co_return std::unexpected(throttled); }
  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override { co_return std::unexpected(throttled); }
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const Folder&) override { return std::make_unique<ThrottledView>(); }
  [[nodiscard]] Task<Result<>> flush() override { co_return std::unexpected(throttled); }
  [[nodiscard]] bool wants_to_adapt() const override { return true; }
  [[nodiscard]] Task<Result<>> adapt() override { co_return Result<>{}; }
  [[nodiscard]] nanoseconds waited() const override { return seconds(7); }
  void close() override {}
  [[nodiscard]] std::string name_for(const endpoint::FolderPath&) const override { return {}; }
  [[nodiscard]] Task<Result<std::vector<Result<Folder>>>> create_folders(std::span<const endpoint::NewFolder>) override {
    co_return std::unexpected(throttled);
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const Folder>) override {
    return std::make_unique<ThrottledAnswer<void>>(std::unexpected(throttled));
  }
  [[nodiscard]] Task<Result<>> remove_folder(const Folder&) override { co_return std::unexpected(throttled); }
  [[nodiscard]] Task<Result<>> rename_folder(const Folder&, const endpoint::FolderPath&) override { co_return std::unexpected(throttled); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder&, std::span<const endpoint::NewMessage>) override {
    co_return std::unexpected(throttled);
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>>> append(
      const Folder&, std::span<const endpoint::NewMessage> messages) override {
    if (messages.empty()) co_return std::unexpected(throttled);
    co_return std::make_unique<ThrottledAnswer<endpoint::AppendOutcome>>(answer_);
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(const Folder&, const MessageFlags&, const std::string&,
                                                                                    std::uint64_t) override {
    co_return std::unexpected(throttled);
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> change_flags(const Folder&, std::span<const FlagChange>) override {
    return std::make_unique<ThrottledAnswer<void>>(std::unexpected(throttled));
  }
  [[nodiscard]] Task<Result<Moved>> move(const Folder&, const UidSet&, const Folder&) override { co_return std::unexpected(throttled); }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> remove(const Folder&, const UidSet&) override {
    return std::make_unique<ThrottledAnswer<void>>(std::unexpected(throttled));
  }

 private:
  endpoint::Traits traits_;
  Result<endpoint::AppendOutcome> answer_;
};
class ThrottledTarget final : public endpoint::Target {
 public:
  explicit ThrottledTarget(Result<endpoint::AppendOutcome> answer) : answer_(std::move(answer)) {}
  [[nodiscard]] std::string identity() const override { return {}; }
  [[nodiscard]] std::string host() const override { return {}; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    co_return std::make_unique<ThrottledTargetSession>(answer_);
  }

 private:
  Result<endpoint::AppendOutcome> answer_;
};

TEST(LimitedBackOff, WhatTheServerStatesInASessionHoldsForTheWholeAccount) {
  using Call = std::function<void(MailLab&, endpoint::TargetSession&)>;
  const std::vector<endpoint::NewMessage> batch(1, {{}, {}, "body"});
  const Folder folder;
  const std::pair<const char*, Call> calls[] = {
      {"folders", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.folders())); }},
      {"state", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.open(folder)->state())); }},
      {"uids", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.open(folder)->uids(1)->get())); }},
      {"list", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.open(folder)->list({}, 0, {})->next())); }},
      {"flush", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.flush())); }},
      {"subscribe", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.subscribe({})->get())); }},
      {"flags", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.change_flags(folder, {})->get())); }},
      {"remove", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.remove(folder, {})->get())); }},
      {"next", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.open(folder)->fetch({})->next())); }},
      {"read", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.open(folder)->fetch({})->read())); }},
      {"create", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.create_folders({}))); }},
      {"remove folder", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.remove_folder(folder))); }},
      {"rename", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.rename_folder(folder, {}))); }},
      {"try out", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.try_out({}, batch))); }},
      {"append", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.append(folder, {}))); }},
      {"answer", [&](MailLab& lab, auto& session) { static_cast<void>(lab.now(lab.now(session.append(folder, batch)).value()->get())); }},
      {"stream", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.append_stream(folder, {}, {}, 1))); }},
      {"move", [&](MailLab& lab, auto& session) { EXPECT_FALSE(lab.now(session.move(folder, {}, folder))); }},
  };
  endpoint::AppendOutcome refused;
  refused.kind = endpoint::AppendOutcome::Kind::refused;
  refused.error = throttled;
  const std::vector<Result<endpoint::AppendOutcome>> answers{refused, std::unexpected(throttled)};
  for (const Result<endpoint::AppendOutcome>& answer : answers) {
    for (const auto& [name, call] : calls) {
      MailLab lab(with_rate(1'000'000));
      const auto target = make_limited_target(std::make_unique<ThrottledTarget>(answer), lab.limits, "one", 0, lab.stop);
      const auto session = lab.now(target->connect()).value();
      EXPECT_TRUE(session->wants_to_adapt());
      EXPECT_EQ(session->waited(), seconds(7));
      call(lab, *session);
      EXPECT_EQ(lab.limits->state().accounts_backing_off.size(), 1U) << name;
      auto held = lab.start(session->append(folder, batch));
      auto connects = lab.start(target->connect());
      EXPECT_TRUE(lab.now(lab.source("two")->connect()));
      EXPECT_FALSE(held.is_over()) << name;
      EXPECT_FALSE(connects.is_over()) << name;
      lab.advance(minutes(5));
      EXPECT_TRUE(held.is_over()) << name;
      EXPECT_TRUE(connects.is_over()) << name;
    }
  }
}

}  // namespace
}  // namespace godwit::limits
