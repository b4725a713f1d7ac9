# SPDX-License-Identifier: Apache-2.0
"""Extensions that a source or a target announces and then refuses: the work goes on without them, and everything arrives."""
from __future__ import annotations

import functools
import tempfile
import unittest
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from godwit import MOVED, Copy, last_lines
from imap_raw import encode_name
from mailboxes import FolderSpec, account_for_a_slow_line, varied_account
from messages import MessageFactory, MessageSpec
from refusing_server import RefusesExtension, refused_by_source, refused_by_target
from relay import Relay
from scripted_server import Behaviour, Mailbox, ScriptedServer
from trials import run_trials

_SLOW = 1.3 * 1024 * 1024  # bytes per second, at which compression is asked for
_ROLES = {("Sent",): rb"\Sent"}
_Contents = dict[bytes, Counter[tuple[bytes, bytes, frozenset[bytes]]]]


def fill(server: ScriptedServer, folders: list[FolderSpec]) -> None:
    for folder in folders:
        mailbox = server.mailboxes.setdefault(b"/".join(map(encode_name, folder.path)), Mailbox(100 + len(server.mailboxes)))
        mailbox.subscribed = folder.subscribed
        mailbox.role = _ROLES.get(folder.path, b"")
        for message in folder.messages:
            deliver(mailbox, message)


def deliver(mailbox: Mailbox, message: MessageSpec) -> None:
    mailbox.store(message.flags.encode().split(), message.date.encode(), message.body)


def contents(server: ScriptedServer) -> _Contents:
    """Bodies, dates and flags per folder."""
    with server.lock:
        return {name: Counter((message.body, message.date, frozenset(message.flags)) for message in mailbox.messages)
                for name, mailbox in server.mailboxes.items()}


class RefusedExtensions(unittest.TestCase):
    def goes_on_without(self, *, source: Behaviour | None = None, target: Behaviour | None = None) -> str:
        """A first round, one with new messages and changed flags, and one with nothing to do."""
        with ScriptedServer(source) as old, ScriptedServer(target) as new, \
                tempfile.TemporaryDirectory(prefix="godwit-test-") as folder:
            fill(old, varied_account(82, 90, large=2_500_000))
            copy = self.copy(old.port, new.port, folder)
            self.run_round(copy, old, new)
            make = MessageFactory(83)
            inbox = old.mailboxes[b"INBOX"]
            deliver(inbox, make.plain(700))
            for message in inbox.messages[:3]:
                inbox.change_flags(message, message.flags ^ {rb"\Flagged", b"again"})
            self.run_round(copy, old, new)
            before = contents(new)
            self.run_round(copy, old, new)
            self.assertEqual(before, contents(new))
        return self.refusals(source, target)

    def moves_over_slow_lines(self, *, source: Behaviour | None = None, target: Behaviour | None = None) -> str:
        with ScriptedServer(source) as old, ScriptedServer(target) as new, \
                Relay(old.port, rate=_SLOW) as from_old, Relay(new.port, rate=_SLOW) as to_new, \
                tempfile.TemporaryDirectory(prefix="godwit-test-") as folder:
            fill(old, account_for_a_slow_line(84))
            self.run_round(self.copy(from_old.port, to_new.port, folder), old, new)
        return self.refusals(source, target)

    def copy(self, source_port: int, target_port: int, folder: str) -> Copy:
        return Copy(f"imap://alice@127.0.0.1:{source_port}", f"imap://alice@127.0.0.1:{target_port}", "any", "any", Path(folder),
                    ["--plain-ok", "--quiet-time", "1"])

    def run_round(self, copy: Copy, old: ScriptedServer, new: ScriptedServer) -> None:
        outcome = copy.run(timeout=240)
        self.assertEqual(outcome.status, MOVED, last_lines(outcome.text, 40))
        self.assertEqual(contents(old), contents(new))

    def refusals(self, *behaviours: Behaviour | None) -> str:
        counts = [behaviour.struck for behaviour in behaviours if isinstance(behaviour, RefusesExtension)]
        self.assertTrue(all(counts), "the extension was never used")
        return f"refused {', '.join(map(str, counts))} times"

    # --- tests -----------------------------------------------------------------------------------------------------------

    def test_the_scripted_server_itself(self) -> None:
        """Behaving well, it is a source like any other; else the other tests would say nothing."""
        self.goes_on_without()

    def test_extensions_that_are_announced_but_fail(self) -> None:
        trials: dict[str, Callable[[], str]] = {}
        for side, behaviours in (("source", refused_by_source()), ("target", refused_by_target())):
            for name, behaviour in behaviours.items():
                trials[f"{name} refused by the {side}"] = functools.partial(self.goes_on_without, **{side: behaviour})
        run_trials(trials)

    def test_compression(self) -> None:
        trials: dict[str, Callable[[], str]] = {}
        for side in ("source", "target"):
            for word in (b"BAD", b"NO"):
                refusal = RefusesExtension(b"", b"COMPRESS", "COMPRESS=DEFLATE", word=word)
                trials[f"{word.decode()} to COMPRESS by the {side}"] = functools.partial(self.moves_over_slow_lines,
                                                                                       **{side: refusal})
        run_trials(trials)


if __name__ == "__main__":
    unittest.main()
