# SPDX-License-Identifier: Apache-2.0
"""The works that bench/run measures. A new one is one more entry of WORKS."""
from __future__ import annotations

from dataclasses import dataclass, replace

from maildirs import Mailbox

FIRST, NO_CHANGE, NEW = "first round", "no change", "1 % new"
FLAGS, MOVED, REMOVED = "1 % flags", "1 % moved", "1 % removed"
LATER = (NO_CHANGE, NEW, FLAGS, MOVED, REMOVED)  # in this order


@dataclass(frozen=True)
class Work:
    """One thing to measure. Rounds but the first are measured after a first one without delay."""

    name: str
    title: str
    mailbox: Mailbox
    rounds: tuple[str, ...] = (FIRST,)
    accounts: int = 1
    parallel: int = 1          # accounts at once, where there are several
    round_trip: int = 0        # milliseconds, on both sides
    mail_format: str = "maildir"
    mail_fsync: str = "never"  # of the target
    peers: bool = True         # False: godwit and the floor only, unless asked for
    quick: bool = False        # part of --quick
    default: bool = True


_SMALL = Mailbox(10_000, folders=20)
_FEW = Mailbox(500, folders=10, seed=2)
_MANY = Mailbox(200_000, size=700, spread=0.2, seed=3)

WORKS = (
    Work("small", "10,000 small messages in 20 folders", _SMALL, quick=True),
    Work("accounts", "20 accounts of 1,000, 4 at once", Mailbox(1_000, folders=5, seed=4), accounts=20, parallel=4),
    Work("people", "5,000 accounts of 20, 20 at once", Mailbox(20, folders=3, seed=10), accounts=5_000, parallel=20, peers=False,
         default=False),
    Work("large", "300 messages of 1 MiB", Mailbox(300, folders=3, size=1 << 20, spread=0, seed=5), quick=True),
    Work("huge", "1 message of 1 GiB", Mailbox(1, size=1 << 30, spread=0, seed=6)),
    Work("no-change", "10,000 messages, nothing to do", _SMALL, (NO_CHANGE,), quick=True),
    Work("new", "10,000 messages, then 1 % new", replace(_SMALL, seed=7), (NEW,), quick=True),
    Work("changes", "10,000 messages", replace(_SMALL, seed=8), (FLAGS, MOVED, REMOVED)),
    Work("changes-100", "10,000 messages at 100 ms", replace(_SMALL, seed=9), (NEW, FLAGS, MOVED, REMOVED), round_trip=100),
    Work("delay-50", "500 small messages at 50 ms", _FEW, round_trip=50),
    Work("delay-100", "500 small messages at 100 ms", _FEW, round_trip=100, quick=True),
    Work("no-change-100", "10,000 messages at 100 ms, nothing to do", _SMALL, (NO_CHANGE,), round_trip=100),
    Work("small-100", "10,000 small messages at 100 ms", _SMALL, round_trip=100, default=False),
    Work("fsync", "10,000 small, mail_fsync as by default", _SMALL, mail_fsync="optimized"),
    Work("sdbox", "10,000 small into sdbox", _SMALL, mail_format="sdbox"),
    # Into a Maildir of that size Dovecot writes its list of UIDs anew with each batch: 200 s for the floor, and nothing to see.
    Work("folder-200k", "200,000 tiny messages in one folder, into sdbox", _MANY, (FIRST, NO_CHANGE), mail_format="sdbox", peers=False),
)
