# SPDX-License-Identifier: Apache-2.0
"""Maildirs as servers leave them on disk, moved to a real server: what arrives is what the server itself shows over IMAP."""
from __future__ import annotations

import os
import subprocess
import threading
import time
import unittest
from pathlib import Path

from account_snapshot import Message
from account_snapshot import Path as FolderPath
from compare import compare
from copy_case import ALICE, PASSWORD, CopyCase, account, in_folder, snapshot
from courier import Courier
from file_copy import FileCopy, copy_from_server, copy_to_server
from godwit import NOT_ALL_MOVED, USAGE
from imap_raw import Account, Connection
from mailboxes import FolderSpec, fill_over_imap, varied_account
from messages import MessageFactory
from servers import Dovecot

INBOX = ("INBOX",)


def messages(server: Dovecot, path: FolderPath = INBOX) -> list[Message]:
    return snapshot(server).folders[path].messages


def maildir_url(server: Dovecot) -> str:
    return f"maildir:{server.mail_folder(ALICE)}"


def deliver(maildir: Path, number: int, body: bytes, owner: tuple[int, int]) -> None:
    """As a delivery agent does: written in tmp/, moved to new/."""
    name = f"{time.time_ns()}.N{number}.localhost"
    file = maildir / "tmp" / name
    file.write_bytes(body.replace(b"\r\n", b"\n"))
    os.chown(file, *owner)
    file.rename(maildir / "new" / name)


class ServersMaildirs(CopyCase):
    """Nobody works in them meanwhile."""

    def test_what_dovecot_shows_arrives(self) -> None:
        source, target = self.server("maildir"), self.server("sdbox")
        self.fill(source, varied_account(3, 120, large=3_000_000))
        before = snapshot(source).state()
        self.assert_status(copy_to_server(maildir_url(source), target, self.folder()).run())
        self.assertEqual(before, snapshot(source).state(), "the source was changed")
        self.assert_identical(source, target)

    def test_dovecots_layout_fs(self) -> None:
        source = Dovecot("maildir", {ALICE: PASSWORD}, separator="/", extra="mail_location = maildir:~/mail:LAYOUT=fs")
        self.addCleanup(source.close)
        source.start()
        target = self.server("sdbox")
        make = MessageFactory(2)
        self.fill(source, [FolderSpec(("Work",), [make.plain(500)]), FolderSpec(("Work", "2024 & more"), [make.plain(500)])])
        self.assertTrue((source.mail_folder(ALICE) / "Work" / "2024 &- more" / "cur").is_dir())
        self.assert_status(copy_to_server(maildir_url(source), target, self.folder()).run())
        self.assert_identical(source, target)

    def test_folders_of_the_ordered_layout_alone(self) -> None:
        place = self.folder()
        for name in ("cur", ".Plus/cur", "Fs/cur", "Fs/Deep/cur"):
            (place / name).mkdir(parents=True)
            (place / name / "1700000000.M1P1.localhost:2,").write_bytes(b"Subject: a\n\n%b\n" % name.encode())
        both = {INBOX, ("Plus",), ("Fs",), ("Fs", "Deep")}
        for layout, wanted in (("", both), ("?layout=auto", both), ("?layout=maildir++", {INBOX, ("Plus",)}),
                               ("?layout=fs", both - {("Plus",)})):
            target = self.server("sdbox")
            self.assert_status(copy_to_server(f"maildir:{place}{layout}", target, self.folder()).run())
            self.assertEqual({path for path, folder in snapshot(target).folders.items() if folder.messages}, wanted, layout)
        outcome = self.assert_status(copy_to_server(f"maildir:{place}?layout=x", target, self.folder()).run(), USAGE)
        self.assertIn("maildir++ or fs", outcome.text)

    def test_what_courier_shows_arrives(self) -> None:
        source = Courier({ALICE: PASSWORD})
        self.addCleanup(source.close)
        source.start()
        make = MessageFactory(5)
        old = Account("127.0.0.1", source.port, ALICE, PASSWORD)
        fill_over_imap(old, [FolderSpec(INBOX, [make.plain(400) for _ in range(20)]), FolderSpec(("Work", "2024"), [make.plain(400)])])
        with Connection(old) as connection:
            connection.command(b"SELECT INBOX")
            connection.command(b"STORE 1:3 +FLAGS (\\Flagged $Forwarded projectx)")
            connection.command(b"STORE 2 -FLAGS (projectx)")
        target = self.server("sdbox")
        self.assert_status(copy_to_server(f"maildir:{source.folder}/home/{ALICE}/Maildir", target, self.folder()).run())
        report = compare(old, account(target))
        self.assertTrue(report.is_identical, report.text())


