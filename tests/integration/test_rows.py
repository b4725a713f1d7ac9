# SPDX-License-Identifier: Apache-2.0
"""Each row of the README's table of sources and targets: one item refused, one changed and one removed between rounds, and a kill in each
round. Sources go to a real Dovecot that takes no message above 100 KiB; targets are read by other code than godwit's."""
from __future__ import annotations

import hashlib
import signal
import tarfile
import tempfile
import unittest
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from account_snapshot import take_snapshot
from file_copy import FileCopy
from file_snapshot import difference, read_maildir, read_mbox
from godwit import MOVED, NOT_ALL_MOVED, Outcome, last_lines
from imap_raw import Account, Connection
from servers import Dovecot

PASSWORD = "secret"
LIMIT = "plugin {\n  quota_max_mail_size = 100k\n}\n"
COUNT, TOO_LARGE, CHANGED, REMOVED, NEW = 9, 4, 2, 6, 20


Found = dict[str, tuple[str, ...]]  # flags by digest


def message(number: int, *, note: str = "") -> bytes:
    body = "text of a line that is long enough\n" * (5000 if number == TOO_LARGE else 3)
    return f"Subject: number {number}\nDate: Mon, 5 Jan 1998 09:00:00 +0000\nMessage-ID: <{number}@example.com>\n\n{note}{body}".encode()


def digest(body: bytes) -> str:
    """Of the message as servers give it."""
    return hashlib.sha256(body.replace(b"\n", b"\r\n")).hexdigest()


class Row:
    """A source of one kind with messages 1 to COUNT."""

    url: str

    def __init__(self, place: Path) -> None:
        self.place = place

    def change(self) -> None:
        """CHANGED, in whatever way the kind allows."""
        raise NotImplementedError

    def remove(self) -> None:
        """REMOVED goes and NEW comes."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends what was started."""

    def is_changed(self, found: Found) -> bool:
        return "\\flagged" in found[digest(message(CHANGED))]


class Maildir(Row):
    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.url = f"maildir:{place}/Maildir"
        self.cur = place / "Maildir" / "cur"
        self.cur.mkdir(parents=True)
        for number in range(1, COUNT + 1):
            self.write(number)

    def write(self, number: int) -> None:
        (self.cur / f"17000000{number:02}.M1P1.localhost:2,S").write_bytes(message(number))

    def change(self) -> None:
        file = self.cur / f"17000000{CHANGED:02}.M1P1.localhost:2,S"
        file.rename(file.with_name(file.name + "F"))

    def remove(self) -> None:
        (self.cur / f"17000000{REMOVED:02}.M1P1.localhost:2,S").unlink()
        self.write(NEW)


class Mbox(Row):
    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.url = f"mbox:{place}/mbox"
        self.numbers = list(range(1, COUNT + 1))
        self.status = ""
        self.write()

    def write(self) -> None:
        first = b"From alice@example.com Tue Mar  4 03:33:20 2003\n"
        parts = [first + (self.status.encode() if number == CHANGED else b"") + message(number) + b"\n" for number in self.numbers]
        (self.place / "mbox").write_bytes(b"".join(parts))

    def change(self) -> None:
        self.status = "X-Status: F\n"
        self.write()

    def remove(self) -> None:
        self.numbers = [number for number in self.numbers if number != REMOVED] + [NEW]
        self.write()


class Folder(Row):
    """Files that are called after their numbers."""

    scheme, suffix = "mh", ""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.url = f"{self.scheme}:{place}/tree"
        self.inbox = place / "tree" / "inbox"
        self.inbox.mkdir(parents=True)
        for number in range(1, COUNT + 1):
            self.write(number)

    def write(self, number: int, *, note: str = "") -> None:
        (self.inbox / f"{number}{self.suffix}").write_bytes(message(number, note=note))

    def remove(self) -> None:
        (self.inbox / f"{REMOVED}{self.suffix}").unlink()
        self.write(NEW)


