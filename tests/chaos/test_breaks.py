# SPDX-License-Identifier: Apache-2.0
"""Servers and connections that break while godwit lives, ledgers that cannot grow, targets that stop taking mail. godwit may
reconnect or give up; resumed to exit status 0, nothing is lost, doubled or truncated."""
from __future__ import annotations

import functools
import os
import resource
import signal
import subprocess
import time
import unittest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from godwit import MOVED, finish
from lab import Lab, Trial, wait_for
from relay import TO_CLIENT, TO_SERVER, Relay, Trouble
from servers import Dovecot
from trials import SHARE, run_trials

_SESSION_TRIALS, _CUT_TRIALS, _SERVER_TRIALS, _LEDGER_TRIALS, _REFUSED_TRIALS = (count // SHARE for count in (24, 40, 6, 6, 6))


class Breaks(unittest.TestCase):
    def setUp(self) -> None:
        kinds: tuple[tuple[str, int, Callable[[Lab, str], str]], ...] = (
            ("session killed", _SESSION_TRIALS, self.kill_sessions), ("connection cut", _CUT_TRIALS, self.cut_connections),
            ("server killed", _SERVER_TRIALS, self.kill_server), ("ledger's disk full", _LEDGER_TRIALS, self.fill_disk),
            ("target over quota", _REFUSED_TRIALS, self.exceed_quota), ("target read-only", _REFUSED_TRIALS, self.make_read_only))
        self.kinds = {f"{kind} {number}": run for kind, count, run in kinds for number in range(count)}

    def test_breaks(self) -> None:
        with Lab(len(self.kinds)) as lab:
            lab.measure()
            run_trials({name: functools.partial(run, lab, name) for name, run in self.kinds.items()})
            lab.check_source()

    # --- trials ----------------------------------------------------------------------------------------------------------

    def kill_sessions(self, lab: Lab, name: str) -> str:
        """The account's sessions on one server or both are killed, again and again while one run goes on."""
        trial = lab.trial(name)
        # Not before the folders are made: a session that is killed in a CREATE leaves a lock which Dovecot honours for three minutes.
        step = trial.reference.append_steps[0] + trial.part(0, 0.5)
        process, _ = trial.start_to(step)
        killed = 0
        for _ in range(trial.random.randint(1, 3)):
            killed += lab.target.kill_sessions(trial.user)
            if trial.random.random() < 0.3:  # the source's sessions belong to other trials, too
                killed += lab.source.kill_sessions(trial.source_user)
            step += trial.part(0, 0.5)
            wait_for(trial.copy, process, lambda state, at=step: state.steps >= at)
        trial.history.append(f"{killed} sessions killed")
        trial.check(finish(process))
        return trial.finish()

    def cut_connections(self, lab: Lab, name: str) -> str:
        """A connection is reset after some bytes in one direction, most of which are literals."""
        trial = lab.trial(name)
        size = sum(message.size for folder in trial.reference.snapshot.folders.values() for message in folder.messages)
        side, direction = trial.random.choice((("source", TO_CLIENT), ("target", TO_SERVER), ("target", TO_CLIENT)))
        reach = 6000 if (side, direction) == ("target", TO_CLIENT) else size
        after = trial.random.randrange(1, reach)
        server = lab.source if side == "source" else lab.target
        with Relay(server.port, Trouble("cut", direction, after)) as relay:
            through = replace(trial.copy, **{f"{side}_url": server.url(
                trial.source_user if side == "source" else trial.user, port=relay.port)})
            trial.check(through.run())
            trial.history.append(f"{side} cut after {after} bytes {direction}: {'struck' if relay.struck.is_set() else 'missed'}")
            # The ledger knows the account by host and port, so the resume goes through the relay, too.
            return trial.finish(through)

    def kill_server(self, lab: Lab, name: str) -> str:
        """A whole server dies in the run and comes back a second later."""
        number = int(name.split()[-1])
        if number % 2:
            with lab.twin_source() as victim:
                return self._kill_server(lab.trial(name, source=victim), victim)
        mail_format = ("sdbox", "maildir", "mdbox")[number // 2 % 3]
        with Dovecot(mail_format, lab.target.users, mail_fsync="optimized") as victim:
            return self._kill_server(lab.trial(name, target=victim), victim)

    @staticmethod
    def _kill_server(trial: Trial, victim: Dovecot) -> str:
        process, _ = trial.start_to(trial.part(0.1, 0.9))
        victim.kill()
        time.sleep(1)
        victim.start()
        trial.check(finish(process))
        return trial.finish()

    def fill_disk(self, lab: Lab, name: str) -> str:
        """There is no room for the ledger to grow; later there is."""
        trial = lab.trial(name)
        place = trial.copy.ledger.parent
        place.mkdir()
        kibibytes = trial.random.choice((4, 40, 80, 120, 160, 200))
        if _can_mount(place, kibibytes):
            try:
                trial.check(trial.copy.run())
                subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
                trial.history.append(f"ledger on {kibibytes} KiB")
                return trial.finish()
            finally:
                subprocess.run(["umount", str(place)], check=False)
        limit = kibibytes * 1024
        process = trial.copy.start(restore_signals=False,  # keeps SIGXFSZ ignored, so that write() fails
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        trial.check(finish(process))
        trial.history.append(f"ledger limited to {kibibytes} KiB")
        return trial.finish()

    def exceed_quota(self, lab: Lab, name: str) -> str:
        """The target has too little room; later it has enough."""
        trial = lab.trial(name)
        lab.target.set_quota(trial.user, trial.random.randrange(20, 1500))
        trial.check(trial.copy.run())
        trial.history.append("over quota")
        lab.target.set_quota(trial.user, None)
        return trial.finish()

    def make_read_only(self, lab: Lab, name: str) -> str:
        """The target becomes read-only in the middle of the run, and later is not."""
        trial = lab.trial(name)
        process, is_on = trial.start_to(trial.random.randint(*trial.reference.append_steps))
        time.sleep(trial.random.uniform(0, 0.2))  # the server is behind with storing what it was sent
        process.send_signal(signal.SIGSTOP)  # nothing more is sent until it has changed its mind
        lab.target.set_read_only(trial.user, True)
        lab.target.end_sessions(trial.user)  # rights count from the next login
        missing = trial.compare().count("lost")
        process.send_signal(signal.SIGCONT)
        outcome = trial.check(finish(process), may_leave_probe=True)
        trial.history.append(f"read-only {f'with {missing} to come' if is_on else 'too late'}")
        assert not missing or outcome.status != MOVED, trial.explain("all moved, with nowhere to move it to")
        lab.target.set_read_only(trial.user, False)
        return trial.finish()


def _can_mount(place: Path, kibibytes: int) -> bool:
    if os.getuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k,mode=700", "tmpfs", str(place)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    unittest.main()
