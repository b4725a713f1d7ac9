// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/collections.h"
#include "cli/console.h"
#include "cli/long_run.h"
#include "cli/password.h"

namespace godwit::cli {
namespace {

using endpoint::Collection;
using endpoint::NewResource;
using endpoint::PutOutcome;
using endpoint::Resource;

constexpr std::string_view own_name = "godwit-probe";
constexpr std::size_t many = 55;  // more than are asked for at once

struct Check {
  std::string kind, name;
  bool is_ok = false;
  std::string said{};
};

std::string event(const std::string& uid, std::string_view title, std::string_view more = {}) {
  return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//godwit//probe//EN\r\nBEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:20260101T080000Z\r\n"
                     "DTSTART:20360301T090000Z\r\nDTEND:20360301T093000Z\r\nSUMMARY:{}\r\n{}END:VEVENT\r\nEND:VCALENDAR\r\n",
                     uid, title, more);
}

std::string card(const std::string& uid, std::string_view name) {
  return fmt::format("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{}\r\nFN:{}\r\nN:{};;;;\r\nEND:VCARD\r\n", uid, name, name);
}

// Tries one kind of collection. After an error of the session there is nothing more to try.
class Trial {
 public:
  Trial(endpoint::CollectionTargetSession& session, CollectionKind kind, std::string guest, std::vector<Check>& checks)
      : session_(session), kind_(kind), guest_(std::move(guest)), checks_(checks) {}

  [[nodiscard]] Task<Result<>> run() {
    GODWIT_CO_CHECK(co_await prepare());
    GODWIT_CO_CHECK(co_await try_new());
    GODWIT_CO_CHECK(co_await try_changes());
    GODWIT_CO_CHECK(co_await try_refusals());
    GODWIT_CO_CHECK(co_await try_removal());
    GODWIT_CO_CHECK(co_await try_many());
    if (!guest_.empty() && kind_ == CollectionKind::calendar) GODWIT_CO_CHECK(co_await try_guest());
    co_return Result<>{};
  }

 private:
  void check(std::string name, bool is_ok, std::string said = {}) {
    checks_.push_back({std::string(name_of(kind_)), std::move(name), is_ok, std::move(said)});
  }
  [[nodiscard]] std::string item(const std::string& uid, std::string_view title) const {
    return kind_ == CollectionKind::calendar ? event(uid, title) : card(uid, title);
  }
  static std::string text_of(const PutOutcome& outcome) {
    constexpr std::array names{"stored", "exists", "changed", "refused"};
    std::string text = names.at(static_cast<std::size_t>(outcome.kind));
    return outcome.kind == PutOutcome::Kind::refused ? text + ": " + describe(outcome.error) : text;
  }
  [[nodiscard]] Task<Result<PutOutcome>> put(const std::string& uid, const std::string& bytes, const std::string& name = {},
                                             const std::string& version = {}) {
    const NewResource one{.uid = uid, .name = name, .version = version, .bytes = bytes};
    GODWIT_CO_TRY(auto outcomes, co_await session_.put(own_, {&one, 1}));
    co_return outcomes.front();
  }
  [[nodiscard]] Task<Result<>> remove_all() {
    GODWIT_CO_TRY(const auto there, co_await session_.changes(own_, {}));
    GODWIT_CO_TRY(const auto removed, co_await session_.remove(own_, there.present));
    for (const auto& each : removed) GODWIT_CO_CHECK(each);
    co_return Result<>{};
  }

