// SPDX-License-Identifier: Apache-2.0
// A net::Stream whose peer is an IMAP server in memory that is honest until an attack says otherwise: it answers each command by itself,
// so that a client may say what it likes. Time is told, not spent: each read has waited a second.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/stream.h"

namespace godwit::test {

struct HostileCommand {
  std::string tag;
  std::string name;  // "UID FETCH"; "greeting"
  std::string arguments;
  std::string honest;  // what an honest server answers, with its tagged line
};

struct Attack {
  // What is answered instead.
  std::function<std::string(const HostileCommand&)> answer = [](const HostileCommand& command) { return command.honest; };
  std::string at = {};       // this command and all after it get no answer, but what follows
  std::string endless = {};  // sent again and again; empty: nothing is said, until the limit of a wait (a timeout)
  bool closes = false;       // instead of saying nothing the server closes
  std::size_t piece = 0;     // bytes a read at most; 0: as many as there is room
};

inline constexpr std::string_view hostile_body = "Subject: a\r\n\r\nbody\r\n";

// An account of two folders; INBOX holds three messages with that body. Serves source and target alike.
[[nodiscard]] std::unique_ptr<net::Stream> make_hostile_stream(Attack attack);

}  // namespace godwit::test
