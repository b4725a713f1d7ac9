# SPDX-License-Identifier: Apache-2.0
"""What all chaos trials share: two Dovecots, sources that are only read, and a fresh target account and ledger for each trial."""
from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from account_snapshot import Snapshot, take_snapshot
from compare import Report, compare_snapshots
from godwit import DEFECT, MOVED, SANITIZER_FOUND, Copy, FaultState, Outcome, finish, last_lines
from imap_raw import Account
from mailboxes import FolderSpec, fill_over_imap
from messages import KINDS, MessageFactory
from servers import Dovecot

SEED = int(os.environ.get("GODWIT_CHAOS_SEED", "20240817"))
PASSWORD = "chaos"
_SOURCES = 3
_MEASURED = 12  # undisturbed runs at once, as many as there are trials at a time
_ATTEMPTS = 5  # resumes until exit status 0


def source_user(number: int) -> str:
    return f"source{number}@example.com"


def trial_user(number: int) -> str:
    return f"trial{number}@example.com"


def small_account(seed: int) -> list[FolderSpec]:
    """Eleven folders with about 140 messages: small ones for many MULTIAPPENDs, exact duplicates, and two that are streamed."""
    make = MessageFactory(seed)
    inbox = [make.plain(make.size(4000)) for _ in range(40)] + [make.make(kind) for kind in KINDS]
    copies = [make.duplicate(message) for message in inbox[:5]] + [make.duplicate(inbox[0])]
    big = [make.plain(900), make.attachment(1_600_000), make.plain(900), make.attachment(1_100_000)]
    return [FolderSpec(("INBOX",), inbox + copies), FolderSpec(("Big",), big),
            FolderSpec(("Same",), [make.duplicate(inbox[7])] * 4),
            FolderSpec(("Archive", "Entw\u00fcrfe"), [make.plain(30_000) for _ in range(15)]),
            *(FolderSpec((f"List {number}",), [make.plain(9000) for _ in range(9)]) for number in range(6)),
            FolderSpec(("Empty",))]


@dataclass(frozen=True)
class Measure:
    """One undisturbed run; see Reference."""

    steps: int
    append_steps: tuple[int, int]
    seconds: float


@dataclass
class Reference:
    """A source as it is, and what an undisturbed run to a fresh target needs."""

    snapshot: Snapshot
    steps: int = 0      # wire and ledger steps; 0: the binary has no hooks
    append_steps: tuple[int, int] = (1, 1)  # the first and the last at which an APPEND was seen open
    seconds: float = 0


