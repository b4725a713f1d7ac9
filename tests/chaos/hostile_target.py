# SPDX-License-Identifier: Apache-2.0
"""Misbehaviours of a target server, each a Behaviour of the scripted server."""
from __future__ import annotations

import re
import threading

from scripted_server import Appended, Behaviour, Drop, Mailbox, ScriptedServer


class Switchable(Behaviour):
    """Misbehaves until switched off, or only in the first `times` APPENDs."""

    def __init__(self, times: int = 1_000_000) -> None:
        self.times = times
        self.struck = 0  # how often it misbehaved

    def append(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        if self.struck >= self.times:
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
    """Drops the connection, and stores what it had got two seconds later."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        def store() -> None:
            with server.lock:
                self.keep(mailbox, messages)
        timer = threading.Timer(2, store)
        timer.daemon = True
        timer.start()
        raise Drop


class StoresHalfLate(Switchable):
    """Stores half, drops the connection, and stores the other half two seconds later."""

    def misbehave(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        self.keep(mailbox, messages[:len(messages) // 2])
        return StoresLate().misbehave(server, mailbox, messages[len(messages) // 2:])


class RefusesExtension(Behaviour):
    """Announces an extension and answers BAD to every command that uses it. `sign`: what of the command's text tells."""

    def __init__(self, sign: bytes, command: bytes = b"", announce: str = "") -> None:
        self._sign = sign
        self._command = command
        self.capabilities = f"{Behaviour.capabilities} {announce}".strip()
        self.struck = 0

    def refuses(self, command: bytes, line: bytes) -> bool:
        refused = (not self._command or command == self._command) and self._sign in line.upper()
        self.struck += refused
        return refused


class RefusesMultiappend(RefusesExtension):
    """BAD to an APPEND of more than one message."""

    def __init__(self) -> None:
        super().__init__(b"", b"APPEND")

    def refuses(self, command: bytes, line: bytes) -> bool:
        refused = command == b"APPEND" and len(re.findall(rb"\) \"[^\"]+\" \{", line)) > 1
        self.struck += refused
        return refused


def refused_extensions() -> dict[str, RefusesExtension]:
    """Every extension that a target may announce and fail."""
    return {
        "LITERAL+": RefusesExtension(b"+}", b"APPEND"),
        "MULTIAPPEND": RefusesMultiappend(),
        "LIST-STATUS": RefusesExtension(b"STATUS", b"LIST"),
        "LIST-EXTENDED": RefusesExtension(b"RETURN", b"LIST"),
        "ESEARCH": RefusesExtension(b"RETURN", b"UID SEARCH"),
        "ENABLE": RefusesExtension(b"", b"ENABLE"),
        "ID": RefusesExtension(b"", b"ID"),
        "NAMESPACE": RefusesExtension(b"", b"NAMESPACE"),
        "UNSELECT": RefusesExtension(b"", b"UNSELECT"),
        "CREATE-SPECIAL-USE": RefusesExtension(b"USE", b"CREATE"),
        "CONDSTORE in STATUS": RefusesExtension(b"HIGHESTMODSEQ", b"STATUS"),
        "CONDSTORE in SELECT": RefusesExtension(b"CONDSTORE"),
        "CONDSTORE in FETCH": RefusesExtension(b"CHANGEDSINCE", b"UID FETCH"),
        "SASL-IR": RefusesExtension(b"PLAIN ", b"AUTHENTICATE", "AUTH=PLAIN LOGINDISABLED"),
        "COMPRESS": RefusesExtension(b"", b"COMPRESS", "COMPRESS=DEFLATE"),
        "AUTH=PLAIN": RefusesExtension(b"", b"AUTHENTICATE", "AUTH=PLAIN"),
    }
