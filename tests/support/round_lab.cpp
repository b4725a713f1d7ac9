// SPDX-License-Identifier: Apache-2.0
#include "tests/support/round_lab.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace godwit::test {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMailbox;

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return *std::move(result);
}

void copy_over(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace

MessageFlags flags_of(std::initializer_list<std::string_view> names) {
  MessageFlags flags;
  for (const auto name : names) flags.add(name);
  return flags;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = testing::TempDir() + "godwit-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

RoundLab::RoundLab() : source_(adapters::make_memory_source(source)), target_(adapters::make_memory_target(target)) {
  source.host = "old.example.com";
  target.host = "new.example.org";
  source.streamed_above = 2000;
  target.streamed_above = 2000;
  options.quiet_time = std::chrono::milliseconds(1);
  options.first_pause = std::chrono::milliseconds(1);
  options.messages_per_lane = 1;
}

std::unique_ptr<ledger::Ledger> RoundLab::open_ledger() const { return value_or_throw(ledger::open_sqlite_ledger(ledger_file())); }

sync::RoundResult RoundLab::run() { return run(*source_); }

sync::RoundResult RoundLab::run_from(MemoryMailbox& other) { return run(*adapters::make_memory_source(other)); }

sync::RoundResult RoundLab::run(endpoint::Source& from) {
  const auto ledger = open_ledger();
  sync::Round round(from, *target_, *ledger, options, stop, [this](const sync::Event& event) {
    if (event.kind == sync::Event::Kind::warning) warnings.push_back(event.text);
  });
  return run_task(round.run());
}

sync::RoundResult RoundLab::run_until_complete(int at_most) {
  while (true) {
    auto result = run();
    if (!result.error || --at_most == 0) return result;
  }
}

bool RoundLab::run_and_kill(int steps) {
  auto ledger = open_ledger();
  auto context = std::make_unique<boost::asio::io_context>(1);
  sync::Round round(*source_, *target_, *ledger, options, stop, [](const sync::Event&) {});
  bool is_over = false;
  boost::asio::co_spawn(*context, round.run(), [&](std::exception_ptr error, sync::RoundResult) {
    is_over = true;
    if (error) std::rethrow_exception(error);
  });
  while (steps-- > 0 && !is_over && context->run_one() > 0) {
  }
  // Who waits for the ledger must outlive it; what is queued for it is committed or not, as with a kill.
  ledger.reset();
  context.reset();
  return is_over;
}

sync::VerifyResult RoundLab::verify(sync::VerifyOptions how) {
  const auto ledger = open_ledger();
  const auto account = value_or_throw(run_task(ledger->account(source_->identity(), target_->identity())));
  how.first_pause = std::chrono::milliseconds(1);
  differences.clear();
  sync::Verifier verifier(source_.get(), *target_, *account, how, stop, [](const sync::Event&) {},
                          [this](sync::Difference difference) { differences.push_back(std::move(difference)); });
  return run_task(verifier.run());
}

void RoundLab::save_ledger() { copy_over(folder_.path(), saved_.path()); }
void RoundLab::restore_ledger() { copy_over(saved_.path(), folder_.path()); }
void RoundLab::lose_ledger() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) std::filesystem::remove_all(entry);
}

std::vector<ledger::ItemRecord> RoundLab::rows(const std::string& folder) {
  const auto ledger = open_ledger();
  const auto account = value_or_throw(run_task(ledger->account(source_->identity(), target_->identity())));
  const auto record = value_or_throw(run_task(account->open_folder(folder, folder)));
  return value_or_throw(run_task(account->items(record.id, 1, 1'000'000)));
}

std::vector<ledger::Problem> RoundLab::problems() {
  const auto ledger = open_ledger();
  const auto account = value_or_throw(run_task(ledger->account(source_->identity(), target_->identity())));
  return value_or_throw(run_task(account->problems(0, 1'000'000)));
}

