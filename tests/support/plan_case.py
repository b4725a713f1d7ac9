# SPDX-License-Identifier: Apache-2.0
"""What tests of commands over a plan share: a folder with the plan, and godwit run on it."""
from __future__ import annotations

import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from godwit import MOVED, Outcome, binary


class PlanCase(unittest.TestCase):
    """An empty folder; the plan in it is the test's to write."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.plan = self.folder / "godwit.toml"

    def command(self, *arguments: str) -> list[str]:
        return [binary(), *arguments, "--plan", str(self.plan)]

    def run_command(self, *arguments: str) -> Outcome:
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, errors="replace", timeout=200, check=False,
                              stdin=subprocess.DEVNULL)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def await_status(self, is_so: object, seconds: float = 60) -> dict[str, object]:
        """Asks the owner until its answer is as wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            outcome = self.run_command("status", "--json")
            if outcome.status == MOVED:
                status = json.loads(outcome.stdout.splitlines()[-1])
                if "counts" in status and is_so(status):  # type: ignore[operator]
                    return status
            time.sleep(0.05)
        self.fail("the status was never as wanted: " + outcome.text)
