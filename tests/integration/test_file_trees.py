# SPDX-License-Identifier: Apache-2.0
"""MH folders, .eml files, and archives of these and of Maildirs, moved to a real server."""
from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import unittest
import zipfile
from collections.abc import Callable
from pathlib import Path

from copy_case import CopyCase, snapshot
from file_copy import FileCopy, copy_to_server
from godwit import LEDGER_UNUSABLE, MOVED, NOT_ALL_MOVED
from mailboxes import fill_maildir, varied_account
from plan_case import PlanCase
from servers import Dovecot

BODY = (b"Received: from a by b; Mon, 5 Jan 1998 10:00:00 +0100\nDate: Mon, 5 Jan 1998 09:00:00 +0000\nSubject: %d\n\nhello\n")
DATE = 883_990_800  # of its topmost Received


def contents(server: Dovecot) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Flags of each folder's messages."""
    return {path: [message.flags for message in folder.messages] for path, folder in snapshot(server).folders.items() if folder.messages}


class FileTreeCase(CopyCase):
    def setUp(self) -> None:
        self.target = self.server("sdbox")
        self.tree = self.folder()

    def write(self, name: str, number: int) -> Path:
        file = self.tree / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(BODY % number)
        return file


class Mh(FileTreeCase):
    def test_flags_order_dates_and_later_rounds(self) -> None:
        for number in (1, 2, 10):
            self.write(f"inbox/{number}", number)
        self.write("inbox/,3", 3)
        self.write("work/2024/1", 4)
        (self.tree / "inbox/.mh_sequences").write_text("unseen: 2-3\nreplied: 1\nflagged: 10\ntodo: 1 10\ncur: 1\n")
        account_copy = copy_to_server(f"mh:{self.tree}", self.target, self.folder())
        self.assert_status(account_copy.run())
        seen = "\\seen"
        self.assertEqual(contents(self.target), {("INBOX",): [("\\answered", seen, "todo"), (), ("\\flagged", seen, "todo")],
                                                 ("work", "2024"): [(seen,)]})
        self.assertEqual({message.date for message in snapshot(self.target).folders[("INBOX",)].messages}, {DATE})
        (self.tree / "inbox/.mh_sequences").write_text("unseen: 1\n")
        (self.tree / "inbox/2").unlink()
        (self.tree / "inbox/10").rename(self.tree / "inbox/2")  # as folder -pack does
        self.write("inbox/3", 7)
        self.assert_status(account_copy.run())
        self.assertEqual(contents(self.target)[("INBOX",)], [(), (seen,), (seen,)])
        self.assertIn("Nothing to do", self.assert_status(account_copy.run()).text)


class Eml(FileTreeCase):
    def test_folders_and_hostile_entries(self) -> None:
        self.write("one.eml", 1)
        self.write("Projects/2024/two.EML", 2)
        self.write("Projects/2024/notes.txt", 3)
        (self.tree / "out.eml").symlink_to("/etc/hostname")
        (self.tree / "Linked").symlink_to("/etc")
        os.mkfifo(self.tree / "pipe.eml")
        (self.tree / "folder.eml").mkdir()
        (self.tree / os.fsdecode(b"odd \xff\x1b name\n.eml")).write_bytes(BODY % 5)
        account_copy = copy_to_server(f"eml:{self.tree}", self.target, self.folder())
        self.assert_status(account_copy.run())
        self.assertEqual({path: len(flags) for path, flags in contents(self.target).items()}, {("INBOX",): 2, ("Projects", "2024"): 1})
        (self.tree / "one.eml").write_bytes(BODY % 77)
        (self.tree / "Projects/2024/two.EML").unlink()
        self.assert_status(account_copy.run())
        self.assertEqual({path: len(flags) for path, flags in contents(self.target).items()}, {("INBOX",): 2})

    def test_nothing_there_is_told(self) -> None:
        outcome = self.assert_status(copy_to_server(f"eml:{self.tree}", self.target, self.folder()).run(), LEDGER_UNUSABLE)
        self.assertIn("check the path", outcome.text)
        outcome = self.assert_status(copy_to_server(f"maildir:{self.tree}/none", self.target, self.folder()).run(), LEDGER_UNUSABLE)
        self.assertIn("check the name", outcome.text)


