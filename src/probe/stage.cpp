// SPDX-License-Identifier: Apache-2.0
#include "probe/stage.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

#include "probe/specimens.h"
#include "sync/probe.h"

namespace godwit::probe {

using endpoint::Folder;
using endpoint::FolderPath;
using endpoint::Message;

bool ends_session(const Error& error) {
  switch (error.kind) {
    case ErrorKind::network:
    case ErrorKind::timeout:
    case ErrorKind::tls:
    case ErrorKind::syntax:
    case ErrorKind::unavailable: return true;
    default: return false;
  }
}

bool is_of_a_probe(const FolderPath& path) {
  static const std::size_t name_size = sync::fresh_probe_path().segments.front().size();
  constexpr std::size_t digits = 16;
  const std::string& top = path.segments.front();
  Folder folder;
  folder.path.segments = {top.substr(0, name_size)};
  if (!sync::is_probe_folder(folder) || (top.size() > name_size && top[name_size] != '-')) return false;
  return top.substr(name_size - digits, digits).find_first_not_of("0123456789abcdef") == std::string::npos;
}

const Message* Contents::find(Uid uid) const {
  const auto found = std::ranges::find(messages, uid, &Message::uid);
  return found == messages.end() ? nullptr : &*found;
}

const Message* Contents::find(std::string_view bytes) const {
  const auto found = std::ranges::find(messages, bytes, &Message::bytes);
  return found == messages.end() ? nullptr : &*found;
}

Uid uid_of(const endpoint::AppendOutcome& stored) { return stored.uids.size() == 1 ? stored.uids.front() : 0; }

namespace {

// Its whole body, which may come in pieces.
Task<Result<std::optional<Message>>> read_next(endpoint::MessageReader& reader) {
  GODWIT_CO_TRY(std::optional<Message> message, co_await reader.next());
  while (message && message->streamed) {
    GODWIT_CO_TRY(const auto piece, co_await reader.read());
    message->bytes.append(piece.data(), piece.size());
    if (piece.empty()) message->streamed = false;
  }
  co_return message;
}

// Those that are deepest go first.
std::vector<Folder> of_probes(std::vector<Folder> folders) {
  std::erase_if(folders, [](const Folder& folder) { return !is_of_a_probe(folder.path); });
  std::ranges::sort(folders, std::ranges::greater(), [](const Folder& folder) { return folder.path.segments.size(); });
  return folders;
}

Task<Result<>> read_into(Contents& contents, endpoint::FolderView& view, const UidSet& uids) {
  const auto reader = view.fetch(uids);
  while (true) {
    GODWIT_CO_TRY(auto message, co_await read_next(*reader));
    if (!message) co_return Result<>{};
    contents.messages.push_back(*std::move(message));
  }
}

}  // namespace

Stage::Stage(endpoint::Source& source, endpoint::Target& target) : source_(source), target_(target), root_(sync::fresh_probe_path()) {}

Task<Result<std::size_t>> Stage::open() {
  GODWIT_CO_TRY(auto* const session, co_await writer());
  GODWIT_CO_TRY(const auto before, co_await session->folders());
  const auto old = of_probes(before);
  if (!old.empty()) static_cast<void>(co_await sweep());
  GODWIT_CO_TRY(const auto made, co_await make(endpoint::NewFolder{root_}));
  auto below = co_await make(endpoint::NewFolder{path_of("first")});
  if (!below && ends_session(below.error())) drop();
  if (!below) nesting_error_ = std::move(below).error();
  co_return old.size();
}

Task<> Stage::remove_some(std::span<const Folder> folders, std::size_t& next) {
  std::unique_ptr<endpoint::TargetSession> session;
  while (next < folders.size()) {
    if (!session) {
      auto connected = co_await target_.connect();
      if (!connected) co_return;  // the others go on
      session = *std::move(connected);
      continue;  // meanwhile they have
    }
    const auto removed = co_await session->remove_folder(folders[next++]);
    if (!removed && ends_session(removed.error())) session.reset();
  }
}

// By several sessions at once: Courier takes two seconds for each folder.
Task<> Stage::remove_all(std::span<const Folder> folders, endpoint::TargetSession& session) {
  using namespace boost::asio::experimental::awaitable_operators;
  std::size_t next = 0;
  co_await (remove_some(folders, next) && remove_some(folders, next) && remove_some(folders, next) && remove_some(folders, next));
  while (next < folders.size()) static_cast<void>(co_await session.remove_folder(folders[next++]));  // where no more sessions are let in
}

Task<Result<std::vector<std::string>>> Stage::sweep() {
  drop();
  GODWIT_CO_TRY(auto* const session, co_await writer());
  GODWIT_CO_TRY(const auto all, co_await session->folders());
  const std::vector<Folder> folders = of_probes(all);
  for (std::size_t from = 0, end = 0; from < folders.size(); from = end) {  // what lies below goes before what it lies in
    const std::size_t depth = folders[from].path.segments.size();
    while (end < folders.size() && folders[end].path.segments.size() == depth) ++end;
    co_await remove_all(std::span(folders).subspan(from, end - from), *session);
  }
  GODWIT_CO_TRY(const auto rest, co_await session->folders());
  std::vector<std::string> names;
  for (const Folder& folder : of_probes(rest)) names.push_back(folder.path.display());
  co_return names;
}

Task<Result<std::vector<std::string>>> Stage::own_folders() {
  GODWIT_CO_TRY(const auto folders, co_await listed());
  std::vector<std::string> names;
  for (const Folder& folder : folders) names.push_back(folder.path.display());
  co_return names;
}

Task<Result<endpoint::TargetSession*>> Stage::writer() {
  if (!writer_) {
    GODWIT_CO_TRY(writer_, co_await target_.connect());
  }
  co_return writer_.get();
}

Task<Result<endpoint::Session*>> Stage::reader() {
  if (!reader_) {
    GODWIT_CO_TRY(reader_, co_await source_.connect());
  }
  co_return reader_.get();
}

void Stage::drop() {
  if (writer_) writer_->close();
  if (reader_) reader_->close();
  writer_.reset();
  reader_.reset();
}

FolderPath Stage::path_of(std::string_view name) const {
  if (nesting_error_) return {{root_.segments.front() + "-" + std::string(name)}};
  return {{root_.segments.front(), std::string(name)}};
}

Task<Result<Folder>> Stage::make(const endpoint::NewFolder& folder) {
  GODWIT_CO_TRY(auto* session, co_await writer());
  auto made = co_await session->create_folders({&folder, 1});
  if (!made && ends_session(made.error())) {
    drop();
    GODWIT_CO_TRY(session, co_await writer());
    made = co_await session->create_folders({&folder, 1});
  }
  if (!made) co_return std::unexpected(std::move(made).error());
  Result<Folder> one = std::move(made->front());
  if (one) validities_.emplace_back(*one, one->state.uid_validity);
  co_return one;
}

Task<Result<Folder>> Stage::make(std::string_view name) {
  const endpoint::NewFolder folder{path_of(name)};
  co_return co_await make(folder);
}

Task<Result<Folder>> Stage::make_filled(std::string_view name, std::size_t messages) {
  GODWIT_CO_TRY(Folder folder, co_await make(name));
  for (std::size_t number = 0; number < messages; ++number) {
    const std::string bytes = plain_message(number);
    const endpoint::NewMessage one{{}, std::string(plain_date), bytes};
    GODWIT_CO_TRY(const auto stored, co_await append(folder, {&one, 1}));
    if (stored.kind == endpoint::AppendOutcome::Kind::refused) co_return std::unexpected(stored.error);
  }
  co_return folder;
}

Task<Result<endpoint::AppendOutcome>> Stage::append(const Folder& folder, std::span<const endpoint::NewMessage> messages) {
  GODWIT_CO_TRY(auto* const session, co_await writer());
  GODWIT_CO_TRY(const auto pending, co_await session->append(folder, messages));
  co_return co_await pending->get();
}

// An extension that is announced and fails is found out in this way, too: the next session does without.
Task<Result<Contents>> Stage::read(const Folder& folder) {
  auto contents = co_await read_once(folder);
  if (contents || !ends_session(contents.error())) co_return contents;
  drop();
  co_return co_await read_once(folder);
}

// All at once; where the server fails at that, one after the other.
Task<Result<Contents>> Stage::read_once(const Folder& folder) {
  GODWIT_CO_TRY(auto* const session, co_await reader());
  Contents contents;
  UidSet uids;
  const auto view = session->open(folder);
  GODWIT_CO_TRY(contents.state, co_await view->state());
  GODWIT_CO_TRY(uids, co_await view->uids(1)->get());
  if (contents.state.messages == 0 && uids.empty()) co_return contents;
  const auto whole = co_await read_into(contents, *view, UidSet::of_range(1, ~Uid{0} - 1));
  if (!whole) GODWIT_CO_CHECK(co_await read_singly(folder, uids, contents));
  std::ranges::sort(contents.messages, {}, &Message::uid);
  co_return contents;
}

Task<Result<>> Stage::read_singly(const Folder& folder, const UidSet& uids, Contents& contents) {
  for (const UidRange& range : uids.ranges()) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
      const auto one = static_cast<Uid>(uid);
      if (contents.find(one) != nullptr) continue;
      drop();  // after an error nobody knows what is still in flight
      GODWIT_CO_TRY(auto* const session, co_await reader());
      const auto view = session->open(folder);
      GODWIT_CO_CHECK(co_await view->state());
      const auto read = co_await read_into(contents, *view, UidSet::of_range(one, one));
      if (!read || contents.find(one) == nullptr) contents.unreadable.add(one);
    }
  }
  drop();
  co_return Result<>{};
}

