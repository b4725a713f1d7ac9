// SPDX-License-Identifier: Apache-2.0
// One storage of a .msg file: the message itself, a recipient, an attachment ([MS-OXMSG] 2.1 to 2.4).
#pragma once

#include <gsf/gsf-infile.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::pst {

struct Unreference {
  void operator()(void* object) const { g_object_unref(object); }
};
using Input = std::unique_ptr<GsfInput, Unreference>;

class MsgStorage {
 public:
  // How long the head of its properties is.
  enum class Kind : std::uint8_t { file = 32, embedded = 24, part = 8 };
  // `code_page`: of texts that are not Unicode, where the storage does not tell its own.
  MsgStorage(Input storage, Kind kind, std::uint32_t code_page);

  [[nodiscard]] std::string text(std::uint16_t property) const;                  // UTF-8
  [[nodiscard]] std::optional<std::string> bytes(std::uint16_t property) const;  // PtypBinary
  [[nodiscard]] std::optional<std::string> plain_text(std::uint16_t property) const;  // PtypString8 as it is
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint16_t property) const;  // of any fixed type
  [[nodiscard]] std::optional<std::int64_t> seconds(std::uint16_t property) const;  // PtypTime, since 1970
  [[nodiscard]] std::uint32_t code_page() const { return code_page_; }
  [[nodiscard]] std::uint32_t html_code_page() const { return html_code_page_; }
  // Storages whose names begin so.
  [[nodiscard]] std::vector<Input> storages(std::string_view prefix) const;

 private:
  [[nodiscard]] std::optional<std::string> stream(const std::string& name) const;
  void read_properties(Kind kind);

  Input storage_;
  std::map<std::uint16_t, std::uint64_t> numbers_;
  std::uint32_t code_page_, html_code_page_;
};

}  // namespace godwit::pst
