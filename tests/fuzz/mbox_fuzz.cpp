// SPDX-License-Identifier: Apache-2.0
// mbox files: whatever they hold, each message of the index is read with the size and the digest that the index has, messages do not
// overlap, and what is written of the same bytes as one message is read back byte for byte.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "adapters/mbox/mbox_index.h"
#include "adapters/mbox/message_encoder.h"

namespace {

using namespace godwit;
using namespace godwit::adapters;

class TemporaryFile {
 public:
  TemporaryFile() {
    std::string pattern = "/dev/shm/mbox-fuzz-XXXXXX";
    ::close(::mkstemp(pattern.data()));
    path_ = pattern;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  std::shared_ptr<const MboxFile> holding(std::string_view bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    return MboxFile::open(path_).value();
  }

 private:
  std::string path_;
};

std::string read(const std::shared_ptr<const MboxFile>& file, const MboxEntry& entry, MboxDialect dialect) {
  MboxMessageReader reader(file, entry, dialect);
  std::string all;
  while (true) {
    const auto piece = reader.read();
    if (!piece) std::abort();
    if (piece->empty()) return all;
    all += *piece;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TemporaryFile place;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto dialect = static_cast<MboxDialect>(data[0] % 5);
  auto file = place.holding(bytes);
  if (const auto index = index_mbox(file, dialect, file->stamp().value())) {
    std::uint64_t last = 0;
    for (const MboxEntry& entry : (*index)->entries) {
      if (entry.begin < last || entry.end < entry.begin || entry.end > bytes.size()) std::abort();
      last = entry.end;
      if (read(file, entry, dialect).size() != entry.size) std::abort();
    }
  }
  const bool rd = data[0] % 2 == 0;
  const NewMboxMessage first = encode_message(bytes, {}, {}, rd), second = encode_message("A: b\r\n\r\nend", {}, {}, rd);
  file = place.holding(first.bytes + second.bytes);
  const auto index = index_mbox(file, MboxDialect::automatic, file->stamp().value());
  if (!index || (*index)->entries.size() != 2) std::abort();
  if (read(file, (*index)->entries[0], MboxDialect::automatic) != bytes) std::abort();
  return 0;
}
