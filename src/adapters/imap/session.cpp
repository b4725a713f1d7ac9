// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/imap/gmail_target.h"
#include "adapters/imap/groupware.h"
#include "adapters/imap/software.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::Role;

// Larger batches gain nothing, and what is in doubt after a lost tag grows with them.
constexpr std::size_t most_messages_in_a_batch = 1000;

Role role_of(const imap::ListData& data) {
  if (equals_ignoring_case(data.mailbox, "INBOX")) return Role::inbox;
  for (const Role role : {Role::all, Role::archive, Role::drafts, Role::flagged, Role::important, Role::junk, Role::sent, Role::trash}) {
    if (data.has_attribute(fmt::format("\\{}", endpoint::name_of(role)))) return role;
  }
  return Role::none;
}

bool is_refusal(const Error& error) { return reaction_to(error.kind) == Reaction::skip_item; }

FolderToken token_of(const imap::StatusData& data) {
  return {data.uid_validity.value_or(0), data.uid_next.value_or(0), data.messages.value_or(0), data.highest_modseq.value_or(0)};
}

class PendingWishes final : public endpoint::Pending<void> {
 public:
  explicit PendingWishes(std::vector<imap::Command<imap::StatusResponse>> asked) : asked_(std::move(asked)) {}
  [[nodiscard]] Task<Result<>> get() override {
    for (auto& command : asked_) {
      const auto answer = co_await command.wait();
      if (!answer && !is_refusal(answer.error())) co_return std::unexpected(answer.error());
    }
    co_return Result<>{};
  }

 private:
  std::vector<imap::Command<imap::StatusResponse>> asked_;
};

}  // namespace

ImapSession::ImapSession(std::unique_ptr<imap::Client> client, std::shared_ptr<ImapHost> host, std::string user,
                         std::vector<std::string> warnings)
    : client_(std::move(client)), host_(std::move(host)), user_(std::move(user)) {
  traits_.warnings = std::move(warnings);
  const std::string software = guess_software(client_->greeting_text(), client_->capabilities()).name;
  selects_ = software == "Courier";
  is_exchange_ = software == "Microsoft Exchange";
  set_names("", 0);
  refresh_traits();
}

imap::Command<imap::SelectData> ImapSession::enter(const std::string& name) {
  entered_ = name;
  return selects_ ? client_->select(name) : client_->examine(name);
}

imap::Command<imap::StatusData> ImapSession::ask_state(const std::string& name, bool with_modseq) {
  if (selects_) static_cast<void>(client_->select(name));  // a refusal is that of STATUS, too
  return client_->status(name, with_modseq);
}

void ImapSession::set_names(const std::string& prefix, char separator) {
  names_ = FolderNames(prefix, separator, is_exchange_ ? FolderNames::Dialect::exchange : FolderNames::Dialect::any);
}

void ImapSession::refresh_traits() {
  // Exchange shows other programs no \Flagged that came with APPEND.
  traits_.late_flags = is_exchange_ ? MessageFlags::flagged : 0;
  traits_.folder_case_matters = !is_exchange_;
  const imap::Capabilities& capabilities = client_->capabilities();
  traits_.tells_changes = capabilities.has("CONDSTORE") || capabilities.has("QRESYNC");
  traits_.tells_object_ids = capabilities.has("OBJECTID") || capabilities.has("X-GM-EXT-1");
  traits_.batch_messages = capabilities.has("MULTIAPPEND") ? most_messages_in_a_batch : 1;
  traits_.pipelines_appends = capabilities.has("LITERAL+");
  traits_.moves_messages = capabilities.has("MOVE") && capabilities.has("UIDPLUS");
  traits_.removes_messages = capabilities.has("UIDPLUS");
  if (const auto limit = capabilities.value("APPENDLIMIT")) traits_.append_limit = parse_number<std::uint64_t>(*limit);
}

Error ImapSession::blame(Error error, std::initializer_list<std::string_view> extensions, bool is_no_a_reason) {
  // What Exchange says of single messages is no word about the command's form.
  const bool is_about_form = error.kind == ErrorKind::not_understood && code_of(error) != codes::argument_refused.number;
  const bool is_reason = is_about_form || (is_no_a_reason && error.kind == ErrorKind::refused);
  if (!is_reason) return error;
  std::string switched_off;
  for (const std::string_view extension : extensions) {
    if (!client_->capabilities().has(extension) || !host_->note_failure(extension)) continue;
    client_->disable(extension);
    switched_off.append(switched_off.empty() ? "" : ", ").append(extension);
  }
  if (switched_off.empty()) return error;
  refresh_traits();
  return make_error(codes::extension_fails, "the server does not understand " + switched_off + ", which it announces; going on without",
                    std::move(error.server_text), std::move(error.where));
}

