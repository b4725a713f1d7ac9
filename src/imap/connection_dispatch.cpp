// SPDX-License-Identifier: Apache-2.0
// Which command a response belongs to: the oldest open one that can take it.
#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/error_code.h"
#include "base/fault.h"
#include "base/text.h"
#include "imap/connection.h"
#include "imap/refusal.h"

namespace godwit::imap {

using Kind = CommandState::Kind;

namespace {

// What came meanwhile may not have been told yet.
constexpr std::uint64_t search_tolerance = 10'000;
// News about flags come besides what was asked for, and some servers give a message twice.
constexpr std::uint64_t answers_per_message = 4, fetch_tolerance = 10'000;

}  // namespace

Result<> Connection::dispatch(Response response, std::size_t size) {
  endurance_.end_response();
  if (!greeting_) return on_first(std::move(response));
  if (std::holds_alternative<TaggedResponse>(response)) {
    endurance_.progress(stream_->waited_reading());
  } else {
    GODWIT_CHECK(endurance_.count_untagged(size, options_.answer_limit));
  }
  return std::visit(
      [this]<class R>(R&& one) -> Result<> {
        if constexpr (std::same_as<std::remove_cvref_t<R>, TaggedResponse>) {
          return on_tagged(std::move(one));
        } else if constexpr (std::same_as<std::remove_cvref_t<R>, UntaggedStatus>) {
          return on_status(std::move(one));
        } else if constexpr (std::is_void_v<decltype(on(std::move(one)))>) {
          on(std::move(one));
          return {};
        } else {
          return on(std::move(one));
        }
      },
      std::move(response));
}

Result<> Connection::on_first(Response response) {
  auto* const status = std::get_if<UntaggedStatus>(&response);
  if (status == nullptr) return fail(codes::greeting_not_imap, "the server did not greet as an IMAP server does");
  if (status->kind == UntaggedStatus::Kind::no || status->kind == UntaggedStatus::Kind::bad) {
    return std::unexpected(error_of_bye(status->response));
  }
  greeting_ = *status;
  return on_status(std::move(*status));
}

CommandState* Connection::oldest(Kind kind) {
  const auto found = std::ranges::find_if(open_, [&](const OpenCommand& open) { return open.state->kind == kind; });
  return found == open_.end() ? nullptr : found->state.get();
}

void Connection::set_capabilities(Capabilities capabilities) {
  for (const std::string& name : disabled_) capabilities.remove(name);
  capabilities_ = std::move(capabilities);
}

void Connection::disable(std::string_view extension) {
  disabled_.emplace(extension);
  capabilities_.remove(extension);
}

Result<> Connection::on_status(UntaggedStatus&& status) {
  if (status.kind == UntaggedStatus::Kind::bye) {
    bye_ = std::move(status.response);
    if (oldest(Kind::logout) != nullptr) return {};
    return std::unexpected(error_of_bye(*bye_));
  }
  if (status.kind == UntaggedStatus::Kind::no || status.kind == UntaggedStatus::Kind::bad) {
    last_warning_ = text_with_code(status.response);
    return {};
  }
  learn_code(status.response.code);
  return {};
}

void Connection::learn_code(const ResponseCode& code) {
  if (code.name == "CAPABILITY") set_capabilities(parse_capabilities(code.arguments));
  if (code.name == "COPYUID") {  // RFC 6851 §4.3: of a MOVE it comes in front of the expunges
    if (CommandState* const copy = oldest(Kind::copy)) std::get<CopyResult>(copy->data).add(parse_copy_uid(code.arguments));
    return;
  }
  CommandState* const command = oldest(Kind::select);
  if (command == nullptr) return;
  SelectData& data = std::get<SelectData>(command->data);
  const auto number = [&] { return parse_number<std::uint32_t>(code.arguments).value_or(0); };
  if (code.name == "UIDVALIDITY") data.uid_validity = number();
  if (code.name == "UIDNEXT") data.uid_next = number();
  if (code.name == "HIGHESTMODSEQ") data.highest_modseq = parse_number<std::uint64_t>(code.arguments).value_or(0);
  if (code.name == "NOMODSEQ") data.highest_modseq = 0;
  if (code.name == "PERMANENTFLAGS") data.permanent_flags = parse_flag_list(code.arguments);
  if (code.name == "READ-ONLY") data.read_only = true;
}

void Connection::on(CapabilityResponse&& response) { set_capabilities(std::move(response.capabilities)); }

void Connection::on(EnabledResponse&& response) {
  if (CommandState* const command = oldest(Kind::enable)) command->data = std::move(response.extensions);
}

void Connection::on(ListResponse&& response) {
  if (CommandState* const command = oldest(response.is_lsub ? Kind::lsub : Kind::list)) {
    std::get<ListResult>(command->data).mailboxes.push_back(std::move(response.data));
  }
}

void Connection::on(NamespaceResponse&& response) {
  if (CommandState* const command = oldest(Kind::namespace_)) command->data = std::move(response.namespaces);
}

void Connection::on(StatusData&& data) {
  for (const OpenCommand& open : open_) {
    if (open.state->kind == Kind::status) {
      open.state->data = std::move(data);
      return;
    }
    if (open.state->kind == Kind::list && open.state->with_status) {
      std::get<ListResult>(open.state->data).statuses.push_back(std::move(data));
      return;
    }
  }
}

void Connection::on(MessageNumber&& number) {
  if (number.kind == MessageNumber::Kind::exists) exists_ = number.number;
  CommandState* const command = oldest(Kind::select);
  if (command != nullptr && number.kind == MessageNumber::Kind::exists) std::get<SelectData>(command->data).exists = number.number;
}

// RFC 7162 §3.2.10: with EARLIER it is an answer, without it news about the selected mailbox.
void Connection::on(VanishedResponse&& response) {
  CommandState* const command = response.earlier ? oldest(Kind::fetch) : nullptr;
  if (command == nullptr) return;
  std::get<FetchState>(command->data).vanished.add(response.uids);
}

// The set may be written in a few bytes, and whoever asked goes through it message by message.
Result<> Connection::on(SearchResponse&& response) {
  for (const OpenCommand& open : open_) {
    if (open.state->kind != Kind::search || (!response.tag.empty() && open.tag != response.tag)) continue;
    UidSet& found = std::get<UidSet>(open.state->data);
    if (found.empty()) {
      found = std::move(response.numbers);
    } else {
      found.add(response.numbers);
    }
    if (found.size() > exists_ + search_tolerance) {
      return fail(codes::response_too_large,
                  fmt::format("the server found {} messages in a mailbox that it says holds {}", found.size(), exists_));
    }
    return {};
  }
  return {};
}

void Connection::on(IdResponse&& response) {
  if (CommandState* const command = oldest(Kind::id)) command->data = std::move(response.fields);
}

// The names of the roots, which QUOTAROOT tells before, say nothing more.
void Connection::on(QuotaResponse&& response) {
  if (CommandState* const command = oldest(Kind::quota)) {
    std::get<std::vector<QuotaData>>(command->data).push_back(std::move(response.data));
  }
}

// One whose handle was destroyed has no more references than open tags; what belongs to it is dropped.
CommandState* Connection::fetch_for(Uid uid, bool has_body) {
  for (const OpenCommand& open : open_) {
    if (open.state->kind != Kind::fetch) continue;
    const FetchState& fetch = std::get<FetchState>(open.state->data);
    if ((uid != 0 && !fetch.asked.contains(uid)) || fetch.wants_body != has_body) continue;
    return open.state.use_count() > static_cast<long>(open.state->open_tags) ? open.state.get() : nullptr;
  }
  return nullptr;
}

Result<> Connection::begin_body() {
  const FetchedMessage& message = reader_.message();
  CommandState* const command = fetch_for(message.uid, true);
  if (command == nullptr) {
    reader_.skip_body();
  } else if (reader_.body_size() <= options_.whole_body_limit) {
    reader_.keep_body();
  } else {
    FetchState& fetch = std::get<FetchState>(command->data);
    fetch.ready.push_back(message);
    fetch.ready.back().body_kind = FetchedMessage::Body::streamed;
    fetch.ready.back().body_size = reader_.body_size();
    stream_owner_ = command;
    reader_.stream_body();
    return count_answer(fetch);
  }
  return {};
}

Result<> Connection::on(FetchResponse&& response) {
  FetchedMessage& message = response.message;
  // A streamed one was given when its body began; what was skipped belongs to nobody.
  if (message.uid == 0 || message.body_kind == FetchedMessage::Body::streamed) return {};
  CommandState* const command = fetch_for(message.uid, message.body_kind != FetchedMessage::Body::absent);
  if (command == nullptr) return {};
  FetchState& fetch = std::get<FetchState>(command->data);
  fetch.ready.push_back(std::move(message));
  return count_answer(fetch);
}

Result<> Connection::count_answer(FetchState& fetch) {
  endurance_.progress(stream_->waited_reading());
  if (++fetch.answers > answers_per_message * fetch.asked.size() + fetch_tolerance) {
    return fail(codes::response_too_large,
                fmt::format("the server gave {} answers to a FETCH of {} messages", fetch.answers, fetch.asked.size()));
  }
  return {};
}

Result<> Connection::on_tagged(TaggedResponse&& response) {
  const auto found = std::ranges::find_if(open_, [&](const OpenCommand& open) { return open.tag == response.tag; });
  if (found == open_.end()) {
    return fail(codes::response_out_of_place, "the server answered a command that was not given",
                response.tag + " " + text_with_code(response.status));
  }
  const CommandPointer command = std::move(found->state);
  open_.erase(found);
  if (response.status.status == Status::ok && response.status.code.name == "CAPABILITY") {
    set_capabilities(parse_capabilities(response.status.code.arguments));
  }
  complete(*command, std::move(response.status));
  return {};
}

void Connection::complete(CommandState& command, StatusResponse&& status) {
  --command.open_tags;
  const ResponseCode status_of_copy = command.kind == Kind::copy ? status.code : ResponseCode{};  // each of several tells its part
  if (!command.status || command.status->status == Status::ok) command.status = std::move(status);
  const StatusResponse& result = *command.status;
  switch (command.kind) {
    case Kind::select:
      if (result.code.name == "READ-ONLY") std::get<SelectData>(command.data).read_only = true;
      break;
    case Kind::append:
      if (std::exchange(command.append_has_begun, false)) fault::append_ends();
      if (result.code.name == "APPENDUID") command.data = AppendResult{parse_append_uid(result.code.arguments)};
      break;
    case Kind::copy:
      if (status_of_copy.name == "COPYUID") std::get<CopyResult>(command.data).add(parse_copy_uid(status_of_copy.arguments));
      break;
    case Kind::metadata:
      if (result.code.name == "METADATA" && starts_with_ignoring_case(result.code.arguments, "LONGENTRIES ")) {
        std::get<MetadataResult>(command.data).longest_left_out = parse_number<std::uint32_t>(result.code.arguments.substr(12));
      }
      break;
    case Kind::capability:
      command.data = capabilities_;
      break;
    case Kind::unselect:  // the way without UNSELECT is a refused EXAMINE
      if (result.status == Status::no) command.status->status = Status::ok;
      break;
    default:
      break;
  }
}

}  // namespace godwit::imap
