# SPDX-License-Identifier: Apache-2.0
"""A newcomer's path: docs/first-migration.sh for fifty people between two servers over TLS, and what is there at its end."""
from __future__ import annotations

import csv
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from compare import compare
from godwit import binary
from imap_raw import Account
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from servers import Dovecot

PEOPLE = [f"person-{number:02}@example.com" for number in range(1, 51)]
PASSWORD = "correct horse"
SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "first-migration.sh"


class FirstMigration(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        passwords = {user: PASSWORD for user in PEOPLE}
        self.old, self.new = Dovecot("sdbox", passwords), Dovecot("maildir", passwords)
        for server in (self.old, self.new):
            server.start()
            self.addCleanup(server.close)
        make = MessageFactory(11)
        for user in PEOPLE:
            fill_over_imap(self.account(self.old, user), [FolderSpec(("INBOX",), [make.plain(900) for _ in range(8)]),
                                                          FolderSpec(("Projects", "2024"), [make.plain(3000) for _ in range(4)])])
        with (self.folder / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["source_user", "source_password", "target_user", "target_password", "wave"])
            for number, user in enumerate(PEOPLE):
                table.writerow([user, PASSWORD, user, PASSWORD, "pilot" if number < 5 else "everybody"])

    @staticmethod
    def account(server: Dovecot, user: str) -> Account:
        return Account("127.0.0.1", server.port, user, PASSWORD)

    def test_from_init_to_the_report(self) -> None:
        commands = self.folder / "bin"
        commands.mkdir()
        (commands / "godwit").symlink_to(binary())
        environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "OLD": "127.0.0.1", "NEW": "127.0.0.1",
                       "OLD_PORT": str(self.old.tls_port), "NEW_PORT": str(self.new.tls_port),
                       "OLD_FINGERPRINT": self.old.fingerprint, "NEW_FINGERPRINT": self.new.fingerprint}
        done = subprocess.run([str(SCRIPT)], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=280, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("50 of 50 accounts", done.stdout)
        self.assertNotIn(PASSWORD, done.stdout)
        for user in PEOPLE:
            report = compare(self.account(self.old, user), self.account(self.new, user))
            self.assertTrue(report.is_identical, f"{user}: {report.text()}")
        page = (self.folder / "report.html").read_text()
        self.assertIn("</html>", page)
        with (self.folder / "report" / "people.csv").open(newline="", encoding="utf-8-sig") as file:
            people = list(csv.DictReader(file))
        self.assertEqual(sorted(row["person"] for row in people), PEOPLE)
        told = subprocess.run([binary(), "report", "--format", "json"], cwd=self.folder, capture_output=True, text=True, timeout=60, check=True)
        report = json.loads(told.stdout)
        self.assertEqual(len(report["people"]), 50)
        self.assertIsNotNone(report["forecast"], "an estimate was made, and what came of it is in the report")
        manifests = list(self.folder.glob("*.manifests/*.jsonl"))
        self.assertEqual(len(manifests), 50)


if __name__ == "__main__":
    unittest.main()
