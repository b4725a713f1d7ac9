// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/maildrop.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error_code.h"
#include "base/sha256.h"
#include "base/text.h"
#include "mime/header_name.h"

namespace godwit::adapters {
namespace {

using Part = pop3::Client::Part;

constexpr std::size_t asked_at_once = 50;
constexpr std::size_t longest_header = std::size_t{1} << 20;

bool is_answer(const Error& error) {
  return error.kind == ErrorKind::refused || error.kind == ErrorKind::not_understood || error.kind == ErrorKind::not_found;
}

// The beginning of the answer that comes next, up to the end of the header; the rest of it is passed over by the next call.
Task<Result<std::string>> read_header(pop3::Client& client) {
  GODWIT_CO_CHECK(co_await client.next_message());
  std::string header;
  while (header.size() < longest_header) {
    GODWIT_CO_TRY(const auto piece, co_await client.read());
    if (piece.empty()) break;
    const std::size_t seen = header.size() < 3 ? 0 : header.size() - 3;
    header.append(piece.data(), piece.size());
    const std::size_t end = header.starts_with("\r\n") ? 0 : header.find("\r\n\r\n", seen);
    if (end == std::string::npos) continue;
    header.resize(end + 2);
    break;
  }
  co_return header;
}

// By TOP; a server that has no TOP gives the whole message.
Task<Result<std::string>> header_by_retr(pop3::Client& client, std::uint32_t number) {
  const std::uint32_t numbers[] = {number};
  GODWIT_CO_CHECK(co_await client.ask(Part::whole, numbers));
  co_return co_await read_header(client);
}

bool has_top(const pop3::Client& client) { return !client.capabilities().are_told || client.capabilities().has("TOP"); }

Task<Result<>> name_by_headers(pop3::Client& client, std::vector<DropMessage*> unnamed) {
  std::vector<std::uint32_t> numbers;
  for (const DropMessage* each : unnamed) numbers.push_back(each->number);
  GODWIT_CO_CHECK(co_await read_headers(client, numbers, [&](std::size_t index, std::string_view header) {
    unnamed[index]->key = fingerprint_of(header, unnamed[index]->size);
  }));
  for (DropMessage* each : unnamed) {
    if (!each->key.empty()) continue;
    GODWIT_CO_TRY(const std::string header, co_await header_by_retr(client, each->number));
    each->key = fingerprint_of(header, each->size);
  }
  co_return Result<>{};
}

// Nothing: the server has no UIDL.
Task<Result<std::vector<pop3::UniqueId>>> unique_ids(pop3::Client& client) {
  const pop3::Capabilities& capabilities = client.capabilities();
  const bool is_announced = capabilities.has("UIDL");
  if (capabilities.are_told && !is_announced) co_return std::vector<pop3::UniqueId>{};
  auto ids = co_await client.uidl();
  if (ids || !is_answer(ids.error())) co_return ids;
  if (!is_announced) co_return std::vector<pop3::UniqueId>{};
  co_return fail(codes::response_malformed, "the server announces UIDL and refuses it; without it no message can be known again",
                 ids.error().server_text);
}

void tell_equal_ones_apart(std::vector<DropMessage>& messages) {
  std::unordered_map<std::string, unsigned> seen;
  for (DropMessage& message : messages) {
    const unsigned ordinal = ++seen[message.key];
    if (ordinal > 1) message.key += fmt::format(" #{}", ordinal);  // no UIDL has a blank
  }
}

}  // namespace

std::string fingerprint_of(std::string_view header, std::uint64_t size) {
  Sha256 digest;
  bool is_left_out = false;
  while (!header.empty()) {
    const std::string_view line = header.substr(0, std::min(header.find('\n'), header.size() - 1) + 1);
    header.remove_prefix(line.size());
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    if (!continues) is_left_out = mime::begins_changing_field(line);
    if (!is_left_out) digest.update(line);
  }
  return fmt::format("header:{}:{}", to_hex(digest.finish().view()).substr(0, 40), size);
}

Task<Result<>> read_headers(pop3::Client& client, std::span<const std::uint32_t> numbers, TakeHeader take) {
  const std::size_t at_once = client.capabilities().has("PIPELINING") ? asked_at_once : 1;
  for (std::size_t begin = 0; begin < numbers.size() && has_top(client); begin += at_once) {
    const auto group = numbers.subspan(begin, std::min(at_once, numbers.size() - begin));
    GODWIT_CO_CHECK(co_await client.ask(Part::header, group));
    for (std::size_t i = 0; i < group.size(); ++i) {
      const auto header = co_await read_header(client);
      if (!header && !is_answer(header.error())) co_return std::unexpected(header.error());
      if (header) take(begin + i, *header);
    }
  }
  co_return Result<>{};
}

Task<Result<std::vector<DropMessage>>> list_unique_ids(pop3::Client& client) {
  GODWIT_CO_TRY(const auto sizes, co_await client.list());
  GODWIT_CO_TRY(const auto ids, co_await unique_ids(client));
  std::unordered_map<std::uint32_t, std::string_view> id_of;
  for (const pop3::UniqueId& each : ids) id_of.emplace(each.number, each.id);
  std::vector<DropMessage> messages;
  std::unordered_set<std::uint32_t> numbers;
  messages.reserve(sizes.size());
  for (const pop3::ListedSize& each : sizes) {
    const bool is_new = numbers.insert(each.number).second;
    if (!is_new) co_return fail(codes::response_malformed, fmt::format("LIST has message {} twice", each.number));
    messages.push_back({each.number, each.size, std::string(id_of[each.number])});
  }
  co_return messages;
}

Task<Result<std::vector<DropMessage>>> list_maildrop(pop3::Client& client) {
  GODWIT_CO_TRY(auto messages, co_await list_unique_ids(client));
  std::vector<DropMessage*> unnamed;
  for (DropMessage& message : messages) {
    if (message.key.empty()) unnamed.push_back(&message);
  }
  GODWIT_CO_CHECK(co_await name_by_headers(client, std::move(unnamed)));
  tell_equal_ones_apart(messages);
  co_return messages;
}

}  // namespace godwit::adapters
