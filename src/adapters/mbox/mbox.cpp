// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox.h"

#include "adapters/listed/listed_source.h"
#include "adapters/mbox/mbox_store.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {

Result<MboxDialect> parse_mbox_dialect(std::string_view name) {
  if (name == "auto") return MboxDialect::automatic;
  if (name == "o") return MboxDialect::o;
  if (name == "rd") return MboxDialect::rd;
  if (name == "cl") return MboxDialect::cl;
  if (name == "cl2") return MboxDialect::cl2;
  return fail(codes::account_url, printable(name) + " is no dialect of mbox; write auto, o, rd, cl or cl2");
}

std::unique_ptr<endpoint::Source> make_mbox_source(MboxSettings settings) {
  const std::string identity = "mbox:" + settings.places.root.native();
  auto account = std::make_shared<MboxAccount>(std::move(settings.places), settings.dialect);
  return make_listed_source(identity, "mbox", [account]() -> Task<Result<std::unique_ptr<MailStore>>> {
    co_return make_mbox_store(account, MboxKey::bytes);
  });
}

}  // namespace godwit::adapters