Task<Result<>> ImapSession::flush() { co_return co_await client_->flush(); }

std::chrono::nanoseconds ImapSession::waited() const {
  return client_->stream().waited_reading() + client_->stream().waited_writing();
}

// A line is slow where deflating is faster: below this rate even an old server deflates in passing, and above it compression
// only multiplies everybody's CPU. Short exchanges say nothing: they wait for round trips, not for bytes.
bool ImapSession::wants_to_adapt() const {
  constexpr double slow_bytes_per_second = 4 << 20;
  constexpr std::uint64_t enough_bytes = 4 << 20;
  constexpr double enough_seconds = 2;
  const double seconds = std::chrono::duration<double>(waited()).count();
  return !is_compressed_ && client_->capabilities().has("COMPRESS=DEFLATE") && body_bytes_ >= enough_bytes &&
         seconds >= enough_seconds && static_cast<double>(body_bytes_) / seconds < slow_bytes_per_second;
}

Task<Result<>> ImapSession::adapt() {
  is_compressed_ = true;
  auto compressed = co_await client_->compress();
  if (!compressed && is_refusal(compressed.error())) {
    host_->note_failure("COMPRESS=DEFLATE");
    co_return Result<>{};
  }
  co_return compressed;
}

void ImapSession::close() { client_->close(); }

std::string ImapSession::name_for(const endpoint::FolderPath& path) const {
  return names_.name_of(is_gmail(client_->capabilities()) ? path_for_gmail(path) : path);
}

// One flight: who the server is, what is to be enabled, where the folders are, and all of them.
Task<Result<std::vector<Folder>>> ImapSession::folders() {
  GODWIT_CO_TRY(const auto listed, co_await list_all());
  const bool with_groupware =
      shows_groupware(software_) || shows_groupware(guess_software(client_->greeting_text(), client_->capabilities()).name);
  std::vector<Folder> folders;
  for (const imap::ListData& data : listed.mailboxes) {
    Folder folder;
    folder.name = data.address();
    folder.path = names_.path_of(data.mailbox);
    folder.role = role_of(data);
    folder.selectable = !data.has_attribute("\\Noselect") && !data.has_attribute("\\NonExistent");
    folder.subscribed = data.has_attribute("\\Subscribed");
    folder.owner = owner_of(data);
    folder.groupware = with_groupware && folder.role == Role::none && has_groupware_name(folder.path);
    folders.push_back(std::move(folder));
  }
  GODWIT_CO_CHECK(co_await add_states(folders, listed));
  if (folders.empty()) GODWIT_CO_CHECK(co_await check_inbox());
  if (!client_->capabilities().has("LIST-EXTENDED")) GODWIT_CO_CHECK(co_await add_subscriptions(folders));
  co_return folders;
}

// Where nothing is listed, not even INBOX (RFC 9051 §5.1): Exchange lets in whom it has no mailbox for, and an account that seems empty
// would count as moved.
Task<Result<>> ImapSession::check_inbox() {
  auto told = co_await client_->status("INBOX", false).wait();
  if (told) co_return Result<>{};
  if (!is_refusal(told.error())) co_return std::unexpected(std::move(told).error());
  co_return fail(codes::login_not_connected,
                 "the server took the login, but lists no folder and opens no INBOX; check that the mailbox exists, that IMAP is on for "
                 "it, and the right to open it",
                 std::move(told).error().server_text);
}

ImapSession::Introduction ImapSession::introduce() {
  Introduction introduction;
  if (std::exchange(is_introduced_, true)) return introduction;
  const imap::Capabilities& capabilities = client_->capabilities();
  if (capabilities.has("ID")) introduction.id = client_->id({{"name", "godwit"}});
  if (capabilities.has("ENABLE") && traits_.tells_changes) introduction.enable = client_->enable({"CONDSTORE"});
  if (capabilities.has("NAMESPACE")) introduction.name_space = client_->namespace_();
  return introduction;
}

