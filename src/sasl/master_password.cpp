// SPDX-License-Identifier: Apache-2.0
#include "sasl/master_password.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::sasl {

Result<Secret> master_password_answer(std::string_view challenge, const Secret& password) {
  const std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })> context(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const bool is_made = context && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1 &&
                       EVP_DigestUpdate(context.get(), challenge.data(), challenge.size()) == 1 &&
                       EVP_DigestUpdate(context.get(), password.reveal().data(), password.reveal().size()) == 1 &&
                       EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  if (!is_made) return fail(codes::login_unsupported, "this machine's OpenSSL does not do MD5, which X-MASTERAUTH needs");
  return Secret(to_hex({reinterpret_cast<const char*>(digest.data()), size}));
}

}  // namespace godwit::sasl
