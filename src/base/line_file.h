// SPDX-License-Identifier: Apache-2.0
// A file of lines that is only appended to, for logs and traces. Each call is one write to the system and nothing is kept in the
// process, so that a crash or kill -9 loses no line. Used by any number of threads, and by several processes at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace godwit {

// Where lines go: one or more whole ones, each with its line feed. Called by any thread; must not throw.
using LineSink = std::function<void(std::string_view lines)>;

struct RotationLimits {
  std::uint64_t bytes = std::uint64_t{64} << 20;  // a file that would grow beyond it becomes FILE.1, that one FILE.2, and so on
  unsigned old_files = 9;                         // FILE.1 to FILE.9 are kept; 0: the file begins anew
};

class LineFile {
 public:
  // Made with mode 0600 when it is not there. Error of kind storage: the file, errno's text, and what to do.
  [[nodiscard]] static Result<std::shared_ptr<LineFile>> open(std::filesystem::path file, RotationLimits limits = {});
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile();

  // Never fails the caller: what cannot be written is lost, and failure() tells.
  void write(std::string_view lines) noexcept;

  // The first error of write(), with the number of calls whose lines were lost.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  LineFile(std::filesystem::path file, RotationLimits limits, int descriptor);
  // True when there is a file to write to.
  [[nodiscard]] bool make_room(std::uint64_t size);
  [[nodiscard]] bool reopen();
  void rename_old_files();
  [[nodiscard]] bool is_current() const;
  void note_failure(int system_error);

  const std::filesystem::path file_;
  const RotationLimits limits_;
  mutable std::mutex mutex_;
  int descriptor_;
  bool is_line_cut_ = false;  // the last write took only a part
  int first_failure_ = 0;     // errno
  std::uint64_t lost_ = 0;
};

// Writes to `file` and keeps it.
[[nodiscard]] inline LineSink sink_of(std::shared_ptr<LineFile> file) {
  return [file = std::move(file)](std::string_view lines) { file->write(lines); };
}

}  // namespace godwit