// None of these is needed: what is refused is not used again on this host.
Task<Result<>> ImapSession::finish(Introduction introduction) {
  if (introduction.id) {
    const auto fields = co_await introduction.id->wait();
    if (!fields && !is_refusal(fields.error())) co_return std::unexpected(fields.error());
    if (!fields) host_->note_failure("ID");
    for (std::size_t i = 0; fields && i < fields->size(); ++i) {
      const auto& [key, value] = (*fields)[i];
      if (equals_ignoring_case(key, "name")) software_ = value;
      if (equals_ignoring_case(key, "version")) version_ = value;
    }
    traits_.server = version_.empty() ? software_ : software_ + " " + version_;
    host_->note_software(traits_.server);
  }
  if (introduction.enable) {
    const auto enabled = co_await introduction.enable->wait();
    if (!enabled && !is_refusal(enabled.error())) co_return std::unexpected(enabled.error());
    if (!enabled) host_->note_failure("ENABLE");
  }
  if (introduction.name_space) {
    const auto told = co_await introduction.name_space->wait();
    if (!told && !is_refusal(told.error())) co_return std::unexpected(told.error());
    if (!told) host_->note_failure("NAMESPACE");
    if (told) namespaces_ = *told;
    names_are_told_ = !namespaces_.personal.empty();
    if (names_are_told_) set_names(namespaces_.personal.front().prefix, namespaces_.personal.front().separator);
  }
  co_return Result<>{};
}

Task<Result<imap::ListResult>> ImapSession::list_all() {
  const imap::Capabilities& capabilities = client_->capabilities();
  imap::ListOptions options;
  options.subscribed = capabilities.has("LIST-EXTENDED");
  options.special_use = options.subscribed && capabilities.has("SPECIAL-USE");
  options.status = options.subscribed && capabilities.has("LIST-STATUS");
  auto introduction = introduce();
  auto list = client_->list("", "*", options);
  GODWIT_CO_CHECK(co_await finish(std::move(introduction)));
  auto listed = co_await list.wait();
  if (!listed && is_refusal(listed.error()) && options.subscribed) {
    for (const std::string_view extension : {"LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE"}) {
      host_->note_failure(extension);
      client_->disable(extension);
    }
    listed = co_await client_->list("", "*", {}).wait();
  }
  if (listed && !names_are_told_) guess_names(*listed);
  co_return listed;
}

// Without NAMESPACE the separator stands in every line; a prefix shows when everything but INBOX lies below it.
void ImapSession::guess_names(const imap::ListResult& listed) {
  if (listed.mailboxes.empty()) return;
  const char separator = listed.mailboxes.front().separator;
  const std::string prefix = std::string("INBOX") + separator;
  const bool all_below = listed.mailboxes.size() > 1 && std::ranges::all_of(listed.mailboxes, [&](const auto& data) {
    return equals_ignoring_case(data.mailbox, "INBOX") || starts_with_ignoring_case(data.mailbox, prefix);
  });
  set_names(all_below ? prefix : "", separator);
}

Task<Result<imap::StatusData>> ImapSession::settle(imap::Command<imap::StatusData> status, const std::string& name,
                                                           bool with_modseq) {
  auto told = co_await status.wait();
  if (told || told.error().kind != ErrorKind::not_understood || !with_modseq) co_return told;
  for (const std::string_view extension : {"CONDSTORE", "QRESYNC"}) {
    host_->note_failure(extension);
    client_->disable(extension);
  }
  refresh_traits();
  co_return co_await client_->status(name, false).wait();
}

Task<Result<>> ImapSession::add_states(std::vector<Folder>& folders, const imap::ListResult& listed) {
  std::map<std::string_view, const imap::StatusData*> told;
  for (const imap::StatusData& data : listed.statuses) told.emplace(data.mailbox, &data);
  const bool with_modseq = traits_.tells_changes;  // as asked: an answer may switch it off for those after it
  std::vector<std::pair<Folder*, imap::Command<imap::StatusData>>> asked;
  for (Folder& folder : folders) {
    if (!folder.selectable) continue;
    if (const auto status = told.find(folder.name); status != told.end()) {
      folder.state = token_of(*status->second);
    } else {
      asked.emplace_back(&folder, ask_state(folder.name, with_modseq));
    }
  }
  for (auto& [folder, command] : asked) {
    auto status = co_await settle(std::move(command), folder->name, with_modseq);
    if (status) {
      folder->state = token_of(*status);
    } else if (is_refusal(status.error())) {
      folder->selectable = false;  // Gmail's "[Gmail]", a folder without rights
      folder->unreadable = true;
    } else {
      co_return std::unexpected(std::move(status).error());
    }
  }
  co_return Result<>{};
}

