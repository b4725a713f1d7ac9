# SPDX-License-Identifier: Apache-2.0
"""COMPRESS=DEFLATE is asked for where the line is slower than deflating, and only there."""
from __future__ import annotations

import time
import unittest

from copy_case import CopyCase, snapshot
from mailboxes import account_for_a_slow_line
from relay import TO_CLIENT, TO_SERVER, Relay

_SLOW = 1.3 * 1024 * 1024  # bytes per second
# A line is called slow after two seconds of waiting at the earliest, and a session waits for reading and for writing at once.
_SURELY_FAST = 1.0
_ATTEMPTS = 5


class Compression(CopyCase):
    def setUp(self) -> None:
        self.source = self.server("maildir", compress=True)
        self.fill(self.source, account_for_a_slow_line(91))
        self.body_bytes = sum(message.size for folder in snapshot(self.source).folders.values() for message in folder.messages)

    def move(self, rate: float = 0) -> tuple[Relay, Relay, float]:
        """Moves everything, byte for byte, over lines of that rate. Returns them, and how many seconds it took."""
        target = self.server("sdbox", compress=True)
        lines = [Relay(server.port, rate=rate, watch=b" COMPRESS DEFLATE\r\n") for server in (self.source, target)]
        for line in lines:
            self.addCleanup(line.close)
        started = time.monotonic()
        self.assert_status(self.copy(self.source, target, source_port=lines[0].port, target_port=lines[1].port).run())
        seconds = time.monotonic() - started
        self.assert_identical(self.source, target)
        return lines[0], lines[1], seconds

    def test_slow_lines(self) -> None:
        from_source, to_target, _ = self.move(_SLOW)
        self.assertEqual((from_source.watched, to_target.watched), (1, 1))
        self.assertLess(from_source.passed(TO_CLIENT), 0.8 * self.body_bytes)
        self.assertLess(to_target.passed(TO_SERVER), 0.8 * self.body_bytes)

    def test_fast_lines(self) -> None:
        for _ in range(_ATTEMPTS):
            from_source, to_target, seconds = self.move()
            if seconds < _SURELY_FAST:
                break
        else:
            self.skipTest("this machine is too loaded to have a fast line")
        self.assertEqual((from_source.watched, to_target.watched), (0, 0))
        self.assertGreater(from_source.passed(TO_CLIENT), self.body_bytes)
        self.assertGreater(to_target.passed(TO_SERVER), self.body_bytes)


if __name__ == "__main__":
    unittest.main()
