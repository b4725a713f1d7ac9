// SPDX-License-Identifier: Apache-2.0
// What lies in a node of a PST file: a heap, trees and tables in it, properties and rows ([MS-PST] 2.3). Works on the node's blocks, which
// somebody else reads; whatever is damaged in them is left out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pst/properties.h"

namespace godwit::pst {

using Blocks = std::vector<std::string>;  // of one node, in order
// The blocks of a node below this one; nothing: there is none, or it cannot be read.
using Subnodes = std::function<std::optional<Blocks>(std::uint32_t node)>;

class Heap {
 public:
  enum class Client : std::uint8_t { none = 0, properties = 0xBC, table = 0x7C };
  // `has_large_blocks`: an OST file of Outlook 2013 and later, in which a heap's blocks are of 64 KiB.
  Heap(const Blocks& blocks, bool has_large_blocks);

  [[nodiscard]] Client client() const { return client_; }  // none: it is no heap
  [[nodiscard]] std::uint32_t root() const { return root_; }
  [[nodiscard]] std::optional<std::string_view> item(std::uint32_t id) const;
  struct Record {
    std::string_view key, data;
  };
  // Of a tree on the heap, in its order.
  [[nodiscard]] std::vector<Record> tree(std::uint32_t id) const;

 private:
  void add_records(std::uint32_t id, unsigned level, std::size_t key_size, std::size_t data_size, std::vector<Record>& records) const;

  const Blocks& blocks_;
  const unsigned index_bits_;
  Client client_ = Client::none;
  std::uint32_t root_ = 0;
};

// All properties of a node; those that lie in nodes below it only where `subnodes` is there.
[[nodiscard]] Properties read_properties(const Heap& heap, const Subnodes& subnodes);

// All rows of a table, each with its row's id as PidTagLtpRowId.
[[nodiscard]] std::vector<Properties> read_rows(const Heap& heap, const Subnodes& subnodes);

}  // namespace godwit::pst
