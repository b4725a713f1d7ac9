// SPDX-License-Identifier: Apache-2.0
// Nodes of a PST file: libpst knows where they lie and decrypts them; their blocks are put together here ([MS-PST] 2.2.2.8).
#pragma once

extern "C" {
#include <libpst/libpst.h>
}

#include <cstdint>
#include <map>
#include <optional>

#include "pst/heap.h"

namespace godwit::pst {

// Where a node's bytes are, and the nodes below it.
struct NodePlace {
  std::uint64_t data = 0, below = 0;  // ids of blocks; 0: none
};
using NodesBelow = std::map<std::uint32_t, NodePlace>;

class NodeReader {
 public:
  explicit NodeReader(pst_file& file) : file_(file) {}

  [[nodiscard]] static NodePlace place_of(const pst_desc_tree& node);
  [[nodiscard]] bool has_large_blocks() const { return file_.do_read64 == 2; }
  // Nothing: one of them cannot be read.
  [[nodiscard]] std::optional<Blocks> blocks(std::uint64_t id);
  [[nodiscard]] std::optional<NodesBelow> below(std::uint64_t id);
  // Of this node, without what lies in nodes below it.
  [[nodiscard]] Properties small_properties(const NodePlace& place);

 private:
  [[nodiscard]] std::optional<std::string> block(std::uint64_t id);
  [[nodiscard]] bool add_blocks(std::uint64_t id, int level, Blocks& blocks);
  [[nodiscard]] bool add_below(std::uint64_t id, int level, NodesBelow& nodes);
  [[nodiscard]] std::size_t id_size() const { return file_.do_read64 == 0 ? 4 : 8; }

  pst_file& file_;
};

}  // namespace godwit::pst
