// SPDX-License-Identifier: Apache-2.0
// Who the client is, for servers that ask for it in the TLS handshake.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

struct ssl_st;  // OpenSSL's SSL

namespace godwit::net {

class ClientCertificate {
 public:
  // `chain`: PEM, the client's own certificate first, then those above it. `key`: PEM, without a passphrase. `chain_name` and
  // `key_name`: what the errors call them. Errors, of kind usage: no certificate, no key, a key with a passphrase, a key of another
  // certificate, a certificate that has expired or is not valid yet.
  [[nodiscard]] static Result<std::shared_ptr<const ClientCertificate>> parse(std::string_view chain, const Secret& key,
                                                                              std::string_view chain_name, std::string_view key_name);
  ~ClientCertificate();
  ClientCertificate(const ClientCertificate&) = delete;
  ClientCertificate& operator=(const ClientCertificate&) = delete;

  // Only for this folder.
  void use_in(ssl_st& ssl) const;

 private:
  struct Parts;
  explicit ClientCertificate(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

using ClientCertificatePointer = std::shared_ptr<const ClientCertificate>;

}  // namespace godwit::net
