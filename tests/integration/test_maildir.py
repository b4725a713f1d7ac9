# SPDX-License-Identifier: Apache-2.0
"""Maildirs as servers leave them on disk, moved to a real server: what arrives is what the server itself shows over IMAP."""
from __future__ import annotations

import os
import threading
import time
import unittest
from pathlib import Path

from account_snapshot import Message
from account_snapshot import Path as FolderPath
from compare import compare
from copy_case import ALICE, PASSWORD, CopyCase, account, in_folder, snapshot
from courier import Courier
from file_copy import FileCopy, copy_to_server
from godwit import NOT_ALL_MOVED
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
        self.fill(source, [FolderSpec(("Work",), [MessageFactory(2).plain(500)]), FolderSpec(("Work", "2024 & more"), [MessageFactory(1).plain(500)])])
        self.assertTrue((source.mail_folder(ALICE) / "Work" / "2024 &- more" / "cur").is_dir())
        self.assert_status(copy_to_server(maildir_url(source), target, self.folder()).run())
        self.assert_identical(source, target)

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
        self.fill(self.source, [FolderSpec(INBOX, [make.plain(600) for _ in range(40)]), FolderSpec(("Work",), [make.plain(600) for _ in range(20)])])
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
