// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::AppendOutcome;
using endpoint::Folder;
using endpoint::Message;
using endpoint::NewMessage;

std::vector<NewMessage> to_messages(std::span<const std::string> bodies) {
  std::vector<NewMessage> messages;
  for (const std::string& body : bodies) messages.push_back({{}, std::string(plain_date), body});
  return messages;
}

std::vector<std::string> bodies_of(const Contents& contents) {
  std::vector<std::string> bodies;
  for (const Message& message : contents.messages) bodies.push_back(message.bytes);
  return bodies;
}

void judge_numbers(Sheet& sheet, const std::string& key, const std::string& subject, const AppendOutcome& stored,
                   std::span<const std::string> bodies, const Contents& contents) {
  if (stored.uids.empty()) return sheet.not_told(key, subject, "the numbers of stored messages are not told");
  for (std::size_t i = 0; i < bodies.size() && i < stored.uids.size(); ++i) {
    const Message* const there = contents.find(stored.uids[i]);
    if (there != nullptr && there->bytes == bodies[i]) continue;
    return sheet.broken(key, subject, Harm::grave,
                        fmt::format("UID {} was told for a message and is {}", stored.uids[i],
                                    there == nullptr ? "not there" : "another one"));
  }
  const bool is_of_folder = stored.uid_validity == contents.state.uid_validity;
  sheet.holds(is_of_folder, key, subject, Harm::grave,
              fmt::format("UIDVALIDITY {} was told, the folder has {}", stored.uid_validity, contents.state.uid_validity));
}

void judge_order(Sheet& sheet, const std::string& key, const std::string& subject, std::span<const std::string> bodies,
                 const Contents& contents) {
  const std::vector<std::string> there = bodies_of(contents);
  if (std::ranges::equal(there, bodies)) return sheet.kept(key, subject);
  const bool is_complete = std::ranges::is_permutation(there, bodies);
  if (is_complete) return sheet.broken(key, subject, Harm::grave, "the messages stand in another order");
  const auto kept = std::ranges::count_if(bodies, [&](const std::string& body) { return std::ranges::find(there, body) != there.end(); });
  sheet.broken(key, subject, Harm::told, fmt::format("{} of {} messages are there as they were given", kept, bodies.size()));
}

Task<Result<>> check_single(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("single"));
  std::vector<std::string> bodies;
  AppendOutcome all;
  bool are_told = true;
  for (std::size_t i = 0; i < 3; ++i) {
    bodies.push_back(plain_message(i, 300));
    GODWIT_CO_TRY(auto stored, co_await stage.append(folder, to_messages({&bodies.back(), 1})));
    if (stored.kind == AppendOutcome::Kind::refused) {
      sheet.refused("append.uids", "numbers of stored messages", stored.error, Harm::grave);
      co_return Result<>{};
    }
    are_told = are_told && stored.uids.size() == 1;
    if (are_told) all.uids.push_back(stored.uids.front());
    all.uid_validity = stored.uid_validity;
  }
  if (!are_told) all.uids.clear();
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  judge_numbers(sheet, "append.uids", "numbers of stored messages", all, bodies, contents);
  judge_order(sheet, "append.order", "order of messages", bodies, contents);
  co_return Result<>{};
}

Task<Result<>> check_batch(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  if (session->traits().batch_messages < 2) {
    sheet.not_told("append.batch", "many messages at once");
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("batch"));
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < 6; ++i) bodies.push_back(plain_message(10 + i, 100 + 700 * (i % 3)));
  GODWIT_CO_TRY(const auto stored, co_await stage.append(folder, to_messages(bodies)));
  if (stored.kind == AppendOutcome::Kind::refused) {
    sheet.refused("append.batch", "many messages at once", stored.error);
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  judge_order(sheet, "append.batch", "many messages at once, in their order", bodies, contents);
  judge_numbers(sheet, "append.batch-uids", "numbers of messages of a batch", stored, bodies, contents);
  co_return Result<>{};
}

