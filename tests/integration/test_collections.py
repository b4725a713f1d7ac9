# SPDX-License-Identifier: Apache-2.0
"""Calendars and address books moved between real servers: rounds, changes on both sides, what is refused, kills, and the proof of it."""
from __future__ import annotations

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from calendars import DavAccount, contact, event
from cyrus import Cyrus
from godwit import MOVED, NOT_ALL_MOVED, USAGE, Copy, Outcome, binary, last_lines
from radicale import Radicale

ALICE = "alice@example.com"
PASSWORD = "correct horse"


class CollectionsCase(unittest.TestCase):
    """A test with servers of calendars and address books, on which ALICE has an account each."""

    maxDiff = 4000

    def radicale(self) -> tuple[Radicale, DavAccount]:
        server = Radicale({ALICE: PASSWORD})
        self.addCleanup(server.close)
        server.start()
        return server, DavAccount(server.dav_port, ALICE, PASSWORD, f"/{ALICE}/")

    def cyrus(self) -> Cyrus:
        server = Cyrus({ALICE: PASSWORD}, dav=True)
        self.addCleanup(server.close)
        return server.start()

    def copy(self, source: str, target: str) -> Copy:
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        return Copy(source, target, PASSWORD, PASSWORD, Path(folder.name))

    def assert_status(self, outcome: Outcome, status: int = MOVED) -> Outcome:
        self.assertEqual(outcome.status, status, f"\n{last_lines(outcome.text, 25)}")
        return outcome

    def godwit(self, copy: Copy, command: str, *more: str) -> Outcome:
        urls = [copy.source_url, copy.target_url]
        passwords = ["--target-password-file", str(copy.folder / "target-password"), "--plain-ok"] if command == "verify" else []
        arguments = [binary(), command, *urls, "--ledger", str(copy.ledger), *passwords, *more]
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)


def fill(account: DavAccount) -> None:
    account.make_calendar("work")
    account.make_address_book("people")
    for number in range(12):
        account.put("work", f"{number}.ics", event(f"event-{number}", f"event {number}"))
    account.put("work", "weekly.ics", event("weekly", "weekly", "RRULE:FREQ=WEEKLY;COUNT=10"))
    for number in range(5):
        account.put("people", f"{number}.vcf", contact(f"contact-{number}", f"contact {number}"))


class Rounds(CollectionsCase):
    """Radicale to Radicale."""

    def setUp(self) -> None:
        (source, self.source), (target, self.target) = self.radicale(), self.radicale()
        fill(self.source)
        self.migration = self.copy(source.dav_url(ALICE), target.dav_url(ALICE))

    def round(self, status: int = MOVED) -> dict[str, object]:
        return self.assert_status(self.migration.run("--json"), status).summary()

    def test_first_round_and_nothing_new(self) -> None:
        first = self.round()
        self.assertEqual(first["copied_by_kind"], {"contact": 5, "event": 13})
        self.assertEqual(first["collections_made"], 2)
        self.assertEqual(self.target.summaries("work"), self.source.summaries("work"))
        self.assertEqual(self.target.summaries("people"), self.source.summaries("people"))
        second = self.round()
        self.assertEqual((second["copied"], second["updated"], second["matched"]), (0, 0, 0))
        self.assertIn(second["grade"], ("good", "perfect"))

    def test_changes_on_both_sides(self) -> None:
        self.round()
        own = {text.split("UID:")[1].split()[0]: name for name, text in self.target.items("work").items()}
        self.source.put("work", "0.ics", event("event-0", "moved to noon"))
        self.source.remove("work", "1.ics")
        self.source.put("work", "new.ics", event("new", "new"))
        self.source.put("work", "2.ics", event("event-2", "changed here"))
        self.target.put("work", own["event-2"], event("event-2", "changed there"))
        self.target.put("work", own["event-3"], event("event-3", "theirs"))
        self.target.remove("work", own["event-4"])
        second = self.round()
        self.assertEqual((second["copied"], second["updated"], second["removed"], second["conflicts"], second["withdrawn"]), (1, 1, 1, 1, 1))
        expected = ["moved to noon", "changed there", "theirs", "new", "weekly", *[f"event {number}" for number in range(5, 12)]]
        self.assertEqual(self.target.summaries("work"), sorted(expected))
        report = self.assert_status(self.godwit(self.migration, "report"))
        self.assertIn("conflict", report.text)
        self.assertIn("events on the target: 12", report.text)
        self.assertEqual(self.round()["updated"], 0)

    def test_verified_and_written_down(self) -> None:
        self.round()
        proof = self.assert_status(self.godwit(self.migration, "verify", "--full", "--json"))
        self.assertEqual(proof.summary()["proven"], 18)
        self.assertEqual(self.assert_status(self.godwit(self.migration, "report", "--json")).summary()["grade"], "perfect")
        manifest = self.migration.folder / "manifest"
        self.assert_status(self.godwit(self.migration, "manifest", "--output", str(manifest)))
        lines = [json.loads(line) for line in manifest.read_text().splitlines()]
        kinds = [line["kind"] for line in lines if "kind" in line]
        self.assertEqual((kinds.count("event"), kinds.count("contact")), (13, 5))
        checker = Path(__file__).resolve().parents[2] / "docs" / "check_manifest.py"
        key = next(self.migration.folder.rglob("*.pub"))
        checked = subprocess.run(["/usr/bin/python3", str(checker), str(manifest), str(key)], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        name = next(iter(self.target.items("people")))
        self.target.remove("people", name)
        self.assertIn("missing", self.assert_status(self.godwit(self.migration, "verify"), NOT_ALL_MOVED).text)

    def test_dry_run_writes_nothing(self) -> None:
        outcome = self.assert_status(self.migration.run("--dry-run"))
        self.assertIn("the calendar is to be made on the target", outcome.stdout)
        self.assertEqual(self.target.request("PROPFIND", self.target.home + "work/", Depth="0")[0], 404)

    def test_exactly_once_after_kills(self) -> None:
        kill_at, kills = 1, 0
        while self.migration.run(kill_at=kill_at).status < 0:
            kills += 1
            kill_at += 3
        self.assertGreater(kills, 3)
        self.round()
        self.assertEqual(self.target.summaries("work"), self.source.summaries("work"))
        self.assertEqual(self.target.summaries("people"), self.source.summaries("people"))
        again = self.round()
        self.assertEqual((again["copied"], again["matched"], again["conflicts"]), (0, 0, 0))

    def test_mail_does_not_go_there(self) -> None:
        wrong = self.copy("imap://alice@127.0.0.1:1", self.migration.target_url)
        self.assertIn("holds no calendars", self.assert_status(wrong.run(), USAGE).text)


class Servers(CollectionsCase):
    """Radicale to Cyrus, and back to another Radicale."""

    def test_there_and_back(self) -> None:
        old, source = self.radicale()
        back, target = self.radicale()
        cyrus = self.cyrus()
        fill(source)
        there = self.copy(old.dav_url(ALICE), cyrus.dav_url(ALICE))
        self.assertEqual(self.assert_status(there.run("--json")).summary()["copied"], 18)
        self.assert_status(self.godwit(there, "verify", "--full"))
        again = self.copy(cyrus.dav_url(ALICE), back.dav_url(ALICE))
        self.assertEqual(self.assert_status(again.run("--json")).summary()["copied"], 18)
        self.assertEqual(target.all_summaries(), source.all_summaries())
        self.assertEqual(self.assert_status(there.run("--json")).summary()["updated"], 0)
        self.assertEqual(cyrus.sent_invitations(), [])


if __name__ == "__main__":
    unittest.main()
