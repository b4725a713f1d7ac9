// SPDX-License-Identifier: Apache-2.0
// Looks whether everything that a manifest says is on the target still is. Needs no ledger.
#pragma once

#include <memory>
#include <vector>

#include "report/manifest.h"
#include "sync/item_check.h"
#include "sync/target_line.h"

namespace godwit::report {

struct ManifestVerifyResult {
  sync::VerifyCounts counts;
  ManifestCounts items;  // of the manifest
  std::optional<Error> error;
};

class ManifestVerifier {
 public:
  // All must outlive this. `reads_back`: what was moved unaltered is read, and compared by its digest. Flags are not in a manifest.
  ManifestVerifier(ManifestReader& manifest, endpoint::Target& target, bool reads_back, const std::atomic<bool>& stop,
                   std::function<void(sync::Event)> on_event, std::function<void(sync::Difference)> on_difference);

  [[nodiscard]] Task<ManifestVerifyResult> run();
  [[nodiscard]] const sync::Progress& progress() const { return progress_; }

 private:
  // Some items of one folder.
  struct Page {
    std::string folder;
    std::uint32_t uid_validity = 0;
    std::vector<sync::ExpectedItem> items;
  };
  [[nodiscard]] Task<Result<>> verify();
  [[nodiscard]] Task<Result<>> verify_page(const Page& page);
  void tell_of_folder(sync::Difference::Kind kind, const Page& page, std::string meaning);

  ManifestReader& manifest_;
  const bool reads_back_;
  std::function<void(sync::Difference)> on_difference_;
  sync::Progress progress_;
  ManifestVerifyResult result_;
  sync::TargetLine line_;
  sync::ItemCheck check_;
};

}  // namespace godwit::report
