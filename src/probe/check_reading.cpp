// SPDX-License-Identifier: Apache-2.0
#include "probe/check_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/internal_date.h"
#include "base/sha256.h"
#include "base/text.h"

namespace godwit::probe {
namespace {

using endpoint::Folder;
using endpoint::Item;
using endpoint::Message;

// How often something was not as it should be, and where it was seen first.
struct Faults {
  std::size_t looks = 0, count = 0;
  std::string first;

  void look(bool is_right, const Folder& folder, std::string_view what) {
    ++looks;
    if (!is_right && count++ == 0) first = fmt::format("{}: {}", folder.path.display(), what);
  }
  void tell(Sheet& sheet, std::string key, std::string subject, Harm harm) const {
    sheet.holds(count == 0, std::move(key), std::move(subject), harm, fmt::format("{} of {}, first {}", count, looks, first));
  }
};

struct Given {
  Digest digest;
  std::uint64_t size = 0;
};

struct ReadFolder {
  Folder folder;
  FolderToken state;
  UidSet uids;
  std::map<Uid, Given> messages;  // those that were read
};

class Reading {
 public:
  explicit Reading(std::uint64_t most_messages) : left_(most_messages) {}

  Task<Result<>> look(endpoint::Session& session) {
    GODWIT_CO_TRY(const auto folders, co_await session.folders());
    for (const Folder& folder : folders) {
      if (folder.selectable) GODWIT_CO_CHECK(co_await look(session, folder));
    }
    co_return Result<>{};
  }

  // On another session.
  Task<Result<>> look_again(endpoint::Session& session) {
    GODWIT_CO_TRY(const auto folders, co_await session.folders());
    for (const ReadFolder& before : folders_) {
      const auto same = std::ranges::find(folders, before.folder.path, &Folder::path);
      again_.look(same != folders.end(), before.folder, "the folder is not listed any more");
      if (same != folders.end()) GODWIT_CO_CHECK(co_await look_again(session, *same, before));
    }
    co_return Result<>{};
  }

  void tell(Sheet& sheet) const {
    sheet.measured("reading.amount", "read", fmt::format("{} of {} messages in {} folders, {}", grouped(read_), grouped(listed_),
                                                         folders_.size(), format_bytes(bytes_)));
    counts_.tell(sheet, "reading.count", "the number of messages is that of the list", Harm::told);
    numbers_.tell(sheet, "reading.uids", "numbers ascend, and stay below the next one", Harm::grave);
    given_.tell(sheet, "reading.messages", "every message that is listed can be read", Harm::told);
    tell_sizes(sheet);
    flags_.tell(sheet, "reading.flags", "flags are the same in the list and with the message", Harm::grave);
    dates_.tell(sheet, "reading.dates", "every message has a date, the same as in the list", Harm::told);
    missing_.tell(sheet, "reading.missing", "nothing is given for a number that nobody has", Harm::grave);
    again_.tell(sheet, "reading.again", "a second session has the same folders and numbers", Harm::grave);
    bytes_again_.tell(sheet, "reading.bytes", "a message that is read twice has the same bytes", Harm::grave);
  }

 private:
  static constexpr std::size_t read_twice = 20;  // of a folder

  void tell_sizes(Sheet& sheet) const {
    const std::string key = "reading.size", subject = "a message has the size that it is listed with";
    if (sizes_.count == 0) return sheet.kept(key, subject);
    sheet.altered(key, subject, Harm::told, fmt::format("{} of {} are estimates, first {}", sizes_.count, sizes_.looks, sizes_.first));
  }

  Task<Result<>> look(endpoint::Session& session, const Folder& folder) {
    ReadFolder found{folder, {}, {}, {}};
    const auto view = session.open(folder);
    auto state = co_await view->state();
    if (!state && !ends_session(state.error())) {
      given_.look(false, folder, state.error().what);
      co_return Result<>{};
    }
    GODWIT_CO_TRY(found.state, std::move(state));
    GODWIT_CO_TRY(found.uids, co_await view->uids(1)->get());
    const std::uint64_t count = found.uids.size();
    listed_ += count;
    counts_.look(found.state.messages == count, folder, fmt::format("it tells {}, and lists {}", found.state.messages, count));
    std::map<Uid, Item> items;
    if (count > 0) GODWIT_CO_CHECK(co_await list(*view, found, items));
    UidSet rest = found.uids;
    const UidSet chosen = rest.take_first(left_);
    left_ -= chosen.size();
    GODWIT_CO_CHECK(co_await read(session, found, chosen, items));
    GODWIT_CO_CHECK(co_await read_missing(session, found));
    folders_.push_back(std::move(found));
    co_return Result<>{};
  }

