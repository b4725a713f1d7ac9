// SPDX-License-Identifier: Apache-2.0
// Where an account's calendars and address books are: RFC 6764 section 5, RFC 5397, RFC 4791 section 6.2, RFC 6352 section 7.1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "dav/client.h"

namespace godwit::dav {

struct Homes {
  std::string principal;                       // empty: the server does not tell
  std::vector<std::string> calendars, address_books;  // collections whose members they are
  std::vector<std::string> elsewhere;          // URLs of homes at other origins, which nobody asks
};

// `context`: a path where to begin (the server's, the principal's or a home's); empty: /.well-known/caldav and /.well-known/carddav, then
// the root. A collection that is given and leads no further is the home itself. Error not_found: nothing there leads to a calendar or an address book; it says what was tried.
[[nodiscard]] Task<Result<Homes>> discover(Client& client, std::string context);

}  // namespace godwit::dav
