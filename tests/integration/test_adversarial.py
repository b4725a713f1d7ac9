# SPDX-License-Identifier: Apache-2.0
"""Messages that are wrong in every way, into every real target: each is afterwards the same byte for byte, or godwit names it and says
why, and names no other. The generator's come from a server in memory, because no real one gives NUL, bare CR and bare LF away as they
are; those of the corpus beside the checkout, when it is there, lie as files in a Dovecot. GODWIT_WRITE_TABLE=1 writes the table in
docs/compatibility.md anew."""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
import unittest
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from account_snapshot import Folder, take_snapshot
from godwit import DEFECT, MOVED, NOT_ALL_MOVED, Copy, Outcome, last_lines
from imap_raw import Account
from mailboxes import FolderSpec, fill_maildir
from malformed import CLASSES, malformed_messages
from messages import MessageSpec
from scripted_server import Mailbox, ScriptedServer
from server_kinds import DOVECOT, TARGETS, Server, ServerKind
from servers import Dovecot

PASSWORD = "correct horse"
DATE = "01-Jul-2024 09:00:00 +0200"
CHECKOUT = FilePath(__file__).resolve().parents[2]
DOCUMENT = CHECKOUT / "docs" / "compatibility.md"
CORPUS = CHECKOUT.parent / "shared" / "corpus"
# The corpora hold descriptions of their messages, too. They are no mail, and Cyrus takes minutes to refuse them all: only by order.
WHOLE_CORPUS = bool(os.environ.get("GODWIT_WHOLE_CORPUS"))
_DESCRIPTIONS = {".xml", ".json", ".png", ".jpg"}
_IN_THE_TARGET = {"altered", "repaired", "flags"}

Bodies = dict[str, dict[int, bytes]]  # by folder and UID


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


# --- what came of a round ----------------------------------------------------------------------------------------------------------


@dataclass
class Counts:
    """Of some messages: how many the target keeps, alters and refuses."""

    total: int = 0
    altered: int = 0
    refused: int = 0

    def text(self) -> str:
        told = [f"{count} {word}" for count, word in ((self.altered, "altered"), (self.refused, "refused")) if count]
        return f"{self.total - self.altered - self.refused} kept" + "".join(", " + one for one in told)


