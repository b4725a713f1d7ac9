# SPDX-License-Identifier: Apache-2.0
"""A terminal that a program runs in, as a person sees it: tmux draws the screen, and keys are pressed."""
from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
import uuid
from pathlib import Path


class Terminal:
    """One program in a terminal of its own; ends with close()."""

    def __init__(self, command: list[str], columns: int = 100, rows: int = 30, folder: Path | None = None) -> None:
        self._name = f"godwit-test-{uuid.uuid4().hex}"
        # What follows the program stays on the screen, so that its end can be read.
        line = f"trap : INT; {shlex.join(command)}; printf '[exit %d]\\n' $?; exec cat"
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        subprocess.run(["tmux", "-u", "-L", self._name, "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                        "-c", str(folder or "/"), "sh", "-c", line], check=True, env=environment, timeout=30)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-u", "-L", self._name, *arguments], capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise AssertionError(f"tmux {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def screen(self, history: bool = False) -> str:
        """What is on the screen now; with `history`, what has gone above its upper edge, too."""
        return self._tmux("capture-pane", "-p", *(("-S", "-") if history else ()))

    def press(self, *keys: str) -> None:
        """By tmux's names: C-c, Enter, q, or text."""
        self._tmux("send-keys", *keys)

    def await_text(self, pattern: str, seconds: float = 60) -> str:
        """The screen as soon as it has what the regular expression says."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen(history=True)
            if re.search(pattern, shown):
                return shown
            time.sleep(0.05)
        raise AssertionError(f"never on the screen: {pattern}\n{shown}")

    def exit_status(self, seconds: float = 60) -> int:
        """Of the program, when it has ended."""
        shown = self.await_text(r"\[exit \d+\]", seconds)
        return int(re.findall(r"\[exit (\d+)\]", shown)[-1])

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], capture_output=True, timeout=30, check=False)
