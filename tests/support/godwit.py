# SPDX-License-Identifier: Apache-2.0
"""Runs the binary under test: `godwit copy` between two accounts, with ledger and passwords in a folder of its own."""
from __future__ import annotations

import json
import os
import re
import signal
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOVED, NOT_ALL_MOVED, USAGE, LOGIN_REFUSED, UNREACHABLE, STOPPED, LEDGER_UNUSABLE, DEFECT = 0, 1, 2, 3, 4, 5, 6, 70

# What a sanitizer finds must not look like one of godwit's own exit statuses.
SANITIZER_FOUND = 99
_SANITIZERS = {"ASAN_OPTIONS": f"exitcode={SANITIZER_FOUND}", "UBSAN_OPTIONS": f"exitcode={SANITIZER_FOUND}:print_stacktrace=1"}


def binary() -> str:
    """The binary under test: GODWIT_BINARY, or build/godwit of this checkout."""
    return os.environ.get("GODWIT_BINARY") or str(Path(__file__).resolve().parents[2] / "build" / "godwit")


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    status: int  # negative: ended by that signal
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def events(self) -> list[dict[str, Any]]:
        """The lines of --json; every line must be an object."""
        events = [json.loads(line) for line in self.stdout.splitlines()]
        assert all(isinstance(event, dict) for event in events)
        return events

    def summary(self) -> dict[str, Any]:
        """The last JSON line."""
        return self.events()[-1]


@dataclass(frozen=True)
class FaultState:
    """What GODWIT_FAULT_STATE holds; see src/base/fault.h."""

    steps: int
    open_appends: int


@dataclass
class Copy:
    """One account's `godwit copy`, run as often as one likes with the same ledger."""

    source_url: str
    target_url: str
    source_password: str
    target_password: str
    folder: Path                      # for ledger, password files and fault state
    options: list[str] = field(default_factory=lambda: ["--plain-ok"])
    environment: dict[str, str] = field(default_factory=dict)
    password_files: bool = True       # False: the test gives the passwords in another way
    password_ending: str = "\n"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger" / "ledger.sqlite"

    @property
    def state_file(self) -> Path:
        return self.folder / "fault-state"

    def command(self, *more: str) -> list[str]:
        """The command line; writes the password files."""
        self.ledger.parent.mkdir(parents=True, exist_ok=True)
        arguments = [binary(), "copy", self.source_url, self.target_url, "--ledger", str(self.ledger)]
        for side, password in self._passwords():
            file = self.folder / f"{side}-password"
            file.touch(mode=0o600)
            file.write_bytes((password + self.password_ending).encode())
            arguments += [f"--{side}-password-file", str(file)]
        return arguments + self.options + list(more)

    def _passwords(self) -> list[tuple[str, str]]:
        both = [("source", self.source_password), ("target", self.target_password)]
        return both if self.password_files else []

    def start(self, *more: str, kill_at: int = 0, **options: Any) -> subprocess.Popen[str]:
        """Starts a run. `kill_at`: the wire or ledger step at which it kills itself; 0: none."""
        environment = {**os.environ, **_SANITIZERS, **self.environment, "GODWIT_FAULT_STATE": str(self.state_file)}
        self.state_file.unlink(missing_ok=True)
        if kill_at:
            environment["GODWIT_FAULT_KILL_AT"] = str(kill_at)
        return subprocess.Popen(self.command(*more), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="replace", **options)

    def run(self, *more: str, kill_at: int = 0, timeout: float = 120) -> Outcome:
        """Runs to the end."""
        return finish(self.start(*more, kill_at=kill_at), timeout)

    def fault_state(self) -> FaultState:
        """Steps passed and APPENDs open when the last run ended."""
        data = self.state_file.read_bytes() if self.state_file.exists() else b""
        steps, open_appends, _ = struct.unpack_from("=QQQ", data.ljust(24, b"\0"))
        return FaultState(steps, open_appends)


def finish(process: subprocess.Popen[str], timeout: float = 120) -> Outcome:
    """Waits for a run; one that takes too long is killed and counts as failed."""
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        stdout, stderr = process.communicate()
        stderr += f"\n(killed by the test after {timeout} s)"
    return Outcome(process.returncode, stdout, stderr)


def last_lines(text: str, count: int = 12) -> str:
    """The end of a run's output, for messages of failed tests."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    return "\n".join(plain.splitlines()[-count:])
