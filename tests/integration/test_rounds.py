# SPDX-License-Identifier: Apache-2.0
"""Later rounds: only what changed is carried over, and what people did on the target stays."""
from __future__ import annotations

import unittest

from account_snapshot import Message
from account_snapshot import Path as FolderPath
from copy_case import CopyCase, in_folder, snapshot
from mailboxes import FolderSpec, varied_account
from messages import MessageFactory
from servers import Dovecot

INBOX = ("INBOX",)


def messages(server: Dovecot, path: FolderPath = INBOX) -> list[Message]:
    return snapshot(server).folders[path].messages


class Rounds(CopyCase):
    """An account that was moved once."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.make = MessageFactory(1)
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600) for _ in range(40)]),
                                FolderSpec(("Work",), [self.make.plain(600) for _ in range(20)])])
        self.account_copy = self.copy(self.source, self.target)
        self.assert_status(self.account_copy.run())
        self.assert_identical(self.source, self.target)

    def again(self) -> dict[str, object]:
        """The next round, as JSON; returns its summary."""
        return self.assert_status(self.account_copy.run("--json")).summary()

    def test_nothing_to_do(self) -> None:
        before = snapshot(self.source).state(), snapshot(self.target).state()
        summary = self.again()
        self.assertEqual(before, (snapshot(self.source).state(), snapshot(self.target).state()))
        self.assertEqual(summary["copied"], 0)

    def test_new_messages_and_folders(self) -> None:
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600)]),
                                FolderSpec(("New", "Folder"), [self.make.plain(600)])])
        self.assertEqual(self.again()["copied"], 2)
        self.assert_identical(self.source, self.target)

    def test_a_copy_of_a_message_that_is_there_already(self) -> None:
        first = messages(self.source)[0].digest
        in_folder(self.source, INBOX, b"UID COPY 1 INBOX")
        self.assertEqual(self.again()["copied"], 1)
        self.assertEqual(sum(message.digest == first for message in messages(self.target)), 2)
        self.assert_identical(self.source, self.target)

    def test_flags_changed_on_the_source(self) -> None:
        in_folder(self.source, INBOX, rb"UID STORE 1:40 -FLAGS (\Flagged $label1 Work)",
                  rb"UID STORE 3 +FLAGS (\Flagged New-Keyword)", rb"UID STORE 4,7 FLAGS ()")
        summary = self.again()
        self.assertEqual(summary["copied"], 0)
        self.assert_identical(self.source, self.target)

    def test_flags_changed_on_the_target_stay(self) -> None:
        in_folder(self.target, INBOX, rb"UID STORE 1:40 FLAGS (\Answered Mine)")
        self.again()
        self.assertTrue(all(message.flags == ("\\answered", "mine") for message in messages(self.target)))

    def test_flags_changed_on_both_sides_are_merged(self) -> None:
        in_folder(self.source, INBOX, b"UID STORE 5 FLAGS ()")
        in_folder(self.target, INBOX, b"UID STORE 5 FLAGS ()")
        self.again()
        in_folder(self.source, INBOX, rb"UID STORE 5 +FLAGS (\Flagged)")
        in_folder(self.target, INBOX, rb"UID STORE 5 +FLAGS (\Answered)")
        self.again()
        flags = next(message.flags for message in messages(self.target) if message.uid == 5)
        self.assertEqual(flags, ("\\answered", "\\flagged"))

    def test_a_message_deleted_on_the_target_does_not_come_back(self) -> None:
        in_folder(self.target, INBOX, rb"UID STORE 2,40 +FLAGS (\Deleted)", b"UID EXPUNGE 2,40")
        for _ in range(2):
            self.again()
            self.assertEqual(len(messages(self.target)), 38)
        in_folder(self.source, INBOX, rb"UID STORE 2,3 FLAGS (\Flagged)")
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600)])])
        self.again()
        self.assertEqual(len(messages(self.target)), 39)

    def test_a_message_moved_on_the_target_does_not_come_back(self) -> None:
        in_folder(self.target, INBOX, b"UID MOVE 2:5 Work")
        self.again()
        self.assertEqual((len(messages(self.target)), len(messages(self.target, ("Work",)))), (36, 24))

    def test_new_mail_on_the_target_is_left_alone(self) -> None:
        self.fill(self.target, [FolderSpec(INBOX, [self.make.plain(600)]), FolderSpec(("Mine",), [self.make.plain(600)])])
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600)])])
        self.assertEqual(self.again()["copied"], 1)
        self.assertEqual((len(messages(self.target)), len(messages(self.target, ("Mine",)))), (42, 1))
        self.assertEqual(self.again()["copied"], 0)

    def test_the_source_folder_was_made_anew(self) -> None:
        """A new UIDVALIDITY: equal messages are matched, not doubled."""
        kept = [FolderSpec(("Work",), [self.make.plain(600)])]
        in_folder(self.source, INBOX, b"RENAME Work Gone", b"CREATE Work", b"SUBSCRIBE Work")
        in_folder(self.source, ("Gone",), b"UID COPY 1:* Work", b"UNSELECT", b"DELETE Gone", b"UNSUBSCRIBE Gone")
        self.fill(self.source, kept)
        self.again()
        self.assert_identical(self.source, self.target)

    def test_the_targets_folder_was_deleted_and_made_anew(self) -> None:
        in_folder(self.target, INBOX, b"DELETE Work", b"CREATE Work")
        self.again()
        self.assertIn(len(messages(self.target, ("Work",))), (0, 20))
        self.assertEqual(len(messages(self.target)), 40)


class ExistingTarget(CopyCase):
    def test_messages_that_are_there_are_matched_and_others_stay(self) -> None:
        source, target = self.server("maildir"), self.server("sdbox")
        folders = varied_account(31, 80)
        self.fill(source, folders)
        self.fill(target, folders[:6])
        mine = MessageFactory(99)
        self.fill(target, [FolderSpec(INBOX, [mine.plain(600) for _ in range(3)])])
        before = {message.digest for message in messages(target)}
        self.assert_status(self.copy(source, target).run())
        after = snapshot(target)
        self.assertLessEqual(before, {message.digest for message in after.folders[INBOX].messages})
        for path, folder in snapshot(source).folders.items():
            if folder.selectable:
                extra = 3 if path == INBOX else 0
                self.assertEqual(len(after.folders[path].messages), len(folder.messages) + extra, path)


if __name__ == "__main__":
    unittest.main()
