# SPDX-License-Identifier: Apache-2.0
"""Ledgers that cannot be used, that are lost, and that come from an old backup."""
from __future__ import annotations

import shutil
import sqlite3
import subprocess
import unittest

from copy_case import CopyCase, in_folder, snapshot
from godwit import LEDGER_UNUSABLE, finish
from mailboxes import FolderSpec, varied_account
from messages import MessageFactory
from relay import TO_CLIENT, Relay, Trouble


class LedgerCase(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.fill(self.source, varied_account(41, 60))
        self.account_copy = self.copy(self.source, self.target)
        self.ledger = self.account_copy.ledger
        self.ledger.parent.mkdir()


class Unusable(LedgerCase):
    def assert_refused(self) -> None:
        content = self.ledger.read_bytes() if self.ledger.is_file() else b""
        outcome = self.assert_status(self.account_copy.run(), LEDGER_UNUSABLE)
        self.assertIn("ledger", outcome.text.lower())
        if content:
            self.assertEqual(self.ledger.read_bytes(), content, "the file was changed")
        self.assertEqual(snapshot(self.target).folders[("INBOX",)].messages, [])

    def test_a_text_file(self) -> None:
        self.ledger.write_text("These are my notes, not a ledger.\n" * 100)
        self.assert_refused()

    def test_another_programs_database(self) -> None:
        database = sqlite3.connect(self.ledger)
        database.execute("CREATE TABLE recipes (name TEXT)")
        database.commit()
        database.close()
        self.assert_refused()

    def test_a_folder(self) -> None:
        self.ledger.mkdir()
        self.assert_refused()

    def test_a_place_that_is_not_there(self) -> None:
        command = self.account_copy.command()
        shutil.rmtree(self.ledger.parent)
        self.ledger.parent.write_text("a file where the folder should be")
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, LEDGER_UNUSABLE, run.stdout + run.stderr)

    def test_a_damaged_ledger(self) -> None:
        self.assert_status(self.account_copy.run())
        with self.ledger.open("r+b") as file:
            file.write(b"\xff" * 3000)
        self.assert_status(self.account_copy.run(), LEDGER_UNUSABLE)

    def test_held_by_another_process(self) -> None:
        with Relay(self.source.port, Trouble("hold", TO_CLIENT, 60_000)) as relay:
            slow = self.copy(self.source, self.target, source_port=relay.port)
            first = slow.start()
            self.assertTrue(relay.struck.wait(30))
            outcome = self.assert_status(slow.run(), LEDGER_UNUSABLE)
            self.assertIn(str(first.pid), outcome.text)
            relay.release()
            self.assert_status(finish(first))
        self.assert_identical(self.source, self.target)


class Lost(LedgerCase):
    def change_source(self) -> None:
        make = MessageFactory(42)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(600) for _ in range(10)]),
                                FolderSpec(("Archive",), [make.plain(600) for _ in range(10)])])

    def test_deleted_between_rounds(self) -> None:
        self.assert_status(self.account_copy.run())
        shutil.rmtree(self.ledger.parent)
        self.change_source()
        self.assert_status(self.account_copy.run())
        self.assert_identical(self.source, self.target)

    def test_restored_from_an_old_backup(self) -> None:
        self.assert_status(self.account_copy.run())
        backup = self.folder() / "backup"
        shutil.copytree(self.ledger.parent, backup)
        self.change_source()
        self.assert_status(self.account_copy.run())
        shutil.rmtree(self.ledger.parent)
        shutil.copytree(backup, self.ledger.parent)
        self.assert_status(self.account_copy.run())
        self.assert_identical(self.source, self.target)
        in_folder(self.source, ("INBOX",), rb"UID STORE 1:* +FLAGS (\Flagged)")
        self.assert_status(self.account_copy.run())
        self.assert_identical(self.source, self.target)

    def test_the_accounts_store_is_lost_but_not_the_central_file(self) -> None:
        self.assert_status(self.account_copy.run())
        stores = [path for path in self.ledger.parent.iterdir() if path.is_dir()]
        self.assertTrue(stores)
        for path in stores:
            shutil.rmtree(path)
        self.change_source()
        outcome = self.account_copy.run()
        self.assertIn(outcome.status, (0, LEDGER_UNUSABLE), outcome.text)
        if outcome.status == 0:
            self.assert_identical(self.source, self.target)


if __name__ == "__main__":
    unittest.main()
