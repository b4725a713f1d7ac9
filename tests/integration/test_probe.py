# SPDX-License-Identifier: Apache-2.0
"""godwit probe against real servers: what it finds of each stands in a table of docs/compatibility.md, which GODWIT_WRITE_TABLE=1 writes
anew; what it leaves in an account, and how it ends."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import unittest
import zipfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Union

from account_snapshot import take_snapshot
from copy_case import ALICE, PASSWORD, CopyCase, snapshot
from courier import Courier
from cyrus import Cyrus
from file_copy import FileCopy
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, STOPPED, USAGE, Outcome, binary, finish, last_lines
from imap4d import Imap4d
from imap_raw import Account
from mailboxes import FolderSpec, fill_maildir, varied_account
from messages import KINDS, MessageFactory
from servers import Dovecot



class Files:
    """A folder of this machine, as a target."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._folder = tempfile.TemporaryDirectory(prefix="godwit-test-")

    def start(self) -> None:
        """Nothing is there yet."""

    def close(self) -> None:
        self._folder.cleanup()

    def url(self, _user: str) -> str:
        return f"{self._scheme}:{self._folder.name}/mail"


Server = Union[Dovecot, Cyrus, Courier, Imap4d, Files]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- probes: written by tests/integration/test_probe.py -->\n", "<!-- end of probes -->"
SOURCES_BEGIN, SOURCES_END = "<!-- sources: written by tests/integration/test_probe.py -->\n", "<!-- end of sources -->"
CORPUS = Path(os.environ.get("GODWIT_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
SERVERS: dict[str, Callable[[], Server]] = {
    "Dovecot Maildir": lambda: Dovecot("maildir", {ALICE: PASSWORD}),
    "Dovecot sdbox": lambda: Dovecot("sdbox", {ALICE: PASSWORD}),
    "Dovecot mdbox": lambda: Dovecot("mdbox", {ALICE: PASSWORD}),
    "Cyrus": lambda: Cyrus({ALICE: PASSWORD}),
    "Courier": lambda: Courier({ALICE: PASSWORD}),
    "imap4d": lambda: Imap4d({ALICE: PASSWORD}),
    "Maildir files": lambda: Files("maildir"),
    "mbox files": lambda: Files("mbox"),
}
# Courier sleeps two seconds for each folder that is removed; its folders go with the server.
OPTIONS = {"Courier": ["--keep"]}
NOT_USABLE = {"imap4d"}
# imap4d counts UIDs anew now and then after an APPEND: what it says of them is not the same in each run.
VARYING = {"imap4d": ("listing.", "changes.", "lasting.", "append.", "names.rename", "flags.", "dates.")}


def start(url: str, *options: str, password: str = PASSWORD) -> subprocess.Popen[str]:
    return subprocess.Popen([binary(), "probe", url, "--plain-ok", *options], env={**os.environ, "GODWIT_PASSWORD": password},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def probe(url: str, *options: str, password: str = PASSWORD) -> Outcome:
    return finish(start(url, *options, password=password), 240)


def own_folders(server: Server) -> list[str]:
    there = take_snapshot(Account("127.0.0.1", server.port, ALICE, PASSWORD))
    return ["/".join(path) for path in there.folders if path[0].startswith("godwit-probe-")]


class Servers(unittest.TestCase):
    """Each server is probed by itself, all at the same time."""

    maxDiff = 6000
    outcomes: dict[str, Future[Outcome]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        pool = ThreadPoolExecutor(len(SERVERS))
        cls.addClassCleanup(pool.shutdown)
        for name, make in SERVERS.items():
            server = make()
            cls.addClassCleanup(server.close)
            server.start()
            cls.outcomes[name] = pool.submit(probe, server.url(ALICE), "--json", *OPTIONS.get(name, []))

    def report(self, name: str) -> dict[str, Any]:
        outcome = self.outcomes[name].result()
        self.assertIn(outcome.status, (MOVED, NOT_ALL_MOVED), f"{name}\n{last_lines(outcome.text)}")
        return outcome.summary()

    def test_exit_status_and_verdict(self) -> None:
        for name in SERVERS:
            with self.subTest(name):
                report = self.report(name)
                grave = [one["key"] for one in report["findings"] if one["harm"] == "grave"]
                self.assertEqual(report["usable"], name not in NOT_USABLE, grave)
                self.assertEqual(self.outcomes[name].result().status, NOT_ALL_MOVED if name in NOT_USABLE else MOVED)

    def test_nothing_is_left(self) -> None:
        for name in SERVERS:
            with self.subTest(name):
                self.assertEqual(bool(self.report(name)["left_behind"]), "--keep" in OPTIONS.get(name, []))

    def test_what_is_refused_comes_with_the_servers_words(self) -> None:
        for name in SERVERS:
            for one in self.report(name)["findings"]:
                if one["outcome"] == "refused":
                    self.assertTrue(one["server_text"] or one["detail"], f"{name}: {one['key']}")
        nul = next(one for one in self.report("Cyrus")["findings"] if one["key"] == "messages.nul")
        self.assertEqual(nul["server_text"], "Message contains NUL characters")
        self.assertIn("repair", self.report("Cyrus")["plan"][-1])

    def test_table_in_the_documentation(self) -> None:
        check_table(self, BEGIN, END, _table({name: self.report(name) for name in SERVERS}))

    def test_what_a_source_reads_of_files_is_what_was_written(self) -> None:
        for name in ("Maildir files", "mbox files"):
            written = next(one for one in self.report(name)["findings"] if one["key"] == "reading.written")
            self.assertEqual(written["outcome"], "kept", f"{name}: {written['detail']}")


def check_table(case: unittest.TestCase, begin: str, end: str, table: str) -> None:
    """What stands between the two marks of the document; written anew with GODWIT_WRITE_TABLE=1."""
    before, _, rest = DOCUMENT.read_text().partition(begin)
    written, _, after = rest.partition(end)
    if os.environ.get("GODWIT_WRITE_TABLE"):
        DOCUMENT.write_text(before + begin + table + end + after)
    else:
        case.assertEqual(written, table, "run this test with GODWIT_WRITE_TABLE=1")


def _cell(name: str, report: dict[str, Any], key: str) -> str:
    if key.startswith(VARYING.get(name, ())):
        return "·"
    found = next((one for one in report["findings"] if one["key"] == key), None)
    if found is None:
        return "–"
    return {"kept": "", "measured": "told"}.get(found["outcome"], found["outcome"]) + (" (!)" if found["harm"] == "grave" else "")


def _table(reports: dict[str, dict[str, Any]]) -> str:
    """Whatever is not kept by all, by check and server."""
    subjects: dict[str, str] = {}
    for report in reports.values():
        for one in report["findings"]:
            if one["outcome"] != "measured":
                subjects.setdefault(one["key"], one["subject"])
    lines = ["| check | " + " | ".join(reports) + " |", "|---|" + "---|" * len(reports)]
    for key, subject in sorted(subjects.items()):
        cells = [_cell(name, report, key) for name, report in reports.items()]
        if any(cell not in ("", "·", "–") for cell in cells):
            lines.append(f"| {key.partition('.')[0]}: {subject.replace('|', '')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


class Sources(CopyCase):
    """Each kind of source, read twice; nothing is written to it."""

    maxDiff = 6000

    def setUp(self) -> None:
        self.place = self.folder()
        fill_maildir(self.place / "Maildir", (os.getuid(), os.getgid()), varied_account(3, 40, large=2_500_000))
        copied = FileCopy(f"maildir:{self.place}/Maildir", f"mbox:{self.place}/mbox", "", "", self.folder()).run()
        self.assert_status(copied)
        for number, file in enumerate(sorted((self.place / "Maildir").rglob("cur/*")), 1):
            for copy in (self.place / "mh" / "inbox" / str(number), self.place / "eml" / "Old" / f"{number}.eml"):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, copy)
        with tarfile.open(self.place / "Maildir.tgz", "w:gz") as archive:
            archive.add(self.place / "Maildir", "Maildir")
        with zipfile.ZipFile(self.place / "eml.zip", "w", strict_timestamps=False) as zipped:
            for file in sorted((self.place / "eml").rglob("*.eml")):
                zipped.write(file, file.relative_to(self.place))
        self.server_with_pop3 = self.server("maildir", pop3=True, extra="pop3_no_flag_updates = yes")
        make = MessageFactory(4)
        self.fill(self.server_with_pop3, [FolderSpec(("INBOX",), [make.make(kind) for kind in KINDS])])

    def urls(self) -> dict[str, str]:
        urls = {"Maildir": f"maildir:{self.place}/Maildir", "mbox": f"mbox:{self.place}/mbox", "MH": f"mh:{self.place}/mh",
                ".eml": f"eml:{self.place}/eml", ".tgz of a Maildir": f"maildir:{self.place}/Maildir.tgz",
                ".zip of .eml": f"eml:{self.place}/eml.zip",
                "POP3 (Dovecot)": self.server_with_pop3.pop3_url(ALICE), "IMAP (Dovecot)": self.server_with_pop3.url(ALICE)}
        if CORPUS.is_dir():
            urls["OST"] = f"pst:{CORPUS}/pst/aspose-net/SampleOstFile.ost"
        return urls

    def state(self) -> dict[str, tuple[int, int]]:
        return {str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in self.place.rglob("*")}

    def test_what_they_tell_agrees_with_itself(self) -> None:
        before, server_before = self.state(), snapshot(self.server_with_pop3).state()
        rows = []
        for name, url in self.urls().items():
            outcome = probe(url, "--json", "--read-only")
            self.assertEqual(outcome.status, MOVED, f"{name}\n{outcome.text}")
            report = outcome.summary()
            self.assertTrue(report["read_only"] and report["usable"])
            rows.append(_source_row(name, report))
        self.assertEqual(self.state(), before, "a source was changed")
        self.assertEqual(snapshot(self.server_with_pop3).state(), server_before, "a source was changed")
        if not CORPUS.is_dir():
            self.skipTest("no shared/corpus beside the checkout: no OST file")
        head = ["| source | read | not kept | not told |", "|---|---|---|---|"]
        check_table(self, SOURCES_BEGIN, SOURCES_END, "\n".join([*head, *rows, ""]))

    def test_a_source_only_is_never_written_to(self) -> None:
        outcome = self.assert_status(probe(self.urls()["MH"]))
        self.assertIn("Usable as a source. Names, dates, flags, storing, changes and limits were not tried", outcome.stdout)
        self.assertFalse([file for file in self.place.rglob("*godwit-probe*")])

        outcome = probe(f"mh:{self.place}/none")
        self.assertNotEqual(outcome.status, MOVED)
        self.assertIn("check the", outcome.text)


def _source_row(name: str, report: dict[str, Any]) -> str:
    findings = report["findings"]
    amount = next(one["detail"] for one in findings if one["key"] == "reading.amount")
    not_kept = "; ".join(one["subject"] for one in findings if one["outcome"] in ("altered", "broken", "refused"))
    told = "; ".join(one["detail"] for one in findings if one["outcome"] == "not told")
    return f"| {name} | {amount.partition(',')[0]} | {not_kept} | {told} |"


class Ends(CopyCase):
    def filled(self, **options: Any) -> Dovecot:
        server = self.server("sdbox", **options)
        make = MessageFactory(3)
        self.fill(server, [FolderSpec(("INBOX",), [make.plain(500)]), FolderSpec(("Work", "godwit"), [make.plain(600)])])
        return server

    def test_the_account_is_as_it_was(self) -> None:
        server = self.filled()
        before = snapshot(server).state()
        outcome = self.assert_status(probe(server.url(ALICE)))
        self.assertEqual(snapshot(server).state(), before)
        self.assertIn("Usable as a target", outcome.stdout)
        self.assertIn("  altered  NUL bytes: 1 byte differs", outcome.stdout)

    def test_what_a_killed_one_left_the_next_one_removes(self) -> None:
        server = self.filled()
        before = snapshot(server).state()
        process = start(server.url(ALICE), "--json")
        assert process.stdout is not None
        while "dates" not in (line := process.stdout.readline()):
            self.assertTrue(line, "it ended before it could be killed")
        process.send_signal(signal.SIGKILL)
        self.assertEqual(finish(process).status, -signal.SIGKILL)
        left = len(own_folders(server))
        self.assertGreater(left, 10)
        report = self.assert_status(probe(server.url(ALICE), "--json")).summary()
        self.assertGreaterEqual(report["swept"], left)
        self.assertEqual(snapshot(server).state(), before)

    def test_stopped_by_a_signal(self) -> None:
        server = self.filled()
        process = start(server.url(ALICE), "--json")
        assert process.stdout is not None
        while "messages" not in (line := process.stdout.readline()):
            self.assertTrue(line, "it ended before it could be stopped")
        process.send_signal(signal.SIGTERM)
        self.assert_status(finish(process), STOPPED)
        self.assertEqual(own_folders(server), [])

    def test_connections_quota_and_size_are_told(self) -> None:
        settings = "protocol imap {\n  mail_max_userip_connections = 5\n  mail_plugins = quota acl imap_quota\n}\n"
        server = self.server("sdbox", extra=settings)
        server.set_quota(ALICE, 200_000)
        report = self.assert_status(probe(server.url(ALICE), "--json")).summary()
        self.assertEqual((report["connections"], report["connection_limit_met"]), (5, True))
        self.assertEqual(report["plan"][:1], ["[target.limits]"])
        quota = next(one for one in report["findings"] if one["key"] == "limits.quota")
        self.assertIn("of 195.3 MiB", quota["detail"])
        self.assertEqual(own_folders(server), [])

    def test_a_mailbox_that_takes_nothing_is_not_usable(self) -> None:
        server = self.filled()
        server.set_read_only(ALICE, True)
        outcome = probe(server.url(ALICE), "--json")
        self.assertNotEqual(outcome.status, MOVED)
        self.assertTrue(outcome.summary()["error"]["server_text"])

    def test_wrong_password_and_wrong_usage(self) -> None:
        server = self.server("sdbox")
        self.assert_status(probe(server.url(ALICE), password="wrong"), LOGIN_REFUSED)
        self.assert_status(probe(server.url(ALICE), "--connections", "many"), USAGE)
        self.assert_status(probe("https://alice@example.com"), USAGE)


if __name__ == "__main__":
    unittest.main()
