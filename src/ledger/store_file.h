// SPDX-License-Identifier: Apache-2.0
// The files of the ledger: made whole or not at all, recognised before anything of them is touched, refused with advice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "ledger/database.h"

namespace godwit::ledger {

struct FileKind {
  std::uint32_t application_id;  // SQLite's header field for file(1) and for us
  std::uint32_t schema_version;
  const char* schema;            // SQL that makes version `schema_version`
  std::string_view noun;         // "a ledger"
};

enum class FileState { missing, empty, present };

// By the file's header, read without SQLite: error when it is not of the kind, or of a newer version.
[[nodiscard]] Result<FileState> recognise(const std::filesystem::path& file, const FileKind& kind);

// Makes the file with its schema and what `fill` puts into it, readable by its owner only. It appears under its name when it
// is complete and on disk.
[[nodiscard]] Result<> make_store_file(const std::filesystem::path& file, const FileKind& kind,
                                       const std::function<Result<>(Database&)>& fill);

// Opens a file that recognise() found present. After an unclean end its structure is checked.
[[nodiscard]] Result<Database> open_store_file(const std::filesystem::path& file, const FileKind& kind);

// Makes the directory, for its owner only, where it is missing.
[[nodiscard]] Result<> make_directory(const std::filesystem::path& directory);

}  // namespace godwit::ledger
