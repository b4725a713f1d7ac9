# SPDX-License-Identifier: Apache-2.0
"""The demo's calendars, contacts and filters: two private Radicales beside the Dovecots; see scripts/demo."""
from __future__ import annotations

from calendars import DavAccount, contact, event
from managesieve import SieveAccount
from radicale import Radicale
from servers import Dovecot

EVENTS, CONTACTS = 60, 40
AWAY = ('require ["vacation", "fileinto"];\r\nif header :contains "List-Id" "godwit" {\r\n  fileinto "Lists";\r\n}\r\n'
        'vacation :days 7 "I am away, and read your mail next week.";\r\n')
OLD_FILTER = 'redirect "office@example.org";\r\n'


def dav(server: Radicale, user: str) -> DavAccount:
    return DavAccount(server.dav_port, user, server.password(user), f"/{user}/")


def sieve(server: Dovecot, user: str) -> SieveAccount:
    return SieveAccount(server.places.sieve_port, user, server.password(user))


def fill(calendars: Radicale, filters: Dovecot, user: str) -> None:
    account = dav(calendars, user)
    account.make_calendar("work")
    account.make_address_book("people")
    for number in range(EVENTS):
        rules = ["RRULE:FREQ=WEEKLY;COUNT=20", "EXDATE:20240608T100000Z"] if number % 10 == 0 else []
        account.put("work", f"{number}.ics", event(f"{number}-{user}", f"Meeting {number}", *rules))
    for number in range(CONTACTS):
        account.put("people", f"{number}.vcf", contact(f"contact-{number}-{user}", f"Contact {number}"))
    with sieve(filters, user) as scripts:
        scripts.put("old", OLD_FILTER)
        scripts.put("away", AWAY, active=True)


def difference(old: tuple[Dovecot, Radicale], new: tuple[Dovecot, Radicale], user: str) -> str:
    """What is not the same on both sides, read as other clients would read it; empty: nothing."""
    for collection in ("work", "people"):
        left, right = (dav(calendars, user).summaries(collection) for _, calendars in (old, new))
        if left != right:
            return f"{collection}: {len(left)} items on the old server, {len(right)} on the new one, or other titles"
    with sieve(old[0], user) as old_scripts, sieve(new[0], user) as new_scripts:
        return "" if old_scripts.scripts() == new_scripts.scripts() else "the filters differ"
