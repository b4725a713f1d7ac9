// SPDX-License-Identifier: Apache-2.0
// The handshakes with a proxy: whatever it says, in whatever pieces, they come to the same end, never ask for more than is theirs,
// and never say that the way is open and wrong at once. And addresses of proxies: what parses is read again from its own text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/proxy_address.h"
#include "net/proxy.h"

namespace {

using namespace godwit;

struct End {
  bool has_failed = false, is_open = false;
  std::size_t taken = 0;
  std::string sent;
  friend bool operator==(const End&, const End&) = default;
};

End converse(const net::Proxy& proxy, std::string_view said, std::size_t step) {
  const auto handshake = net::begin_proxy_handshake(proxy, "mail.example.com", 993).value();
  End end;
  while (true) {
    end.sent += handshake->take_output().reveal();
    const std::size_t wanted = handshake->wanted();
    end.is_open = wanted == 0;
    const std::size_t size = std::min({wanted, step, said.size() - end.taken});
    if (size == 0) return end;
    if (wanted > 300) std::abort();
    const auto fed = handshake->feed(said.substr(end.taken, size));
    end.taken += size;
    end.has_failed = !fed;
    if (end.has_failed) return end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {ProxyAddress::Kind::socks5, ProxyAddress::Kind::http}) {
    for (const char* user : {"", "alice"}) {
      const net::Proxy proxy{{kind, "proxy.example.com", 1080, user}, Secret("secret")};
      const End whole = converse(proxy, text, size + 1), pieces = converse(proxy, text, 1);
      if (whole.has_failed != pieces.has_failed || whole.is_open != pieces.is_open) std::abort();
      if (!whole.has_failed && !(whole == pieces)) std::abort();
    }
  }
  const auto address = parse_proxy_address(text);
  if (!address) return 0;
  const auto again = parse_proxy_address(address->text());
  const bool is_plain = address->text().find('\\') == std::string::npos;
  if (is_plain && (!again || again->host != address->host || again->port != address->port)) std::abort();
  return 0;
}
