// SPDX-License-Identifier: Apache-2.0
// Where a plan's access tokens come from (OAuth 2.0): values only. docs/tokens.md explains them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "plan/logins.h"

namespace godwit::plan {

// What an application asks tokens with.
enum class Grant : std::uint8_t {
  client_credentials,  // its own secret or certificate, for all mailboxes (RFC 6749 section 4.4)
  refresh_token,       // what each person has permitted by godwit login (section 6)
  jwt_bearer,          // a service account's key, for each mailbox in its user's name (RFC 7523)
};

enum class Provider : std::uint8_t { microsoft, google, custom };

// What is empty has the provider's usual value, or is not wanted.
struct OAuth {
  Provider provider = Provider::custom;
  Grant grant = Grant::refresh_token;
  std::string tenant{}, client_id{}, scope{};
  std::string token_url{}, device_url{}, authorize_url{};
  std::filesystem::path client_secret_file{};  // its first line
  std::filesystem::path certificate_file{};    // PEM, for key_file
  std::filesystem::path key_file{};            // PEM with a certificate, else the JSON file of a service account
  std::filesystem::path authorities_file{};    // PEM: who may have signed the token server's certificate
  friend bool operator==(const OAuth&, const OAuth&) = default;
};

struct TokenFrom {
  enum class Kind : std::uint8_t { file, command, oauth } kind = Kind::oauth;
  LoginTemplate file{};                  // read again for each login
  std::vector<LoginTemplate> command{};  // the program, and its arguments
  OAuth oauth{};
  friend bool operator==(const TokenFrom&, const TokenFrom&) = default;
};

}  // namespace godwit::plan
