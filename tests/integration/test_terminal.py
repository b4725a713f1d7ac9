# SPDX-License-Identifier: Apache-2.0
"""What a person sees: progress that stays in its place, and what becomes of Ctrl-C."""
from __future__ import annotations

import re
import unittest

from godwit import MOVED, STOPPED
from terminal import Terminal
from test_migrate import PEOPLE, MigrateCase


class OnATerminal(MigrateCase):
    """A slow line, so that there is something to look at."""

    limits = '[source.limits]\nbytes_per_second = "60kB"'

    def terminal(self, *arguments: str, columns: int = 100) -> Terminal:
        terminal = Terminal(self.command(*arguments), columns, folder=self.folder)
        self.addCleanup(terminal.close)
        return terminal

    def test_progress_is_drawn_in_its_place_and_ctrl_c_ends_it_cleanly(self) -> None:
        terminal = self.terminal("migrate", "--at-once", "3")
        terminal.await_text(r"[1-9]\d* messages, .* done · [1-9]")
        shown = terminal.screen()
        self.assertEqual(len(re.findall(r"of 8 accounts moved", shown)), 1, shown)
        self.assertRegex(shown, r"3 at work · \d waiting")
        at_work = re.findall(r"^  (person-\d\d@example\.com) ", shown, re.MULTILINE)
        self.assertTrue(1 <= len(at_work) <= 3, shown)
        terminal.press("C-c")
        self.assertEqual(terminal.exit_status(), STOPPED)
        shown = terminal.screen(history=True)
        self.assertRegex(shown, r"(?m)^stopping after what is in flight")
        shown = shown.partition("stopping after")[2]
        self.assertNotRegex(shown, r"at work")
        self.assertIn("interrupted; goes on later", shown)
        listed = self.run_command("account", "list")
        self.assertEqual(listed.status, MOVED, listed.text)
        self.assertNotRegex(listed.stdout, r"(?m)^person.* (running|at work)\b")
        self.assertIn("Nobody is at work.", listed.stdout)
        again = self.terminal("migrate")
        self.assertEqual(again.exit_status(seconds=120), MOVED)
        self.assertRegex(again.screen(history=True), r"8 of 8 accounts moved")
        self.assert_equal(PEOPLE)

    def test_another_terminal_watches_and_a_narrow_one_is_not_broken(self) -> None:
        owner = self.terminal("migrate")
        owner.await_text(r"[1-9]\d* messages, .* done · [1-9]")
        watcher = self.terminal("status", "--watch", columns=70)
        watcher.await_text(r"[1-9]\d* messages, .* done · [1-9].* · slow: limits")
        shown = watcher.screen()
        self.assertEqual(len(re.findall(r"of 8 accounts", shown)), 1, shown)
        again = self.terminal("status", "--watch")
        again.await_text(r"at work")
        again.press("C-c")
        again.exit_status()
        self.assertEqual(owner.exit_status(seconds=120), MOVED)
        self.assertEqual(watcher.exit_status(), MOVED)
        self.assertIn("godwit migrate has ended", watcher.screen(history=True))


if __name__ == "__main__":
    unittest.main()
