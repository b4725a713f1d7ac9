// SPDX-License-Identifier: Apache-2.0
#include "cli/questions.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::cli {
namespace {

std::string without_blanks(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Result<std::string> read_answer(const std::string& prompt) {
  fmt::print("  {}: ", prompt);
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line)) return fail(codes::answer_missing, "the input ended before the last answer; nothing was written");
  return without_blanks(line);
}

std::string fault_in(const Question& question, const std::string& answer) {
  return question.fault_of ? question.fault_of(answer) : std::string();
}

}  // namespace

void Questions::tell(const std::string& text) const {
  if (is_interactive_) fmt::print("{}\n", text);
}

Result<> Questions::ask(std::string& answer, const Question& question) const {
  const bool is_given = !answer.empty();
  if (!is_interactive_ || is_given) {
    if (!is_given) answer = question.usual;
    if (answer.empty()) return fail(codes::answer_missing, fmt::format("{} is missing; give it, or run on a terminal", question.option));
    const std::string fault = fault_in(question, answer);
    return fault.empty() ? Result<>{} : fail(ErrorKind::usage, fmt::format("{} {}: {}", question.option, printable(answer), fault));
  }
  const std::string prompt = question.usual.empty() ? question.text : fmt::format("{} [{}]", question.text, question.usual);
  while (true) {
    GODWIT_TRY(answer, read_answer(prompt));
    if (answer.empty()) answer = question.usual;
    const std::string fault = answer.empty() ? "an answer is needed" : fault_in(question, answer);
    if (fault.empty()) return {};
    fmt::print("  {}\n", fault);
  }
}

Result<std::size_t> Questions::choose(const std::string& text, std::span<const std::string> choices, std::size_t usual) const {
  if (!is_interactive_) return usual;
  for (std::size_t i = 0; i < choices.size(); ++i) fmt::print("    {} {}\n", i + 1, choices[i]);
  while (true) {
    GODWIT_TRY(const std::string answer, read_answer(fmt::format("{} [{}]", text, usual + 1)));
    if (answer.empty()) return usual;
    const auto number = parse_number<std::size_t>(answer);
    if (number && *number >= 1 && *number <= choices.size()) return *number - 1;
    fmt::print("  write a number from 1 to {}\n", choices.size());
  }
}

Result<bool> Questions::confirm(const std::string& text, bool usual) const {
  if (!is_interactive_) return usual;
  while (true) {
    GODWIT_TRY(const std::string answer, read_answer(fmt::format("{} [{}]", text, usual ? "Y/n" : "y/N")));
    if (answer.empty()) return usual;
    for (const auto& [word, value] : {std::pair("y", true), std::pair("yes", true), std::pair("n", false), std::pair("no", false)}) {
      if (equals_ignoring_case(answer, word)) return value;
    }
    fmt::print("  write y or n\n");
  }
}

}  // namespace godwit::cli
