// SPDX-License-Identifier: Apache-2.0
// Sessions with many servers, whole and cut. Own transcripts, tests/transcripts/<server>/source*.txt and target*.txt: what a round asks
// of a source (folders, INBOX, UIDs, list, messages, what is missing singly) and of a target (a folder, a message, flags), compared with
// the lines that begin with "# => "; then failing at every step, and cut at bytes within. And the corpus beside the checkout, which is
// not part of it: each of its responses as the answer to everything that a session asks; whatever they are, there is an end, and an
// error says what is wrong.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "adapters/imap/session_talk.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using Summary = std::vector<std::string>;

constexpr std::string_view message_bytes = "Subject: a\r\n\r\nb\r\n";

std::string told(const Error& error) {
  const std::string text = fmt::format("{} {}", name_of(error.kind), code_text(code_of(error)));
  return error.retry_after ? fmt::format("{} {} ms", text, error.retry_after->count()) : text;
}

bool is_lost(const Error& error) { return reaction_to(error.kind) == Reaction::reconnect; }

Task<Result<std::optional<endpoint::Folder>>> list_folders(ImapSession& session, Summary& summary) {
  GODWIT_CO_TRY(const auto folders, co_await session.folders());
  std::optional<endpoint::Folder> inbox;
  for (const endpoint::Folder& folder : folders) {
    const std::string_view state = folder.unreadable ? " unreadable" : (folder.selectable ? "" : " container");
    summary.push_back(fmt::format("folder {} {}{}{} {} {}", folder.path.display(), folder.role == endpoint::Role::none ? "none" : name_of(folder.role),
                                  state, folder.subscribed ? " subscribed" : "", folder.state.messages, folder.state.uid_validity));
    if (folder.path.is_inbox()) inbox = folder;
  }
  co_return inbox;
}

// All that can be read of these; what ends it is told. The UIDs that came.
Task<Result<UidSet>> read_messages(endpoint::FolderView& view, const UidSet& uids, Summary& summary, bool is_single) {
  const auto reader = view.fetch(uids);
  UidSet came;
  while (true) {
    const auto message = co_await reader->next();
    if (!message && is_lost(message.error())) co_return std::unexpected(message.error());
    if (!message) {
      summary.push_back(is_single ? fmt::format("error {} {}", uids.first(), told(message.error())) : "stopped " + told(message.error()));
      came.add(is_single ? uids : UidSet());
      co_return came;
    }
    if (!*message) co_return came;
    summary.push_back(fmt::format("message {} ({}) {}", (*message)->uid, (*message)->flags.to_string(), (*message)->size));
    came.add((*message)->uid);
  }
}

Task<Result<>> read_inbox(ImapSession& session, const endpoint::Folder& inbox, Summary& summary) {
  const auto view = session.open(inbox);
  GODWIT_CO_CHECK(co_await view->state());
  GODWIT_CO_TRY(const UidSet uids, co_await view->uids(1)->get());
  summary.push_back("uids " + uids.to_string());
  if (uids.empty()) co_return Result<>{};
  const auto list = view->list(uids, 0, {.date = true, .size = true});
  while (true) {
    GODWIT_CO_TRY(const auto items, co_await list->next());
    if (items.empty()) break;
    for (const endpoint::Item& item : items) summary.push_back(fmt::format("item {} ({}) {}", item.uid, item.flags.to_string(), item.size));
  }
  GODWIT_CO_TRY(const UidSet came, co_await read_messages(*view, uids, summary, uids.size() == 1));
  const bool is_to_wait = summary.back().ends_with("ms") || summary.back().contains("GW-3301");
  UidSet missing = is_to_wait ? UidSet() : uids.without(came);
  while (!missing.empty()) {
    const UidSet one = missing.take_first(1);
    GODWIT_CO_TRY(const UidSet single, co_await read_messages(*view, one, summary, true));
    if (single.empty()) summary.push_back("missing " + one.to_string());
  }
  co_return Result<>{};
}

Task<Result<>> as_source(ImapSession& session, Summary& summary) {
  GODWIT_CO_TRY(const auto inbox, co_await list_folders(session, summary));
  if (!inbox) co_return Result<>{};
  co_return co_await read_inbox(session, *inbox, summary);
}