Task<Result<std::vector<endpoint::Item>>> Stage::list(const Folder& folder, endpoint::ItemFields fields, std::uint64_t changed_since) {
  constexpr Uid most_uids = 100'000;  // of a folder of the probe's own, unless the server leaves large gaps
  GODWIT_CO_TRY(auto* const session, co_await reader());
  const auto view = session->open(folder);
  GODWIT_CO_TRY(const FolderToken state, co_await view->state());
  UidSet uids = UidSet::of_range(1, state.uid_next);
  if (state.uid_next == 0 || state.uid_next > most_uids) {
    GODWIT_CO_TRY(uids, co_await view->uids(1)->get());
  }
  if (uids.empty()) co_return std::vector<endpoint::Item>{};
  const auto items = view->list(uids, changed_since, fields);
  std::vector<endpoint::Item> all;
  while (true) {
    GODWIT_CO_TRY(auto page, co_await items->next());
    if (page.empty()) co_return all;
    all.insert(all.end(), std::move_iterator(page.begin()), std::move_iterator(page.end()));
  }
}

Task<Result<FolderToken>> Stage::state(const Folder& folder) {
  GODWIT_CO_TRY(auto* const session, co_await reader());
  const auto view = session->open(folder);
  co_return co_await view->state();
}

Task<Result<>> Stage::change_flags(const Folder& folder, Uid uid, const MessageFlags& add, const MessageFlags& remove) {
  GODWIT_CO_TRY(auto* const session, co_await writer());
  const endpoint::TargetSession::FlagChange change{uid, add, remove};
  const auto pending = session->change_flags(folder, {&change, 1});
  co_return co_await pending->get();
}

Task<Result<std::vector<Folder>>> Stage::listed() {
  GODWIT_CO_TRY(auto* const session, co_await reader());
  GODWIT_CO_TRY(auto folders, co_await session->folders());
  const std::string& own = root_.segments.front();
  std::erase_if(folders, [&own](const Folder& folder) { return !folder.path.segments.front().starts_with(own); });
  co_return folders;
}

void Stage::forget(const FolderPath& path) {
  std::erase_if(validities_, [&path](const auto& one) { return one.first.path == path; });
}

}  // namespace godwit::probe
