// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/keyword_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/maildir/dot_lock.h"
#include "base/error_code.h"
#include "base/fault.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

const std::string file_name = "dovecot-keywords";

Result<MaildirKeywords> read(const files::Directory& folder) {
  const auto text = folder.read_file(file_name);
  if (!text && text.error().kind != ErrorKind::not_found) return std::unexpected(text.error());
  return MaildirKeywords::parse(text ? *text : std::string());
}

// Whether that changed anything.
bool learn(MaildirKeywords& keywords, const std::set<std::string>& wanted) {
  const std::string before = keywords.text();
  for (const std::string& keyword : wanted) keywords.learn(keyword);
  return keywords.text() != before;
}

}  // namespace

Task<Result<MaildirKeywords>> learn_keywords(const files::Directory& folder, std::set<std::string> wanted) {
  GODWIT_CO_TRY(MaildirKeywords keywords, read(folder));
  if (MaildirKeywords trial = keywords; !learn(trial, wanted)) co_return keywords;
  GODWIT_CO_TRY(const auto lock, co_await DotLock::acquire(folder, file_name + ".lock"));
  GODWIT_CO_TRY(keywords, read(folder));
  if (!learn(keywords, wanted)) co_return keywords;
  fault::step("keywords replace");
  GODWIT_CO_CHECK(folder.replace_file(file_name, keywords.text()));
  co_return keywords;
}

Result<> require_letters(const MaildirKeywords& keywords, const std::set<std::string>& wanted, const std::string& folder) {
  const auto left_out = std::ranges::find_if(wanted, [&](const std::string& keyword) { return !keywords.letter_of(keyword); });
  if (left_out == wanted.end()) return {};
  return fail(codes::flags_refused,
              fmt::format("{}: there is no letter for the keyword {}: a Maildir's folder holds 26, and none with a blank in it; take keywords "
                          "away on the source, or move the message to another folder",
                          printable(folder), printable(*left_out)));
}

}  // namespace godwit::adapters
