# SPDX-License-Identifier: Apache-2.0
"""Measures the works of file_works.py: all tools in turn, close in time, each result compared; and says what it amounts to."""
from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from file_works import FILE_WORKS, Call, FileWork, Programs
from lab import Cost, Lab

_PEAK = 64  # MiB
_FLOOR = 1.25


@dataclass
class FileRun:
    """One measured run."""

    work: str
    tool: str
    repetition: int
    cost: Cost
    difference: str


class FileRunner:
    """Collects the runs of several works."""

    def __init__(self, lab: Lab, programs: Programs, repetitions: int) -> None:
        self._lab, self._programs, self._repetitions = lab, programs, repetitions
        self.runs: list[FileRun] = []

    def do(self, kind: type[FileWork]) -> None:
        """All tools that are installed; another one begins in each repetition."""
        work = kind(self._lab, self._programs)
        try:
            work.prepare()
        except LookupError as missing:
            print(f"  {work.name} is left out: {missing}", file=sys.stderr)
            return
        makers = list(work.calls())
        for repetition in range(self._repetitions):
            shift = repetition % len(makers)
            for make in makers[shift:] + makers[:shift]:
                call = make()
                if shutil.which(call.commands[0][0]):
                    self._measure(work, call, repetition)
                shutil.rmtree(self._lab.folder / "state", ignore_errors=True)

    def _measure(self, work: FileWork, call: Call, repetition: int) -> None:
        self._lab.touch_memory(256 << 20)
        cost = self._lab.measure(call.commands, 1, call.servers)
        run = FileRun(work.name, call.name, repetition, cost, call.difference() if cost.succeeded else "")
        self.runs.append(run)
        outcome = "ok" if cost.succeeded else f"FAILED: {cost.said}"
        print(f"  {work.name} · {call.name}: {cost.wall:.2f} s, CPU {cost.tool_cpu:.2f} s, servers {cost.server_cpu:.2f} s, "
              f"{cost.peak / 1024:.0f} MiB, {outcome}{'; differs: ' + run.difference if run.difference else ''}", flush=True)

    def write(self, results: Path, machine: dict[str, object]) -> bool:
        """The table and the checks on the screen and in the folder; whether godwit moved everything."""
        text, checks = _report(self.runs)
        results.mkdir(exist_ok=True)
        (results / "files.json").write_text(json.dumps(
            {"machine": machine, "runs": [asdict(run) for run in self.runs], "reach": checks}, indent=1))
        (results / "files.md").write_text(text)
        print("\n" + text + "\n" + "\n".join(checks))
        return all(run.cost.succeeded and not run.difference for run in self.runs if run.tool == "godwit")


def _paired(runs: list[FileRun], others: list[FileRun], what: str) -> float:
    of_other = {run.repetition: getattr(run.cost, what) for run in others if run.cost.succeeded}
    ratios = [getattr(run.cost, what) / max(of_other[run.repetition], 0.01) for run in runs if run.repetition in of_other]
    return median(ratios) if ratios else float("nan")


def _report(runs: list[FileRun]) -> tuple[str, list[str]]:
    lines = ["| work | tool | wall | godwit's wall ÷ | its CPU | godwit's CPU ÷ | servers' CPU | peak memory | result |",
             "|---|---|--:|--:|--:|--:|--:|--:|---|"]
    checks = []
    for kind in FILE_WORKS:
        here = [run for run in runs if run.work == kind.name]
        own = [run for run in here if run.tool == "godwit" and run.cost.succeeded]
        shown = kind.title
        for tool in sorted(dict.fromkeys(run.tool for run in here), key=lambda name: (name != "godwit", name)):
            made = [run for run in here if run.tool == tool]
            wall, cpu = (_paired(own, made, what) if tool != "godwit" else float("nan") for what in ("wall", "tool_cpu"))
            lines.append(f"| {shown} | {tool} | {_median(made, 'wall'):.2f} s | {_ratio(wall)} | {_median(made, 'tool_cpu'):.2f} s "
                         f"| {_ratio(cpu)} | {_median(made, 'server_cpu'):.2f} s | {_peak(made):.0f} MiB | {_outcome(made)} |")
            shown = ""
            if tool == "godwit":
                checks.append(_mark(kind.name, "peak memory in MiB", _peak(made), _PEAK, ".0f"))
            elif wall == wall:
                checks.append(_mark(kind.name, f"wall × {tool}", wall, _FLOOR if tool.startswith("floor") else 1.0, ".2f"))
    return "\n".join(lines) + "\n", checks


def _median(runs: list[FileRun], what: str) -> float:
    return median(getattr(run.cost, what) for run in runs)


def _peak(runs: list[FileRun]) -> float:
    return max(run.cost.peak for run in runs) / 1024


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value == value else ""


def _mark(work: str, what: str, value: float, limit: float, form: str) -> str:
    return f"{'reached' if value <= limit else 'MISSED '} {work}: {what} {value:{form}}, at most {limit:{form}}"


def _outcome(runs: list[FileRun]) -> str:
    failed = sum(not run.cost.succeeded for run in runs)
    if failed:
        return f"**failed** {failed} of {len(runs)} times"
    differences = sorted({run.difference for run in runs if run.difference})
    return "differs: " + "; ".join(differences)[:160] if differences else "all equal"
