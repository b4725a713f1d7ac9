# SPDX-License-Identifier: Apache-2.0
"""mbox files as a source and as a target; files are written by Python's mailbox module, by real Dovecot, and by godwit."""
from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import mailbox
import os
import shutil
import signal
import time
import unittest

from account_snapshot import take_snapshot
from copy_case import ALICE, PASSWORD, CopyCase, in_folder, snapshot
from godwit import MOVED, NOT_ALL_MOVED, USAGE, Copy, finish
from imap_raw import Account
from mailboxes import FolderSpec, varied_account
from messages import MessageFactory
from plan_case import PlanCase
from servers import Dovecot

DATE = "Tue Mar 04 03:33:20 2003 +0100"


def message(number: int, body: str = "", header: str = "") -> str:
    """A message as it stands in a file, with its From_ line and the empty line behind it."""
    return (f"From alice@example.com {DATE}\nSubject: message {number}\n{header}Message-ID: <{number}@example.com>\n\n"
            f"body {number}\n{body}\n")


def system(flags: tuple[str, ...]) -> list[str]:
    return [flag for flag in flags if flag.startswith("\\")]


def digests(server: Dovecot, path: tuple[str, ...] = ("INBOX",)) -> list[str]:
    return [each.digest for each in snapshot(server).folders[path].messages]


class MboxCase(CopyCase):
    def setUp(self) -> None:
        self.place = self.folder()
        self.file = self.place / "mbox"

    def from_file(self, target: Dovecot, query: str = "") -> Copy:
        return Copy(f"mbox:{self.file}{query}", target.url(ALICE), "", PASSWORD, self.folder())


class Source(MboxCase):
    """A file goes to a real Dovecot, round by round."""

    def setUp(self) -> None:
        super().setUp()
        self.target = self.server("sdbox")
        self.file.write_text("".join(message(number) for number in range(20)))
        self.copy_of_file = self.from_file(self.target)
        self.assert_status(self.copy_of_file.run())

    def again(self) -> dict[str, object]:
        return self.assert_status(self.copy_of_file.run("--json")).summary()

    def inbox(self) -> list[object]:
        return snapshot(self.target).folders[("INBOX",)].messages

    def test_all_of_it(self) -> None:
        expected = [hashlib.sha256(f"Subject: message {n}\r\nMessage-ID: <{n}@example.com>\r\n\r\nbody {n}\r\n".encode()).hexdigest()
                    for n in range(20)]
        self.assertEqual([each.digest for each in self.inbox()], expected)
        self.assertEqual({each.date for each in self.inbox()}, {1046745200})

    def test_nothing_new(self) -> None:
        self.assertEqual(self.again()["copied"], 0)
        self.assertEqual(len(self.inbox()), 20)

    def test_appended(self) -> None:
        with self.file.open("a") as file:
            file.write(message(20) + message(3))
        self.assertEqual(self.again()["copied"], 2)
        self.assertEqual(len(self.inbox()), 22)

    def test_flags_changed(self) -> None:
        self.file.write_text("".join(message(n, header="Status: RO\nX-Status: F\nX-Keywords: work\n" if n == 7 else "") for n in range(20)))
        self.assertEqual(self.again()["copied"], 0)
        self.assertEqual([each.flags for each in self.inbox() if each.flags], [("\\flagged", "\\seen", "work")])

    def test_removed(self) -> None:
        gone = self.inbox()[5].digest
        self.file.write_text("".join(message(number) for number in range(20) if number != 5))
        self.assertEqual(self.again()["copied"], 0)
        self.assertEqual((len(self.inbox()), gone in [each.digest for each in self.inbox()]), (19, False))

    def test_emptied_and_gone(self) -> None:
        self.file.write_text("")
        self.again()
        self.assertEqual(self.inbox(), [])
        self.file.unlink()
        outcome = self.copy_of_file.run()
        self.assertNotEqual(outcome.status, MOVED)
        self.assertIn("check the path", outcome.text)

    def test_no_mbox_any_more(self) -> None:
        self.file.write_text("something else\n" * 3)
        outcome = self.copy_of_file.run()
        self.assertEqual(outcome.status, NOT_ALL_MOVED, outcome.text)
        self.assertEqual(len(self.inbox()), 20)


