// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/packed_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error_code.h"
#include "base/file_error.h"
#include "base/text.h"
#include "files/directory.h"
#include "files/nameless_file.h"

namespace godwit::adapters {
namespace {

constexpr unsigned piece_size = 256 * 1024;
constexpr std::uint64_t always_allowed = 256 * 1024 * 1024, most_times_larger = 200;
constexpr std::uint64_t space_to_leave = 16 * 1024 * 1024;

struct Closer {
  void operator()(gzFile file) const { ::gzclose_r(file); }
};
using Reader = std::unique_ptr<gzFile_s, Closer>;

// Has a place in the file of its own.
Result<Reader> open_reader(int descriptor, const std::filesystem::path& path) {
  const int own = ::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(), O_RDONLY | O_CLOEXEC);
  if (own < 0) return file_error(path, "cannot be read", errno);
  Reader reader(::gzdopen(own, "rb"));
  if (reader) return reader;
  ::close(own);
  return file_error(path, "cannot be read", ENOMEM);
}

std::unexpected<Error> damaged(gzFile reader, const std::filesystem::path& path) {
  int code = 0;
  const std::string text = ::gzerror(reader, &code);
  return fail(ErrorKind::refused, fmt::format("{}: it cannot be unpacked ({}); try gzip -t, and take another copy of the file",
                                              printable(path.native()), printable(text)));
}

Result<> check_growth(std::uint64_t unpacked, std::uint64_t packed, const std::filesystem::path& path) {
  if (unpacked <= always_allowed || unpacked / most_times_larger <= packed) return {};
  return fail(ErrorKind::refused,
              fmt::format("{}: unpacked it is more than {} times as large, more than mail ever is; unpack it yourself if that is right",
                          printable(path.native()), most_times_larger));
}

Result<> check_room(int descriptor) {
  struct statvfs disk {};
  if (::fstatvfs(descriptor, &disk) != 0) return {};
  if (std::uint64_t{disk.f_bavail} * disk.f_frsize >= space_to_leave) return {};
  return fail(codes::disk_full,
              fmt::format("{}: there is no room to unpack a file; make room there, or set TMPDIR to a folder on another disk",
                          printable(files::temporary_place().native())));
}

}  // namespace

bool is_packed(int descriptor) {
  std::array<unsigned char, 3> begin{};
  return ::pread(descriptor, begin.data(), begin.size(), 0) == 3 && begin[0] == 0x1F && begin[1] == 0x8B && begin[2] == 8;
}

Result<std::size_t> read_packed(int descriptor, const std::filesystem::path& path, std::span<char> buffer) {
  GODWIT_TRY(const Reader reader, open_reader(descriptor, path));
  const int got = ::gzread(reader.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
  if (got < 0) return damaged(reader.get(), path);
  return static_cast<std::size_t>(got);
}

Result<files::Descriptor> unpack(int descriptor, const std::filesystem::path& path) {
  GODWIT_TRY(const Reader reader, open_reader(descriptor, path));
  ::gzbuffer(reader.get(), piece_size);
  files::Descriptor file = files::make_nameless_file();
  if (!file) return file_error(files::temporary_place(), "no file can be made in it; set TMPDIR to a folder where that is possible", errno);
  struct stat packed {};
  if (::fstat(descriptor, &packed) != 0) return file_error(path, "cannot be read", errno);
  std::vector<char> piece(piece_size);
  std::uint64_t size = 0;
  while (true) {
    const int got = ::gzread(reader.get(), piece.data(), piece_size);
    if (got < 0) return damaged(reader.get(), path);
    if (got == 0) break;
    size += static_cast<std::uint64_t>(got);
    GODWIT_CHECK(check_growth(size, static_cast<std::uint64_t>(packed.st_size), path));
    GODWIT_CHECK(check_room(file.get()));
    GODWIT_CHECK(files::write_all(file.get(), {piece.data(), static_cast<std::size_t>(got)}, files::temporary_place()));
  }
  int code = Z_OK;
  ::gzerror(reader.get(), &code);
  if (code != Z_OK) return damaged(reader.get(), path);  // it ends in the middle
  return file;
}

}  // namespace godwit::adapters
