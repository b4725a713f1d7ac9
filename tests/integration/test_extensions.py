# SPDX-License-Identifier: Apache-2.0
"""Servers that lack extensions: every one taken away alone and all together, on both sides; the result is the same."""
from __future__ import annotations

import unittest

from copy_case import CopyCase, in_folder, snapshot
from godwit import NOT_ALL_MOVED
from mailboxes import FolderSpec, varied_account
from messages import MessageFactory

ALONE: tuple[tuple[str, ...], ...] = (
    ("LITERAL+",), ("MULTIAPPEND",), ("UIDPLUS",), ("ENABLE",), ("CONDSTORE", "QRESYNC"), ("NAMESPACE",), ("SPECIAL-USE",),
    ("LIST-EXTENDED", "LIST-STATUS"), ("LIST-STATUS",), ("SASL-IR",), ("ID",), ("UNSELECT",), ("ESEARCH",), ("STATUS=SIZE",),
)
ALL = tuple(dict.fromkeys(name for names in ALONE for name in names))


class Extensions(CopyCase):
    def move_and_move_on(self, seed: int, missing: tuple[str, ...], **options: object) -> None:
        """A first round and one with news, between servers that both lack `missing`."""
        roles = {"Sent": "\\Sent"}
        source = self.server("maildir", without=missing, special_use=roles, **options)
        target = self.server("sdbox", without=missing, special_use=roles, **options)
        self.fill(source, varied_account(seed, 60, large=1_500_000))
        copy = self.copy(source, target)
        self.assert_status(copy.run())
        self.assert_identical(source, target)
        self.fill(source, [FolderSpec(("INBOX",), [MessageFactory(seed + 1).plain(500)])])
        in_folder(source, ("Archive",), rb"STORE 1 FLAGS (\Flagged again)")
        self.assert_status(copy.run())
        self.assert_identical(source, target)

    def test_each_alone(self) -> None:
        for number, missing in enumerate(ALONE):
            with self.subTest(missing=missing):
                self.move_and_move_on(600 + number, missing)

    def test_all_together(self) -> None:
        self.move_and_move_on(61, ALL)

    def test_literal_minus(self) -> None:
        self.move_and_move_on(62, ("LITERAL+",), announce=("LITERAL-",))

    def test_nothing_missing(self) -> None:
        self.move_and_move_on(63, ())

    def test_announced_append_limit(self) -> None:
        source, target = self.server("maildir"), self.server("sdbox", announce=("APPENDLIMIT=3000",))
        make = MessageFactory(65)
        self.fill(source, [FolderSpec(("INBOX",), [make.plain(600), make.plain(9000), make.plain(700)])])
        self.assert_status(self.copy(source, target).run(), NOT_ALL_MOVED)
        self.assertEqual(len(snapshot(target).folders[("INBOX",)].messages), 2)


if __name__ == "__main__":
    unittest.main()
