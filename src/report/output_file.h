// SPDX-License-Identifier: Apache-2.0
// A file that appears under its name when it is whole and on disk, or not at all.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace godwit::report {

// Written as FILE.new, beside its final name and under a lock: what a kill left there is replaced, what another process is
// writing is not.
class OutputFile {
 public:
  [[nodiscard]] static Result<OutputFile> create(std::filesystem::path file, mode_t mode);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();  // removes FILE.new unless it was published

  [[nodiscard]] Result<> write(std::string_view bytes);
  // Waits for the disk and replaces what has the name.
  [[nodiscard]] Result<> publish();
  // The same, but an error of kind `exists` when something has the name already.
  [[nodiscard]] Result<> publish_new();

 private:
  OutputFile(std::filesystem::path file, int descriptor);
  [[nodiscard]] Result<> flush();
  [[nodiscard]] Result<> close_published();

  std::filesystem::path file_, fresh_;
  int descriptor_;
};

}  // namespace godwit::report
