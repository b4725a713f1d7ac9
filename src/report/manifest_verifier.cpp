// SPDX-License-Identifier: Apache-2.0
#include "report/manifest_verifier.h"

#include "base/text.h"

namespace godwit::report {
namespace {

using Kind = sync::Difference::Kind;

constexpr std::size_t items_in_a_page = 2000;
constexpr std::chrono::milliseconds first_pause{500};

}  // namespace

ManifestVerifier::ManifestVerifier(ManifestReader& manifest, endpoint::Target& target, bool reads_back, const std::atomic<bool>& stop,
                                   std::function<void(sync::Event)> on_event, std::function<void(sync::Difference)> on_difference)
    : manifest_(manifest),
      reads_back_(reads_back),
      on_difference_(std::move(on_difference)),
      line_(target, stop, std::move(on_event), first_pause),
      check_(stop, progress_, result_.counts, on_difference_) {}

Task<ManifestVerifyResult> ManifestVerifier::run() {
  auto verified = co_await verify();
  if (!verified) result_.error = std::move(verified).error();
  line_.close();
  progress_.phase = sync::Progress::Phase::finished;
  co_return std::move(result_);
}

Task<Result<>> ManifestVerifier::verify() {
  const ManifestCounts& counts = manifest_.header().counts;
  progress_.messages = counts.moved + counts.repaired;
  progress_.phase = reads_back_ ? sync::Progress::Phase::reading_back : sync::Progress::Phase::listing;
  Page page;
  while (true) {
    GODWIT_CO_TRY(const auto item, manifest_.next());
    const bool is_of_page = item && item->target_folder == page.folder && item->target_uid_validity == page.uid_validity;
    if (!is_of_page || page.items.size() >= items_in_a_page) {
      if (!page.items.empty()) {
        GODWIT_CO_CHECK(co_await line_.persist([this, &page] { return verify_page(page); }, [this] { return check_.deadly_messages(); }));
      }
      if (!is_of_page) ++result_.counts.folders;
      if (!item) break;
      page = {item->target_folder, item->target_uid_validity, {}};
    }
    result_.items.add(*item);
    if (!is_on_target(item->outcome)) continue;
    const bool has_those_bytes = item->outcome == Outcome::moved && item->level != ledger::Level::altered;
    page.items.push_back({item->source_uid, item->target_uid, *item->digest, item->date, std::nullopt, reads_back_ && has_those_bytes});
  }
  result_.counts.folders -= 1;  // the one before the first
  co_return Result<>{};
}

Task<Result<>> ManifestVerifier::verify_page(const Page& page) {
  const endpoint::Folder* const folder = line_.find(page.folder);
  progress_.folder = folder != nullptr ? folder->path.display() : printable(page.folder);
  if (folder == nullptr || !folder->selectable) {
    tell_of_folder(Kind::folder_gone, page, "the folder is not on the target any more, or has another name there");
    co_return Result<>{};
  }
  const auto view = line_.open(*folder);
  GODWIT_CO_TRY(const FolderToken state, co_await view->state());
  if (state.uid_validity != page.uid_validity) {
    tell_of_folder(Kind::folder_renumbered, page,
                   "the folder was made anew or renumbered on the target (UIDVALIDITY), so that its UIDs say nothing about the "
                   "manifest's items; export it and compare the messages with docs/check_manifest.py");
    co_return Result<>{};
  }
  std::vector<sync::ExpectedItem> placed = page.items;
  std::erase_if(placed, [](const sync::ExpectedItem& item) { return item.target_uid == 0; });
  const auto checked = co_await check_.check(*view, progress_.folder, placed);
  if (!checked) co_return std::unexpected(checked.error());
  for (const sync::ExpectedItem& item : page.items) {
    if (item.target_uid != 0) continue;
    ++result_.counts.items;
    ++result_.counts.missing;
    ++progress_.messages_done;
    on_difference_({Kind::missing, progress_.folder, item.source_uid, 0, {}, {}, "the manifest does not tell where in the folder it is"});
  }
  co_return Result<>{};
}

void ManifestVerifier::tell_of_folder(Kind kind, const Page& page, std::string meaning) {
  result_.counts.items += page.items.size();
  result_.counts.missing += page.items.size();
  progress_.messages_done += page.items.size();
  on_difference_({kind, progress_.folder, 0, 0, {}, {}, std::move(meaning) + " (" + std::to_string(page.items.size()) + " items)"});
}

}  // namespace godwit::report
