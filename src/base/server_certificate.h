// SPDX-License-Identifier: Apache-2.0
// What a person wants to know of the certificate that a server has shown.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace godwit {

struct ServerCertificate {
  std::string fingerprint;                        // SHA-256 of the certificate, lower-case hexadecimal digits
  std::vector<std::string> names;                 // whom it is for: DNS names and addresses
  std::chrono::sys_seconds not_before, not_after; // when it is valid
  friend bool operator==(const ServerCertificate&, const ServerCertificate&) = default;
};

}  // namespace godwit
