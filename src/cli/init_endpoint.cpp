// SPDX-License-Identifier: Apache-2.0
#include "cli/init_endpoint.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <vector>

#include "base/text.h"
#include "cli/run_here.h"
#include "plan/plan_file.h"

namespace godwit::cli {
namespace {

using plan::EndpointAnswers;
using plan::PasswordFrom;
using plan::Security;

constexpr std::array securities{Security::tls, Security::starttls, Security::none};

std::optional<Security> security_named(const std::string& name) {
  for (const Security one : securities) {
    if (plan::name_of(one) == name) return one;
  }
  return std::nullopt;
}

bool says_how_to_log_in(const InitOptions::Endpoint& given) {
  return !given.login.empty() || !given.authorization.empty() || !given.admin_user.empty() || !given.password_file.empty() ||
         !given.password_env.empty();
}

// Asks about one server.
class EndpointInterview {
 public:
  EndpointInterview(std::string side, InitOptions::Endpoint given, bool no_probe, const Questions& questions, const Wiring& wiring,
                    const std::function<void(const std::string&)>& note)
      : side_(std::move(side)), given_(std::move(given)), no_probe_(no_probe), questions_(questions), wiring_(wiring), note_(note) {}

  Result<EndpointAnswers> run() {
    questions_.tell(fmt::format("\nThe {} server ({})", side_ == "source" ? "old" : "new", side_));
    GODWIT_CHECK(ask_host());
    GODWIT_CHECK(ask_line());
    GODWIT_CHECK(ask_trust());
    do {
      GODWIT_CHECK(ask_login());
    } while (questions_.is_interactive() && is_faulty());
    const std::string fault = fault_of(answers_);
    if (!fault.empty()) return fail(ErrorKind::usage, fmt::format("{}: {}", side_, fault));
    return answers_;
  }

 private:
  [[nodiscard]] std::string option(std::string_view name) const { return fmt::format("--{}-{}", side_, name); }

  Result<> ask_host() {
    const auto fault = [](const std::string& host) { return fault_of({.host = host}); };
    GODWIT_CHECK(questions_.ask(given_.host, {"Host", option("host"), "", fault}));
    answers_.host = given_.host;
    return {};
  }

  // Security and port; the usual ways in are tried first where neither is given.
  Result<> ask_line() {
    Security usual = Security::tls;
    if (given_.security.empty() && given_.port.empty()) {
      const bool has_tls = look(Security::tls, plan::usual_port(plan::System::imap, Security::tls)).answers;
      if (!has_tls && look(Security::starttls, plan::usual_port(plan::System::imap, Security::starttls)).answers) usual = Security::starttls;
    }
    const auto fault_of_security = [](const std::string& name) {
      return security_named(name) ? "" : "write tls (TLS from the first byte), starttls, or none (everything unencrypted)";
    };
    GODWIT_CHECK(questions_.ask(given_.security, {"Security: tls, starttls, or none", option("security"),
                                                  std::string(plan::name_of(usual)), fault_of_security}));
    answers_.security = *security_named(given_.security);
    const auto fault_of_port = [](const std::string& port) {
      const auto number = parse_number<std::uint16_t>(port);
      return number && *number > 0 ? "" : "write a number from 1 to 65535";
    };
    GODWIT_CHECK(questions_.ask(given_.port, {"Port", option("port"), std::to_string(plan::usual_port(plan::System::imap, answers_.security)), fault_of_port}));
    answers_.port = parse_number<std::uint16_t>(given_.port);
    return {};
  }

  Result<> ask_trust() {
    if (answers_.security == Security::none) {
      if (given_.fingerprint.empty()) return {};
      return fail(ErrorKind::usage, fmt::format("{}: without TLS there is no certificate to trust", option("fingerprint")));
    }
    answers_.fingerprint = given_.fingerprint;
    if (!given_.fingerprint.empty()) return {};
    const Seen& seen = look(answers_.security, *answers_.port);
    if (seen.fingerprint.empty()) return {};
    if (!questions_.is_interactive()) {
      note_(fmt::format("once you know that it is the right server: {} {}, or fingerprint in [{}]", option("fingerprint"), seen.fingerprint,
                        side_));
    }
    constexpr const char* question = "Do you know that this is the right server? Then trust this certificate and no other";
    GODWIT_TRY(const bool is_pinned, questions_.confirm(question, false));
    if (is_pinned) answers_.fingerprint = seen.fingerprint;
    return {};
  }

