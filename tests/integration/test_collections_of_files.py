# SPDX-License-Identifier: Apache-2.0
"""Calendars, contacts and filters between files and real servers: .ics and .vcf into Radicale and out again, Outlook's files into
Radicale, filters between Dovecot and Cyrus. Rounds, changes on both sides, what is refused, and kills."""
from __future__ import annotations

import imaplib
import tempfile
import unittest
from pathlib import Path

from calendars import DavAccount, contact, event
from cyrus import Cyrus
from file_copy import FileCopy
from filters import replacing, script
from filters import Filters as ServersFilters
from godwit import MOVED, NOT_ALL_MOVED, Outcome, last_lines
from radicale import Radicale
from servers import Dovecot

ALICE, PASSWORD = "alice@example.com", "correct horse"
OST = Path(__file__).resolve().parents[3] / "shared/corpus/pst/aspose-net/SampleOstFile.ost"
VACATION = 'require "vacation";\r\nvacation "away";\r\n'


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def radicale(self) -> tuple[Radicale, DavAccount]:
        server = Radicale({ALICE: PASSWORD})
        self.addCleanup(server.close)
        server.start()
        return server, DavAccount(server.dav_port, ALICE, PASSWORD, f"/{ALICE}/")

    def copy(self, name: str, source: str, target: str) -> FileCopy:
        own = self.folder / name
        own.mkdir()
        return FileCopy(source, target, PASSWORD, PASSWORD, own)

    def assert_status(self, outcome: Outcome, status: int = MOVED) -> Outcome:
        self.assertEqual(outcome.status, status, f"\n{last_lines(outcome.text, 25)}")
        return outcome

    def round(self, copy: FileCopy, status: int = MOVED) -> dict[str, object]:
        return self.assert_status(copy.run("--json"), status).summary()


class Files(Case):
    def write(self, name: str, *items: str) -> None:
        """One file; calendars are joined into one object with all their events."""
        place = self.folder / "old" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".vcf"):
            place.write_bytes("".join(items).encode())
            return
        head, end = items[0].split("BEGIN:VEVENT")[0], "END:VCALENDAR\r\n"
        events = ["BEGIN:VEVENT" + item.split("BEGIN:VEVENT", 1)[1].removesuffix(end) for item in items]
        place.write_bytes((head + "".join(events) + end).encode())

    def test_into_a_server_and_out_again(self) -> None:
        server, account = self.radicale()
        weekly = event("weekly", "weekly", "RRULE:FREQ=WEEKLY;COUNT=10")
        self.write("work.ics", *(event(f"event-{number}", f"event {number}") for number in range(9)), weekly)
        self.write("people.vcf", *(contact(f"contact-{number}", f"contact {number}") for number in range(7)))
        there = self.copy("there", f"ics:{self.folder / 'old'}", server.dav_url(ALICE))
        for kill_at in (5, 12, 20):
            there.run(kill_at=kill_at)
        self.round(there)
        titles = sorted([*(f"event {number}" for number in range(9)), "weekly"])
        self.assertEqual(account.summaries("work"), titles)
        self.assertEqual(account.summaries("people"), [f"contact {number}" for number in range(7)])
        self.assertEqual(self.round(there)["copied"], 0)
        self.assert_status(there.verify("--full"))

        self.write("work.ics", *(event(f"event-{number}", f"event {number}") for number in range(1, 9)), weekly.replace("SUMMARY:weekly", "SUMMARY:fortnightly"),
                   event("event-1", "doubled"))
        changed = self.assert_status(there.run("--json"), NOT_ALL_MOVED)
        self.assertIn("it has the UID event-1 of the one in line 4", changed.text)
        self.assertEqual((changed.summary()["removed"], changed.summary()["updated"]), (1, 1), changed.text)

        back = self.copy("back", server.dav_url(ALICE), f"ics:{self.folder / 'new'}")
        first = self.round(back)
        self.assertEqual(first["copied_by_kind"]["contact"], 7)
        self.assert_status(back.verify("--full"))
        cards = [path.read_text() for path in (self.folder / "new").rglob("*.vcf")]
        self.assertEqual(sorted(card.split("\nFN:")[1].split("\n")[0] for card in cards), [f"contact {number}" for number in range(7)])
        self.assertEqual(self.round(back)["copied"], 0)

    def test_an_item_that_is_not_valid_is_told(self) -> None:
        server, account = self.radicale()
        self.write("work.ics", event("good", "good"), event("bad", "bad").replace("DTSTART:20240601T100000Z", "DTSTART:tomorrow"))
        copy = self.copy("there", f"ics:{self.folder / 'old'}", server.dav_url(ALICE))
        outcome = self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.assertIn("DTSTART", outcome.text)
        self.assertEqual(account.summaries("work"), ["good"])

    @unittest.skipUnless(OST.exists(), "no shared/corpus beside the checkout")
    def test_outlooks_files(self) -> None:
        server, _ = self.radicale()
        copy = self.copy("ost", f"pst:{OST}", server.dav_url(ALICE))
        first = self.assert_status(copy.run("--json"), NOT_ALL_MOVED)
        self.assertIn("another item of it has the same UID", first.text)  # two states of one meeting, both deleted
        self.assertEqual((first.summary()["copied_by_kind"], first.summary()["not_moved"]), ({"event": 4}, 1))
        self.assertEqual(self.round(copy, NOT_ALL_MOVED)["copied"], 0)
        self.assert_status(copy.verify("--full"))