class Odd(MboxCase):
    def test_no_date_anywhere(self) -> None:
        self.file.write_text("From -\nSubject: a\n\nb\n")
        target = self.server("sdbox")
        self.assert_status(self.from_file(target).run())
        self.assertEqual(len(digests(target)), 1)

    def test_a_damaged_folder_does_not_keep_the_others_back(self) -> None:
        self.file.mkdir()
        (self.file / "Inbox").write_text(message(1))
        (self.file / "Damaged.mbox").write_text("damaged\n")
        target = self.server("sdbox")
        outcome = self.from_file(target).run()
        self.assertIn("Damaged", outcome.text)
        self.assertEqual((outcome.status, len(digests(target))), (NOT_ALL_MOVED, 1))

    def test_a_file_that_grows_meanwhile(self) -> None:
        """Deliveries of an old server, as they come."""
        self.file.write_text("".join(message(number, "text\n" * 200) for number in range(600)))
        target = self.server("sdbox")
        copy = self.from_file(target)
        process, number = copy.start(), 600
        while process.poll() is None:
            with self.file.open("a") as file:
                fcntl.lockf(file, fcntl.LOCK_EX)
                file.write(message(number, "text\n" * 200))
            number += 1
            time.sleep(0.01)
        outcome = finish(process)
        self.assert_status(outcome)
        self.assert_status(copy.run())
        found = digests(target)
        self.assertEqual((len(found), len(set(found))), (number, number))

    def test_packed_files(self) -> None:
        self.file.mkdir()
        for name in ("Inbox", "Old.mbox.gz"):
            text = "".join(message(number, name) for number in range(20)).encode()
            (self.file / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        target = self.server("sdbox")
        copy = self.from_file(target)
        copy.options += ["--quiet-time", "0.2"]
        self.assertEqual(copy.run(kill_at=40).status, -signal.SIGKILL)
        self.assert_status(copy.run())
        self.assertEqual([len(digests(target, path)) for path in (("INBOX",), ("Old",))], [20, 20])
        (self.file / "Old.mbox.gz").write_bytes(gzip.compress("".join(message(number, name) for number in range(3, 22)).encode()))
        summary = self.assert_status(copy.run("--json")).summary()
        self.assertEqual((summary["copied"], summary["removed"]), (2, 3))

    def test_a_url_that_is_none(self) -> None:
        target = self.server("sdbox")
        for query in ("?inbox=relative", "?dialect=x", "?other"):
            outcome = self.assert_status(self.from_file(target, query).run(), USAGE)
            self.assertIn("dialect", outcome.text)


class Refused(MboxCase):
    def test_one_is_refused(self) -> None:
        target = self.server("sdbox", extra="plugin {\n  quota_max_mail_size = 100k\n}\n")
        self.file.write_text(message(1) + message(2, "x" * 70 + "\n" * 1 + ("y" * 70 + "\n") * 3000) + message(3))
        copy = self.from_file(target)
        outcome = self.assert_status(copy.run("--json"), NOT_ALL_MOVED)
        self.assertEqual((outcome.summary()["copied"], outcome.summary()["not_moved"]), (2, 1))
        self.assertEqual(len(digests(target)), 2)


class Killed(MboxCase):
    def test_at_many_steps(self) -> None:
        self.file.write_text("".join(message(number, "text\n" * 2000) for number in range(300)))
        target = self.server("sdbox")
        copy = self.from_file(target)
        copy.options += ["--quiet-time", "0.2"]
        killed = 0
        for step in (10, 25, 40, 60):
            outcome = copy.run(kill_at=step)
            killed += outcome.status == -signal.SIGKILL
        self.assertGreater(killed, 1)
        self.assert_status(copy.run())
        found = digests(target)
        self.assertEqual((len(found), len(set(found))), (300, 300))


class Dovecots(MboxCase):
    """Files that Dovecot keeps."""

    def test_its_folders_flags_and_keywords(self) -> None:
        source, target = self.server("mbox"), self.server("sdbox")
        make = MessageFactory(5)
        self.fill(source, [FolderSpec(("INBOX",), [make.plain(900) for _ in range(30)]),
                           FolderSpec(("Entw\u00fcrfe",), [make.plain(900) for _ in range(5)]),
                           FolderSpec(("Quoted",), [make.spec(b"Subject: x\r\n\r\n>From here\r\n\r\nFrom there\r\n")])])
        copy = Copy(f"mbox:{source.mail_folder(ALICE)}", target.url(ALICE), "", PASSWORD, self.folder())
        self.assert_status(copy.run())
        self.assert_same_content(source, target)
        in_folder(source, ("INBOX",), rb"UID STORE 3 FLAGS (\Flagged new-keyword)", rb"UID STORE 7 +FLAGS (\Deleted)", b"UID EXPUNGE 7")
        self.fill(source, [FolderSpec(("INBOX",), [make.plain(900)])])
        source.stop()  # until then it keeps what is in its cache
        self.assert_status(copy.run())
        source.start()
        self.assert_same_content(source, target)


class Target(MboxCase):
    """An account goes from Dovecot into files, and out of them again."""

    def setUp(self) -> None:
        super().setUp()
        self.source, self.tree = self.server("sdbox"), self.place / "tree"

    def export(self, query: str = "") -> Copy:
        copy = Copy(self.source.url(ALICE), f"mbox:{self.tree}{query}", PASSWORD, "", self.folder())
        copy.options += ["--quiet-time", "0.2"]
        return copy

    def assert_same_again(self) -> None:
        """What the files hold, read by godwit and stored on an empty server, is what the source has."""
        back = self.server("sdbox")
        self.assert_status(Copy(f"mbox:{self.tree}", back.url(ALICE), "", PASSWORD, self.folder()).run())
        self.assert_same_content(self.source, back)

    def test_there_and_back(self) -> None:
        self.fill(self.source, varied_account(41, 60, large=3_000_000))
        self.assert_status(self.export().run())
        self.assert_same_again()

    def test_there_and_back_in_cl2(self) -> None:
        self.fill(self.source, varied_account(42, 30, large=3_000_000))
        self.assert_status(self.export("?dialect=cl2").run())
        self.assert_same_again()

    def test_rounds(self) -> None:
        make = MessageFactory(6)
        same = make.plain(500)
        self.fill(self.source, [FolderSpec(("INBOX",), [*(make.plain(500) for _ in range(20)), same, same])])
        export = self.export()
        self.assert_status(export.run())
        self.assertEqual(self.assert_status(export.run("--json")).summary()["copied"], 0)
        in_folder(self.source, ("INBOX",), rb"UID STORE 2 FLAGS (\Answered \Seen other)", rb"UID STORE 5,21 +FLAGS (\Deleted)",
                  b"UID EXPUNGE 5,21")
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(500)]), FolderSpec(("New",), [make.plain(500)])])
        self.assertEqual(self.assert_status(export.run("--json")).summary()["copied"], 2)
        self.assertEqual(self.assert_status(export.run("--json")).summary()["copied"], 0)
        self.assert_same_again()

    def test_what_is_new_is_appended_and_nothing_written_anew(self) -> None:
        make = MessageFactory(9)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(500) for _ in range(5)])])
        export = self.export()
        self.assert_status(export.run())
        before, inode = (self.tree / "INBOX").read_bytes(), (self.tree / "INBOX").stat().st_ino
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(500)])])
        self.assert_status(export.run())
        self.assertEqual((self.tree / "INBOX").stat().st_ino, inode)
        self.assertTrue((self.tree / "INBOX").read_bytes().startswith(before))
        in_folder(self.source, ("INBOX",), rb"UID STORE 2 +FLAGS (\Flagged)")
        self.assert_status(export.run())
        self.assertNotEqual((self.tree / "INBOX").stat().st_ino, inode, "flags are written into another file, which takes its place")

    def test_another_program_delivers_meanwhile(self) -> None:
        """Python's module locks as delivering programs do: INBOX.lock and fcntl."""
        make = MessageFactory(10)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(500)])])
        export = self.export()
        self.assert_status(export.run())
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(3000) for _ in range(1500)])])
        process, delivered = export.start(), 0
        with contextlib.closing(mailbox.mbox(self.tree / "INBOX", create=False)) as box:
            while delivered < 60 and (process.poll() is None or delivered == 0):
                with contextlib.suppress(mailbox.ExternalClashError):
                    box.lock()
                    box.add(f"Subject: delivered {delivered}\n\nFrom the other program\n")
                    box.flush()
                    delivered += 1
                    box.unlock()
        self.assert_status(finish(process))
        in_folder(self.source, ("INBOX",), rb"UID STORE 2 +FLAGS (\Flagged)", rb"UID STORE 3 +FLAGS (\Deleted)", b"UID EXPUNGE 3")
        self.assert_status(export.run())
        with contextlib.closing(mailbox.mbox(self.tree / "INBOX")) as box:
            subjects = [str(each["Subject"]) for each in box]
        found = [each for each in subjects if each.startswith("delivered")]
        self.assertEqual(found, [f"delivered {number}" for number in range(delivered)])
        self.assertEqual(len(subjects), 1500 + delivered)
        self.assertFalse((self.tree / "INBOX.lock").exists())

    def test_killed(self) -> None:
        make = MessageFactory(7)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(9000) for _ in range(600)]),
                                FolderSpec(("Large",), [make.attachment(4_000_000), make.plain(500)])])
        export = self.export()
        killed = 0
        for step in (20, 28, 34, 40, 46):
            killed += export.run(kill_at=step).status == -signal.SIGKILL
        self.assertGreater(killed, 3)
        self.assert_status(export.run())
        self.assert_same_again()

    def test_other_readers(self) -> None:
        """Python's mailbox module, and Dovecot."""
        make = MessageFactory(8)
        bodies = [make.plain(800), make.spec(b"Subject: quoted\r\n\r\nFrom here\r\n>From there\r\n"), make.plain(800)]
        self.fill(self.source, [FolderSpec(("INBOX",), bodies)])
        self.assert_status(self.export().run())
        with contextlib.closing(mailbox.mbox(self.tree / "INBOX")) as box:
            found = list(box)
        self.assertEqual(len(found), 3)
        self.assertEqual(found[1].get_payload(), ">From here\n>>From there\n")
        self.assertEqual(["F" in each.get_flags() for each in found], ["Flagged" in each.flags for each in bodies])
        self.tree = self.place / "cl2"
        self.assert_status(self.export("?dialect=cl2").run())
        reader = self.server("mbox")
        place = reader.mail_folder(ALICE)
        place.mkdir(parents=True)
        shutil.copy(self.tree / "INBOX", place / "INBOX")
        for each in (place.parent, place, place / "INBOX"):
            os.chown(each, *reader.owner)
        read = snapshot(reader).folders[("INBOX",)].messages
        wanted = snapshot(self.source).folders[("INBOX",)].messages
        # Dovecot takes no keyword from a file that it has not kept itself.
        self.assertEqual([(system(each.flags), each.date) for each in read], [(system(each.flags), each.date) for each in wanted])