Task<Result<>> append_one(ImapSession& session, const endpoint::Folder& folder, Summary& summary) {
  MessageFlags flags;
  flags.system = MessageFlags::seen | MessageFlags::flagged;
  const std::vector<endpoint::NewMessage> messages{{flags, "17-Jul-1996 02:44:25 -0700", message_bytes}};
  GODWIT_CO_TRY(const auto pending, co_await session.append(folder, messages));
  const auto outcome = co_await pending->get();
  // A BAD to a literal that was sent unasked makes the session connect again; the script goes on.
  if (!outcome && code_of(outcome.error()) == codes::extension_fails.number) {
    summary.push_back("append not_understood " + code_text(code_of(outcome.error())));
    co_return Result<>{};
  }
  if (!outcome) co_return std::unexpected(outcome.error());
  if (outcome->kind == endpoint::AppendOutcome::Kind::refused) {
    summary.push_back("append " + told(outcome->error));
  } else {
    summary.push_back(outcome->uids.empty() ? "stored" : fmt::format("stored {}", outcome->uids.front()));
  }
  co_return Result<>{};
}

Task<Result<>> as_target(ImapSession& session, Summary& summary) {
  GODWIT_CO_TRY(const auto inbox, co_await list_folders(session, summary));
  if (!inbox) co_return Result<>{};
  std::vector<endpoint::NewFolder> wanted(1);
  wanted.front().path = endpoint::FolderPath{{"Work"}};
  GODWIT_CO_TRY(const auto made, co_await session.create_folders(wanted));
  summary.push_back(made.at(0) ? fmt::format("made {} {}", made.at(0)->path.display(), made.at(0)->state.uid_validity)
                               : "not made " + told(made.at(0).error()));
  GODWIT_CO_CHECK(co_await append_one(session, *inbox, summary));
  MessageFlags added;
  added.add("\\Flagged");
  added.add("$label1");
  const std::vector<endpoint::TargetSession::FlagChange> changes{{1, added, {}}};
  const auto changed = co_await session.change_flags(*inbox, changes)->get();
  if (!changed && is_lost(changed.error())) co_return changed;
  summary.push_back(changed ? "flags ok" : "flags " + told(changed.error()));
  co_return Result<>{};
}

fs::path folder_above(const std::string& place) {
  for (fs::path folder = fs::absolute(__FILE__).parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::path found = folder / place; fs::is_directory(found)) return found;
  }
  return {};
}

Summary expectations(const fs::path& file) {
  Summary lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("# => ")) lines.push_back(line.substr(5));
  }
  return lines;
}

std::vector<fs::path> own_transcripts() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder_above("tests/transcripts"))) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".txt" && (name.starts_with("source") || name.starts_with("target"))) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// Runs it with the failure at a few hundred of its bytes.
void play_cut_within(const test::Script& script, const test::Conversation& conversation, const std::function<void(const Result<>&)>& check) {
  test::ScriptOptions options;
  options.early_writes = true;
  options.delivery = test::ScriptOptions::Delivery::bytes;
  auto whole = std::make_unique<test::ScriptedStream>(script, options);
  const auto report = whole->report();
  static_cast<void>(test::run_task(conversation(std::move(whole))));
  const std::size_t stride = std::max<std::size_t>(1, report->operations / 60);
  for (std::size_t operation = 1; operation <= report->operations; operation += stride) {
    SCOPED_TRACE(fmt::format("cut at operation {} of {}", operation, report->operations));
    options.fail_at = operation;
    options.failure = operation % 2 == 0 ? test::ScriptOptions::Failure::reset : test::ScriptOptions::Failure::end_of_file;
    check(test::run_task(conversation(std::make_unique<test::ScriptedStream>(script, options))));
  }
}

TEST(ImapReplay, OwnTranscripts) {
  test::ScriptOptions pipelined;
  pipelined.early_writes = true;
  std::map<std::string, int> counts;
  for (const fs::path& file : own_transcripts()) {
    SCOPED_TRACE(file.string());
    ++counts[file.parent_path().filename().string()];
    const test::Script script = test::Script::load(file.string());
    const Summary expected = expectations(file);
    const bool is_source = file.filename().string().starts_with("source");
    const bool ends_early = !expected.empty() && expected.back().starts_with("stopped network");
    const auto conversation = with_session([&](ImapSession& session) -> Task<Result<>> {
      Summary summary;
      const Result<> result = is_source ? co_await as_source(session, summary) : co_await as_target(session, summary);
      if (ends_early && !result && code_of(result.error()) == codes::session_ended.number) {
        summary.push_back("stopped " + told(result.error()));
        EXPECT_EQ(summary, expected);
        co_return Result<>{};
      }
      if (result) EXPECT_EQ(summary, expected);
      co_return result;
    });
    const auto check = [](const Result<>& outcome) {
      if (!outcome) EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
      if (!outcome) EXPECT_FALSE(outcome.error().what.empty());
    };
    test::play_in_every_delivery(script, conversation, 5, pipelined);
    test::play_failing_at_every_step(script, conversation, [&](const test::FailedRun& run) { check(run.outcome); }, pipelined);
    play_cut_within(script, conversation, check);
  }
  int total = 0;
  for (const auto& [server, count] : counts) {
    std::printf("%s %d, ", server.c_str(), count);
    total += count;
  }
  std::printf("%d transcripts of %zu servers\n", total, counts.size());
  EXPECT_GE(total, 26);
}

