# SPDX-License-Identifier: Apache-2.0
"""How well godwit estimate foretells godwit migrate: ten works of different shape and line speed, from a seed.

For each one: a fresh plan between private Dovecots, godwit estimate, godwit migrate, and the error of the first against the second.
"""
from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(_ROOT / "tests" / "support"))

from lab import Lab  # noqa: E402
from maildirs import Mailbox  # noqa: E402
from tools import PASSWORD, Side  # noqa: E402

_LIKELIHOOD = 0.8  # of the range that is told


@dataclass(frozen=True)
class Work:
    """Accounts of one plan; each mailbox as often as it says."""

    name: str
    title: str
    mailboxes: tuple[tuple[int, Mailbox], ...]
    round_trip: int = 0          # milliseconds, on both sides
    limits: str = ""             # of the source, as in a plan
    at_once: int = 0             # 0: as the plan says
    waves: tuple[str, ...] = ()  # accounts are dealt out to them

    def accounts(self, seed: int) -> list[Mailbox]:
        """Every account's mailbox, no two alike."""
        alike = [mailbox for count, mailbox in self.mailboxes for _ in range(count)]
        first = sum(map(ord, self.name)) * 1000 + seed
        return [replace(mailbox, seed=first + number) for number, mailbox in enumerate(alike)]


WORKS = (
    Work("many-small", "150 accounts of 60 messages", ((150, Mailbox(60, folders=4)),)),
    Work("giant", "one account of 25,000 messages, 10 of 500", ((10, Mailbox(500, folders=3)), (1, Mailbox(25_000, folders=12)))),
    Work("many-folders", "16 accounts of 60 folders", ((16, Mailbox(600, folders=60)),)),
    Work("attachments", "8 accounts of 60 messages of 1 MiB", ((8, Mailbox(60, folders=3, size=1 << 20, spread=0.5)),)),
    Work("tiny", "8 accounts of 5,000 messages of 700 bytes", ((8, Mailbox(5_000, folders=3, size=700, spread=0.2)),)),
    Work("delay-20", "16 accounts of 500 messages at 20 ms", ((16, Mailbox(500, folders=5)),), round_trip=20),
    Work("delay-50", "40 accounts of 150 messages at 50 ms, 8 at once", ((40, Mailbox(150, folders=6)),), round_trip=50, at_once=8),
    Work("delay-100", "12 accounts of 400 messages at 100 ms, 4 at once", ((12, Mailbox(400, folders=8)),), round_trip=100, at_once=4),
    Work("byte-rate", "6 accounts of 500 messages, 2 MB a second", ((6, Mailbox(500, folders=4)),), limits='bytes_per_second = "2 MB"'),
    Work("waves", "20 accounts of 100 to 2,000 messages in three waves, 4 connections",
         ((10, Mailbox(100, folders=3)), (7, Mailbox(500, folders=6)), (3, Mailbox(2_000, folders=8))), limits="connections = 4",
         waves=("pilot", "first night", "second night")),
)


def _write_plan(folder: Path, work: Work, users: list[tuple[str, str]], source: Side, target: Side) -> Path:
    waves = work.waves or ("all",)
    lines = ["source_user,source_password,target_user,target_password,wave"]
    lines += [f"{old},{PASSWORD},{new},{PASSWORD},{waves[number % len(waves)]}" for number, (old, new) in enumerate(users)]
    (folder / "accounts.csv").write_text("\n".join(lines) + "\n")
    plan = folder / "godwit.toml"
    limits = f"[source.limits]\n{work.limits}\n" if work.limits else ""
    plan.write_text(
        '[plan]\nname = "bench"\nledger = "ledger"\n\n'
        f'[source]\nhost = "127.0.0.1"\nport = {source.port}\nsecurity = "none"\n{limits}\n'
        f'[target]\nhost = "127.0.0.1"\nport = {target.port}\nsecurity = "none"\n\n[accounts]\nfiles = "accounts.csv"\n'
        + "".join(f'\n[[wave]]\nname = "{wave}"\n' for wave in waves))
    return plan


def _run(godwit: Path, command: str, plan: Path, work: Work) -> dict[str, Any]:
    """The last line of what the command tells, with the wall time."""
    arguments = [str(godwit), command, "--plan", str(plan), "--json"] + (["--at-once", str(work.at_once)] if work.at_once else [])
    begin = time.monotonic()
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=600, check=False)
    wall = time.monotonic() - begin
    if done.returncode:
        raise RuntimeError(f"{work.name}: godwit {command} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


def measure(lab: Lab, godwit: Path, work: Work, seed: int) -> dict[str, Any]:
    """One work: what was foretold and what it was."""
    target_server = lab.target("maildir", "never")
    jobs = [lab.fresh_job(lab.source_user(mailbox)) for mailbox in work.accounts(seed)]
    relayed = work.round_trip > 0
    lab.set_round_trip(work.round_trip)
    folder = lab.folder / f"plan-{work.name}-{seed}"
    folder.mkdir()
    plan = _write_plan(folder, work, [(job.source_user, job.target_user) for job in jobs], lab.side(lab.source, relayed),
                       lab.side(target_server, relayed))
    foretold = _run(godwit, "estimate", plan, work)
    moved = _run(godwit, "migrate", plan, work)
    for job in jobs:
        lab.forget(job, target_server)
    return {"work": work.name, "title": work.title, "accounts": foretold["accounts"], "messages": foretold["messages"],
            "estimating": foretold["wall"], "seconds": foretold["seconds"], "low": foretold["seconds_low"],
            "high": foretold["seconds_high"], "actual": moved["wall"], "error": foretold["seconds"] / moved["wall"] - 1,
            "inside": foretold["seconds_low"] <= moved["wall"] <= foretold["seconds_high"], "bottleneck": foretold["bottleneck"],
            "slow_side": foretold["slow_side"], "measurements": foretold["measurements"]}


def _print_row(row: dict[str, Any]) -> None:
    print(f"{row['work']:13} {row['accounts']:>4} {row['messages']:>7} {row['estimating']:6.1f} s  {row['seconds']:6.1f} s "
          f"({row['low']:.1f} to {row['high']:.1f})".ljust(62) + f" {row['actual']:6.1f} s {row['error'] * 100:+6.1f} % "
          f"{'' if row['inside'] else 'outside'}  {row['bottleneck']} {row['slow_side']}", flush=True)


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)  # the servers must be ended


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/estimate.py", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help="default: all ten")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--build", type=Path, default=_ROOT / "build", help="the build folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes every figure there")
    arguments = parser.parse_args()
    unknown = set(arguments.works) - {work.name for work in WORKS}
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, _stop)
    lab = Lab(arguments.build / "bench", 600)
    rows: list[dict[str, Any]] = []
    print("work      accounts messages estimating  predicted (80 %)               actual  error")
    try:
        for work in WORKS:
            if not arguments.works or work.name in arguments.works:
                rows.append(measure(lab, arguments.build / "godwit", work, arguments.seed))
                _print_row(rows[-1])
    finally:
        lab.close()
    errors = [abs(row["error"]) for row in rows]
    inside = sum(row["inside"] for row in rows)
    print(f"mean error {statistics.mean(errors) * 100:.1f} %, largest {max(errors) * 100:.1f} %; {inside} of {len(rows)} within the range "
          f"that is right in {_LIKELIHOOD * 100:.0f} %")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
