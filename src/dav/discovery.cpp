// SPDX-License-Identifier: Apache-2.0
#include "dav/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "dav/href.h"

namespace godwit::dav {
namespace {

void add(std::vector<std::string>& all, std::string one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

// The hrefs of a home set. A home is a collection, whether or not its href ends with a slash.
void take_homes(const Client& client, const Member& member, std::string_view property, std::string_view base, std::vector<std::string>& homes,
                std::vector<std::string>& elsewhere) {
  const Element* const set = member.property(property);
  if (set == nullptr) return;
  for (const Element& each : set->children) {
    if (each.name != "D:href" || each.text.empty()) continue;
    auto path = client.path_of(each.text, base);
    if (!path) add(elsewhere, each.text);
    else add(homes, path->ends_with('/') ? *path : *path + '/');
  }
}

// One place, and the principal that it names.
class Search {
 public:
  explicit Search(Client& client) : client_(client) {}

  // Error: the server cannot be asked any more. `found` has what there was.
  [[nodiscard]] Task<Result<>> look_at(std::string path) {
    GODWIT_CO_TRY(const std::string principal, co_await take_from(path));
    if (!principal.empty() && principal != path) {
      found.principal = principal;
      GODWIT_CO_TRY(const std::string of_itself, co_await take_from(principal));
      if (found.principal.empty()) found.principal = of_itself;
    }
    co_return Result<>{};
  }

  Homes found;
  std::vector<std::string> tried;

 private:
  // The principal that is named there; empty: none.
  [[nodiscard]] Task<Result<std::string>> take_from(std::string path) {
    std::string taken = path;
    const auto answer = co_await client_.propfind(
        path, 0, {"D:current-user-principal", "D:resourcetype", "C:calendar-home-set", "A:addressbook-home-set"}, &taken);
    if (!answer && !is_answer(answer.error())) co_return std::unexpected(answer.error());
    tried.push_back(answer ? taken : fmt::format("{} ({})", taken, answer.error().what));
    if (!answer) co_return std::string();
    std::string principal;
    for (const Member& member : answer->members) {
      take_homes(client_, member, "C:calendar-home-set", taken, found.calendars, found.elsewhere);
      take_homes(client_, member, "A:addressbook-home-set", taken, found.address_books, found.elsewhere);
      if (const Element* const named = member.property("D:current-user-principal")) {
        principal = client_.path_of(named->href(), taken).value_or("");
      }
    }
    co_return principal;
  }

  Client& client_;
};

}  // namespace

Task<Result<Homes>> discover(Client& client, std::string context) {
  Search search(client);
  std::vector<std::string> places{"/.well-known/caldav", "/.well-known/carddav", "/"};
  if (!context.empty()) places = {context};
  for (const std::string& each : places) {
    const bool is_needed = each.ends_with("/carddav") ? search.found.address_books.empty()
                                                      : search.found.calendars.empty() && (each != "/" || search.found.address_books.empty());
    if (!is_needed) continue;
    GODWIT_CO_CHECK(co_await search.look_at(each));
  }
  if (search.found.calendars.empty() && search.found.address_books.empty()) {
    std::string where;
    for (const std::string& each : search.tried) where += (where.empty() ? "" : ", ") + printable(each);
    if (!search.found.elsewhere.empty()) {
      co_return fail(codes::not_found, fmt::format("the account's calendars are at {}, and passwords go to no other place than the one that was "
                                                   "named; name it in the URL or as the plan's host",
                                                   http::origin_of(search.found.elsewhere.front())));
    }
    co_return fail(codes::not_found, fmt::format("nothing on {} leads to calendars or address books; tried: {}. Write the path behind the host: "
                                                 "davs://user@host/path",
                                                 client.origin(), where));
  }
  co_return search.found;
}

}  // namespace godwit::dav
