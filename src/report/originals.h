// SPDX-License-Identifier: Apache-2.0
// Originals of messages that were moved in a repaired form, and what was changed in them: DIRECTORY/SHA256.eml with the bytes of
// the source, and beside it SHA256.json, so that each changed byte can be shown and undone.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "mime/repair.h"

namespace godwit::report {

class Originals {
 public:
  explicit Originals(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // On disk when it returns. Returns the name of the message's file. Errors of kind `storage`.
  [[nodiscard]] Result<std::string> keep(std::string_view original, const mime::Repaired& form) const;
  // The same as a function, for a round's options.
  [[nodiscard]] std::function<Result<std::string>(std::string_view, const mime::Repaired&)> keeper() const {
    return [originals = *this](std::string_view original, const mime::Repaired& form) { return originals.keep(original, form); };
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace godwit::report
