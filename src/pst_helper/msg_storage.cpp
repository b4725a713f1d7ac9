// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/msg_storage.h"

#include <gsf/gsf-input.h>

#include <charconv>
#include <map>
#include <utility>

#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

constexpr std::size_t entry_size = 16;
constexpr gsf_off_t largest_stream = gsf_off_t{256} << 20U;
constexpr std::string_view value_prefix = "__substg1.0_";

GsfInfile* as_storage(const Input& input) { return GSF_INFILE(input.get()); }

std::optional<std::string> bytes_of(GsfInput* input) {
  const gsf_off_t size = gsf_input_size(input);
  if (size < 0 || size > largest_stream) return std::nullopt;
  if (size == 0) return std::string();
  const guint8* const data = gsf_input_read(input, static_cast<std::size_t>(size), nullptr);
  if (data == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::optional<std::uint32_t> hex_number(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

// "__substg1.0_0037001F": the property and its type; "__substg1.0_8004101F-00000001": one of several values.
struct ValueName {
  std::uint16_t property = 0, type = 0;
  std::optional<std::uint32_t> index{};
};
std::optional<ValueName> parse_value_name(std::string_view name) {
  if (!name.starts_with(value_prefix)) return std::nullopt;
  name.remove_prefix(value_prefix.size());
  const auto tag = hex_number(name.substr(0, 8));
  if (!tag || name.size() < 8) return std::nullopt;
  ValueName parsed{static_cast<std::uint16_t>(*tag >> 16U), static_cast<std::uint16_t>(*tag & 0xFFFFU)};
  if (name.size() == 8) return parsed;
  parsed.index = name[8] == '-' ? hex_number(name.substr(9)) : std::nullopt;
  return parsed.index ? std::optional(parsed) : std::nullopt;
}

}  // namespace

std::optional<std::string> MsgStorage::stream(const char* name) const {
  const Input input(gsf_infile_child_by_name(as_storage(storage_), name));
  return input ? bytes_of(input.get()) : std::nullopt;
}

Properties MsgStorage::properties(Kind kind) const {
  Properties properties;
  add_numbers(kind, properties);
  add_values(properties);
  return properties;
}

void MsgStorage::add_numbers(Kind kind, Properties& properties) const {
  const std::string all = stream("__properties_version1.0").value_or("");
  for (std::size_t at = static_cast<std::size_t>(kind); at + entry_size <= all.size(); at += entry_size) {
    const std::string_view entry = std::string_view(all).substr(at, entry_size);
    const auto type = number_at<std::uint16_t>(entry, 0);
    if (is_fixed(type)) properties.add_number(number_at<std::uint16_t>(entry, 2), type, little_endian(entry.substr(8, width_of(type))));
  }
}

void MsgStorage::add_values(Properties& properties) const {
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::map<std::uint32_t, std::string>> several;
  const int count = gsf_infile_num_children(as_storage(storage_));
  for (int i = 0; i < count; ++i) {
    const char* const name = gsf_infile_name_by_index(as_storage(storage_), i);
    const auto value = name == nullptr ? std::nullopt : parse_value_name(name);
    if (!value || value->type == Properties::object) continue;
    const Input input(gsf_infile_child_by_index(as_storage(storage_), i));
    auto bytes = input ? bytes_of(input.get()) : std::nullopt;
    if (!bytes) {
      properties.add_unreadable(value->property);
    } else if (value->index) {
      several[{value->property, value->type}][*value->index] = *std::move(bytes);
    } else if ((value->type & Properties::several) == 0) {  // else: only how long each of the values is
      properties.add_bytes(value->property, value->type, *std::move(bytes));
    }
  }
  for (auto& [tag, values] : several) {
    std::vector<std::string> all;
    for (auto& [index, bytes] : values) all.push_back(std::move(bytes));
    properties.add_values(tag.first, tag.second, std::move(all));
  }
}

PropertyNames MsgStorage::names() const {
  auto found = storages("__nameid_version1.0");
  if (found.empty()) return {};
  const MsgStorage names(std::move(found.front()));
  return {names.stream("__substg1.0_00020102").value_or(""), names.stream("__substg1.0_00030102").value_or(""),
          names.stream("__substg1.0_00040102").value_or("")};
}

std::vector<Input> MsgStorage::storages(std::string_view prefix) const {
  std::vector<Input> found;
  const int count = gsf_infile_num_children(as_storage(storage_));
  for (int i = 0; i < count; ++i) {
    const char* const name = gsf_infile_name_by_index(as_storage(storage_), i);
    if (name == nullptr || !std::string_view(name).starts_with(prefix)) continue;
    Input child(gsf_infile_child_by_index(as_storage(storage_), i));
    if (child && GSF_IS_INFILE(child.get()) && gsf_infile_num_children(as_storage(child)) >= 0) found.push_back(std::move(child));
  }
  return found;
}

}  // namespace godwit::pst
