// SPDX-License-Identifier: Apache-2.0
#include "app/client_certificate.h"

#include "base/error_code.h"
#include "base/text.h"
#include "plan/text_file.h"
#include "vault/secret_file.h"

namespace godwit::app {
namespace {

Error unusable(Error error) { return make_error(codes::client_certificate, std::move(error.what), {}, std::move(error.where)); }

}  // namespace

Result<net::ClientCertificatePointer> read_client_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  if (certificate.empty() && key.empty()) return nullptr;
  const auto chain = plan::read_text_file(certificate);
  if (!chain) return std::unexpected(unusable(Error(chain.error()).at(printable(certificate.native()))));
  const auto private_key = vault::read_key_file(key, vault::Readers::owner);
  if (!private_key) return std::unexpected(unusable(private_key.error()));
  return net::ClientCertificate::parse(chain->reveal(), *private_key, certificate.native(), key.native());
}

}  // namespace godwit::app