Result<> RoundLab::with_account(const std::function<Task<Result<>>(ledger::AccountLedger&)>& use) {
  const auto ledger = open_ledger();
  const auto account = value_or_throw(run_task(ledger->account(source_->identity(), target_->identity())));
  return run_task(use(*account));
}

void RoundLab::set_route(ledger::Route route) {
  const auto set = with_account([route](ledger::AccountLedger& account) { return account.set_route(route); });
  if (!set) throw std::runtime_error(describe(set.error()));
}

std::vector<std::string> contents(const MemoryFolder& folder) {
  std::vector<std::string> all;
  for (const auto& message : folder.messages) {
    all.push_back(fmt::format("{} ({}) {}", message.date, message.flags.to_string(), message.bytes));
  }
  return all;
}

bool is_probe(const std::string& folder_name) { return folder_name.starts_with("godwit-probe-"); }

std::string RoundLab::difference() const {
  std::string text;
  const auto compare = [&](const std::string& name, std::vector<std::string> wanted, std::vector<std::string> found) {
    std::ranges::sort(wanted);
    std::ranges::sort(found);
    std::vector<std::string> lost, extra;
    std::ranges::set_difference(wanted, found, std::back_inserter(lost));
    std::ranges::set_difference(found, wanted, std::back_inserter(extra));
    const auto tell = [&](std::string_view what, const std::vector<std::string>& which) {
      if (!which.empty()) text += fmt::format("{}: {} {}, such as {}\n", name, what, which.size(), printable(which[0].substr(0, 60)));
    };
    tell("lost", lost);
    tell("too much", extra);
  };
  for (const auto& [name, folder] : source.folders) {
    const auto copy = target.folders.find(name);
    if (copy == target.folders.end()) {
      text += name + ": not made\n";
      continue;
    }
    compare(name, contents(folder), contents(copy->second));
  }
  for (const auto& [name, folder] : target.folders) {
    if (!source.folders.contains(name) && !is_probe(name)) compare(name, {}, contents(folder));
  }
  return text;
}

std::string message_named(const std::string& name, std::size_t body_size) {
  std::string body;
  for (std::size_t i = 0; body.size() < body_size; ++i) body += fmt::format("{} {}\r\n", name, i);
  return fmt::format("Subject: {}\r\nFrom: Alice <alice@example.com>\r\n\r\n{}", name, body);
}

void fill_with_sixty(MemoryMailbox& mailbox) {
  const auto date = [](int day) { return fmt::format("{:02}-Mar-2023 08:15:00 +0{}00", day % 28 + 1, day % 4); };
  MemoryFolder& inbox = mailbox.folder("INBOX");
  inbox.subscribed = true;
  for (int i = 0; i < 25; ++i) {
    MessageFlags flags = i % 3 == 0 ? flags_of({"\\Seen"}) : MessageFlags{};
    if (i % 7 == 0) flags.add("$Forwarded");
    inbox.add(message_named(fmt::format("inbox {}", i)), flags, date(i));
  }
  for (int i = 0; i < 3; ++i) inbox.add(message_named("the same"), flags_of({"\\Flagged"}), date(5));
  MemoryFolder& sent = mailbox.folder("Sent");
  sent.role = endpoint::Role::sent;
  for (int i = 0; i < 15; ++i) sent.add(message_named(fmt::format("sent {}", i % 12)), flags_of({"\\Seen"}), date(i % 12));
  MemoryFolder& projects = mailbox.folder("Projects/2024");
  for (int i = 0; i < 10; ++i) projects.add(message_named(fmt::format("project {}", i)), {}, date(i));
  projects.add(message_named("a large one", 10'000), flags_of({"\\Answered"}), date(11));
  for (int i = 10; i < 16; ++i) projects.add(message_named(fmt::format("project {}", i)), {}, date(i));
  mailbox.folder("Empty").subscribed = true;
}

}  // namespace godwit::test
