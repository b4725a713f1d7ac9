// SPDX-License-Identifier: Apache-2.0
// godwit-pst: answers godwit's requests about one file (pst/answers.h). The file is open as descriptor 3, requests come by standard input,
// answers go to standard output. Not for people.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "pst/answers.h"
#include "pst/listing.h"
#include "pst/message.h"
#include "pst_helper/confine.h"
#include "pst_helper/msg_reader.h"
#include "pst_helper/pst_reader.h"

namespace {

using namespace godwit;
using namespace godwit::pst;

constexpr const char* the_file = "/proc/self/fd/3";
constexpr std::size_t enough_to_send = 64 * 1024;

// Answers are gathered; before something that may end the helper they are sent.
class Output {
 public:
  void add(const Answer& answer) {
    buffer_ += encode(answer);
    if (buffer_.size() >= enough_to_send || std::holds_alternative<Attempt>(answer)) send();
  }
  void send() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t sent = write(STDOUT_FILENO, rest.data(), rest.size());
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) _exit(EXIT_FAILURE);  // nobody listens
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    buffer_.clear();
  }

 private:
  std::string buffer_;
};

std::optional<Request> next_request() {
  std::array<char, 9> bytes{};
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(STDIN_FILENO, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    size += static_cast<std::size_t>(got);
  }
  return decode_request({bytes.data(), bytes.size()});
}

void give(MapiItem& item, std::uint64_t id, Output& output) {
  const std::int64_t arrived = arrival_of(item.properties);
  const std::string message = build_message(mail_parts_of(item), id);
  output.add(MessageBegins{id, message.size(), arrived});
  for (std::size_t at = 0; at < message.size(); at += largest_piece) output.add(Piece{message.substr(at, largest_piece)});
}

void answer_read(PstReader& reader, std::uint64_t id, Output& output) {
  auto item = reader.read(id);
  if (!item) return output.add(Refusal{id, item.error().what});
  give(*item, id, output);
}

void serve(PstReader& reader, Output& output) {
  std::unordered_set<std::uint64_t> skipped;
  while (const auto request = next_request()) {
    switch (request->kind) {
      case RequestKind::skip: skipped.insert(request->id); break;
      case RequestKind::list: reader.list(skipped, [&](const Answer& answer) { output.add(answer); }); break;
      case RequestKind::read: answer_read(reader, request->id, output); break;
    }
    output.send();
  }
}

void serve_message(Output& output) {
  const auto request = next_request();
  if (!request || request->kind != RequestKind::read) return;
  allow_seconds(60);
  auto item = read_msg_file(the_file);
  if (!item) {
    output.add(Refusal{request->id, item.error().what});
  } else if (const std::string message_class = item->properties.text(0x001A); kind_of_class(message_class) != ItemKind::mail) {
    output.add(Refusal{request->id, fmt::format("it is no mail but of the class {}, and stays in its file", printable(message_class))});
  } else {
    give(*item, request->id, output);
  }
  output.send();
}

void serve_store(Output& output) {
  const auto reader = PstReader::open(the_file);
  if (reader) return serve(**reader, output);
  output.add(Refusal{0, reader.error().what});
  output.send();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view form = count == 2 ? arguments[1] : "";
  if (fcntl(3, F_GETFL) == -1 || (form != "store" && form != "message")) {
    std::fputs("godwit-pst is started by godwit; use \"godwit copy pst:/path/to/file …\".\n", stderr);
    return 2;
  }
  confine();
  Output output;
  form == "message" ? serve_message(output) : serve_store(output);
  _exit(EXIT_SUCCESS);  // what the libraries hold goes with the process
}
