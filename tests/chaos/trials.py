# SPDX-License-Identifier: Apache-2.0
"""Runs many trials at once: most of their time goes by waiting, so there are more of them than cores."""
from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

WORKERS = 12
SHARE = 1 if os.environ.get("GODWIT_LONG_TESTS") == "1" else 3  # of the trials, one in so many


class TrialsFailed(AssertionError):
    """Some trials failed; the text has all of them."""


def run_trials(trials: Mapping[str, Callable[[], str | None]], workers: int = WORKERS) -> None:
    """Runs the trials in threads and prints a line for each. Raises TrialsFailed with every failure."""
    started = time.monotonic()
    failures: list[str] = []
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(trial): name for name, trial in trials.items()}
        for future in as_completed(futures):
            name = futures[future]
            error = future.exception()
            if error is None:
                print(f"  {name}: {future.result() or 'ok'}", flush=True)
                continue
            print(f"  {name}: FAILED", flush=True)
            trace = "".join(traceback.format_exception(error)) if not isinstance(error, AssertionError) else str(error)
            failures.append(f"--- {name}\n{trace}")
    print(f"{len(trials)} trials, {len(failures)} failed, {time.monotonic() - started:.0f} s", flush=True)
    if failures:
        raise TrialsFailed(f"{len(failures)} of {len(trials)} failed\n" + "\n".join(failures))
