# SPDX-License-Identifier: Apache-2.0
"""What Outlook's files hold besides mail, as godwit-pst writes it: counted beside pffexport, read by vobject and expanded by dateutil,
which share no code with it."""
from __future__ import annotations

import email
import email.policy
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from datetime import date, datetime, timezone
from pathlib import Path

import vobject
from pst_helper import PstHelper, Refused

CORPUS = Path(os.environ.get("GODWIT_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
OST = CORPUS / "pst" / "aspose-net" / "SampleOstFile.ost"
CONTACTS = CORPUS / "pst" / "aspose-net" / "PersonalStorageFile1.pst"
BODIES = CORPUS / "pst" / "tika" / "testPST_variousBodyTypes.pst"
ANSI = CORPUS / "pst" / "go-pst" / "32-bit.pst"
MSG = CORPUS / "msg"
NAMES = {"Appointment": "appointment", "Contact": "contact", "Task": "task", "Note": "note", "Journal": "journal"}


def documents_of(file: Path) -> dict[int, tuple[str, str]]:
    with PstHelper(file) as helper:
        items = [item for item in helper.list() if item.kind not in ("mail", "other", "damaged")]
        return {item.id: (item.kind, helper.read(item.id).decode()) for item in items}


def document_of(file: Path) -> str:
    with PstHelper(file, "message") as helper:
        return helper.read(1).decode()


def exported(file: Path) -> dict[str, list[str]]:
    """pffexport's text of each item, by kind."""
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["pffexport", "-q", "-m", "items", "-t", f"{place}/x", str(file)], check=True, stdout=subprocess.DEVNULL)
        for folder in Path(f"{place}/x.export").rglob("*"):
            kind = NAMES.get(folder.name.rstrip("0123456789"))
            if folder.is_dir() and kind and folder.name[-1].isdigit():
                text = folder / (folder.name.rstrip("0123456789") + ".txt")
                found.setdefault(kind, []).append(text.read_text(errors="replace"))
    return found


@unittest.skipUnless(OST.exists(), f"no corpus at {CORPUS}")
class TestItemsOfStores(unittest.TestCase):
    def test_counts_are_those_of_an_independent_reader(self) -> None:
        expected = {OST: {"appointment": 5}, ANSI: {"appointment": 1}, CONTACTS: {"contact": 72}, BODIES: {}}
        for file, counts in expected.items():
            with self.subTest(file.name):
                kinds = [kind for kind, _ in documents_of(file).values()]
                self.assertEqual({kind: kinds.count(kind) for kind in set(kinds)}, counts)
                self.assertEqual({kind: len(items) for kind, items in exported(file).items()}, counts)

    def test_appointments_have_the_times_that_the_independent_reader_sees(self) -> None:
        for file in (OST, ANSI):
            ours = []
            for _, text in documents_of(file).values():
                event = vobject.readOne(text).vevent
                location = event.location.value if hasattr(event, "location") else ""
                ours.append((event.summary.value.strip(), int(event.dtstart.value.timestamp()), location))
            theirs = []
            for text in exported(file)["appointment"]:
                when = re.search(r"Start time:\s+(\w+ \d+, \d+ \d+:\d+:\d+)", text)
                subject = re.search(r"Subject:\s+(.*)", text)
                place = re.search(r"Location:[\t ]+(.*)", text)
                assert when and subject
                start = datetime.strptime(when[1], "%b %d, %Y %H:%M:%S").replace(tzinfo=timezone.utc)
                theirs.append((subject[1].strip(), int(start.timestamp()), place[1] if place else ""))
            self.assertEqual(sorted(ours), sorted(theirs))

    def test_contacts_have_the_names_and_addresses_that_the_independent_reader_sees(self) -> None:
        cards = [vobject.readOne(text) for _, text in documents_of(CONTACTS).values()]
        texts = exported(CONTACTS)["contact"]
        theirs = sorted(match[1].strip() for text in texts if (match := re.search(r"Email address 1:[\t ]+(\S.*)", text)))
        ours = sorted(card.email.value for card in cards if hasattr(card, "email"))
        self.assertEqual(ours, [address for address in theirs if "@" in address])
        self.assertEqual(len({card.uid.value for card in cards}), 72)
        self.assertTrue(all(card.fn.value.strip() for card in cards))

    def test_a_copy_of_the_file_gives_the_same_bytes(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "another name.pst"
            shutil.copy(CONTACTS, copy)
            self.assertEqual(documents_of(copy), documents_of(CONTACTS))

    def test_invitations_are_in_their_mail(self) -> None:
        methods = []
        with PstHelper(OST) as helper:
            for item in helper.list():
                if item.kind != "mail":
                    continue
                message = email.message_from_bytes(helper.read(item.id, "R"), policy=email.policy.default)
                for part in message.walk():
                    if part.get_filename() == "invite.ics":
                        self.assertEqual(part.get_content_type(), "text/calendar")
                        calendar = vobject.readOne(part.get_payload(decode=True).decode())
                        self.assertEqual(calendar.vevent.organizer.value.split(":")[0].lower(), "mailto")
                        methods.append(calendar.method.value)
        self.assertEqual(methods, ["REQUEST"] * 6)  # what pffexport calls a meeting

    def test_mail_and_items_are_not_taken_for_each_other(self) -> None:
        with PstHelper(OST) as helper:
            items = helper.list()
            mail = next(item for item in items if item.kind == "mail")
            appointment = next(item for item in items if item.kind == "appointment")
            self.assertIn("IPM.Note", self.refusal(helper, mail.id, "D"))
            self.assertIn("it is no mail but of the class IPM.Appointment", self.refusal(helper, appointment.id, "R"))
            self.assertIn("no such item", self.refusal(helper, 0x7FFFFFE4, "D"))

    def refusal(self, helper: PstHelper, number: int, letter: str) -> str:
        with self.assertRaises(Refused) as raised:
            helper.read(number, letter)
        return str(raised.exception)


@unittest.skipUnless(MSG.exists(), f"no corpus at {CORPUS}")
class TestItemsOfMessageFiles(unittest.TestCase):
    def test_every_file_of_the_corpus(self) -> None:
        kinds: dict[str, int] = {}
        for file in sorted(MSG.rglob("*.msg")):
            with PstHelper(file, "message") as helper:
                kind = helper.list()[0].kind
            kinds[kind] = kinds.get(kind, 0) + 1
            if kind not in ("mail", "other", "damaged"):
                with self.subTest(file.name):
                    parsed = vobject.readOne(document_of(file))
                    self.assertIn(parsed.name, ("VCALENDAR", "VCARD"))
        self.assertEqual(kinds, {"mail": 46, "appointment": 14, "contact": 3, "note": 2, "task": 1, "damaged": 1})

    def occurrences(self, name: str) -> list[datetime | date]:
        calendar = vobject.readOne(document_of(MSG / "hiraoka-msgreader" / name))
        series = [event for event in calendar.vevent_list if not hasattr(event, "recurrence_id")]
        self.assertEqual(len(series), 1)
        changed = [event for event in calendar.vevent_list if hasattr(event, "recurrence_id")]
        replaced = {event.recurrence_id.value.replace(tzinfo=None) for event in changed}
        times = {time.replace(tzinfo=None) for time in series[0].getrruleset(addRDate=True)} - replaced
        return sorted(times | {event.dtstart.value.replace(tzinfo=None) for event in changed})

    def test_a_series_with_deleted_and_moved_occurrences(self) -> None:
        times = self.occurrences("Lanch time  every friday  in 2023 org.msg")
        self.assertEqual((len(times), times[0], times[-1]), (52, datetime(2023, 1, 6, 12), datetime(2023, 12, 29, 12)))
        moved = self.occurrences("Lanch time  every friday  in 2023 chgs1.msg")
        self.assertEqual(moved[:2], [datetime(2023, 1, 12, 12), datetime(2023, 1, 20, 12)])
        self.assertEqual(len(moved), 51)
        lunch = self.occurrences("Friday Lunch.msg")
        self.assertEqual(lunch[:3], [datetime(2023, 1, 9, 12), datetime(2023, 1, 20, 12), datetime(2023, 1, 27, 12)])

    def test_what_a_changed_occurrence_changes(self) -> None:
        calendar = vobject.readOne(document_of(MSG / "hiraoka-msgreader" / "Lanch time  every friday  in 2023 chgs2.msg"))
        changed = next(event for event in calendar.vevent_list if hasattr(event, "recurrence_id"))
        self.assertEqual(changed.summary.value, "Lanch time, every friday, in 2023 [rescheduled!]")
        self.assertEqual(changed.location.value, "Awesome coffee shop")
        self.assertEqual(changed.status.value, "TENTATIVE")
        self.assertEqual(changed.dtstart.value.utcoffset().total_seconds(), 9 * 3600)

    def test_a_series_of_days(self) -> None:
        calendar = vobject.readOne(document_of(MSG / "hiraoka-msgreader" / "7 days  everyday.msg"))
        days = list(calendar.vevent.getrruleset(addRDate=True))
        self.assertEqual([day.strftime("%m-%d") for day in days], [f"12-0{day}" for day in range(1, 8)])


if __name__ == "__main__":
    unittest.main()
