# SPDX-License-Identifier: Apache-2.0
"""Where passwords come from, and where they never appear."""
from __future__ import annotations

import unittest
from dataclasses import replace
from pathlib import Path

from copy_case import ALICE, CopyCase
from godwit import USAGE, Copy, finish
from mailboxes import FolderSpec
from messages import MessageFactory
from relay import TO_CLIENT, Relay, Trouble

SECRETS = ("source-sesame", "target-sesame")


class Passwords(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.source.add_user(ALICE, SECRETS[0])
        self.target.add_user(ALICE, SECRETS[1])
        self.fill(self.source, [FolderSpec(("INBOX",), [MessageFactory(1).plain(9000) for _ in range(30)])])

    def secret_copy(self, source_port: int | None = None) -> Copy:
        return Copy(self.source.url(ALICE, port=source_port), self.target.url(ALICE), *SECRETS, self.folder())

    def test_from_the_environment(self) -> None:
        copy = replace(self.secret_copy(), password_files=False)
        copy.environment = dict(zip(("GODWIT_SOURCE_PASSWORD", "GODWIT_TARGET_PASSWORD"), SECRETS))
        self.assert_status(copy.run())
        self.assert_identical(self.source, self.target)

    def test_from_nowhere(self) -> None:
        self.assert_status(replace(self.secret_copy(), password_files=False).run(), USAGE)

    def test_files_with_and_without_a_final_newline(self) -> None:
        for ending in ("", "\n", "\r\n"):
            with self.subTest(ending=ending):
                self.assert_status(replace(self.secret_copy(), password_ending=ending).run())

    def test_never_seen(self) -> None:
        with Relay(self.source.port, Trouble("hold", TO_CLIENT, 100_000)) as relay:
            copy = self.secret_copy(relay.port)
            process = copy.start("--json")
            self.assertTrue(relay.struck.wait(30))
            seen = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
            relay.release()
            outcome = self.assert_status(finish(process))
        seen += outcome.text
        seen += "".join(path.read_bytes().decode("latin-1") for path in copy.ledger.parent.rglob("*") if path.is_file())
        for secret in SECRETS:
            self.assertNotIn(secret, seen)


if __name__ == "__main__":
    unittest.main()
