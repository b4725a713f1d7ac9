# SPDX-License-Identifier: Apache-2.0
"""Every pairing of the servers that run here: a first round, one with nothing to do, and one after changes, each compared message by
message with what the target is known to make of them. GODWIT_WRITE_TABLE=1 writes the table in docs/compatibility.md anew."""
from __future__ import annotations

import hashlib
import imaplib
import os
import signal
import socket
import tempfile
import time
import unittest
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from account_snapshot import Message, Path, Snapshot, take_snapshot
from compare import compare_snapshots
from courier import Courier
from godwit import MOVED, NOT_ALL_MOVED, Copy, Outcome, finish, last_lines
from imap_raw import Account, Connection, quoted
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from old_servers import OLD_SERVERS, PASSWORD, OldServer
from processes import members_of_session
from relay import TO_SERVER, Relay, Trouble
from server_kinds import COURIER, CYRUS, DOTTED_DOVECOT, DOVECOT, SLASHED_CYRUS, TARGETS, Server, ServerKind

WORKERS = 4
DOCUMENT = FilePath(__file__).resolve().parents[2] / "docs" / "compatibility.md"
DOES_NOTHING = {"copied": 0, "matched": 0, "moved": 0, "removed": 0, "flags_changed": 0, "folders_made": 0, "folders_renamed": 0,
                "folders_removed": 0}


# --- what must come out --------------------------------------------------------------------------------------------------------


@dataclass
class Expectation:
    """What the target must hold, and which messages (folder and UID on the source) godwit must tell of."""

    snapshot: Snapshot
    altered: set[tuple[str, int]] = field(default_factory=set)
    refused: set[tuple[str, int]] = field(default_factory=set)


def expectation(source: Snapshot, target: ServerKind) -> Expectation:
    """The source as it is, with what the target is known to make of its messages."""
    result = Expectation(Snapshot(source.account))
    bodies = _bodies(source)
    for path, folder in source.folders.items():
        there: list[Message] = []
        for message in folder.messages:
            body = bodies[path][message.uid]
            stored = target.stored(body)
            place = ("/".join(path), message.uid)
            if stored is None:
                result.refused.add(place)
                continue
            if stored != body:
                result.altered.add(place)
            there.append(replace(message, digest=hashlib.sha256(stored).hexdigest(), size=len(stored)))
        result.snapshot.folders[path] = replace(folder, messages=there)
    return result


def _bodies(source: Snapshot) -> dict[Path, dict[int, bytes]]:
    """Every message's bytes by folder and UID, read by Python's own client."""
    client = imaplib.IMAP4("127.0.0.1", source.account.port)
    client.login(source.account.user, source.account.password)
    bodies: dict[Path, dict[int, bytes]] = {}
    for path, folder in source.folders.items():
        bodies[path] = {}
        if folder.messages:
            client.select(quoted(folder.name).decode("ascii"), readonly=True)
        for message in folder.messages:
            _, data = client.uid("FETCH", str(message.uid), "(BODY.PEEK[])")
            bodies[path][message.uid] = next(row[1] for row in data if isinstance(row, tuple))
    client.logout()
    return bodies


# --- a pairing -------------------------------------------------------------------------------------------------------------------