Task<Result<>> ImapSession::add_subscriptions(std::vector<Folder>& folders) {
  GODWIT_CO_TRY(const auto subscribed, co_await client_->lsub("", "*").wait());
  for (Folder& folder : folders) {
    // \Noselect: not itself, but a folder below it (RFC 3501 §6.3.9); Courier says so for "*", too.
    folder.subscribed = std::ranges::any_of(subscribed.mailboxes, [&](const auto& data) {
      return data.address() == folder.name && !data.has_attribute("\\Noselect");
    });
  }
  co_return Result<>{};
}

Task<Result<std::vector<Result<Folder>>>> ImapSession::create_folders(std::span<const endpoint::NewFolder> folders) {
  struct Asked {
    Folder folder;
    imap::Command<imap::StatusResponse> create;
    imap::Command<imap::StatusData> status;
    std::optional<imap::Command<imap::StatusResponse>> subscribe;
  };
  const auto use_of = [](Role role) {
    return role == Role::none || role == Role::inbox ? std::string() : "\\" + [&] {
      std::string name(endpoint::name_of(role));
      name.front() = ascii_upper(name.front());
      return name;
    }();
  };
  const bool with_modseq = traits_.tells_changes;  // as asked: an answer may switch it off for those after it
  const auto ask = [&](const endpoint::NewFolder& wanted, const std::string& use) {
    Folder folder;
    folder.path = wanted.path;
    folder.role = wanted.role;
    folder.name = name_for(wanted.path);
    auto create = client_->create(folder.name, use);
    auto status = ask_state(folder.name, with_modseq);
    folder.subscribed = wanted.subscribe;
    Asked asked{std::move(folder), std::move(create), std::move(status), std::nullopt};
    if (wanted.subscribe) asked.subscribe = client_->subscribe(asked.folder.name);
    return asked;
  };
  GODWIT_CO_CHECK(co_await finish(introduce()));
  std::vector<Asked> asked;
  for (const endpoint::NewFolder& wanted : folders) asked.push_back(ask(wanted, use_of(wanted.role)));
  std::vector<Result<Folder>> made;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto created = co_await asked[i].create.wait();
    auto status = co_await settle(std::move(asked[i].status), asked[i].folder.name, with_modseq);
    // The role may be what it does not like (RFC 6154: USEATTR); the folder matters more.
    if (!created && !status && !use_of(folders[i].role).empty()) {
      Asked again = ask(folders[i], {});
      asked[i].subscribe = std::move(again.subscribe);  // the first was of a folder that is not there
      created = co_await again.create.wait();
      status = co_await settle(std::move(again.status), again.folder.name, with_modseq);
    }
    if (asked[i].subscribe) {
      const auto subscribed = co_await asked[i].subscribe->wait();
      if (!subscribed && !is_refusal(subscribed.error())) co_return std::unexpected(subscribed.error());
    }
    for (const auto* error : {created ? nullptr : &created.error(), status ? nullptr : &status.error()}) {
      if (error != nullptr && !is_refusal(*error) && error->kind != ErrorKind::quota) {
        co_return std::unexpected(*error);
      }
    }
    if (status) {
      asked[i].folder.state = token_of(*status);
      made.emplace_back(std::move(asked[i].folder));
    } else {
      made.emplace_back(std::unexpected(created ? std::move(status).error() : std::move(created).error()));
    }
  }
  co_return made;
}

std::unique_ptr<endpoint::Pending<void>> ImapSession::subscribe(std::span<const Folder> folders) {
  std::vector<imap::Command<imap::StatusResponse>> asked;
  for (const Folder& folder : folders) asked.push_back(client_->subscribe(folder.name));
  return std::make_unique<PendingWishes>(std::move(asked));
}

Task<Result<>> ImapSession::remove_folder(const Folder& folder) {
  auto unselect = client_->unselect();  // it may be the selected one
  auto deletion = client_->delete_(folder.name);
  const auto left = co_await unselect.wait();
  if (!left && !is_refusal(left.error())) co_return std::unexpected(left.error());
  GODWIT_CO_CHECK(co_await deletion.wait());
  co_return Result<>{};
}

}  // namespace godwit::adapters
