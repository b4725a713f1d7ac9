// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <new>

namespace godwit {

struct Sha256::Context {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  bool started = false;

  Context() {
    if (algorithm == nullptr || state == nullptr) throw std::bad_alloc();
  }
  ~Context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(algorithm);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void start() {
    if (!started && EVP_DigestInit_ex2(state, algorithm, nullptr) != 1) throw std::bad_alloc();
    started = true;
  }
};

Digest Digest::from(std::string_view view) {
  Digest digest;
  std::ranges::copy(view.substr(0, digest.bytes.size()), digest.bytes.begin());
  return digest;
}

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  context_->start();
  EVP_DigestUpdate(context_->state, bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  context_->start();
  Digest digest;
  EVP_DigestFinal_ex(context_->state, digest.bytes.data(), nullptr);
  context_->started = false;
  return digest;
}

Digest sha256(std::string_view bytes) {
  thread_local Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace godwit
