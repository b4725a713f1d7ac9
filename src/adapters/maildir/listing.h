// SPDX-License-Identifier: Apache-2.0
// What lies in cur/ and new/ of one folder, while a server may be renaming there.
#pragma once

#include <string>
#include <unordered_map>

#include "files/directory.h"

namespace godwit::adapters {

class MaildirListing {
 public:
  struct File {
    bool is_new = false;  // it lies in new/
    std::string name;
  };

  // Error: the folder has no cur/ or new/ that can be read.
  [[nodiscard]] static Result<MaildirListing> open(const files::Directory& folder);

  // Reads both until two looks agree on what is there: a look may miss what is renamed meanwhile. Error `unavailable`: they never do.
  [[nodiscard]] Result<> read();
  // Once.
  [[nodiscard]] Result<> look();

  [[nodiscard]] const std::unordered_map<std::string, File>& files() const { return files_; }  // by base name
  // Where it is now, looked for once more where it is not where it was; nothing when it is gone.
  template <class Use>
  [[nodiscard]] auto with_file(const std::string& base, const Use& use)
      -> decltype(use(std::declval<const files::Directory&>(), std::declval<const File&>())) {
    for (int attempt = 0;; ++attempt) {
      const auto known = files_.find(base);
      if (known != files_.end()) {
        auto result = use(directory_of(known->second), known->second);
        if (result || result.error().kind != ErrorKind::not_found) return result;
      }
      if (attempt >= most_looks) return fail(ErrorKind::not_found, "the message is gone: " + base);
      GODWIT_CHECK(look());
    }
  }
  [[nodiscard]] const files::Directory& cur() const { return *cur_; }
  [[nodiscard]] const files::Directory& directory_of(const File& file) const { return file.is_new ? *new_ : *cur_; }
  void note(const std::string& base, std::string name) { files_[base] = {false, std::move(name)}; }
  void forget(const std::string& base) { files_.erase(base); }

 private:
  static constexpr int most_looks = 3;
  std::optional<files::Directory> cur_, new_;
  std::unordered_map<std::string, File> files_;
};

}  // namespace godwit::adapters
