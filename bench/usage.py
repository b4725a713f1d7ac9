# SPDX-License-Identifier: Apache-2.0
"""The CPU time of private servers, from /proc: all that the master's tree has used, ended sessions included."""
from __future__ import annotations

import os
import time
from pathlib import Path

from processes import descendants

_TICK = os.sysconf("SC_CLK_TCK")


def _ticks(pid: int, with_ended: bool) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    own = int(fields[11]) + int(fields[12])
    return own + int(fields[13]) + int(fields[14]) if with_ended else own


def cpu_seconds(masters: list[int]) -> float:
    """Used so far by the masters, their living processes, and the ended ones (which the masters have waited for)."""
    total = 0
    for master in masters:
        total += _ticks(master, True) + sum(_ticks(pid, True) for pid in descendants(master))
    return total / _TICK


def settled_cpu_seconds(masters: list[int]) -> float:
    """cpu_seconds() when the sessions have ended and nothing is going on any more."""
    before = cpu_seconds(masters)
    for _ in range(50):
        time.sleep(0.06)
        now = cpu_seconds(masters)
        if now == before:
            return now
        before = now
    return before
