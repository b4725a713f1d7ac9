# SPDX-License-Identifier: Apache-2.0
"""Measures godwit, the floor and the peers on works made from a seed. Started by bench/run; see README.md."""
from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(_ROOT / "tests" / "support"))

from chart import draw  # noqa: E402
from file_runner import FileRunner  # noqa: E402
from file_works import FILE_WORKS, FileWork, Programs  # noqa: E402
from lab import Lab  # noqa: E402
from report import markdown, reach, rows, sha256_seconds_per_byte  # noqa: E402
from runner import Runner  # noqa: E402
from tools import Doveadm, Floor, Godwit, Mbsync  # noqa: E402
from works import WORKS, Work  # noqa: E402

_RESULTS = _ROOT / "bench" / "results"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help="default: all but those marked as optional by --list")
    parser.add_argument("--list", action="store_true", help="names the works and ends")
    parser.add_argument("--quick", action="store_true", help="a subset in about two minutes")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without", action="append", default=[], choices=["floor", "godwit", "doveadm", "mbsync"])
    parser.add_argument("--all-peers", action="store_true", help="peers also where they are left out by default")
    parser.add_argument("--timeout", type=int, default=900, help="seconds for one run of a tool")
    parser.add_argument("--build", type=Path, default=_ROOT / "build", help="the build folder")
    parser.add_argument("--publish", action="store_true", help="draws docs/bench.svg even when not all works were measured")
    parser.add_argument("--perf", type=Path, metavar="FILE", help="records godwit's last run with Linux perf in FILE")
    arguments = parser.parse_args()
    unknown = set(arguments.works) - {work.name for work in (*WORKS, *FILE_WORKS)}
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    return arguments


def _chosen_works(arguments: argparse.Namespace) -> list[Work]:
    if arguments.works:
        return [work for work in WORKS if work.name in arguments.works]
    return [work for work in WORKS if (work.quick if arguments.quick else work.default)]


def _chosen_file_works(arguments: argparse.Namespace) -> list[type[FileWork]]:
    if arguments.works:
        return [work for work in FILE_WORKS if work.name in arguments.works]
    return [] if arguments.quick else [work for work in FILE_WORKS if work.default]


def _tools(arguments: argparse.Namespace, work: Work) -> list[Any]:
    """The tools that this work is measured with; those that are not installed were named before."""
    floor = arguments.build / "bench" / "godwit_bench_floor"
    before = ("perf", "record", "-q", "-g", "-o", str(arguments.perf), "--") if arguments.perf else ()
    tools: list[Any] = [Floor(floor, connections) for connections in (1, 2, 4)]
    if (arguments.build / "godwit").exists():
        tools.append(Godwit(arguments.build / "godwit", before))
    if work.peers or arguments.all_peers:
        tools += [tool for tool in (Doveadm(), Mbsync()) if shutil.which(tool.name)]
    return [tool for tool in tools if tool.name.split("/")[0] not in arguments.without]


def _first_line(*command: str) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "not installed"
    return (said.stdout or said.stderr).partition("\n")[0].strip()


def _machine() -> dict[str, object]:
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(), "dovecot": _first_line("dovecot", "--version"),
            "mbsync": _first_line("mbsync", "--version"),
            "commit": _first_line("git", "-C", str(_ROOT), "describe", "--always", "--dirty")}


def _write_results(arguments: argparse.Namespace, runner: Runner, complete: bool) -> None:
    """The table on the screen, everything in bench/results/, and after a complete run the chart."""
    table = rows(runner.runs)
    machine = _machine()
    checks = reach(table, sha256_seconds_per_byte())
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / "latest.json").write_text(json.dumps(
        {"machine": machine, "seed": arguments.seed, "runs": [asdict(run) for run in runner.runs], "reach": checks}, indent=1))
    text = markdown(table)
    (_RESULTS / "table.md").write_text(text)
    print("\n" + text + "\n" + "\n".join(checks))
    if complete or arguments.publish:
        note = f"{machine['cores']} cores, Dovecot {str(machine['dovecot']).split()[0]} on tmpfs, without TLS; medians of " \
               f"{arguments.repetitions} paired runs; bench/run draws this"
        (_ROOT / "docs").mkdir(exist_ok=True)
        (_ROOT / "docs" / "bench.svg").write_text(draw(table, note))
        print(f"\nThe chart is in docs/bench.svg, the table in {_RESULTS / 'table.md'}.")


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    arguments = _arguments()
    if arguments.list:
        for work in (*WORKS, *FILE_WORKS):
            print(f"{work.name:14} {work.title}{'' if work.default else ' (optional)'}")
        return 0
    signal.signal(signal.SIGTERM, _stop)
    for name, program in (("godwit", arguments.build / "godwit"), ("doveadm", "doveadm"), ("mbsync", "mbsync")):
        if not shutil.which(program):
            print(f"{name} is not there and is left out.", file=sys.stderr)
    works = _chosen_works(arguments)
    lab = Lab(arguments.build / "bench", arguments.timeout)
    if not lab.on_tmpfs:
        print(f"/dev/shm cannot be written: measuring in {lab.folder}, whose disk will distort the figures.", file=sys.stderr)
    runner = Runner(lab, arguments.repetitions, arguments.seed)
    programs = Programs(arguments.build / "godwit", arguments.build / "bench" / "godwit_bench_floor")
    file_runner = FileRunner(lab, programs, arguments.repetitions)
    try:
        for work in works:
            print(f"{work.name}: {work.title}", flush=True)
            runner.do(work, _tools(arguments, work))
        for file_work in _chosen_file_works(arguments):
            print(f"{file_work.name}: {file_work.title}", flush=True)
            file_runner.do(file_work)
    except KeyboardInterrupt:
        print("\nStopped; what was measured until now:", file=sys.stderr)
    finally:
        lab.close()
    complete = {work.name for work in WORKS if work.default} <= {run.work for run in runner.runs} and not arguments.without
    if runner.runs:
        _write_results(arguments, runner, complete)
    all_moved = file_runner.write(_RESULTS, _machine()) if file_runner.runs else True
    return 0 if all_moved and all(run.cost.succeeded and not run.difference for run in runner.runs if run.tool == "godwit") else 1


if __name__ == "__main__":
    sys.exit(main())
