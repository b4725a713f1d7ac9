# SPDX-License-Identifier: Apache-2.0
"""A target that lies, forgets and breaks off: never exit status 0 unless everything is there, never a double, and when it
behaves again, everything arrives."""
from __future__ import annotations

import functools
import hashlib
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import hostile_target as hostile
from copy_case import ALICE, PASSWORD, account, snapshot
from godwit import DEFECT, MOVED, Copy, Outcome, last_lines
from hostile_target import ALWAYS, Switchable
from imap_raw import decode_name
from mailboxes import fill_over_imap, varied_account
from scripted_server import Behaviour, ScriptedServer
from servers import Dovecot
from trials import SHARE, run_trials

Contents = dict[str, Counter[str]]  # digests per folder

APPEND_BEHAVIOURS: tuple[type[Switchable], ...] = (
    hostile.KeepsSomeSaysNo, hostile.KeepsSomeSaysBad, hostile.KeepsAllSaysNo, hostile.NoAppenduid, hostile.ShortAppenduid,
    hostile.StoresLessThanItSays, hostile.StoresNothing, hostile.StoresNothingWithUids, hostile.TruncatesSaysOk,
    hostile.DropsAfterStoring, hostile.DropsBeforeStoring, hostile.StoresLate, hostile.StoresHalfLate)


def source_contents(server: Dovecot) -> Contents:
    return {"/".join(path): Counter(message.digest for message in folder.messages)
            for path, folder in snapshot(server).folders.items() if folder.selectable}


def target_contents(target: ScriptedServer) -> Contents:
    with target.lock:
        return {decode_name(name): Counter(hashlib.sha256(message.body).hexdigest() for message in mailbox.messages)
                for name, mailbox in target.mailboxes.items()}


class HostileTarget(unittest.TestCase):
    """One source for all trials; a target and a ledger for each."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.source = Dovecot("maildir", {ALICE: PASSWORD}, special_use={"Sent": "\\Sent"}).start()
        cls.addClassCleanup(cls.source.close)
        fill_over_imap(account(cls.source), varied_account(81, 70, large=1_300_000))
        cls.wanted = source_contents(cls.source)

    # --- assertions ------------------------------------------------------------------------------------------------------

    def assert_complete(self, target: ScriptedServer, outcome: Outcome) -> None:
        present = target_contents(target)
        for name, wanted in self.wanted.items():
            lost = wanted - present.get(name, Counter())
            self.assertEqual(lost.total(), 0, f"lost in {name}\n{last_lines(outcome.text)}")

    def assert_no_doubles(self, target: ScriptedServer, outcome: Outcome) -> None:
        for name, present in target_contents(target).items():
            wanted = self.wanted.get(name, Counter())
            doubled = Counter({digest: count for digest, count in (present - wanted).items() if digest in wanted})
            self.assertEqual(doubled.total(), 0, f"doubled in {name}\n{last_lines(outcome.text)}")

    def assert_honest(self, target: ScriptedServer, outcome: Outcome) -> None:
        """Exit status 0 only when all is there; nothing twice; no crash and no defect of godwit's own."""
        self.assertGreaterEqual(outcome.status, 0, last_lines(outcome.text, 40))
        self.assertNotEqual(outcome.status, DEFECT, last_lines(outcome.text, 40))
        self.assert_no_doubles(target, outcome)
        if outcome.status == MOVED:
            self.assert_complete(target, outcome)

    # --- trials ----------------------------------------------------------------------------------------------------------

    def recovers(self, behaviour: Switchable, rounds: int) -> str:
        """Rounds with the misbehaviour, then one without it."""
        with ScriptedServer(behaviour) as target, tempfile.TemporaryDirectory(prefix="godwit-test-") as folder:
            copy = self.copy_to(target, folder)
            statuses = []
            for _ in range(rounds):
                outcome = copy.run(timeout=240)
                statuses.append(outcome.status)
                self.assert_honest(target, outcome)
            self.assertGreater(behaviour.struck, 0, "the misbehaviour was never met")
            target.behaviour = Behaviour()
            outcome = copy.run(timeout=240)
            self.assertEqual(outcome.status, MOVED, last_lines(outcome.text, 40))
            self.assert_honest(target, outcome)
            return f"exit status {', '.join(map(str, statuses))}, then 0"

    def copy_to(self, target: ScriptedServer, folder: str) -> Copy:
        # A server that is always late or breaks off costs a quiet time for each batch. It need not be long: what this server stores
        # late it stores between two looks.
        return Copy(self.source.url(ALICE), f"imap://{ALICE}@127.0.0.1:{target.port}", PASSWORD, "any", Path(folder),
                    ["--plain-ok", "--quiet-time", "1"])

    # --- tests -----------------------------------------------------------------------------------------------------------

    def test_the_scripted_server_itself(self) -> None:
        """Behaving well, it is a target like any other; else the other tests would say nothing."""
        with ScriptedServer() as target, tempfile.TemporaryDirectory(prefix="godwit-test-") as folder:
            outcome = self.copy_to(target, folder).run()
            self.assertEqual(outcome.status, MOVED, last_lines(outcome.text, 40))
            self.assert_honest(target, outcome)

    def test_appends_that_go_wrong(self) -> None:
        run_trials({f"{kind.__name__}, {'always' if times == ALWAYS else f'{times} times'}":
                    functools.partial(self.recovers, kind(times), rounds)
                    for kind in APPEND_BEHAVIOURS for times, rounds in ((1, 1), (3, 1), (ALWAYS, 2))[::min(SHARE, 2)]})


if __name__ == "__main__":
    unittest.main()
