// SPDX-License-Identifier: Apache-2.0
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::app {

Result<net::Trust> trust_of(const cli::AccountOptions& options) {
  net::Trust trust;
  if (options.trust_always) trust.mode = net::Trust::Mode::always;
  if (options.trust_fingerprint.empty()) return trust;
  const auto fingerprint = from_hex(options.trust_fingerprint);
  if (!fingerprint || fingerprint->size() != 32) {
    return fail(codes::fingerprint_form, "a fingerprint is 64 hexadecimal digits (SHA-256), colons allowed: " +
                                      printable(options.trust_fingerprint));
  }
  return net::Trust{net::Trust::Mode::fingerprint, *fingerprint};
}

net::Trust trust_of(const plan::Endpoint& endpoint) {
  using Mode = plan::Trust::Mode;
  if (endpoint.trust.mode == Mode::fingerprint) return {net::Trust::Mode::fingerprint, endpoint.trust.fingerprint};
  return {endpoint.trust.mode == Mode::always ? net::Trust::Mode::always : net::Trust::Mode::verify, {}};
}

}  // namespace godwit::app
