# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, and what a run says while it goes."""
from __future__ import annotations

import os
import pty
import signal
import subprocess
import unittest

from copy_case import CopyCase, snapshot
from godwit import STOPPED, finish
from mailboxes import FolderSpec, varied_account
from messages import MessageFactory
from relay import TO_CLIENT, TO_SERVER, Relay, Trouble


class Interruption(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        make = MessageFactory(71)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(20_000) for _ in range(150)]),
                                FolderSpec(("Big",), [make.plain(3_000_000)])])

    def interrupted(self, relay: Relay, **ports: int) -> None:
        copy = self.copy(self.source, self.target, **ports)
        process = copy.start()
        self.assertTrue(relay.struck.wait(30))
        process.send_signal(signal.SIGINT)
        relay.release()
        outcome = self.assert_status(finish(process, 60), STOPPED)
        self.assertRegex(outcome.text.lower(), r"same command|again|go on|goes on|resume|continue")
        self.assert_status(copy.run())
        self.assert_identical(self.source, self.target)

    def test_while_reading(self) -> None:
        with Relay(self.source.port, Trouble("hold", TO_CLIENT, 400_000)) as relay:
            self.interrupted(relay, source_port=relay.port)

    def test_while_writing(self) -> None:
        with Relay(self.target.port, Trouble("hold", TO_SERVER, 700_000)) as relay:
            self.interrupted(relay, target_port=relay.port)

    def test_twice_while_a_server_hangs(self) -> None:
        """The second Ctrl-C does not wait for a server that says nothing."""
        with Relay(self.source.port, Trouble("hold", TO_CLIENT, 400_000)) as relay:
            copy = self.copy(self.source, self.target, source_port=relay.port)
            process = copy.start()
            self.assertTrue(relay.struck.wait(30))
            process.send_signal(signal.SIGINT)
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
            outcome = finish(process, 20)
            self.assertIn(outcome.status, (STOPPED, -signal.SIGINT), outcome.text)
            relay.release()
            self.assert_status(copy.run())
        self.assert_identical(self.source, self.target)


class Output(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.fill(self.source, varied_account(72, 60))
        self.account_copy = self.copy(self.source, self.target)

    def test_json(self) -> None:
        events = self.assert_status(self.account_copy.run("--json")).events()
        total = sum(len(folder.messages) for folder in snapshot(self.source).folders.values())
        self.assertGreater(len(events), 1)
        self.assertEqual(events[-1]["copied"], total)
        self.assertEqual(events[-1]["not_moved"], 0)

    def test_lines_without_a_terminal(self) -> None:
        outcome = self.assert_status(self.account_copy.run())
        self.assertNotIn("\x1b", outcome.text)
        self.assertNotIn("\r", outcome.text)
        self.assertTrue(outcome.text.strip())

    def test_progress_on_a_terminal(self) -> None:
        main, child = pty.openpty()
        process = subprocess.Popen(self.account_copy.command(), stdin=child, stdout=child, stderr=child)
        os.close(child)
        seen = b""
        try:
            while piece := os.read(main, 65536):
                seen += piece
        except OSError:  # Linux's way to say that the other end is closed
            pass
        os.close(main)
        self.assertEqual(process.wait(30), 0, seen.decode(errors="replace"))
        self.assertIn(b"\x1b[", seen)
        self.assert_identical(self.source, self.target)


if __name__ == "__main__":
    unittest.main()