  // The collection of an earlier run is used again, whatever was left in it.
  [[nodiscard]] Task<Result<>> prepare() {
    GODWIT_CO_TRY(auto all, co_await session_.collections());
    const auto is_own = [&](const Collection& each) { return each.kind == kind_ && each.short_name.starts_with(own_name); };
    const auto found = std::ranges::find_if(all, is_own);
    endpoint::CollectionProperties properties;
    properties.display_name = "godwit probe \xC3\xA9 & <x>";
    properties.description = "Made by godwit probe";
    properties.color = "#3366CC";
    if (kind_ == CollectionKind::calendar) properties.order = 7;
    if (found != all.end()) {
      own_ = *found;
      GODWIT_CO_CHECK(co_await remove_all());
      GODWIT_CO_TRY(const auto left_out, co_await session_.change_properties(own_, properties));
      check("properties are taken", left_out.empty(), fmt::format("{}", fmt::join(left_out, ", ")));
    } else {
      endpoint::NewCollection wanted{.kind = kind_, .short_name = std::string(own_name), .properties = properties};
      GODWIT_CO_TRY(own_, co_await session_.create(wanted));
      check("a collection is made", true, own_.name);
    }
    GODWIT_CO_TRY(all, co_await session_.collections());
    const auto listed = std::ranges::find(all, own_.name, &Collection::name);
    const bool is_there = listed != all.end() && listed->kind == kind_ && listed->is_writable && !listed->is_shared;
    check("it is listed", is_there);
    if (!is_there) co_return Result<>{};
    const auto& kept = listed->properties;
    check("its name is kept", kept.display_name == properties.display_name, kept.display_name);
    check("its description is kept", kept.description == properties.description, kept.description);
    check("its colour is kept", kept.color == properties.color, kept.color);
    check("its order is kept", kept.order == properties.order);
    own_ = *listed;
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<>> try_new() {
    const std::string bytes = item("godwit-probe-1", "One");
    GODWIT_CO_TRY(first_, co_await put("godwit-probe-1", bytes));
    check("an item is stored", first_.kind == PutOutcome::Kind::stored, text_of(first_));
    check("its version is told", !first_.version.empty());
    GODWIT_CO_TRY(const PutOutcome again, co_await put("godwit-probe-1", bytes));
    check("the same item is not stored twice", again.kind == PutOutcome::Kind::exists && again.name == first_.name, text_of(again));
    GODWIT_CO_TRY(const auto odd, co_await put("odd/uid %2F \xC3\xA9?#", item("odd/uid %2F \xC3\xA9?#", "Odd")));
    check("an odd UID is stored", odd.kind == PutOutcome::Kind::stored, text_of(odd));
    GODWIT_CO_TRY(const auto listed, co_await session_.changes(own_, {}));
    const auto found = std::ranges::find(listed.present, first_.name, &Resource::name);
    check("a listing shows both", listed.is_whole && listed.present.size() == 2 && found != listed.present.end(),
          fmt::format("{} items", listed.present.size()));
    if (found == listed.present.end()) co_return Result<>{};
    check("the version is the one that was told", first_.version.empty() || found->version == first_.version, found->version);
    first_.version = found->version;
    state_ = listed.state;
    const std::vector<std::string> names{first_.name, "godwit-probe-is-not-there.ics", odd.name};
    GODWIT_CO_TRY(const auto contents, co_await session_.fetch(own_, names));
    check("items are read back", contents[0] && contents[2] && contents[0]->bytes.contains("godwit-probe-1"));
    check("bytes are kept as they were", contents[0] && contents[0]->bytes == bytes, contents[0] ? contents[0]->bytes : std::string());
    check("what is not there is told as such", !contents[1] && contents[1].error().kind == ErrorKind::not_found);
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<>> try_changes() {
    check("a state is told", !state_.empty());
    GODWIT_CO_TRY(const auto quiet, co_await session_.changes(own_, state_));
    check("nothing has changed", !quiet.is_whole && quiet.present.empty() && quiet.gone.empty());
    const std::string old = first_.version;
    GODWIT_CO_TRY(const auto replaced, co_await put("godwit-probe-1", item("godwit-probe-1", "Two"), first_.name, old));
    check("an item is replaced", replaced.kind == PutOutcome::Kind::stored, text_of(replaced));
    GODWIT_CO_TRY(const auto late, co_await put("godwit-probe-1", item("godwit-probe-1", "Three"), first_.name, old));
    check("one that has changed is not replaced", late.kind == PutOutcome::Kind::changed, text_of(late));
    GODWIT_CO_TRY(const auto gone, co_await put("godwit-probe-9", item("godwit-probe-9", "Nine"), "godwit-probe-9.ics", old));
    check("one that is gone is not replaced", gone.kind == PutOutcome::Kind::changed, text_of(gone));
    GODWIT_CO_TRY(const auto changed, co_await session_.changes(own_, state_));
    const auto found = std::ranges::find(changed.present, first_.name, &Resource::name);
    check("the change is told", found != changed.present.end() && found->version != old, fmt::format("{} items", changed.present.size()));
    check("the change alone is told", !changed.is_whole && changed.present.size() == 1 && changed.gone.empty());
    if (found != changed.present.end()) first_.version = found->version;
    state_ = changed.state;
    GODWIT_CO_TRY(const auto forgotten, co_await session_.changes(own_, "s:godwit-no-such-token"));
    check("a state that the server does not know is a new listing", forgotten.is_whole && forgotten.present.size() == 2,
          fmt::format("{} items", forgotten.present.size()));
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<>> try_refusals() {
    GODWIT_CO_TRY(const auto nothing, co_await put("godwit-probe-2", "this is neither a calendar nor a card\r\n"));
    check("what is no item is refused", nothing.kind == PutOutcome::Kind::refused, text_of(nothing));
    const std::string other = kind_ == CollectionKind::calendar ? card("godwit-probe-3", "Card") : event("godwit-probe-3", "Event");
    GODWIT_CO_TRY(const auto stranger, co_await put("godwit-probe-3", other));
    check("an item of another kind is refused", stranger.kind == PutOutcome::Kind::refused, text_of(stranger));
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<>> try_removal() {
    const Resource stale{.name = first_.name, .version = "\"godwit-old\""}, now{.name = first_.name, .version = first_.version};
    GODWIT_CO_TRY(const auto kept, co_await session_.remove(own_, {&stale, 1}));
    check("one that has changed is not removed", !kept[0]);
    GODWIT_CO_TRY(const auto removed, co_await session_.remove(own_, {&now, 1}));
    check("an item is removed", removed[0].has_value(), removed[0] ? std::string() : describe(removed[0].error()));
    GODWIT_CO_TRY(const auto again, co_await session_.remove(own_, {&now, 1}));
    check("one that is gone already is no error", again[0].has_value());
    GODWIT_CO_TRY(const auto changed, co_await session_.changes(own_, state_));
    const bool is_told = std::ranges::find(changed.gone, first_.name) != changed.gone.end();
    check("the removal is told", is_told || (changed.is_whole && changed.present.size() == 1));
    co_return Result<>{};
  }

  [[nodiscard]] Task<Result<>> try_many() {
    std::vector<std::string> uids, bytes;
    for (std::size_t i = 0; i < many; ++i) {
      uids.push_back(fmt::format("godwit-probe-many-{}", i));
      bytes.push_back(item(uids.back(), fmt::format("Number {}", i)));
    }
    std::vector<NewResource> resources;
    for (std::size_t i = 0; i < many; ++i) resources.push_back({.uid = uids[i], .name = {}, .version = {}, .bytes = bytes[i]});
    GODWIT_CO_TRY(const auto outcomes, co_await session_.put(own_, resources));
    const auto stored = std::ranges::count(outcomes, PutOutcome::Kind::stored, &PutOutcome::kind);
    check("many items are stored", static_cast<std::size_t>(stored) == many, fmt::format("{} of {}", stored, many));
    std::vector<std::string> names;
    for (const PutOutcome& each : outcomes) names.push_back(each.name);
    GODWIT_CO_TRY(const auto contents, co_await session_.fetch(own_, names));
    std::size_t right = 0;
    for (std::size_t i = 0; i < many; ++i) right += contents[i] && contents[i]->bytes.contains(fmt::format("UID:{}\r\n", uids[i]));
    check("many items are read back, each in its place", right == many, fmt::format("{} of {}", right, many));
    GODWIT_CO_CHECK(co_await remove_all());
    GODWIT_CO_TRY(const auto left, co_await session_.changes(own_, {}));
    check("all are removed", left.present.empty(), fmt::format("{} left", left.present.size()));
    co_return Result<>{};
  }

  // With its organiser, changed, and removed: on each of these a server that schedules would send mail.
  [[nodiscard]] Task<Result<>> try_guest() {
    const auto with_guest = [&](std::string_view title) {
      return event("godwit-probe-guest", title,
                   fmt::format("ORGANIZER:mailto:{0}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{0}\r\n"
                               "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT=SERVER:mailto:{1}\r\n",
                               organizer_, guest_));
    };
    GODWIT_CO_TRY(auto outcome, co_await put("godwit-probe-guest", with_guest("With a guest")));
    check("an event with a guest is stored", outcome.kind == PutOutcome::Kind::stored, text_of(outcome));
    GODWIT_CO_TRY(const auto listed, co_await session_.changes(own_, {}));
    for (const Resource& each : listed.present) {
      GODWIT_CO_TRY(outcome, co_await put("godwit-probe-guest", with_guest("With a guest, moved"), each.name, each.version));
      check("an event with a guest is replaced", outcome.kind == PutOutcome::Kind::stored, text_of(outcome));
    }
    co_return co_await remove_all();
  }

 public:
  std::string organizer_;

 private:
  endpoint::CollectionTargetSession& session_;
  CollectionKind kind_;
  std::string guest_;
  std::vector<Check>& checks_;
  Collection own_;
  PutOutcome first_;
  std::string state_;
};

Task<Result<>> try_all(endpoint::CollectionTarget& target, const ProbeOptions& options, std::string organizer, std::vector<Check>& checks,
                       std::string& server, const std::atomic<bool>& stop) {
  GODWIT_CO_TRY(const auto session, co_await target.connect());
  server = session->traits().server;
  for (const CollectionKind kind : {CollectionKind::calendar, CollectionKind::address_book}) {
    if (stop) co_return fail(codes::stopped, "stopped by order");
    if (!session->traits().kinds.contains(kind)) continue;
    Trial trial(*session, kind, options.guest, checks);
    trial.organizer_ = organizer;
    GODWIT_CO_CHECK(co_await trial.run());
  }
  session->close();
  co_return Result<>{};
}

// What a migration can do without; all else it cannot.
bool may_fail(const Check& check) {
  return check.name.starts_with("its ") || check.name == "bytes are kept as they were" || check.name == "properties are taken" ||
         check.name == "a state is told" || check.name == "nothing has changed" || check.name == "the change alone is told" ||
         check.name == "an item of another kind is refused";
}

int print(const ProbeOptions& options, const std::string& account, const std::string& server, const std::vector<Check>& checks) {
  const bool is_usable = std::ranges::all_of(checks, [](const Check& each) { return each.is_ok || may_fail(each); });
  const int status = is_usable ? 0 : 1;
  if (options.json) {
    nlohmann::json line{{"event", "probe"}, {"account", account}, {"server", server}, {"exit_status", status}};
    line["checks"] = nlohmann::json::array();
    for (const Check& each : checks) line["checks"].push_back({{"kind", each.kind}, {"name", each.name}, {"ok", each.is_ok}, {"said", each.said}});
    print_json(line);
    return status;
  }
  fmt::print("{}: {}\n", printable(account), printable(server));
  for (const Check& each : checks) {
    const char* const mark = each.is_ok ? " " : may_fail(each) ? "-" : "!";
    fmt::print("{} {:<13} {}{}\n", mark, each.kind, each.name, each.is_ok || each.said.empty() ? "" : ": " + printable(each.said));
  }
  return status;
}

// "alice@example.com" of "davs://alice@example.com@dav.example.com:443".
std::string user_of(std::string_view identity) {
  const auto begin = identity.find("://") + 3;
  return std::string(identity.substr(begin, identity.rfind('@') - begin));
}

}  // namespace

int run_probe_of_collections(const ProbeOptions& options, const Wiring& wiring) {
  const auto open = [&]() -> Result<std::unique_ptr<endpoint::CollectionTarget>> {
    GODWIT_TRY(const auto unopened, wiring.collection_target(options.account, Secret(), options.plain_ok));
    GODWIT_TRY(Secret password, read_password(options.account.password_file, "GODWIT_PASSWORD", unopened->identity()));
    return wiring.collection_target(options.account, std::move(password), options.plain_ok);
  };
  const auto target = open();
  if (!target) return Console(style_for(options.json), {}).failure(target.error());
  const std::string account = (*target)->identity();
  std::atomic<bool> stop{false};
  std::vector<Check> checks;
  std::string server;
  Result<> tried = fail(ErrorKind::bug, "nothing was run");
  const auto run = [&]() -> Task<> { tried = co_await try_all(**target, options, user_of(account), checks, server, stop); };
  run_long(run(), [] {}, [&] { stop = true; });
  if (!tried) return Console(style_for(options.json), account).failure(tried.error());
  return print(options, account, server, checks);
}

}  // namespace godwit::cli
