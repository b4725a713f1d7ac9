// SPDX-License-Identifier: Apache-2.0
#include "sync/probe.h"

#include <fmt/format.h>

#include <array>
#include <random>

#include "base/text.h"

namespace godwit::sync {
namespace {

using namespace std::literals;

constexpr std::string_view probe_prefix = "godwit-probe-";
constexpr std::string_view fact_key = "append-keeps";

struct ProbeMessage {
  mime::Hazards::Kind kind;
  std::string_view bytes;
};

constexpr std::array<ProbeMessage, 4> probe_messages{{
    {mime::Hazards::nul, "Subject: godwit probe\r\nMessage-ID: <nul@probe.invalid>\r\n\r\nbefore\0after\r\n"sv},
    {mime::Hazards::header_8bit, "Subject: godwit probe \xc3\xa4\xe4\r\nMessage-ID: <8bit@probe.invalid>\r\n\r\nbody\r\n"},
    {mime::Hazards::bare_newline, "Subject: godwit probe\r\nMessage-ID: <bare@probe.invalid>\r\n\r\none\ntwo\rthree\r\n"},
    {mime::Hazards::no_final_newline, "Subject: godwit probe\r\nMessage-ID: <end@probe.invalid>\r\n\r\nno newline"},
}};

// What came back of each message, in order; a refused one is missing.
Task<Result<mime::Hazards>> append_and_read(endpoint::TargetSession& target, const endpoint::Folder& folder) {
  std::vector<std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>> pending;
  for (const ProbeMessage& probe : probe_messages) {
    const std::array<endpoint::NewMessage, 1> message{{{{}, "01-Jan-2001 00:00:00 +0000", probe.bytes}}};
    GODWIT_CO_TRY(auto one, co_await target.append(folder, message));
    // Without pipelining the answer must be read before the next command may be written.
    if (!target.traits().pipelines_appends) {
      GODWIT_CO_CHECK(co_await one->get());
    } else {
      pending.push_back(std::move(one));
    }
  }
  const auto view = target.open(folder);
  const auto reader = view->fetch(UidSet::of_range(1, ~Uid{0} - 1));
  for (auto& one : pending) {
    GODWIT_CO_CHECK(co_await one->get());  // a refusal is no alteration: the message itself will be refused, and reported
  }
  mime::Hazards kept;
  while (true) {
    GODWIT_CO_TRY(const auto message, co_await reader->next());
    if (!message) break;
    for (const ProbeMessage& probe : probe_messages) {
      if (message->bytes == probe.bytes) kept.kinds = static_cast<std::uint8_t>(kept.kinds | probe.kind);
    }
  }
  co_return kept;
}

}  // namespace

endpoint::FolderPath fresh_probe_path() {
  std::random_device random;
  return {{fmt::format("{}{:08x}{:08x}", probe_prefix, random(), random())}};
}

bool is_probe_folder(const endpoint::Folder& folder) {
  return folder.path.segments.size() == 1 && folder.path.segments.front().starts_with(probe_prefix) &&
         folder.path.segments.front().size() == probe_prefix.size() + 16;
}

Task<Result<std::optional<mime::Hazards>>> kept_by_host(ledger::Ledger& ledger, const std::string& host) {
  GODWIT_CO_TRY(const auto fact, co_await ledger.host_fact(host, std::string(fact_key)));
  if (!fact) co_return std::nullopt;
  const auto kinds = parse_number<std::uint8_t>(*fact);
  if (!kinds) co_return std::nullopt;
  co_return mime::Hazards{*kinds};
}

Task<Result<>> probe_host(const RoundContext& context, ledger::Ledger& ledger, endpoint::FolderPath path) {
  const std::string host = context.target.host();
  GODWIT_CO_TRY(const auto known, co_await kept_by_host(ledger, host));
  if (known) co_return Result<>{};
  GODWIT_CO_TRY(const auto session, co_await context.target.connect());
  endpoint::TargetSession& target = *session;
  const std::array<endpoint::NewFolder, 1> wanted{{{std::move(path), endpoint::Role::none}}};
  GODWIT_CO_TRY(auto made, co_await target.create_folders(wanted));
  if (!made.front()) co_return std::unexpected(std::move(made.front()).error());
  auto kept = co_await append_and_read(target, *made.front());
  GODWIT_CO_CHECK(co_await target.remove_folder(*made.front()));
  if (!kept) co_return std::unexpected(std::move(kept).error());
  context.step(fmt::format("probed {}: keeps {}", host, kept->any() ? mime::describe(*kept) : "plain messages only"));
  co_return co_await ledger.set_host_fact(host, std::string(fact_key), fmt::to_string(kept->kinds));
}

}  // namespace godwit::sync
