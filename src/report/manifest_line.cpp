// SPDX-License-Identifier: Apache-2.0
#include "report/manifest_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "report/rfc3339.h"

namespace godwit::report {
namespace {

using ledger::Level;
using nlohmann::json;

constexpr std::array<std::pair<Outcome, std::string_view>, 5> outcomes{
    {{Outcome::moved, "moved"}, {Outcome::repaired, "repaired"}, {Outcome::not_moved, "not_moved"},
     {Outcome::left_out, "left_out"}, {Outcome::withdrawn, "withdrawn"}}};
constexpr std::array<std::pair<Level, std::string_view>, 4> levels{
    {{Level::accepted, "accepted"}, {Level::listed, "listed"}, {Level::proven, "proven"}, {Level::altered, "altered"}}};
constexpr std::array<std::pair<std::uint64_t ManifestCounts::*, std::string_view>, 11> count_names{
    {{&ManifestCounts::items, "items"}, {&ManifestCounts::bytes, "bytes"}, {&ManifestCounts::moved, "moved"},
     {&ManifestCounts::repaired, "repaired"}, {&ManifestCounts::not_moved, "not_moved"},
     {&ManifestCounts::left_out, "left_out"}, {&ManifestCounts::withdrawn, "withdrawn"}, {&ManifestCounts::accepted, "accepted"},
     {&ManifestCounts::listed, "listed"}, {&ManifestCounts::proven, "proven"},
     {&ManifestCounts::altered, "altered"}}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  const auto* const entry = std::ranges::find(table, value, &Table::value_type::first);
  return entry == table.end() ? std::string_view() : entry->second;
}

// The text as a JSON string of ASCII characters only; nothing when it is no UTF-8.
std::optional<std::string> json_string(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
  if (is_plain) return '"' + std::string(text) + '"';
  try {
    return json(text).dump(-1, ' ', true);
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// Writes one line, a key after the other. Absent: empty text and zero, where 0 means unknown.
class LineWriter {
 public:
  LineWriter(std::string& line, std::string_view first_key, std::uint64_t value) : line_(line) {
    line_ += '{';
    add(first_key, fmt::format_int(value).c_str());
  }
  void number(std::string_view key, std::uint64_t value) {
    line_ += ',';
    add(key, fmt::format_int(value).c_str());
  }
  void known_number(std::string_view key, std::uint64_t value) {
    if (value != 0) number(key, value);
  }
  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    line_ += ',';
    if (const auto string = json_string(value)) {
      add(key, *string);
    } else {
      add(fmt::format("{}_hex", key), fmt::format("\"{}\"", to_hex(value)));
    }
  }
  void counts(const ManifestCounts& counts) {
    line_ += R"(,"counts":{)";
    for (const auto& [member, name] : count_names) {
      add(name, fmt::format_int(counts.*member).c_str());
      line_ += ',';
    }
    line_.back() = '}';
  }
  void end() { line_ += "}\n"; }

 private:
  void add(std::string_view key, std::string_view value) {
    line_ += '"';
    line_ += key;
    line_ += "\":";
    line_ += value;
  }
  std::string& line_;
};

std::unexpected<Error> refuse(std::string what) { return fail(codes::manifest_damaged, std::move(what)); }

// Reads one object. The first fault stays; after it every answer is empty.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  std::string text(const std::string& key) {
    const json* const plain = find(key);
    const json* const hex = find(key + "_hex");
    if (plain != nullptr && hex != nullptr) return fault(key, "stands there twice");
    if (plain != nullptr) return plain->is_string() ? plain->get<std::string>() : fault(key, "is no text");
    if (hex == nullptr) return {};
    const std::string digits = hex->is_string() ? hex->get<std::string>() : std::string();
    auto bytes = from_hex(digits);
    if (!bytes || bytes->empty() || to_hex(*bytes) != digits) return fault(key + "_hex", "is not hexadecimal in lower case");
    if (json_string(*bytes)) return fault(key + "_hex", "is UTF-8, and so must stand there as text");
    return *std::move(bytes);
  }

  template <class Integer = std::uint64_t>
  Integer number(const std::string& key) {
    const json* const value = find(key);
    if (value == nullptr) return 0;
    const std::uint64_t number = value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
    if (!value->is_number_unsigned() || number > std::numeric_limits<Integer>::max()) fault(key, "is no number, or too large");
    return static_cast<Integer>(number);
  }

  template <class Table>
  auto choice(const std::string& key, const Table& table) -> std::optional<typename Table::value_type::first_type> {
    const std::string name = text(key);
    if (name.empty()) return std::nullopt;
    const auto* const entry = std::ranges::find(table, name, &Table::value_type::second);
    if (entry != table.end()) return entry->first;
    fault(key, "has a value that is not known");
    return std::nullopt;
  }

