// SPDX-License-Identifier: Apache-2.0
// What the sessions of one host have learned about it in this run: an extension that it announces and then refuses is not used again.
// Used by one thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace godwit::adapters {

class ImapHost {
 public:
  // `on_software` is told what the server calls itself, whenever it does.
  explicit ImapHost(std::function<void(const std::string&)> on_software = {}) : on_software_(std::move(on_software)) {}

  void note_software(const std::string& software) const {
    if (on_software_ && !software.empty()) on_software_(software);
  }

  [[nodiscard]] const std::set<std::string, std::less<>>& disabled() const { return disabled_; }

  [[nodiscard]] bool believes_search() const { return believes_search_; }
  void note_wrong_search() { believes_search_ = false; }

  void note_success(std::string_view extension) { proven_.emplace(extension); }

  // True when the extension is switched off, by this session or another one. One that has worked before stays: then the refusal
  // is about something else.
  bool note_failure(std::string_view extension) {
    if (proven_.contains(extension)) return false;
    disabled_.emplace(extension);
    return true;
  }

 private:
  const std::function<void(const std::string&)> on_software_;
  std::set<std::string, std::less<>> disabled_, proven_;
  bool believes_search_ = true;
};

}  // namespace godwit::adapters
