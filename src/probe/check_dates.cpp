// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "base/internal_date.h"
#include "base/text.h"
#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::Folder;

struct DateCase {
  std::string_view key, subject, date;
  Harm harm = Harm::grave;  // where it is lost; of a date that hardly any message has godwit verify tells
};

constexpr std::array<DateCase, 7> cases{{
    {"dates.second", "date and time to the second", "17-Jul-1996 02:44:25 -0700"},
    {"dates.east", "a leap day, far in the east", "29-Feb-2004 23:59:59 +1345"},
    {"dates.west", "far in the west", "01-Apr-2021 00:00:00 -1200"},
    {"dates.1970", "the first second of 1970", "01-Jan-1970 00:00:01 +0000", Harm::told},
    {"dates.before-1970", "before 1970", "20-Jul-1969 20:17:40 +0000", Harm::told},
    {"dates.2037", "in the future", "31-Dec-2037 12:00:00 +0000", Harm::told},
    {"dates.after-2038", "after January 2038", "01-Feb-2040 12:00:00 +0000", Harm::told},
}};

void judge(Sheet& sheet, const DateCase& one, const std::string& told, bool& keeps_zones) {
  const auto given = InternalDate::parse(one.date), stored = InternalDate::parse(told);
  if (!stored) {
    sheet.broken(std::string(one.key), std::string(one.subject), one.harm, fmt::format("no date is given back: \"{}\"", printable(told)));
  } else if (!stored->same_instant(*given)) {
    sheet.altered(std::string(one.key), std::string(one.subject), one.harm, fmt::format("{} became {}", one.date, stored->to_string()));
  } else {
    keeps_zones = keeps_zones && stored->zone_minutes == given->zone_minutes;
    sheet.kept(std::string(one.key), std::string(one.subject));
  }
}

Task<Result<>> check_one(Stage& stage, Sheet& sheet, const Folder& folder, std::size_t number, bool& keeps_zones) {
  const DateCase& one = cases.at(number);
  const std::string bytes = plain_message(number);
  const std::array<endpoint::NewMessage, 1> message{{{{}, std::string(one.date), bytes}}};
  const auto stored = co_await stage.append(folder, message);
  if (!stored && ends_session(stored.error())) stage.drop();
  if (!stored || stored->kind == endpoint::AppendOutcome::Kind::refused) {
    sheet.refused(std::string(one.key), std::string(one.subject), stored ? stored->error : stored.error());
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  const Uid uid = uid_of(*stored);
  const endpoint::Message* const message_there = uid == 0 ? contents.find(bytes) : contents.find(uid);
  if (message_there != nullptr) judge(sheet, one, message_there->date, keeps_zones);
  else sheet.broken(std::string(one.key), std::string(one.subject), Harm::told, "accepted, and not there");
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_dates(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("dates"));
  bool keeps_zones = true;
  for (std::size_t number = 0; number < cases.size(); ++number) {
    GODWIT_CO_CHECK(co_await check_one(stage, sheet, folder, number, keeps_zones));
  }
  if (keeps_zones) sheet.kept("dates.zone", "the zone of a date");
  else sheet.altered("dates.zone", "the zone of a date", Harm::none, "the same instant, told in another zone");
  co_return Result<>{};
}

}  // namespace godwit::probe