class Pairing(unittest.TestCase):
    """One account's way from one server to another."""

    maxDiff = 4000

    def __init__(self, old: OldServer, new: ServerKind, target: Server, user: str, folder: FilePath) -> None:
        super().__init__("run_rounds")
        self.old, self.new, self.target, self.user = old, new, target, user
        self.copy = Copy(old.server.url(user), target.url(user), PASSWORD, PASSWORD, folder, ["--plain-ok", "--quiet-time", "0.5"])
        self.named: set[tuple[str, int]] = set()  # as altered
        self.make = MessageFactory(len(old.name) * 100 + len(new.name))

    def run_rounds(self) -> Expectation:
        """All rounds; what the first one had to tell."""
        self.old.fill(self.user, self.make)
        before = self.old_snapshot()
        first = self.round("first round")
        self.assertEqual(before.state(), self.old_snapshot().state(), self.told("the first round changed the source"))
        self.round_without_steps("second round")
        self.old.change(self.user, self.make)
        self.round("round after changes")
        self.round_without_steps("last round")
        return first

    def round(self, name: str) -> Expectation:
        """A round after which the target is as the source, but for what is told."""
        source = self.old_snapshot()
        expected = expectation(source, self.new)
        outcome = self.copy.run("--json", "--trace", str(self.copy.folder / "trace"))
        where = f"{self.old.name} to {self.new.name}, {name}"
        self.assertEqual(outcome.status, NOT_ALL_MOVED if expected.refused else MOVED, self.told(where, outcome))
        altered = _items(outcome, "altered")
        if not self.old.keeps_numbers:  # what is matched again was named in the round that moved it
            altered |= expected.altered & self.named
        self.named |= altered
        self.assertEqual(altered, expected.altered, self.told(where, outcome))
        self.assertEqual(_items(outcome, "refused"), expected.refused, self.told(where, outcome))
        there = self.new_snapshot()
        report = compare_snapshots(expected.snapshot, there)
        self.assertTrue(report.is_equal and not report.count("foreign"), self.told(f"{where}: {report.text()}", outcome))
        self.assertLessEqual(there.folders.keys(), _with_parents(source), self.told(where, outcome))
        return expected

    def round_without_steps(self, name: str) -> None:
        before = self.new_snapshot().state()
        outcome = self.copy.run("--json", "--trace", str(self.copy.folder / "trace"))
        where = self.told(f"{self.old.name} to {self.new.name}, {name}", outcome)
        self.assertIn(outcome.status, (MOVED, NOT_ALL_MOVED), where)
        self.assertEqual({key: outcome.summary()[key] for key in DOES_NOTHING}, DOES_NOTHING, where)
        self.assertEqual(before, self.new_snapshot().state(), where)

    def old_snapshot(self) -> Snapshot:
        return take_snapshot(self.old.account(self.user))

    def new_snapshot(self) -> Snapshot:
        return take_snapshot(Account("127.0.0.1", self.target.port, self.user, PASSWORD))

    def told(self, text: str, outcome: Outcome | None = None) -> str:
        """What a failed test shows."""
        said = last_lines(outcome.text, 25) if outcome else ""
        return f"{text}\n{said}\n{self.old.name}: {self.old.server.log_tail()}\n{self.new.name}: {self.target.log_tail()}"


def _items(outcome: Outcome, kind: str) -> set[tuple[str, int]]:
    return {(event["folder"], event["uid"]) for event in outcome.events() if event["event"] == "item" and event["kind"] == kind}


def _with_parents(source: Snapshot) -> set[Path]:
    return {path[:depth] for path in source.folders for depth in range(1, len(path) + 1)}


# --- all of them -----------------------------------------------------------------------------------------------------------------

def _user(old: str, new: str) -> str:
    return f"{old}-{new}@example.com".lower()


class Pairings(unittest.TestCase):
    """Each old server has an account for each new one; the pairings run side by side."""

    outcomes: dict[tuple[str, str], Future[Expectation]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="godwit-servers-")
        cls.addClassCleanup(folder.cleanup)
        olds = [make({_user(name, new.name): PASSWORD for new in TARGETS}) for name, make in OLD_SERVERS.items()]
        news = [(new, new.make({_user(old.name, new.name): PASSWORD for old in olds})) for new in TARGETS]
        for server in (*(old.server for old in olds), *(server for _, server in news)):
            cls.addClassCleanup(server.close)
            server.start()
        pool = ThreadPoolExecutor(WORKERS)
        cls.addClassCleanup(pool.shutdown)
        for old in olds:
            for new, target in news:
                place = FilePath(folder.name) / f"{old.name}-{new.name}"
                place.mkdir()
                pairing = Pairing(old, new, target, _user(old.name, new.name), place)
                cls.outcomes[old.name, new.name] = pool.submit(pairing.run_rounds)

    def test_table_in_the_documentation(self) -> None:
        table = _table({pair: outcome.result() for pair, outcome in self.outcomes.items()})
        text = DOCUMENT.read_text()
        before, begin, rest = text.partition("<!-- pairings: ")
        marker, end, after = rest.partition("<!-- end of pairings -->")
        if os.environ.get("GODWIT_WRITE_TABLE"):
            DOCUMENT.write_text(before + begin + marker.partition("-->")[0] + "-->\n" + table + end + after)
        else:
            self.assertEqual(marker.partition("-->\n")[2], table, "run this test with GODWIT_WRITE_TABLE=1")


