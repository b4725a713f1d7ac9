# SPDX-License-Identifier: Apache-2.0
"""kill -9 of godwit at the steps of what is written to and read from files, Outlook's files and POP3: first rounds on every way, and rounds
that bring changes into files. After each: resumed to exit status 0, nothing is lost, doubled or altered."""
from __future__ import annotations

import functools
import os
import random
import signal
import subprocess
import unittest
from pathlib import Path

from file_copy import FileCopy
from file_lab import OST, FileLab, Way, file_account, kill_at, restore, undisturbed
from file_snapshot import difference, read_maildir, read_mbox
from godwit import MOVED, last_lines
from mailboxes import FolderSpec, fill_maildir
from messages import MessageFactory
from trials import SHARE, run_trials

WAYS = [Way("imap", "maildir"), Way("imap", "mbox"), Way("maildir", "imap"), Way("mbox", "imap"), Way("pop3", "imap"), Way("pst", "imap"),
        Way("maildir", "mbox"), Way("mbox", "maildir")]
KILLS = 150 if SHARE == 1 else 5  # of a way
CHANGED_KILLS = 200 if SHARE == 1 else 6


def chosen(steps: int, count: int) -> list[int]:
    """So many steps, evenly spread, all of them where there are no more."""
    count = min(steps, count)
    return sorted({1 + (steps - 1) * number // max(count - 1, 1) for number in range(count)})


class FirstRounds(unittest.TestCase):
    def test_a_kill_on_every_way(self) -> None:
        ways = [way for way in WAYS if way.source != "pst" or OST is not None]
        with FileLab((KILLS + 1) * len(ways)) as lab:
            trials = {}
            for way in ways:
                steps = undisturbed(lab, way)
                print(f"{way}: {steps} steps", flush=True)
                trials |= {f"{way}, step {step}": functools.partial(self.kill, lab, way, step) for step in chosen(steps, KILLS)}
            run_trials(trials)
        if OST is None:
            self.skipTest("no shared/corpus beside the checkout: not from a PST file")

    @staticmethod
    def kill(lab: FileLab, way: Way, step: int) -> str:
        return kill_at(lab.trial(way, f"step {step}"), step)


class ChangedRounds(unittest.TestCase):
    """From a Maildir that changed since the first round into files: flags, moves, removals, new mail, folders made, renamed and removed."""

    def try_every_step(self, kind: str) -> None:
        place = FileLab(1).folder / kind
        self.addCleanup(subprocess.run, ["rm", "-rf", str(place.parent)], check=False)
        template = place.parent / "template"
        place.mkdir(parents=True)
        fill_maildir(place / "old", (os.getuid(), os.getgid()), [*file_account(9), FolderSpec(("Gone",), [MessageFactory(3).plain(400)]),
                                                                 FolderSpec(("Before",), [MessageFactory(4).plain(400)])])
        copy = FileCopy(f"maildir:{place / 'old'}", f"{kind}:{place / 'new'}", "", "", place, ["--quiet-time", "0.1"])
        outcome = copy.run()
        self.assertEqual(outcome.status, MOVED, outcome.text)
        self.change(place / "old")
        restore(place, template)
        self.resume(copy, kind, "undisturbed")
        restore(template, place)
        self.assertEqual(copy.run().status, MOVED)
        steps = copy.fault_state().steps
        print(f"{kind}: {steps} steps", flush=True)
        for step in chosen(steps, CHANGED_KILLS):
            restore(template, place)
            outcome = copy.run(kill_at=step)
            self.assertIn(outcome.status, (MOVED, -signal.SIGKILL), outcome.text)
            self.resume(copy, kind, f"killed at step {step} of {steps}")

    def resume(self, copy: FileCopy, kind: str, what: str) -> None:
        for _ in range(3):
            outcome = copy.run()
            if outcome.status == MOVED:
                break
        self.assertEqual(outcome.status, MOVED, f"{what}\n{last_lines(outcome.text, 30)}")
        found = (read_maildir if kind == "maildir" else read_mbox)(copy.folder / "new")
        text = difference(read_maildir(copy.folder / "old"), found)
        self.assertFalse(text, f"{what}\n{text}\n{last_lines(outcome.text, 30)}")

    @staticmethod
    def change(maildir: Path) -> None:
        """As people and servers do between two rounds."""
        files = sorted((maildir / "cur").iterdir())
        chosen_files = random.Random(5).sample(files, 8)
        for file in chosen_files[:4]:
            base, _, letters = file.name.partition(":2,")
            file.rename(file.with_name(f"{base}:2,{'' if 'F' in letters else 'F'}S"))
        chosen_files[4].unlink()
        for number, file in enumerate(chosen_files[5:7]):
            file.rename(maildir / ".Work" / "cur" / f"18000000{number:02}.M1P1.localhost:2,S")
        (maildir / "new" / "1900000000.M1P1.localhost").write_bytes(b"Subject: new\n\nnew\n")
        subprocess.run(["rm", "-rf", str(maildir / ".Gone")], check=True)
        (maildir / ".Before").rename(maildir / ".After")
        (maildir / ".Made" / "cur").mkdir(parents=True)
        (maildir / ".Made" / "cur" / "1900000001.M1P1.localhost:2,F").write_bytes(b"Subject: made\n\nmade\n")

    def test_into_a_maildir(self) -> None:
        self.try_every_step("maildir")

    def test_into_mbox_files(self) -> None:
        self.try_every_step("mbox")


if __name__ == "__main__":
    unittest.main()
