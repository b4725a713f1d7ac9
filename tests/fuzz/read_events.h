// SPDX-License-Identifier: Apache-2.0
// Feeds bytes through both stages of the IMAP reader and writes down what came out, one line per event, so that runs over the
// same bytes cut differently can be compared.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "imap/response_reader.h"

namespace godwit::test {

struct ReadOptions {
  imap::FragmenterLimits limits{};
  std::uint64_t literal_limit = 1024 * 1024;
  std::uint64_t whole_body_limit = 1024 * 1024;  // larger ones are streamed
  bool skip_bodies = false;
};

struct TextOf {
  static std::string flags(const std::vector<std::string>& list) { return fmt::format("({})", fmt::join(list, " ")); }
  static std::string status(const imap::StatusResponse& one) {
    return fmt::format("{} [{}|{}] '{}'", static_cast<int>(one.status), one.code.name, one.code.arguments, one.text);
  }
  template <class Number>
  static std::string optional(const std::optional<Number>& number) {
    return number ? fmt::format("{}", *number) : "-";
  }
  static std::string message(const imap::FetchedMessage& m) {
    return fmt::format("uid={} flags={} date='{}' size={} modseq={} body={}/{} '{}'{}", m.uid,
                       m.has_flags ? "(" + m.flags.to_string() + ")" : "-", m.internal_date, optional(m.rfc822_size),
                       optional(m.modseq), static_cast<int>(m.body_kind), m.body_size, m.body,
                       m.object_id.empty() ? "" : " id=" + m.object_id);
  }

  std::string operator()(const imap::UnknownResponse& r) const { return "unknown " + r.name; }
  std::string operator()(const imap::Continuation& r) const { return "plus '" + r.text + "'"; }
  std::string operator()(const imap::TaggedResponse& r) const { return "tagged " + r.tag + " " + status(r.status); }
  std::string operator()(const imap::UntaggedStatus& r) const {
    return fmt::format("untagged {} {}", static_cast<int>(r.kind), status(r.response));
  }
  std::string operator()(const imap::CapabilityResponse& r) const {
    return fmt::format("capability {}", fmt::join(r.capabilities.names(), " "));
  }
  std::string operator()(const imap::EnabledResponse& r) const { return "enabled " + flags(r.extensions); }
  std::string operator()(const imap::ListResponse& r) const {
    return fmt::format("{} {} '{}' {}{}{}", r.is_lsub ? "lsub" : "list", flags(r.data.attributes),
                       r.data.separator == 0 ? std::string("NIL") : std::string(1, r.data.separator), r.data.mailbox,
                       r.data.is_undecodable ? " (raw)" : "", r.data.old_name.empty() ? "" : " was " + r.data.old_name);
  }
  std::string operator()(const imap::NamespaceResponse& r) const {
    std::string text = "namespace";
    for (const auto* const kind : {&r.namespaces.personal, &r.namespaces.other_users, &r.namespaces.shared}) {
      text += kind->empty() ? " NIL" : " ";
      for (const auto& one : *kind) text += fmt::format("('{}' '{}')", one.prefix, one.separator == 0 ? std::string("NIL") : std::string(1, one.separator));
    }
    return text;
  }
  std::string operator()(const imap::QuotaResponse& r) const {
    std::string text = "quota '" + r.data.root + "'";
    for (const auto& one : r.data.resources) text += fmt::format(" {} {}/{}", one.name, one.used, one.limit);
    return text;
  }
  std::string operator()(const imap::AclData& r) const {
    std::string text = "acl '" + r.mailbox + "'";
    for (const auto& one : r.entries) text += fmt::format(" {}={}", one.identifier, one.rights);
    return text;
  }
  std::string operator()(const imap::ListRightsData& r) const {
    std::string text = fmt::format("listrights '{}' {} '{}'", r.mailbox, r.identifier, r.required);
    for (const auto& one : r.optional) text += " " + one;
    return text;
  }
  std::string operator()(const imap::MyRightsData& r) const { return fmt::format("myrights '{}' {}", r.mailbox, r.rights); }
  std::string operator()(const imap::MetadataData& r) const {
    std::string text = "metadata '" + r.mailbox + "'";
    for (const auto& one : r.entries) text += fmt::format(" {}={}", one.name, one.value ? "'" + *one.value + "'" : "NIL");
    return text;
  }
  std::string operator()(const imap::StatusData& r) const {
    return fmt::format("status {} {} {} {} {} {}", r.mailbox, optional(r.messages), optional(r.uid_next),
                       optional(r.uid_validity), optional(r.highest_modseq), optional(r.append_limit));
  }
  std::string operator()(const imap::FlagsResponse& r) const { return "flags " + flags(r.flags); }
  std::string operator()(const imap::MessageNumber& r) const {
    return fmt::format("number {} {}", static_cast<int>(r.kind), r.number);
  }
  std::string operator()(const imap::VanishedResponse& r) const {
    return fmt::format("vanished{} {}", r.earlier ? " earlier" : "", r.uids.to_string());
  }
  std::string operator()(const imap::SearchResponse& r) const { return "search " + r.tag + " " + r.numbers.to_string(); }
  std::string operator()(const imap::FetchResponse& r) const {
    return fmt::format("fetch {} {}", r.number, message(r.message));
  }
  std::string operator()(const imap::IdResponse& r) const {
    std::string text = "id";
    for (const auto& [name, value] : r.fields) text += fmt::format(" {}={}", name, value);
    return text;
  }
};

class EventRecorder {
 public:
  explicit EventRecorder(ReadOptions options = {}) : options_(options), reader_(options.limits, options.literal_limit) {}

