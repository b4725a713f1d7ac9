# SPDX-License-Identifier: Apache-2.0
"""Misbehaviours of a target server, each a Behaviour of the scripted server."""
from __future__ import annotations

from scripted_server import Appended, Behaviour, Drop, Mailbox, ScriptedServer


ALWAYS = 1_000_000


class Switchable(Behaviour):
    """Misbehaves always, or in the first `times` APPENDs that are no probe of what the server does to bytes."""

    def __init__(self, times: int = ALWAYS) -> None:
        self.times = times
        self.struck = 0  # how often it misbehaved

    def append(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        if self.struck >= self.times or (self.times < ALWAYS and server.name_of(mailbox).startswith(b"godwit-probe-")):
            return super().append(server, mailbox, messages)
        self.struck += 1
        return self.misbehave(server, mailbox, messages)

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        raise NotImplementedError

    @staticmethod
    def keep(mailbox: Mailbox, messages: list[Appended]) -> list[int]:
        return [mailbox.store(message.flags, message.date, message.body) for message in messages]


class KeepsSomeSaysNo(Switchable):
    """Stores the first half of a MULTIAPPEND and says NO (Stalwart does so when one message fails)."""

    answer = b"NO something went wrong"

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        if len(messages) == 1:
            return self.accepted(mailbox, self.keep(mailbox, messages))
        self.keep(mailbox, messages[:len(messages) // 2])
        return self.answer


class KeepsSomeSaysBad(KeepsSomeSaysNo):
    """The same with BAD."""

    answer = b"BAD something went wrong"


class KeepsAllSaysNo(Switchable):
    """Stores everything and says NO, also to single messages."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        self.keep(mailbox, messages)
        return b"NO cannot do that"


class NoAppenduid(Switchable):
    """Stores, says OK, and does not tell where."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        self.keep(mailbox, messages)
        return b"OK stored"


class ShortAppenduid(Switchable):
    """Stores all, and leaves the last UID out."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        uids = self.keep(mailbox, messages)
        return self.accepted(mailbox, uids[:-1]) if len(uids) > 1 else b"OK stored"


class StoresLessThanItSays(Switchable):
    """Stores all but the last, and says OK with a UID for each."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        uids = self.keep(mailbox, messages[:-1])
        return self.accepted(mailbox, [*uids, mailbox.uid_next])


class StoresNothing(Switchable):
    """Says OK without APPENDUID and stores nothing."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        return b"OK stored"


class StoresNothingWithUids(Switchable):
    """Says OK with UIDs that nothing has, and stores nothing."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        return self.accepted(mailbox, list(range(mailbox.uid_next, mailbox.uid_next + len(messages))))


class TruncatesSaysOk(Switchable):
    """Stores all but the last byte of each message without APPENDUID, so that they have to be looked at."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        self.keep(mailbox, [Appended(message.flags, message.date, message.body[:-1]) for message in messages])
        return b"OK stored"


class DropsAfterStoring(Switchable):
    """Stores and drops the connection before the tag."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        self.keep(mailbox, messages)
        raise Drop


class DropsBeforeStoring(Switchable):
    """Drops the connection with nothing stored."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        raise Drop


class StoresLate(Switchable):
    """Drops the connection, and stores what it had got when the next session has just looked whether it is there."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        mailbox.late += messages
        raise Drop


class StoresHalfLate(Switchable):
    """Stores half, drops the connection, and stores the other half when the next session has just looked."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        self.keep(mailbox, messages[:len(messages) // 2])
        mailbox.late += messages[len(messages) // 2:]
        raise Drop