// Which message the server does not take, the earlier checks have found out.
const Specimen* refused_one(const Sheet& sheet, const std::vector<Specimen>& specimens) {
  for (const Specimen& specimen : specimens) {
    if (specimen.bytes.empty()) continue;  // an empty literal is how a client takes a MULTIAPPEND back (RFC 3502 §6.3.11)
    const bool is_refused = std::ranges::any_of(sheet.findings(), [&](const Finding& finding) {
      return finding.key == specimen.key && finding.outcome == Outcome::refused;
    });
    if (is_refused) return &specimen;
  }
  return nullptr;
}

Task<Result<>> check_atomic(Stage& stage, Sheet& sheet) {
  const std::string key = "append.batch-whole", subject = "a batch is stored whole or not at all";
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  if (session->traits().batch_messages < 2) co_return Result<>{};
  const std::vector<Specimen> specimens = make_specimens(false);
  const Specimen* const bad = refused_one(sheet, specimens);
  if (bad == nullptr) {
    sheet.not_told(key, subject, "no message of the probe was refused, and so no batch could be");
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("whole"));
  const std::vector<std::string> bodies{plain_message(20), plain_message(21), bad->bytes, plain_message(22)};
  const auto stored = co_await stage.append(folder, to_messages(bodies));
  if (!stored) stage.drop();
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  if (stored && stored->kind == AppendOutcome::Kind::stored) {
    sheet.holds(contents.messages.size() == bodies.size(), key, subject, Harm::told,
                fmt::format("it said OK, and {} of {} messages are there", contents.messages.size(), bodies.size()));
  } else if (contents.messages.empty()) {
    sheet.kept(key, subject);
  } else {
    sheet.altered(key, subject, Harm::none, fmt::format("{} messages of a refused batch are kept", contents.messages.size()));
  }
  co_return Result<>{};
}

// The same message twice in a folder, in one batch and by itself, and in another folder.
Task<Result<>> check_duplicates(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("twice"));
  GODWIT_CO_TRY(const Folder other, co_await stage.make("elsewhere"));
  const std::string body = plain_message(30);
  for (const Folder* const place : {&folder, &folder, &other}) {
    GODWIT_CO_TRY(const auto stored, co_await stage.append(*place, to_messages({&body, 1})));
    if (stored.kind == AppendOutcome::Kind::stored) continue;
    sheet.refused("append.duplicates", "the same message twice in a folder", stored.error);
    co_return Result<>{};
  }
  stage.drop();  // some servers merge them behind the session's back
  GODWIT_CO_TRY(const Contents here, co_await stage.read(folder));
  GODWIT_CO_TRY(const Contents there, co_await stage.read(other));
  sheet.holds(here.messages.size() == 2, "append.duplicates", "the same message twice in a folder", Harm::grave,
              fmt::format("{} of 2 are there, although both were accepted", here.messages.size()));
  sheet.holds(there.messages.size() == 1, "append.other-folder", "the same message in another folder", Harm::grave,
              fmt::format("{} of 1 are there, although it was accepted", there.messages.size()));
  co_return Result<>{};
}

Task<Result<>> check_streamed(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("streamed"));
  const std::string body = plain_message(40, 300'000);
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  GODWIT_CO_TRY(const auto stream, co_await session->append_stream(folder, {}, std::string(plain_date), body.size()));
  const std::span<const char> bytes(body);
  constexpr std::size_t piece = 65'536;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    GODWIT_CO_CHECK(co_await stream->write(bytes.subspan(at, std::min(piece, bytes.size() - at))));
  }
  GODWIT_CO_TRY(const auto pending, co_await stream->finish());
  GODWIT_CO_TRY(const auto stored, co_await pending->get());
  if (stored.kind == AppendOutcome::Kind::refused) {
    sheet.refused("append.streamed", "a message in pieces", stored.error);
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  judge_order(sheet, "append.streamed", "a message in pieces", {&body, 1}, contents);
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_append(Stage& stage, Sheet& sheet) {
  GODWIT_CO_CHECK(co_await check_single(stage, sheet));
  GODWIT_CO_CHECK(co_await check_batch(stage, sheet));
  GODWIT_CO_CHECK(co_await check_atomic(stage, sheet));
  GODWIT_CO_CHECK(co_await check_duplicates(stage, sheet));
  GODWIT_CO_CHECK(co_await check_streamed(stage, sheet));
  co_return Result<>{};
}

}  // namespace godwit::probe
