// SPDX-License-Identifier: Apache-2.0
// What a session reads.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/dav/names.h"
#include "adapters/dav/properties.h"
#include "adapters/dav/session.h"
#include "base/error_code.h"
#include "base/text.h"
#include "dav/href.h"

namespace godwit::adapters {
namespace {

using endpoint::Collection;
using endpoint::Resource;
using endpoint::ResourceChanges;
using endpoint::ResourceContent;

constexpr std::string_view token_mark = "s:", ctag_mark = "c:";
constexpr std::size_t multiget_items = 50;

const std::vector<std::string_view> listing_properties{"D:getetag", "D:resourcetype", "D:getcontentlength", "D:getlastmodified"};

std::string state_of(const dav::Member& member) {
  if (const std::string token = member.trimmed("D:sync-token"); !token.empty()) return std::string(token_mark) + token;
  const std::string ctag = member.trimmed("CS:getctag");
  return ctag.empty() ? std::string() : std::string(ctag_mark) + ctag;
}

// An etag, whether or not somebody on the way has made it weak; else the time with the size.
std::string version_of(const dav::Member& member) {
  std::string etag = member.trimmed("D:getetag");
  if (etag.starts_with("W/")) etag.erase(0, 2);
  if (!etag.empty()) return etag;
  const std::string time = member.trimmed("D:getlastmodified");
  return time.empty() ? std::string() : time + " " + member.trimmed("D:getcontentlength");
}

Resource resource_of(const dav::Member& member, std::string name) {
  Resource resource{.name = std::move(name), .version = version_of(member)};
  resource.size = parse_number<std::uint64_t>(member.trimmed("D:getcontentlength")).value_or(0);
  return resource;
}

bool is_collection(const dav::Member& member) {
  const dav::Element* const type = member.property("D:resourcetype");
  return type != nullptr && type->child("D:collection") != nullptr;
}

bool is_too_large(const Error& error) { return error.code == codes::response_too_large.number; }

Error refused_item(int status, const std::string& name) {
  if (status == 404 || status == 410) return make_error(codes::not_found, "it is gone", {}, name);
  return make_error(codes::source_cannot_read, fmt::format("the server does not give it ({})", status), {}, name);
}

}  // namespace

Task<Result<endpoint::ServerFacts>> DavSession::facts() {
  endpoint::ServerFacts facts;
  const auto end = options_.software.find_first_of("/ ");
  facts.software = options_.software.substr(0, end);
  if (end != std::string::npos && options_.software[end] == '/') {
    facts.version = options_.software.substr(end + 1, options_.software.find(' ', end) - end - 1);
  }
  facts.greeting = options_.software;
  facts.capabilities = options_.capabilities;
  std::ranges::sort(facts.capabilities);
  // RFC 4331
  const std::string home = homes_.calendars.empty() ? homes_.address_books.front() : homes_.calendars.front();
  const auto quota = co_await client_->propfind(home, 0, {"D:quota-used-bytes", "D:quota-available-bytes"});
  if (!quota && !dav::is_answer(quota.error())) co_return std::unexpected(quota.error());
  if (!quota || quota->members.empty()) co_return facts;
  const auto used = parse_number<std::uint64_t>(quota->members[0].trimmed("D:quota-used-bytes"));
  const auto left = parse_number<std::uint64_t>(quota->members[0].trimmed("D:quota-available-bytes"));
  if (!used || !left) co_return facts;
  facts.tells_quota = true;
  endpoint::Quota told;
  told.storage = endpoint::QuotaUse{*used, *used + *left};
  facts.quotas.push_back(std::move(told));
  co_return facts;
}

Collection DavSession::collection_of(const dav::Member& member, std::string path, CollectionKind kind) const {
  Collection collection;
  collection.short_name = dav::decoded_segment(dav::last_segment(path));
  collection.kind = kind;
  collection.is_writable = is_writable(member);
  if (const dav::Element* const owner = member.property("D:owner"); owner != nullptr && !homes_.principal.empty()) {
    const auto whose = client_->path_of(owner->href(), path);
    collection.is_shared = whose && *whose != homes_.principal && *whose + "/" != homes_.principal && *whose != homes_.principal + "/";
  }
  collection.properties = properties_of(member, kind);
  collection.state = state_of(member);
  collection.access = access_of(member, user_);
  collection.name = std::move(path);
  return collection;
}

// Where the server does not tell which one it is, the only one of its kind is.
void DavSession::mark_defaults(std::vector<Collection>& all, const std::string& told_calendar) const {
  for (const CollectionKind kind : {CollectionKind::calendar, CollectionKind::address_book}) {
    const auto is_own = [&](const Collection& each) { return each.kind == kind && !each.is_shared; };
    const auto told = std::ranges::find_if(all, [&](const Collection& each) { return is_own(each) && each.name == told_calendar; });
    const auto first = std::ranges::find_if(all, is_own);
    if (told != all.end()) told->is_default = true;
    else if (std::ranges::count_if(all, is_own) == 1) first->is_default = true;
    else if (const auto named = std::ranges::find_if(all, [&](const Collection& each) {
               return is_own(each) && equals_ignoring_case(each.short_name, "default");
             });
             named != all.end())
      named->is_default = true;
  }
}

Task<Result<std::vector<Collection>>> DavSession::collections() {
  std::vector<std::string> homes = homes_.calendars;
  for (const std::string& each : homes_.address_books) {
    if (std::ranges::find(homes, each) == homes.end()) homes.push_back(each);
  }
  std::vector<Collection> all;
  std::string default_calendar;
  for (const std::string& home : homes) {
    GODWIT_CO_TRY(const dav::Multistatus answer, co_await client_->propfind(home, 1, collection_properties()));
    for (const dav::Member& member : answer.members) {
      if (const dav::Element* const told = member.property("C:schedule-default-calendar-URL")) {
        if (const auto path = client_->path_of(told->href(), home)) default_calendar = path->ends_with('/') ? *path : *path + '/';
      }
      for (const char* name : {"C:max-resource-size", "A:max-resource-size"}) {
        const auto limit = parse_number<std::uint64_t>(member.trimmed(name));
        if (limit && *limit > 0) traits_.item_limit = std::min(*limit, traits_.item_limit.value_or(*limit));
      }
      const auto kind = kind_of(member);
      auto path = client_->path_of(member.href, home);
      if (!kind || !path || member.status >= 300) continue;
      if (!path->ends_with('/')) *path += '/';
      const bool is_known = std::ranges::find(all, *path, &Collection::name) != all.end();
      if (!is_known) all.push_back(collection_of(member, *std::move(path), *kind));
    }
  }
  mark_defaults(all, default_calendar);
  co_return all;
}

void DavSession::take_members(const Collection& collection, const dav::Multistatus& answer, ResourceChanges& changes, bool& more) const {
  for (const dav::Member& member : answer.members) {
    const auto path = client_->path_of(member.href, collection.name);
    if (!path) continue;
    if (*path == collection.name || *path + "/" == collection.name) {
      more = more || member.status == 507;  // RFC 6578 section 3.6
      continue;
    }
    if (dav::parent_of(*path) != collection.name || path->ends_with('/')) continue;
    std::string name(dav::last_segment(*path));
    if (member.status == 404 || member.status == 410) {
      if (!changes.is_whole) changes.gone.push_back(std::move(name));
    } else if (member.status < 300 && !is_collection(member)) {
      changes.present.push_back(resource_of(member, std::move(name)));
    }
  }
}

namespace {

// Pages of one answer may tell of one resource twice: the last word counts.
void settle(ResourceChanges& changes) {
  std::map<std::string, Resource> present;
  for (Resource& each : changes.present) present.insert_or_assign(each.name, std::move(each));
  changes.present.clear();
  for (auto& [name, resource] : present) changes.present.push_back(std::move(resource));
  std::ranges::sort(changes.gone);
  const auto repeated = std::ranges::unique(changes.gone);
  changes.gone.erase(repeated.begin(), repeated.end());
  std::erase_if(changes.gone, [&](const std::string& name) { return present.contains(name); });
}

}  // namespace

// RFC 6578. Error refused, not_found …: the server does not know the token, or the report.
Task<Result<ResourceChanges>> DavSession::synchronised(const Collection& collection, std::string token) {
  constexpr int most_pages = 10'000;
  ResourceChanges changes;
  changes.is_whole = token.empty();
  bool more = true;
  for (int page = 0; more && page < most_pages; ++page) {
    more = false;
    GODWIT_CO_TRY(const dav::Multistatus answer, co_await client_->report(collection.name, 0, dav::sync_body(token, listing_properties)));
    take_members(collection, answer, changes, more);
    if (answer.sync_token.empty() || (more && answer.sync_token == token)) co_return fail(codes::refused, "the server gives no sync-token");
    token = answer.sync_token;
  }
  settle(changes);
  changes.state = std::string(token_mark) + token;
  co_return changes;
}

Task<Result<ResourceChanges>> DavSession::listed(const Collection& collection) {
  auto listing = listing_properties;
  listing.push_back("CS:getctag");
  auto answer = co_await client_->propfind(collection.name, 1, listing);
  if (!answer && dav::is_answer(answer.error()) && answer.error().kind != ErrorKind::not_found) {
    const char* const report = collection.kind == CollectionKind::calendar ? "C:calendar-query" : "A:addressbook-query";
    answer = co_await client_->report(collection.name, 1, dav::query_body(report, listing_properties));
  }
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  ResourceChanges changes;
  changes.is_whole = true;
  bool is_cut = false;
  take_members(collection, *answer, changes, is_cut);
  if (is_cut) co_return fail(codes::refused, "the server lists only a part of the collection, and has no sync-collection to go on with");
  settle(changes);
  for (const dav::Member& member : answer->members) {
    const auto path = client_->path_of(member.href, collection.name);
    if (path && (*path == collection.name || *path + "/" == collection.name)) changes.state = state_of(member);
  }
  co_return changes;
}

Task<Result<ResourceChanges>> DavSession::changes(const Collection& collection, const std::string& since) {
  const bool has_token = since.starts_with(token_mark), is_asked_by_ctag = since.starts_with(ctag_mark);
  if (is_asked_by_ctag) {
    GODWIT_CO_TRY(const dav::Multistatus now, co_await client_->propfind(collection.name, 0, {"CS:getctag"}));
    if (!now.members.empty() && state_of(now.members[0]) == since) {
      ResourceChanges none;
      none.state = since;
      co_return none;
    }
  }
  if (has_token || collection.state.starts_with(token_mark) || collection.state.empty()) {
    auto synced = co_await synchronised(collection, has_token ? since.substr(token_mark.size()) : std::string());
    if (!synced && has_token && dav::is_answer(synced.error())) synced = co_await synchronised(collection, {});  // it has forgotten the token
    if (synced || !dav::is_answer(synced.error()) || synced.error().kind == ErrorKind::not_found) co_return synced;
  }
  co_return co_await listed(collection);
}

Task<Result<>> DavSession::fetch_one_by_one(const Collection& collection, std::span<const std::string> names, Contents& contents,
                                            std::vector<std::size_t> places) {
  std::vector<dav::Call> calls;
  for (const std::size_t place : places) calls.push_back({.method = "GET", .path = collection.name + names[place]});
  GODWIT_CO_TRY(auto responses, co_await client_->send_all(std::move(calls)));
  for (std::size_t i = 0; i < places.size(); ++i) {
    http::Response& response = responses[i];
    const std::string& name = names[places[i]];
    if (response.head.status != 200) {
      contents[places[i]] = std::unexpected(refused_item(response.head.status, name));
      continue;
    }
    std::string version(response.head.header("ETag"));
    if (version.starts_with("W/")) version.erase(0, 2);
    contents[places[i]] = ResourceContent{.name = name, .version = std::move(version), .bytes = with_crlf(std::move(response.body))};
  }
  co_return Result<>{};
}

Task<Result<std::vector<Result<ResourceContent>>>> DavSession::fetch(const Collection& collection, std::span<const std::string> names) {
  const bool is_calendar = collection.kind == CollectionKind::calendar;
  const std::string_view data = is_calendar ? "C:calendar-data" : "A:address-data";
  const std::vector<std::string_view> wanted{"D:getetag", data};
  std::vector<dav::Call> calls;
  for (std::size_t begin = 0; begin < names.size(); begin += multiget_items) {
    std::vector<std::string> hrefs;
    for (const std::string& name : names.subspan(begin, std::min(multiget_items, names.size() - begin))) hrefs.push_back(collection.name + name);
    dav::Call call{.method = "REPORT", .path = collection.name, .headers = {{"Depth", "1"}}};
    call.body = dav::multiget_body(is_calendar ? "C:calendar-multiget" : "A:addressbook-multiget", wanted, hrefs);
    calls.push_back(std::move(call));
  }
  Contents contents(names.size(), std::unexpected(Error{}));
  std::map<std::string_view, std::size_t> missing;
  for (std::size_t i = 0; i < names.size(); ++i) missing.emplace(names[i], i);
  auto sent = co_await client_->send_all(std::move(calls));
  if (!sent && !is_too_large(sent.error())) co_return std::unexpected(sent.error());
  const std::vector<http::Response> responses = sent ? *std::move(sent) : std::vector<http::Response>();
  for (const http::Response& response : responses) {
    const auto answer = dav::multistatus_of(response, "REPORT", collection.name);
    if (!answer) continue;  // no such report, or one item that spoils the whole: each is asked for by itself
    for (const dav::Member& member : answer->members) {
      const auto path = client_->path_of(member.href, collection.name);
      const auto place = path ? missing.find(dav::last_segment(*path)) : missing.end();
      if (place == missing.end()) continue;
      const std::string& name = names[place->second];
      const dav::Element* const found = member.property(data);
      if (found != nullptr && !found->text.empty()) {
        contents[place->second] = ResourceContent{.name = name, .version = version_of(member), .bytes = with_crlf(found->text)};
      } else if (member.status >= 300) {
        contents[place->second] = std::unexpected(refused_item(member.status, name));
      } else {
        continue;
      }
      missing.erase(place);
    }
  }
  std::vector<std::size_t> places;
  for (const auto& [name, place] : missing) places.push_back(place);
  GODWIT_CO_CHECK(co_await fetch_one_by_one(collection, names, contents, std::move(places)));
  co_return contents;
}

}  // namespace godwit::adapters
