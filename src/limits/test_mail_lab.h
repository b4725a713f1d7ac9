// SPDX-License-Identifier: Apache-2.0
// A mailbox behind the limits of its server.
#pragma once

#include <deque>

#include "adapters/memory/memory.h"
#include "limits/limited.h"
#include "limits/test_lab.h"

namespace godwit::limits::test {

// Fails so often before it connects.
class FailingSource final : public endpoint::Source {
 public:
  FailingSource(adapters::MemoryMailbox& mailbox, std::deque<Error>& failures)
      : inner_(adapters::make_memory_source(mailbox)), failures_(failures) {}
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override {
    if (failures_.empty()) co_return co_await inner_->connect();
    Error error = std::move(failures_.front());
    failures_.pop_front();
    co_return std::unexpected(std::move(error));
  }
  [[nodiscard]] bool has_unique_ids() const override { return inner_->has_unique_ids(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::UniqueIdList>>> list_unique_ids() override { return inner_->list_unique_ids(); }

 private:
  std::unique_ptr<Source> inner_;
  std::deque<Error>& failures_;
};

inline HostSettings with_rate(std::uint64_t bytes) {
  HostSettings settings;
  settings.bytes_per_second = bytes;
  return settings;
}

struct MailLab : Lab {
  explicit MailLab(HostSettings settings = {}) : Lab(std::move(settings)) {
    for (const int size : {100, 200, 300}) mailbox.folder("INBOX").add(std::string(static_cast<std::size_t>(size), 'x'));
  }
  std::unique_ptr<endpoint::Source> source(std::string_view account = "one") {
    return make_limited_source(std::make_unique<FailingSource>(mailbox, failures), limits, account, 0, stop);
  }
  std::unique_ptr<endpoint::Target> target() { return make_limited_target(adapters::make_memory_target(mailbox), limits, "one", 0, stop); }

  template <class T>
  T now(Task<T> task) {
    auto eventual = start(std::move(task));
    settle();
    EXPECT_TRUE(eventual.is_over()) << "has to wait";
    return std::move(eventual.value());
  }
  std::unique_ptr<endpoint::Session> session() { return now(source()->connect()).value(); }
  std::unique_ptr<endpoint::TargetSession> target_session() { return now(target()->connect()).value(); }

  adapters::MemoryMailbox mailbox;
  std::deque<Error> failures;
  const endpoint::Folder inbox{.name = "INBOX", .path = {{"INBOX"}}, .state = {}};
};

}  // namespace godwit::limits::test
