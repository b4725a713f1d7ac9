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
#include "pst/documents.h"
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

// Whose item it is, and what number it has there: what a UID is made of (pst/documents.h).
struct Origin {
  std::string store;
  std::uint64_t id = 0;
};

Result<std::string> bytes_of(MapiItem& item, const Origin& origin, const Request& request) {
  if (request.kind == RequestKind::document) return document_of(item, origin.store, origin.id);
  const std::string message_class = item.properties.text(0x001A);
  if (kind_of_class(message_class) == ItemKind::mail) return build_message(mail_parts_of(item, origin.store, origin.id), request.id);
  return fail(ErrorKind::refused,
              fmt::format("it is no mail but of the class {}, and goes with the calendars and contacts, not with the mail",
                          printable(message_class)));
}

void give(Result<MapiItem> item, const Origin& origin, const Request& request, Output& output) {
  if (!item) return output.add(Refusal{request.id, item.error().what});
  const std::int64_t arrived = arrival_of(item->properties);
  const auto bytes = bytes_of(*item, origin, request);
  if (!bytes) return output.add(Refusal{request.id, bytes.error().what});
  output.add(MessageBegins{request.id, bytes->size(), arrived});
  for (std::size_t at = 0; at < bytes->size(); at += largest_piece) output.add(Piece{bytes->substr(at, largest_piece)});
}

void serve(PstReader& reader, Output& output) {
  std::unordered_set<std::uint64_t> skipped;
  while (const auto request = next_request()) {
    switch (request->kind) {
      case RequestKind::skip:
        skipped.insert(request->id);
        break;
      case RequestKind::list:
        reader.list(skipped, [&](const Answer& answer) { output.add(answer); });
        break;
      case RequestKind::read:
      case RequestKind::document:
        give(reader.read(request->id), {reader.record_key(), request->id}, *request, output);
        break;
    }
    output.send();
  }
}

// The file's one item; its number is what was asked for.
void serve_message(Output& output) {
  const auto request = next_request();
  if (!request) return;
  allow_seconds(60);
  auto item = read_msg_file(the_file);
  // PidTagSearchKey: the item's own, whatever file it is saved in.
  const std::string key(item ? item->properties.bytes(0x300B).value_or("") : "");
  if (request->kind == RequestKind::list) {
    output.add(item ? listed_item(item->properties, request->id, 0) : damaged_item(request->id, 0, item.error().what));
  } else {
    give(std::move(item), {key, key.empty() ? request->id : 0}, *request, output);
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
  confine(3);
  Output output;
  form == "message" ? serve_message(output) : serve_store(output);
  _exit(EXIT_SUCCESS);  // what the libraries hold goes with the process
}
