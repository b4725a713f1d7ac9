# SPDX-License-Identifier: Apache-2.0
"""mbox files as a source and as a target; files are written by Python's mailbox module, by real Dovecot, and by godwit."""
from __future__ import annotations

import hashlib
import mailbox
import signal
import unittest

from copy_case import ALICE, PASSWORD, CopyCase, snapshot
from godwit import MOVED, NOT_ALL_MOVED, Copy
from servers import Dovecot

DATE = "Tue Mar 04 03:33:20 2003 +0100"


def message(number: int, body: str = "", header: str = "") -> str:
    """A message as it stands in a file, with its From_ line and the empty line behind it."""
    return (f"From alice@example.com {DATE}\nSubject: message {number}\n{header}Message-ID: <{number}@example.com>\n\n"
            f"body {number}\n{body}\n")


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


if __name__ == "__main__":
    unittest.main()
