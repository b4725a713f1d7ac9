// SPDX-License-Identifier: Apache-2.0
#include "plan/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace godwit::plan {
namespace {

constexpr std::size_t most_told = 20;

std::string comparable(std::string_view word) {
  std::string result = to_lower(word);
  std::erase_if(result, [](char c) { return c == '-' || c == '_' || c == ' '; });
  return result;
}

// Insertions, deletions, replacements, and neighbours exchanged count one each (optimal string alignment).
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before_last, last, row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before_last = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool is_exchanged = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (is_exchanged) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string describe(const Place& place) {
  std::string text = printable(place.file);
  if (place.line > 0) text += fmt::format(":{}", place.line);
  if (place.line > 0 && place.column > 0) text += fmt::format(":{}", place.column);
  return text;
}

void Problems::add(Place place, std::string what) {
  const auto known = std::ranges::find(files_, place.file);
  const auto file = static_cast<std::size_t>(known - files_.begin());
  if (known == files_.end()) files_.push_back(place.file);
  problems_.push_back({file, std::move(place), std::move(what)});
}

Error Problems::error() const {
  std::vector<const Problem*> order;
  for (const Problem& problem : problems_) order.push_back(&problem);
  std::ranges::sort(order, {}, [](const Problem* one) { return std::tuple(one->file, one->place.line, one->place.column, one); });
  if (order.size() == 1) return Error{ErrorKind::usage, order[0]->what, {}, describe(order[0]->place)};
  std::string text = fmt::format("{} errors:", order.size());
  for (const Problem* problem : std::span(order).first(std::min(order.size(), most_told))) {
    text += fmt::format("\n{}: {}", describe(problem->place), problem->what);
  }
  if (order.size() > most_told) text += fmt::format("\nand {} more", order.size() - most_told);
  return Error{ErrorKind::usage, std::move(text), {}, {}};
}

std::string suggestion(std::string_view word, std::span<const std::string> known) {
  constexpr std::size_t longest = 64;  // of a word that may be a slip of the pen; the distance costs the product of the lengths
  if (known.empty()) return {};
  const std::string wanted = comparable(word);
  if (wanted.size() <= longest) {
    const auto distance = [&](const std::string& one) { return edit_distance(wanted, comparable(one)); };
    const std::string& nearest = *std::ranges::min_element(known, {}, distance);
    const std::size_t slips = distance(nearest);
    if (slips < wanted.size() && slips <= std::max<std::size_t>(1, wanted.size() / 3)) {
      return fmt::format("; did you mean \"{}\"?", printable(nearest));
    }
  }
  std::string names;
  for (const std::string& one : known) names.append(names.empty() ? "" : ", ").append(printable(one));
  return "; known are: " + names;
}

}  // namespace godwit::plan
