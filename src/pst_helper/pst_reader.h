// SPDX-License-Identifier: Apache-2.0
// A PST or OST file: libpst reads its index, and knows its roots.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "pst/answers.h"
#include "pst/mapi_item.h"
#include "pst_helper/node_reader.h"

namespace godwit::pst {

using Answering = std::function<void(const Answer&)>;

class PstReader {
 public:
  // `name`: as fopen() takes it. Error of kind syntax: it is no such file, or too damaged.
  [[nodiscard]] static Result<std::unique_ptr<PstReader>> open(const std::string& name);
  ~PstReader();
  PstReader(const PstReader&) = delete;
  PstReader& operator=(const PstReader&) = delete;

  // Tells all folders and items, but for those that are in `skipped`.
  void list(const std::unordered_set<std::uint64_t>& skipped, const Answering& answer);

  // Error of kind refused: why it cannot be read; not_found: there is none.
  [[nodiscard]] Result<MapiItem> read(std::uint64_t id);

  // The store's own, the same in copies of the file: what makes items' ids unique among all files.
  [[nodiscard]] const std::string& record_key() const { return record_key_; }

 private:
  PstReader() : nodes_read_(file_) {}
  [[nodiscard]] Result<> find_roots();
  void read_names();
  void list_folder(const pst_desc_tree& folder, std::uint64_t id, const std::unordered_set<std::uint64_t>& skipped,
                   const Answering& answer);
  [[nodiscard]] Answer look_at(const pst_desc_tree& node, std::uint64_t folder);
  [[nodiscard]] FolderFound folder_of(const pst_desc_tree& node, std::uint64_t parent);
  [[nodiscard]] ItemFound item_of(const pst_desc_tree& node, std::uint64_t folder);
  [[nodiscard]] std::vector<std::string> packed_in(const pst_desc_tree& node);  // of winmail.dat; with a name at least where there is one
  [[nodiscard]] Result<MapiItem> item_at(const NodePlace& place, std::uint32_t code_page, int depth);
  [[nodiscard]] Result<MapiAttachment> attachment_at(const NodePlace& place, std::uint32_t code_page, int depth);
  [[nodiscard]] Result<> open_inner(MapiAttachment& attachment, const NodesBelow& below, std::uint32_t code_page, int depth);
  [[nodiscard]] std::optional<Properties> properties_at(const NodePlace& place, const NodesBelow& below, std::uint32_t code_page);
  void index(pst_desc_tree* node);

  pst_file file_{};
  NodeReader nodes_read_;
  std::shared_ptr<const PropertyNames> names_ = std::make_shared<PropertyNames>();
  std::string record_key_;
  pst_desc_tree* top_ = nullptr;
  std::uint64_t sent_ = 0, trash_ = 0, outbox_ = 0;
  std::unordered_map<std::uint64_t, pst_desc_tree*> nodes_;
  std::uint64_t items_ = 0;
};

}  // namespace godwit::pst
