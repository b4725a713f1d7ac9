// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/node_reader.h"

#include <cstdlib>
#include <memory>

#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr unsigned char list_of_blocks = 1, list_of_nodes = 2;  // the first byte of a block that only points to others
constexpr std::size_t block_list_head = 8;

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

std::uint64_t id_at(std::string_view bytes, std::size_t at, std::size_t size) {
  return at + size > bytes.size() ? 0 : little_endian(bytes.substr(at, size));
}

}  // namespace

NodePlace NodeReader::place_of(const pst_desc_tree& node) {
  return {node.desc == nullptr ? 0 : node.desc->i_id, node.assoc_tree == nullptr ? 0 : node.assoc_tree->i_id};
}

std::optional<std::string> NodeReader::block(std::uint64_t id) {
  char* memory = nullptr;
  const std::size_t size = pst_ff_getIDblock_dec(&file_, id, &memory);
  const std::unique_ptr<char, Free> owner(memory);
  if (memory == nullptr || size == 0) return std::nullopt;
  return std::string(memory, size);
}

std::optional<Blocks> NodeReader::blocks(std::uint64_t id) {
  Blocks all;
  return id == 0 || add_blocks(id, 2, all) ? std::optional(std::move(all)) : std::nullopt;
}

// The second bit of an id says that the block points to others, two levels deep at most.
bool NodeReader::add_blocks(std::uint64_t id, int level, Blocks& blocks) {
  auto bytes = block(id);
  if (!bytes) return false;
  if ((id & 2U) == 0) {
    blocks.push_back(*std::move(bytes));
    return true;
  }
  if (level == 0 || bytes->size() < block_list_head || static_cast<unsigned char>(bytes->front()) != list_of_blocks) return false;
  const std::size_t count = number_at<std::uint16_t>(*bytes, 2);
  for (std::size_t i = 0; i < count; ++i) {
    if (!add_blocks(id_at(*bytes, block_list_head + i * id_size(), id_size()), level - 1, blocks)) return false;
  }
  return true;
}

std::optional<NodesBelow> NodeReader::below(std::uint64_t id) {
  NodesBelow nodes;
  return id == 0 || add_below(id, 1, nodes) ? std::optional(std::move(nodes)) : std::nullopt;
}

bool NodeReader::add_below(std::uint64_t id, int level, NodesBelow& nodes) {
  const auto bytes = block(id);
  if (!bytes || bytes->size() < 4 || static_cast<unsigned char>(bytes->front()) != list_of_nodes) return false;
  const bool is_list_of_lists = (*bytes)[1] != 0;
  if (is_list_of_lists && level == 0) return false;
  const std::size_t size = id_size(), count = number_at<std::uint16_t>(*bytes, 2), step = size * (is_list_of_lists ? 2 : 3);
  for (std::size_t i = 0, at = size; i < count; ++i, at += step) {
    if (is_list_of_lists) {
      if (!add_below(id_at(*bytes, at + size, size), level - 1, nodes)) return false;
    } else {
      nodes[number_at<std::uint32_t>(*bytes, at)] = {id_at(*bytes, at + size, size), id_at(*bytes, at + 2 * size, size)};
    }
  }
  return true;
}

Properties NodeReader::small_properties(const NodePlace& place) {
  const auto all = blocks(place.data);
  return all ? read_properties(Heap(*all, has_large_blocks()), {}) : Properties();
}

}  // namespace godwit::pst
