// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/error_code.h"
#include "base/wakeup.h"
#include "http/loop.h"
#include "http/transfer.h"

namespace godwit::http {

namespace {

template <class Loop>
class RunningExchange final : public Exchange {
 public:
  RunningExchange(std::shared_ptr<Loop> loop, const boost::asio::any_io_executor& executor, Request request, Settings settings,
                  bool has_body)
      : loop_(std::move(loop)),
        wakeup_(executor),
        transfer_(std::make_shared<Transfer>(std::move(request), std::move(settings), has_body, wakeup_.bell())) {}
  ~RunningExchange() override {
    if (has_begun_) loop_->abandon(transfer_);
  }

  [[nodiscard]] Result<> begin() {
    GODWIT_CHECK(transfer_->prepare());
    has_begun_ = true;
    loop_->begin(transfer_);
    return {};
  }

  [[nodiscard]] Task<Result<>> write(std::string piece) override {
    for (;;) {
      const auto progress = transfer_->progress();
      if (progress.failure) co_return std::unexpected(*progress.failure);
      if (progress.is_over) co_return fail(codes::closed_by_server, "the server has answered before it had the whole request");
      if (progress.has_room) break;
      co_await wakeup_.wait();
    }
    transfer_->give(std::move(piece));
    loop_->resume(transfer_);
    co_return Result<>{};
  }

  void finish_writing() override {
    transfer_->finish_giving();
    loop_->resume(transfer_);
  }

  [[nodiscard]] Task<Result<Head>> head() override {
    for (;;) {
      const auto progress = transfer_->progress();
      if (progress.failure) co_return std::unexpected(*progress.failure);
      if (progress.has_head) co_return transfer_->head();
      co_await wakeup_.wait();
    }
  }

  [[nodiscard]] Task<Result<std::string>> read() override {
    for (;;) {
      const auto progress = transfer_->progress();
      std::string piece = transfer_->take_received();
      if (!piece.empty()) {
        loop_->resume(transfer_);
        co_return piece;
      }
      if (progress.failure) co_return std::unexpected(*progress.failure);
      if (progress.is_over) co_return std::string();
      co_await wakeup_.wait();
    }
  }

 private:
  std::shared_ptr<Loop> loop_;
  Wakeup wakeup_;
  std::shared_ptr<Transfer> transfer_;
  bool has_begun_ = false;
};

}  // namespace

Client::Client(Settings settings) : settings_(std::move(settings)), loop_(std::make_shared<Loop>(settings_.connections)) {}
Client::~Client() = default;

Task<Result<std::unique_ptr<Exchange>>> Client::open(Request request, bool has_body) {
  auto exchange = std::make_unique<RunningExchange<Loop>>(loop_, co_await boost::asio::this_coro::executor, std::move(request), settings_,
                                                          has_body);
  GODWIT_CO_CHECK(exchange->begin());
  co_return exchange;
}

Task<Result<Response>> Client::send(Request request, std::size_t body_limit) {
  const std::string origin = origin_of(request.url);
  GODWIT_CO_TRY(const auto exchange, co_await open(std::move(request), false));
  Response response;
  for (;;) {
    GODWIT_CO_TRY(std::string piece, co_await exchange->read());
    if (piece.empty()) break;
    response.body += piece;
    wipe(piece);
    if (response.body.size() <= body_limit) continue;
    wipe(response.body);
    co_return std::unexpected(make_error(codes::response_too_large, "the answer has more than " + std::to_string(body_limit) + " bytes", {},
                                         origin));
  }
  GODWIT_CO_TRY(response.head, co_await exchange->head());
  co_return response;
}

}  // namespace godwit::http
