# SPDX-License-Identifier: Apache-2.0
"""Outlook's files into a real Dovecot. The files are those of the corpus beside the sources: without it these tests are skipped, for
Debian has nothing that writes a PST file. Counts come from pffexport, a reader that shares no code with libpst."""
from __future__ import annotations

import contextlib
import email
import email.policy
import hashlib
import imaplib
import os
import random
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from copy_case import ALICE, PASSWORD, CopyCase, account, snapshot
from godwit import LEDGER_UNUSABLE, MOVED, NOT_ALL_MOVED, USAGE, Copy, Outcome, binary, finish

CORPUS = Path(os.environ.get("GODWIT_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
OST = CORPUS / "pst" / "aspose-net" / "SampleOstFile.ost"
CONTACTS = CORPUS / "pst" / "aspose-net" / "PersonalStorageFile1.pst"
BODIES = CORPUS / "pst" / "tika" / "testPST_variousBodyTypes.pst"
ANSI = CORPUS / "pst" / "go-pst" / "32-bit.pst"

# What pffexport -m items finds below IPM_SUBTREE: 81 messages and 6 meetings in folders, one more message inside another.
OST_FOLDERS = {("INBOX",): 12, ("INBOX", "sub1"): 25, ("INBOX", "sub2"): 29, ("Sent Items",): 6, ("Deleted Items",): 6, ("Sync Issues",): 9}


@unittest.skipUnless(OST.exists(), f"no corpus at {CORPUS}")
class PstCase(CopyCase):
    def pst_copy(self, path: Path, target: object) -> Copy:
        return Copy(f"pst:{path}", target.url(ALICE), PASSWORD, PASSWORD, self.folder())  # type: ignore[attr-defined]

    def counts(self, target: object) -> dict[tuple[str, ...], int]:
        folders = snapshot(target).folders  # type: ignore[arg-type]
        return {path: len(folder.messages) for path, folder in folders.items() if folder.messages}

    def messages(self, target: object, folder: str) -> list[bytes]:
        server = account(target)  # type: ignore[arg-type]
        client = imaplib.IMAP4("127.0.0.1", server.port)
        client.login(server.user, server.password)
        client.select(f'"{folder}"', readonly=True)
        _, data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        client.logout()
        return [row[1] for row in data if isinstance(row, tuple)]


class TestPst(PstCase):
    def test_first_round_and_one_without_changes(self) -> None:
        target = self.server()
        copy = self.pst_copy(OST, target)
        self.assert_status(copy.run())
        self.assertEqual(self.counts(target), OST_FOLDERS)
        before = snapshot(target).state()
        again = self.assert_status(copy.run("--json"))
        self.assertEqual(again.summary()["copied"], 0)
        self.assertEqual(snapshot(target).state(), before)

    def test_every_message_is_one_that_python_reads(self) -> None:
        target = self.server()
        self.assert_status(self.pst_copy(OST, target).run())
        bodies = attachments = embedded = 0
        for raw in self.messages(target, "INBOX") + self.messages(target, "INBOX.sub1") + self.messages(target, "Sent Items"):
            message = email.message_from_bytes(raw, policy=email.policy.default)
            parts = list(message.walk())
            self.assertEqual([part.defects for part in parts if part.defects], [])
            self.assertTrue(message["Subject"] is not None and message["Date"] is not None and message["From"] is not None)
            bodies += message.get_body(("html", "plain")) is not None
            attachments += sum(1 for part in parts if part.get_filename())
            embedded += sum(1 for part in parts if part.get_content_type() == "message/rfc822")
        self.assertEqual(bodies, 12 + 25 + 6)
        self.assertGreater(attachments, 10)
        self.assertEqual(embedded, 1)

    def test_people_and_states_that_no_header_tells(self) -> None:
        target = self.server()
        self.assert_status(self.pst_copy(OST, target).run())
        sent = [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.messages(target, "Sent Items")]
        addressed = [message for message in sent if message["To"] and "@ex2010.local" in message["To"]]
        self.assertEqual((len(sent), len(addressed)), (6, 5))  # one went to a name without a domain
        folder = self.folder()
        self.assert_status(Copy(f"pst:{BODIES}", (other := self.server()).url(ALICE), PASSWORD, PASSWORD, folder).run())
        flags = [flag for message in snapshot(other).folders[("INBOX", "tmp")].messages for flag in message.flags]
        self.assertEqual(flags.count("$forwarded"), 1, flags)

    def test_the_counts_are_those_of_an_independent_reader(self) -> None:
        if shutil.which("pffexport") is None:
            self.skipTest("pffexport of Debian's pff-tools is not installed")
        place = self.folder() / "pff"
        subprocess.run(["pffexport", "-q", "-m", "items", "-t", str(place), str(OST)], check=True, stdout=subprocess.DEVNULL)
        names = [path.name.rstrip("0123456789") for path in Path(f"{place}.export").rglob("*") if path.is_dir()]
        self.assertEqual((names.count("Message"), names.count("Meeting"), names.count("Appointment")), (82, 6, 5))
        self.assertEqual(sum(OST_FOLDERS.values()) + 1, names.count("Message") + names.count("Meeting"))

    def test_other_files(self) -> None:
        target = self.server()
        folder = self.folder()
        for file in (BODIES, ANSI, CONTACTS):
            shutil.copy(file, folder)
        self.assert_status(self.pst_copy(folder, target).run())
        counts = self.counts(target)
        self.assertEqual(sum(counts.values()), 4)
        self.assertTrue(all(path[0].startswith("testPST") for path in counts), counts)

    def test_a_file_that_is_taken_away(self) -> None:
        target = self.server()
        folder = self.folder()
        shutil.copy(BODIES, folder / "a.pst")
        shutil.copy(BODIES, folder / "b.pst")
        copy = self.pst_copy(folder, target)
        self.assert_status(copy.run())
        # A Dovecot whose folders are Maildir++ cannot hold a dot in a name.
        self.assertEqual(self.counts(target), {("a_pst", "Inbox", "tmp"): 4, ("b_pst", "Inbox", "tmp"): 4})
        (folder / "b.pst").unlink()
        self.assert_status(copy.run())
        self.assertEqual(self.counts(target), {("a_pst", "Inbox", "tmp"): 4})

    def test_killed_and_resumed(self) -> None:
        target = self.server()
        copy = self.pst_copy(OST, target)
        process = copy.start()
        deadline = time.monotonic() + 60
        while sum(self.counts(target).values()) == 0 and process.poll() is None and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        finish(process)
        self.assert_status(copy.run("--quiet-time", "1"))
        self.assertEqual(self.counts(target), OST_FOLDERS)

    def test_helper_killed_again_and_again(self) -> None:
        target = self.server()
        copy = self.pst_copy(OST, target)
        process = copy.start()
        kills = 0
        while process.poll() is None and kills < 3:
            for helper in helpers_of(process.pid):
                with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                    os.kill(helper, signal.SIGKILL)
                    kills += 1
                break
        outcome = finish(process)
        self.assertIn(outcome.status, (MOVED, NOT_ALL_MOVED, LEDGER_UNUSABLE), outcome.text)
        self.assert_status(copy.run("--quiet-time", "1"))
        self.assertEqual(self.counts(target), OST_FOLDERS)

    def test_damaged_copies(self) -> None:
        whole = OST.read_bytes()
        target = self.server()
        source = random.Random(6)
        for trial in range(3):
            damaged = bytearray(whole)
            for _ in range(100 * (trial + 1)):
                damaged[source.randrange(0x2400, len(damaged))] = source.randrange(256)
            file = self.folder() / f"damaged{trial}.ost"
            file.write_bytes(damaged)
            outcome = self.pst_copy(file, target).run(timeout=100)
            self.assertIn(outcome.status, (MOVED, NOT_ALL_MOVED, LEDGER_UNUSABLE), outcome.text)
            self.assertNotIn("GW-9", outcome.text)
        digests = {hashlib.sha256(raw).digest() for raw in self.messages(target, "INBOX")}
        self.assertGreater(len(digests), 5)

    def test_no_file_no_store_no_folder(self) -> None:
        target = self.server()
        folder = self.folder()
        (folder / "text.pst").write_text("this is no store")
        self.assert_refused(self.pst_copy(folder / "text.pst", target).run(), LEDGER_UNUSABLE, "text.pst: it is no PST or OST file")
        self.assert_refused(self.pst_copy(folder / "none.pst", target).run(), LEDGER_UNUSABLE, "none.pst")
        (folder / "text.pst").unlink()
        self.assert_refused(self.pst_copy(folder, target).run(), LEDGER_UNUSABLE, "no .pst, .ost or .msg file")

    def test_an_inventory_tells_what_stays(self) -> None:
        outcome = subprocess.run([binary(), "inventory", f"pst:{OST}"], capture_output=True, text=True, timeout=60, check=False,
                                 stdin=subprocess.DEVNULL)
        self.assertIn("Outlook data files (beside mail: 5 x appointment)", outcome.stdout)
        self.assertNotIn("size of 0 bytes", outcome.stdout)

    def assert_refused(self, outcome: Outcome, status: int, text: str) -> None:
        self.assert_status(outcome, status)
        self.assertIn(text, outcome.text)


MSG = CORPUS / "msg"


class TestMsg(PstCase):
    def test_mail_arrives_and_the_rest_is_named(self) -> None:
        target = self.server()
        folder = self.folder()
        (folder / "Old" / "Deep").mkdir(parents=True)
        shutil.copy(MSG / "hiraoka-msgreader" / "nonUnicodeCP932.msg", folder)
        shutil.copy(MSG / "hiraoka-msgreader" / "msgInMsgInMsg.msg", folder / "Old" / "Deep")
        shutil.copy(MSG / "poi-hsmf" / "msgClassContact.msg", folder)
        (folder / "none.msg").write_text("no compound file")
        copy = self.pst_copy(folder, target)
        outcome = self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.assertIn("msgClassContact.msg", outcome.text)
        self.assertIn("IPM.Contact", outcome.text)
        self.assertIn("it is no .msg file", outcome.text)
        self.assertEqual(self.counts(target), {("INBOX",): 1, ("Old", "Deep"): 1})
        message = email.message_from_bytes(self.messages(target, "INBOX")[0], policy=email.policy.default)
        self.assertEqual(message["Subject"], "日本語 Non Unicode タイトル")
        deep = email.message_from_bytes(self.messages(target, "Old.Deep")[0], policy=email.policy.default)
        self.assertEqual([part.get_content_type() for part in deep.walk()].count("message/rfc822"), 2)

    def test_changed_and_removed_between_rounds(self) -> None:
        target = self.server()
        folder = self.folder()
        for name in ("Simple.msg", "Subject.msg", "voteNo.msg", "htmlLink.msg", "htmlLink2.msg", "sent.msg"):
            shutil.copy(MSG / "hiraoka-msgreader" / name, folder)
        copy = self.pst_copy(folder, target)
        self.assert_status(copy.run())
        self.assertEqual(self.counts(target), {("INBOX",): 6})
        shutil.copy(MSG / "hiraoka-msgreader" / "voteYes.msg", folder / "voteNo.msg")
        (folder / "Simple.msg").unlink()
        self.assert_status(copy.run())
        subjects = [str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"]) for raw in self.messages(target, "INBOX")]
        self.assertEqual(sorted(subjects), sorted(["Subject", "htmlLink", "htmlLink2", "Sent time", "はい: 3 vote items: はい;いいえ;たぶん"]))

    def test_every_file_of_the_corpus(self) -> None:
        target = self.server()
        outcome = self.assert_status(self.pst_copy(MSG, target).run(), NOT_ALL_MOVED)
        self.assertNotIn("GW-9", outcome.text)
        self.assertEqual(sum(self.counts(target).values()), 46)  # the others are no mail, and one is empty


def helpers_of(process: int) -> list[int]:
    """The helpers that are at work for it now."""
    found = subprocess.run(["pgrep", "-P", str(process), "-x", "godwit-pst"], capture_output=True, text=True, check=False)
    return [int(number) for number in found.stdout.split()]


if __name__ == "__main__":
    unittest.main()
