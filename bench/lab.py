# SPDX-License-Identifier: Apache-2.0
"""Where the works are done: private servers, relays and accounts in one temporary folder, and one measured run of a tool."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from account_snapshot import Snapshot, take_snapshot
from compare import compare_snapshots
from imap_raw import Account, ImapError
from maildirs import Mailbox, MaildirWriter
from servers import Dovecot
from tools import PASSWORD, Job, Side
from usage import settled_cpu_seconds

_TARGET_USERS = 12_000
_SOURCE_USERS = 6_000
_NOT_COUNTED = {"subscription", "order"}  # the floor and the peers make no promise about these
_EXAMINED = 100  # the comparer looks at each altered message on its own; a tool that alters all (mbsync adds a header) is counted


@dataclass
class Cost:
    """What one run took. Peak memory is that of the largest process of the tool."""

    wall: float
    tool_cpu: float
    server_cpu: float
    peak: int            # KiB
    statuses: list[int]
    timed_out: bool
    said: str            # the end of its output, when it failed

    @property
    def succeeded(self) -> bool:
        return not self.timed_out and not any(self.statuses)


class DelayRelay:
    """A relay in front of a server whose round trip can be changed; it ends with this process at the latest."""

    def __init__(self, program: Path, port: int) -> None:
        self._process = subprocess.Popen([str(program), "0", str(port), "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         start_new_session=True)
        assert self._process.stdin and self._process.stdout
        self.port = int(self._process.stdout.readline())

    def set_round_trip(self, milliseconds: int) -> None:
        self._process.stdin.write(f"{milliseconds}\n".encode())  # type: ignore[union-attr]
        self._process.stdin.flush()                              # type: ignore[union-attr]

    def close(self) -> None:
        self._process.stdin.close()   # type: ignore[union-attr]
        self._process.stdout.close()  # type: ignore[union-attr]
        self._process.wait()


class Lab:
    """Private servers on tmpfs. Accounts on targets are fresh for each run; all users exist from the start."""

    def __init__(self, bench_tools: Path, timeout: int) -> None:
        shared = Path("/dev/shm")
        self.on_tmpfs = os.access(shared, os.W_OK)
        self.folder = Path(tempfile.mkdtemp(prefix="godwit-bench-", dir=shared if self.on_tmpfs else None))
        self.folder.chmod(0o755)
        self._bench_tools, self._timeout = bench_tools, timeout
        self._targets: dict[tuple[str, str], Dovecot] = {}
        self._relays: dict[int, DelayRelay] = {}
        self._source_users: dict[Mailbox, str] = {}
        self._next_target = 0
        self.source = self._server(_SOURCE_USERS, "s", pop3=True)

    def _server(self, users: int, letter: str, **options: Any) -> Dovecot:
        names = {f"{letter}{number:05d}@example.com": PASSWORD for number in range(users)}
        return Dovecot(options.pop("mail_format", "maildir"), names, folder_root=self.folder, separator=".", controls=False,
                       **options).start()

    def target(self, mail_format: str, mail_fsync: str) -> Dovecot:
        key = (mail_format, mail_fsync)
        if key not in self._targets:
            self._targets[key] = self._server(_TARGET_USERS, "t", mail_format=mail_format, mail_fsync=mail_fsync)
        return self._targets[key]

    def side(self, server: Dovecot, relayed: bool) -> Side:
        """The server itself, or a relay in front of it without delay as yet."""
        if not relayed:
            return Side(server, server.port)
        if server.port not in self._relays:
            self._relays[server.port] = DelayRelay(self._bench_tools / "godwit_bench_delay_relay", server.port)
        return Side(server, self._relays[server.port].port)

    def set_round_trip(self, milliseconds: int) -> None:
        for relay in self._relays.values():
            relay.set_round_trip(milliseconds)

    # --- accounts --------------------------------------------------------------------------------------------------------

    def source_user(self, mailbox: Mailbox) -> str:
        """The account that holds this mailbox; written when it is first asked for."""
        if mailbox not in self._source_users:
            user = f"s{len(self._source_users):05d}@example.com"
            mailbox.write(self.source.mail_folder(user), self.source.owner)
            self._source_users[mailbox] = user
        return self._source_users[mailbox]

    def growing_source_user(self, mailbox: Mailbox) -> tuple[str, MaildirWriter]:
        """An account with this mailbox to which messages can be added; a folder for new ones each time."""
        user = f"s{_SOURCE_USERS - 1:05d}@example.com"
        shutil.rmtree(self.source.mail_root / user, ignore_errors=True)
        writer = MaildirWriter(self.source.mail_folder(user), mailbox, self.source.owner)
        for index in range(mailbox.messages):
            writer.add(index % mailbox.folders)
        return user, writer

    def fresh_job(self, source_user: str) -> Job:
        user = f"t{self._next_target:05d}@example.com"
        self._next_target = (self._next_target + 1) % _TARGET_USERS
        state = self.folder / "state" / user
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(parents=True)
        return Job(source_user, user, state)

    def touch_memory(self, size: int) -> None:
        """So that every tool meets memory that was in use a moment ago: in a virtual machine the first touch of a page may cost more
        than all that is measured."""
        block = bytes(1 << 20)
        place = self.folder / "touched"
        with place.open("wb") as file:
            for _ in range(size // len(block) + 1):
                file.write(block)
        place.unlink()

    def forget(self, job: Job, target: Dovecot) -> None:
        """Frees what the run has stored."""
        shutil.rmtree(target.mail_root / job.target_user, ignore_errors=True)
        shutil.rmtree(job.state, ignore_errors=True)

    @staticmethod
    def snapshot(server: Dovecot, user: str) -> Snapshot:
        return take_snapshot(Account.of_url(server.url_with_password(user)))

    def difference(self, sources: dict[str, Snapshot], jobs: list[Job], target: Dovecot) -> str:
        """Empty when every account arrived whole; else what the comparer found."""
        found: Counter[str] = Counter()
        for job in jobs:
            try:
                arrived = self.snapshot(target, job.target_user)
            except (ImapError, OSError) as error:
                found[f"not comparable: {error}"] += 1
                continue
            missing = _missing_digests(sources[job.source_user], arrived)
            if missing > _EXAMINED:
                found["not there byte for byte"] += missing
                continue
            report = compare_snapshots(sources[job.source_user], arrived)
            found.update({kind: report.count(kind) for kind in {finding.kind for finding in report.findings} - _NOT_COUNTED})
        return "; ".join(f"{count} {kind}" for kind, count in sorted(found.items()))

    # --- measuring -------------------------------------------------------------------------------------------------------

    def measure(self, commands: list[list[str]], parallel: int, servers: list[Dovecot]) -> Cost:
        """Runs the commands and reads what they and the servers used."""
        masters = [server.pid for server in servers]
        output = self.folder / "output"
        order = {"commands": commands, "parallel": parallel, "output": str(output), "timeout": self._timeout,
                 "environment": {"LC_ALL": "C.UTF-8", "HOME": str(self.folder)}}
        before = settled_cpu_seconds(masters)
        launcher = [sys.executable, "-S", "-E", str(Path(__file__).with_name("measure.py"))]
        with subprocess.Popen(launcher, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                result = json.loads(process.communicate(json.dumps(order))[0])
            except BaseException:
                process.terminate()  # it ends what it started
                raise
        after = settled_cpu_seconds(masters)
        failed = result["timeout"] or any(result["statuses"])
        said = output.read_text(errors="replace")[-1500:].strip() if failed else ""
        return Cost(result["wall"], result["user"] + result["system"], after - before, result["peak"], result["statuses"],
                    result["timeout"], said)

    def close(self) -> None:
        for relay in self._relays.values():
            relay.close()
        for server in (self.source, *self._targets.values()):
            server.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _missing_digests(source: Snapshot, target: Snapshot) -> int:
    wanted, present = (Counter(message.digest for folder in snapshot.folders.values() for message in folder.messages)
                       for snapshot in (source, target))
    return (wanted - present).total()
