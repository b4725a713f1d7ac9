// SPDX-License-Identifier: Apache-2.0
// Which messages an mbox holds, and where. A file is read once from its beginning to its end, in bounded memory.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/mbox/mbox_file.h"
#include "adapters/mbox/message_decoder.h"
#include "base/message_flags.h"
#include "base/sha256.h"

namespace godwit::adapters {

// How messages are told apart, and whether ">From " stands for "From ".
//   automatic  From_ lines; a Content-Length counts where a From_ line or the end of the file follows what it measures; ">From " stays
//   o          From_ lines alone; ">From " stays: nobody can tell what it was
//   rd         From_ lines alone; one '>' is taken from ">From ", ">>From " …
//   cl, cl2    as automatic
// What godwit wrote itself says by its mark how it is to be read.
enum class MboxDialect : std::uint8_t { automatic, o, rd, cl, cl2 };

struct MboxEntry {
  std::uint64_t begin = 0, end = 0;  // in the file, behind the From_ line
  std::uint64_t size = 0;            // of the message as it is given
  std::uint64_t mark = 0;            // MboxMark::id; 0: none
  std::array<char, 15> digest{};     // of the message as it is given: the begin of SHA-256. What std::string holds without an allocation
  std::uint8_t system_flags = 0;
  bool is_exact = false;           // its end is known from its length, not from what follows
  std::uint16_t from_length = 0;   // of the From_ line before `begin`
  std::uint32_t keywords = 0;  // MboxIndex::keywords; 0: none
  std::int64_t date = 0;       // InternalDate::packed(); no_date
  static constexpr std::int64_t no_date = std::numeric_limits<std::int64_t>::min();
};

struct MboxIndex {
  FileStamp stamp;
  std::vector<MboxEntry> entries;  // in the order of the file; without what is no message, and what was not written to its end
  std::vector<std::vector<std::string>> keywords{{}};
  // Where a message begins that godwit did not write to its end, be it only a part of its From_ line. Only the last one can be.
  std::optional<std::uint64_t> torn;
};

// `stamp`: what the file was at rest; what comes behind its size later is not read. Errors: storage; refused, this is no mbox; unavailable,
// another program has written the file anew meanwhile.
[[nodiscard]] Result<std::shared_ptr<const MboxIndex>> index_mbox(const std::shared_ptr<const MboxFile>& file, MboxDialect dialect,
                                                                 const FileStamp& stamp);

// One message, piece by piece.
class MboxMessageReader {
 public:
  MboxMessageReader(std::shared_ptr<const MboxFile> file, const MboxEntry& entry, MboxDialect dialect);
  // The next bytes, some 256 KiB; empty at the end. Error `refused`: the bytes are not those of the index any more; told before the last
  // of them are given.
  [[nodiscard]] Result<std::string_view> read();

 private:
  Result<> fill();
  const MboxEntry entry_;
  LineReader lines_;
  MessageDecoder decoder_;
  Sha256 digest_;
  std::string out_;
  std::uint64_t given_ = 0;
  bool is_over_ = false;
};

}  // namespace godwit::adapters