def _pairing_test(old: str, new: str) -> Callable[[Pairings], None]:
    def test(self: Pairings) -> None:
        self.outcomes[old, new].result()
    return test


for _old in OLD_SERVERS:
    for _new in TARGETS:
        setattr(Pairings, f"test_{_old}_to_{_new.name}".lower(), _pairing_test(_old, _new.name))


def _table(outcomes: dict[tuple[str, str], Expectation]) -> str:
    """Of each pairing: how many messages, and what of them the target altered or refused."""
    lines = ["| from ╲ to | " + " | ".join(f"{new.name} {new.version}" for new in TARGETS) + " |", "|---|" + "---|" * len(TARGETS)]
    for old in OLD_SERVERS:
        cells = [_cell(outcomes[old, new.name]) for new in TARGETS]
        lines.append(f"| {old} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(expected: Expectation) -> str:
    total = sum(len(folder.messages) for folder in expected.snapshot.folders.values()) + len(expected.refused)
    told = [f"{len(places)} {word}" for places, word in ((expected.altered, "altered"), (expected.refused, "refused")) if places]
    return f"{total} messages" + (": " + ", ".join(told) if told else "")


class Kills(unittest.TestCase):
    """kill -9 while messages go to the target, and again: exactly once."""

    def test_killed_in_the_middle(self) -> None:
        kills = ((COURIER, CYRUS, 400_000), (CYRUS, COURIER, 400_000), (DOVECOT, CYRUS, 8_000), (DOVECOT, COURIER, 8_000),
                 (COURIER, COURIER, 30_000))
        with ThreadPoolExecutor(WORKERS) as pool:
            for kill, outcome in [(kill, pool.submit(self._kill, *kill)) for kill in kills]:
                with self.subTest(f"{kill[0].name} to {kill[1].name}, {kill[2]} bytes"):
                    outcome.result()

    def _kill(self, old: ServerKind, new: ServerKind, sent: int) -> None:
        """Kills godwit when it has sent so many bytes to the target."""
        user = _user(old.name, new.name)
        with old.make({user: PASSWORD}) as source, new.make({user: PASSWORD}) as target, tempfile.TemporaryDirectory() as folder, \
                Relay(target.port, Trouble("hold", TO_SERVER, sent)) as relay:
            pairing = Pairing(OldServer(old.name, source), new, target, user, FilePath(folder))
            pairing.old.fill(user, MessageFactory(7))
            pairing.copy = replace(pairing.copy, target_url=target.url(user, port=relay.port))
            process = pairing.copy.start()
            self.assertTrue(relay.struck.wait(60), pairing.told("not enough was sent"))
            process.send_signal(signal.SIGKILL)
            self.assertEqual(finish(process).status, -signal.SIGKILL)
            relay.release()
            pairing.round("after kill -9")
            pairing.round_without_steps("once more")


class Separators(unittest.TestCase):
    """Cyrus with "/" and no prefix, and Courier with "." and INBOX. in front of all."""

    def test_names_with_the_targets_separator(self) -> None:
        self._move([("v1.2",), ("v1", "2"), ("v1_2",), ("a.b", "c.d"), ("...",)], SLASHED_CYRUS, COURIER)

    def test_names_with_a_slash(self) -> None:
        self._move([("in/out",), ("in", "out"), ("a/b", "c/d")], DOTTED_DOVECOT, SLASHED_CYRUS)

    def test_names_that_only_look_like_the_prefix(self) -> None:
        self._move([("INBOX2",), ("Inboxes", "INBOX")], SLASHED_CYRUS, COURIER)

    def _move(self, paths: list[Path], old: ServerKind, new: ServerKind) -> None:
        """Every folder arrives as a folder of its own, and the next round knows it."""
        user = _user(old.name, new.name)
        make = MessageFactory(15)
        with old.make({user: PASSWORD}) as source, new.make({user: PASSWORD}) as target, tempfile.TemporaryDirectory() as folder:
            pairing = Pairing(OldServer(old.name, source), new, target, user, FilePath(folder))
            fill_over_imap(pairing.old.account(user), [FolderSpec(path, [make.plain(400), make.plain(500)]) for path in paths])
            outcome = pairing.copy.run("--json")
            self.assertEqual(outcome.status, MOVED, pairing.told("", outcome))
            there = _contents(pairing.new_snapshot())
            self.assertEqual(len(there), len(paths))
            self.assertEqual(there, _contents(pairing.old_snapshot()), pairing.told("", outcome))
            pairing.round_without_steps("second round")


def _contents(snapshot: Snapshot) -> set[frozenset[str]]:
    """What lies together in a folder."""
    return {frozenset(message.digest for message in folder.messages) for folder in snapshot.folders.values() if folder.messages}


class NeverOpened(unittest.TestCase):
    def test_folders_of_courier_that_nobody_opened_yet(self) -> None:
        """Courier tells another UIDVALIDITY of them each second, until they are selected."""
        user = "alice@example.com"
        make = MessageFactory(5)
        with COURIER.make({user: PASSWORD}) as source, DOVECOT.make({user: PASSWORD}) as target, \
                tempfile.TemporaryDirectory() as folder:
            assert isinstance(source, Courier)
            for place in ("", ".Work"):
                source.deliver(user, place, [make.plain(500).body for _ in range(3)])
            pairing = Pairing(OldServer("Courier", source), DOVECOT, target, user, FilePath(folder))
            outcome = pairing.copy.run("--json")
            self.assertEqual((outcome.status, outcome.summary()["copied"]), (MOVED, 6), pairing.told("", outcome))
            time.sleep(1.1)
            pairing.round_without_steps("in another second")


class PrivateServers(unittest.TestCase):
    def test_nothing_is_left_of_a_master_that_died(self) -> None:
        with Courier({"alice@example.com": PASSWORD}) as server:
            master = server.pid
            self.assertTrue(members_of_session(master))
            os.kill(master, signal.SIGKILL)
        self.assertEqual(members_of_session(master), [])

    def test_a_port_that_was_taken_meanwhile(self) -> None:
        server = Courier({"alice@example.com": PASSWORD})
        self.addCleanup(server.close)
        chosen = server.port
        with socket.create_server(("127.0.0.1", chosen)):
            server.start()
        self.assertNotEqual(server.port, chosen)


class Encryption(unittest.TestCase):
    def test_starttls(self) -> None:
        users = {"alice@example.com": PASSWORD}
        for kind in TARGETS:
            with self.subTest(kind.name), tempfile.TemporaryDirectory() as folder, kind.make(users) as source, \
                    kind.make(users) as target:
                with Connection(Account("127.0.0.1", source.port, "alice@example.com", PASSWORD)) as connection:
                    connection.append(b"INBOX", [("\\Seen", "", MessageFactory(1).plain(500).body)])
                url = "alice@example.com"
                copy = Copy(source.url(url), target.url(url), PASSWORD, PASSWORD, FilePath(folder),
                            ["--source-trust-fingerprint", source.fingerprint, "--target-trust-fingerprint", target.fingerprint])
                outcome = copy.run("--json", "--trace", str(copy.folder / "trace"))
                self.assertEqual(outcome.status, MOVED, f"{last_lines(outcome.text)}\n{source.log_tail()}\n{target.log_tail()}")
                self.assertEqual(outcome.summary()["copied"], 1)
                trace = (copy.folder / "trace").read_text(errors="replace")
                self.assertEqual(trace.count("STARTTLS\n"), 2, "a login went over an unencrypted line")


if __name__ == "__main__":
    unittest.main()
