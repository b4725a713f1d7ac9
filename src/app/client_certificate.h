// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "net/client_certificate.h"

namespace godwit::app {

// Nothing where no certificate is named. Errors: as of net::ClientCertificate::parse(), a file that cannot be read, and a key that others
// than its owner can read.
[[nodiscard]] Result<net::ClientCertificatePointer> read_client_certificate(const std::filesystem::path& certificate,
                                                                            const std::filesystem::path& key);

}  // namespace godwit::app
