// SPDX-License-Identifier: Apache-2.0
// The manifest: the signed account of a migration, one line an item. docs/manifest.md has the format and the way to check it
// without godwit. Writer and reader hold one line and a buffer, however many items there are, and do not care where items come
// from: a coroutine fetches a page and calls add() for each item of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/internal_date.h"
#include "base/sha256.h"
#include "base/uid_set.h"
#include "ledger/ledger.h"
#include "report/grade.h"
#include "report/signing_key.h"

namespace godwit::report {

enum class Outcome : std::uint8_t {
  moved,      // on the target: copied, or found there
  repaired,   // on the target with bytes changed as the plan allows; the reason says which
  not_moved,  // not on the target; the reason says why
  left_out,   // not on the target because a rule of the plan says so; the reason names it
  withdrawn,  // was on the target, and its user removed it there; the place where it was stays in the line
};
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::string_view name_of(ledger::Level level);
[[nodiscard]] constexpr bool is_on_target(Outcome outcome) { return outcome == Outcome::moved || outcome == Outcome::repaired; }

// Folder names are bytes, in whatever form the caller gives them.
struct ManifestItem {
  std::string source_folder;
  std::uint32_t source_uid_validity = 0;  // a UID means something only together with it; 0: not told
  Uid source_uid = 0;
  std::string target_folder;
  std::uint32_t target_uid_validity = 0;
  Uid target_uid = 0;            // 0: not known, or never was on the target
  std::uint64_t size = 0;        // bytes of the message on the source; 0 where it could not be read
  std::optional<Digest> digest;  // SHA-256 of the same bytes; needed for what is on the target
  std::optional<InternalDate> date;
  std::optional<ledger::Level> level;  // needed for what is on the target, and only there; `withdrawn` is an outcome instead
  Outcome outcome = Outcome::moved;
  // Of what is no message: what it is ("event"), its UID and its names in the collections. The source UID is a number of the ledger's own
  // then, and the digest that of what the item means.
  std::string kind{}, uid{}, source_name{}, target_name{};
  std::string reason;  // needed unless moved unaltered or withdrawn; cut by the writer at 4 KiB
  friend bool operator==(const ManifestItem&, const ManifestItem&) = default;
};

struct ManifestCounts {
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;                                                            // sizes of what is on the target
  std::uint64_t moved = 0, repaired = 0, not_moved = 0, left_out = 0, withdrawn = 0;  // together: items
  std::uint64_t accepted = 0, listed = 0, proven = 0, altered = 0;                    // together: moved and repaired
  void add(const ManifestItem& item);
  friend bool operator==(const ManifestCounts&, const ManifestCounts&) = default;
};

struct ManifestHeader {
  std::string program;         // "godwit 0.1.0"
  std::string source, target;  // identities of the account on each side, as the ledger has them
  InternalDate created;        // now
  std::optional<InternalDate> round_ended;  // the last one
  Grade grade = Grade::failed;
  ManifestCounts counts;       // what the lines below must add up to
  std::string signer;          // public key in hexadecimal; set by the writer
  friend bool operator==(const ManifestHeader&, const ManifestHeader&) = default;
};

// The file appears under its name when finish() has succeeded, whole, signed and on disk; an older one of that name stays until
// then. Errors are of kind `storage` (disk; another process writes the same manifest; other items came than the header counts)
// or `bug` (an item or header that breaks the rules above). After the first one every call gives it again.
class ManifestWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ManifestWriter>> create(std::filesystem::path file, ManifestHeader header,
                                                                      SigningKey key);
  virtual ~ManifestWriter() = default;  // without finish() nothing is left behind
  // Cheap: formats a line, and writes to the page cache every 64 KiB.
  [[nodiscard]] virtual Result<> add(const ManifestItem& item) = 0;
  // Signs, waits for the disk, renames.
  [[nodiscard]] virtual Result<> finish() = 0;
};

// Gives nothing out before the signature over the whole file is checked. Errors are of kind `usage` (not a manifest, of a newer
// format, signed with another key) or `storage` (not readable, cut off, changed); they name file and line, and what to do.
class ManifestReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ManifestReader>> open(std::filesystem::path file, const PublicKey& key);
  virtual ~ManifestReader() = default;
  [[nodiscard]] virtual const ManifestHeader& header() const = 0;
  // The items in the writer's order, then nothing. That end is reached only when numbers and counts agree and the bytes read are
  // those that were signed, so a file that changes while it is read is noticed by then.
  [[nodiscard]] virtual Result<std::optional<ManifestItem>> next() = 0;
};

}  // namespace godwit::report
