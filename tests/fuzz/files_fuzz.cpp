// SPDX-License-Identifier: Apache-2.0
// Messages as files, and archives: a message is written as a file and read back byte for byte; the path of an entry (behind a "p") stays in
// its place; what looks like a .zip or .tar is unpacked into its folder and nowhere else, within its limits.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "files/archive.h"
#include "files/entry_path.h"
#include "files/message_file.h"
#include "files/message_writer.h"
#include "mime/header_date.h"

namespace {

namespace fs = std::filesystem;
using namespace godwit;
using namespace godwit::files;

void require(bool is_so) {
  if (!is_so) std::abort();
}

class Place {
 public:
  Place() {
    std::string pattern = "/dev/shm/files-fuzz-XXXXXX";
    require(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    fs::create_directory(path_ / "in");
  }
  ~Place() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string read(MessageFile& file) {
  std::string all;
  while (true) {
    const auto piece = file.read();
    require(piece.has_value());
    if (piece->empty()) return all;
    all.append(piece->data(), piece->size());
  }
}

void check_message(const Place& place, std::string_view text, std::size_t cut) {
  const auto folder = Directory::open(place.path() / "in").value();
  auto writer = MessageWriter::create(folder, "m").value();
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(cut, rest.size()))) {
    require(writer.write(rest.substr(0, cut)).has_value());
  }
  require(writer.finish(0).has_value());
  auto file = MessageFile::open(folder, "m", writer.has_bare_newline() ? LineEnds::as_they_are : LineEnds::crlf).value();
  static_cast<void>(mime::arrival_date(file.beginning()));
  require(file.size() == text.size() && read(file) == text);
  require(folder.remove_file("m").has_value());
}

void check_path(std::string_view text) {
  const auto path = parse_entry_path(text);
  if (!path) return;
  require(path->size() <= deepest_entry);
  std::string joined;
  for (const std::string& name : *path) {
    require(is_entry_name(name) && name.size() <= longest_name);
    joined += name + '/';
  }
  require(parse_entry_path(joined) == path);
}

void check_archive(const Place& place, std::string_view bytes) {
  std::ofstream(place.path() / "archive", std::ios::binary | std::ios::trunc) << bytes;
  const ArchiveLimits limits{.entries = 200, .ratio = 10, .free_of_ratio = 1024 * 1024};
  {
    const auto tree = SourceTree::open(place.path() / "archive", limits, place.path() / "in");
    std::uint64_t unpacked = 0;
    for (const auto& entry : fs::recursive_directory_iterator(place.path() / "in")) {
      require(entry.is_directory() || entry.symlink_status().type() == fs::file_type::regular);
      if (!entry.is_directory()) unpacked += entry.file_size();
    }
    require(unpacked <= std::max(limits.free_of_ratio, (limits.ratio + 1) * bytes.size()));
  }
  require(fs::is_empty(place.path() / "in"));
  require(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()) == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with("PK") || bytes.substr(std::min<std::size_t>(size, 257)).starts_with("ustar")) check_archive(place, bytes);
  else if (bytes.front() == 'p') check_path(bytes.substr(1));
  else check_message(place, bytes.substr(1), data[0] + std::size_t{1});
  return 0;
}
