// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "adapters/mbox/mbox.h"
#include "app/system.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::app {
namespace {

// "mbox:/home/alice/mail?inbox=/var/mail/alice&dialect=rd"
Result<adapters::MboxSettings> settings_of(const std::string& url) {
  adapters::MboxSettings settings;
  const std::size_t query = std::min(url.find('?'), url.size());
  GODWIT_TRY(settings.places.root, path_of_url(url.substr(0, query)));
  std::string_view rest = std::string_view(url).substr(std::min(query + 1, url.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view option = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (option.starts_with("inbox=/")) {
      settings.places.inbox = option.substr(6);
    } else if (option.starts_with("dialect=")) {
      GODWIT_TRY(settings.dialect, adapters::parse_mbox_dialect(option.substr(8)));
    } else if (option == "names=utf-7" || option == "names=utf-8" || option == "names=auto") {
      if (option != "names=auto") settings.places.has_utf7_names = option == "names=utf-7";
    } else {
      return fail(codes::account_url, fmt::format("{}: {} is not understood; behind the path may stand ?inbox=/absolute/path and "
                                                  "&dialect=auto, o, rd, cl or cl2, &names=auto, utf-7 or utf-8", printable(url), printable(option)));
    }
  }
  return settings;
}

}  // namespace

System make_mbox_system() {
  return {
      .kind = plan::System::mbox,
      .schemes = {"mbox"},
      .source = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, settings_of(options.url));
        return adapters::make_mbox_source(std::move(settings));
      },
      .target = [](const cli::AccountOptions& options, Secret, bool) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, settings_of(options.url));
        return adapters::make_mbox_target(std::move(settings));
      },
      .plan_source = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Source>> {
        GODWIT_TRY(auto settings, settings_of("mbox:" + login.path));
        return adapters::make_mbox_source(std::move(settings));
      },
      .plan_target = [](const plan::Endpoint&, const cli::PlanLogin& login, Secret) -> Result<std::unique_ptr<endpoint::Target>> {
        GODWIT_TRY(auto settings, settings_of("mbox:" + login.path));
        return adapters::make_mbox_target(std::move(settings));
      },
  };
}

}  // namespace godwit::app
