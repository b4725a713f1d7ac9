# SPDX-License-Identifier: Apache-2.0
"""kill -9 of godwit: at every wire and ledger step, by the clock, and while the target goes on storing what it had got. After
each: resumed to exit status 0, nothing is lost, doubled or truncated."""
from __future__ import annotations

import functools
import signal
import threading
import time
import unittest
from collections.abc import Callable

from godwit import MOVED, finish
from lab import Lab, Trial, wait_for
from processes import send_signal
from trials import run_trials

_STEP_TRIALS, _CLOCK_TRIALS, _STOPPED_TRIALS = 90, 44, 16
_KILLS_PER_TRIAL = 3
_STOPPED_SECONDS, _QUIET_SECONDS = 3, 12  # what was stopped must have gone on before the quiet time is over, however slow it is
_LEAST_KILLS, _LEAST_INSIDE_APPEND = 300, 100


class Tally:
    """How many runs were killed, and how many of them with an APPEND open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.kills = 0
        self.inside_append = 0

    def count(self, trial: Trial, status: int) -> None:
        if status != -signal.SIGKILL:
            return
        state = trial.copy.fault_state()
        trial.history.append(f"killed at step {state.steps} with {state.open_appends} APPENDs open")
        with self._lock:
            self.kills += 1
            self.inside_append += state.open_appends > 0


class Kills(unittest.TestCase):
    def test_kills(self) -> None:
        tally = Tally()
        with Lab(_STEP_TRIALS + _CLOCK_TRIALS + _STOPPED_TRIALS) as lab:
            lab.measure()
            for user, reference in lab.references.items():
                self.assertGreater(reference.steps, 0, "the binary was built without GODWIT_FAULTS")
                print(f"{user}: {reference.steps} steps, APPENDs open from {reference.append_steps[0]} to "
                      f"{reference.append_steps[1]}, {reference.seconds:.1f} s undisturbed", flush=True)
            trials: dict[str, Callable[[], str]] = {}
            for kind, count, run in (("step", _STEP_TRIALS, self.kill_at_steps), ("clock", _CLOCK_TRIALS, self.kill_by_the_clock),
                                     ("stopped", _STOPPED_TRIALS, self.kill_with_stopped_target)):
                for name in (f"{kind} {number}" for number in range(count)):
                    trials[name] = functools.partial(run, lab, name, tally)
            try:
                run_trials(trials)
            finally:
                print(f"{tally.kills} kills, {tally.inside_append} of them inside an APPEND", flush=True)
            lab.check_source()
        self.assertGreaterEqual(tally.kills, _LEAST_KILLS)
        self.assertGreaterEqual(tally.inside_append, _LEAST_INSIDE_APPEND)

    def kill_at_steps(self, lab: Lab, name: str, tally: Tally) -> str:
        """Killed at a step drawn over the whole run or over the part with APPENDs, resumed and killed again. A later run has
        fewer steps; one that is through before its step is as good as a resume."""
        trial = lab.trial(name)
        first, last = trial.reference.append_steps
        left = trial.reference.steps
        step = trial.random.randint(first, last) if trial.random.random() < 0.7 else trial.random.randint(1, left)
        for _ in range(_KILLS_PER_TRIAL):
            outcome = trial.check(trial.copy.run(kill_at=step), -signal.SIGKILL)
            tally.count(trial, outcome.status)
            if outcome.status == MOVED:
                break
            left = max(left - step, 60)
            step = trial.random.randint(1, left)
        return trial.finish()

    def kill_by_the_clock(self, lab: Lab, name: str, tally: Tally) -> str:
        """Killed from outside, some time after a step or after an APPEND has begun: in between steps, too."""
        trial = lab.trial(name)
        for _ in range(_KILLS_PER_TRIAL):
            step = trial.random.randint(1, trial.reference.steps)
            after_append = trial.random.random() < 0.7
            process = trial.copy.start()
            wait_for(trial.copy, process, lambda state: state.open_appends > 0 if after_append else state.steps >= step)
            time.sleep(trial.random.uniform(0, 0.01))
            process.kill()
            outcome = trial.check(finish(process), -signal.SIGKILL)
            tally.count(trial, outcome.status)
            if outcome.status == MOVED:
                break
        return trial.finish()

    def kill_with_stopped_target(self, lab: Lab, name: str, tally: Tally) -> str:
        """The target's sessions are stopped, godwit fills their sockets and is killed; three seconds after godwit was started
        again they go on and store what they had got."""
        trial = lab.trial(name)
        trial.copy.options += ["--quiet-time", str(_QUIET_SECONDS)]
        step = trial.random.randint(*trial.reference.append_steps)
        process = trial.copy.start()
        wait_for(trial.copy, process, lambda state: state.open_appends > 0 or state.steps >= step)
        stopped = lab.target.signal_sessions(trial.user, signal.SIGSTOP)
        time.sleep(trial.random.uniform(0, 0.3))
        process.kill()
        outcome = trial.check(finish(process), -signal.SIGKILL)
        tally.count(trial, outcome.status)
        trial.history.append(f"{len(stopped)} sessions stopped")
        timer = threading.Timer(_STOPPED_SECONDS, lambda: [send_signal(pid, signal.SIGCONT) for pid in stopped])
        timer.start()
        text = trial.finish()
        timer.join()
        return text


if __name__ == "__main__":
    unittest.main()