  std::optional<InternalDate> date(const std::string& key) {
    const std::string value = text(key);
    const auto date = parse_rfc3339(value);
    if (!value.empty() && !date) fault(key, "is no date and time of RFC 3339");
    return date;
  }

  ManifestCounts counts() {
    ManifestCounts counts;
    const json* const value = find("counts");
    if (value == nullptr || !value->is_object()) {
      fault("counts", "is missing");
      return counts;
    }
    Fields inner(*value);
    for (const auto& [member, name] : count_names) {
      inner.require(std::string(name));
      counts.*member = inner.number(std::string(name));
    }
    if (fault_.empty()) fault_ = inner.fault_;
    return counts;
  }

  void require(const std::string& key) {
    if (find(key) == nullptr) fault(key, "is missing");
  }
  std::string fault(const std::string& key, std::string_view what) {
    if (fault_.empty()) fault_ = fmt::format("\"{}\" {}", key, what);
    return {};
  }
  [[nodiscard]] const std::string& first_fault() const { return fault_; }

 private:
  const json* find(const std::string& key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  const json& object_;
  std::string fault_;
};

Result<ManifestLine> header_from(Fields& fields) {
  if (const std::uint64_t format = fields.number("godwit_manifest"); format > manifest_format) {
    return fail(ErrorKind::usage, fmt::format("written by a newer godwit (format {}, this one knows {}); use that version",
                                              format, manifest_format));
  } else if (format != manifest_format) {
    fields.fault("godwit_manifest", "is not the number of a format");
  }
  ManifestHeader header;
  header.program = fields.text("program");
  header.source = fields.text("source");
  header.target = fields.text("target");
  fields.require("created");
  header.created = fields.date("created").value_or(InternalDate());
  header.round_ended = fields.date("round_ended");
  const auto grade = grade_named(fields.text("grade"));
  header.grade = grade.value_or(Grade::failed);
  header.counts = fields.counts();
  header.signer = fields.text("signer");
  if (!grade) fields.fault("grade", "is missing, or not known");
  if (!fields.first_fault().empty()) return refuse(fields.first_fault());
  if (auto fault = fault_of(header)) return refuse(*std::move(fault));
  return header;
}

std::optional<Digest> digest_from(Fields& fields) {
  const std::string hex = fields.text("sha256");
  if (hex.empty()) return std::nullopt;
  const auto bytes = from_hex(hex);
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size() || !bytes || to_hex(*bytes) != hex) {
    fields.fault("sha256", "is not 64 hexadecimal digits in lower case");
    return std::nullopt;
  }
  std::ranges::copy(*bytes, digest.bytes.begin());
  return digest;
}

Result<ManifestLine> item_from(Fields& fields) {
  NumberedItem line;
  ManifestItem& item = line.item;
  line.number = fields.number("item");
  item.source_folder = fields.text("source_folder");
  item.source_uid_validity = fields.number<std::uint32_t>("source_uid_validity");
  item.source_uid = fields.number<Uid>("source_uid");
  item.target_folder = fields.text("target_folder");
  item.target_uid_validity = fields.number<std::uint32_t>("target_uid_validity");
  item.target_uid = fields.number<Uid>("target_uid");
  item.kind = fields.text("kind");
  item.uid = fields.text("uid");
  item.source_name = fields.text("source_name");
  item.target_name = fields.text("target_name");
  fields.require("size");
  item.size = fields.number("size");
  item.digest = digest_from(fields);
  item.date = fields.date("date");
  item.level = fields.choice("level", levels);
  const auto outcome = fields.choice("outcome", outcomes);
  if (!outcome) fields.fault("outcome", "is missing");
  item.outcome = outcome.value_or(Outcome::not_moved);
  item.reason = fields.text("reason");
  if (!fields.first_fault().empty()) return refuse(fields.first_fault());
  if (auto fault = fault_of(item)) return refuse(*std::move(fault));
  return line;
}

Result<ManifestLine> end_from(Fields& fields) {
  const ManifestCounts counts = fields.counts();
  if (fields.number("end") != counts.items) fields.fault("end", "is not the number of items");
  if (!fields.first_fault().empty()) return refuse(fields.first_fault());
  return counts;
}

}  // namespace

std::string_view name_of(Outcome outcome) { return name_in(outcomes, outcome); }
std::string_view name_of(Level level) { return name_in(levels, level); }

void ManifestCounts::add(const ManifestItem& item) {
  ++items;
  switch (item.outcome) {
    case Outcome::moved: ++moved; break;
    case Outcome::repaired: ++repaired; break;
    case Outcome::not_moved: ++not_moved; break;
    case Outcome::left_out: ++left_out; break;
    case Outcome::withdrawn: ++withdrawn; break;
  }
  if (is_on_target(item.outcome)) bytes += item.size;
  if (!item.level) return;
  switch (*item.level) {
    case Level::accepted: ++accepted; break;
    case Level::listed: ++listed; break;
    case Level::proven: ++proven; break;
    case Level::altered: ++altered; break;
    case Level::withdrawn:
    case Level::left_out: break;  // no level of a manifest, see fault_of()
  }
}