  Task<Result<>> list(endpoint::FolderView& view, const ReadFolder& found, std::map<Uid, Item>& items) {
    const auto reader = view.list(found.uids, 0, {.date = true, .size = true});
    Uid last = 0;
    while (true) {
      GODWIT_CO_TRY(const auto page, co_await reader->next());
      if (page.empty()) break;
      for (const Item& item : page) {
        numbers_.look(item.uid > last && item.uid < found.state.uid_next, found.folder,
                      fmt::format("UID {} behind {}, and the next is to be {}", item.uid, last, found.state.uid_next));
        last = item.uid;
        items.emplace(item.uid, item);
      }
    }
    counts_.look(items.size() == found.uids.size(), found.folder,
                 fmt::format("{} UIDs, and {} messages with their flags", found.uids.size(), items.size()));
    co_return Result<>{};
  }

  // A message that cannot be read ends the reading: the next ones are asked for anew.
  Task<Result<>> read(endpoint::Session& session, ReadFolder& found, UidSet wanted, const std::map<Uid, Item>& items) {
    while (!wanted.empty()) {
      const auto view = session.open(found.folder);
      GODWIT_CO_CHECK(co_await view->state());
      const auto reader = view->fetch(wanted);
      const auto done = co_await read_some(*reader, found, wanted, items);
      if (done) break;
      if (done.error().kind != ErrorKind::refused) co_return done;
      const Uid bad = wanted.first();
      given_.look(false, found.folder, fmt::format("UID {}: {}", bad, done.error().what));
      wanted = wanted.without(UidSet::of_range(bad, bad));
    }
    for (const UidRange& range : wanted.ranges()) {
      for (std::uint64_t uid = range.first; uid <= range.last; ++uid) given_.look(false, found.folder, fmt::format("UID {}", uid));
    }
    co_return Result<>{};
  }

  // What was given is taken from `wanted`.
  Task<Result<>> read_some(endpoint::MessageReader& reader, ReadFolder& found, UidSet& wanted, const std::map<Uid, Item>& items) {
    while (true) {
      GODWIT_CO_TRY(const auto message, co_await reader.next());
      if (!message) co_return Result<>{};
      GODWIT_CO_TRY(const Given given, co_await digest_of(reader, *message));
      missing_.look(wanted.contains(message->uid), found.folder, fmt::format("UID {} was given, and not asked for", message->uid));
      wanted = wanted.without(UidSet::of_range(message->uid, message->uid));
      found.messages.emplace(message->uid, given);
      given_.look(true, found.folder, "");
      if (const auto item = items.find(message->uid); item != items.end()) compare(found.folder, *message, given, item->second);
    }
  }

  static Task<Result<Given>> digest_of(endpoint::MessageReader& reader, const Message& message) {
    if (!message.streamed) co_return Given{sha256(message.bytes), message.bytes.size()};
    Sha256 sum;
    Given given;
    while (true) {
      GODWIT_CO_TRY(const auto piece, co_await reader.read());
      if (piece.empty()) break;
      sum.update({piece.data(), piece.size()});
      given.size += piece.size();
    }
    given.digest = sum.finish();
    co_return given;
  }

  void compare(const Folder& folder, const Message& message, const Given& given, const Item& item) {
    ++read_;
    bytes_ += given.size;
    const auto of = [&](std::string_view what) { return fmt::format("UID {}: {}", message.uid, what); };
    sizes_.look(item.size == 0 || item.size == given.size, folder, of(fmt::format("{} bytes told, {} given", item.size, given.size)));
    flags_.look(message.flags == item.flags, folder, of("other flags"));
    const auto date = InternalDate::parse(message.date), listed = InternalDate::parse(item.date);
    dates_.look(date && (!listed || date->same_instant(*listed)), folder, of(date ? "another date" : "no date"));
  }

