# SPDX-License-Identifier: Apache-2.0
"""What people move, remove and rename on the source between rounds is done on the target, too; and nothing is removed that is not
godwit's own."""
from __future__ import annotations

import shutil
import unittest

from account_snapshot import Path as FolderPath
from copy_case import CopyCase, in_folder, snapshot
from mailboxes import FolderSpec
from messages import MessageFactory
from servers import Dovecot

INBOX = ("INBOX",)
WORK = ("Work",)


def removal(uids: bytes) -> tuple[bytes, bytes]:
    return rb"UID STORE " + uids + rb" +FLAGS (\Deleted)", b"UID EXPUNGE " + uids


def count(server: Dovecot, path: FolderPath = INBOX) -> int:
    return len(snapshot(server).folders[path].messages)


class Changes(CopyCase):
    """An account that was moved once: 40 messages in INBOX, 20 in Work, 5 in Work/Old, a large one in each of the first two."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.make = MessageFactory(1)
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600) for _ in range(39)] + [self.make.attachment(3_000_000)]),
                                FolderSpec(WORK, [self.make.plain(600) for _ in range(19)] + [self.make.attachment(2_000_000)]),
                                FolderSpec(("Work", "Old"), [self.make.plain(600) for _ in range(5)])])
        self.account_copy = self.copy(self.source, self.target)
        self.assert_status(self.account_copy.run())
        self.assert_identical(self.source, self.target)

    def again(self, *more: str) -> dict[str, object]:
        """The next round; returns its summary."""
        return self.assert_status(self.account_copy.run("--json", *more)).summary()

    def assert_followed(self, **expected: int) -> None:
        """The next round does exactly this, the target is then equal, and the one after it has nothing to do."""
        summary = self.again()
        counters = ("copied", "matched", "moved", "removed", "kept", "removals_held", "folders_renamed", "folders_removed")
        self.assertEqual({name: summary[name] for name in counters}, {name: expected.get(name, 0) for name in counters})
        self.assert_same_content(self.source, self.target)
        summary = self.again()
        self.assertEqual(sum(summary[name] for name in counters), 0, summary)  # type: ignore[misc]

    def test_removed_messages(self) -> None:
        in_folder(self.source, INBOX, *removal(b"3:7,40"))
        self.assert_followed(removed=6)

    def test_moved_messages(self) -> None:
        in_folder(self.source, INBOX, b"UID MOVE 2:9,40 Work")
        in_folder(self.source, WORK, b"UID MOVE 20 INBOX")
        self.assert_followed(moved=10)

    def test_moved_messages_with_new_flags(self) -> None:
        in_folder(self.source, INBOX, rb"UID STORE 2:4 FLAGS (\Flagged New)", b"UID MOVE 2:4 Work")
        self.assert_followed(moved=3)

    def test_a_message_that_was_moved_away_and_back(self) -> None:
        in_folder(self.source, INBOX, b"UID MOVE 2 Work")
        in_folder(self.source, WORK, b"UID MOVE 21 INBOX")
        self.assert_followed(matched=1)

    def test_a_renamed_folder_with_one_below(self) -> None:
        in_folder(self.source, INBOX, b"RENAME Work Projects", b"UNSUBSCRIBE Work", b"UNSUBSCRIBE Work.Old", b"SUBSCRIBE Projects",
                  b"SUBSCRIBE Projects.Old")
        before = {message.uid for message in snapshot(self.target).folders[WORK].messages}
        summary = self.again()
        self.assertEqual((summary["copied"], summary["moved"], summary["removed"], summary["folders_renamed"]), (0, 0, 0, 1))
        after = snapshot(self.target).folders
        self.assertEqual(before, {message.uid for message in after[("Projects",)].messages})
        self.assertEqual(len(after[("Projects", "Old")].messages), 5)
        self.assertNotIn(WORK, after)
        self.assertEqual(self.again()["copied"], 0)

    def test_a_removed_folder(self) -> None:
        in_folder(self.source, INBOX, b"DELETE Work.Old", b"UNSUBSCRIBE Work.Old")
        summary = self.again()
        self.assertEqual((summary["removed"], summary["folders_removed"]), (5, 1))
        self.assertNotIn(("Work", "Old"), snapshot(self.target).folders)

    def test_a_folder_whose_messages_were_moved_before_it_was_removed(self) -> None:
        in_folder(self.source, ("Work", "Old"), b"UID MOVE 1:* INBOX", b"UNSELECT", b"DELETE Work.Old", b"UNSUBSCRIBE Work.Old")
        self.assert_followed(moved=5, folders_removed=1)

    def test_a_folder_in_which_somebody_put_something_on_the_target(self) -> None:
        self.fill(self.target, [FolderSpec(("Work", "Old"), [self.make.plain(600)])])
        in_folder(self.source, INBOX, b"DELETE Work.Old")
        self.assertEqual(self.again()["folders_removed"], 0)
        self.assertEqual(count(self.target, ("Work", "Old")), 1)

    def test_what_was_changed_on_the_target_stays_there(self) -> None:
        in_folder(self.target, INBOX, rb"UID STORE 5 +FLAGS (\Flagged Mine)")
        in_folder(self.target, INBOX, b"UID MOVE 6 Work")
        in_folder(self.source, INBOX, *removal(b"4:6"))
        summary = self.again()
        self.assertEqual((summary["removed"], summary["kept"]), (1, 1))
        self.assertEqual(count(self.target), 38)
        self.assertEqual(count(self.target, WORK), 21)
        self.assertEqual(self.again()["kept"], 0)

    def test_what_was_moved_on_both_sides_stays_where_the_target_has_it(self) -> None:
        in_folder(self.source, INBOX, b"UID MOVE 5 Work.Old")
        in_folder(self.target, INBOX, b"UID MOVE 5 Work")
        summary = self.again()
        self.assertEqual((summary["copied"], summary["moved"], summary["kept"]), (0, 0, 1))
        self.assertEqual((count(self.target), count(self.target, WORK), count(self.target, ("Work", "Old"))), (39, 21, 5))
        self.assertEqual(self.again()["copied"], 0)

    def test_without_the_ledger_nothing_is_removed(self) -> None:
        in_folder(self.source, INBOX, *removal(b"3:7"))
        shutil.rmtree(self.account_copy.ledger.parent)
        for _ in range(2):
            self.assertEqual(self.again()["removed"], 0)
        in_folder(self.source, INBOX, *removal(b"8:9"))
        summary = self.again()
        self.assertEqual((summary["removed"], summary["kept"]), (0, 2))
        self.assertEqual(count(self.target), 40)

    def test_more_than_half_of_an_account_is_not_removed_without_an_order(self) -> None:
        in_folder(self.source, INBOX, *removal(b"1:40"))
        summary = self.again()
        self.assertEqual((summary["removed"], summary["removals_held"]), (0, 40))
        self.assertIn("--allow-mass-removal", "".join(summary["notes"]))  # type: ignore[arg-type]
        self.assertEqual(self.again()["removals_held"], 40)
        self.assertEqual(self.again("--allow-mass-removal")["removed"], 40)
        self.assert_same_content(self.source, self.target)

    def test_a_new_uidvalidity_removes_nothing_and_doubles_nothing(self) -> None:
        in_folder(self.source, INBOX, b"RENAME Work Gone", b"CREATE Work", b"SUBSCRIBE Work")
        in_folder(self.source, ("Gone",), b"UID COPY 1:10,20 Work", b"UNSELECT", b"DELETE Gone", b"UNSUBSCRIBE Gone")
        self.fill(self.source, [FolderSpec(WORK, [self.make.plain(600)])])
        summary = self.again()
        self.assertEqual((summary["copied"], summary["matched"], summary["removed"]), (1, 11, 0))
        self.assertEqual(count(self.target, WORK), 21)
        self.assertEqual(self.again()["copied"], 0)

    def test_a_folder_renamed_on_the_target(self) -> None:
        in_folder(self.target, INBOX, b"RENAME Work Arbeit")
        self.fill(self.source, [FolderSpec(WORK, [self.make.plain(600)])])
        self.assertEqual(self.again()["copied"], 1)
        self.assertEqual(count(self.target, ("Arbeit",)), 21)
        self.assertNotIn(WORK, snapshot(self.target).folders)


if __name__ == "__main__":
    unittest.main()
