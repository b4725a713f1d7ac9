// SPDX-License-Identifier: Apache-2.0
#include "net/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <ctime>

#include "base/text.h"

namespace godwit::net {
namespace {

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_text(const std::string& bytes) {
  const auto copy_to = [&](auto raw) {
    std::ranges::copy(bytes, raw.begin());
    return raw;
  };
  using boost::asio::ip::address_v4;
  using boost::asio::ip::address_v6;
  if (bytes.size() == 4) return address_v4(copy_to(address_v4::bytes_type{})).to_string();
  if (bytes.size() == 16) return address_v6(copy_to(address_v6::bytes_type{})).to_string();
  return "an address of " + std::to_string(bytes.size()) + " bytes";
}

std::string common_name_of(const X509_NAME* name) {
  const int position = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (position < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, position)));
}

std::string date_of(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, decltype([](BIO* memory) { BIO_free(memory); })> out(BIO_new(BIO_s_mem()));
  if (!out || ASN1_TIME_print_ex(out.get(), time, ASN1_DTFLGS_ISO8601) != 1) return "an unreadable date";
  std::array<char, 64> buffer;
  const int size = BIO_read(out.get(), buffer.data(), buffer.size());
  return {buffer.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::chrono::sys_seconds instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

std::string joined_names(const X509& certificate) {
  std::string text;
  for (const std::string& name : names_of(certificate)) text += (text.empty() ? "" : ", ") + printable(name);
  return text.empty() ? "no name at all" : text;
}

}  // namespace

std::string fingerprint_of(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::vector<std::string> names_of(const X509& certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype([](GENERAL_NAMES* list) { GENERAL_NAMES_free(list); })> list(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_text(text_of(name->d.iPAddress)));
  }
  if (names.empty()) names.push_back(common_name_of(X509_get_subject_name(&certificate)));
  std::erase(names, "");
  return names;
}

ServerCertificate described(const X509& certificate) {
  return {to_hex(fingerprint_of(certificate)), names_of(certificate), instant_of(X509_get0_notBefore(&certificate)),
          instant_of(X509_get0_notAfter(&certificate))};
}

std::string what_is_wrong(const X509& certificate, long verify_result, const std::string& host) {
  switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("its name does not fit: it is for {} and not for {}", joined_names(certificate), printable(host));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "it expired on " + date_of(X509_get0_notAfter(&certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "it is not valid before " + date_of(X509_get0_notBefore(&certificate));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "it is self-signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("its issuer \"{}\" is not known to this system, or the server leaves out the certificates between",
                         printable(common_name_of(X509_get_issuer_name(&certificate))));
    default:
      return X509_verify_cert_error_string(verify_result);
  }
}

ErrorCode code_of_verification(long verify_result) {
  switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return codes::certificate_name;
    case X509_V_ERR_CERT_HAS_EXPIRED: return codes::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return codes::certificate_not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return codes::certificate_self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return codes::certificate_issuer;
    default: return codes::certificate_not_trusted;
  }
}

}  // namespace godwit::net
