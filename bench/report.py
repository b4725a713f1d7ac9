# SPDX-License-Identifier: Apache-2.0
"""What the runs amount to: medians, ratios of paired runs, and whether the figures that godwit wants to reach are reached."""
from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from statistics import median

from runner import Run
from works import FIRST, LATER, NEW, NO_CHANGE, WORKS, Work

TOOLS = ("floor", "godwit", "doveadm", "mbsync")
_LARGE = 1 << 20


@dataclass
class Row:
    """One tool in one round of one work: medians over the repetitions, the largest peak."""

    work: Work
    round: str
    tool: str
    detail: str                # of the floor: how many connections were the best
    wall: float
    tool_cpu: float
    server_cpu: float
    peak: float                # MiB
    walls: dict[int, float]    # by repetition
    failures: int
    differences: list[str]
    repetitions: int

    @property
    def succeeded(self) -> bool:
        return self.failures == 0


def rows(runs: list[Run]) -> list[Row]:
    """In the order of WORKS and TOOLS; of the floor only the best number of connections."""
    result = []
    for work in WORKS:
        for name in (FIRST, *LATER):
            here = [run for run in runs if run.work == work.name and run.round == name]
            for tool in TOOLS:
                made = [_row(work, name, tool, variant, [run for run in here if run.tool == variant])
                        for variant in dict.fromkeys(run.tool for run in here if run.tool.split("/")[0] == tool)]
                if made:
                    result.append(min(made, key=lambda row: (row.failures, row.wall)))
    return result


def _row(work: Work, name: str, tool: str, variant: str, runs: list[Run]) -> Row:
    costs = [run.cost for run in runs]
    return Row(work, name, tool, variant.partition("/")[2], median(cost.wall for cost in costs),
               median(cost.tool_cpu for cost in costs), median(cost.server_cpu for cost in costs),
               max(cost.peak for cost in costs) / 1024, {run.repetition: run.cost.wall for run in runs},
               sum(not cost.succeeded for cost in costs), sorted({run.difference for run in runs if run.difference}), len(runs))


def paired_ratio(row: Row, other: Row) -> float:
    """The median of the ratios within each repetition, which were run close together."""
    shared = row.walls.keys() & other.walls.keys()
    return median(row.walls[key] / other.walls[key] for key in shared) if shared else float("nan")


def _counterpart(all_rows: list[Row], row: Row, tool: str) -> Row | None:
    return next((other for other in all_rows if (other.work, other.round, other.tool) == (row.work, row.round, tool)
                 and other.succeeded), None)


def markdown(all_rows: list[Row]) -> str:
    """The table for people."""
    lines = ["| work | tool | wall | × floor | × doveadm | × mbsync | its CPU | servers' CPU | peak memory | result |",
             "|---|---|--:|--:|--:|--:|--:|--:|--:|---|"]
    before = None
    for row in all_rows:
        title = row.work.title if row.round == FIRST or len(row.work.rounds) == 1 else f"{row.work.title}, {row.round}"
        shown, before = (title if before != (row.work, row.round) else ""), (row.work, row.round)
        name = f"floor, {row.detail} connection{'s' * (row.detail != '1')}" if row.tool == "floor" else row.tool
        lines.append(f"| {shown} | {name} | {_seconds(row.wall)} | " + " | ".join(_ratios(all_rows, row))
                     + f" | {_seconds(row.tool_cpu)} | {_seconds(row.server_cpu)} | {row.peak:.0f} MiB | {_outcome(row)} |")
    return "\n".join(lines) + "\n"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 99.5 else f"{value:.0f} s"


def _ratios(all_rows: list[Row], row: Row) -> list[str]:
    texts = []
    for tool in ("floor", "doveadm", "mbsync"):
        other = _counterpart(all_rows, row, tool)
        texts.append("" if other is None or other is row or not row.succeeded else f"{paired_ratio(row, other):.2f}")
    return texts


def _outcome(row: Row) -> str:
    if row.failures:
        return f"**failed** {row.failures} of {row.repetitions} times"
    return "all equal" if not row.differences else "differs: " + "; ".join(row.differences)[:160]


def sha256_seconds_per_byte() -> float:
    """What one pass of SHA-256 costs on this machine, measured now."""
    block = bytes(64 << 20)
    begin = time.thread_time()
    hashlib.sha256(block)
    return (time.thread_time() - begin) / len(block)


def reach(all_rows: list[Row], sha_cost: float) -> list[str]:
    """godwit's figures against those that it wants to reach, one line each."""
    lines: list[str] = []

    def check(row: Row, what: str, value: float, limit: float, form: str = ".2f") -> None:
        mark = "reached" if value <= limit else "MISSED "
        lines.append(f"{mark} {row.work.name}, {row.round}: {what} {value:{form}}, at most {limit:{form}}")

    for row in all_rows:
        if row.tool != "godwit":
            continue
        if not row.succeeded or row.differences:
            lines.append(f"MISSED  {row.work.name}, {row.round}: {_outcome(row)}")
            continue
        for tool, limit in _limits(row).items():
            if (other := _counterpart(all_rows, row, tool)) is not None:
                check(row, f"wall × {tool}", paired_ratio(row, other), limit)
        at_work = row.work.parallel if row.work.accounts > 1 else 0  # each may add a little
        check(row, "peak memory in MiB", row.peak, 64 + 4 * at_work, ".0f")
        _check_cpu(all_rows, row, sha_cost, check)
    return lines


def _limits(row: Row) -> dict[str, float]:
    """The wall time that is wanted, compared with each tool's."""
    if row.round == FIRST:
        return {"floor": 1.25, "doveadm": 1.0, "mbsync": 1.0}
    if row.round == NO_CHANGE:
        return {"mbsync": 1 / 3 if row.work.round_trip else 1.0}
    return {"mbsync": 1.0} if row.round == NEW else {}


def _check_cpu(all_rows: list[Row], row: Row, sha_cost: float, check) -> None:  # type: ignore[no-untyped-def]
    box = row.work.mailbox
    floor = _counterpart(all_rows, row, "floor")
    if row.round != FIRST:
        return
    if row.work.accounts >= 1000:
        check(row, "CPU in milliseconds for an account", 1000 * row.tool_cpu / row.work.accounts, 20, ".1f")
    elif box.size < _LARGE:
        check(row, "CPU in % of the servers'", 100 * row.tool_cpu / max(row.server_cpu, 0.01), 15, ".1f")
    elif floor is not None:
        check(row, "CPU in seconds", row.tool_cpu, 1.1 * (floor.tool_cpu + sha_cost * box.size * box.messages))
