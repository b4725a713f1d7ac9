# SPDX-License-Identifier: Apache-2.0
"""People who brought several of Outlook's files each: a plan, every command, and later rounds over files that changed. Nothing of Debian
writes PST files, so those of the corpus are changed in place: their index tells where each item lies and in which folder."""
from __future__ import annotations

import os
import shutil
import signal
import struct
import time
import unittest
from pathlib import Path

from account_snapshot import take_snapshot
from godwit import MOVED, NOT_ALL_MOVED
from imap_raw import Account
from plan_case import PlanCase
from servers import Dovecot

CORPUS = Path(os.environ.get("GODWIT_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
OST = CORPUS / "pst" / "aspose-net" / "SampleOstFile.ost"
BODIES = CORPUS / "pst" / "tika" / "testPST_variousBodyTypes.pst"
FOUR = (0x200024, 0x200044, 0x200064, 0x200084)  # the messages in it; the first was forwarded
FOLDER = 0x80A2
PASSWORD = "correct horse"
PEOPLE = ("ann@example.com", "ben@example.com")


class StoreFile:
    """Changes entries of a PST file's index of nodes: id, block of its properties, block of what lies below it, folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._bytes = bytearray(file.read_bytes())

    def _places(self, node: int) -> list[int]:
        places, at = [], -1
        while (at := self._bytes.find(struct.pack("<Q", node), at + 1)) >= 0:
            if struct.unpack_from("<I", self._bytes, at + 24)[0] == FOLDER:
                places.append(at)
        assert places, f"no node {node:x}"
        return places

    def blocks(self, node: int) -> tuple[int, int]:
        data, below = struct.unpack_from("<QQ", self._bytes, self._places(node)[0] + 8)
        return data, below

    def point(self, node: int, blocks: tuple[int, int]) -> None:
        for place in self._places(node):
            struct.pack_into("<QQ", self._bytes, place + 8, *blocks)

    def remove(self, node: int) -> None:
        for place in self._places(node):
            struct.pack_into("<I", self._bytes, place + 24, 0x7FFFFFE2)

    def write(self) -> None:
        self._file.write_bytes(self._bytes)


@unittest.skipUnless(OST.exists(), f"no corpus at {CORPUS}")
class PstPlan(PlanCase):
    def setUp(self) -> None:
        super().setUp()
        self.new = Dovecot("maildir", dict.fromkeys(PEOPLE, PASSWORD))
        self.addCleanup(self.new.close)
        self.new.start()
        for user in PEOPLE:
            (self.folder / "files" / user / "Old").mkdir(parents=True)
            shutil.copy(BODIES, self.folder / "files" / user / "a.pst")
        shutil.copy(OST, self.folder / "files" / PEOPLE[1] / "Old" / "b.ost")
        (self.folder / "accounts.csv").write_text("user,target_password\n" + "".join(f"{user},{PASSWORD}\n" for user in PEOPLE))
        self.plan.write_text(f"""
[plan]
name = "files"
ledger = "migration.ledger"
quiet_time = "500ms"
[source]
type = "pst"
path = "files/{{user}}"
[target]
host = "127.0.0.1"
port = {self.new.port}
security = "none"
[accounts]
files = "accounts.csv"
""")

    def counts(self, user: str) -> dict[tuple[str, ...], int]:
        folders = take_snapshot(Account("127.0.0.1", self.new.port, user, PASSWORD)).folders
        return {path: len(folder.messages) for path, folder in folders.items() if folder.messages}

    def expect(self, command: str, *arguments: str, status: int = MOVED) -> str:
        outcome = self.run_command(command, *arguments)
        self.assertEqual(outcome.status, status, f"{command}: {outcome.text}")
        return outcome.text

    def test_every_command_over_several_files_of_an_account(self) -> None:
        checked = self.run_command("check")
        self.assertIn("0 cannot be moved", checked.stdout, checked.text)
        self.assertIn("95", self.expect("inventory"))  # 4 + 4 + 87 messages
        self.expect("migrate")
        self.assertEqual(self.counts(PEOPLE[0]), {("a_pst", "Inbox", "tmp"): 4})
        self.assertEqual(sum(self.counts(PEOPLE[1]).values()), 91)
        self.assertEqual(self.counts(PEOPLE[1])[("Old", "b_ost", "Inbox")], 12)
        self.expect("migrate")
        self.expect("verify", "--full")
        self.assertIn("95", self.expect("report"))

    def test_one_refused_one_removed_one_changed(self) -> None:
        path = self.folder / "files" / PEOPLE[0] / "a.pst"
        store = StoreFile(path)
        whole = store.blocks(FOUR[3])
        store.point(FOUR[3], (0x7FFFFFF0, 0))
        store.write()
        self.assertIn("GW-6110", self.expect("migrate", status=NOT_ALL_MOVED) + self.run_command("report").text)
        self.assertEqual(self.counts(PEOPLE[0]), {("a_pst", "Inbox", "tmp"): 3})
        store.point(FOUR[3], whole)
        store.remove(FOUR[1])
        store.point(FOUR[2], store.blocks(FOUR[0]))  # now it was forwarded, too
        store.write()
        self.expect("migrate")
        folders = take_snapshot(Account("127.0.0.1", self.new.port, PEOPLE[0], PASSWORD)).folders
        flags = sorted(message.flags for message in folders[("a_pst", "Inbox", "tmp")].messages)
        self.assertEqual([("$forwarded" in each) for each in flags].count(True), 2, flags)
        self.assertEqual(len(flags), 3)

    def test_killed_in_the_middle(self) -> None:
        process = self.start("migrate")
        deadline = time.monotonic() + 60
        while sum(self.counts(PEOPLE[1]).values()) < 10 and process.poll() is None and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.expect("migrate")
        self.assertEqual(sum(self.counts(PEOPLE[0]).values()), 4)
        self.assertEqual(sum(self.counts(PEOPLE[1]).values()), 91)


if __name__ == "__main__":
    unittest.main()