  Result<> ask_login() {
    if (says_how_to_log_in(given_) || !questions_.is_interactive()) {
      answers_.login = given_.login;
      answers_.authorization = given_.authorization;
      answers_.admin_user = given_.admin_user;
      if (!given_.password_file.empty()) answers_.password = PasswordFrom{PasswordFrom::Kind::file, given_.password_file};
      if (!given_.password_env.empty()) answers_.password = PasswordFrom{PasswordFrom::Kind::environment, given_.password_env};
      return {};
    }
    const std::array<std::string, 3> ways{"every account with its own password, from the accounts file",
                                          "an administrator for all, by SASL PLAIN (Cyrus, Zimbra, Dovecot, IceWarp, hMailServer, James)",
                                          "an administrator for all, by a login name such as {user}*{admin} (Dovecot, Stalwart, Exchange)"};
    GODWIT_TRY(const std::size_t way, questions_.choose("How does godwit log in", ways, 0));
    answers_.login = answers_.authorization = answers_.admin_user = {};
    answers_.password.reset();
    if (way == 0) return {};
    GODWIT_CHECK(questions_.ask(answers_.admin_user, {"The administrator's own login name", option("admin-user")}));
    if (way == 2) {
      GODWIT_CHECK(questions_.ask(answers_.login, {"Login name, with {user} for the account", option("login"), "{user}*{admin}"}));
    }
    std::string file;
    GODWIT_CHECK(questions_.ask(file, {"File with the administrator's password in its first line", option("password-file"),
                                       side_ + ".password"}));
    answers_.password = PasswordFrom{PasswordFrom::Kind::file, file};
    return {};
  }

  bool is_faulty() const {
    const std::string fault = says_how_to_log_in(given_) ? "" : fault_of(answers_);
    if (!fault.empty()) questions_.tell("  " + fault);
    return !fault.empty();
  }

  struct Seen {
    bool answers = false;
    std::string fingerprint;  // of a certificate that is not trusted, in hexadecimal
  };
  // Once for each way in.
  const Seen& look(Security security, std::uint16_t port) {
    const auto [place, is_new] = seen_.try_emplace({security, port});
    Seen& seen = place->second;
    if (!is_new || no_probe_ || security == Security::none) return seen;
    plan::Endpoint endpoint;
    endpoint.host = answers_.host;
    endpoint.port = port;
    endpoint.security = security;
    const std::string way = fmt::format("{} with {} on port {}", printable(answers_.host), plan::name_of(security), port);
    const auto probe = run_here(wiring_.probe(endpoint));
    if (!probe) {
      note_(fmt::format("{} does not answer: {}", way, describe(probe.error())));
      return seen;
    }
    seen.answers = true;
    const std::string software = probe->software.empty() ? "" : fmt::format(" ({})", printable(probe->software));
    if (!probe->distrust) {
      note_(fmt::format("{} answers{}, and its certificate is trusted", way, software));
    } else {
      seen.fingerprint = probe->certificate.fingerprint;
      note_(fmt::format("{} answers{}; its certificate is not trusted: {}", way, software, describe(*probe->distrust)));
    }
    return seen;
  }

  const std::string side_;
  InitOptions::Endpoint given_;
  const bool no_probe_;
  const Questions& questions_;
  const Wiring& wiring_;
  const std::function<void(const std::string&)>& note_;
  EndpointAnswers answers_;
  std::map<std::pair<Security, std::uint16_t>, Seen> seen_;
};

}  // namespace

std::string fault_of(const EndpointAnswers& answers) {
  const plan::PlanAnswers whole{.name = "plan", .source = answers, .target = {.host = "new.example.com"}};
  const auto parsed = plan::parse_plan(plan::plan_text(whole), "godwit.toml");
  return parsed ? std::string() : parsed.error().what;
}

Result<EndpointAnswers> ask_endpoint(const std::string& side, InitOptions::Endpoint given, bool no_probe, const Questions& questions,
                                     const Wiring& wiring, const std::function<void(const std::string&)>& note) {
  return EndpointInterview(side, std::move(given), no_probe, questions, wiring, note).run();
}

}  // namespace godwit::cli
