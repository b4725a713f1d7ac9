# SPDX-License-Identifier: Apache-2.0
"""Gmail as a source and as a target, played by a double that is built from documents (see tests/support/gmail_double.py)."""
from __future__ import annotations

import hashlib
import time
import unittest
from collections import Counter, defaultdict
from collections.abc import Callable

from account_snapshot import Snapshot, take_snapshot
from copy_case import ALICE, PASSWORD, CopyCase, account, snapshot
from gmail_double import GERMAN, GmailDouble, Mail
from godwit import MOVED, NOT_ALL_MOVED, USAGE, Copy
from imap_raw import Account, Connection
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageSpec
from plan_case import PlanCase
from servers import Dovecot

IMPORTANT, INBOX, SENT, DRAFT = "\\Important", "\\Inbox", "\\Sent", "\\Draft"


def body(number: int, size: int = 200) -> bytes:
    return (f"From: Bob <bob@example.com>\r\nTo: {ALICE}\r\nSubject: message {number}\r\nMessage-ID: <{number}@example.com>\r\n"
            f"Date: Mon, 16 Jun 2025 10:00:00 +0000\r\n\r\n" + "x" * size + "\r\n").encode()


def places(found: Snapshot) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """By folder the digests and keywords of its messages; empty folders are left out."""
    return {"/".join(path): sorted(((message.digest, frozenset(flag for flag in message.flags if not flag.startswith("\\")))
                                   for message in folder.messages), key=lambda each: (each[0], sorted(each[1])))
            for path, folder in found.folders.items() if folder.messages}


class GmailCase(CopyCase):
    """An account on the double, and an empty one on a Dovecot."""

    def gmail(self, names: dict[bytes, str] | None = None, container: str = "[Gmail]") -> GmailDouble:
        double = GmailDouble(names, container)
        self.addCleanup(double.__exit__)
        return double


    def copy_from(self, source: GmailDouble, target: Dovecot) -> Copy:
        return Copy(source.url(ALICE), target.url(ALICE), PASSWORD, PASSWORD, self.folder())

    def assert_placed(self, source: GmailDouble, target: Dovecot, names: dict[str, str] | None = None) -> None:
        """Each message once, in the folder of its first label, with the others as keywords."""
        self.assertEqual(places(snapshot(target)), expected(source, names or {}))

    def assert_read_once(self, source: GmailDouble) -> None:
        twice = {number: times for number, times in source.bodies_read.items() if times != 1}
        self.assertEqual(twice, {}, "X-GM-MSGID: times read")


def expected(source: GmailDouble, names: dict[str, str]) -> dict[str, list[tuple[str, frozenset[str]]]]:
    found: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    own = [name for name, folder in source.folders.items() if not folder.role and name != b"INBOX"]
    for mail in source.mails:
        if mail.place == rb"\Junk":
            continue
        ranked = [*(label for label in own if label in mail.labels),
                  *(label for label in (rb"\Inbox", rb"\Sent", rb"\Draft") if label in mail.labels)]
        first = ranked[0] if ranked and mail.place == rb"\All" else b""
        system = {rb"\Inbox": "INBOX", rb"\Sent": "Sent Mail", rb"\Draft": "Drafts", b"": "Archive"}
        folder = "Trash" if mail.place == rb"\Trash" else system.get(first) or first.decode()
        keywords = {rb"\Inbox": "inbox", rb"\Sent": "sent"}
        others = {keywords.get(label) or label.decode().lower().replace(" ", "_") for label in mail.labels
                  if label != first and label not in (rb"\Draft", rb"\Important", rb"\Starred")}
        found[names.get(folder, folder)].append((hashlib.sha256(mail.body).hexdigest(), frozenset(others)))
    return {folder: sorted(messages, key=lambda each: (each[0], sorted(each[1]))) for folder, messages in found.items()}


def fill(source: GmailDouble) -> list[Mail]:
    """One mail for each kind of place, and some more."""
    for label in ("Work", "Work/2024 Q1", "Clients"):
        source.label(label)
    return [
        source.deliver(body(1), [INBOX], [rb"\Seen"]),
        source.deliver(body(2), [INBOX, "Work", IMPORTANT]),
        source.deliver(body(3), ["Clients", "Work"], [rb"\Flagged"]),
        source.deliver(body(4), ["Work/2024 Q1", "Clients", INBOX]),
        source.deliver(body(5), [SENT], [rb"\Seen"]),
        source.deliver(body(6), [DRAFT], [rb"\Draft"]),
        source.deliver(body(7), []),
        source.deliver(body(8), [IMPORTANT], [rb"\Seen", rb"\Answered"]),
        source.deliver(body(9), [], place=rb"\Trash"),
        source.deliver(body(10), [], place=rb"\Junk"),
        source.deliver(body(11, 3_000_000), ["Clients", INBOX]),  # streamed
        source.deliver(body(12), ["Work", SENT, INBOX]),
    ]


