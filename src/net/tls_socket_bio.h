// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>

namespace godwit::net {

// The bytes under TLS: recv and send on a descriptor that it does not own. Not OpenSSL's own socket BIO, because that writes
// with write(), which kills the process by SIGPIPE when the peer has gone.
struct TlsTransport {
  int descriptor = -1;
  int system_error = 0;  // errno of the last call that failed
};

// `transport` must outlive what is returned. The caller owns the BIO until it gives it to an SSL.
[[nodiscard]] BIO* make_tls_bio(TlsTransport& transport);

}  // namespace godwit::net