class Filters(Case):
    def setUp(self) -> None:
        super().setUp()
        self.old = Dovecot("maildir", {ALICE: PASSWORD}, sieve=True)
        self.addCleanup(self.old.close)
        self.old.start()
        with ServersFilters(self.old.sieve_url(ALICE), PASSWORD) as filters:
            filters.put(script("away", VACATION, active=True), script("forward", 'redirect "bob@example.com";\r\n'),
                        script("lists", 'require "fileinto";\r\nfileinto "Lists";\r\n'))

    def test_rounds(self) -> None:
        new = Dovecot("sdbox", {ALICE: PASSWORD}, sieve=True)
        self.addCleanup(new.close)
        new.start()
        copy = self.copy("filters", self.old.sieve_url(ALICE), new.sieve_url(ALICE))
        for kill_at in (2, 5):
            copy.run(kill_at=kill_at)
        self.round(copy)
        self.assertEqual(self.round(copy)["copied"], 0)
        self.assert_status(copy.verify("--full"))
        with ServersFilters(self.old.sieve_url(ALICE), PASSWORD) as old, ServersFilters(new.sieve_url(ALICE), PASSWORD) as there:
            self.assertEqual(there.scripts(), old.scripts())
            self.assertEqual(there.active(), ["away"])
            versions, others = old.versions(), there.versions()
            old.put(replacing("forward", versions["forward"], 'redirect "carol@example.com";\r\n'),
                    replacing("lists", versions["lists"], "keep;\r\n"))
            there.put(replacing("lists", others["lists"], "discard;\r\n"))
            changed = self.round(copy)
            self.assertEqual((changed["updated"], changed["conflicts"]), (1, 1), changed)
        with ServersFilters(new.sieve_url(ALICE), PASSWORD) as there:
            self.assertIn("carol", there.scripts()["forward"])
            self.assertEqual(there.scripts()["lists"], "discard;\r\n")

    def test_what_the_target_does_not_take_is_told(self) -> None:
        new = Cyrus({ALICE: PASSWORD}, settings={"sieve_extensions": "fileinto"})
        self.addCleanup(new.close)
        new.start()
        with imaplib.IMAP4("127.0.0.1", new.port) as client:  # timsieved lets in nobody without a mailbox
            client.login(ALICE, PASSWORD)
        copy = self.copy("filters", self.old.sieve_url(ALICE), new.sieve_url(ALICE))
        outcome = self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.assertIn("vacation", outcome.text)
        with ServersFilters(new.sieve_url(ALICE), PASSWORD) as there:
            self.assertEqual(sorted(there.scripts()), ["forward", "lists"])


if __name__ == "__main__":
    unittest.main()