class Rounds(CopyCase):
    """An account that was moved once."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        make = MessageFactory(1)
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(600) for _ in range(40)]),
                                FolderSpec(("Work",), [make.plain(600) for _ in range(20)])])
        self.maildir = self.source.mail_folder(ALICE)
        self.account_copy = copy_to_server(maildir_url(self.source), self.target, self.folder())
        self.assert_status(self.account_copy.run())

    def test_flags_removals_moves_and_deliveries_follow(self) -> None:
        in_folder(self.source, INBOX, b"STORE 1:4 +FLAGS (\\Flagged later)", b"STORE 9 +FLAGS (\\Deleted)", b"EXPUNGE", b"MOVE 2 Work")
        deliver(self.maildir, 1, b"Subject: new\r\n\r\nnew\r\n", self.source.owner)
        self.assert_status(self.account_copy.run())
        self.assert_same_content(self.source, self.target)
        outcome = self.assert_status(self.account_copy.run())
        self.assertIn("Nothing to do", outcome.text)

    def test_a_message_that_cannot_be_read_is_reported_and_the_others_go(self) -> None:
        for number in (1, 2, 3):
            deliver(self.maildir, number, b"Subject: new %d\r\n\r\nnew\r\n" % number, self.source.owner)
        closed = next((self.maildir / "new").glob("*.N2.*"))
        for folder, folders, files in os.walk(self.source.mail_root):
            for name in (".", *folders, *files):
                (Path(folder) / name).chmod(0o755)
        closed.chmod(0)
        outcome = self.assert_status(WithoutRights(**vars(self.account_copy)).run(), NOT_ALL_MOVED)
        self.assertIn("cannot be read", outcome.text)
        self.assertEqual(len(messages(self.target)), 42)
        closed.chmod(0o755)
        self.assert_status(self.account_copy.run())
        self.assert_same_content(self.source, self.target)

    def test_mail_is_delivered_and_renamed_while_it_is_read(self) -> None:
        stop = threading.Event()

        def work() -> None:
            for number in range(10_000):
                deliver(self.maildir, number, b"Subject: new %d\r\n\r\nnew\r\n" % number, self.source.owner)
                in_folder(self.source, INBOX, b"STORE %d FLAGS (\\Seen)" % (number % 40 + 1))
                if stop.is_set():
                    return

        worker = threading.Thread(target=work)
        worker.start()
        try:
            for _ in range(3):
                self.assert_status(self.account_copy.run())
        finally:
            stop.set()
            worker.join()
        self.assert_status(self.account_copy.run())
        self.assert_same_content(self.source, self.target)


class MaildirTargets(CopyCase):
    """A Maildir is written, and then a Dovecot is pointed at it."""

    def setUp(self) -> None:
        self.source, self.target = self.server("sdbox"), self.server("maildir")
        self.maildir = self.target.mail_folder(ALICE)
        self.account_copy = copy_from_server(self.source, f"maildir:{self.maildir}", self.folder())

    def uids_on_disk(self, folder: str = "") -> tuple[int, list[int]]:
        """UIDVALIDITY, and the UIDs of what lies in cur/."""
        first, *lines = (self.maildir / folder / "dovecot-uidlist").read_text().splitlines()
        names = {file.name.partition(":")[0] for file in (self.maildir / folder / "cur").iterdir()}
        known = (line.split(" :") for line in lines)
        return int(first.split()[1][1:]), [int(uid) for uid, name in known if name in names]

    def uids_over_imap(self, path: FolderPath = INBOX) -> tuple[int, list[int]]:
        folder = snapshot(self.target).folders[path]
        return folder.uid_validity, [message.uid for message in folder.messages]

    def test_a_server_shows_the_same(self) -> None:
        self.fill(self.source, varied_account(7, 120, large=3_000_000))
        self.assert_status(self.account_copy.run())
        on_disk = self.uids_on_disk()
        self.assertEqual(self.uids_over_imap(), on_disk)
        self.assert_identical(self.source, self.target)
        self.assertEqual(self.uids_on_disk(), on_disk, "Dovecot had to mend the list")
        self.assertFalse([file for file in self.maildir.rglob("tmp/*")])
        self.assertIn("Nothing to do", self.assert_status(self.account_copy.run()).text)

    def test_rounds_bring_what_changed_while_the_server_writes_too(self) -> None:
        make = MessageFactory(2)
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(500) for _ in range(30)]), FolderSpec(("Work",), [make.plain(500)])])
        self.assert_status(self.account_copy.run())
        in_folder(self.target, INBOX, b"UID STORE 6 +FLAGS (own)", b"UID STORE 7 +FLAGS (\\Deleted)", b"UID EXPUNGE 7")
        in_folder(self.source, INBOX, b"UID STORE 1:3 +FLAGS (\\Flagged $Forwarded)", b"UID STORE 2 -FLAGS (\\Seen)", b"UID MOVE 9:10 Work",
                  b"UID STORE 20 +FLAGS (\\Deleted)", b"UID EXPUNGE 20")
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(500) for _ in range(3)])])
        self.assert_status(self.account_copy.run())
        on_disk = self.uids_on_disk(".Work")
        self.assertEqual(self.uids_over_imap(("Work",)), on_disk)
        in_folder(self.target, INBOX, b"UID STORE 6 -FLAGS (own)")
        in_folder(self.source, INBOX, b"UID STORE 7 +FLAGS (\\Deleted)", b"UID EXPUNGE 7")
        self.assert_status(self.account_copy.run())
        self.assert_same_content(self.source, self.target)

    def test_bare_line_ends_come_back_as_they_were(self) -> None:
        bodies = [b"Subject: lf\n\nbare\r\nboth\n", b"Subject: cr\r\n\r\na\rb\r\n", b"Subject: crcrlf\r\n\r\na\r\r\nb\r\n",
                  b"Subject: no end\r\n\r\nend",
                  b"Subject: lf " + b"x" * 3_000_000 + b"\n\r\n"]
        maildir = self.folder() / "maildir"
        (maildir / "cur").mkdir(parents=True)
        for number, body in enumerate(bodies):
            (maildir / "cur" / f"170000000{number}.M1P1Q{number}.old,X=raw:2,S").write_bytes(body)
        copied = FileCopy(f"maildir:{maildir}", f"maildir:{self.maildir}", "", "", self.folder())
        self.assert_status(copied.run())
        stored = sorted(self.maildir.glob("cur/*"), key=lambda file: int(file.name.split("Q")[1].split(".")[0]))
        contents = [file.read_bytes() for file in stored]
        wanted = bodies.copy()
        wanted[1], wanted[3] = bodies[1].replace(b"\r\n", b"\n"), bodies[3].replace(b"\r\n", b"\n")
        self.assertEqual(sorted(contents), sorted(wanted))
        raw = [",X=raw" in file.name for file in stored]
        self.assertEqual(sorted(raw), [False, False, False, True, True])
        self.assertIn("5 read back and equal", self.assert_status(copied.verify("--full")).text)

    def test_keywords_beyond_26_are_reported_for_each_message(self) -> None:
        make = MessageFactory(2)
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(500), make.plain(500), make.plain(2_300_000), make.plain(500)])])
        in_folder(self.source, INBOX, b"STORE 1 FLAGS (" + b" ".join(b"k%02d" % number for number in range(26)) + b")",
                  b"STORE 2:3 FLAGS (one-more k01)", b"STORE 4 FLAGS (k03)")
        outcome = self.assert_status(self.account_copy.run("--json"))
        first = outcome.summary()
        self.assertEqual((first["copied"], first["flags_refused"]), (4, 2))
        items = [event for event in outcome.events() if event["event"] == "item"]
        self.assertEqual(sorted(item["uid"] for item in items), [2, 3])
        self.assertTrue(all("no letter for the keyword one-more" in item["reason"] for item in items), items)
        self.assertEqual(sorted(len(message.flags) for message in messages(self.target)), [1, 1, 1, 26])
        second = self.account_copy.run("--json").summary()
        self.assertEqual((second["copied"], second["flags_changed"]), (0, 0))
        in_folder(self.source, INBOX, b"STORE 2:3 -FLAGS (one-more)")
        self.assert_status(self.account_copy.run())
        self.assert_same_content(self.source, self.target)

    def test_a_full_disk_stops_the_account(self) -> None:
        if os.getuid() != 0:
            self.skipTest("only root mounts a small disk")
        disk = self.folder() / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=18m", "tmpfs", str(disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        make = MessageFactory(2)
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(100_000) for _ in range(40)])])
        outcome = copy_from_server(self.source, f"maildir:{disk}/mail", self.folder()).run()
        self.assert_status(outcome, NOT_ALL_MOVED)
        self.assertIn("make room there", outcome.text)
        self.assertFalse(list(disk.glob("mail/tmp/*")))

    def test_a_copy_that_was_killed_goes_on(self) -> None:
        make = MessageFactory(4)
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(3000) for _ in range(600)])])
        self.account_copy.options += ["--quiet-time", "0.3"]
        for least in (1, 150, 400):
            process = self.account_copy.start()
            while process.poll() is None and sum(1 for _ in self.maildir.glob("cur/*")) < least:
                pass
            process.kill()
            process.communicate()
        self.assert_status(self.account_copy.run())
        self.assert_same_content(self.source, self.target)
        self.assertEqual(self.uids_over_imap(), self.uids_on_disk())


class WithoutRights(FileCopy):
    """Runs without root's right to read everything."""

    def command(self, *more: str) -> list[str]:
        drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []
        return drop + super().command(*more)


class Kills(CopyCase):
    """A kill -9, at some instant."""

    def test_a_copy_that_was_killed_goes_on(self) -> None:
        source, target = self.server("maildir"), self.server("sdbox")
        make = MessageFactory(4)
        self.fill(source, [FolderSpec(INBOX, [make.plain(3000) for _ in range(600)])])
        account_copy = copy_to_server(maildir_url(source), target, self.folder())
        account_copy.options += ["--quiet-time", "0.3"]
        for least in (1, 200):
            process = account_copy.start()
            with Connection(account(target)) as connection:
                while process.poll() is None and self.count(connection) < least:
                    pass
            process.kill()
            process.communicate()
        self.assert_status(account_copy.run())
        self.assert_same_content(source, target)

    @staticmethod
    def count(connection: Connection) -> int:
        return next(int(str(response[-1][-1], "ascii")) for response in connection.command(b"STATUS INBOX (MESSAGES)")
                    if isinstance(response[-1], list))


if __name__ == "__main__":
    unittest.main()
