// SPDX-License-Identifier: Apache-2.0
// One storage of a .msg file: the message itself, a recipient, an attachment ([MS-OXMSG] 2.1 to 2.4).
#pragma once

#include <gsf/gsf-infile.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pst/properties.h"

namespace godwit::pst {

struct Unreference {
  void operator()(void* object) const { g_object_unref(object); }
};
using Input = std::unique_ptr<GsfInput, Unreference>;

class MsgStorage {
 public:
  // How long the head of its properties is.
  enum class Kind : std::uint8_t { file = 32, embedded = 24, part = 8 };
  explicit MsgStorage(Input storage) : storage_(std::move(storage)) {}

  [[nodiscard]] Properties properties(Kind kind) const;
  // Of the whole file; for its uppermost storage.
  [[nodiscard]] PropertyNames names() const;
  // Storages whose names begin so.
  [[nodiscard]] std::vector<Input> storages(std::string_view prefix) const;

 private:
  [[nodiscard]] std::optional<std::string> stream(const char* name) const;
  void add_numbers(Kind kind, Properties& properties) const;
  void add_values(Properties& properties) const;

  Input storage_;
};

}  // namespace godwit::pst
