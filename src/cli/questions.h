// SPDX-License-Identifier: Apache-2.0
// Questions on a terminal; without one, the options of the command line are the answers.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/error.h"

namespace godwit::cli {

struct Question {
  std::string text;         // "Host"
  std::string option;       // that answers it: "--source-host"
  std::string usual{};      // what Enter takes; empty: an answer is needed
  // What is wrong with an answer, and what to write instead; empty when nothing is.
  std::function<std::string(const std::string&)> fault_of{};
};

class Questions {
 public:
  // Not interactive: nothing is asked, and what has no answer gets the usual one.
  explicit Questions(bool is_interactive) : is_interactive_(is_interactive) {}
  [[nodiscard]] bool is_interactive() const { return is_interactive_; }

  // Fills `answer` where it is empty; asks again until nothing is wrong with it. Errors of kind usage: the option's value is wrong, an
  // answer is missing, or the input has ended.
  [[nodiscard]] Result<> ask(std::string& answer, const Question& question) const;
  // The index of the one that is chosen, by its number.
  [[nodiscard]] Result<std::size_t> choose(const std::string& text, std::span<const std::string> choices, std::size_t usual) const;
  [[nodiscard]] Result<bool> confirm(const std::string& text, bool usual) const;
  // For whoever answers.
  void tell(const std::string& text) const;

 private:
  bool is_interactive_;
};

}  // namespace godwit::cli
