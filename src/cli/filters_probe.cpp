// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "cli/filters.h"

namespace godwit::cli {
namespace {

using endpoint::NewResource;
using endpoint::PutOutcome;

constexpr std::string_view own_prefix = "godwit-probe";
constexpr std::string_view script = "# a script of godwit probe, not active\r\nkeep;\r\n";

std::string said(const PutOutcome& outcome) { return outcome.kind == PutOutcome::Kind::refused ? describe(outcome.error) : outcome.warning; }

class FiltersTrial {
 public:
  FiltersTrial(endpoint::CollectionTargetSession& session, TellCheck tell) : session_(session), tell_(std::move(tell)) {}

  [[nodiscard]] Task<Result<>> run() {
    GODWIT_CO_TRY(const auto all, co_await session_.collections());
    if (all.empty()) co_return Result<>{};
    filters_ = all.front();
    GODWIT_CO_CHECK(co_await clear());
    GODWIT_CO_TRY(const auto first, co_await put({.uid = "godwit-probe", .name = {}, .version = {}, .bytes = script}));
    tell_("a script is stored", first.kind == PutOutcome::Kind::stored, said(first));
    if (first.kind != PutOutcome::Kind::stored) co_return Result<>{};
    GODWIT_CO_CHECK(co_await try_content(first));
    GODWIT_CO_CHECK(co_await try_changes(first));
    GODWIT_CO_TRY(const auto odd, co_await put({.uid = "godwit-probe \xC3\xA9 \"x\"", .name = {}, .version = {}, .bytes = script}));
    tell_("its name may have quotes and letters with accents", odd.kind == PutOutcome::Kind::stored && odd.warning.empty(), said(odd));
    GODWIT_CO_TRY(const auto wrong, co_await put({.uid = "godwit-probe-wrong", .name = {}, .version = {}, .bytes = "godwit_no_such_command;\r\n"}));
    tell_("a script that is none is refused", wrong.kind == PutOutcome::Kind::refused, said(wrong));
    GODWIT_CO_CHECK(co_await clear());
    GODWIT_CO_TRY(const auto left, co_await own());
    tell_("scripts are removed", left.empty(), fmt::format("{} left", left.size()));
    co_return Result<>{};
  }

 private:
  [[nodiscard]] Task<Result<PutOutcome>> put(NewResource resource) {
    GODWIT_CO_TRY(const auto outcomes, co_await session_.put(filters_, {&resource, 1}));
    co_return outcomes.front();
  }
  [[nodiscard]] Task<Result<std::vector<endpoint::Resource>>> own() {
    GODWIT_CO_TRY(auto listed, co_await session_.changes(filters_, {}));
    std::erase_if(listed.present, [](const endpoint::Resource& each) { return !each.name.starts_with(own_prefix); });
    co_return std::move(listed.present);
  }
  [[nodiscard]] Task<Result<>> clear() {
    GODWIT_CO_TRY(const auto scripts, co_await own());
    GODWIT_CO_TRY(const auto removed, co_await session_.remove(filters_, scripts));
    for (const auto& each : removed) GODWIT_CO_CHECK(each);
    co_return Result<>{};
  }
  [[nodiscard]] Task<Result<>> try_content(const PutOutcome& stored) {
    const std::vector<std::string> names{stored.name, "godwit-probe-is-not-there"};
    GODWIT_CO_TRY(const auto contents, co_await session_.fetch(filters_, names));
    const std::string got = contents[0] ? contents[0]->bytes : describe(contents[0].error());
    tell_("bytes are kept as they were", contents[0] && got == script, got);
    tell_("what is not there is told as such", !contents[1] && contents[1].error().kind == ErrorKind::not_found, {});
    GODWIT_CO_TRY(const auto again, co_await put({.uid = "godwit-probe", .name = {}, .version = {}, .bytes = script}));
    tell_("the same script is not stored twice", again.kind == PutOutcome::Kind::exists, said(again));
    co_return Result<>{};
  }
  [[nodiscard]] Task<Result<>> try_changes(const PutOutcome& stored) {
    const std::string_view changed = "stop;\r\n";
    GODWIT_CO_TRY(const auto replaced, co_await put({.uid = "godwit-probe", .name = stored.name, .version = stored.version, .bytes = changed}));
    tell_("a script is replaced", replaced.kind == PutOutcome::Kind::stored && replaced.version != stored.version, said(replaced));
    GODWIT_CO_TRY(const auto late, co_await put({.uid = "godwit-probe", .name = stored.name, .version = stored.version, .bytes = script}));
    tell_("one that has changed is not replaced", late.kind == PutOutcome::Kind::changed, said(late));
    co_return Result<>{};
  }

  endpoint::CollectionTargetSession& session_;
  const TellCheck tell_;
  endpoint::Collection filters_;
};

}  // namespace

Task<Result<>> try_filters(endpoint::CollectionTargetSession& session, TellCheck tell) {
  FiltersTrial trial(session, std::move(tell));
  co_return co_await trial.run();
}

}  // namespace godwit::cli