@dataclass
class Journey:
    """The messages of one source to one target."""

    name: str
    kind: ServerKind
    source: Bodies
    copy: Copy
    account: Account
    repairs: bool = True
    outcomes: list[Outcome] = field(default_factory=list)
    altered: dict[tuple[str, int], str] = field(default_factory=dict)   # and what was said of it
    refused: dict[tuple[str, int], str] = field(default_factory=dict)
    repaired: set[tuple[str, int]] = field(default_factory=set)

    def run(self) -> dict[str, Counts]:
        """A round without repairs and one with them, and their judgement; the counts of the first, by folder."""
        self.round()
        counts = {name: Counts(len(bodies)) for name, bodies in self.source.items()}
        for name, _ in self.altered:
            counts[name].altered += 1
        for name, _ in self.refused:
            counts[name].refused += 1
        if self.repairs:
            self.round("--repair", "all")
            self.demand(not self.refused or bool(self.repaired), "nothing was repaired")
        return counts

    def round(self, *options: str) -> None:
        outcome = self.copy.run("--json", *options, timeout=240)
        self.outcomes.append(outcome)
        self.refused = {}
        for event in outcome.events():
            if event["event"] == "item":
                self._note(event["folder"], event["uid"], event["kind"], event)
        self.demand(outcome.status == (NOT_ALL_MOVED if self.refused else MOVED), f"exit status {outcome.status}")
        folders = {"/".join(path): folder for path, folder in take_snapshot(self.account).folders.items()}
        records = self._records()
        for name, bodies in self.source.items():
            self._judge(name, bodies, folders.get(name), records)

    def _note(self, folder: str, uid: int, kind: str, event: dict[str, object]) -> None:
        reason = f"{event['reason']} {event['server_text']}".strip()
        self.demand(bool(reason), f"{folder}, UID {uid} is {kind} without a reason")
        if kind == "altered":
            self.altered[folder, uid] = reason
        elif kind == "repaired":
            self.repaired.add((folder, uid))
        elif kind not in _IN_THE_TARGET:
            self.refused[folder, uid] = reason

    def _judge(self, name: str, bodies: dict[int, bytes], folder: Folder | None, records: dict[str, dict[str, object]]) -> None:
        """Of one folder: what is not named is there as it is, and besides it only what became of the altered ones."""
        there = Counter(message.digest for message in folder.messages) if folder else Counter()
        expected: Counter[str] = Counter()
        offered: Counter[str] = Counter()  # of those that were altered
        for uid, body in bodies.items():
            place = (name, uid)
            form = self._repaired(place, body, records) if place in self.repaired else digest(body)
            if place in self.altered:
                offered[form] += 1
            elif place not in self.refused:
                expected[form] += 1
        missing, others = expected - there, there - expected
        lost = [(uid, body[:60]) for uid, body in bodies.items() if digest(body) in missing]
        self.demand(not missing, f"{name}: {missing.total()} are not there as they were and were not named: {lost}")
        self.demand(others.total() == offered.total(),
                    f"{name}: {offered.total()} were named as altered, and {others.total()} others are there")
        unaltered = [uid for uid, body in bodies.items() if digest(body) in offered & others]
        self.demand(not unaltered, f"{name}: named as altered, and are there as they were: {unaltered}")

    def _repaired(self, place: tuple[str, int], body: bytes, records: dict[str, dict[str, object]]) -> str:
        """The digest of the form on record, which the recorded edits must make of the source's bytes."""
        record = records.get(digest(body))
        self.demand(record is not None, f"{place} is repaired, and there is no record of it")
        assert record is not None
        edits = record["edits"]
        assert isinstance(edits, list)
        form = body
        for edit in reversed(edits):
            at, removed = edit["offset"], bytes.fromhex(edit["removed_hex"])
            self.demand(body[at:at + len(removed)] == removed, f"{place}: the record is not that of the message")
            form = form[:at] + bytes.fromhex(edit["inserted_hex"]) + form[at + len(removed):]
        if edits:
            self.demand(digest(form) == record["repaired_sha256"], f"{place}: the edits do not make the form on record")
        return str(record["repaired_sha256"])  # without edits: wrapped

    def _records(self) -> dict[str, dict[str, object]]:
        """By the digest of the source's bytes, which lie beside it."""
        records = {}
        for file in FilePath(f"{self.copy.ledger}.originals").glob("*.json"):
            self.demand(digest(file.with_suffix(".eml").read_bytes()) == file.stem, f"{file.stem}: the original is not kept")
            records[file.stem] = json.loads(file.read_text())
        return records

    def demand(self, condition: bool, text: str) -> None:
        if not condition:
            raise AssertionError(f"{self.name} to {self.kind.name}: {text}\n{last_lines(self.outcomes[-1].text, 5)[-3000:]}")


# --- sources ------------------------------------------------------------------------------------------------------------------------


def generated() -> Bodies:
    """The generator's messages, each class in a folder of its own."""
    bodies: Bodies = {kind: {} for kind in CLASSES}
    for message in malformed_messages():
        bodies[message.kind][len(bodies[message.kind]) + 1] = message.body
    return bodies


def serve(bodies: Bodies) -> ScriptedServer:
    """A server in memory that gives away exactly these bytes."""
    server = ScriptedServer()
    for number, (name, messages) in enumerate(bodies.items(), 1001):
        mailbox = server.mailboxes.setdefault(name.encode(), Mailbox(number))
        for body in messages.values():
            mailbox.store([b"\\Seen"], DATE.encode(), body)
    return server


def corpus_files() -> dict[str, list[bytes]]:
    """The corpora of messages, by origin."""
    def is_wanted(file: FilePath) -> bool:
        return file.is_file() and (WHOLE_CORPUS or file.suffix not in _DESCRIPTIONS)

    origins = [origin for part in ("rfc822", "dsn") for origin in sorted((CORPUS / part).glob("*")) if origin.is_dir()]
    return {origin.name: [file.read_bytes() for file in sorted(origin.rglob("*")) if is_wanted(file)] for origin in origins}