class Mh(Folder):
    def change(self) -> None:
        (self.inbox / ".mh_sequences").write_text(f"flagged: {CHANGED}\n")


class Eml(Folder):
    scheme, suffix = "eml", ".eml"

    def change(self) -> None:
        """Other bytes are another message."""
        self.write(CHANGED, note="anew\n")

    def is_changed(self, found: Found) -> bool:
        return digest(message(CHANGED, note="anew\n")) in found and digest(message(CHANGED)) not in found


class Zip(Eml):
    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.url = f"eml:{place}/mail.zip"
        self.pack()

    def pack(self) -> None:
        with zipfile.ZipFile(self.place / "mail.zip", "w") as archive:
            for file in sorted(self.inbox.iterdir()):
                archive.write(file, f"inbox/{file.name}")

    def change(self) -> None:
        super().change()
        self.pack()

    def remove(self) -> None:
        super().remove()
        self.pack()


class Tgz(Maildir):
    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.url = f"maildir:{place}/mail.tgz"
        self.pack()

    def pack(self) -> None:
        with tarfile.open(self.place / "mail.tgz", "w:gz") as archive:
            archive.add(self.place / "Maildir", "Maildir")

    def change(self) -> None:
        super().change()
        self.pack()

    def remove(self) -> None:
        super().remove()
        self.pack()


class Server(Row):
    """A Dovecot, by IMAP or POP3."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.user = "old@example.com"
        self.server = Dovecot("maildir", {self.user: PASSWORD}, pop3=True, extra="pop3_no_flag_updates = yes").start()
        self.url = self.server.url(self.user)
        self.append(*range(1, COUNT + 1))

    def close(self) -> None:
        self.server.close()

    def connection(self) -> Connection:
        return Connection(Account("127.0.0.1", self.server.port, self.user, PASSWORD))

    def append(self, *numbers: int) -> None:
        with self.connection() as connection:
            for number in numbers:
                body = message(number).replace(b"\n", b"\r\n")
                connection.command(b"APPEND INBOX {%d+}\r\n%b" % (len(body), body))

    def in_inbox(self, *commands: bytes) -> None:
        with self.connection() as connection:
            connection.command(b"SELECT INBOX")
            for command in commands:
                connection.command(command)

    def change(self) -> None:
        self.in_inbox(rb"UID STORE %d +FLAGS (\Flagged)" % CHANGED)

    def remove(self) -> None:
        self.in_inbox(rb"UID STORE %d +FLAGS (\Deleted)" % REMOVED, b"UID EXPUNGE %d" % REMOVED)
        self.append(NEW)


class Pop3(Server):
    """Its messages cannot change: one is stored anew with other bytes, as another one."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.url = self.server.pop3_url(self.user)

    def change(self) -> None:
        self.in_inbox(rb"UID STORE %d +FLAGS (\Deleted)" % CHANGED, b"UID EXPUNGE %d" % CHANGED)
        self.append(NEW + 1)

    def is_changed(self, found: Found) -> bool:
        return digest(message(NEW + 1)) in found and digest(message(CHANGED)) not in found


SOURCES: dict[str, Callable[[Path], Row]] = {"IMAP": Server, "POP3": Pop3, "Maildir": Maildir, "MH": Mh, ".eml": Eml, ".zip": Zip,
                                             ".tgz": Tgz, "mbox": Mbox}


def user_of(name: str) -> str:
    return f"{name.strip('.').lower()}@example.com"


class RowsCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def all_at_once(self, trial: Callable[[str], None], names: list[str]) -> None:
        """Each by itself; the text of a failure says which."""
        with ThreadPoolExecutor(len(names)) as pool:
            futures = {name: pool.submit(trial, name) for name in names}
        for name, future in futures.items():
            with self.subTest(name):
                future.result()

    def run_with_a_kill(self, copy: FileCopy, status: int) -> Outcome:
        """Killed in the middle of what there is to do, and once more; then to the end."""
        killed = 0
        for step in (12, 30):
            killed += copy.run(kill_at=step).status == -signal.SIGKILL
        self.assertEqual(killed, 2, "it was through before it could be killed")
        outcome = copy.run("--json")
        self.assertEqual(outcome.status, status, last_lines(outcome.text, 30))
        return outcome