class Archives(FileTreeCase):
    def setUp(self) -> None:
        super().setUp()
        self.place = self.folder()

    def archive_copy(self, url: str) -> FileCopy:
        """Unpacked in a place that is looked at in the end."""
        account_copy = copy_to_server(url, self.target, self.folder())
        account_copy.environment["TMPDIR"] = str(self.place)
        return account_copy

    def tearDown(self) -> None:
        self.assertEqual(list(self.place.glob("godwit-archive-*")), [], "something is left behind")

    def test_maildirs_in_every_form(self) -> None:
        maildir = self.tree / "backup" / "Maildir"
        fill_maildir(maildir, (os.getuid(), os.getgid()), varied_account(3, 40))
        archives = self.folder()
        for suffix, mode in ((".tgz", "w:gz"), (".tar", "w"), (".tar.xz", "w:xz")):
            with tarfile.open(archives / f"mail{suffix}", mode) as archive:
                archive.add(self.tree / "backup", "backup")
        with zipfile.ZipFile(archives / "mail.zip", "w", strict_timestamps=False) as zipped:
            for file in sorted(self.tree.rglob("*")):
                zipped.write(file, file.relative_to(self.tree))
        counts = set()
        for archive_file in sorted(archives.iterdir()):
            self.target = self.server("sdbox")
            account_copy = self.archive_copy(f"maildir:{archive_file}")
            self.assert_status(account_copy.run())
            self.assertIn("Nothing to do", self.assert_status(account_copy.run()).text)
            folders = snapshot(self.target).folders
            counts.add(tuple(sorted((path, tuple((m.digest, m.flags) for m in folder.messages)) for path, folder in folders.items())))
        self.assertEqual(len(counts), 1, "the archives gave different mail")
        self.assertGreater(sum(len(messages) for _, messages in counts.pop()), 30)

    def refused(self, fill: Callable[[tarfile.TarFile], None], said: str) -> None:
        file = self.tree / "hostile.tar"
        with tarfile.open(file, "w") as archive:
            fill(archive)
        outcome = self.assert_status(self.archive_copy(f"eml:{file}").run(), LEDGER_UNUSABLE)
        self.assertIn(said, outcome.text)

    @staticmethod
    def entry(archive: tarfile.TarFile, name: str, kind: bytes = tarfile.REGTYPE, link: str = "", body: bytes = BODY % 1) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, len(body) if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(body))

    def test_paths_out_of_it_are_refused(self) -> None:
        outside = self.place.parent / "godwit-escaped.eml"
        for name in (f"../../{outside.name}", str(outside), "a/../../x.eml", "/".join("a" * 70) + "/x.eml"):
            self.refused(lambda archive, name=name: self.entry(archive, name), "leads out of the archive")  # type: ignore[misc]
        self.refused(lambda archive: self.entry(archive, "x.eml", tarfile.LNKTYPE, "../../../etc/passwd"), "link")
        self.assertFalse(outside.exists())

    def test_links_and_devices_are_not_made(self) -> None:
        def fill(archive: tarfile.TarFile) -> None:
            self.entry(archive, "ok.eml")
            self.entry(archive, "passwd.eml", tarfile.SYMTYPE, "/etc/passwd")
            self.entry(archive, "out", tarfile.SYMTYPE, str(self.tree))
            self.entry(archive, "null.eml", tarfile.CHRTYPE)
            self.entry(archive, "copy.eml", tarfile.LNKTYPE, "ok.eml")
            self.entry(archive, "out/in.eml")
        file = self.tree / "links.tar"
        with tarfile.open(file, "w") as archive:
            fill(archive)
        self.assert_status(self.archive_copy(f"eml:{file}").run())
        self.assertEqual({path: len(flags) for path, flags in contents(self.target).items()}, {("INBOX",): 2, ("out",): 1})
        self.assertFalse((self.tree / "in.eml").exists())

    def test_a_bomb_is_refused_before_it_fills_the_disk(self) -> None:
        file = self.tree / "bomb.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped, zipped.open("big.eml", "w") as entry:
            for _ in range(300):
                entry.write(bytes(1024 * 1024))
        outcome = self.assert_status(self.archive_copy(f"eml:{file}").run(), LEDGER_UNUSABLE)
        self.assertIn("more than mail ever does", outcome.text)

    def test_a_damaged_archive_is_told(self) -> None:
        file = self.tree / "mail.tgz"
        with tarfile.open(file, "w:gz") as archive:
            self.entry(archive, "a.eml", body=os.urandom(100_000))
        file.write_bytes(file.read_bytes()[:50_000])
        outcome = self.assert_status(self.archive_copy(f"eml:{file}").run(), LEDGER_UNUSABLE)
        self.assertIn("cannot be read as", outcome.text)

    def test_what_a_kill_left_is_removed(self) -> None:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        left = self.place / f"godwit-archive-{gone.pid}-abcdef"
        (left / "deep").mkdir(parents=True)
        file = self.tree / "mail.tar"
        with tarfile.open(file, "w") as archive:
            self.entry(archive, "a.eml")
        self.assert_status(self.archive_copy(f"eml:{file}").run())
        self.assertFalse(left.exists())


