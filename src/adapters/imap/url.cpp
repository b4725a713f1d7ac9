// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/url.h"

#include "endpoint/server_url.h"

namespace godwit::adapters {
namespace {

constexpr endpoint::UrlForm form{"imap", "imaps", 143, 993};

endpoint::ServerUrl general(const ImapUrl& url) { return {url.implicit_tls, url.user, url.host, url.port}; }

}  // namespace

std::string ImapUrl::host_identity() const { return general(*this).host_identity(form); }
std::string ImapUrl::identity() const { return general(*this).identity(form); }

Result<ImapUrl> parse_imap_url(std::string_view text) {
  GODWIT_TRY(auto url, endpoint::parse_server_url(text, form));
  return ImapUrl{url.implicit_tls, std::move(url.user), std::move(url.host), url.port};
}

}  // namespace godwit::adapters
