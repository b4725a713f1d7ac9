// SPDX-License-Identifier: Apache-2.0
// Archives made byte by byte, so that they can say what no honest program writes.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::test {

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline std::string pax_record(std::string_view key, std::string_view value) {
  const std::string rest = " " + std::string(key) + "=" + std::string(value) + "\n";
  std::size_t length = rest.size();
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

// POSIX ustar, as pax(1) says. Types: '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder, '6' pipe, 'x' pax header.
class Tar {
 public:
  Tar& add(std::string_view name, std::string_view body, char type = '0', std::string_view linked = {}) {
    return header(name, body.size(), type, linked).data(body);
  }
  // Announces a size that need not come.
  Tar& header(std::string_view name, std::uint64_t size, char type = '0', std::string_view linked = {}, std::string_view time = "17") {
    std::string block(512, '\0');
    block.replace(0, std::min<std::size_t>(name.size(), 100), name.substr(0, 100));
    put(block, 100, 8, 0644);
    put(block, 108, 8, 0);
    put(block, 116, 8, 0);
    put(block, 124, 12, size);
    block.replace(136, time.size(), time);
    block[156] = type;
    block.replace(157, linked.size(), linked);
    block.replace(257, 8, std::string_view("ustar\00000", 8));
    block.replace(148, 8, 8, ' ');
    std::uint64_t sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(block, 148, 7, sum);
    bytes_ += block;
    return *this;
  }
  Tar& data(std::string_view body) {
    bytes_ += body;
    bytes_.resize((bytes_.size() + 511) / 512 * 512);
    return *this;
  }
  // What a header has no room for: a long name, a size.
  Tar& pax(std::string_view key, std::string_view value) {
    return add("pax", pax_record(key, value), 'x');
  }
  [[nodiscard]] std::string bytes() const { return bytes_ + std::string(1024, '\0'); }

 private:
  static void put(std::string& block, std::size_t at, std::size_t width, std::uint64_t number) {
    for (std::size_t i = width - 1; i-- > 0; number /= 8) block[at + i] = static_cast<char>('0' + number % 8);
  }
  std::string bytes_;
};

// One member of gzip (RFC 1952).
inline std::string gzip(std::string_view text) {
  z_stream stream{};
  ::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

struct ZipEntry {
  std::string name;
  std::string body;
  std::uint16_t flags = 0;           // 0x800: the name is UTF-8
  std::uint32_t mode = 0100644;
  std::uint16_t method = 0;          // 8: `body` is deflated
  std::uint32_t size = 0;            // 0: that of the body
};

// APPNOTE: local headers, central directory, end record. With `overlapping` all entries say that they begin where the first does.
inline std::string zip(const std::vector<ZipEntry>& entries, bool overlapping = false, std::uint32_t told_directory_size = 0) {
  std::string out, directory;
  const auto put = [](std::string& to, std::uint64_t number, int bytes) {
    for (; bytes > 0; --bytes, number >>= 8U) to += static_cast<char>(number & 0xFFU);
  };
  for (const ZipEntry& entry : entries) {
    const std::size_t offset = overlapping ? 0 : out.size();
    std::string common;
    put(common, 20, 2);
    put(common, entry.flags, 2);
    put(common, entry.method, 2);
    put(common, 0x00210000, 4);
    put(common, ::crc32(0, reinterpret_cast<const Bytef*>(entry.body.data()), static_cast<uInt>(entry.body.size())), 4);
    put(common, entry.body.size(), 4);
    put(common, entry.size != 0 ? entry.size : entry.body.size(), 4);
    put(common, entry.name.size(), 2);
    put(common, 0, 2);
    if (!overlapping || out.empty()) out += "PK\3\4" + common + entry.name + entry.body;
    directory += "PK\1\2";
    put(directory, 0x0314, 2);  // made on Unix
    directory += common;
    put(directory, 0, 6);
    put(directory, std::uint64_t{entry.mode} << 16U, 4);
    put(directory, offset, 4);
    directory += entry.name;
  }
  std::string end = "PK\5\6";
  put(end, 0, 4);
  put(end, entries.size(), 2);
  put(end, entries.size(), 2);
  put(end, told_directory_size != 0 ? told_directory_size : directory.size(), 4);
  put(end, out.size(), 4);
  put(end, 0, 2);
  return out + directory + end;
}

}  // namespace godwit::test
