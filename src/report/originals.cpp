// SPDX-License-Identifier: Apache-2.0
#include "report/originals.h"

#include <nlohmann/json.hpp>

#include "base/file_error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "report/output_file.h"

namespace godwit::report {
namespace {

// Messages are nobody else's business.
constexpr mode_t file_mode = 0600;

nlohmann::json to_json(const mime::Edit& edit) {
  return {{"offset", edit.offset}, {"removed_hex", to_hex(edit.removed)}, {"inserted_hex", to_hex(edit.inserted)},
          {"rules", edit.rules.to_string()}};
}

Result<> write_file(const std::filesystem::path& file, std::string_view bytes) {
  GODWIT_TRY(auto output, OutputFile::create(file, file_mode));
  GODWIT_CHECK(output.write(bytes));
  return output.publish();
}

}  // namespace

Result<std::string> Originals::keep(std::string_view original, const mime::Repaired& form) const {
  std::error_code failed;
  std::filesystem::create_directories(directory_, failed);
  if (!failed) std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, failed);
  if (failed) return file_error(directory_, "the directory for originals cannot be made", failed.value());
  const std::string digest = to_hex(sha256(original).view());
  nlohmann::json record{{"sha256", digest},
                        {"size", original.size()},
                        {"repaired_sha256", to_hex(sha256(form.bytes).view())},
                        {"repaired_size", form.bytes.size()},
                        {"rules", form.rules().to_string()},
                        {"edits", nlohmann::json::array()}};
  // Of a wrapped message the one edit replaces the whole: both forms are there, as file and in the target.
  const bool is_whole = form.rules().contains(mime::RepairRule::wrap);
  for (const mime::Edit& edit : form.edits) {
    if (!is_whole) record["edits"].push_back(to_json(edit));
  }
  const std::filesystem::path message = directory_ / (digest + ".eml");
  GODWIT_CHECK(write_file(message, original));
  GODWIT_CHECK(write_file(directory_ / (digest + ".json"), record.dump(1) + "\n"));
  return message.native();
}

}  // namespace godwit::report
