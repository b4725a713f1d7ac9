// SPDX-License-Identifier: Apache-2.0
// What each kind of problems is called, and what an operator can do about it.
#include <algorithm>
#include <array>

#include "report/organisation_summary.h"

namespace godwit::report {
namespace {

struct Entry {
  std::string_view kind, title, action;
};

constexpr std::array entries{
    Entry{"too_big", "Larger than the target takes",
          "Raise the target's limit for messages and retry, or accept that they stay behind and keep the old copies."},
    Entry{"refused", "Refused by the target",
          "Read the server's words below. Retry with a repair that fits them, or accept that they stay behind."},
    Entry{"not_understood", "Not understood by the server",
          "The server answered BAD. Retry once; when that fails again, retry with a repair, or accept that they stay behind."},
    Entry{"quota", "No space on the target", "Raise the quota of these people on the target, then run a round again."},
    Entry{"auth", "Login refused", "Check the password, or the right to log in for others, then run a round again."},
    Entry{"not_found", "Gone, or not readable on the source",
          "Look for them on the source. What its user removed meanwhile can be accepted."},
    Entry{"exists", "In the way on the target", "Rename or remove what has the name on the target, then run a round again."},
    Entry{"unavailable", "The server asked to come back later", "Run a round again when the server is less busy."},
    Entry{"syntax", "Answers that are no IMAP",
          "Retry; when the same items fail again, the source most likely cannot read them: look at them there."},
    Entry{"timeout", "The server did not answer in time", "Run a round again; see whether the server is overloaded."},
    Entry{"network", "Connection lost", "Run a round again. Where the same items lose it each time, the server fails on them."},
    Entry{"tls", "No trusted connection", "Check the server's certificate, or pin its fingerprint in the plan."},
    Entry{"canceled", "Stopped by the operator", "Run a round again."},
    Entry{"storage", "The ledger or the disk failed", "Make space, check the disk, then run a round again."},
    Entry{"bug", "A defect of godwit", "Run a round again, and send the reasons below to those who make godwit."},
    Entry{"doubt", "Outcome not known", "Run a round again: it looks for them on the target before it sends anything."},
    Entry{"damaged", "Damaged in their files",
          "Repair a copy of the file with Outlook's scanpst.exe, put it in the file's place and run a round again, or accept that they stay."},
    Entry{"altered", "Altered by the target",
          "They are on the target, but not byte for byte. Look at the examples; the source still has the originals."},
    Entry{"repaired", "Moved in a repaired form", "Nothing needs to be done: the originals and each changed byte are kept."},
    Entry{"flags", "Flags not kept", "They are on the target without some flags that it does not take. Nothing is lost besides."},
    Entry{"rights", "Rights, annotations or limits not copied",
          "Read the reasons: name the counterparts in the plan's identities file, or set on the target by hand what it cannot take; "
          "what may stay so can be accepted."},
    Entry{"uidl", "UIDL not on record",
          "POP3 programs that leave mail on the server will load these messages once more after the move. Check that the source's POP3 "
          "server (pop3_uidl) can be reached and shows the whole INBOX, then run a round again."},
    Entry{"conflict", "Changed on both sides", "The target's state was kept. Tell the people concerned where that matters."},
};

}  // namespace

Advice advice_on(std::string_view kind) {
  const auto* const entry = std::ranges::find(entries, kind, &Entry::kind);
  if (entry != entries.end()) return {std::string(entry->title), std::string(entry->action)};
  return {kind.empty() ? "Without a cause" : std::string(kind), "Read the reasons below; retry, or accept that they stay as they are."};
}

Advice advice_on(const ProblemCause& cause) {
  Advice advice = advice_on(cause.kind);
  if (!cause.action.empty()) advice.action = cause.action;
  return advice;
}

}  // namespace godwit::report
