// SPDX-License-Identifier: Apache-2.0
#include "groupware/calendar_time.h"

#include <fmt/format.h>

#include "base/text.h"

namespace godwit::groupware {

Result<Moment> moment_of(const Property& property, std::string_view value, const Zones& zones) {
  const auto time = parse_time(value);
  if (!time) {
    return line_error(property.line, fmt::format("{}:{} is no time such as 20240501T090000Z, or there is no such day",
                                                 property.name, printable(value.substr(0, 40))));
  }
  Moment moment{*time};
  const std::string tzid(property.parameter_value("TZID"));
  if (time->form != TimeForm::local || tzid.empty()) return moment;
  moment.zone = zones.find(tzid);
  if (moment.zone == nullptr) moment.tzid = tzid;
  return moment;
}

std::int64_t resolved(const Moment& moment, std::int64_t clock) {
  return moment.zone == nullptr ? clock : clock - (*moment.zone)(clock);
}

std::string text_at(const Moment& moment, std::int64_t clock) {
  if (moment.zone != nullptr) return text_of(Time{TimeForm::utc, resolved(moment, clock)});
  return text_of(Time{moment.time.form, clock}) + (moment.tzid.empty() ? "" : " in " + moment.tzid);
}

std::string text_of(const Moment& moment) { return text_at(moment, moment.time.clock); }

Result<std::string> time_text(const Property& property, std::string_view value, const Zones& zones) {
  GODWIT_TRY(const Moment moment, moment_of(property, value, zones));
  return text_of(moment);
}

Moment later(const Moment& moment, const Duration& duration) {
  constexpr std::int64_t day = 86400;
  Moment end = moment;
  end.time.clock += duration.days * day;
  if (duration.seconds == 0) return end;
  if (moment.zone != nullptr) {
    end.time = {TimeForm::utc, resolved(moment, end.time.clock)};
    end.zone = nullptr;
  }
  end.time.clock += duration.seconds;
  return end;
}

}  // namespace godwit::groupware
