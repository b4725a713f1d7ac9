// SPDX-License-Identifier: Apache-2.0
#include "cli/migration_calls.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/migration_json.h"

namespace godwit::cli {
namespace {

using api::Answer;
using api::Request;
using jobs::Migration;
using nlohmann::json;

json status_of(const Migration& migration, const std::string& plan, Migration::Which which) {
  json body = to_json(migration.snapshot(which));
  body["plan"] = plan;
  return body;
}

// An order about one account.
void add_order(api::Router& router, const std::string& name, Migration& migration, bool (Migration::*order)(std::string_view)) {
  router.add("POST", "/v1/accounts/{account}/" + name, [&migration, order, name](Request request) -> Task<Answer> {
    const std::string& account = request.parameters.at("account");
    const auto status = migration.status(account);
    if (!status) co_return fail(ErrorKind::not_found, "the plan has no account " + account + ", or it was not chosen for this run");
    if (!(migration.*order)(account)) {
      co_return fail(ErrorKind::refused, "account " + account + " is " + std::string(jobs::name_of(status->state)) + ": it cannot " + name);
    }
    co_return Answer(200, to_json(*migration.status(account)));
  });
}

}  // namespace

api::Router migration_calls(Migration& migration, std::string plan_name,
                            std::function<Task<Result<>>(const std::string& wave)> sign_off) {
  api::Router router;
  router.add("GET", "/v1/status", [&migration, plan_name](Request request) -> Task<Answer> {
    const auto wanted = request.query.find("accounts");
    const bool only_running = wanted != request.query.end() && wanted->second == "running";
    co_return Answer(200, status_of(migration, plan_name, only_running ? Migration::Which::running : Migration::Which::all));
  });
  router.add_stream("GET", "/v1/status/stream", [&migration, plan_name](Request, api::EventStream& stream) -> Task<Result<>> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (true) {
      GODWIT_CO_CHECK(co_await stream.send(status_of(migration, plan_name, Migration::Which::running)));
      timer.expires_after(std::chrono::milliseconds(500));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  });
  router.add("GET", "/v1/accounts/{account}", [&migration](Request request) -> Task<Answer> {
    const std::string& account = request.parameters.at("account");
    const auto status = migration.status(account);
    if (!status) co_return fail(ErrorKind::not_found, "the plan has no account " + account + ", or it was not chosen for this run");
    co_return Answer(200, to_json(*status));
  });
  router.add("POST", "/v1/pause", [&migration, plan_name](Request) -> Task<Answer> {
    migration.pause();
    co_return Answer(200, status_of(migration, plan_name, Migration::Which::running));
  });
  router.add("POST", "/v1/resume", [&migration, plan_name](Request) -> Task<Answer> {
    migration.resume();
    co_return Answer(200, status_of(migration, plan_name, Migration::Which::running));
  });
  router.add("POST", "/v1/waves/{wave}/sign-off", [&migration, plan_name, sign_off](Request request) -> Task<Answer> {
    GODWIT_CO_CHECK(co_await sign_off(request.parameters.at("wave")));
    co_return Answer(200, status_of(migration, plan_name, Migration::Which::running));
  });
  add_order(router, "hold", migration, &Migration::hold);
  add_order(router, "release", migration, &Migration::release);
  add_order(router, "cancel", migration, &Migration::cancel);
  add_order(router, "retry", migration, &Migration::retry);
  return router;
}

}  // namespace godwit::cli
