// SPDX-License-Identifier: Apache-2.0
#include "report/manifest_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/file_error.h"
#include "base/sha256.h"
#include "base/text.h"

namespace godwit::report {
namespace {

constexpr std::size_t longest_name = 180;  // file systems take 255 bytes, with suffixes
constexpr std::string_view ending = ".manifest.jsonl";

bool is_safe(char c) {
  constexpr std::string_view others = "@._+-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
}

}  // namespace

std::string manifest_file_name(std::string_view account) {
  std::string name;
  for (const char c : account) {
    const bool would_hide_or_be_an_option = name.empty() && (c == '.' || c == '-');
    name += is_safe(c) && !would_hide_or_be_an_option ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (name.size() > longest_name) name = name.substr(0, longest_name) + "%" + to_hex(sha256(account).view().substr(0, 16));
  return name.append(ending);
}

Result<ManifestDirectory> ManifestDirectory::open(std::filesystem::path directory, const std::filesystem::path& key_file,
                                                  std::string program) {
  std::error_code error;
  std::filesystem::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return file_error(directory, "the directory for manifests cannot be made", errno);
  if (!std::filesystem::is_directory(directory, error)) return file_error(directory, "a directory is needed for manifests", ENOTDIR);
  GODWIT_TRY(auto key, SigningKey::load_or_make(key_file));
  return ManifestDirectory(std::move(directory), std::move(key), std::move(program));
}

Task<Result<ManifestHeader>> ManifestDirectory::write(ledger::AccountLedger& account, std::string_view name,
                                                      ledger::AccountIdentity identity) const {
  co_return co_await write_manifest(account, {file_of(name), program_, std::move(identity)}, key_);
}

}  // namespace godwit::report
