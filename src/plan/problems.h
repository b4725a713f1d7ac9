// SPDX-License-Identifier: Apache-2.0
// What is wrong with files that a person wrote: everything at once, each with its place.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::plan {

struct Place {
  std::string file;
  std::size_t line = 0;    // from 1; 0 when it is about the file as a whole
  std::size_t column = 0;  // from 1; 0 when it is about the line as a whole
  friend bool operator==(const Place&, const Place&) = default;
};
[[nodiscard]] std::string describe(const Place& place);  // "godwit.toml:12:3"

class Problems {
 public:
  void add(Place place, std::string what);
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  // Of kind usage: a line each, by file (in the order in which they came) and place, twenty at most and then how many more
  // there are. There must be one.
  [[nodiscard]] Error error() const;

 private:
  struct Problem {
    std::size_t file;
    Place place;
    std::string what;
  };
  std::vector<Problem> problems_;
  std::vector<std::string> files_;
};

// For what follows an unknown word: "; did you mean \"host\"?" where one of `known` is nearly that word (edit distance; case,
// "-" and "_" do not count), else "; known are: host, port". Empty when nothing is known.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace godwit::plan
