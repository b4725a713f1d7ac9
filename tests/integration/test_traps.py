# SPDX-License-Identifier: Apache-2.0
"""docs/traps.md names tests that exist, for every trap; and one trap that only real servers show."""
from __future__ import annotations

import ast
import os
import re
import tempfile
import unittest
from pathlib import Path

from account_snapshot import naming
from godwit import MOVED, Copy
from imap_raw import Account, Connection, quoted
from messages import MessageFactory
from server_kinds import COURIER, CYRUS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "traps.md"
NUMBERS = [*range(1, 45), *range(54, 59)]
PASSWORD = "correct horse"


def rows(text: str) -> dict[int, list[str]]:
    """The cells behind the number of each trap's row."""
    found: dict[int, list[str]] = {}
    for line in text.splitlines():
        if match := re.match(r"\| T(\d+) \|(.*)\|$", line):
            if int(match[1]) in found:
                raise ValueError(f"T{match[1]} has two rows")
            found[int(match[1])] = [cell.strip() for cell in re.split(r"(?<!\\)\|", match[2])]
    return found


def unit_tests() -> set[str]:
    pattern = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", re.MULTILINE)
    files = [file for folder in ("src", "tests") for file in (ROOT / folder).rglob("*.cpp")]
    return {".".join(match) for file in files for match in pattern.findall(file.read_text())}


def python_tests() -> set[str]:
    names = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                names |= {f"{file.stem}.{node.name}.{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
    return names


class Table(unittest.TestCase):
    def test_every_trap_has_a_row_that_says_something(self) -> None:
        found = rows(DOCUMENT.read_text())
        self.assertEqual(sorted(found), NUMBERS)
        for number, cells in found.items():
            self.assertEqual(len(cells), 3, f"T{number}")
            self.assertTrue(all(cells), f"T{number} has an empty cell")

    def test_every_test_that_is_named_exists(self) -> None:
        existing = unit_tests() | python_tests()
        for number, cells in rows(DOCUMENT.read_text()).items():
            named = re.findall(r"`([^`]+)`", cells[2])
            self.assertTrue(named or cells[2].startswith("not tested: "), f"T{number} names no test, and no reason")
            for name in named:
                self.assertIn(name, existing, f"T{number}")

    def test_a_wrong_table_is_noticed(self) -> None:
        self.assertEqual(rows("| T1 | a | b \\| c | `X.Y` |\n| x | y |"), {1: ["a", "b \\| c", "`X.Y`"]})
        with self.assertRaises(ValueError):
            rows("| T1 | a | b | c |\n| T1 | a | b | c |")
        self.assertNotIn("ImapTraps.NoSuchTest", unit_tests())
        self.assertIn("test_traps.Table.test_a_wrong_table_is_noticed", python_tests())


NAMES = {"communigate": "CommuniGate Pro", "exchange": "Exchange, Microsoft 365", "gmx": "GMX", "groupwise": "GroupWise",
         "hmailserver": "hMailServer", "icewarp": "IceWarp", "icloud": "iCloud", "kerio": "Kerio Connect", "qqmail": "QQ Mail",
         "smartermail": "SmarterMail", "uw": "UW IMAP"}
RUN_FOR_REAL = ("courier", "cyrus", "dovecot")


def transcripts_table() -> str:
    lines = ["| server | as source | as target | conversations of the client |", "|---|---|---|---|"]
    for folder in sorted((ROOT / "tests" / "transcripts").iterdir()):
        kinds = [file.name.partition("-")[0].partition(".")[0] for file in folder.glob("*.txt")]
        if folder.name in RUN_FOR_REAL:
            continue
        counts = [kinds.count("source"), kinds.count("target"), kinds.count("read") + kinds.count("append")]
        lines.append(f"| {NAMES.get(folder.name, folder.name.capitalize())} | " + " | ".join(str(count or "") for count in counts) + " |")
    return "\n".join(lines) + "\n"


class Transcripts(unittest.TestCase):
    def test_the_documentation_counts_them(self) -> None:
        document = ROOT / "docs" / "compatibility.md"
        before, begin, rest = document.read_text().partition("<!-- transcripts: ")
        marker, end, after = rest.partition("<!-- end of transcripts -->")
        if os.environ.get("GODWIT_WRITE_TABLE"):
            document.write_text(before + begin + marker.partition("-->")[0] + "-->\n" + transcripts_table() + end + after)
        else:
            self.assertEqual(marker.partition("-->\n")[2], transcripts_table(), "run this test with GODWIT_WRITE_TABLE=1")


class RenamedOnCourier(unittest.TestCase):
    """Courier gives a folder that is renamed another UIDVALIDITY: the second of the clock at which it is opened next."""

    def test_its_messages_are_found_again(self) -> None:
        user = "alice@example.com"
        make = MessageFactory(44)
        with CYRUS.make({user: PASSWORD}) as source, COURIER.make({user: PASSWORD}) as target, tempfile.TemporaryDirectory() as folder:
            copy = Copy(source.url(user), target.url(user), PASSWORD, PASSWORD, Path(folder), ["--plain-ok", "--quiet-time", "0.5"])
            with Connection(Account("127.0.0.1", source.port, user, PASSWORD)) as connection:
                before, after = (naming(connection).name((name,)) for name in ("Work", "Done"))
                connection.command(b"CREATE " + quoted(before))
                connection.append(before, [("\\Seen", "", make.plain(400).body) for _ in range(5)])
                self.assertEqual(copy.run("--json").status, MOVED)
                connection.command(b"RENAME " + quoted(before) + b" " + quoted(after))
            self.wait_for_another_second(target.port, user)
            renamed = copy.run("--json")
            did = renamed.summary()
            self.assertEqual((renamed.status, did["copied"], did["folders_renamed"]), (MOVED, 0, 1), renamed.text)
            self.assertIn("UIDVALIDITY has changed; its messages are matched again", renamed.text)
            self.assertEqual(renamed.summary()["matched"], 5, renamed.text)
            last = copy.run("--json")
            self.assertEqual((last.summary()["copied"], last.summary()["matched"]), (0, 0), last.text)
            self.assertNotIn("UIDVALIDITY", last.text)

    def wait_for_another_second(self, port: int, user: str) -> None:
        """Until a folder that is made now gets another number than the first one."""
        with Connection(Account("127.0.0.1", port, user, PASSWORD)) as connection:
            names = naming(connection)
            first = _uid_validity(connection, names.name(("Work",)))
            for number in range(1000):
                name = names.name((f"x{number}",))
                connection.command(b"CREATE " + quoted(name))
                now = _uid_validity(connection, name)
                connection.command(b"SELECT INBOX")
                connection.command(b"DELETE " + quoted(name))
                if now != first:
                    return


def _uid_validity(connection: Connection, name: bytes) -> bytes:
    connection.command(b"SELECT " + quoted(name))
    items = connection.command(b"STATUS " + quoted(name) + b" (UIDVALIDITY)")[0][2]
    return items[1]  # type: ignore[index, return-value]
