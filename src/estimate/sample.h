// SPDX-License-Identifier: Apache-2.0
// Which messages of an account a calibration uses.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "estimate/sample_source.h"

namespace godwit::estimate {

// What an account has to offer: of its largest folders, messages with their sizes.
struct Offer {
  struct Message {
    std::size_t folder = 0;  // place in `folders`
    Uid uid = 0;
    std::uint64_t size = 0;
  };
  std::vector<endpoint::Folder> folders;
  std::vector<Message> messages;  // the smallest first
};
[[nodiscard]] Task<Result<Offer>> look_for_samples(endpoint::Session& session);

enum class Shape {
  one_folder,       // one message
  several_folders,  // as many folders, of one message each
  small,            // messages of the smaller half
  large,            // messages of the larger half
};
inline constexpr std::size_t several = 8;

// Folders with fresh names that godwit knows as its own. Fewer messages than wanted where there are none; always one folder at least,
// unless the account has none.
struct Sample {
  std::vector<SampleFolder> folders;
  double messages = 0, bytes = 0;
};
[[nodiscard]] Sample sample_of(const Offer& offer, Shape shape, double most_messages, double most_bytes);

}  // namespace godwit::estimate