class AsSource(GmailCase):
    def setUp(self) -> None:
        self.source, self.target = self.gmail(), self.server()

    def test_each_message_is_read_once_and_is_in_one_place(self) -> None:
        fill(self.source)
        self.assert_status(self.copy_from(self.source, self.target).run())
        self.assert_placed(self.source, self.target)
        self.assert_read_once(self.source)
        flags = {message.digest: message.flags for folder in snapshot(self.target).folders.values() for message in folder.messages}
        self.assertIn("\\flagged", flags[hashlib.sha256(body(3)).hexdigest()])
        self.assertEqual(sum(self.source.bodies_read.values()), 11, "all but spam")

    def test_system_folders_are_known_in_any_language(self) -> None:
        self.source = self.gmail(GERMAN, "[Google Mail]")
        fill(self.source)
        own = {"Sent Mail": "Sent", "Trash": "Gelöscht", "Drafts": "Entwürfe", "Archive": "Archiv"}
        roles = {"Sent": "\\Sent", "Gelöscht": "\\Trash", "Entwürfe": "\\Drafts", "Archiv": "\\Archive"}
        self.target = self.server(special_use=roles)
        self.assert_status(self.copy_from(self.source, self.target).run())
        self.assert_placed(self.source, self.target, own)
        self.assert_read_once(self.source)

    def test_later_rounds_follow_every_change_of_labels(self) -> None:
        source = self.source
        mails = fill(source)
        copy = self.copy_from(source, self.target)
        self.assert_status(copy.run())
        before = Counter(source.bodies_read)
        changes: list[Callable[[], object]] = [
            lambda: mails[0].labels.clear(),                                     # archived
            lambda: mails[6].labels.add(rb"\Inbox"),                             # and the other way
            lambda: mails[1].labels.add(b"Clients"),                             # one label more, that is not its first
            lambda: mails[2].labels.discard(b"Work"),                            # its first label goes
            lambda: (mails[3].labels.clear(), mails[3].labels.add(b"Work")),     # from one label to another
            lambda: mails[4].flags.add(rb"\Flagged"),                            # starred
            lambda: setattr(mails[7], "place", rb"\Trash"),
            lambda: setattr(mails[8], "place", rb"\All"),                        # and out of it
            lambda: mails[11].labels.discard(rb"\Inbox"),
            lambda: mails[10].flags.add(rb"\Seen"),
        ]
        for number, change in enumerate(changes):
            change()
            for mail in mails:
                source.change(mail)
            if number % 3 == 2:  # several at once, and one after the other
                self.assert_status(copy.run())
                self.assert_placed(source, self.target)
        source.delete_for_ever(mails[4])
        new = source.deliver(body(20), ["Clients", INBOX])
        self.assert_status(copy.run())
        self.assert_placed(source, self.target)
        before[new.message_id] = 1
        self.assertEqual(source.bodies_read, before, "what was moved is not read again")
        known = [name for name in source.commands if name == b"UID FETCH"]
        self.assert_status(copy.run())
        again = [name for name in source.commands if name == b"UID FETCH"]
        self.assertEqual(len(again) - len(known), 2, "one listing of all mail, one of the trash")

    def test_a_renamed_label_is_a_renamed_folder(self) -> None:
        fill(self.source)
        copy = self.copy_from(self.source, self.target)
        self.assert_status(copy.run())
        with Connection(Account("127.0.0.1", self.source.port, ALICE, PASSWORD)) as connection:
            connection.command(b'RENAME Clients "Customers"')
        self.assert_status(copy.run())
        self.assert_placed(self.source, self.target)

    def test_a_killed_round_goes_on_where_it_was(self) -> None:
        for number in range(40):
            self.source.deliver(body(100 + number, 4000), [INBOX, "Work"] if number % 2 else ["Clients"])
        copy = self.copy_from(self.source, self.target)
        for killed_after in (3, 17, 30):
            process = copy.start()
            while sum(self.source.bodies_read.values()) < killed_after and process.poll() is None:
                time.sleep(0.002)
            process.kill()
            process.communicate()
        self.assert_status(copy.run("--quiet-time", "0.5"))
        self.assert_placed(self.source, self.target)

    def test_an_expired_session_is_renewed(self) -> None:
        fill(self.source)
        self.source.expires_after = 4
        self.assert_status(self.copy_from(self.source, self.target).run())
        self.assertIsNone(self.source.expires_after)
        self.assert_placed(self.source, self.target)

    def test_all_mail_that_is_not_shown_is_told(self) -> None:
        del self.source.folders[b"[Gmail]/All Mail"]
        outcome = self.copy_from(self.source, self.target).run()
        self.assertEqual(outcome.status, USAGE, outcome.text)
        self.assertIn('switch on "Show in IMAP" for "All Mail"', outcome.text)


