// SPDX-License-Identifier: Apache-2.0
// A PST or OST file, read by libpst.
#pragma once

extern "C" {
#include <libpst/libpst.h>
}

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "pst/answers.h"
#include "pst/mail_parts.h"

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

  struct Read {
    MailParts parts;
    std::int64_t seconds = 0;
  };
  // Error of kind refused: why it cannot be read; not_found: there is none.
  [[nodiscard]] Result<Read> read(std::uint64_t id);

 private:
  PstReader() = default;
  void list_folder(const pst_desc_tree& folder, std::uint64_t id, const std::unordered_set<std::uint64_t>& skipped,
                   const Answering& answer);
  [[nodiscard]] Answer look_at(pst_desc_tree& node, std::uint64_t folder);
  [[nodiscard]] Result<MailParts> parts_of(pst_item& item, int depth);
  [[nodiscard]] Result<> add_attachments(pst_item& item, MailParts& parts, int depth);
  [[nodiscard]] Result<Attachment> attachment_of(pst_item& item, pst_item_attach& attach, int depth);
  void index(pst_desc_tree* node);

  pst_file file_{};
  pst_desc_tree* top_ = nullptr;
  std::uint64_t sent_ = 0, trash_ = 0, outbox_ = 0;
  std::unordered_map<std::uint64_t, pst_desc_tree*> nodes_;
  std::uint64_t items_ = 0;
};

}  // namespace godwit::pst
