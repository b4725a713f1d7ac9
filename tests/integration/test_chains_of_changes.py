# SPDX-License-Identifier: Apache-2.0
"""What several changes come to that were made at once or one after the other: each is the least of what test_histories.py has
found."""
from __future__ import annotations

import unittest

from account_snapshot import Path as FolderPath
from copy_case import CopyCase, in_folder, snapshot
from godwit import MOVED
from mailboxes import FolderSpec
from messages import MessageFactory
from servers import Dovecot

INBOX = ("INBOX",)
WORK = ("Work",)
OLD = ("Work", "Old")
EXPUNGE_2 = (rb"UID STORE 2 +FLAGS (\Deleted)", b"UID EXPUNGE 2")


def paths(server: Dovecot) -> list[FolderPath]:
    return sorted(path for path, folder in snapshot(server).folders.items() if folder.selectable)


class Chains(CopyCase):
    """An account that was moved once: 10 messages in INBOX, one in Work, 30 in Work/Old, two in Alpha, one in Beta, none in Empty
    and Beta/Empty."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.make = MessageFactory(1)
        self.fill(self.source, [FolderSpec(path, [self.make.plain(300) for _ in range(count)]) for path, count in (
            (INBOX, 10), (WORK, 1), (OLD, 30), (("Alpha",), 2), (("Beta",), 1), (("Empty",), 0), (("Beta", "Empty"), 0))])
        self.account_copy = self.copy(self.source, self.target)
        self.again()

    def again(self, *more: str, status: int = MOVED) -> dict[str, object]:
        return self.assert_status(self.account_copy.run("--json", *more), status).summary()

    def count(self, path: FolderPath) -> int:
        return len(snapshot(self.target).folders[path].messages)

    def renumber_below_a_renamed_folder(self) -> None:
        in_folder(self.source, INBOX, b"RENAME Work Projects", b"RENAME Projects.Old away", b"CREATE Projects.Old",
                  b"SUBSCRIBE Projects", b"SUBSCRIBE Projects.Old")
        in_folder(self.source, ("away",), b"UID COPY 1:* Projects.Old", b"UNSELECT", b"DELETE away")

    # --- what was expunged on the target ---------------------------------------------------------------------------------

    def test_what_was_expunged_on_the_target_stays_away_when_it_is_moved_and_moved_back(self) -> None:
        in_folder(self.target, INBOX, *EXPUNGE_2)
        in_folder(self.source, INBOX, b"UID MOVE 2 Empty")
        self.again()
        in_folder(self.source, ("Empty",), b"UID MOVE 1 INBOX")
        self.again()
        self.assertEqual(self.count(INBOX), 9)

    def test_a_folder_is_removed_that_held_only_what_was_expunged_on_the_target(self) -> None:
        in_folder(self.target, INBOX, *EXPUNGE_2)
        in_folder(self.source, INBOX, b"UID MOVE 2 Empty")
        self.again()
        in_folder(self.source, INBOX, b"DELETE Empty")
        for _ in range(2):
            self.again()
        self.assertEqual(paths(self.target), paths(self.source))

    # --- folders below a renamed one -------------------------------------------------------------------------------------

    def test_a_new_uidvalidity_below_a_renamed_folder_removes_nothing(self) -> None:
        self.renumber_below_a_renamed_folder()
        summary = self.again()
        self.assertEqual(summary["removed"], 0)
        self.assert_same_content(self.source, self.target)

    def test_a_new_uidvalidity_below_a_renamed_folder_removes_nothing_in_a_later_round(self) -> None:
        """Where the removals of the first round are held, they must not hit what was matched in it."""
        self.fill(self.target, [FolderSpec(OLD, [self.make.plain(300)])])  # so that the folder stays
        self.renumber_below_a_renamed_folder()
        in_folder(self.source, INBOX, rb"STORE 1:* +FLAGS (\Deleted)", b"EXPUNGE")
        self.again()
        self.again("--allow-mass-removal")
        self.assertEqual(self.count(("Projects", "Old")), 31)

    def test_an_empty_folder_below_a_renamed_one(self) -> None:
        in_folder(self.source, INBOX, b"RENAME Beta Gamma")
        self.again()
        self.assertEqual(paths(self.target), paths(self.source))

    def test_a_folder_that_was_empty_below_a_renamed_one_is_followed_later(self) -> None:
        in_folder(self.source, INBOX, b"RENAME Beta Gamma")
        self.fill(self.source, [FolderSpec(("Gamma", "Empty"), [self.make.plain(300)])])
        self.again()
        in_folder(self.source, INBOX, b"RENAME Gamma.Empty Delta")
        self.again()
        self.assertEqual(paths(self.target), paths(self.source))

    def test_a_folder_is_renamed_to_below_the_new_name_of_another(self) -> None:
        in_folder(self.source, INBOX, b"RENAME Work Projects", b"RENAME Alpha Projects.Alpha")
        for _ in range(2):
            self.again()
        self.assertEqual(paths(self.target), paths(self.source))


if __name__ == "__main__":
    unittest.main()
