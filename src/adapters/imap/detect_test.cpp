// SPDX-License-Identifier: Apache-2.0
// Which way a line goes on that is to be detected, for every outcome of the ways before.
#include "adapters/imap/detect.h"

#include <gmock/gmock.h>

#include <map>
#include <optional>

#include "base/error_code.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::adapters {
namespace {

using godwit::test::run_task;
using testing::ElementsAre;

class Memory final : public endpoint::TlsMemory {
 public:
  Task<Result<bool>> has_seen(std::string host) override {
    asked.push_back(host);
    if (is_broken) co_return fail(codes::ledger_in_use, "in use");
    co_return seen;
  }
  Task<Result<>> note(std::string host) override {
    seen = true;
    noted.push_back(host);
    co_return Result<>{};
  }
  bool seen = false, is_broken = false;
  std::vector<std::string> asked, noted;
};

// What every way comes to: nothing is a connection.
struct Lab {
  std::optional<Error> tls{}, starttls{}, plain{};
  std::uint16_t port = 993;
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  ErrorCode tls_stood{};  // the handshake was done before this error
  std::vector<std::string> tried{};

  Result<std::unique_ptr<imap::Client>> open() {
    ImapSettings settings;
    settings.url = {true, "alice", "mail.example.com", port};
    settings.tls_memory = memory;
    return run_task(open_detected(settings, [this](const ImapSettings& attempt) -> Task<Result<std::unique_ptr<imap::Client>>> {
      const char* const way = attempt.url.implicit_tls ? "tls" : attempt.plain_ok ? "plain" : "starttls";
      tried.push_back(way + std::string(" ") + std::to_string(attempt.url.port));
      const auto& error = attempt.url.implicit_tls ? tls : attempt.plain_ok ? plain : starttls;
      const bool has_tls = !attempt.plain_ok && (!error || code_of(*error) == tls_stood.number);
      if (has_tls) GODWIT_CO_CHECK(co_await attempt.tls_memory->note(attempt.url.host));
      if (error) co_return std::unexpected(*error);
      co_return std::make_unique<imap::Client>(std::make_unique<test::ScriptedStream>(test::Script()), imap::ClientOptions{});
    }));
  }
};

Error error_of(ErrorCode code) { return make_error(code, "why"); }

TEST(Detect, TlsComesFirst) {
  Lab lab;
  EXPECT_TRUE(lab.open());
  EXPECT_THAT(lab.tried, ElementsAre("tls 993"));
  EXPECT_THAT(lab.memory->noted, ElementsAre("mail.example.com"));
}

TEST(Detect, StarttlsComesWhereTlsIsNotSpokenAtAll) {
  for (const ErrorCode code : {codes::cannot_connect, codes::cannot_connect_in_time, codes::tls_not_spoken, codes::closed_by_server,
                               codes::connection_broken, codes::server_silent, codes::proxy_cannot_connect}) {
    Lab lab{.tls = error_of(code)};
    EXPECT_TRUE(lab.open());
    EXPECT_THAT(lab.tried, ElementsAre("tls 993", "starttls 143"));
    EXPECT_THAT(lab.memory->noted, ElementsAre("mail.example.com"));
    EXPECT_TRUE(lab.memory->asked.empty());
  }
}

TEST(Detect, APortOfItsOwnStays) {
  Lab lab{.tls = error_of(codes::tls_not_spoken), .starttls = error_of(codes::starttls_not_offered), .port = 1143};
  EXPECT_TRUE(lab.open());
  EXPECT_THAT(lab.tried, ElementsAre("tls 1143", "starttls 1143", "plain 1143"));
}

TEST(Detect, WhatElseFailsIsTheOutcome) {
  for (const ErrorCode code :
       {codes::certificate_expired, codes::certificate_self_signed, codes::certificate_name, codes::certificate_not_pinned, codes::tls,
        codes::tls_version_too_old, codes::tls_too_weak, codes::name_not_resolved, codes::stopped, codes::proxy_login_refused,
        codes::proxy_not_spoken, codes::greeting_not_imap, codes::too_many_connections}) {
    Lab at_tls{.tls = error_of(code)};
    EXPECT_EQ(code_of(at_tls.open().error()), code.number);
    EXPECT_THAT(at_tls.tried, ElementsAre("tls 993"));
    EXPECT_TRUE(at_tls.memory->noted.empty());
    Lab at_starttls{.tls = error_of(codes::cannot_connect), .starttls = error_of(code)};
    const auto failed = at_starttls.open();
    EXPECT_EQ(code_of(failed.error()), code.number);
    EXPECT_EQ(failed.error().what, "why; with TLS from the first byte: why");
    EXPECT_THAT(at_starttls.tried, ElementsAre("tls 993", "starttls 143"));
    EXPECT_TRUE(at_starttls.memory->noted.empty());
  }
}

TEST(Detect, InTheClearOnlyWhereTlsWasNeverSeen) {
  for (const ErrorCode code : {codes::starttls_not_offered, codes::starttls_not_possible}) {
    Lab lab{.tls = error_of(codes::cannot_connect), .starttls = error_of(code)};
    EXPECT_TRUE(lab.open());
    EXPECT_THAT(lab.tried, ElementsAre("tls 993", "starttls 143", "plain 143"));
    EXPECT_THAT(lab.memory->asked, ElementsAre("mail.example.com"));
    EXPECT_TRUE(lab.memory->noted.empty());

    lab.memory->seen = true;
    lab.tried.clear();
    EXPECT_EQ(code_of(lab.open().error()), codes::tls_gone.number);
    EXPECT_THAT(lab.tried, ElementsAre("tls 993", "starttls 143"));
  }
}

TEST(Detect, WhereTheHandshakeWasDoneNothingGoesInTheClear) {
  Lab lab{.tls = error_of(codes::closed_by_server),
          .starttls = error_of(codes::starttls_not_offered),
          .tls_stood = codes::closed_by_server};
  EXPECT_EQ(code_of(lab.open().error()), codes::tls_gone.number);
  EXPECT_THAT(lab.tried, ElementsAre("tls 993", "starttls 143"));
}

TEST(Detect, NothingGoesOutWhereNobodyCanTell) {
  Lab lab{.tls = error_of(codes::cannot_connect), .starttls = error_of(codes::starttls_not_offered)};
  lab.memory->is_broken = true;
  EXPECT_EQ(code_of(lab.open().error()), codes::ledger_in_use.number);
  EXPECT_THAT(lab.tried, ElementsAre("tls 993", "starttls 143"));
}

}  // namespace
}  // namespace godwit::adapters
