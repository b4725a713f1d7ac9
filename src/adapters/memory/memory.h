// SPDX-License-Identifier: Apache-2.0
// A mailbox in memory, as source and as target: the reference that the engine is tested against. It can fail at any call, in the
// ways in which real servers do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "endpoint/session.h"

namespace godwit::adapters {

// With "X-Unreadable: yes" the server lists it and does not give it, with "X-Fault: yes" it says NO [SERVERBUG] when it comes to it.
struct MemoryMessage {
  Uid uid = 0;
  MessageFlags flags;
  std::string date;
  std::string bytes;
  std::uint64_t modseq = 1;
};

struct MemoryFolder {
  std::string name;  // segments joined by '/'
  endpoint::Role role = endpoint::Role::none;
  endpoint::Owner owner = endpoint::Owner::account;
  bool subscribed = false;
  std::uint32_t uid_validity = 1;
  Uid uid_next = 1;
  std::uint64_t highest_modseq = 1;
  std::vector<MemoryMessage> messages;  // ascending by UID

  // As a delivery or a user's client does it.
  Uid add(std::string bytes, MessageFlags flags = {}, std::string date = "01-Jan-2024 10:00:00 +0000");
  void set_flags(Uid uid, MessageFlags flags);
  void remove(Uid uid);
};

// One account on one server. Shared by its sessions; used by one thread.
struct MemoryMailbox {
  std::string host = "memory";
  endpoint::ServerFacts facts;  // as told; without append_limit
  std::string forbidden;        // characters that no folder name may hold: they become '_'
  std::map<std::string, MemoryFolder> folders;
  bool tells_changes = true;   // as a server with CONDSTORE
  Uid deadly = 0;                 // the session is lost where this message is given
  bool tells_object_ids = false;  // as a server with OBJECTID, of the same bytes the same
  std::uint64_t bodies = 0;       // that were given
  bool tells_uid_next = true;  // some servers leave it out of STATUS
  std::size_t batch_messages = 1000;
  std::uint64_t streamed_above = 64 * 1024;  // larger messages are given in pieces
  std::optional<std::uint64_t> append_limit;
  bool moves_messages = true;    // MOVE and UIDPLUS
  bool removes_messages = true;  // UIDPLUS
  std::set<std::string> unopenable;  // folders that are listed and cannot be opened
  std::size_t incomplete_lists = 0;  // how many of the next lists of UIDs lack the first one
  bool refuses_moves = false;    // says NO to each
  bool refuses_removals = false;
  std::string refused_keyword;   // may not be set on a message that is there
  std::string refused_with;      // a keyword with which no message is taken
  std::uint8_t late_flags = 0;   // system flags that it loses when they come with a message
  bool loses_dates = false;      // of messages that it is given
  bool folder_case_matters = true;
  std::size_t faults = ~std::size_t{0};  // how often it says that something is wrong with it ("X-Fault: yes")
  std::uint32_t last_uid_validity = 1000;  // that a folder was given

  // Another way in, which knows INBOX by names; nothing: there is none. No other session may be open while it is.
  struct Named {
    std::string id;
    std::uint64_t size = 0;
    std::string header;  // empty: it is not given
  };
  std::optional<std::vector<Named>> named;
  std::optional<Error> named_fault;  // of that way
  std::size_t named_headers = 0;     // that were given
  std::function<void()> on_names;    // before it is listed: what happens meanwhile
  std::shared_ptr<int> open_sessions = std::make_shared<int>(0);

  // Fails the n-th call from now on, 1 being the next: the session is lost there. 0: never.
  std::uint64_t lose_session_at = 0;
  std::uint64_t calls = 0;
  std::uint64_t appends = 0;
  std::function<void()> on_call;  // at every call, before it takes effect: what users do meanwhile

  // What becomes of an append; set by tests, default: stored.
  struct AppendFault {
    enum class Kind {
      none,
      keep_some_and_refuse,  // stores the first `keep` and says NO
      no_uids,               // stores everything and does not tell where
      short_uids,            // stores everything and tells one UID too few
      store_nothing,         // says OK and stores nothing
      lose_answer,           // stores everything, and the connection is lost before the answer
      refuse_marked,         // refuses, atomically, a batch that holds a message with "X-Refuse: yes"
    };
    Kind kind = Kind::none;
    std::size_t keep = 0;
    ErrorKind error = ErrorKind::refused;
    std::size_t skip = 0;             // appends that go well before the first one that does not
    std::size_t times = ~std::size_t{0};  // how many do not
  };
  AppendFault append_fault;
  std::function<bool(const std::string&)> refuses;  // whose content it does not take: a batch that holds one is refused whole
  std::function<void(std::string&)> alter;  // what the server does to bytes that it stores

  MemoryFolder& folder(const std::string& name);  // made when it is not there
  // With what lies below it. False: there is one of the new name.
  bool rename(const std::string& name, const std::string& new_name);
};

[[nodiscard]] std::unique_ptr<endpoint::Source> make_memory_source(MemoryMailbox& mailbox);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_memory_target(MemoryMailbox& mailbox);

}  // namespace godwit::adapters
