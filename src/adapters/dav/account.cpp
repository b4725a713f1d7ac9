// SPDX-License-Identifier: Apache-2.0
#include "adapters/dav/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/dav/session.h"
#include "base/error_code.h"
#include "base/text.h"
#include "dav/href.h"

namespace godwit::adapters {
namespace {

// "https://dav.example.com:443"
std::string origin_of(const endpoint::ServerUrl& server) {
  constexpr endpoint::UrlForm http_form{"http", "https", 80, 443};
  return server.host_identity(http_form);
}

std::string proxy_of(const DavSettings& settings) {
  if (!settings.proxy) return {};
  const ProxyAddress& proxy = *settings.proxy;
  const bool is_ipv6 = proxy.host.contains(':');
  std::string login;
  if (!proxy.user.empty()) {
    login = fmt::format("{}:{}@", http::percent_encoded(proxy.user), http::percent_encoded(settings.proxy_password.reveal()));
  }
  return fmt::format("{}://{}{}{}{}:{}", proxy.kind == ProxyAddress::Kind::http ? "http" : "socks5h", login, is_ipv6 ? "[" : "", proxy.host,
                     is_ipv6 ? "]" : "", proxy.port);
}

// A home's template for one account.
std::string filled(std::string home, const std::string& user) {
  const auto at = std::min(user.rfind('@'), user.size());
  const std::string domain = at == user.size() ? std::string() : user.substr(at + 1);
  for (const auto& [mark, text] : {std::pair{"{user}", user}, std::pair{"{local}", user.substr(0, at)}, std::pair{"{domain}", domain}}) {
    for (auto place = home.find(mark); place != std::string::npos; place = home.find(mark)) {
      home.replace(place, std::string_view(mark).size(), dav::encoded_segment(text));
    }
  }
  if (!home.starts_with('/')) home.insert(0, "/");
  return home.ends_with('/') ? home : home + '/';
}

dav::Homes given_homes(const DavSettings& settings) {
  dav::Homes homes;
  const std::string& user = settings.url.server.user;
  if (!settings.calendar_home.empty()) homes.calendars.push_back(filled(settings.calendar_home, user));
  if (!settings.address_book_home.empty()) homes.address_books.push_back(filled(settings.address_book_home, user));
  return homes;
}

http::Settings line_of(const DavSettings& settings) {
  http::Settings line;
  line.trust = settings.trust;
  line.authorities_file = settings.authorities_file;
  line.authorities_option = "ca_file, --source-ca-file, --target-ca-file";
  line.proxy = proxy_of(settings);
  line.connections = settings.connections;
  return line;
}

Task<Result<std::unique_ptr<DavSession>>> open(DavSettings settings) {
  const endpoint::ServerUrl& server = settings.url.server;
  if (!server.implicit_tls && !settings.plain_ok) {
    co_return fail(codes::starttls_not_offered, "dav:// sends everything unencrypted; write davs://, or allow it by --plain-ok");
  }
  const bool is_for_another = !settings.login_name.empty() && settings.login_name != server.user;
  dav::Homes homes = given_homes(settings);
  if (is_for_another && homes.calendars.empty() && homes.address_books.empty()) {
    co_return fail(codes::login_needs_administrator,
                   fmt::format("{} logs in, and the server would show its own calendars for those of {}; write where those are (calendar_home, "
                               "address_book_home)",
                               printable(settings.login_name), printable(server.user)));
  }
  dav::Login login{.user = is_for_another ? settings.login_name : server.user, .password = settings.password, .token = settings.token};
  auto client = std::make_unique<dav::Client>(origin_of(server), std::move(login), line_of(settings));
  if (homes.calendars.empty() && homes.address_books.empty()) {
    GODWIT_CO_TRY(homes, co_await dav::discover(*client, settings.url.context));
  }
  const std::string home = homes.calendars.empty() ? homes.address_books.front() : homes.calendars.front();
  GODWIT_CO_TRY(dav::Options options, co_await client->options(home));
  if (options.software.starts_with("WSGIServer/")) options.software = "Radicale";  // what else speaks of itself like this is no server of DAV
  if (settings.on_software) settings.on_software(options.software.substr(0, options.software.find(' ')));
  co_return std::make_unique<DavSession>(std::move(client), std::move(homes), std::move(options), server.user);
}

// Errors name the account.
Task<Result<std::unique_ptr<DavSession>>> connect(DavSettings settings) {
  const std::string where = settings.url.server.identity(dav_url_form);
  auto session = co_await open(std::move(settings));
  if (!session) co_return std::unexpected(std::move(session.error()).at(where));
  co_return session;
}

std::string identity_of(const DavUrl& url) { return url.server.identity(dav_url_form) + url.context; }

class DavSource final : public endpoint::CollectionSource {
 public:
  explicit DavSource(DavSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] std::string identity() const override { return identity_of(settings_.url); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionSession>>> connect() override {
    GODWIT_CO_TRY(std::unique_ptr<endpoint::CollectionSession> session, co_await adapters::connect(settings_));
    co_return session;
  }

 private:
  DavSettings settings_;
};

class DavTarget final : public endpoint::CollectionTarget {
 public:
  explicit DavTarget(DavSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] std::string identity() const override { return identity_of(settings_.url); }
  [[nodiscard]] std::string host() const override { return settings_.url.server.host_identity(dav_url_form); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionTargetSession>>> connect() override {
    GODWIT_CO_TRY(std::unique_ptr<endpoint::CollectionTargetSession> session, co_await adapters::connect(settings_));
    co_return session;
  }

 private:
  DavSettings settings_;
};

// A server that does not say what it can is taken for one that schedules.
Scheduling scheduling_of(const dav::Options& options) {
  const bool schedules = options.has("calendar-auto-schedule") || options.has("calendar-schedule");
  if (!schedules && options.has("calendar-access")) return Scheduling::none;
  return starts_with_ignoring_case(options.software, "Cyrus-HTTP/") ? Scheduling::header : Scheduling::agent;
}

}  // namespace

Result<DavUrl> parse_dav_url(std::string_view text) {
  // The user has no slash of its own: it would be written %2F.
  const auto host = text.find("://");
  const auto path = host == std::string_view::npos ? std::string_view::npos : text.find('/', host + 3);
  DavUrl url;
  GODWIT_TRY(url.server, endpoint::parse_server_url(text.substr(0, path), dav_url_form));
  if (path == std::string_view::npos || path + 1 == text.size()) return url;
  const auto normal = dav::path_of_href(text.substr(path), "/", "");
  if (!normal || text.substr(path).find_first_of("?#") != std::string_view::npos) {
    return fail(codes::account_url, printable(text) + " is not an account URL: what follows the host is no path");
  }
  url.context = *normal;
  return url;
}

DavSession::DavSession(std::unique_ptr<dav::Client> client, dav::Homes homes, dav::Options options, std::string user)
    : client_(std::move(client)),
      homes_(std::move(homes)),
      options_(std::move(options)),
      user_(std::move(user)),
      scheduling_(scheduling_of(options_)) {
  constexpr std::size_t batch = 200;
  traits_.server = options_.software.empty() ? "CalDAV and CardDAV" : options_.software.substr(0, options_.software.find(' '));
  if (!homes_.calendars.empty()) traits_.kinds.insert(CollectionKind::calendar);
  if (!homes_.address_books.empty()) traits_.kinds.insert(CollectionKind::address_book);
  traits_.makes_collections = true;
  traits_.batch_items = batch;
  if (scheduling_ == Scheduling::agent) {
    traits_.caveats.emplace_back("Events with guests are marked so that the server sends no invitations (SCHEDULE-AGENT=CLIENT); it will not send "
                                 "any for them later either");
  }
  for (const std::string& each : homes_.elsewhere) {
    traits_.warnings.push_back(fmt::format("Some of the account's collections are on {}, which is not asked: passwords go to no other place",
                                           http::origin_of(each)));
  }
}

std::unique_ptr<endpoint::CollectionSource> make_dav_source(DavSettings settings) { return std::make_unique<DavSource>(std::move(settings)); }
std::unique_ptr<endpoint::CollectionTarget> make_dav_target(DavSettings settings) { return std::make_unique<DavTarget>(std::move(settings)); }

}  // namespace godwit::adapters
