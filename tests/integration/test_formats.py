# SPDX-License-Identifier: Apache-2.0
"""Storage formats, separators, prefixes and roles between real servers: everything arrives byte for byte."""
from __future__ import annotations

import unittest

from copy_case import ALICE, CopyCase, snapshot
from mailboxes import FolderSpec, fill_maildir, varied_account
from messages import MessageFactory, MessageSpec
from servers import Dovecot


class Formats(CopyCase):
    def test_maildir_to_sdbox(self) -> None:
        source, target = self.server("maildir"), self.server("sdbox")
        self.fill(source, varied_account(1, 150, large=3_000_000, with_nul=True))
        self.assert_moved(source, target)

    def test_sdbox_to_mdbox(self) -> None:
        source, target = self.server("sdbox"), self.server("mdbox")
        self.fill(source, varied_account(2, 150))
        self.assert_moved(source, target)

    def test_mdbox_to_maildir(self) -> None:
        source, target = self.server("mdbox"), self.server("maildir")
        self.fill(source, varied_account(3, 150))
        self.assert_moved(source, target)

    def test_empty_account(self) -> None:
        self.assert_moved(self.server("maildir"), self.server("sdbox"))

    def test_with_compression_announced(self) -> None:
        source, target = self.server("maildir", compress=True), self.server("sdbox", compress=True)
        self.fill(source, varied_account(4, 80))
        self.assert_moved(source, target)

    def test_bytes_that_the_target_alters_are_told(self) -> None:
        # Dovecot gives CR CR LF back as it lies in a Maildir, but stores it as CR LF with OK.
        source, target = self.server("maildir"), self.server("sdbox")
        make = MessageFactory(5)
        odd = MessageSpec(make.headers() + b"\r\none\r\r\ntwo\r\n", "\\Seen", make.date())
        fill_maildir(source.mail_folder(ALICE), source.owner, [FolderSpec(("INBOX",), [make.plain(500), odd, make.plain(700)])])
        outcome = self.copy(source, target).run()
        self.assertIn(outcome.status, (0, 1), outcome.text)
        self.assertIn("altered", outcome.text)
        self.assertEqual(len(snapshot(target).folders[("INBOX",)].messages), 3)


class Separators(CopyCase):
    def test_slash_to_prefix_and_dot(self) -> None:
        source, target = self.server("sdbox"), self.server("maildir", separator=".", prefix="INBOX.")
        self.fill(source, varied_account(11, 100))
        self.assert_moved(source, target)

    def test_prefix_and_dot_to_slash(self) -> None:
        source, target = self.server("maildir", separator=".", prefix="INBOX."), self.server("sdbox")
        self.fill(source, varied_account(12, 100))
        self.assert_moved(source, target)

    def test_prefix_on_both_sides(self) -> None:
        source, target = self.server("sdbox", separator="/", prefix="Mail/"), self.server("mdbox", separator=".", prefix="INBOX.")
        self.fill(source, varied_account(13, 60))
        self.assert_moved(source, target)

    def test_folders_below_inbox(self) -> None:
        source, target = self.server("sdbox"), self.server("maildir")
        make = MessageFactory(14)
        self.fill(source, [FolderSpec(("INBOX", "Lists", "dev"), [make.plain(500)]), FolderSpec(("INBOX",), [make.plain(500)])])
        self.assert_moved(source, target)

    def test_names_with_the_targets_separator(self) -> None:
        source, target = self.server("sdbox"), self.server("maildir")
        self._move_names(source, target, [("v1.2",), ("v1", "2"), ("a.b", "c.d"), ("...",)])

    def test_names_with_a_slash(self) -> None:
        source, target = self.server("sdbox", separator=".", listescape=True), self.server("sdbox")
        self._move_names(source, target, [("in/out",), ("in", "out"), ("a/b", "c/d")])

    def test_names_that_clash_when_the_separator_is_replaced(self) -> None:
        source, target = self.server("sdbox"), self.server("maildir")
        self._move_names(source, target, [("v1.2",), ("v1_2",), ("v1-2",), ("v1 2",), ("v12",)])

    def _move_names(self, source: Dovecot, target: Dovecot, paths: list[tuple[str, ...]]) -> None:
        """However the target writes the names: every folder arrives as a folder of its own, and the next round knows it."""
        make = MessageFactory(15)
        self.fill(source, [FolderSpec(path, [make.plain(400), make.plain(500)]) for path in paths])
        copy = self.copy(source, target)
        self.assert_status(copy.run())
        there = snapshot(target)
        by_content = {frozenset(message.digest for message in folder.messages): path
                      for path, folder in there.folders.items() if folder.messages}
        renamed = {path: by_content.get(frozenset(m.digest for m in folder.messages), ())
                   for path, folder in snapshot(source).folders.items() if folder.messages}
        self.assertEqual(len(set(renamed.values())), len(paths), f"folders were merged: {list(there.folders)}")
        self.assert_identical(source, target, renamed=renamed)
        self.assert_status(copy.run())
        self.assertEqual(there.state(), snapshot(target).state(), "the second round did something")


class Roles(CopyCase):
    def test_folders_with_roles_go_to_the_targets_folders_of_that_role(self) -> None:
        source = self.server("maildir", special_use={"Gesendet": "\\Sent", "Papierkorb": "\\Trash", "Entwürfe": "\\Drafts"})
        target = self.server("sdbox", special_use={"Sent Items": "\\Sent", "Deleted Items": "\\Trash", "Drafts": "\\Drafts"})
        make = MessageFactory(21)
        self.fill(source, [FolderSpec((name,), [make.plain(400) for _ in range(4)])
                           for name in ("Gesendet", "Papierkorb", "Entwürfe")])
        self.assert_moved(source, target)
        self.assertNotIn(("Gesendet",), snapshot(target).folders)

    def test_roles_that_only_one_side_has(self) -> None:
        source = self.server("maildir", special_use={"Gesendet": "\\Sent"})
        target = self.server("sdbox", special_use={"Archiv": "\\Archive"})
        make = MessageFactory(22)
        self.fill(source, [FolderSpec(("Gesendet",), [make.plain(400)]), FolderSpec(("Archiv",), [make.plain(400)])])
        self.assert_moved(source, target)

    def test_the_targets_folder_of_a_role_already_bears_another_sources_name(self) -> None:
        source = self.server("maildir", special_use={"Gesendet": "\\Sent"})
        target = self.server("sdbox", special_use={"Sent": "\\Sent"})
        make = MessageFactory(23)
        self.fill(source, [FolderSpec(("Gesendet",), [make.plain(400)]), FolderSpec(("Sent",), [make.plain(600)])])
        copy = self.copy(source, target)
        self.assert_status(copy.run())
        wanted = sorted(m.digest for folder in snapshot(source).folders.values() for m in folder.messages)
        present = sorted(m.digest for folder in snapshot(target).folders.values() for m in folder.messages)
        self.assertEqual(wanted, present)


if __name__ == "__main__":
    unittest.main()
