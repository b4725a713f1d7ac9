// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "probe/checks.h"

namespace godwit::probe {
namespace {

std::string text_of(const endpoint::Quota& quota) {
  std::string text = quota.root.empty() ? "" : printable(quota.root) + ": ";
  if (quota.storage) text += fmt::format("{} of {}", format_bytes(quota.storage->used), format_bytes(quota.storage->limit));
  if (quota.messages) {
    text += fmt::format("{}{} of {} messages", quota.storage ? ", " : "", grouped(quota.messages->used), grouped(quota.messages->limit));
  }
  return quota.storage || quota.messages ? text : text + "no limit";
}

void tell_quota(Sheet& sheet, const endpoint::ServerFacts& facts) {
  if (!facts.tells_quota) return sheet.not_told("limits.quota", "quota");
  std::string text;
  for (const endpoint::Quota& quota : facts.quotas) text += (text.empty() ? "" : "; ") + text_of(quota);
  sheet.measured("limits.quota", "quota", text.empty() ? "none for this account" : text);
}

void tell_append_limit(Sheet& sheet, const endpoint::ServerFacts& facts) {
  if (facts.append_limit) sheet.measured("limits.size", "largest message", format_bytes(*facts.append_limit));
  else sheet.not_told("limits.size", "largest message");
}

// Besides the two of the stage.
Task<Result<>> count_connections(Stage& stage, Sheet& sheet, endpoint::Target& target, std::size_t wanted, Measures& measures) {
  GODWIT_CO_CHECK(co_await stage.writer());
  GODWIT_CO_CHECK(co_await stage.reader());
  std::vector<std::unique_ptr<endpoint::TargetSession>> sessions;
  std::optional<Error> refusal;
  while (sessions.size() + 2 < wanted && !refusal) {
    auto session = co_await target.connect();
    if (session) sessions.push_back(*std::move(session));
    else refusal = std::move(session).error();
  }
  measures.connections = sessions.size() + 2;
  measures.is_connection_limit = refusal.has_value();
  for (const auto& session : sessions) session->close();
  sheet.measured("limits.connections", "connections at once",
                 fmt::format("{}{}", refusal ? "" : "at least ", measures.connections), refusal ? refusal->server_text : "");
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_limits(Stage& stage, Sheet& sheet, endpoint::Target& target, const Amounts& amounts, endpoint::ServerFacts& facts,
                            Measures& measures) {
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  GODWIT_CO_TRY(facts, co_await session->facts());
  tell_quota(sheet, facts);
  tell_append_limit(sheet, facts);
  if (amounts.connections > 2) GODWIT_CO_CHECK(co_await count_connections(stage, sheet, target, amounts.connections, measures));
  co_return Result<>{};
}

}  // namespace godwit::probe