class Sources(RowsCase):
    def setUp(self) -> None:
        super().setUp()
        self.target = Dovecot("sdbox", {user_of(name): PASSWORD for name in SOURCES}, extra=LIMIT)
        self.addCleanup(self.target.close)
        self.target.start()

    def test_every_row(self) -> None:
        self.all_at_once(self.play, list(SOURCES))

    def found(self, name: str) -> Found:
        folders = take_snapshot(Account("127.0.0.1", self.target.port, user_of(name), PASSWORD)).folders
        messages = [each for folder in folders.values() for each in folder.messages]
        found = {each.digest: each.flags for each in messages}
        self.assertEqual(len(found), len(messages), f"{name}: a message is there twice")
        return found

    def play(self, name: str) -> None:
        place = self.folder / name
        place.mkdir()
        row = SOURCES[name](place)
        self.addCleanup(row.close)
        copy = FileCopy(row.url, self.target.url(user_of(name)), PASSWORD, PASSWORD, place, ["--plain-ok", "--quiet-time", "0.2"])
        outcome = self.run_with_a_kill(copy, NOT_ALL_MOVED)
        self.assertEqual(outcome.summary()["not_moved"], 1, name)
        numbers = [number for number in range(1, COUNT + 1) if number != TOO_LARGE]
        self.assertEqual(self.found(name).keys(), {digest(message(number)) for number in numbers}, name)
        row.change()
        row.remove()
        outcome = self.run_with_a_kill(copy, NOT_ALL_MOVED)
        self.assertEqual(outcome.summary()["not_moved"], 1, name)
        found = self.found(name)
        self.assertTrue(row.is_changed(found), name)
        rest = {digest(message(number)) for number in [*numbers, NEW] if number not in (CHANGED, REMOVED)}
        self.assertEqual(rest - found.keys(), set(), name)
        self.assertEqual(len(found), COUNT - 1, name)
        again = copy.run("--json").summary()
        self.assertEqual((again["copied"], again["removed"], again["flags_changed"], again["not_moved"]), (0, 0, 0, 1), name)


class Targets(RowsCase):
    """What a folder of files refuses: a folder whose place is taken by something else."""

    def test_every_row(self) -> None:
        self.all_at_once(self.play, ["maildir", "mbox"])

    def play(self, kind: str) -> None:
        place = self.folder / kind
        place.mkdir()
        row = Maildir(place)
        blocked = self.folder / kind / "Maildir" / ".Blocked" / "cur"
        blocked.mkdir(parents=True)
        (blocked / "1700000000.M1P1.localhost:2,S").write_bytes(message(1))
        target = place / "new"
        target.mkdir()
        obstacle = target / (".Blocked" if kind == "maildir" else "Blocked")
        obstacle.write_text("something else\n") if kind == "maildir" else obstacle.mkdir()
        copy = FileCopy(row.url, f"{kind}:{target}", "", "", place, ["--quiet-time", "0.2"])
        read = read_maildir if kind == "maildir" else read_mbox
        outcome = self.run_with_a_kill(copy, NOT_ALL_MOVED)
        self.assertIn("Blocked", outcome.text)
        wanted = read_maildir(place / "Maildir")
        self.assertEqual(difference({("INBOX",): wanted["INBOX",]}, read(target)), "", kind)
        row.change()
        row.remove()
        obstacle.unlink() if kind == "maildir" else obstacle.rmdir()
        self.run_with_a_kill(copy, MOVED)
        self.assertEqual(difference(read_maildir(place / "Maildir"), read(target)), "", kind)


if __name__ == "__main__":
    unittest.main()
