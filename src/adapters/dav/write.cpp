// SPDX-License-Identifier: Apache-2.0
// What a session writes.
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
using endpoint::NewCollection;
using endpoint::NewResource;
using endpoint::PutOutcome;
using endpoint::Resource;

// Cyrus, and what is built on sabre/dav, look at these headers with each change; others with none.
void be_silent(dav::Call& call) {
  call.headers.push_back({"Schedule-Reply", "F"});  // RFC 6638 section 8.1
  call.headers.push_back({"Scheduling-Enabled", "F"});
}

bool is_version_an_etag(std::string_view version) { return version.starts_with('"'); }

bool is_taken(const http::Response& response) {
  const int status = response.head.status;
  if (status == 405) return true;  // RFC 4918 section 9.3.1
  const auto found = dav::preconditions_of(response.body);
  return (status == 403 || status == 409) &&
         std::ranges::any_of(found, [](const dav::Precondition& each) { return each.name == "D:resource-must-be-null"; });
}

}  // namespace

Task<Result<http::Response>> DavSession::make_collection(const std::string& path, const NewCollection& wanted) {
  const bool is_calendar = wanted.kind == CollectionKind::calendar;
  std::vector<dav::NewProperty> all;
  for (NamedProperty& each : to_webdav(wanted.properties, wanted.kind, true)) {
    // What the request cannot do without; the rest follows by PROPPATCH, so that one property does not spoil the collection.
    if (each.property.name == "C:supported-calendar-component-set" || each.property.name == "D:displayname") all.push_back(std::move(each.property));
  }
  dav::Call call{.method = is_calendar ? "MKCALENDAR" : "MKCOL", .path = path};
  if (is_calendar) {
    if (!all.empty()) call.body = dav::update_body("C:mkcalendar", all);
  } else {
    all.insert(all.begin(), {"D:resourcetype", "<D:collection/><A:addressbook/>"});
    call.body = dav::update_body("D:mkcol", all);
  }
  co_return co_await client_->send(std::move(call));
}

Task<Result<Collection>> DavSession::create(const NewCollection& wanted) {
  constexpr unsigned most_attempts = 100;
  const auto& homes = wanted.kind == CollectionKind::address_book ? homes_.address_books : homes_.calendars;
  if (homes.empty()) co_return fail(codes::refused, fmt::format("the account has no place for a new {} on the server", name_of(wanted.kind)));
  for (unsigned attempt = 1; attempt <= most_attempts; ++attempt) {
    const std::string path = homes.front() + collection_name(wanted.short_name, wanted.kind, attempt) + "/";
    const auto there = co_await client_->propfind(path, 0, {"D:resourcetype"});
    if (!there && !dav::is_answer(there.error())) co_return std::unexpected(there.error());
    if (there && !there->members.empty() && there->members[0].property("D:resourcetype") != nullptr) continue;
    GODWIT_CO_TRY(const http::Response response, co_await make_collection(path, wanted));
    if (is_taken(response)) continue;
    if (!response.head.is_success()) co_return std::unexpected(dav::error_of(response, "MKCOL", path));
    Collection made;
    made.name = path;
    made.kind = wanted.kind;
    GODWIT_CO_TRY(const auto left, co_await change_properties(made, wanted.properties));
    GODWIT_CO_TRY(const dav::Multistatus answer, co_await client_->propfind(path, 0, collection_properties()));
    if (answer.members.empty()) co_return fail(codes::refused, "the server has made the collection, and does not show it: " + path);
    co_return collection_of(answer.members[0], path, wanted.kind);
  }
  co_return fail(codes::exists, fmt::format("{} names like {} are taken", most_attempts, printable(wanted.short_name)));
}

// A PROPPATCH is done as a whole or not at all (RFC 4918 section 9.2): what the server refuses is left out, and the rest is tried again.
Task<Result<std::vector<std::string>>> DavSession::change_properties(const Collection& collection,
                                                                    const endpoint::CollectionProperties& properties) {
  auto wanted = to_webdav(properties, collection.kind, false);
  std::vector<std::string> left_out;
  while (!wanted.empty()) {
    std::vector<dav::NewProperty> all;
    for (const NamedProperty& each : wanted) all.push_back(each.property);
    dav::Call call{.method = "PROPPATCH", .path = collection.name};
    call.body = dav::update_body("D:propertyupdate", all);
    GODWIT_CO_TRY(const http::Response response, co_await client_->send(std::move(call)));
    const auto answer = dav::multistatus_of(response, "PROPPATCH", collection.name);
    if (!answer && answer.error().kind == ErrorKind::not_found) co_return std::unexpected(answer.error());
    constexpr int because_of_others = 424;
    const auto is_refused = [&](const NamedProperty& each) {
      if (!answer) return true;
      return std::ranges::any_of(answer->members, [&](const dav::Member& member) {
        const auto status = member.refused.find(each.property.name);
        return status != member.refused.end() && status->second != because_of_others;
      });
    };
    const std::size_t before = wanted.size();
    for (const NamedProperty& each : wanted) {
      if (is_refused(each)) left_out.emplace_back(each.called);
    }
    std::erase_if(wanted, is_refused);
    if (wanted.size() == before) break;
  }
  co_return left_out;
}

