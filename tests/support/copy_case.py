# SPDX-License-Identifier: Apache-2.0
"""What the integration tests share: servers that end with the test, and assertions on whole accounts."""
from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any

from account_snapshot import Snapshot, naming, take_snapshot
from account_snapshot import Path as FolderPath
from compare import Report, compare
from godwit import MOVED, Copy, Outcome, last_lines
from imap_raw import Account, Connection, quoted
from mailboxes import FolderSpec, fill_over_imap
from servers import Dovecot

ALICE = "alice@example.com"
PASSWORD = "correct horse"


class CopyCase(unittest.TestCase):
    """A test with two Dovecots, on which ALICE has an account each."""

    maxDiff = 2000

    def server(self, mail_format: str = "maildir", **options: Any) -> Dovecot:
        """Starts a server for the time of the test."""
        server = Dovecot(mail_format, {ALICE: PASSWORD}, **options)
        self.addCleanup(server.close)
        return server.start()

    def folder(self) -> Path:
        """An empty folder for the time of the test."""
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    def copy(self, source: Dovecot, target: Dovecot, *, source_port: int | None = None, target_port: int | None = None) -> Copy:
        """ALICE's copy over plain text, through a relay where a port is given."""
        return Copy(source.url(ALICE, port=source_port), target.url(ALICE, port=target_port), PASSWORD, PASSWORD, self.folder())

    def fill(self, server: Dovecot, folders: list[FolderSpec]) -> int:
        return fill_over_imap(account(server), folders)

    # --- assertions ------------------------------------------------------------------------------------------------------

    def assert_status(self, outcome: Outcome, status: int = MOVED) -> Outcome:
        self.assertEqual(outcome.status, status, f"\n{last_lines(outcome.text, 25)}")
        return outcome

    def assert_identical(self, source: Dovecot, target: Dovecot, **options: Any) -> Report:
        """Both accounts hold the same, in the same order."""
        report = compare(account(source), account(target), **options)
        self.assertTrue(report.is_identical, report.text())
        return report

    def assert_same_content(self, source: Dovecot, target: Dovecot) -> Report:
        """Both accounts hold the same; what was refused at first may come behind what was not."""
        report = compare(account(source), account(target))
        self.assertTrue(report.is_equal and not report.count("foreign"), report.text())
        return report

    def assert_moved(self, source: Dovecot, target: Dovecot, **options: Any) -> Report:
        """A copy from nothing ends well, leaves the source as it was, and gives an identical target."""
        before = snapshot(source).state()
        self.assert_status(self.copy(source, target).run())
        self.assertEqual(before, snapshot(source).state(), "the source was changed")
        return self.assert_identical(source, target, **options)


def account(server: Dovecot, user: str = ALICE) -> Account:
    return Account("127.0.0.1", server.port, user, server.password(user))


def snapshot(server: Dovecot) -> Snapshot:
    return take_snapshot(account(server))


def in_folder(server: Dovecot, path: FolderPath, *commands: bytes) -> None:
    """Runs commands in a selected folder, as a mail program would."""
    with Connection(account(server)) as connection:
        connection.command(b"SELECT " + quoted(naming(connection).name(path)))
        for command in commands:
            connection.command(command)