def corpus() -> Path | None:
    """Maildirs of other programs' tests, where they lie beside the checkout."""
    places = (folder / "shared" / "corpus" / "maildir" for folder in Path(__file__).resolve().parents)
    return next((place for place in places if place.is_dir()), None)


class Corpus(FileTreeCase):
    """Maildirs that other programs are tested with."""

    def test_flags_and_folders_of_each(self) -> None:
        place = corpus()
        if place is None:
            self.skipTest("no shared/corpus/maildir beside the checkout")
        self.assert_status(copy_to_server(f"maildir:{place / 'stalwart-mail-parser'}", self.target, self.folder()).run())
        self.assertEqual(contents(self.target), {
            ("INBOX",): [("\\seen",), ("\\deleted", "\\seen")],
            ("My Folder",): [("\\answered", "\\deleted", "\\draft"), ()],
            ("My Folder", "Nested Folder"): [("\\answered", "\\draft", "\\flagged"), ("$forwarded", "\\flagged")]})
        other = self.server("sdbox")
        self.assert_status(copy_to_server(f"maildir:{place / 'mox/importtest.maildir.tgz'}", other, self.folder()).run())
        self.assertEqual(contents(other), {("INBOX",): [("$forwarded", "$notjunk", "\\answered", "\\flagged", "\\seen", "custom"),
                                                        ("$junk", "\\deleted", "custom")]})


class Plans(PlanCase):
    """A plan from Maildirs to Maildirs: no server at all."""

    def test_two_accounts_with_the_same_first_message_are_two(self) -> None:
        for user in ("ann", "ben"):
            cur = self.folder / "old" / user / "Maildir" / "cur"
            cur.mkdir(parents=True)
            (cur / "1700000000.M1P1.localhost:2,").write_bytes(BODY % 1)
            os.utime(cur / "1700000000.M1P1.localhost:2,", (DATE, DATE))
        self.write_plan(("ann", "ben"))
        outcome = self.run_command("check")
        self.assertNotIn("one mailbox", outcome.text)
        self.assertIn("0 cannot be moved like this", outcome.text)

    def write_plan(self, users: tuple[str, ...]) -> None:
        (self.folder / "accounts.csv").write_text("user\n" + "".join(f"{user}@example.com\n" for user in users))
        self.plan.write_text("""
            [plan]
            name = "old to new"
            ledger = "migration.ledger"
            [source]
            type = "maildir"
            path = "old/{local}/Maildir"
            [target]
            type = "maildir"
            path = "new/{local}/Maildir"
            [accounts]
            files = ["accounts.csv"]
            """)

    def test_every_command_works(self) -> None:
        users = ("ann", "ben")
        for number, user in enumerate(users):
            fill_maildir(self.folder / "old" / user / "Maildir", (os.getuid(), os.getgid()), varied_account(number, 25))
        self.write_plan(users)
        for command, status in (("check", MOVED), ("inventory", MOVED), ("migrate", MOVED), ("verify", MOVED), ("report", MOVED)):
            outcome = self.run_command(command, *(["--full"] if command == "verify" else []))
            self.assertIn(outcome.status, (status, NOT_ALL_MOVED) if command == "check" else (status,), f"{command}: {outcome.text}")
        moved = [len(list((self.folder / "new" / user).rglob("cur/*"))) for user in users]
        held = [len([file for part in ("cur", "new") for file in (self.folder / "old" / user).rglob(part + "/*")]) for user in users]
        self.assertEqual(moved, held)


if __name__ == "__main__":
    unittest.main()
