# SPDX-License-Identifier: Apache-2.0
"""Folder names, subjects, senders and words of a server that are meant for whoever reads of them: escape sequences, marks that turn the
direction of writing, HTML, formulas, paths. The terminal, the log, CSV, HTML, JSON and the manifest show them harmlessly. The servers
are in memory, because no real one has such names for INBOX's neighbours and such words for a refusal."""
from __future__ import annotations

import csv
import html.parser
import json
import re
import unicodedata
import unittest

from godwit import NOT_ALL_MOVED, Outcome
from imap_raw import encode_name
from malformed import malformed_messages
from plan_case import PlanCase
from scripted_server import Appended, Behaviour, Mailbox, ScriptedServer

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x7f"
BIDI = "\u202etxt.exe\u2066\u200f\u061c"
TAG = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>"
FORMULA = '=HYPERLINK("http://example.com","x")'
NAMES = [ESCAPES + "a", BIDI, TAG, FORMULA, "@SUM(1)", "\t=1", "+1,2", "../../etc/passwd", "..", "%s%n{}", "a\r\nb", "`id`;$(id)", "--help",
         "\u2028line\u2029"]
REFUSAL = f"NO {ESCAPES}{BIDI}{TAG} {FORMULA}".encode()
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Refuses(Behaviour):
    """What the generator makes for reports, with words of the same kind."""

    def append(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        if any(b"X-NUL-for-refusal" in message.body for message in messages):
            return REFUSAL
        return super().append(server, mailbox, messages)


class Page(html.parser.HTMLParser):
    """The names of the elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.names.update(name for name, _ in attrs)


class HostileTexts(PlanCase):
    def setUp(self) -> None:
        super().setUp()
        self.source = self.enterContext(ScriptedServer())
        self.target = self.enterContext(ScriptedServer(Refuses()))
        subjects = [message.body for message in malformed_messages() if message.kind == "meant for reports"]
        for number, name in enumerate(NAMES):
            mailbox = self.source.mailboxes.setdefault(encode_name(name), Mailbox(2000 + number))
            body = subjects[number % len(subjects)]
            mailbox.store([], b"01-Jul-2024 09:00:00 +0200", body.replace(b"From: Alice", b"From: " + (TAG + BIDI).encode()))
            mailbox.store([], b"01-Jul-2024 09:00:00 +0200", b"Subject: plain\r\n\r\ntext\r\n")
        endpoint = 'host = "127.0.0.1"\nport = {}\nsecurity = "none"\n'
        self.plan.write_text(f'[plan]\nname = "x"\nledger = "x.ledger"\n[source]\n{endpoint.format(self.source.port)}'
                             f'[target]\n{endpoint.format(self.target.port)}[accounts]\nfiles = "accounts.csv"\n')
        accounts = self.folder / "accounts.csv"
        accounts.touch(mode=0o600)
        accounts.write_text("Old user;Old password;New user;New password\na@example.com;x;a@example.com;x\n")

    def assert_harmless(self, text: str, what: str) -> None:
        """Nothing in it moves a cursor or turns the direction of writing; lines are lines."""
        found = _HARMFUL.search(text.replace("\r\n", "\n"))
        if found:
            self.fail(f"{what}: {unicodedata.name(found[0], repr(found[0]))} in {text[max(0, found.start() - 80):found.end() + 40]!r}")

    def run_harmlessly(self, *arguments: str) -> Outcome:
        outcome = self.run_command(*arguments)
        self.assertIn(outcome.status, (0, NOT_ALL_MOVED), f"{arguments}: {outcome.text}")
        self.assert_harmless(outcome.text, " ".join(arguments))
        return outcome

    def test_every_form(self) -> None:
        log = self.folder / "log"
        for command in (("check",), ("inventory",), ("inventory", "--json"), ("migrate", "--log", str(log)), ("migrate", "--json"),
                        ("status",), ("report",), ("report", "--json"), ("report", "--format", "json"), ("retry", "--json"), ("verify",)):
            self.run_harmlessly(*command)
        self.assert_harmless(log.read_text(), "log")
        self.check_html()
        self.check_csv()
        self.check_manifest()

    def check_html(self) -> None:
        page = self.folder / "page.html"
        self.run_harmlessly("report", "--format", "html", "--output", str(page))
        self.assert_harmless(page.read_text(), "page")
        self.assertIn("&lt;script&gt;", page.read_text())
        self.assertFalse(Page(page.read_text()).names & {"script", "img", "onerror"})

    def check_csv(self) -> None:
        tables = self.folder / "tables"
        self.run_harmlessly("report", "--format", "csv", "--output", str(tables))
        with (tables / "problems.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.assertGreater(len(rows), len(NAMES) // 2)
        for cell in (cell for row in rows for cell in row):
            self.assertFalse(cell.lstrip().startswith(("=", "+", "-", "@", "\t")), f"a formula: {cell!r}")
            self.assert_harmless(cell, "cell")

    def check_manifest(self) -> None:
        self.run_harmlessly("manifest", "--output", str(self.folder / "manifests"))
        file = next((self.folder / "manifests").iterdir())
        self.assert_harmless(file.read_text(), "manifest")
        for line in file.read_text().splitlines():
            json.loads(line)
        outside = [path for path in self.folder.rglob("*passwd*")]
        self.assertFalse(outside, "a folder's name became a path")


if __name__ == "__main__":
    unittest.main()