class Copies(PlanCase):
    """A copy for each label, read once."""

    def setUp(self) -> None:
        super().setUp()
        self.source = GmailDouble()
        self.addCleanup(self.source.__exit__)
        self.target = Dovecot("sdbox", {ALICE: PASSWORD})
        self.addCleanup(self.target.close)
        self.target.start()
        self.plan.write_text(
            f'[plan]\nname = "x"\nledger = "migration.ledger"\n[accounts]\nfiles = "accounts.csv"\n'
            f'[source]\nhost = "127.0.0.1"\nport = {self.source.port}\nsecurity = "none"\n'
            f'[source.labels]\nplacement = "copies"\njunk = true\n'
            f'[target]\nhost = "127.0.0.1"\nport = {self.target.port}\nsecurity = "none"\n')
        (self.folder / "accounts.csv").write_text(f"old user,old password,new user,new password\n{ALICE},{PASSWORD},{ALICE},{PASSWORD}\n")

    def assert_copies(self) -> None:
        wanted: dict[str, list[str]] = defaultdict(list)
        system = {rb"\Inbox": "INBOX", rb"\Sent": "Sent Mail", rb"\Draft": "Drafts"}
        for mail in self.source.mails:
            labels = [label for label in mail.labels if label != rb"\Important"] if mail.place == rb"\All" else []
            folders = [system.get(label) or label.decode() for label in labels]
            for folder in folders or [{rb"\All": "Archive", rb"\Trash": "Trash", rb"\Junk": "Spam"}[mail.place]]:
                wanted[folder].append(hashlib.sha256(mail.body).hexdigest())
        found = {folder: sorted(digest for digest, _ in messages)
                 for folder, messages in places(take_snapshot(Account("127.0.0.1", self.target.port, ALICE, PASSWORD))).items()}
        self.assertEqual(found, {folder: sorted(digests) for folder, digests in wanted.items()})

    def migrate(self) -> None:
        outcome = self.run_command("migrate", "--json")
        self.assertEqual(outcome.status, MOVED, outcome.text)

    def test_each_label_has_a_copy_that_was_read_once(self) -> None:
        mails = fill(self.source)
        self.migrate()
        self.assert_copies()
        self.assertEqual({times for times in self.source.bodies_read.values()}, {1})
        mails[0].labels.add(b"Clients")   # a copy more
        mails[1].labels.discard(b"Work")  # and one less
        mails[3].labels.clear()           # archived
        mails[5].flags.add(rb"\Seen")
        for mail in mails:
            self.source.change(mail)
        self.migrate()
        self.assert_copies()
        self.migrate()
        self.assert_copies()

    def test_a_killed_round_goes_on(self) -> None:
        for number in range(30):
            self.source.deliver(body(200 + number, 4000), [INBOX, "Work", "Clients"][: 1 + number % 3])
        for killed_after in (5, 20):
            process = self.start("migrate", "--json")
            while sum(self.source.bodies_read.values()) < killed_after and process.poll() is None:
                time.sleep(0.002)
            process.kill()
            process.wait()
        self.migrate()
        self.assert_copies()


class AsTarget(GmailCase):
    """From a Dovecot to the double."""

    def setUp(self) -> None:
        self.source, self.target = self.server("sdbox"), self.gmail()

    def put(self, folder: bytes, *bodies: bytes, flags: bytes = b"") -> None:
        fill_over_imap(account(self.source), [
            FolderSpec((folder.decode(),), [MessageSpec(each, flags.decode(), "16-Jun-2025 10:00:00 +0000") for each in bodies])])

    def copy_to(self) -> Copy:
        return Copy(self.source.url(ALICE), self.target.url(ALICE), PASSWORD, PASSWORD, self.folder())

    def held(self) -> dict[bytes, set[bytes]]:
        return {mail.body: mail.labels for mail in self.target.mails}

    def test_messages_get_labels_and_twins_are_told(self) -> None:
        self.put(b"INBOX", body(1), body(2), body(2))
        self.put(b"Work", body(1), body(3))
        copy = self.copy_to()
        outcome = copy.run()
        self.assertEqual(outcome.status, NOT_ALL_MOVED, outcome.text)
        self.assertIn("Gmail has a message of this Message-ID under this label already", outcome.text)
        self.assertEqual(self.held(), {body(1): {rb"\Inbox", b"Work"}, body(2): {rb"\Inbox"}, body(3): {b"Work"}})
        appended = self.target.commands.count(b"APPEND")
        again = copy.run()
        self.assertEqual(again.status, NOT_ALL_MOVED, "until somebody has looked at it")
        self.assertEqual(self.target.commands.count(b"APPEND") - appended, 1, "no other message is sent again")
        self.assertEqual(len(self.target.mails), 3)

    def test_names_and_flags_that_it_cannot_hold(self) -> None:
        self.put(b"a^b", body(1), flags=b"\\Seen \\Deleted")
        self.put(b"two  blanks", body(2))
        self.assert_status(self.copy_to().run())
        self.assertEqual(self.held(), {body(1): {b"a_b"}, body(2): {b"two blanks"}})
        self.assertEqual(next(mail.flags for mail in self.target.mails if mail.body == body(1)), {rb"\Seen"})


if __name__ == "__main__":
    unittest.main()
