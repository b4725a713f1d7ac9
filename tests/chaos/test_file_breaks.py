# SPDX-License-Identifier: Apache-2.0
"""Disks that become full while a Maildir or mbox files are written, and POP3 servers and connections that break. godwit says what is
wrong and gives up or goes on; resumed to exit status 0, nothing is lost, doubled or altered."""
from __future__ import annotations

import functools
import os
import resource
import subprocess
import unittest
from collections.abc import Callable
from dataclasses import replace

from file_lab import FileLab, FileTrial, Way, undisturbed
from godwit import NOT_ALL_MOVED, finish
from lab import wait_for
from relay import TO_CLIENT, TO_SERVER, Relay, Trouble
from trials import SHARE, run_trials

_COUNT = 8 if SHARE == 1 else 2  # of each kind and target
_RESERVE = 16 * 1024  # KiB that godwit leaves free
_ACCOUNT = 2600  # KiB, about
_FILES = ("maildir", "mbox")


class Breaks(unittest.TestCase):
    def test_full_disks(self) -> None:
        kinds: tuple[tuple[str, Callable[[FileLab, str, str], str]], ...] = (
            ("no room left", self.leave_no_room), ("no inode left", self.leave_no_inode), ("files limited", self.limit_files))
        with FileLab(1) as lab:
            if os.getuid() != 0:
                kinds = kinds[2:]
            run_trials({f"{target}, {kind} {number}": functools.partial(run, lab, target, f"{kind} {number}")
                        for kind, run in kinds for target in _FILES for number in range(_COUNT)})
        if len(kinds) == 1:
            self.skipTest("only root mounts small disks")

    def test_pop3_breaks(self) -> None:
        way = Way("pop3", "imap")
        with FileLab(5 * _COUNT + 1) as lab:
            steps = undisturbed(lab, way)
            run_trials({f"cut {number}": functools.partial(self.cut_pop3, lab, way, f"cut {number}") for number in range(3 * _COUNT)})
            for number in range(2 * _COUNT):  # one after the other: all have one server
                step = 2 + number * (steps - 2) // (2 * _COUNT)
                print("  " + self.kill_pop3_server(lab, lab.trial(way, f"server killed {number}"), step))

    # --- trials ----------------------------------------------------------------------------------------------------------

    def leave_no_room(self, lab: FileLab, target: str, name: str) -> str:
        """From nothing to nearly all of what is needed."""
        part = int(name.split()[-1]) * _ACCOUNT // _COUNT
        return self.on_small_disk(lab.trial(Way("maildir", target), name), f"size={_RESERVE + part}k", "size=64m", "make room")

    def leave_no_inode(self, lab: FileLab, target: str, name: str) -> str:
        most = 45 if target == "maildir" else 9
        count = 3 + int(name.split()[-1]) * most // _COUNT
        return self.on_small_disk(lab.trial(Way("maildir", target), name), f"size=64m,nr_inodes={count}", "nr_inodes=1000", "make room")

    def on_small_disk(self, trial: FileTrial, options: str, then: str, said: str) -> str:
        place = trial.copy.folder / "mail"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"{options},mode=700", "tmpfs", str(place)], check=True)
        try:
            outcome = trial.check(trial.copy.run())
            trial.history.append(options)
            self.assertEqual(outcome.status, NOT_ALL_MOVED, trial.explain(outcome.text))
            self.assertIn(said, outcome.text, trial.explain(outcome.text))
            subprocess.run(["mount", "-o", f"remount,{then}", str(place)], check=True)
            return trial.finish_here()
        finally:
            subprocess.run(["umount", str(place)], check=False)

    def limit_files(self, lab: FileLab, target: str, name: str) -> str:
        """As a quota of the system does it: no space that is told, and a write that fails."""
        trial = lab.trial(Way("maildir", target), name)
        limit = (1_000 + 700 * int(name.split()[-1]) // _COUNT) * 1024
        process = trial.copy.start(restore_signals=False,  # keeps SIGXFSZ ignored, so that write() fails
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        outcome = trial.check(finish(process))
        trial.history.append(f"files limited to {limit} bytes")
        self.assertEqual(outcome.status, NOT_ALL_MOVED, trial.explain(outcome.text))
        self.assertIn("make room", outcome.text, trial.explain(outcome.text))
        return trial.finish()

    def cut_pop3(self, lab: FileLab, way: Way, name: str) -> str:
        """The connection is reset after some bytes, in a message or in a list."""
        trial = lab.trial(way, name)
        number = int(name.split()[-1])
        direction, after = (TO_CLIENT, 400 + 2_500 * number) if number % 3 else (TO_SERVER, 30 + 20 * number)
        with Relay(lab.source.places.pop3_port, Trouble("cut", direction, after)) as relay:
            trial.copy = replace(trial.copy, source_url=lab.source_url("pop3", port=relay.port))
            trial.check(trial.copy.run())
            trial.history.append(f"cut after {after} bytes {direction}: {'struck' if relay.struck.is_set() else 'missed'}")
            return trial.finish()

    def kill_pop3_server(self, lab: FileLab, trial: FileTrial, step: int) -> str:
        process = trial.copy.start()
        is_in_time = wait_for(trial.copy, process, lambda state: state.steps >= step)
        lab.source.kill()
        lab.source.start()
        trial.check(finish(process))
        trial.history.append(f"server killed at step {step}" if is_in_time else "through before the server was killed")
        return trial.finish()


if __name__ == "__main__":
    unittest.main()
