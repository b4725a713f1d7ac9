// SPDX-License-Identifier: Apache-2.0
// A message whose content the target refused, while repaired forms of it are tried one after the other, the least change first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "endpoint/types.h"
#include "ledger/ledger.h"
#include "mime/repair.h"

namespace godwit::sync {

class RepairTrial {
 public:
  // `refusal`: of the message as it is.
  RepairTrial(endpoint::Message original, const Digest& digest, mime::RepairRules allowed, Error refusal);

  // Goes on to the next form; false: there is none left.
  [[nodiscard]] bool next();

  [[nodiscard]] const endpoint::Message& original() const { return original_; }
  [[nodiscard]] const Digest& digest() const { return digest_; }  // of the original
  [[nodiscard]] const mime::Repaired& form() const { return *form_; }
  [[nodiscard]] endpoint::Message message() const;  // the original's, with the bytes of the present form
  [[nodiscard]] const Error& refusal() const { return refusal_; }
  [[nodiscard]] std::string tried() const;  // "nul; nul, long-line"

  std::string kept_as;  // where the original is kept

 private:
  endpoint::Message original_;
  Digest digest_;
  std::vector<mime::RepairRules> attempts_;
  std::size_t next_ = 0;
  std::optional<mime::Repaired> form_;
  Error refusal_;
};

// Whether another form of the message may be taken: it was refused for good, and not for its size or the account's space.
[[nodiscard]] constexpr bool is_about_content(ErrorKind kind) { return kind == ErrorKind::refused || kind == ErrorKind::not_understood; }

}  // namespace godwit::sync
