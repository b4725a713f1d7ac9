// SPDX-License-Identifier: Apache-2.0
// What a person must know about a server's certificate. Only for tls_stream.cpp; OpenSSL stays inside this folder.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error_code.h"
#include "base/server_certificate.h"

namespace godwit::net {

using Certificate = std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })>;

[[nodiscard]] std::string fingerprint_of(const X509& certificate);  // SHA-256, 32 raw bytes

// DNS names and addresses of subjectAltName; the common name only where there is none.
[[nodiscard]] std::vector<std::string> names_of(const X509& certificate);

// A date that cannot be read is 1970-01-01.
[[nodiscard]] ServerCertificate described(const X509& certificate);

// In words, why a verification gave `verify_result` (X509_V_ERR_…) for `host`: "it expired on …", "it is self-signed",
// "it is for … and not for …". What comes from the certificate is made printable.
[[nodiscard]] std::string what_is_wrong(const X509& certificate, long verify_result, const std::string& host);

// The code of kind `tls` for the same reason.
[[nodiscard]] ErrorCode code_of_verification(long verify_result);

}  // namespace godwit::net
