// SPDX-License-Identifier: Apache-2.0
#include "net/line_trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace godwit::net {
namespace {

constexpr std::size_t longest_line = 4096;

}  // namespace

ConnectionTrace::ConnectionTrace(std::string name, LineSink sink, TraceOptions options, std::vector<Secret> secrets)
    : name_(std::move(name)), sink_(std::move(sink)), options_(options), secrets_(std::move(secrets)) {}

void ConnectionTrace::sent(std::string_view line) { put("C:", line); }

void ConnectionTrace::received(std::string_view line) {
  const auto is_shown = [&](const Secret& secret) { return !secret.empty() && line.contains(secret.reveal()); };
  const bool repeats = std::ranges::any_of(secrets_, is_shown);
  put("S:", repeats ? "*** (the server repeats the password)" : line);
}

void ConnectionTrace::body(std::string_view bytes) {
  body_size_ += bytes.size();
  if (!options_.bodies) return;
  for (const char c : bytes) {
    if (c == '\n') {
      put("S|", body_line_.ends_with('\r') ? std::string_view(body_line_).substr(0, body_line_.size() - 1) : body_line_);
      body_line_.clear();
    } else if (body_line_.size() < longest_line) {
      body_line_ += c;
    }
  }
}

void ConnectionTrace::body_ends() {
  if (!body_line_.empty()) put("S|", std::exchange(body_line_, {}));
  put("S:", fmt::format("{{{} bytes}}", std::exchange(body_size_, 0)));
}

void ConnectionTrace::note(std::string_view text) { put("--", text); }

void ConnectionTrace::put(std::string_view mark, std::string_view text) {
  const bool is_cut = text.size() > longest_line;
  sink_(fmt::format("{} {} {} {}{}\n", log_time(options_.now()), name_, mark, printable(text.substr(0, longest_line)),
                    is_cut ? fmt::format(" … ({} bytes in all)", text.size()) : ""));
}

std::shared_ptr<ConnectionTrace> Trace::begin_connection(std::vector<Secret> secrets) {
  return std::make_shared<ConnectionTrace>(fmt::format("{}-{}", name_, ++connections_), sink_, options_, std::move(secrets));
}

}  // namespace godwit::net