std::string header_line(const ManifestHeader& header) {
  std::string text;
  LineWriter line(text, "godwit_manifest", manifest_format);
  line.text("program", header.program);
  line.text("source", header.source);
  line.text("target", header.target);
  line.text("created", header.created.to_rfc3339());
  if (header.round_ended) line.text("round_ended", header.round_ended->to_rfc3339());
  line.text("grade", name_of(header.grade));
  line.counts(header.counts);
  line.text("signer", header.signer);
  line.end();
  return text;
}

void append_item_line(std::string& text, std::uint64_t number, const ManifestItem& item) {
  LineWriter line(text, "item", number);
  line.text("source_folder", item.source_folder);
  line.known_number("source_uid_validity", item.source_uid_validity);
  line.known_number("source_uid", item.source_uid);
  line.text("target_folder", item.target_folder);
  line.known_number("target_uid_validity", item.target_uid_validity);
  line.known_number("target_uid", item.target_uid);
  line.text("kind", item.kind);
  line.text("uid", item.uid);
  line.text("source_name", item.source_name);
  line.text("target_name", item.target_name);
  line.number("size", item.size);
  if (item.digest) line.text("sha256", to_hex(item.digest->view()));
  if (item.date) line.text("date", item.date->to_rfc3339());
  if (item.level) line.text("level", name_of(*item.level));
  line.text("outcome", name_of(item.outcome));
  line.text("reason", item.reason);
  line.end();
}

std::string end_line(const ManifestCounts& counts) {
  std::string text;
  LineWriter line(text, "end", counts.items);
  line.counts(counts);
  line.end();
  return text;
}

std::string signature_line(const Signature& signature) {
  return fmt::format("{{\"signature\":\"{}\"}}\n", to_hex({reinterpret_cast<const char*>(signature.data()), signature.size()}));
}

std::string signed_text(const Digest& digest) { return fmt::format("godwit manifest sha256 {}\n", to_hex(digest.view())); }

std::optional<Signature> parse_signature_line(std::string_view line) {
  constexpr std::size_t prefix_size = 14;
  Signature signature{};
  const auto bytes = from_hex(line.substr(std::min(prefix_size, line.size()), 2 * signature.size()));
  if (!bytes || bytes->size() != signature.size()) return std::nullopt;
  std::ranges::copy(*bytes, signature.begin());
  return signature_line(signature) == line ? std::optional(signature) : std::nullopt;
}

Result<ManifestLine> parse_manifest_line(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return refuse("this is not a JSON object");
  Fields fields(object);
  if (object.contains("godwit_manifest")) return header_from(fields);
  if (object.contains("item")) return item_from(fields);
  if (object.contains("end")) return end_from(fields);
  return refuse("this is no line of a manifest: no key \"item\" or \"end\"");
}

std::optional<std::string> fault_of(const ManifestItem& item) {
  if (item.source_folder.empty()) return "\"source_folder\" is missing";
  if (item.source_uid == 0) return "\"source_uid\" is missing";
  if (item.date && parse_rfc3339(item.date->to_rfc3339()) != item.date) return "\"date\" is not of the years 0 to 9999";
  const bool is_plain = item.outcome == Outcome::moved && item.level != Level::altered;
  if (!is_plain && item.outcome != Outcome::withdrawn && item.reason.empty()) return "\"reason\" is missing";
  if (!is_on_target(item.outcome)) {
    if (item.level) return "an item that is not on the target has a \"level\"";
    if (item.target_uid == 0 || item.outcome == Outcome::withdrawn) return std::nullopt;
    return "an item that never was on the target has a \"target_uid\"";
  }
  if (item.target_folder.empty()) return "\"target_folder\" is missing";
  if (!item.digest) return "\"sha256\" is missing";
  if (!item.level) return "\"level\" is missing";
  if (*item.level == Level::withdrawn || *item.level == Level::left_out) {
    return "withdrawn and left_out are an \"outcome\", not a \"level\"";
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(const ManifestHeader& header) {
  if (header.program.empty() || header.source.empty() || header.target.empty()) {
    return "\"program\", \"source\" or \"target\" is missing";
  }
  const ManifestCounts& counts = header.counts;
  const bool is_all_proven = counts.accepted + counts.listed + counts.altered + counts.repaired + counts.not_moved == 0;
  if ((header.grade == Grade::perfect && !is_all_proven) || (header.grade != Grade::failed && counts.accepted > 0)) {
    return "\"grade\" is better than the counts allow";
  }
  return std::nullopt;
}

}  // namespace godwit::report
