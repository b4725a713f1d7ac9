// SPDX-License-Identifier: Apache-2.0
// Sessions with real servers, replayed from tests/transcripts/<server>/<case>.txt: in every delivery, and failing at each
// step. Cases named read* take an inventory and fetch the INBOX, cases named append* append two messages, one without
// MULTIAPPEND. What the client must have understood stands in the file, in lines that begin with "# => ".
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "imap/client.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::imap {
namespace {

namespace fs = std::filesystem;

fs::path transcripts() {
  for (fs::path folder = fs::absolute(__FILE__).parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::path found = folder / "tests/transcripts"; fs::is_directory(found)) return found;
  }
  return {};
}

std::vector<std::string> expectations(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("# => ")) lines.push_back(line.substr(5));
  }
  return lines;
}

using Summary = std::vector<std::string>;

Task<Result<>> log_in(Client& client) {
  GODWIT_CO_CHECK(co_await client.greeting());
  if (client.capabilities().empty()) {
    auto capability = client.capability();
    GODWIT_CO_CHECK(co_await capability.wait());
  }
  const Secret password("secret");
  if (client.capabilities().has("AUTH=PLAIN")) {
    GODWIT_CO_CHECK(co_await client.authenticate(sasl::make_plain({.authentication = "alice@example.com", .secret = password})));
  } else {
    GODWIT_CO_CHECK(co_await client.login("alice@example.com", password).wait());
  }
  auto capability = client.capability();
  GODWIT_CO_CHECK(co_await capability.wait());
  co_return Result<>();
}

Task<Result<>> take_inventory(Client& client, Summary& summary) {
  if (client.capabilities().has("NAMESPACE")) {
    auto names = client.namespace_();
    GODWIT_CO_TRY(const Namespaces told, co_await names.wait());
    for (const auto& [kind, namespaces] : {std::pair("namespace", told.personal), {"others'", told.other_users}, {"shared", told.shared}}) {
      for (const NamespaceData& one : namespaces) summary.push_back(fmt::format("{} '{}' '{}'", kind, one.prefix, one.separator));
    }
  }
  ListOptions options;
  options.status = options.subscribed = options.special_use = true;
  auto list = client.list("", "*", options);
  GODWIT_CO_TRY(const ListResult listed, co_await list.wait());
  for (const ListData& one : listed.mailboxes) {
    summary.push_back(fmt::format("mailbox {}{} '{}' {}", one.mailbox, one.is_undecodable ? " (raw)" : "",
                                  one.separator == 0 ? std::string("NIL") : std::string(1, one.separator),
                                  fmt::join(one.attributes, " ")));
  }
  for (const StatusData& one : listed.statuses) {
    summary.push_back(fmt::format("status {} {} {} {}", one.mailbox, one.messages.value_or(0), one.uid_next.value_or(0),
                                  one.highest_modseq.value_or(0)));
  }
  co_return Result<>();
}

Task<Result<>> read_inbox(Client& client, Summary& summary) {
  auto examine = client.examine("INBOX");
  GODWIT_CO_TRY(const SelectData inbox, co_await examine.wait());
  summary.push_back(
      fmt::format("INBOX {} {} {} {}", inbox.exists, inbox.uid_validity, inbox.uid_next,
                  inbox.permanent_flags ? fmt::format("({})", fmt::join(*inbox.permanent_flags, " ")) : "any"));
  auto search = client.uid_search("ALL");
  GODWIT_CO_TRY(const UidSet uids, co_await search.wait());
  FetchItems items;
  items.flags = items.internal_date = items.body = true;
  auto fetch = client.uid_fetch(uids, items);
  while (true) {
    GODWIT_CO_TRY(const auto message, co_await fetch.next());
    if (!message) break;
    summary.push_back(fmt::format("message {} ({}) '{}' {}", message->uid, message->flags.to_string(),
                                  message->internal_date,
                                  message->body_kind == FetchedMessage::Body::nil ? "NIL" : printable(message->body)));
  }
  co_return Result<>();
}

Task<Result<>> append_two(Client& client, Summary& summary) {
  std::vector<AppendMessage> messages(client.capabilities().has("MULTIAPPEND") ? 2 : 1);
  for (AppendMessage& one : messages) {
    one.bytes = "Subject: a\r\n\r\nb\r\n";
    one.internal_date = "17-Jul-1996 02:44:25 -0700";
    one.flags.add("\\Seen");
  }
  GODWIT_CO_TRY(auto command, co_await client.append("INBOX", messages));
  const Result<AppendResult> result = co_await command.wait();
  if (!result && result.error().server_text.empty()) co_return std::unexpected(result.error());
  if (!result) {
    summary.push_back(fmt::format("{}: {}", name_of(result.error().kind), result.error().server_text));
  } else if (result->append_uid) {
    summary.push_back(fmt::format("appended {} from {}", result->append_uid->count(), result->append_uid->uids.at(0).first));
  } else {
    summary.push_back("appended");
  }
  co_return Result<>();
}

Task<Result<>> session(std::unique_ptr<net::Stream> stream, bool appends, Summary& summary) {
  Client client(std::move(stream), {});
  GODWIT_CO_CHECK(co_await log_in(client));
  if (appends) {
    GODWIT_CO_CHECK(co_await append_two(client, summary));
  } else {
    GODWIT_CO_CHECK(co_await take_inventory(client, summary));
    GODWIT_CO_CHECK(co_await read_inbox(client, summary));
  }
  auto logout = client.logout();
  GODWIT_CO_CHECK(co_await logout.wait());
  co_return Result<>();
}

class TranscriptTest : public ::testing::TestWithParam<fs::path> {};

TEST_P(TranscriptTest, Replayed) {
  const test::Script script = test::Script::load(GetParam().string());
  const Summary expected = expectations(GetParam());
  const bool appends = GetParam().filename().string().starts_with("append");
  const auto judged = [&](std::unique_ptr<net::Stream> stream) -> Task<Result<>> {
    Summary summary;
    const Result<> result = co_await session(std::move(stream), appends, summary);
    if (result) EXPECT_EQ(summary, expected);
    co_return result;
  };
  test::play_in_every_delivery(script, judged, 10);
  test::play_failing_at_every_step(script, judged, [](const test::FailedRun& run) {
    // A server that closes after the BYE of LOGOUT leaves nothing to fail.
    if (!run.outcome)
      EXPECT_NE(run.outcome.error().kind, ErrorKind::bug) << "operation " << run.failed_operation;
    else
      EXPECT_GE(run.failed_operation + 1, run.operations) << "an error was lost";
  });
}

std::vector<fs::path> all_transcripts() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(transcripts())) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".txt" && (name.starts_with("read") || name.starts_with("append")))
      files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

INSTANTIATE_TEST_SUITE_P(Servers, TranscriptTest, ::testing::ValuesIn(all_transcripts()), [](const auto& test_case) {
  std::string name = test_case.param.parent_path().filename().string() + "_" + test_case.param.stem().string();
  std::ranges::replace_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace godwit::imap
