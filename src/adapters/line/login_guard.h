// SPDX-License-Identifier: Apache-2.0
// Keeps an administrator's login, which opens all the accounts of a plan, from being locked by as many refusals as there are accounts.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::adapters {

struct GuardedLogin {
  std::string place;  // the server: "imaps://mail.example.com:993"
  std::string name;   // empty: a password alone is asked for
  std::string authorization;  // for whom; empty: the login is somebody's own
  Secret password;
};

// For logins that are made for somebody else; others pass. May be used by several threads. Logins that are at work at the same time do
// not know of each other yet.
class LoginGuard {
 public:
  static constexpr int most_refusals = 3;  // one mailbox that is not there, or two, say nothing of the password

  // Error of kind auth: so many accounts in a row were refused this name and password, and none was let in.
  [[nodiscard]] Result<> check(const GuardedLogin& login);
  void note(const GuardedLogin& login, const Result<>& outcome);

 private:
  struct Record {
    int refusals = 0;
    bool has_worked = false;
    Error last{};
  };
  static std::optional<std::string> key_of(const GuardedLogin& login);

  std::mutex mutex_;
  std::map<std::string, Record> records_;
};

}  // namespace godwit::adapters