  Task<Result<>> read_missing(endpoint::Session& session, const ReadFolder& found) {
    constexpr Uid beyond = 1'000;
    if (found.state.uid_next > ~Uid{0} - beyond) co_return Result<>{};
    const Uid nobodys = found.state.uid_next + beyond;
    const auto view = session.open(found.folder);
    GODWIT_CO_CHECK(co_await view->state());
    const auto reader = view->fetch(UidSet::of_range(nobodys, nobodys));
    const auto told = co_await reader->next();
    if (!told && ends_session(told.error())) co_return std::unexpected(told.error());
    missing_.look(!told || !*told, found.folder, fmt::format("UID {} has nobody, and something is given", nobodys));
    co_return Result<>{};
  }

  Task<Result<>> look_again(endpoint::Session& session, const Folder& folder, const ReadFolder& before) {
    const auto view = session.open(folder);
    GODWIT_CO_TRY(const FolderToken state, co_await view->state());
    GODWIT_CO_TRY(const UidSet uids, co_await view->uids(1)->get());
    again_.look(state.uid_validity == before.state.uid_validity, folder, "another UIDVALIDITY");
    again_.look(before.uids.without(uids).empty(), folder, "other UIDs: " + before.uids.without(uids).to_string());
    ReadFolder second{folder, state, uids, {}};
    UidSet wanted;
    for (const auto& [uid, given] : before.messages) {
      if (wanted.size() < read_twice && uids.contains(uid)) wanted.add(uid);
    }
    if (wanted.empty()) co_return Result<>{};
    const auto reader = view->fetch(wanted);
    GODWIT_CO_CHECK(co_await read_some(*reader, second, wanted, {}));
    for (const auto& [uid, given] : second.messages) {
      bytes_again_.look(given.digest == before.messages.at(uid).digest, folder, fmt::format("UID {}", uid));
    }
    co_return Result<>{};
  }

  std::uint64_t left_;  // messages that may still be read
  std::vector<ReadFolder> folders_;
  std::uint64_t listed_ = 0, read_ = 0, bytes_ = 0;
  Faults counts_, numbers_, given_, sizes_, flags_, dates_, missing_, again_, bytes_again_;
};

// Bytes, flags and moments of a folder's messages, in their order.
using Written = std::vector<std::tuple<std::string, MessageFlags, std::int64_t>>;

Written written_of(const Contents& contents) {
  Written all;
  for (const Message& message : contents.messages) {
    all.emplace_back(message.bytes, message.flags, InternalDate::parse(message.date).value_or(InternalDate{}).seconds);
  }
  return all;
}

}  // namespace

Task<Result<>> check_reading(endpoint::Source& source, Sheet& sheet, const Amounts& amounts, endpoint::ServerFacts& facts) {
  GODWIT_CO_TRY(auto session, co_await source.connect());
  Reading reading(amounts.read_messages);
  if (auto told = co_await session->facts()) facts = *std::move(told);
  const std::string caveat = session->traits().caveat;
  auto done = co_await reading.look(*session);
  session->close();  // a maildrop of POP3 lets one in at a time
  session.reset();
  if (done) {
    auto second = co_await source.connect();
    done = second ? co_await reading.look_again(**second) : Result<>(std::unexpected(std::move(second).error()));
    if (second) (*second)->close();
  }
  reading.tell(sheet);
  if (!caveat.empty()) sheet.not_told("reading.caveat", "what its messages do not have", caveat);
  if (!done) sheet.refused("reading.complete", "the reading came to no end", done.error(), Harm::grave);
  co_return Result<>{};
}

Task<Result<>> check_written(Stage& stage, Stage& as_source, Sheet& sheet) {
  GODWIT_CO_TRY(auto* const session, co_await as_source.reader());
  GODWIT_CO_TRY(const auto folders, co_await session->folders());
  GODWIT_CO_TRY(const auto written, co_await stage.listed());
  Faults faults;
  for (const Folder& folder : written) {
    if (!folder.selectable) continue;
    const auto same = std::ranges::find(folders, folder.path, &Folder::path);
    faults.look(same != folders.end(), folder, "not listed");
    if (same == folders.end()) continue;
    GODWIT_CO_TRY(const Contents there, co_await stage.read(folder));
    GODWIT_CO_TRY(const Contents here, co_await as_source.read(*same));
    faults.look(written_of(here) == written_of(there), folder, "other messages, flags, dates, or another order");
  }
  as_source.drop();
  faults.tell(sheet, "reading.written", "a source gives what was written, in its order", Harm::grave);
  co_return Result<>{};
}

}  // namespace godwit::probe
