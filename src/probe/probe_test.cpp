// SPDX-License-Identifier: Apache-2.0
// The suite against a mailbox in memory, which keeps everything, and against endpoints that are bad in one way each: every fault is found
// by its check.
#include "probe/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/memory/memory.h"
#include "base/text.h"
#include "mime/hazards.h"
#include "probe/advice.h"
#include "probe/report_text.h"
#include "probe/specimens.h"
#include "tests/support/faulty_endpoint.h"
#include "tests/support/run_task.h"

namespace godwit::probe {
namespace {

using adapters::MemoryMailbox;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAreArray;

class Probe : public testing::Test {
 protected:
  Result<Report> try_out() {
    const auto inner = adapters::make_memory_target(mailbox_);
    const auto source = test::make_faulty_source(*inner, faults_);
    const auto target = test::make_faulty_target(*inner, faults_);
    return test::run_task(run(*source, *target, options_, [this](std::string_view step) { on_step(step); }, stop_));
  }

  // Of a run that comes to its end.
  Report probe() {
    auto report = try_out();
    EXPECT_TRUE(report) << (report ? "" : describe(report.error()));
    return report.value_or(Report{});
  }

  virtual void on_step(std::string_view step) { steps_.emplace_back(step); }

  MemoryMailbox mailbox_ = [] {
    MemoryMailbox mailbox;
    mailbox.folder("INBOX").add("Subject: mine\r\n\r\nmine\r\n");
    mailbox.folder("Work").add("Subject: mine\r\n\r\nwork\r\n");
    mailbox.tells_object_ids = true;
    return mailbox;
  }();
  test::Faults faults_;
  Options options_{{.connections = 5, .keywords = 20, .small_messages = 5, .megabytes = 1}};
  std::vector<std::string> steps_;
  std::atomic<bool> stop_{false};
};

std::vector<std::string> keys_of(const Report& report, Outcome outcome) {
  std::vector<std::string> keys;
  for (const Finding& finding : report.findings) {
    if (finding.outcome == outcome) keys.push_back(finding.key);
  }
  return keys;
}

std::vector<std::string> grave_keys_of(const Report& report) {
  std::vector<std::string> keys;
  for (const Finding& finding : report.findings) {
    if (finding.harm == Harm::grave) keys.push_back(finding.key);
  }
  return keys;
}

TEST_F(Probe, FindsNothingWrongWhereEverythingIsKept) {
  const Report report = probe();
  EXPECT_TRUE(report.is_usable());
  EXPECT_THAT(keys_of(report, Outcome::altered), ElementsAre("names.slash")) << "its separator";
  EXPECT_THAT(keys_of(report, Outcome::refused), IsEmpty());
  EXPECT_THAT(keys_of(report, Outcome::broken), IsEmpty());
  EXPECT_THAT(keys_of(report, Outcome::not_told), testing::UnorderedElementsAre("append.batch-whole", "limits.quota", "limits.size"));
  EXPECT_EQ(report.measures.connections, 5U);
  EXPECT_FALSE(report.measures.is_connection_limit);
  EXPECT_EQ(report.measures.keywords, 20U);
  EXPECT_THAT(plan_lines(report), IsEmpty());
  EXPECT_THAT(steps_, Contains("messages"));
}

TEST_F(Probe, TouchesNothingElseAndLeavesNothing) {
  const auto before = mailbox_.folders;
  EXPECT_THAT(probe().left_behind, IsEmpty());
  ASSERT_EQ(mailbox_.folders.size(), before.size());
  for (const auto& [name, folder] : before) {
    const adapters::MemoryFolder& after = mailbox_.folders.at(name);
    EXPECT_EQ(after.messages.size(), folder.messages.size());
    EXPECT_EQ(after.highest_modseq, folder.highest_modseq);
  }
}

TEST_F(Probe, EachKeyIsThereOnce) {
  std::set<std::string> keys;
  for (const Finding& finding : probe().findings) EXPECT_TRUE(keys.insert(finding.key).second) << finding.key;
}

TEST_F(Probe, RemovesWhatAnEarlierOneLeft) {
  const std::string old = "godwit-probe-0123456789abcdef";
  for (const std::string& name : {old, old + "/messages", old + "-role"}) mailbox_.folder(name).add("old");
  for (const char* name : {"godwit-probe-notes", "godwit-probe-my-own-notes-yes", "godwit-probe-0123456789abcdefg"}) mailbox_.folder(name);
  const Report report = probe();
  EXPECT_EQ(report.swept, 3U);
  EXPECT_EQ(mailbox_.folders.count("godwit-probe-0123456789abcdef/messages"), 0U);
  EXPECT_EQ(mailbox_.folders.count("godwit-probe-notes"), 1U) << "a folder of somebody";
  EXPECT_EQ(mailbox_.folders.count("godwit-probe-my-own-notes-yes"), 1U) << "a folder of somebody";
  EXPECT_EQ(mailbox_.folders.count("godwit-probe-0123456789abcdefg"), 1U) << "a folder of somebody";
}

TEST_F(Probe, KeepsItsFoldersByOrder) {
  options_.keeps_folders = true;
  const Report report = probe();
  EXPECT_THAT(report.left_behind, Contains(testing::EndsWith("/messages")));
  EXPECT_EQ(mailbox_.folders.size(), 2 + report.left_behind.size());
  options_.keeps_folders = false;
  EXPECT_EQ(probe().swept, report.left_behind.size());
  EXPECT_EQ(mailbox_.folders.size(), 2U);
}

class StoppedProbe : public Probe {
  void on_step(std::string_view step) override { stop_ = step == "dates"; }
};

TEST_F(StoppedProbe, RemovesItsFolders) {
  const auto report = try_out();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::canceled);
  EXPECT_EQ(mailbox_.folders.size(), 2U);
}

// One fault, and the findings that must tell of it; `grave` are all that are grave.
struct FaultCase {
  std::string name;
  std::function<void(test::Faults&, MemoryMailbox&)> spoil;
  std::vector<std::string> found;
  std::vector<std::string> grave;
};

class FaultyProbe : public Probe, public testing::WithParamInterface<FaultCase> {};

TEST_P(FaultyProbe, FindsTheFault) {
  GetParam().spoil(faults_, mailbox_);
  const Report report = probe();
  for (const std::string& key : GetParam().found) {
    const Finding* const finding = report.find(key);
    ASSERT_NE(finding, nullptr) << key;
    EXPECT_TRUE(finding->outcome == Outcome::altered || finding->outcome == Outcome::broken || finding->outcome == Outcome::refused ||
                finding->outcome == Outcome::not_told)
        << key << " is " << name_of(finding->outcome);
    EXPECT_FALSE(finding->detail.empty() && finding->server_text.empty() && finding->outcome != Outcome::not_told) << key;
  }
  EXPECT_THAT(grave_keys_of(report), UnorderedElementsAreArray(GetParam().grave));
  EXPECT_EQ(report.is_usable(), GetParam().grave.empty());
}

Error refused(std::string text) { return {ErrorKind::refused, "the server refused it", std::move(text), {}}; }

bool has_hazard(std::string_view bytes, mime::Hazards::Kind kind) { return (mime::find_hazards(bytes).kinds & kind) != 0; }

std::optional<Error> refuses_nul(std::string_view bytes) {
  return has_hazard(bytes, mime::Hazards::nul) ? std::optional(refused("no NUL")) : std::nullopt;
}

void make_small(std::string& text) { text = to_lower(text); }

std::vector<FaultCase> make_cases() {
  using test::Faults;
  const std::vector<std::string> system{"flags.seen", "flags.answered", "flags.flagged", "flags.deleted", "flags.draft"};
  return {
      {"LosesSystemFlags", [](Faults& faults, MemoryMailbox&) { faults.lose_flags = [](MessageFlags& flags) { flags.system = 0; }; },
       system, system},
      {"LosesOneKeyword",
       [](Faults& faults, MemoryMailbox&) {
         faults.lose_flags = [](MessageFlags& flags) { std::erase(flags.keywords, "$Forwarded"); };
       },
       {"flags.forwarded"}, {"flags.forwarded"}},
      {"HasTenKeywords",
       [](Faults& faults, MemoryMailbox&) {
         faults.lose_flags = [](MessageFlags& flags) { flags.keywords.resize(std::min<std::size_t>(flags.keywords.size(), 10)); };
       },
       {"flags.number"}, {"flags.number"}},
      {"WritesKeywordsSmall",
       [](Faults& faults, MemoryMailbox&) {
         faults.lose_flags = [](MessageFlags& flags) { std::ranges::for_each(flags.keywords, make_small); };
       },
       {"flags.spelling"}, {}},
      {"IgnoresChangesOfFlags", [](Faults& faults, MemoryMailbox&) { faults.ignores_flag_changes = true; },
       {"flags.store", "changes.flags"}, {"flags.store", "listing.changes", "changes.flags"}},
      {"ForgetsDates",
       [](Faults& faults, MemoryMailbox&) { faults.alter_date = [](std::string& date) { date = "02-Feb-2002 02:02:02 +0000"; }; },
       {"dates.second", "dates.before-1970", "dates.2037"}, {"dates.second", "dates.east", "dates.west"}},
      {"LosesSeconds", [](Faults& faults, MemoryMailbox&) { faults.alter_date = [](std::string& date) { date.replace(18, 2, "00"); }; },
       {"dates.second"}, {"dates.second", "dates.east"}},
      {"GivesNoDate", [](Faults& faults, MemoryMailbox&) { faults.alter_date = [](std::string& date) { date.clear(); }; },
       {"dates.second", "listing.date"},
       {"dates.second", "dates.east", "dates.west", "changes.move-keeps"}},
      {"KnowsNoFuture",
       [](Faults& faults, MemoryMailbox&) {
         faults.alter_date = [](std::string& date) {
           if (date.contains("2037") || date.contains("2040")) date = "01-Jan-2026 00:00:00 +0000";
         };
       },
       {"dates.2037", "dates.after-2038"}, {}},
      {"TellsDatesInUtc", [](Faults& faults, MemoryMailbox&) {
         faults.alter_date = [](std::string& date) { date = date == "17-Jul-1996 02:44:25 -0700" ? "17-Jul-1996 09:44:25 +0000" : date; };
       }, {"dates.zone"}, {}},
      {"AltersNul",
       [](Faults& faults, MemoryMailbox&) { faults.alter = [](std::string& bytes) { std::ranges::replace(bytes, '\0', '\x80'); }; },
       {"messages.nul"}, {}},
      {"BreaksLongLines",
       [](Faults& faults, MemoryMailbox&) {
         faults.alter = [](std::string& bytes) {
           if (const auto at = bytes.find(std::string(2'000, 'l')); at != std::string::npos) bytes.insert(at + 998, "\r\n ");
         };
       },
       {"messages.line-2000", "messages.line-10000", "messages.line-100000"},
       {"messages.line-2000", "messages.line-10000", "messages.line-100000"}},
      {"TakesFromLinesAway",
       [](Faults& faults, MemoryMailbox&) {
         faults.alter = [](std::string& bytes) { if (bytes.starts_with("From ")) bytes.erase(0, bytes.find('\n') + 1); };
       },
       {"messages.from-line"}, {"messages.from-line"}},
      {"EndsEmptyMessages",
       [](Faults& faults, MemoryMailbox&) { faults.alter = [](std::string& bytes) { if (bytes.empty()) bytes = "\r\n"; }; },
       {"messages.empty"}, {}},
      {"RefusesNul",
       [](Faults& faults, MemoryMailbox&) {
         faults.refuse_message = refuses_nul;
       },
       {"messages.nul"}, {}},
      {"EndsTheSessionAtBareNewlines",
       [](Faults& faults, MemoryMailbox&) {
         faults.refuse_message = [](std::string_view bytes) {
           const Error closed{ErrorKind::network, "closed", {}, {}};
           return has_hazard(bytes, mime::Hazards::bare_newline) ? std::optional(closed) : std::nullopt;
         };
       },
       {"messages.bare-cr", "messages.bare-lf"}, {}},
      {"StoresNothing",
       [](Faults&, MemoryMailbox& mailbox) { mailbox.append_fault.kind = MemoryMailbox::AppendFault::Kind::store_nothing; },
       {"messages.plain", "dates.second", "append.uids", "append.duplicates", "listing.read"},
       {"append.uids", "append.batch-uids", "append.duplicates", "append.other-folder", "listing.read"}},
      {"KeepsPartOfARefusedBatch",
       [](Faults& faults, MemoryMailbox&) {
         faults.keeps_part = true;
         faults.refuse_message = refuses_nul;
       },
       {"append.batch-whole"}, {}},
      {"TellsNoUids", [](Faults&, MemoryMailbox& mailbox) { mailbox.append_fault.kind = MemoryMailbox::AppendFault::Kind::no_uids; },
       {"append.uids", "append.batch-uids"}, {}},
      {"TellsWrongUids", [](Faults& faults, MemoryMailbox&) { faults.shifts_uids = true; }, {"append.uids", "append.batch-uids"},
       {"append.uids", "append.batch-uids"}},
      {"ReversesBatches", [](Faults& faults, MemoryMailbox&) { faults.reverses_batches = true; }, {"append.batch", "append.batch-uids"},
       {"append.batch", "append.batch-uids"}},
      {"TakesNoBatches", [](Faults&, MemoryMailbox& mailbox) { mailbox.batch_messages = 1; }, {"append.batch"}, {}},
      {"MergesDuplicates", [](Faults& faults, MemoryMailbox&) { faults.merges_duplicates = true; },
       {"append.duplicates", "append.other-folder"}, {"append.duplicates", "append.other-folder", "listing.read"}},
      {"MissesAUid", [](Faults& faults, MemoryMailbox&) { faults.misses_uids = true; }, {"listing.search", "listing.search-from"},
       {"listing.search", "listing.search-from"}},
      {"CountsWrong", [](Faults& faults, MemoryMailbox&) { faults.counts_wrong = true; }, {"listing.count"}, {}},
      {"TellsWrongSizes", [](Faults& faults, MemoryMailbox&) { faults.tells_wrong_sizes = true; }, {"listing.size"}, {}},
      {"GivesOtherMessages", [](Faults& faults, MemoryMailbox&) { faults.gives_others = true; }, {"listing.missing"}, {"listing.missing"}},
      {"HidesChanges", [](Faults& faults, MemoryMailbox&) { faults.hides_changes = true; }, {"listing.changes"}, {"listing.changes"}},
      {"TellsNoChanges", [](Faults&, MemoryMailbox& mailbox) { mailbox.tells_changes = false; }, {"listing.changes"}, {}},
      {"MovesAll", [](Faults& faults, MemoryMailbox&) { faults.moves_all = true; }, {"changes.move"},
       {"changes.move", "changes.move-uids"}},
      {"RefusesMoves", [](Faults&, MemoryMailbox& mailbox) { mailbox.refuses_moves = true; }, {"changes.move"}, {}},
      {"RemovesAll", [](Faults& faults, MemoryMailbox&) { faults.removes_all = true; }, {"changes.remove"}, {"changes.remove"}},
      {"RefusesRemovals", [](Faults&, MemoryMailbox& mailbox) { mailbox.refuses_removals = true; }, {"changes.remove"}, {}},
      {"MarksAll", [](Faults& faults, MemoryMailbox&) { faults.marks_all = true; }, {"changes.flags"}, {"changes.flags"}},
      {"Renumbers", [](Faults& faults, MemoryMailbox&) { faults.renumbers = true; }, {"lasting.uid-validity"},
       {"lasting.uid-validity", "append.uids", "append.batch-uids"}},
      {"RenumbersRenamed", [](Faults& faults, MemoryMailbox&) { faults.renumbers_renamed = true; }, {"names.rename-uids"}, {}},
      {"IgnoresSubscriptions", [](Faults& faults, MemoryMailbox&) { faults.ignores_subscriptions = true; }, {"names.subscribe"}, {}},
      {"CutsTrailingBlanks",
       [](Faults& faults, MemoryMailbox&) {
         faults.rename = [](endpoint::FolderPath& path) {
           std::string& name = path.segments.back();
           while (name.ends_with(' ')) name.pop_back();
         };
       },
       {"names.trailing-blank"}, {}},
      {"KnowsNoCase",
       [](Faults& faults, MemoryMailbox&) {
         faults.rename = [](endpoint::FolderPath& path) { make_small(path.segments.back()); };
       },
       {"names.case-upper", "names.twins-apart"}, {}},
      {"RefusesLongNames",
       [](Faults& faults, MemoryMailbox&) {
         faults.refuse_folder = [](const endpoint::FolderPath& path) {
           return path.segments.back().size() > 200 ? std::optional(refused("name too long")) : std::nullopt;
         };
       },
       {"names.255-bytes"}, {}},
      {"HasNoFoldersBelowFolders",
       [](Faults& faults, MemoryMailbox&) {
         faults.refuse_folder = [](const endpoint::FolderPath& path) {
           return path.segments.size() > 1 ? std::optional(refused("flat")) : std::nullopt;
         };
       },
       {"names.nested"}, {}},
  };
}

INSTANTIATE_TEST_SUITE_P(Every, FaultyProbe, testing::ValuesIn(make_cases()),
                         [](const testing::TestParamInfo<FaultCase>& info) { return info.param.name; });

TEST_F(Probe, SeesThatARefusedBatchIsNotThere) {
  mailbox_.refuses = [](const std::string& bytes) { return has_hazard(bytes, mime::Hazards::nul); };
  EXPECT_EQ(probe().find("append.batch-whole")->outcome, Outcome::kept);
}

TEST_F(Probe, RemovesItsFoldersOnOneSessionWhereNoMoreAreLetIn) {
  options_.amounts.connections = 0;
  faults_.most_sessions = 2;
  const Report report = probe();
  EXPECT_THAT(report.left_behind, IsEmpty());
  EXPECT_EQ(report.find("limits.connections"), nullptr);
}

TEST_F(Probe, CountsConnectionsUntilOneIsRefused) {
  faults_.most_sessions = 4;
  const Report report = probe();
  EXPECT_EQ(report.measures.connections, 4U);
  EXPECT_TRUE(report.measures.is_connection_limit);
  EXPECT_EQ(report.find("limits.connections")->server_text, "too many connections");
  EXPECT_THAT(plan_lines(report), ElementsAre("[target.limits]", testing::StartsWith("connections_per_account = 2  #")));
  EXPECT_THAT(report.left_behind, IsEmpty());
}

TEST_F(Probe, TellsQuotaAndLargestMessage) {
  mailbox_.facts.tells_quota = true;
  mailbox_.facts.quotas = {{"root", endpoint::QuotaUse{1 << 20, 10 << 20}, std::nullopt}};
  mailbox_.append_limit = 35'651'584;
  const Report report = probe();
  EXPECT_EQ(report.find("limits.quota")->detail, "root: 1.0 MiB of 10.0 MiB");
  EXPECT_THAT(plan_lines(report), ElementsAre("[rules]", testing::StartsWith("size_limit = \"35651584\"")));
}

TEST_F(Probe, AsksForTheRepairsOfWhatIsRefused) {
  faults_.refuse_message = [](std::string_view bytes) {
    return mime::find_hazards(bytes).any() ? std::optional(refused("malformed")) : std::nullopt;
  };
  const std::string rules = R"(repair = ["header-8bit", "nul", "bare-newline", "final-newline"])";
  EXPECT_THAT(plan_lines(probe()), ElementsAre("[rules]", testing::StartsWith(rules)));
}

TEST_F(Probe, TellsOfACheckThatComesToNoEnd) {
  mailbox_.on_call = [this] {
    if (!steps_.empty() && steps_.back() == "listing") mailbox_.lose_session_at = 1;
  };
  const Report report = probe();
  EXPECT_EQ(report.find("listing.complete")->harm, Harm::grave);
  EXPECT_NE(report.find("changes.move"), nullptr) << "the others go on";
}

// Whenever a session is lost: no crash, an end, and the next run leaves nothing behind.
TEST_F(Probe, BearsTheLossOfASessionAtAnyCall) {
  options_.amounts = {.connections = 3, .keywords = 3, .small_messages = 1, .megabytes = 0};
  ASSERT_TRUE(try_out());
  const std::uint64_t calls = mailbox_.calls;
  ASSERT_GT(calls, 300U);
  for (std::uint64_t call = 1; call <= calls; call += 61) {
    mailbox_.lose_session_at = call;
    const auto report = try_out();
    if (!report) EXPECT_EQ(report.error().kind, ErrorKind::network) << call;
  }
  mailbox_.lose_session_at = 0;
  EXPECT_TRUE(probe().is_usable());
  EXPECT_EQ(mailbox_.folders.size(), 2U);
}

TEST_F(Probe, IsReadableAsTextAndAsJson) {
  faults_.alter = [](std::string& bytes) { std::ranges::replace(bytes, '\0', '\x80'); };
  faults_.lose_flags = [](MessageFlags& flags) { flags.system = 0; };
  faults_.refuse_folder = [](const endpoint::FolderPath& path) {
    return path.segments.back().contains('%') ? std::optional(refused("no \x1b[31mpercent")) : std::nullopt;
  };
  const Report report = probe();
  const std::string text = to_text(report, 80);
  EXPECT_THAT(text, HasSubstr("\nMessages\n  kept     plain text · "));
  EXPECT_THAT(text, HasSubstr("  altered  NUL bytes: 1 byte differs, the first at offset"));
  EXPECT_THAT(text, HasSubstr("           → it is read back; reported as altered, with the difference\n"));
  EXPECT_THAT(text, HasSubstr("  refused  %: the server refused it (\"no \\x1b[31mpercent\")\n"));
  EXPECT_THAT(text, HasSubstr("\nNOT usable as a target as it is."));
  EXPECT_THAT(text, HasSubstr("  ! \\Seen: lost: \\Seen\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const nlohmann::json json = to_json(report);
  EXPECT_FALSE(json["usable"].get<bool>());
  EXPECT_EQ(json["findings"].size(), report.findings.size());
  EXPECT_THAT(json.dump(), HasSubstr(R"("outcome":"altered")"));
}

TEST_F(Probe, SaysWhatFollowsFromWhateverIsNotKept) {
  faults_.lose_flags = [](MessageFlags& flags) { flags = {}; };
  faults_.alter = [](std::string& bytes) { bytes += "x"; };
  faults_.alter_date = [](std::string& date) { date = "02-Feb-2002 02:02:02 +0000"; };
  faults_.misses_uids = faults_.tells_wrong_sizes = faults_.hides_changes = faults_.removes_all = true;
  mailbox_.moves_messages = false;
  for (const Finding& finding : probe().findings) {
    if (finding.harm == Harm::grave && finding.outcome == Outcome::altered) EXPECT_THAT(advice_for(finding), Not(IsEmpty())) << finding.key;
  }
}

TEST(ProbeSpecimens, HaveKeysOfTheirOwnAndTheFirstIsOrdinary) {
  const auto specimens = make_specimens(true);
  std::set<std::string> keys;
  for (const Specimen& specimen : specimens) EXPECT_TRUE(keys.insert(specimen.key).second) << specimen.key;
  EXPECT_FALSE(mime::find_hazards(specimens.front().bytes).any());
  EXPECT_GT(specimens.back().bytes.size(), 25U << 20U);
  EXPECT_EQ(make_specimens(false).size(), specimens.size() - 1);
}

}  // namespace
}  // namespace godwit::probe