class InAPlan(PlanCase):
    def test_two_accounts_with_their_inboxes_elsewhere(self) -> None:
        people = [f"{name}@example.com" for name in ("alice", "bob")]
        target = Dovecot("sdbox", dict.fromkeys(people, "secret"))
        self.addCleanup(target.close)
        target.start()
        for number, name in enumerate(("alice", "bob")):
            (self.folder / name / "Work.sbd").mkdir(parents=True)
            (self.folder / f"{name}.spool").write_text(message(number, name) + message(10 + number, name))
            (self.folder / name / "Work.sbd" / "Old").write_text("".join(message(number, "a\n\n>From b\n") for number in range(5)))
        (self.folder / "accounts.csv").write_text("source_user,target_password\n" + "".join(f"{person},secret\n" for person in people))
        self.plan.write_text(f"""
[plan]
name = "files"
ledger = "ledger"

[source]
type = "mbox"
path = "{self.folder}/{{local}}?inbox={self.folder}/{{local}}.spool&dialect=rd"

[target]
host = "127.0.0.1"
port = {target.port}
security = "none"

[accounts]
files = "accounts.csv"
""")
        checked = self.run_command("check")
        self.assertIn("0 cannot be moved like this", checked.text)
        for command in (["inventory"], ["migrate"], ["verify", "--full"], ["migrate"]):
            outcome = self.run_command(*command)
            self.assertEqual(outcome.status, MOVED, f"{command}\n{outcome.text}")
        for person in people:
            folders = take_snapshot(Account("127.0.0.1", target.port, person, "secret")).folders
            self.assertEqual({path: len(folder.messages) for path, folder in folders.items() if folder.messages},
                             {("INBOX",): 2, ("Work", "Old"): 5})


if __name__ == "__main__":
    unittest.main()
