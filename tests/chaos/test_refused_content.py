# SPDX-License-Identifier: Apache-2.0
"""A target that refuses messages with NUL bytes, as Cyrus does: they are named, repaired where that is allowed, and the proof says
which they are."""
from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from godwit import MOVED, NOT_ALL_MOVED, Copy, last_lines
from mailboxes import FolderSpec
from messages import MessageFactory
from scripted_server import Appended, Behaviour, Mailbox, ScriptedServer
from test_refused_extensions import contents, fill

CHECKER = Path(__file__).resolve().parents[2] / "docs" / "check_manifest.py"


class RefusesNul(Behaviour):
    def append(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        if any(b"\0" in message.body for message in messages):
            return b"NO Message contains NUL characters"
        return super().append(server, mailbox, messages)


class RefusedContent(unittest.TestCase):
    def setUp(self) -> None:
        make = MessageFactory(91)
        self.plain = [make.plain(700) for _ in range(30)]
        whole = make.plain(700)
        self.repaired_body = whole.body
        self.broken = dataclasses.replace(whole, body=whole.body[:-30] + b"\0" + whole.body[-30:])
        self.source = self.enterContext(ScriptedServer())
        self.target = self.enterContext(ScriptedServer(RefusesNul()))
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="godwit-test-")))
        fill(self.source, [FolderSpec(("INBOX",), [*self.plain[:11], self.broken, *self.plain[11:]])])
        urls = [f"imap://alice@127.0.0.1:{server.port}" for server in (self.source, self.target)]
        self.copy = Copy(*urls, "secret", "secret", self.folder)

    def run_command(self, command: str, *more: str, status: int = MOVED) -> dict[str, object]:
        """Any command on the account; returns its last JSON line."""
        line = self.copy.command("--json", *more)
        line[1] = command
        if command in ("report", "manifest", "accept"):
            line = [word for word in line if word != "--plain-ok" and "password" not in word]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, last_lines(done.stdout + done.stderr))
        return json.loads(done.stdout.splitlines()[-1])

    def bodies(self) -> list[bytes]:
        return sorted(body for (body, _, _), count in contents(self.target)[b"INBOX"].items() for _ in range(count))

    def test_refused_then_repaired(self) -> None:
        outcome = self.copy.run("--json")
        self.assertEqual(outcome.status, NOT_ALL_MOVED, last_lines(outcome.text))
        item = next(event for event in outcome.events() if event["event"] == "item")
        self.assertEqual((item["uid"], item["kind"]), (12, "refused"))
        self.assertIn("NUL", item["server_text"])
        self.assertEqual(self.run_command("report", status=NOT_ALL_MOVED)["grade"], "review")

        summary = self.run_command("retry", "--repair", "nul")
        self.assertEqual((summary["copied"], summary["repaired"], summary["not_moved"]), (1, 1, 0))
        self.assertEqual(self.bodies(), sorted([self.repaired_body, *(message.body for message in self.plain)]))
        originals = Path(f"{self.copy.ledger}.originals")
        self.assertEqual([file.read_bytes() for file in originals.glob("*.eml")], [self.broken.body])
        record = json.loads(next(originals.glob("*.json")).read_text())
        self.assertEqual([(edit["offset"], edit["removed_hex"], edit["inserted_hex"]) for edit in record["edits"]],
                         [(len(self.broken.body) - 31, "00", "")])

        self.assertEqual(self.run_command("copy")["copied"], 0)
        self.assertEqual(self.run_command("verify", "--full")["proven"], 31)
        report = self.run_command("report")
        self.assertEqual((report["grade"], report["proven"]), ("good", 31))
        self.check_manifest()

    def check_manifest(self) -> None:
        file = self.folder / "manifest"
        self.run_command("manifest", "--output", str(file))
        items = [json.loads(line) for line in file.read_text().splitlines()[1:-2]]
        repaired = [item for item in items if item["outcome"] == "repaired"]
        self.assertEqual([(item["source_uid"], item["level"]) for item in repaired], [(12, "proven")])
        self.assertIn("nul: 1 place", repaired[0]["reason"])
        done = subprocess.run([sys.executable, str(CHECKER), str(file), f"{self.copy.ledger}.key.pub"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_repaired_in_the_first_round(self) -> None:
        summary = self.run_command("copy", "--repair", "all")
        self.assertEqual((summary["copied"], summary["repaired"], summary["grade"]), (31, 1, "good"))
        self.assertEqual(len(self.bodies()), 31)

    def test_accepted(self) -> None:
        self.run_command("copy", status=NOT_ALL_MOVED)
        line = [word for word in self.copy.command("--kind", "refused") if word != "--plain-ok" and "password" not in word]
        line[1] = "accept"
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, MOVED, done.stderr)
        self.assertEqual(self.run_command("report")["grade"], "good")


if __name__ == "__main__":
    unittest.main()
