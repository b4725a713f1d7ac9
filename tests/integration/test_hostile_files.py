# SPDX-License-Identifier: Apache-2.0
"""Folders of files whose names and entries are meant to harm, moved to a real server: every message arrives once, or is reported."""
from __future__ import annotations

import os
import re
import subprocess
import unittest
import zipfile
from pathlib import Path

from copy_case import CopyCase, snapshot
from file_copy import FileCopy, copy_to_server
from godwit import LEDGER_UNUSABLE, NOT_ALL_MOVED, Outcome, finish

NAMES = [b"\x1b[2J\x1b]0;owned\x07", "\u202etxt.exe\u2066\u200f".encode(), b"a\r\nb", b"\xff\xfe\x9b", b"back\\slash", b"%s%n{}", b"--help",
         b"`id`;$(id)", b"a'\"b", b"*%#&~", b" blanks ", "\u65e5\u672c\u8a9e".encode(), b"A" * 240, "\u65e5".encode() * 80]
MAIL = b"Date: Mon, 5 Jan 1998 09:00:00 +0000\nSubject: %d\n\nhello\n"
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def write(folder: bytes, name: bytes, body: bytes) -> None:
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(body)


def fill(form: str, root: bytes) -> None:
    """One message below each of NAMES; the INBOX has one too."""
    for number, name in enumerate([b"", *NAMES]):
        body = MAIL % number
        if form == "mbox":
            write(root, name or b"INBOX", b"From a@example.com Mon Jan  5 09:00:00 1998\n" + body + b"\n")
        elif form == "mh":
            write(os.path.join(root, name or b"inbox"), b"1", body)
        elif form == "eml":
            write(os.path.join(root, name or b"INBOX"), b"m.eml", body)
        else:
            write(os.path.join(root, b"." + name[:200] if name else b"", b"cur"), b"1.M%d.host:2,S" % number, body)


class HostileFiles(CopyCase):
    def copied(self, url: str) -> tuple[Outcome, FileCopy]:
        self.target = self.server("sdbox")
        account_copy = copy_to_server(url, self.target, self.folder())
        return account_copy.run(), account_copy

    def subjects(self) -> list[str]:
        """Digests stand for messages: as many different ones as there are messages."""
        return [message.digest for folder in snapshot(self.target).folders.values() for message in folder.messages]

    def test_names_of_folders(self) -> None:
        for form in ("maildir", "mh", "eml", "mbox"):
            with self.subTest(form):
                root = self.folder() / "mail"
                fill(form, os.fsencode(root))
                outcome, account_copy = self.copied(f"{form}:{root}")
                self.assertIsNone(HARMFUL.search(outcome.text), "the terminal is shown control characters")
                arrived = self.subjects()
                self.assertEqual(len(set(arrived)), len(arrived), "a message came twice")
                if outcome.status == NOT_ALL_MOVED:
                    missing = len(NAMES) + 1 - len(arrived)
                    self.assertGreater(missing, 0)
                    self.assertGreaterEqual(outcome.text.count("not moved"), 1, outcome.text)
                else:
                    self.assert_status(outcome)
                    self.assertEqual(len(arrived), len(NAMES) + 1)
                again = account_copy.run()
                self.assertEqual(again.status, outcome.status, again.text)
                self.assertEqual(sorted(self.subjects()), sorted(arrived))

    def test_names_in_a_zip_of_windows(self) -> None:
        """Names of 255 characters that are more bytes than a file's name may have, and such as differ only in their signs."""
        file = self.folder() / "mail.zip"
        names = ["\u65e5" * 251 + ".eml", "\u65e5" * 250 + "\u672c.eml", "\u00e9.eml", "\u00e8.eml", "Gesch\u00e4ft\\\u00fc.eml"]
        with zipfile.ZipFile(file, "w") as zipped:
            for number, name in enumerate(names):
                zipped.writestr(name, MAIL % number)
        self.assert_status(self.copied(f"eml:{file}")[0])
        self.assertEqual(len(self.subjects()), len(names))
        self.assertIn(("Gesch\u00e4ft",), snapshot(self.target).folders)

    def test_a_folder_that_is_mounted_in_itself(self) -> None:
        for form, inner in (("mh", "Loop"), ("eml", "Loop"), ("mbox", "Loop"), ("maildir", "Loop")):
            with self.subTest(form):
                root = self.folder() / "mail"
                fill(form, os.fsencode(root))
                (root / inner).mkdir()
                (root / "Other").mkdir()
                self.target = self.server("sdbox")
                account_copy = copy_to_server(f"{form}:{root}", self.target, self.folder())
                mounts = " && ".join(f"mount --bind '{root}' '{root / name}'" for name in (inner, "Other"))
                command = ["unshare", *([] if os.getuid() == 0 else ["-r"]), "-m", "sh", "-c", mounts + ' && exec "$@"', "sh",
                           *account_copy.command()]
                finish(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
                arrived = self.subjects()
                self.assertGreater(len(arrived), 10)
                self.assertEqual(len(set(arrived)), len(arrived), "messages came once for each turn of the loop")

    def test_giants_are_reported_and_the_others_go_on(self) -> None:
        root = self.folder()
        for number, (name, size) in enumerate((("hole.eml", 1 << 40), ("small.eml", 0), ("wide.eml", 1 << 30))):
            (root / name).write_bytes(MAIL % number)
            if size:
                os.truncate(root / name, size)
        outcome, _ = self.copied(f"eml:{root}")
        self.assert_status(outcome, NOT_ALL_MOVED)
        self.assertEqual(len(self.subjects()), 1)

    def test_an_mbox_that_is_all_hole(self) -> None:
        """Nobody reads an exabyte to its end."""
        file = self.folder() / "mail"
        file.write_bytes(b"From a@example.com Mon Jan  5 09:00:00 1998\n" + MAIL % 1)
        os.truncate(file, 1 << 42)
        outcome, _ = self.copied(f"mbox:{file}")
        self.assertIn(outcome.status, (NOT_ALL_MOVED, LEDGER_UNUSABLE))
        self.assertIn("hole", outcome.text)


if __name__ == "__main__":
    unittest.main()
