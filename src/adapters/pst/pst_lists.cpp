// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/pst_lists.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/file_error.h"

namespace godwit::adapters {

Result<PstLists::Stamp> PstLists::stamp_of(const std::filesystem::path& file) {
  struct stat about {};
  if (stat(file.c_str(), &about) != 0) return file_error(file, "cannot be read", errno);
  return Stamp{about.st_ino, static_cast<std::uint64_t>(about.st_size), about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec};
}

std::shared_ptr<const PstContents> PstLists::find(const std::filesystem::path& file, const Stamp& stamp) {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(file);
  return found != known_.end() && found->second.first == stamp ? found->second.second : nullptr;
}

std::shared_ptr<const PstContents> PstLists::keep(const std::filesystem::path& file, const Stamp& stamp, PstContents contents) {
  auto kept = std::make_shared<const PstContents>(std::move(contents));
  const std::scoped_lock lock(mutex_);
  known_[file] = {stamp, kept};
  return kept;
}

Task<Result<std::shared_ptr<const PstContents>>> PstLists::contents_of(PstFile& file) {
  GODWIT_CO_TRY(const Stamp stamp, stamp_of(file.path()));
  if (auto known = find(file.path(), stamp)) co_return known;
  GODWIT_CO_TRY(auto listed, co_await file.list());
  co_return keep(file.path(), stamp, std::move(listed));
}

Task<Result<std::shared_ptr<const PstContents>>> PstLists::message_of(const PstHelper& helper, const std::filesystem::path& file) {
  GODWIT_CO_TRY(const Stamp stamp, stamp_of(file));
  if (auto known = find(file, stamp)) co_return known;
  GODWIT_CO_TRY(const auto process, co_await HelperProcess::start(helper, file, "message"));
  co_await process->ask({pst::RequestKind::list, 1});
  auto answer = co_await process->next();
  PstContents contents;
  if (auto* const item = answer ? std::get_if<pst::ItemFound>(&*answer) : nullptr) {
    contents.items.push_back(std::move(*item));
  } else {
    contents.items.push_back(
        {1, 0, pst::ItemKind::damaged, 0, 0, {}, {}, answer ? "godwit-pst answered what was not asked" : answer.error().what});
  }
  co_return keep(file, stamp, std::move(contents));
}

}  // namespace godwit::adapters
