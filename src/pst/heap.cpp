// SPDX-License-Identifier: Apache-2.0
#include "pst/heap.h"

#include <algorithm>
#include <utility>

#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr std::size_t most_records = 1'000'000;
constexpr unsigned deepest_tree = 8;

// [MS-PST] 2.3.3.2: a value that the heap or a node below holds; the lowest five bits of a heap's id are zero.
std::optional<std::string> value_at(const Heap& heap, const Subnodes& subnodes, std::uint32_t id) {
  if (id == 0) return std::string();
  if ((id & 0x1FU) == 0) {
    const auto item = heap.item(id);
    return item ? std::optional<std::string>(*item) : std::nullopt;
  }
  auto blocks = subnodes ? subnodes(id) : std::nullopt;
  if (!blocks) return std::nullopt;
  if (blocks->size() == 1) return std::move(blocks->front());
  std::string whole;
  for (const std::string& block : *blocks) whole += block;
  return whole;
}

struct Column {
  std::uint16_t type = 0, property = 0, offset = 0;
  std::uint8_t size = 0, bit = 0;
};

struct Table {
  std::vector<Column> columns;
  std::size_t row_size = 0, bits_offset = 0;
  std::uint32_t index = 0, rows = 0;
};

// [MS-PST] 2.3.4.1
std::optional<Table> table_of(const Heap& heap) {
  const auto head = heap.item(heap.root());
  if (heap.client() != Heap::Client::table || !head || head->size() < 22) return std::nullopt;
  Table table;
  table.bits_offset = number_at<std::uint16_t>(*head, 6);
  table.row_size = number_at<std::uint16_t>(*head, 8);
  table.index = number_at<std::uint32_t>(*head, 10);
  table.rows = number_at<std::uint32_t>(*head, 14);
  const auto count = static_cast<std::uint8_t>((*head)[1]);
  for (std::size_t at = 22; table.columns.size() < count && at + 8 <= head->size(); at += 8) {
    table.columns.push_back({number_at<std::uint16_t>(*head, at), number_at<std::uint16_t>(*head, at + 2),
                             number_at<std::uint16_t>(*head, at + 4), static_cast<std::uint8_t>((*head)[at + 6]),
                             static_cast<std::uint8_t>((*head)[at + 7])});
  }
  return table.row_size == 0 || table.bits_offset > table.row_size ? std::nullopt : std::optional(table);
}

Blocks row_blocks(const Heap& heap, const Subnodes& subnodes, std::uint32_t id) {
  if ((id & 0x1FU) != 0) return (subnodes ? subnodes(id) : std::nullopt).value_or(Blocks());
  const auto item = heap.item(id);
  return item ? Blocks{std::string(*item)} : Blocks();
}

Properties row_properties(const Table& table, std::string_view row, const Heap& heap, const Subnodes& subnodes) {
  Properties properties;
  for (const Column& column : table.columns) {
    const std::size_t bit_at = table.bits_offset + column.bit / 8;
    const bool is_there = bit_at < row.size() && (static_cast<unsigned char>(row[bit_at]) >> (7U - column.bit % 8U) & 1U) != 0;
    if (!is_there || column.offset + std::size_t{column.size} > row.size()) continue;
    const std::string_view cell = row.substr(column.offset, column.size);
    if (is_fixed(column.type)) {
      properties.add_number(column.property, column.type, little_endian(cell.substr(0, 8)));
    } else if (auto bytes = value_at(heap, subnodes, static_cast<std::uint32_t>(little_endian(cell.substr(0, 4))))) {
      properties.add_bytes(column.property, column.type, *std::move(bytes));
    }
  }
  return properties;
}

}  // namespace

Heap::Heap(const Blocks& blocks, bool has_large_blocks) : blocks_(blocks), index_bits_(has_large_blocks ? 14 : 11) {
  if (blocks.empty() || blocks.front().size() < 12 || static_cast<unsigned char>(blocks.front()[2]) != 0xEC) return;
  const auto client = static_cast<Client>(blocks.front()[3]);
  if (client != Client::properties && client != Client::table) return;
  client_ = client;
  root_ = number_at<std::uint32_t>(blocks.front(), 4);
}

