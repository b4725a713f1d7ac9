# SPDX-License-Identifier: Apache-2.0
"""What was moved is verified, written down and signed; rules say what is left out."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from copy_case import ALICE, PASSWORD, CopyCase, in_folder, snapshot
from godwit import MOVED, NOT_ALL_MOVED, USAGE, Outcome, binary
from mailboxes import FolderSpec
from messages import MessageFactory

INBOX = ("INBOX",)
CHECKER = Path(__file__).resolve().parents[2] / "docs" / "check_manifest.py"


class ProofCase(CopyCase):
    """An account that was moved once, with its ledger."""

    def setUp(self) -> None:
        self.source, self.target = self.server("sdbox"), self.server("maildir")
        self.make = MessageFactory(3)
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600) for _ in range(60)] + [self.make.attachment(3_000_000)]),
                                FolderSpec(("Entw\u00fcrfe", "2024"), [self.make.plain(600) for _ in range(20)])])
        self.account_copy = self.copy(self.source, self.target)
        self.assert_status(self.account_copy.run())
        self.record = self.account_copy.folder

    def run_command(self, *arguments: str | Path) -> Outcome:
        """Any command of godwit, with the passwords in the environment."""
        done = subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=120,
                              env={"GODWIT_SOURCE_PASSWORD": PASSWORD, "GODWIT_TARGET_PASSWORD": PASSWORD}, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def on_account(self, command: str, *more: str) -> Outcome:
        return self.run_command(command, self.source.url(ALICE), self.target.url(ALICE), "--ledger", self.account_copy.ledger, *more)

    def verify(self, *more: str) -> Outcome:
        return self.on_account("verify", "--plain-ok", "--json", *more)

    def manifest(self) -> Path:
        file = self.record / "manifest.jsonl"
        self.assert_status(self.run_command("manifest", "--ledger", self.account_copy.ledger, "--output", file))
        return file

    @property
    def public_key(self) -> Path:
        return Path(f"{self.account_copy.ledger}.key.pub")


class Verify(ProofCase):
    def test_nothing_is_wrong(self) -> None:
        before = snapshot(self.source).state(), snapshot(self.target).state()
        summary = self.assert_status(self.verify()).summary()
        self.assertEqual((summary["items"], summary["listed"], summary["proven"], summary["differences"]), (81, 81, 0, 0))
        summary = self.assert_status(self.verify("--sample", "10")).summary()
        self.assertEqual((summary["listed"], summary["proven"]), (81, 10))
        summary = self.assert_status(self.verify("--full")).summary()
        self.assertEqual(summary["differences"], 0)
        self.assertEqual(before, (snapshot(self.source).state(), snapshot(self.target).state()))
        report = self.assert_status(self.on_account("report", "--json")).summary()
        self.assertEqual((report["grade"], report["proven"]), ("perfect", 81))
        self.assertEqual(self.assert_status(self.verify("--full")).summary()["proven"], 0, "all were proven")
        self.assertEqual(self.assert_status(self.verify("--full", "--again")).summary()["proven"], 81)

    def test_each_difference_is_told(self) -> None:
        in_folder(self.target, INBOX, rb"UID STORE 2 +FLAGS (\Deleted)", b"UID EXPUNGE 2", rb"UID STORE 5 FLAGS (\Answered)")
        outcome = self.assert_status(self.verify(), NOT_ALL_MOVED)
        differences = {event["kind"]: event for event in outcome.events() if event["event"] == "difference"}
        self.assertEqual(sorted(differences), ["flags", "missing"])
        missing = differences["missing"]
        self.assertEqual((missing["folder"], missing["source_uid"], missing["target_uid"]), ("INBOX", 2, 2))
        self.assertTrue(missing["subject"] and missing["date"] and missing["meaning"], missing)
        self.assertTrue(differences["flags"]["subject"])
        text = self.on_account("verify", "--plain-ok").stdout
        self.assertIn("flags: INBOX, UID 5", text)
        self.assertIn("Known before to have been removed on the target: 1.", text)

    def test_damaged_bytes_are_found(self) -> None:
        file = sorted((self.target.mail_folder(ALICE) / "cur").iterdir())[3]
        data = bytearray(file.read_bytes())
        data[-20] ^= 1
        status = file.stat()
        file.write_bytes(data)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.assert_status(self.verify())
        outcome = self.assert_status(self.verify("--full"), NOT_ALL_MOVED)
        self.assertEqual(outcome.summary()["altered"], 1)
        self.assertEqual(outcome.summary()["proven"], 80)
        report = self.assert_status(self.on_account("report", "--json")).summary()
        self.assertEqual((report["grade"], report["altered"]), ("good", 1))

    def test_wrong_usage_is_explained(self) -> None:
        for arguments, words in ((("--full", "--sample", "3"), "one of"), (("--manifest", "x"), "--manifest")):
            outcome = self.on_account("verify", *arguments)
            self.assertEqual(outcome.status, USAGE)
            self.assertIn(words, outcome.stderr)
        outcome = self.run_command("verify", "imap://nobody@127.0.0.1:1", self.target.url(ALICE), "--ledger", self.account_copy.ledger,
                                   "--plain-ok")
        self.assertNotEqual(outcome.status, MOVED)
        self.assertIn("has no account", outcome.stderr)


class Manifest(ProofCase):
    def lines(self, file: Path) -> list[dict[str, object]]:
        return [json.loads(line) for line in file.read_text().splitlines()]

    def test_every_item_has_its_line(self) -> None:
        lines = self.lines(self.manifest())
        items = [line for line in lines if "item" in line]
        self.assertEqual(len(items), 81)
        self.assertEqual({line["level"] for line in items}, {"listed"})
        self.assertEqual(lines[0]["grade"], "good")
        expected = sorted(message.digest for path in (INBOX, ("Entw\u00fcrfe", "2024")) for message in snapshot(self.source).folders[path].messages)
        self.assertEqual(sorted(line["sha256"] for line in items), expected)

    def test_is_checked_without_godwit(self) -> None:
        file = self.manifest()
        exported = self.record / "exported"
        shutil.copytree(self.target.mail_folder(ALICE), exported)
        command = [sys.executable, str(CHECKER), str(file), str(self.public_key)]
        for arguments in ([], [str(exported)]):
            done = subprocess.run(command + arguments, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        next((exported / "cur").iterdir()).unlink()
        done = subprocess.run(command + [str(exported)], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        file.write_bytes(file.read_bytes().replace(b'"listed"', b'"proven"', 1))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertIn("signature does not fit", done.stderr)

    def test_is_checked_against_the_target_later(self) -> None:
        file = self.manifest()
        self.account_copy.ledger.unlink()
        shutil.rmtree(f"{self.account_copy.ledger}.accounts")
        against = ("verify", self.target.url(ALICE), "--plain-ok", "--json", "--manifest", file, "--key", self.public_key)
        summary = self.assert_status(self.run_command(*against)).summary()
        self.assertEqual((summary["items"], summary["listed"], summary["differences"]), (81, 81, 0))
        summary = self.assert_status(self.run_command(*against, "--full")).summary()
        self.assertEqual(summary["proven"], 81)
        in_folder(self.target, INBOX, rb"UID STORE 2:3 +FLAGS (\Deleted)", b"UID EXPUNGE 2:3")
        summary = self.assert_status(self.run_command(*against, "--full"), NOT_ALL_MOVED).summary()
        self.assertEqual((summary["missing"], summary["proven"]), (2, 79))
        file.write_bytes(file.read_bytes()[:-1000])
        self.assertNotEqual(self.run_command(*against).status, MOVED)


class Rules(ProofCase):
    """The command line's rules, between real servers; what each of them decides is tested with the rules."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.make = MessageFactory(4)
        self.fill(self.source, [FolderSpec(INBOX, [self.make.plain(600) for _ in range(20)] + [self.make.plain(90_000)]),
                                FolderSpec(("Spam",), [self.make.plain(600)]),
                                FolderSpec(("Work", "2024"), [self.make.plain(600) for _ in range(5)])])
        for path in (INBOX, ("Work", "2024")):
            in_folder(self.source, path, rb"UID STORE 1:* -FLAGS (\Deleted)")
        in_folder(self.source, INBOX, rb"UID STORE 3 +FLAGS (\Deleted)")
        self.account_copy = self.copy(self.source, self.target)

    def test_folders_and_messages(self) -> None:
        rules = ("--exclude", "Spam", "--rename", "Work/**=Jobs/**", "--below", "Old", "--size-limit", "50kB", "--skip-deleted", "--json")
        summary = self.assert_status(self.account_copy.run(*rules)).summary()
        self.assertEqual((summary["copied"], summary["left_out"], summary["folders_left_out"]), (24, 2, 1))
        folders = {path: len(folder.messages) for path, folder in snapshot(self.target).folders.items() if folder.messages}
        self.assertEqual(folders, {("Old", "INBOX"): 19, ("Old", "Jobs", "2024"): 5})
        summary = self.assert_status(self.account_copy.run(*rules)).summary()
        self.assertEqual((summary["copied"], summary["left_out"], summary["vanished"]), (0, 0, 0))
        report = self.assert_status(self.on_account("report", "--json")).summary()
        self.assertEqual((report["grade"], report["left_out"]), ("good", 2))
        in_folder(self.source, INBOX, rb"UID STORE 3 -FLAGS (\Deleted)")
        self.assertEqual(self.assert_status(self.account_copy.run(*rules)).summary()["copied"], 1)

    def test_by_date(self) -> None:
        dates = sorted(message.date for message in snapshot(self.source).folders[INBOX].messages)
        summary = self.assert_status(self.account_copy.run("--include", "INBOX", "--since", "2015-01-01", "--json")).summary()
        self.assertEqual(summary["copied"] + summary["left_out"], 21)
        self.assertTrue(all(message.date for message in snapshot(self.target).folders[INBOX].messages), dates)

    def test_a_rule_that_cannot_be_read(self) -> None:
        outcome = self.account_copy.run("--since", "yesterday")
        self.assertEqual(outcome.status, USAGE)
        self.assertIn("yesterday", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
