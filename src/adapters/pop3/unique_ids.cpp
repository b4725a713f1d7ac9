// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/unique_ids.h"

#include <boost/asio/this_coro.hpp>

#include "adapters/pop3/maildrop.h"
#include "adapters/pop3/turn.h"

namespace godwit::adapters {
namespace {

class Pop3UniqueIds final : public endpoint::UniqueIdList {
 public:
  Pop3UniqueIds(std::unique_ptr<pop3::Client> client, boost::asio::any_io_executor executor)
      : client_(std::move(client)), executor_(std::move(executor)) {}
  ~Pop3UniqueIds() override { leave(std::move(client_), executor_, is_idle_); }
  Pop3UniqueIds(const Pop3UniqueIds&) = delete;
  Pop3UniqueIds& operator=(const Pop3UniqueIds&) = delete;

  [[nodiscard]] Task<Result<>> list() {
    GODWIT_CO_TRY(const auto drop, co_await during(list_unique_ids(*client_)));
    for (const DropMessage& each : drop) {
      if (each.key.empty()) continue;
      messages_.push_back({each.key, each.size});
      numbers_.push_back(each.number);
    }
    if (drop.empty() || !messages_.empty()) co_return Result<>{};
    co_return fail(ErrorKind::refused, "this POP3 server has no UIDL: there is nothing by which programs know messages again");
  }

  [[nodiscard]] const std::vector<endpoint::UniqueId>& messages() const override { return messages_; }
  [[nodiscard]] Task<Result<>> read_headers(std::vector<std::size_t> places, Take take) override {
    std::vector<std::uint32_t> numbers;
    for (const std::size_t place : places) numbers.push_back(numbers_.at(place));
    co_return co_await during(adapters::read_headers(*client_, numbers, [&](std::size_t index, std::string_view header) {
      take(places[index], header);
    }));
  }

 private:
  // Whoever goes in the middle of an answer leaves without a word.
  template <class T>
  [[nodiscard]] Task<Result<T>> during(Task<Result<T>> work) {
    is_idle_ = false;
    auto done = co_await std::move(work);
    is_idle_ = done.has_value();
    co_return done;
  }

  std::unique_ptr<pop3::Client> client_;
  const boost::asio::any_io_executor executor_;
  std::vector<endpoint::UniqueId> messages_;
  std::vector<std::uint32_t> numbers_;
  bool is_idle_ = true;
};

class SourceWithUniqueIds final : public endpoint::Source {
 public:
  SourceWithUniqueIds(std::unique_ptr<Source> inner, Pop3Settings settings) : inner_(std::move(inner)), settings_(std::move(settings)) {}
  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { inner_->number_by(std::move(book)); }
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override { return inner_->connect(); }
  [[nodiscard]] bool has_unique_ids() const override { return true; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::UniqueIdList>>> list_unique_ids() override {
    GODWIT_CO_TRY(auto client, co_await turns_.log_in(settings_));
    auto list = std::make_unique<Pop3UniqueIds>(std::move(client), co_await boost::asio::this_coro::executor);
    GODWIT_CO_CHECK(co_await list->list());
    co_return list;
  }

 private:
  std::unique_ptr<Source> inner_;
  const Pop3Settings settings_;
  LoginTurns turns_;
};

}  // namespace

std::unique_ptr<endpoint::Source> with_unique_ids(std::unique_ptr<endpoint::Source> inner, Pop3Settings settings) {
  return std::make_unique<SourceWithUniqueIds>(std::move(inner), std::move(settings));
}

}  // namespace godwit::adapters