  // The next bytes. After an error nothing more is taken.
  void feed(std::string_view bytes) {
    buffer_.append(bytes);
    while (!is_broken_ && step()) {
    }
  }
  [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
  [[nodiscard]] bool is_broken() const { return is_broken_; }

 private:
  bool step() {
    if (streams_) return take_stream();
    std::string_view input = buffer_;
    const auto event = reader_.next(input);
    buffer_.erase(0, buffer_.size() - input.size());
    if (!event) {
      events_.push_back("error " + event.error().what);
      is_broken_ = true;
      return false;
    }
    if (*event == imap::ResponseReader::Event::need_more) return fill_directly();
    if (*event == imap::ResponseReader::Event::response) {
      events_.push_back(std::visit(TextOf{}, reader_.take_response()));
    } else {
      begin_body();
    }
    return true;
  }
  // Half of what is missing of a kept literal goes the direct way.
  bool fill_directly() {
    const std::span<char> space = reader_.literal_space();
    const std::size_t size = std::min(buffer_.size(), space.size());
    if (size == 0) return false;
    std::memcpy(space.data(), buffer_.data(), size);
    reader_.literal_filled(size);
    buffer_.erase(0, size);
    return true;
  }
  void begin_body() {
    events_.push_back("body " + TextOf::message(reader_.message()));
    if (options_.skip_bodies) {
      reader_.skip_body();
    } else if (reader_.body_size() <= options_.whole_body_limit) {
      reader_.keep_body();
    } else {
      reader_.stream_body();
      streams_ = true;
      streamed_.clear();
    }
  }
  bool take_stream() {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), reader_.stream_remaining()));
    streamed_.append(buffer_, 0, size);
    buffer_.erase(0, size);
    reader_.streamed(size);
    if (reader_.stream_remaining() > 0) return false;
    events_.push_back("streamed '" + streamed_ + "'");
    streams_ = false;
    return true;
  }

  ReadOptions options_;
  imap::ResponseReader reader_;
  std::string buffer_;
  std::string streamed_;
  std::vector<std::string> events_;
  bool streams_ = false;
  bool is_broken_ = false;
};

// All at once, or in pieces whose sizes `cut(rest)` chooses (at least 1).
template <class Cut>
std::vector<std::string> read_events(std::string_view bytes, Cut cut, ReadOptions options = {}) {
  EventRecorder recorder(options);
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), cut(bytes.size()));
    recorder.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return recorder.events();
}
inline std::vector<std::string> read_events(std::string_view bytes, ReadOptions options = {}) {
  return read_events(bytes, [](std::size_t rest) { return rest; }, options);
}

}  // namespace godwit::test
