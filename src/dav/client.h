// SPDX-License-Identifier: Apache-2.0
// Calls of WebDAV, CalDAV and CardDAV to one origin: credentials go nowhere else. Paths are as of dav/href.h.
// Over TLS a password goes out by Basic, and by Digest where the server takes that alone; on a line that can be read on the way nothing goes
// out before the server has said what it takes, and Digest comes first.
// Errors: those of http/client.h; auth where the login is refused; unavailable for 429, 502, 503 and 504, with the server's wait.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "base/token_supply.h"
#include "dav/xml.h"
#include "http/client.h"

namespace godwit::dav {

struct Login {
  std::string user;
  Secret password{};
  TokenSupply token{};  // where it is set, Bearer (RFC 6750) and no password
};

struct Call {
  std::string method, path;
  std::vector<http::Header> headers{};
  std::string body{};
  std::string content_type{};  // empty: application/xml, where there is a body
};

struct Options {
  std::string software;                  // as the server calls itself: "Cyrus-HTTP/3.6.1 …"; empty: it does not
  std::vector<std::string> capabilities; // of the header DAV, in order
  [[nodiscard]] bool has(std::string_view capability) const;
};

class Client {
 public:
  // `origin`: "https://dav.example.com:443".
  Client(std::string origin, Login login, http::Settings settings);

  [[nodiscard]] const std::string& origin() const { return origin_; }
  // The answer, whatever its status but those above; redirects to the same origin are followed. `path_taken`: where it ended.
  [[nodiscard]] Task<Result<http::Response>> send(Call call, std::string* path_taken = nullptr);
  // One for each, in order; as many at once as the settings have connections. Error: of one of them, and the others are not known.
  [[nodiscard]] Task<Result<std::vector<http::Response>>> send_all(std::vector<Call> calls);

  // Error: also not_found, refused for other statuses than 207, with the server's words; response_malformed.
  [[nodiscard]] Task<Result<Multistatus>> propfind(std::string path, int depth, std::vector<std::string_view> names,
                                                   std::string* path_taken = nullptr);
  [[nodiscard]] Task<Result<Multistatus>> report(std::string path, int depth, std::string body);
  [[nodiscard]] Task<Result<Options>> options(std::string path);

  // A path of this origin; nothing where it is another's.
  [[nodiscard]] std::optional<std::string> path_of(std::string_view href, std::string_view base_path) const;

 private:
  [[nodiscard]] http::Request request_of(const Call& call) const;
  [[nodiscard]] Task<Result<http::Response>> receive(http::Exchange& exchange);
  // What a first answer leads to: a new token, another place, an error.
  [[nodiscard]] Task<Result<http::Response>> settle(Call call, http::Response response, std::string* path_taken);
  // After a 401. Error: there is no other way to log in.
  [[nodiscard]] Task<Result<>> log_in(const http::Head& refusal);
  [[nodiscard]] Task<Result<>> begin();

  std::string origin_;
  Login login_;
  std::size_t at_once_;
  http::Client http_;
  http::Credentials credentials_{};
  bool has_begun_ = false;
};

// What is wrong, for statuses that are no success: not_found, too_big, quota, refused …; with the precondition, or the first words.
[[nodiscard]] Error error_of(const http::Response& response, std::string_view method, std::string_view path);

// The server has answered, and another question may have another answer; all else ends the session.
[[nodiscard]] bool is_answer(const Error& error);

// Nothing but a multistatus is one.
[[nodiscard]] Result<Multistatus> multistatus_of(const http::Response& response, std::string_view method, std::string_view path);

}  // namespace godwit::dav
