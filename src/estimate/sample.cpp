// SPDX-License-Identifier: Apache-2.0
#include "estimate/sample.h"

#include <algorithm>

#include "estimate/count.h"
#include "sync/probe.h"

namespace godwit::estimate {
namespace {

constexpr std::size_t most_folders = 16;
constexpr std::uint64_t most_sizes = 4000;  // asked for in one folder
constexpr std::uint64_t largest = 8 << 20;  // larger messages would take all the time

struct Asked {
  std::unique_ptr<endpoint::FolderView> view;
  std::unique_ptr<endpoint::ItemReader> items;
};

Asked ask(endpoint::Session& session, const endpoint::Folder& folder) {
  const Uid last = folder.state.uid_next > 1 ? folder.state.uid_next - 1 : ~Uid{0} - 1;
  Asked asked{session.open(folder), nullptr};
  asked.items = asked.view->list(spread_uids(last, folder.state.messages, most_sizes), 0, {.size = true});
  return asked;
}

Task<Result<>> add_messages(endpoint::ItemReader& items, std::size_t folder, Offer& offer) {
  while (true) {
    const auto page = co_await items.next();
    if (!page && reaction_to(page.error().kind) != Reaction::skip_item) co_return std::unexpected(page.error());
    if (!page || page->empty()) co_return Result<>{};
    for (const endpoint::Item& item : *page) {
      if (item.size > 0 && item.size <= largest) offer.messages.push_back({folder, item.uid, item.size});
    }
  }
}

// Evenly spread over those that are offered, from place `begin` to `end`.
std::vector<const Offer::Message*> choose(const Offer& offer, std::size_t begin, std::size_t end, double most_messages, double most_bytes) {
  std::vector<const Offer::Message*> chosen;
  double all_bytes = 0;
  for (std::size_t i = begin; i < end; ++i) all_bytes += static_cast<double>(offer.messages[i].size);
  const auto count = static_cast<double>(end - begin);
  const double share = std::min({1.0, most_messages / std::max(1.0, count), most_bytes / std::max(1.0, all_bytes)});
  double due = 0.5;
  for (std::size_t i = begin; i < end; ++i) {
    due += share;
    if (due < 1) continue;
    due -= 1;
    chosen.push_back(&offer.messages[i]);
  }
  if (chosen.empty() && begin < end) chosen.push_back(&offer.messages[begin]);
  return chosen;
}

// By the folders where they are, each under one new name; with `apart` each message under its own.
Sample arranged(const Offer& offer, const std::vector<const Offer::Message*>& messages, bool apart) {
  Sample sample;
  for (const Offer::Message* const message : messages) {
    const auto is_same = [&](const SampleFolder& each) { return each.of.name == offer.folders[message->folder].name; };
    auto place = apart ? sample.folders.end() : std::ranges::find_if(sample.folders, is_same);
    if (place == sample.folders.end()) {
      sample.folders.push_back({offer.folders[message->folder], {}, sync::fresh_probe_path()});
      place = sample.folders.end() - 1;
    }
    place->uids.add(message->uid);
    ++sample.messages;
    sample.bytes += static_cast<double>(message->size);
  }
  return sample;
}

}  // namespace

Task<Result<Offer>> look_for_samples(endpoint::Session& session) {
  GODWIT_CO_TRY(std::vector<endpoint::Folder> folders, co_await session.folders());
  std::erase_if(folders, [](const endpoint::Folder& folder) { return !folder.selectable; });
  std::ranges::sort(folders, std::greater(), [](const endpoint::Folder& folder) { return std::pair(folder.state.messages, folder.name); });
  if (folders.size() > most_folders) folders.resize(most_folders);
  Offer offer;
  offer.folders = std::move(folders);
  std::vector<Asked> asked;
  for (const endpoint::Folder& folder : offer.folders) {
    if (folder.state.messages > 0) asked.push_back(ask(session, folder));
  }
  GODWIT_CO_CHECK(co_await session.flush());
  for (std::size_t i = 0; i < asked.size(); ++i) GODWIT_CO_CHECK(co_await add_messages(*asked[i].items, i, offer));
  std::ranges::sort(offer.messages, {}, [](const Offer::Message& each) { return std::tuple(each.size, each.folder, each.uid); });
  co_return offer;
}

Sample sample_of(const Offer& offer, Shape shape, double most_messages, double most_bytes) {
  const std::size_t all = offer.messages.size(), half = all / 2;
  Sample sample;
  switch (shape) {
    case Shape::one_folder: sample = arranged(offer, choose(offer, 0, all, 1, most_bytes), true); break;
    case Shape::several_folders: sample = arranged(offer, choose(offer, 0, all, several, most_bytes), true); break;
    case Shape::small: sample = arranged(offer, choose(offer, 0, half, most_messages, most_bytes), false); break;
    case Shape::large: sample = arranged(offer, choose(offer, half, all, most_messages, most_bytes), false); break;
  }
  if (sample.folders.empty() && !offer.folders.empty()) sample.folders.push_back({offer.folders.front(), {}, sync::fresh_probe_path()});
  return sample;
}

}  // namespace godwit::estimate
