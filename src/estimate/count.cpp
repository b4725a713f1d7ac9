// SPDX-License-Identifier: Apache-2.0
#include "estimate/count.h"

#include <algorithm>

namespace godwit::estimate {
namespace {

constexpr std::size_t folders_in_a_group = 16;
constexpr std::uint64_t ranges = 50;

struct Asked {
  const endpoint::Folder* folder = nullptr;
  std::unique_ptr<endpoint::FolderView> view;
  std::unique_ptr<endpoint::ItemReader> items;
  bool is_whole = true;
};

Asked ask(endpoint::Session& session, const endpoint::Folder& folder, std::uint64_t most_sizes) {
  Asked asked{&folder, session.open(folder), nullptr, folder.state.messages <= most_sizes};
  const Uid last = folder.state.uid_next > 1 ? folder.state.uid_next - 1 : ~Uid{0} - 1;
  asked.items = asked.view->list(spread_uids(last, folder.state.messages, most_sizes), 0, {.size = true});
  return asked;
}

// Reads the sizes; a folder that the server refuses has none.
Task<Result<>> add(Asked& asked, Count& count) {
  std::uint64_t listed = 0;
  double bytes = 0;
  while (true) {
    const auto page = co_await asked.items->next();
    if (!page && reaction_to(page.error().kind) != Reaction::skip_item) co_return std::unexpected(page.error());
    if (!page || page->empty()) break;
    for (const endpoint::Item& item : *page) bytes += static_cast<double>(item.size);
    listed += page->size();
  }
  const std::uint64_t messages = asked.folder->state.messages;
  if (listed == 0) {
    count.is_exact = false;
  } else if (asked.is_whole) {
    count.bytes += bytes;
  } else {
    count.is_exact = false;
    count.bytes += bytes / static_cast<double>(listed) * static_cast<double>(messages);
  }
  co_return Result<>{};
}

}  // namespace

UidSet spread_uids(Uid last, std::uint64_t messages, std::uint64_t wanted) {
  if (messages <= wanted || last < ranges) return UidSet::of_range(1, std::max<Uid>(1, last));
  const double share = static_cast<double>(wanted) / static_cast<double>(messages);
  UidSet uids;
  const double step = static_cast<double>(last) / ranges;
  for (std::uint64_t i = 0; i < ranges; ++i) {
    const auto first = static_cast<Uid>(static_cast<double>(i) * step) + 1;
    uids.add({first, std::min(last, first + static_cast<Uid>(step * share))});
  }
  return uids;
}

Task<Result<Count>> count(endpoint::Session& session, const CountOptions& options) {
  GODWIT_CO_TRY(std::vector<endpoint::Folder> folders, co_await session.folders());
  std::erase_if(folders, [&](const endpoint::Folder& folder) { return !folder.selectable || !options.rules.takes(folder); });
  Count result;
  std::vector<const endpoint::Folder*> filled;
  for (const endpoint::Folder& folder : folders) {
    ++result.folders;
    result.messages += folder.state.messages;
    if (folder.state.messages > 0) filled.push_back(&folder);
  }
  for (std::size_t begin = 0; begin < filled.size(); begin += folders_in_a_group) {
    std::vector<Asked> group;
    for (std::size_t i = begin; i < std::min(filled.size(), begin + folders_in_a_group); ++i) {
      group.push_back(ask(session, *filled[i], options.most_sizes));
    }
    GODWIT_CO_CHECK(co_await session.flush());
    for (Asked& asked : group) GODWIT_CO_CHECK(co_await add(asked, result));
  }
  co_return result;
}

}  // namespace godwit::estimate
