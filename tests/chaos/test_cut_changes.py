# SPDX-License-Identifier: Apache-2.0
"""A kill in the middle of what is done about a change, and the next change to the same message before the next round. Each is the
least of what tests/integration/test_histories.py has found."""
from __future__ import annotations

import signal
import unittest
from collections.abc import Callable

from account_snapshot import Path as FolderPath
from compare import compare
from copy_case import CopyCase, account, in_folder, snapshot
from godwit import MOVED
from mailboxes import FolderSpec
from messages import MessageFactory
from trials import SHARE

INBOX = ("INBOX",)
WORK = ("Work",)
OTHER = ("Other",)

Change = Callable[[], None]


class CutChanges(CopyCase):
    """An account that was moved once: 40 messages in INBOX, 3 in Work and in Other."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        make = MessageFactory(1)
        self.last = make.plain(300)
        self.fill(self.source, [FolderSpec(path, [make.plain(300) for _ in range(count)])
                                for path, count in ((INBOX, 39), (WORK, 3), (OTHER, 3))])
        self.append(INBOX)
        self.account_copy = self.copy(self.source, self.target)
        self.account_copy.options += ["--quiet-time", "0.3"]
        self.assert_status(self.account_copy.run())

    def append(self, path: FolderPath) -> None:
        """The message that is the last of INBOX, once more."""
        self.fill(self.source, [FolderSpec(path, [self.last])])

    def uid(self, path: FolderPath, index: int) -> int:
        return snapshot(self.source).folders[path].messages[index].uid

    def move(self, path: FolderPath, index: int, to: FolderPath) -> None:
        in_folder(self.source, path, b"UID MOVE %d %b" % (self.uid(path, index), to[0].encode()))

    def expunge(self, path: FolderPath, index: int) -> None:
        uid = self.uid(path, index)
        in_folder(self.source, path, rb"UID STORE %d +FLAGS (\Deleted)" % uid, b"UID EXPUNGE %d" % uid)

    def flag(self, sign: bytes) -> None:
        in_folder(self.source, INBOX, rb"UID STORE %d %bFLAGS (changed)" % (self.uid(INBOX, 0), sign))

    def try_every_step(self, change: Change, next_change: Change, undo: Change = lambda: None) -> None:
        """Kills at every step of the second half, in which the change is carried out."""
        change()
        self.assert_status(self.account_copy.run())
        steps = self.account_copy.fault_state().steps
        self.assertGreater(steps, 0, "the binary was built without GODWIT_FAULTS")
        next_change()
        undo()
        self.assert_status(self.account_copy.run())
        for step in range(steps // 2, steps, SHARE):
            change()
            self.assertIn(self.account_copy.run(kill_at=step).status, (MOVED, -signal.SIGKILL))
            next_change()
            self.assert_status(self.account_copy.run())
            report = compare(account(self.source), account(self.target))
            self.assertTrue(report.is_equal and not report.count("foreign"), f"killed at step {step} of {steps}: {report.text()}")
            undo()
            self.assert_status(self.account_copy.run())

    def test_a_flag_that_is_taken_back(self) -> None:
        self.try_every_step(lambda: self.flag(b"+"), lambda: self.flag(b"-"))

    def test_a_message_with_a_new_flag_that_is_removed(self) -> None:
        self.try_every_step(lambda: self.flag(b"+"), lambda: self.expunge(INBOX, 0))

    def test_a_message_that_is_moved_on(self) -> None:
        self.try_every_step(lambda: self.move(INBOX, 0, WORK), lambda: self.move(WORK, -1, OTHER),
                            lambda: self.move(OTHER, -1, INBOX))

    def test_a_message_that_is_moved_back(self) -> None:
        self.try_every_step(lambda: self.move(INBOX, 0, WORK), lambda: self.move(WORK, -1, INBOX))

    def test_a_removed_message_whose_equal_comes(self) -> None:
        self.try_every_step(lambda: self.expunge(INBOX, -1), lambda: self.append(INBOX))

    def test_a_removed_message_whose_equal_comes_to_another_folder(self) -> None:
        def undo() -> None:
            self.expunge(WORK, -1)
            self.append(INBOX)
        self.try_every_step(lambda: self.expunge(INBOX, -1), lambda: self.append(WORK), undo)


if __name__ == "__main__":
    unittest.main()