dav::Call DavSession::put_call(const Collection& collection, const NewResource& resource) const {
  const bool is_calendar = collection.kind == CollectionKind::calendar;
  const std::string name = resource.name.empty() ? dav::encoded_segment(resource_name(resource.uid, collection.kind)) : resource.name;
  dav::Call call{.method = "PUT", .path = collection.name + name};
  call.content_type = is_calendar ? "text/calendar; charset=utf-8" : "text/vcard; charset=utf-8";
  call.body = is_calendar && scheduling_ == Scheduling::agent ? without_scheduling(resource.bytes) : std::string(resource.bytes);
  if (resource.name.empty()) call.headers.push_back({"If-None-Match", "*"});
  else call.headers.push_back({"If-Match", is_version_an_etag(resource.version) ? resource.version : "*"});
  be_silent(call);
  return call;
}

PutOutcome DavSession::outcome_of(const Collection& collection, const NewResource& resource, const http::Response& response) const {
  PutOutcome outcome;
  outcome.name = resource.name.empty() ? dav::encoded_segment(resource_name(resource.uid, collection.kind)) : resource.name;
  const int status = response.head.status;
  if (response.head.is_success()) {
    outcome.version = response.head.header("ETag");
    if (outcome.version.starts_with("W/")) outcome.version.erase(0, 2);
    return outcome;
  }
  for (const dav::Precondition& each : dav::preconditions_of(response.body)) {
    if (each.name != "C:no-uid-conflict" && each.name != "A:no-uid-conflict") continue;
    const auto twin = client_->path_of(each.href, collection.name);
    outcome.name = twin && dav::parent_of(*twin) == collection.name ? std::string(dav::last_segment(*twin)) : std::string();
    outcome.kind = PutOutcome::Kind::exists;
    if (!twin || !outcome.name.empty()) return outcome;
    outcome.kind = PutOutcome::Kind::refused;
    outcome.error = make_error(codes::refused, fmt::format("an item with its UID lies in another collection of the account: {}; the server keeps a "
                                                           "UID only once", printable(*twin)));
    return outcome;
  }
  const bool is_replacement = !resource.name.empty();
  if (status == 412) {
    outcome.kind = is_replacement ? PutOutcome::Kind::changed : PutOutcome::Kind::exists;
  } else if (is_replacement && (status == 404 || status == 410)) {
    outcome.kind = PutOutcome::Kind::changed;
  } else {
    outcome.kind = PutOutcome::Kind::refused;
    outcome.error = dav::error_of(response, "PUT", collection.name + outcome.name);
  }
  return outcome;
}

Task<Result<std::vector<PutOutcome>>> DavSession::put(const Collection& collection, std::span<const NewResource> resources) {
  std::vector<dav::Call> calls;
  for (const NewResource& each : resources) calls.push_back(put_call(collection, each));
  GODWIT_CO_TRY(const auto responses, co_await client_->send_all(std::move(calls)));
  std::vector<PutOutcome> outcomes;
  for (std::size_t i = 0; i < resources.size(); ++i) outcomes.push_back(outcome_of(collection, resources[i], responses[i]));
  co_return outcomes;
}

Task<Result<std::vector<Result<>>>> DavSession::remove(const Collection& collection, std::span<const Resource> resources) {
  std::vector<dav::Call> calls;
  for (const Resource& each : resources) {
    dav::Call call{.method = "DELETE", .path = collection.name + each.name};
    if (is_version_an_etag(each.version)) call.headers.push_back({"If-Match", each.version});
    be_silent(call);
    calls.push_back(std::move(call));
  }
  GODWIT_CO_TRY(const auto responses, co_await client_->send_all(std::move(calls)));
  std::vector<Result<>> outcomes;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const int status = responses[i].head.status;
    if (responses[i].head.is_success() || status == 404 || status == 410) outcomes.emplace_back();
    else if (status == 412) outcomes.push_back(fail(codes::item_conflict, "somebody has changed it in the meantime"));
    else outcomes.push_back(std::unexpected(dav::error_of(responses[i], "DELETE", collection.name + resources[i].name)));
  }
  co_return outcomes;
}

}  // namespace godwit::adapters