def deliver(server: Dovecot, user: str, files: dict[str, list[bytes]]) -> Bodies:
    """Puts files into a Maildir as they are; what the server makes of them for those who read."""
    specs = [FolderSpec((name,), [MessageSpec(body, "\\Seen", DATE) for body in bodies]) for name, bodies in files.items()]
    fill_maildir(server.mail_folder(user), server.owner, specs)
    known = {digest(stored): stored for bodies in files.values() for body in bodies if (stored := DOVECOT.stored(body)) is not None}
    snapshot = take_snapshot(Account("127.0.0.1", server.port, user, PASSWORD))
    return {name: {message.uid: known[message.digest] for message in snapshot.folders[name,].messages} for name in files}


# --- all of them ---------------------------------------------------------------------------------------------------------------------


class Adversarial(unittest.TestCase):
    """Both sources to every target, side by side."""

    journeys: dict[tuple[str, str], Future[dict[str, Counts]]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = FilePath(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="godwit-adversarial-")))
        users = {name: PASSWORD for name in ("generated@example.com", "corpus@example.com")}
        targets = [(kind, cls.enterClassContext(kind.make(users))) for kind in TARGETS]
        pool = cls.enterClassContext(ThreadPoolExecutor(2 * len(targets)))
        bodies = generated()
        source = cls.enterClassContext(serve(bodies))
        cls.send(pool, "generated", bodies, f"imap://any@127.0.0.1:{source.port}", targets)
        if CORPUS.is_dir():
            dovecot = cls.enterClassContext(Dovecot("maildir", {"corpus@example.com": PASSWORD}))
            cls.send(pool, "corpus", deliver(dovecot, "corpus@example.com", corpus_files()), dovecot.url("corpus@example.com"), targets)

    @classmethod
    def send(cls, pool: ThreadPoolExecutor, name: str, bodies: Bodies, url: str, targets: Iterable[tuple[ServerKind, Server]]) -> None:
        user = f"{name}@example.com"
        for kind, target in targets:
            place = cls.folder / f"{name}-{kind.name}"
            place.mkdir()
            copy = Copy(url, target.url(user), PASSWORD, PASSWORD, place, ["--plain-ok", "--quiet-time", "0.05"])
            journey = Journey(name, kind, bodies, copy, Account("127.0.0.1", target.port, user, PASSWORD),
                              repairs=name == "generated" or WHOLE_CORPUS)
            cls.journeys[name, kind.name] = pool.submit(journey.run)

    def test_corpus(self) -> None:
        if not CORPUS.is_dir():
            self.skipTest("no shared/corpus beside the checkout: the messages of rfc822 and dsn were not moved")
        for kind in TARGETS:
            with self.subTest(kind.name):
                counts = self.journeys["corpus", kind.name].result()
                total = Counts(*(sum(getattr(one, part) for one in counts.values()) for part in ("total", "altered", "refused")))
                print(f"corpus, {total.total} messages, to {kind.name} {kind.version}: {total.text()}")
                self.assertGreater(total.total, 600)

    def test_generated(self) -> None:
        """The table in the documentation is what was seen."""
        table = _table({kind.name: self.journeys["generated", kind.name].result() for kind in TARGETS})
        text = DOCUMENT.read_text()
        before, begin, rest = text.partition("<!-- malformed: ")
        marker, end, after = rest.partition("<!-- end of malformed -->")
        if os.environ.get("GODWIT_WRITE_TABLE"):
            DOCUMENT.write_text(before + begin + marker.partition("-->")[0] + "-->\n" + table + end + after)
        else:
            self.assertEqual(marker.partition("-->\n")[2], table, "run this test with GODWIT_WRITE_TABLE=1")


def _table(counts: dict[str, dict[str, Counts]]) -> str:
    """Of each class: how many messages, and what of them each target altered or refused."""
    names = " | ".join(f"{kind.name} {kind.version}" for kind in TARGETS)
    lines = [f"| class | messages | {names} |", "|---|---|" + "---|" * len(TARGETS)]
    for name in CLASSES:
        row = [counts[kind.name][name] for kind in TARGETS]
        lines.append(f"| {name} | {row[0].total} | " + " | ".join(one.text() for one in row) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    unittest.main()
