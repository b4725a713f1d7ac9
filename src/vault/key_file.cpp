// SPDX-License-Identifier: Apache-2.0
#include "vault/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_error.h"
#include "base/text.h"
#include "vault/secret_file.h"

namespace godwit::vault {
namespace {

using std::filesystem::path;

constexpr std::string_view head = "godwit vault key 1\npublic ";
constexpr std::string_view middle = "\nprivate ";
constexpr std::size_t digits = 2 * PublicKey::size;

Secret text_of(const PrivateKey& key) {
  const Secret digits_of_key = key.hex();
  std::string text;
  text.reserve(head.size() + middle.size() + 2 * digits + 1);  // it must not grow: the key would stay in what it frees
  text.append(head).append(to_hex(key.public_key().bytes())).append(middle).append(digits_of_key.reveal()).append("\n");
  return Secret(std::move(text));
}

std::unexpected<Error> damaged(const path& file) {
  return fail(ErrorKind::storage, fmt::format("{}: this is no vault key, or it is damaged; put it back from a backup",
                                              printable(file.native())));
}

Result<> write_whole(const path& file, int descriptor, std::string_view text) {
  // Whatever the umask is.
  const bool is_private = ::fchmod(descriptor, 0600) == 0;
  if (!is_private || ::write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(descriptor) != 0) {
    return file_error(file, "the key cannot be written", errno);
  }
  return {};
}

Result<> sync_directory_of(const path& file) {
  const path directory = file.has_parent_path() ? file.parent_path() : path(".");
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  return is_synced ? Result<>() : file_error(directory, "the directory cannot be written", code);
}

}  // namespace

path new_key_file(const path& file) { return path(file) += ".new"; }

Result<PrivateKey> load_key(const path& file) {
  GODWIT_TRY(const Secret whole, read_key_file(file, Readers::owner));
  std::string_view text = whole.reveal();
  if (text.size() != head.size() + middle.size() + 2 * digits + 1) return damaged(file);
  const std::string_view public_half = text.substr(head.size(), digits);
  auto key = PrivateKey::of(text.substr(head.size() + digits + middle.size(), digits));
  if (!key || to_hex(key->public_key().bytes()) != public_half || text_of(*key).reveal() != text) return damaged(file);
  return key;
}

Result<> write_new_key(const path& file, const PrivateKey& key) {
  const path fresh = new_key_file(file);
  GODWIT_CHECK(destroy_key_file(fresh));
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error(fresh, "the key cannot be made", errno);
  const Result<> written = write_whole(fresh, descriptor, text_of(key).reveal());
  ::close(descriptor);
  GODWIT_CHECK(written);
  return sync_directory_of(file);
}

Result<> publish_next_key(const path& file) {
  GODWIT_CHECK(destroy_key_file(file));
  if (::rename(new_key_file(file).c_str(), file.c_str()) != 0) return file_error(file, "the key cannot be made", errno);
  return sync_directory_of(file);
}

Result<> set_aside(const path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) return {};
  const path old = path(file) += ".old";
  if (::link(file.c_str(), old.c_str()) != 0) {
    if (errno != EEXIST) return file_error(old, "the old key cannot be kept", errno);
    return fail(ErrorKind::exists, fmt::format("{}: there is a file already; move it elsewhere", printable(old.native())));
  }
  if (::unlink(file.c_str()) != 0) return file_error(file, "the name cannot be removed", errno);
  return {};
}

}  // namespace godwit::vault
