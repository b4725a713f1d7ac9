// SPDX-License-Identifier: Apache-2.0
#include "sync/probe.h"

#include <fmt/format.h>

#include <algorithm>
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

Task<Result<>> record_kept(ledger::Ledger& ledger, const std::string& host, mime::Hazards kept) {
  co_return co_await ledger.set_host_fact(host, std::string(fact_key), fmt::to_string(kept.kinds));
}

Task<Result<ProbeAnswer>> send_probe(endpoint::TargetSession& target, const endpoint::FolderPath& path) {
  std::vector<endpoint::NewMessage> messages;
  for (const ProbeMessage& probe : probe_messages) messages.push_back({{}, "01-Jan-2001 00:00:00 +0000", probe.bytes});
  co_return co_await target.try_out({path, endpoint::Role::none}, messages);
}

mime::Hazards kept_in(std::span<const std::string> stored) {
  mime::Hazards kept;
  for (const ProbeMessage& probe : probe_messages) {
    if (std::ranges::find(stored, probe.bytes) != stored.end()) kept.kinds = static_cast<std::uint8_t>(kept.kinds | probe.kind);
  }
  return kept;
}

}  // namespace godwit::sync