// A server that gives one answer to everything.
class Parrot final : public net::Stream {
 public:
  Parrot(std::string greeting, std::string answer, std::size_t at_most) : said_(std::move(greeting)), answer_(std::move(answer)), left_(at_most) {}

  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    const std::size_t count = std::min({buffer.size(), said_.size(), left_});
    std::copy_n(said_.begin(), count, buffer.begin());
    said_.erase(0, count);
    left_ -= count;
    co_return count;
  }
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view> pieces) override {
    for (const std::string_view piece : pieces) heard_ += piece;
    while (hear()) {}
    co_return Result<>{};
  }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override { left_ = 0; }
  [[nodiscard]] std::string peer() const override { return "parrot:0"; }
  [[nodiscard]] std::string security() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_reading() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  // One line of a command, and the literal that it announces.
  bool hear() {
    const std::size_t end = heard_.find("\r\n");
    if (end == std::string::npos) return false;
    const std::string line = heard_.substr(0, end);
    std::size_t literal = 0;
    if (line.ends_with("+}")) literal = std::stoul(line.substr(line.rfind('{') + 1));
    if (heard_.size() < end + 2 + literal) return false;
    heard_.erase(0, end + 2 + literal);
    if (tag_.empty()) tag_ = line.substr(0, line.find(' '));
    if (line.ends_with("+}")) return true;
    std::string answer = answer_;
    for (std::size_t place = 0; (place = answer.find("A########", place)) != std::string::npos;) answer.replace(place, 9, tag_);
    said_ += answer;
    tag_.clear();
    return true;
  }

  std::string said_, answer_, heard_, tag_;
  std::size_t left_;
};

// The first response of a file up to its tagged line, as it is on the wire.
std::string first_answer(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes;
  for (auto c = std::istreambuf_iterator<char>(stream); c != std::istreambuf_iterator<char>(); ++c) {
    if (*c == '\n' && !bytes.ends_with('\r')) bytes.push_back('\r');
    bytes.push_back(*c);
  }
  const std::size_t tagged = bytes.starts_with("A########") ? 0 : bytes.find("\nA########");
  if (tagged == std::string::npos) return bytes + "A######## OK done\r\n";
  return bytes.substr(0, bytes.find("\r\n", tagged + 1)) + "\r\n";
}

struct Tally {
  std::size_t files = 0, understood = 0, errors = 0;
};

void play_corpus_file(const fs::path& file, Tally& tally) {
  const std::string answer = first_answer(file);
  const bool is_exchange = file.parent_path().filename() == "exchange";
  const std::string greeting = fmt::format("* OK [CAPABILITY IMAP4rev1 NAMESPACE LITERAL+ UIDPLUS] {} ready\r\n", is_exchange ? "Microsoft Exchange" : "IMAP");
  const std::size_t size = greeting.size() + answer.size();
  for (const auto& talk : {&as_source, &as_target}) {
    for (const std::size_t at_most : {std::size_t{1} << 20U, size - 1, size - answer.size() / 3, size + answer.size() / 2, size * 3 - 7}) {
      const auto conversation = with_session([&](ImapSession& session) -> Task<Result<>> {
        Summary summary;
        co_return co_await talk(session, summary);
      });
      const Result<> outcome = test::run_task(conversation(std::make_unique<Parrot>(greeting, answer, at_most)));
      ++(outcome ? tally.understood : tally.errors);
      if (!outcome) EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
      if (!outcome) EXPECT_FALSE(outcome.error().what.empty());
    }
  }
  ++tally.files;
}

TEST(ImapReplay, Corpus) {
  const fs::path corpus = folder_above("shared/corpus/imap/mailkit");
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/imap/mailkit beside the checkout";
  std::map<std::string, Tally> tallies;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file()) continue;
    const fs::path relative = entry.path().lexically_relative(corpus);
    SCOPED_TRACE(relative.string());
    play_corpus_file(entry.path(), tallies[relative.begin()->string()]);
  }
  std::size_t files = 0;
  for (const auto& [server, tally] : tallies) {
    std::printf("%s: %zu files, %zu sessions understood, %zu ended by an error\n", server.c_str(), tally.files, tally.understood, tally.errors);
    files += tally.files;
  }
  EXPECT_EQ(files, 267U);
}

}  // namespace
}  // namespace godwit::adapters
