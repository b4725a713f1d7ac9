// SPDX-License-Identifier: Apache-2.0
#include "vault/sealed_box.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace godwit::vault {
namespace {

static_assert(PublicKey::size == crypto_box_PUBLICKEYBYTES && PublicKey::size == crypto_box_SECRETKEYBYTES);

constexpr char version = 1;
constexpr std::size_t fixed_part = 6;  // version, side, length of the name
constexpr std::size_t padding_block = 128;

Result<> start_sodium() {
  if (sodium_init() < 0) return fail(ErrorKind::bug, "libsodium cannot be used here: it finds no source of random numbers");
  return {};
}

const unsigned char* unsigned_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* unsigned_bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string text_of(const Login& login) { return fmt::format("{} on the {}", printable(login.account), name_of(login.side)); }

std::unexpected<Error> cannot_open(const Login& login, std::string_view why) {
  return fail(ErrorKind::storage, fmt::format("the sealed password of {} cannot be used: {}; erase it, and give the password again",
                                              text_of(login), why));
}

std::string frame_of(const Login& login) {
  std::string frame{version, static_cast<char>(login.side)};
  for (unsigned shift = 0; shift < 32; shift += 8) frame += static_cast<char>(login.account.size() >> shift & 0xffU);
  return frame + login.account;
}

// For whom the box is; nothing when that cannot be read.
std::optional<Login> owner_of(std::string_view plain) {
  if (plain.size() < fixed_part || plain[0] != version || static_cast<unsigned char>(plain[1]) > 1) return std::nullopt;
  std::size_t length = 0;
  for (unsigned i = 0; i < 4; ++i) length |= std::size_t{static_cast<unsigned char>(plain[2 + i])} << 8 * i;
  if (length > plain.size() - fixed_part) return std::nullopt;
  return Login{std::string(plain.substr(fixed_part, length)), static_cast<Side>(plain[1])};
}

Result<Secret> unpad(std::string_view padded, const Login& login) {
  std::size_t size = 0;
  if (sodium_unpad(&size, unsigned_bytes(padded), padded.size(), padding_block) != 0) {
    return cannot_open(login, "what is in it has a form that this version does not know");
  }
  return Secret(padded.substr(0, size));
}

}  // namespace

Result<PublicKey> PublicKey::of(std::string_view bytes) {
  if (bytes.size() != size) {
    return fail(ErrorKind::storage, fmt::format("the public key of the vault is damaged: it has {} bytes, not {}; put the ledger back from "
                                                "a backup, or wipe the vault and give the passwords again", bytes.size(), size));
  }
  PublicKey key;
  std::ranges::copy(bytes, reinterpret_cast<char*>(key.bytes_.data()));
  return key;
}

std::string PublicKey::name() const { return to_hex(bytes().substr(0, 8)); }

void PrivateKey::Free::operator()(unsigned char* bytes) const { sodium_free(bytes); }  // wipes them

Result<PrivateKey::Bytes> PrivateKey::allocate() {
  GODWIT_CHECK(start_sodium());
  Bytes bytes(static_cast<unsigned char*>(sodium_malloc(PublicKey::size)));
  if (!bytes) return fail(ErrorKind::storage, "there is no memory for the key of the vault; give the process more, then try again");
  return bytes;
}

PrivateKey::PrivateKey(Bytes bytes) : bytes_(std::move(bytes)) {
  crypto_scalarmult_base(public_.bytes_.data(), bytes_.get());
  sodium_mprotect_readonly(bytes_.get());
}

Result<PrivateKey> PrivateKey::make() {
  GODWIT_TRY(Bytes bytes, allocate());
  randombytes_buf(bytes.get(), PublicKey::size);
  return PrivateKey(std::move(bytes));
}

Result<PrivateKey> PrivateKey::of(std::string_view hexadecimal) {
  GODWIT_TRY(Bytes bytes, allocate());
  std::size_t size = 0;
  const bool is_hex = sodium_hex2bin(bytes.get(), PublicKey::size, hexadecimal.data(), hexadecimal.size(), nullptr, &size, nullptr) == 0;
  if (!is_hex || size != PublicKey::size || hexadecimal.size() != 2 * PublicKey::size) {
    return fail(ErrorKind::storage, fmt::format("a private key has {} hexadecimal digits", 2 * PublicKey::size));
  }
  return PrivateKey(std::move(bytes));
}

Secret PrivateKey::hex() const {
  std::string text(2 * PublicKey::size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes_.get(), PublicKey::size);
  text.pop_back();
  return Secret(std::move(text));
}

Result<Secret> PrivateKey::open(std::string_view sealed, const Login& login) const {
  if (sealed.size() < crypto_box_SEALBYTES) return cannot_open(login, "it is damaged");
  std::string text(sealed.size() - crypto_box_SEALBYTES, '\0');
  const int opened = crypto_box_seal_open(unsigned_bytes(text), unsigned_bytes(sealed), sealed.size(), public_.bytes_.data(),
                                          bytes_.get());
  const Secret plain(std::move(text));
  if (opened != 0) return cannot_open(login, "it is damaged, or was sealed with another key");
  const auto owner = owner_of(plain.reveal());
  if (!owner) return cannot_open(login, "what is in it has a form that this version does not know");
  if (*owner != login) {
    return cannot_open(login, fmt::format("it was sealed for {}, and somebody has put it here", text_of(*owner)));
  }
  return unpad(plain.reveal().substr(fixed_part + login.account.size()), login);
}

Result<std::string> seal(const PublicKey& key, const Login& login, const Secret& password) {
  GODWIT_CHECK(start_sodium());
  if (password.empty()) return fail(ErrorKind::usage, fmt::format("the password of {} is empty", text_of(login)));
  const std::string frame = frame_of(login);
  const std::size_t size = password.reveal().size();
  const std::size_t padded = (size / padding_block + 1) * padding_block;
  std::string text;
  text.reserve(frame.size() + padded);  // it must not grow: the password would stay in what it frees
  text.append(frame).append(password.reveal()).append(1, '\x80').append(padded - size - 1, '\0');
  const Secret plain(std::move(text));
  std::string sealed(plain.reveal().size() + crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal(unsigned_bytes(sealed), unsigned_bytes(plain.reveal()), plain.reveal().size(),
                      unsigned_bytes(key.bytes())) != 0) {
    return fail(ErrorKind::storage, "the public key of the vault is damaged: nothing can be sealed with it; put the ledger back from a "
                                    "backup, or wipe the vault and give the passwords again");
  }
  return sealed;
}

}  // namespace godwit::vault
