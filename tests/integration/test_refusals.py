# SPDX-License-Identifier: Apache-2.0
"""Targets that refuse: over quota, read-only, one message too large. What was not moved is told, and moves later."""
from __future__ import annotations

import unittest

from copy_case import ALICE, CopyCase, snapshot
from godwit import NOT_ALL_MOVED
from mailboxes import FolderSpec, varied_account
from messages import MessageFactory


class Refusals(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")

    def test_over_quota_then_raised(self) -> None:
        make = MessageFactory(51)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(20_000) for _ in range(60)]),
                                FolderSpec(("Later",), [make.plain(500)])])
        self.target.set_quota(ALICE, 400)
        copy = self.copy(self.source, self.target)
        outcome = self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.assertIn("quota", outcome.text.lower())
        self.assertLess(len(snapshot(self.target).folders[("INBOX",)].messages), 60)
        self.target.set_quota(ALICE, None)
        self.assert_status(copy.run())
        report = self.assert_same_content(self.source, self.target)
        self.assertEqual(report.messages, 61)

    def test_read_only_then_writable(self) -> None:
        self.fill(self.source, varied_account(52, 60))
        self.target.set_read_only(ALICE, True)
        copy = self.copy(self.source, self.target)
        outcome = self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.assertIn("Permission denied", outcome.text)
        self.target.set_read_only(ALICE, False)
        self.assert_status(copy.run())
        self.assert_same_content(self.source, self.target)

    def test_one_message_is_too_large(self) -> None:
        make = MessageFactory(53)
        plain = [make.plain(700) for _ in range(30)]
        self.fill(self.source, [FolderSpec(("INBOX",), [*plain[:11], make.plain(900_000), *plain[11:]])])
        self.target.set_quota(ALICE, 500)
        copy = self.copy(self.source, self.target)
        self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.target.set_quota(ALICE, None)
        self.assert_status(copy.run())
        self.assert_same_content(self.source, self.target)


if __name__ == "__main__":
    unittest.main()
