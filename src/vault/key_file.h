// SPDX-License-Identifier: Apache-2.0
// The file with the private key of a vault: three lines of text, for its owner only.
//   godwit vault key 1
//   public <64 hexadecimal digits>
//   private <64 hexadecimal digits>
//
// A new key is written whole and onto the disk as FILE.new before anything is sealed with it; that file then takes the name.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "vault/sealed_box.h"

namespace godwit::vault {

// Errors as of read_key_file(), and of kind storage when the file is damaged: the two keys must belong together.
[[nodiscard]] Result<PrivateKey> load_key(const std::filesystem::path& file);

[[nodiscard]] std::filesystem::path new_key_file(const std::filesystem::path& file);  // FILE.new
// Writes FILE.new; what an earlier attempt left there is destroyed.
[[nodiscard]] Result<> write_new_key(const std::filesystem::path& file, const PrivateKey& key);
// FILE, where there is one, is destroyed, and FILE.new takes its place. A kill in between leaves FILE.new.
[[nodiscard]] Result<> publish_next_key(const std::filesystem::path& file);
// FILE, where there is one, becomes FILE.old; `exists` when that is there, too.
[[nodiscard]] Result<> set_aside(const std::filesystem::path& file);

}  // namespace godwit::vault
