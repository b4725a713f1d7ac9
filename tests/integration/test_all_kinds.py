# SPDX-License-Identifier: Apache-2.0
"""One plan with an account of every kind of source to one Dovecot, and one with that Dovecot's accounts to files: through every command."""
from __future__ import annotations

import os
import shutil
import signal
import tarfile
import time
import zipfile
from pathlib import Path

from account_snapshot import Snapshot, take_snapshot
from file_copy import FileCopy
from file_snapshot import difference, of_snapshot, read_maildir, read_mbox
from godwit import MOVED, NOT_ALL_MOVED, Outcome
from imap_raw import Account
from mailboxes import FolderSpec, fill_maildir, fill_over_imap
from messages import MessageFactory
from plan_case import PlanCase
from servers import Dovecot

PASSWORD = "secret"
CORPUS = Path(os.environ.get("GODWIT_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
KINDS = ("maildir", "mbox", "mh", "eml", "zip", "tgz", "pst", "pop3", "imap")
TYPES = {"zip": "eml", "tgz": "maildir"}
SOURCE = """
[[source]]
name = "{name}"
type = "{kind}"
path = "old/{name}/{{local}}{suffix}"
"""
SERVER_SOURCE = """
[[source]]
name = "{name}"
type = "{name}"
host = "127.0.0.1"
port = {port}
security = "none"
"""


def person(kind: str) -> str:
    return f"{kind}@example.com"


class AllKinds(PlanCase):
    def setUp(self) -> None:
        super().setUp()
        self.kinds = [kind for kind in KINDS if kind != "pst" or CORPUS.is_dir()]
        users = {person(kind): PASSWORD for kind in KINDS}
        self.old = Dovecot("maildir", users, pop3=True, extra="pop3_no_flag_updates = yes")
        self.new = Dovecot("sdbox", users)
        for server in (self.old, self.new):
            self.addCleanup(server.close)
            server.start()
        self.make = MessageFactory(12)
        self.welcome = self.make.plain(700)
        for kind in self.kinds:
            self.fill(kind)

    def folders(self) -> list[FolderSpec]:
        """Each account begins with the same welcome message."""
        return [FolderSpec(("INBOX",), [self.welcome, *(self.make.plain(600) for _ in range(6))]),
                FolderSpec(("Work",), [self.make.plain(600) for _ in range(3)])]

    def place(self, kind: str) -> Path:
        return self.folder / "old" / kind / kind

    def fill(self, kind: str) -> None:
        place = self.place(kind)
        place.parent.mkdir(parents=True)
        if kind in ("pop3", "imap"):
            fill_over_imap(self.account(self.old, kind), self.folders())
            return
        if kind == "pst":
            place.mkdir()
            shutil.copy(CORPUS / "pst" / "aspose-net" / "SampleOstFile.ost", place)
            return
        maildir = self.folder / "made" / kind
        fill_maildir(maildir, (os.getuid(), os.getgid()), self.folders())
        files = [(file, number) for number, file in enumerate(sorted(maildir.rglob("cur/*")), 1)]
        if kind == "maildir":
            shutil.copytree(maildir, place)
        elif kind == "mbox":
            copy = FileCopy(f"maildir:{maildir}", f"mbox:{place}", "", "", self.folder / "made")
            self.assertEqual(copy.run().status, MOVED)
        elif kind in ("mh", "eml"):
            (place / "inbox").mkdir(parents=True)
            for file, number in files:
                shutil.copy2(file, place / "inbox" / (str(number) + (".eml" if kind == "eml" else "")))
        elif kind == "zip":
            with zipfile.ZipFile(f"{place}.zip", "w") as archive:
                for file, number in files:
                    archive.write(file, f"inbox/{number}.eml")
        else:
            with tarfile.open(f"{place}.tgz", "w:gz") as tar:
                tar.add(maildir, "Maildir")

    @staticmethod
    def account(server: Dovecot, kind: str) -> Account:
        return Account("127.0.0.1", server.port, person(kind), PASSWORD)

    def snapshot(self, server: Dovecot, kind: str) -> Snapshot:
        return take_snapshot(self.account(server, kind))

    def source_tables(self) -> str:
        text = ""
        for kind in self.kinds:
            if kind in ("pop3", "imap"):
                text += SERVER_SOURCE.format(name=kind, port=self.old.places.pop3_port if kind == "pop3" else self.old.port)
            else:
                text += SOURCE.format(name=kind, kind=TYPES.get(kind, kind), suffix=f".{kind}" if kind in TYPES else "")
        return text

    def write_plan(self, tables: str, accounts: str, limits: str = "") -> None:
        (self.folder / "accounts.csv").write_text(accounts)
        self.plan.write_text(f"""
[plan]
name = "all kinds"
ledger = "migration.ledger"
quiet_time = "200ms"
{tables}
{limits}
[accounts]
files = ["accounts.csv"]
""")

    def write_plan_in(self, limits: str = "") -> None:
        target = f'[target]\nhost = "127.0.0.1"\nport = {self.new.port}\nsecurity = "none"\n'
        rows = "".join(f"{person(kind)},{PASSWORD},{person(kind)},{PASSWORD},{kind}\n" for kind in self.kinds)
        self.write_plan(self.source_tables() + target, "source_user,source_password,target_user,target_password,source\n" + rows, limits)

    def run_ok(self, *arguments: str) -> Outcome:
        outcome = self.run_command(*arguments)
        self.assertEqual(outcome.status, MOVED, f"{arguments}\n{outcome.text}")
        return outcome

    def counts(self, kind: str) -> dict[tuple[str, ...], int]:
        return {path: len(folder.messages) for path, folder in self.snapshot(self.new, kind).folders.items() if folder.messages}

    def assert_all_there(self) -> None:
        two = {("INBOX",): 7, ("Work",): 3}
        wanted = {"maildir": two, "mbox": two, "tgz": two, "imap": two, "pop3": {("INBOX",): 7}, "mh": {("INBOX",): 10},
                  "eml": {("INBOX",): 10}, "zip": {("INBOX",): 10}}
        for kind in self.kinds:
            found = self.counts(kind)
            if kind == "pst":
                self.assertEqual(sum(found.values()), 87)
            else:
                self.assertEqual(found, wanted[kind], kind)

    def test_in_through_every_command(self) -> None:
        self.write_plan_in()
        checked = self.run_command("check")
        self.assertIn(checked.status, (MOVED, NOT_ALL_MOVED), checked.text)
        self.assertIn("0 cannot be moved like this", checked.text)
        self.assertNotIn("likely one mailbox", checked.text)
        inventory = self.run_command("inventory")
        self.assertIn(inventory.status, (MOVED, NOT_ALL_MOVED), inventory.text)
        for kind in self.kinds:
            self.assertIn(person(kind), inventory.text)
        self.kill_in_the_middle()
        self.run_ok("migrate")
        self.assert_all_there()
        self.run_ok("verify", "--full")
        report = self.run_ok("report", "--format", "text").stdout
        for kind in self.kinds:
            self.assertIn(person(kind), report)
        before = {kind: self.snapshot(self.new, kind).state() for kind in self.kinds}
        self.run_ok("migrate")
        after = {kind: self.snapshot(self.new, kind).state() for kind in self.kinds}
        self.assertEqual(after, before, "a round with nothing to do did something")
        self.change_something()
        self.run_ok("migrate")
        self.assertEqual(self.counts("maildir"), {("INBOX",): 6, ("Work",): 3})
        self.assertEqual(self.counts("mh"), {("INBOX",): 11})
        self.assertEqual(self.counts("pop3"), {("INBOX",): 8})
        self.run_ok("verify")
        if not CORPUS.is_dir():
            self.skipTest("no shared/corpus beside the checkout: no PST file")

    def kill_in_the_middle(self) -> None:
        process = self.start("migrate")
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end and not any(self.counts(kind) for kind in self.kinds):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()

    def change_something(self) -> None:
        first = sorted((self.place("maildir") / "cur").iterdir())[2]
        first.unlink()
        (self.place("mh") / "inbox" / "99").write_bytes(b"Subject: new\n\nnew\n")
        fill_over_imap(self.account(self.old, "pop3"), [FolderSpec(("INBOX",), [self.make.plain(500)])])

    def test_limits_hold_for_each_kind(self) -> None:
        """Every account has at least 4,000 bytes."""
        self.kinds = [kind for kind in self.kinds if kind != "pst"]
        limited = "".join(table + '[source.limits]\nbytes_per_second = "2kB"\nconnections_per_account = 1\n'
                          for table in self.source_tables().replace("[[source]]", "\0[[source]]").split("\0") if table.strip())
        target = f'[target]\nhost = "127.0.0.1"\nport = {self.new.port}\nsecurity = "none"\n'
        rows = "".join(f"{person(kind)},{PASSWORD},{person(kind)},{PASSWORD},{kind}\n" for kind in self.kinds)
        self.write_plan(limited + target, "source_user,source_password,target_user,target_password,source\n" + rows)
        began = time.monotonic()
        self.run_ok("migrate")
        self.assertGreater(time.monotonic() - began, 1.9)
        self.assert_all_there()

    def test_out_to_files(self) -> None:
        self.kinds = ["imap"]
        fill_over_imap(self.account(self.old, "mbox"), self.folders())
        source = f'[source]\nhost = "127.0.0.1"\nport = {self.old.port}\nsecurity = "none"\n'
        targets = "".join(f'[[target]]\nname = "{kind}"\ntype = "{kind}"\npath = "new/{{local}}/{kind}"\n' for kind in ("maildir", "mbox"))
        rows = f"{person('imap')},{PASSWORD},{person('imap')},maildir\n{person('mbox')},{PASSWORD},{person('mbox')},mbox\n"
        self.write_plan(source + targets, "source_user,source_password,target_user,target\n" + rows)
        self.assertIn("0 cannot be moved like this", self.run_command("check").text)
        for command in (("migrate",), ("verify", "--full"), ("report",), ("migrate",)):
            self.run_ok(*command)
        for kind, place, read in (("imap", "new/imap/maildir", read_maildir), ("mbox", "new/mbox/mbox", read_mbox)):
            wanted = of_snapshot(self.snapshot(self.old, kind))
            self.assertEqual(difference(wanted, read(self.folder / place)), "", kind)


if __name__ == "__main__":
    import unittest
    unittest.main()
