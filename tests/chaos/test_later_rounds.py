# SPDX-License-Identifier: Apache-2.0
"""kill -9 of godwit in a later round, in which messages were moved, removed and flagged on the source and folders renamed and
removed. After each: resumed to exit status 0, the target is as the source, nothing lost, doubled or left over."""
from __future__ import annotations

import functools
import signal
import unittest
from concurrent.futures import ThreadPoolExecutor

from account_snapshot import naming, take_snapshot
from godwit import MOVED
from imap_raw import Account, Connection, quoted
from lab import PASSWORD, Lab, Trial
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from trials import SHARE, WORKERS, run_trials

_TRIALS, _UNDISTURBED = 60 // SHARE, 3
_KILLS_PER_TRIAL = 2
_LEAST_KILLS = 40 // SHARE


def change(account: Account) -> None:
    """What people do on the source between two rounds."""
    with Connection(account) as connection:
        name = naming(connection).name
        def select(path: tuple[str, ...]) -> None:
            connection.command(b"SELECT " + quoted(name(path)))
        select(("INBOX",))
        connection.command(b"UID MOVE 3:12 " + quoted(name(("Archive", "Entw\u00fcrfe"))))
        connection.command(rb"UID STORE 13:15 +FLAGS (\Flagged moved)")
        connection.command(b"UID MOVE 13:15 " + quoted(name(("Same",))))
        select(("Same",))
        connection.command(b"UID MOVE 1:2 " + quoted(name(("List 5",))))  # two of four that are equal
        select(("Big",))
        connection.command(b"UID MOVE 2 INBOX")
        for path, uids in ((("List 1",), b"2:6"), (("INBOX",), b"20:22")):
            select(path)
            connection.command(b"UID STORE " + uids + rb" +FLAGS (\Deleted)")
            connection.command(b"UID EXPUNGE " + uids)
        select(("List 2",))
        connection.command(rb"UID STORE 1:9 FLAGS (\Answered later)")
        connection.command(b"UNSELECT")
        connection.command(b"RENAME " + quoted(name(("List 3",))) + b" " + quoted(name(("Renamed",))))
        connection.command(b"UNSUBSCRIBE " + quoted(name(("List 3",))))
        connection.command(b"SUBSCRIBE " + quoted(name(("Renamed",))))
        connection.command(b"DELETE " + quoted(name(("List 4",))))
        connection.command(b"UNSUBSCRIBE " + quoted(name(("List 4",))))
    make = MessageFactory(99)
    fill_over_imap(account, [FolderSpec(("Renamed",), [make.plain(900)]), FolderSpec(("List 0",), [make.plain(900) for _ in range(3)])])


class LaterRounds(unittest.TestCase):
    def test_kills(self) -> None:
        with Lab(_TRIALS + _UNDISTURBED) as lab:
            trials = [lab.trial(f"later {number}", source_number=number % 3) for number in range(_TRIALS + _UNDISTURBED)]
            with ThreadPoolExecutor(WORKERS) as pool:
                for trial, outcome in zip(trials, pool.map(lambda each: each.check(each.copy.run()), trials)):
                    self.assertEqual(outcome.status, MOVED, trial.history)
            for user, reference in lab.references.items():
                account = Account("127.0.0.1", lab.source.port, user, PASSWORD)
                change(account)
                reference.snapshot = take_snapshot(account)
            steps = [self.undisturbed(trial) for trial in trials[_TRIALS:]]
            print(f"{min(steps)} to {max(steps)} steps in a later round", flush=True)
            self.kills = 0
            run_trials({f"step {number}": functools.partial(self.kill, trial, max(steps))
                        for number, trial in enumerate(trials[:_TRIALS])})
            print(f"{self.kills} kills", flush=True)
            lab.check_source()
        self.assertGreaterEqual(self.kills, _LEAST_KILLS)

    def undisturbed(self, trial: Trial) -> int:
        summary = trial.check(trial.copy.run("--json")).summary()
        self.assertEqual({name: summary[name] for name in ("copied", "moved", "removed", "kept", "folders_renamed", "folders_removed")},
                         {"copied": 4, "moved": 16, "removed": 17, "kept": 0, "folders_renamed": 1, "folders_removed": 1})
        return trial.copy.fault_state().steps

    def kill(self, trial: Trial, steps: int) -> str:
        for _ in range(_KILLS_PER_TRIAL):
            outcome = trial.check(trial.copy.run(kill_at=trial.random.randint(1, steps)), -signal.SIGKILL)
            if outcome.status == MOVED:
                break
            trial.history.append(f"killed at step {trial.copy.fault_state().steps}")
            self.kills += 1
        return trial.finish()


if __name__ == "__main__":
    unittest.main()
