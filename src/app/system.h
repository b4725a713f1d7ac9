// SPDX-License-Identifier: Apache-2.0
// What the application knows of a system: another one is a folder in adapters/, a file here, and a line in Systems().
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/line/login_guard.h"
#include "cli/accounts.h"
#include "net/connect.h"

namespace godwit::app {

// A system holds mail, or calendars, address books and filters, or both: what of its functions is there says it.
struct System {
  plan::System kind;
  std::vector<std::string_view> schemes;  // with which its URLs begin: "imap", "imaps"
  std::function<Result<std::unique_ptr<endpoint::Source>>(const cli::AccountOptions&, Secret, bool plain_ok)> source;
  std::function<Result<std::unique_ptr<endpoint::Target>>(const cli::AccountOptions&, Secret, bool plain_ok)> target;  // none: a source only
  // Of what is no mail; none: it has nothing of it.
  std::function<Result<std::unique_ptr<endpoint::CollectionSource>>(const cli::AccountOptions&, Secret, bool plain_ok)> collection_source{};
  std::function<Result<std::unique_ptr<endpoint::CollectionTarget>>(const cli::AccountOptions&, Secret, bool plain_ok)> collection_target{};
  // Mail for an account of a plan.
  std::function<Result<std::unique_ptr<endpoint::Source>>(const plan::Endpoint&, const cli::PlanLogin&, Secret)> plan_source;
  std::function<Result<std::unique_ptr<endpoint::Target>>(const plan::Endpoint&, const cli::PlanLogin&, Secret)> plan_target;
};

// A system of files. `open_target`: none for a source only.
using OpenPathSource = std::unique_ptr<endpoint::Source> (*)(std::filesystem::path);
using OpenPathTarget = std::unique_ptr<endpoint::Target> (*)(std::filesystem::path);
[[nodiscard]] System make_path_system(plan::System kind, OpenPathSource open_source, OpenPathTarget open_target = nullptr);

[[nodiscard]] System make_imap_system();
// Of the server that a plan names: whether it answers, and what it shows before anybody logs in.
[[nodiscard]] Task<Result<cli::ServerProbe>> probe_imap(plan::Endpoint endpoint);
[[nodiscard]] System make_pop3_system();
// `inner`, an IMAP account, with the UIDLs of the POP3 server that the options or the plan name; `inner` itself where they name none.
[[nodiscard]] Result<std::unique_ptr<endpoint::Source>> with_pop3_uidl(std::unique_ptr<endpoint::Source> inner,
                                                                       const cli::AccountOptions& options, Secret password, bool plain_ok);
[[nodiscard]] Result<std::unique_ptr<endpoint::Source>> with_pop3_uidl(std::unique_ptr<endpoint::Source> inner,
                                                                       const plan::Endpoint& endpoint, const cli::PlanLogin& login,
                                                                       Secret password, std::shared_ptr<adapters::LoginGuard> guard);
[[nodiscard]] System make_maildir_system();
[[nodiscard]] System make_mh_system();
[[nodiscard]] System make_eml_system();
[[nodiscard]] System make_mbox_system();
[[nodiscard]] System make_pst_system();

[[nodiscard]] System make_dav_system();    // calendars and address books
[[nodiscard]] System make_sieve_system();  // filters, on servers and in folders
[[nodiscard]] System make_ics_system();    // files of calendars and contacts

// How a server's certificate is judged. Error of kind usage: the fingerprint cannot be read.
[[nodiscard]] Result<net::Trust> trust_of(const cli::AccountOptions& options);
[[nodiscard]] net::Trust trust_of(const plan::Endpoint& endpoint);

class Systems {
 public:
  Systems();
  // Errors of kind usage name what there is.
  [[nodiscard]] Result<const System*> of_url(std::string_view url) const;
  [[nodiscard]] Result<const System*> of(plan::System kind) const;

 private:
  [[nodiscard]] std::string schemes() const;
  std::vector<System> all_;
};

// Of a URL without a server, "maildir:/backup/alice/Maildir": what follows the scheme, as an absolute path. Error of kind usage: nothing
// follows it.
[[nodiscard]] Result<std::filesystem::path> path_of_url(std::string_view url);

}  // namespace godwit::app