std::optional<std::string_view> Heap::item(std::uint32_t id) const {
  const std::size_t index = id >> 5U & ((1U << index_bits_) - 1U), block_index = id >> (5U + index_bits_);
  if ((id & 0x1FU) != 0 || index == 0 || block_index >= blocks_.size()) return std::nullopt;
  const std::string_view block = blocks_[block_index];
  const std::size_t map = number_at<std::uint16_t>(block, 0);
  const std::size_t count = number_at<std::uint16_t>(block, map);
  if (map + 4 + 2 * (count + 1) > block.size() || index > count) return std::nullopt;
  const std::size_t begin = number_at<std::uint16_t>(block, map + 4 + 2 * (index - 1));
  const std::size_t end = number_at<std::uint16_t>(block, map + 4 + 2 * index);
  if (begin > end || end > block.size()) return std::nullopt;
  return block.substr(begin, end - begin);
}

std::vector<Heap::Record> Heap::tree(std::uint32_t id) const {
  std::vector<Record> records;
  const auto head = item(id);
  if (!head || head->size() < 8 || static_cast<unsigned char>(head->front()) != 0xB5) return records;
  const auto key_size = static_cast<std::uint8_t>((*head)[1]), data_size = static_cast<std::uint8_t>((*head)[2]);
  const auto levels = static_cast<std::uint8_t>((*head)[3]);
  if (key_size > 0 && levels <= deepest_tree) add_records(number_at<std::uint32_t>(*head, 4), levels, key_size, data_size, records);
  return records;
}

void Heap::add_records(std::uint32_t id, unsigned level, std::size_t key_size, std::size_t data_size,
                       std::vector<Record>& records) const {
  const std::string_view page = item(id).value_or(std::string_view());
  const std::size_t step = key_size + (level == 0 ? data_size : 4);
  for (std::size_t at = 0; at + step <= page.size() && records.size() < most_records; at += step) {
    if (level > 0) {
      add_records(number_at<std::uint32_t>(page, at + key_size), level - 1, key_size, data_size, records);
    } else {
      records.push_back({page.substr(at, key_size), page.substr(at + key_size, data_size)});
    }
  }
}

Properties read_properties(const Heap& heap, const Subnodes& subnodes) {
  Properties properties;
  if (heap.client() != Heap::Client::properties) return properties;
  for (const auto& [key, data] : heap.tree(heap.root())) {
    if (key.size() != 2 || data.size() != 6) continue;
    const auto property = number_at<std::uint16_t>(key, 0), type = number_at<std::uint16_t>(data, 0);
    const auto value = number_at<std::uint32_t>(data, 2);
    if (is_fixed(type) && width_of(type) <= 4) {
      properties.add_number(property, type, value & ((std::uint64_t{1} << 8U * width_of(type)) - 1U));
    } else if (auto bytes = value_at(heap, subnodes, value); bytes && is_fixed(type)) {
      properties.add_number(property, type, little_endian(std::string_view(*bytes).substr(0, 8)));
    } else if (bytes) {
      properties.add_bytes(property, type, *std::move(bytes));
    } else {
      properties.add_unreadable(property);
    }
  }
  return properties;
}

std::vector<Properties> read_rows(const Heap& heap, const Subnodes& subnodes) {
  std::vector<Properties> rows;
  const auto table = table_of(heap);
  if (!table) return rows;
  const Blocks blocks = row_blocks(heap, subnodes, table->rows);
  const std::size_t in_a_block = blocks.empty() ? 0 : blocks.front().size() / table->row_size;
  if (in_a_block == 0) return rows;
  for (const auto& [key, data] : heap.tree(table->index)) {
    const std::uint64_t number = little_endian(data.substr(0, 8));
    const std::size_t block = number / in_a_block, at = number % in_a_block * table->row_size;
    if (block >= blocks.size() || at + table->row_size > blocks[block].size()) continue;
    rows.push_back(row_properties(*table, std::string_view(blocks[block]).substr(at, table->row_size), heap, subnodes));
  }
  return rows;
}

}  // namespace godwit::pst