class Trial:
    """One target account with its ledger."""

    def __init__(self, lab: Lab, number: int, name: str, source: Dovecot, target: Dovecot, source_number: int | None) -> None:
        self.random = random.Random(f"{SEED}/{name}")
        self.source, self.target = source, target
        drawn = self.random.randrange(_SOURCES)
        self.source_user = source_user(drawn if source_number is None else source_number)
        self.user = trial_user(number)
        self.reference = lab.references[self.source_user]
        self.folder = lab.folder / f"trial{number}"
        self.folder.mkdir()
        self.copy = Copy(source.url(self.source_user), target.url(self.user), PASSWORD, PASSWORD, self.folder)
        self.history: list[str] = []  # what was done, for the text of a failure

    def check(self, outcome: Outcome, *also_allowed: int, may_leave_probe: bool = False) -> Outcome:
        """A run may say 1 (refused for now), 4 (lost), 6 (ledger), and 0 if everything is there; never a defect, nor end by a
        signal of its own."""
        self.history.append(f"exit status {outcome.status}")
        bad = outcome.status in (DEFECT, SANITIZER_FOUND) or outcome.status not in (0, 1, 4, 6, *also_allowed)
        assert not bad, self.explain(last_lines(outcome.text, 60))
        if outcome.status == MOVED:
            self.verify(may_leave_probe)
        return outcome

    def start_to(self, step: int) -> tuple[subprocess.Popen[str], bool]:
        """Starts a run and waits until it has passed so many steps: True; or is over: False."""
        process = self.copy.start()
        return process, wait_for(self.copy, process, lambda state: state.steps >= step)

    def part(self, first: float, last: float) -> int:
        """A step between two parts of an undisturbed run."""
        return 1 + round(self.random.uniform(first, last) * self.reference.steps)

    def resume(self, copy: Copy | None = None) -> int:
        """Runs until exit status 0; returns how many runs it took."""
        for attempt in range(1, _ATTEMPTS + 1):
            outcome = self.check((copy or self.copy).run(timeout=300))
            if outcome.status == MOVED:
                return attempt
        raise AssertionError(self.explain("not finished after so many runs\n" + last_lines(outcome.text, 40)))

    def compare(self) -> Report:
        """What the target has now against what the source has."""
        return compare_snapshots(self.reference.snapshot, take_snapshot(Account("127.0.0.1", self.target.port, self.user, PASSWORD)))

    def verify(self, may_leave_probe: bool) -> None:
        """0 lost, 0 doubled, nothing truncated or altered, nothing foreign; but from a target that lets nothing be removed, the
        folder of a probe goes in the next round."""
        report = self.compare()
        wrong = [finding for finding in report.findings if finding.kind != "order"
                 and not (finding.kind == "foreign" and may_leave_probe and finding.folder[0].startswith("godwit-probe-"))]
        assert not wrong, self.explain(report.text())

    def explain(self, text: str) -> str:
        log = "\n".join(line for line in self.target.log_tail(400).splitlines() if self.user in line and "Login" not in line)
        return f"{self.source_user} to {self.user}, {'; '.join(self.history)}\n{text}\nserver: {log[-1500:]}"

    def finish(self, copy: Copy | None = None) -> str:
        """The end of a trial: resumed, compared and cleaned up. Returns what happened, for the line that is printed."""
        runs = self.resume(copy)
        self.clean_up()
        return f"{'; '.join(self.history)} ({runs} to the end)"

    def clean_up(self) -> None:
        """Frees the space of a trial that went well."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.target.mail_root / self.user, ignore_errors=True)


class Lab:
    """Usable as a context manager."""

    def __init__(self, trials: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="godwit-chaos-"))
        self._next = 0
        self._lock = threading.Lock()
        self.source = Dovecot("maildir", {source_user(number): PASSWORD for number in range(_SOURCES)})
        self.target = Dovecot("sdbox", {trial_user(number): PASSWORD for number in range(trials + _MEASURED)})
        self.references: dict[str, Reference] = {}

    def __enter__(self) -> Lab:
        self.source.start()
        self.target.start()
        for number in range(_SOURCES):
            account = Account("127.0.0.1", self.source.port, source_user(number), PASSWORD)
            fill_over_imap(account, small_account(SEED + number))
            self.references[account.user] = Reference(take_snapshot(account))
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        self.target.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def trial(self, name: str, *, source: Dovecot | None = None, target: Dovecot | None = None,
              source_number: int | None = None) -> Trial:
        """A fresh target account; on other servers where they are given (they must know the same users). Which source it gets
        is drawn unless `source_number` says it."""
        with self._lock:
            number = self._next
            self._next += 1
        return Trial(self, number, name, source or self.source, target or self.target, source_number)

    def twin_source(self) -> Dovecot:
        """Another server with the same sources, for a trial that kills it; not started."""
        twin = Dovecot("maildir", self.source.users)
        for user in self.references:
            subprocess.run(["cp", "-a", str(self.source.mail_root / user), str(twin.mail_root)], check=True)
        return twin

    def measure(self) -> None:
        """Undisturbed runs of every source, to know how many steps there are and how long they take with others beside them."""
        with ThreadPoolExecutor(_MEASURED) as pool:
            measured = list(pool.map(self._measure, range(_MEASURED)))
        for reference in self.references.values():
            mine = [measure for which, measure in measured if which is reference]
            reference.steps = round(statistics.median(measure.steps for measure in mine))
            reference.append_steps = (min(measure.append_steps[0] for measure in mine),
                                      max(measure.append_steps[1] for measure in mine))
            reference.seconds = statistics.median(measure.seconds for measure in mine)

    def _measure(self, number: int) -> tuple[Reference, Measure]:
        trial = self.trial(f"measure {number}", source_number=number % _SOURCES)
        started = time.monotonic()
        process = trial.copy.start()
        seen_open = [1]
        while process.poll() is None:
            if (state := trial.copy.fault_state()).open_appends > 0:
                seen_open.append(state.steps)
            time.sleep(0.005)
        seconds = time.monotonic() - started
        trial.check(finish(process))
        steps = trial.copy.fault_state().steps
        trial.finish()
        return trial.reference, Measure(steps, (min(seen_open[1:], default=1), max(seen_open)), seconds)

    def check_source(self) -> None:
        """No source was changed by all that."""
        for user, reference in self.references.items():
            now = take_snapshot(Account("127.0.0.1", self.source.port, user, PASSWORD))
            assert now.state() == reference.snapshot.state(), f"{user} was changed"


def wait_for(copy: Copy, process: subprocess.Popen[str], condition: Callable[[FaultState], bool]) -> bool:
    """Watches a run from outside until the condition holds (True) or it is over."""
    while process.poll() is None:
        if condition(copy.fault_state()):
            return True
        time.sleep(0.001)
    return False
