# SPDX-License-Identifier: Apache-2.0
"""Servers that announce an extension and refuse its commands, each a Behaviour of the scripted server."""
from __future__ import annotations

import re

from scripted_server import Behaviour


class RefusesExtension(Behaviour):
    """Announces an extension and refuses every command that uses it. `sign`: what of the command's text tells."""

    def __init__(self, sign: bytes, command: bytes = b"", announce: str = "", without: str = "", word: bytes = b"BAD") -> None:
        self._sign = sign
        self._command = command
        self._answer = word + b" what is that?"
        kept = [name for name in Behaviour.capabilities.split() if name not in without.split()]
        self.capabilities = " ".join(kept + announce.split())
        self.struck = 0  # how often it refused

    def refusal(self, command: bytes, line: bytes) -> bytes:
        if not self.uses_it(command, line):
            return b""
        self.struck += 1
        return self._answer

    def uses_it(self, command: bytes, line: bytes) -> bool:
        return (not self._command or command == self._command) and self._sign in line.upper()


class RefusesMultiappend(RefusesExtension):
    """Refuses an APPEND of more than one message."""

    def __init__(self) -> None:
        super().__init__(b"", b"APPEND")

    def uses_it(self, command: bytes, line: bytes) -> bool:
        return command == b"APPEND" and len(re.findall(rb"\) \"[^\"]+\" \{", line)) > 1


def refused_by_both() -> dict[str, RefusesExtension]:
    """Every extension that a source as well as a target may announce and fail in a first and a second round."""
    return {
        "LIST-STATUS": RefusesExtension(b"STATUS", b"LIST"),
        "LIST-EXTENDED": RefusesExtension(b"RETURN", b"LIST"),
        "ENABLE": RefusesExtension(b"", b"ENABLE"),
        "ID": RefusesExtension(b"", b"ID"),
        "NAMESPACE": RefusesExtension(b"", b"NAMESPACE"),
        "CONDSTORE in STATUS": RefusesExtension(b"HIGHESTMODSEQ", b"STATUS", without="LIST-STATUS"),
        "SASL-IR": RefusesExtension(b"PLAIN ", b"AUTHENTICATE", "AUTH=PLAIN LOGINDISABLED"),
        "AUTH=PLAIN": RefusesExtension(b"", b"AUTHENTICATE", "AUTH=PLAIN"),
    }


def refused_by_target() -> dict[str, RefusesExtension]:
    return refused_by_both() | {
        "LITERAL+": RefusesExtension(b"+}", b"APPEND"),
        "MULTIAPPEND": RefusesMultiappend(),
        "ESEARCH": RefusesExtension(b"RETURN", b"UID SEARCH"),
        "UNSELECT": RefusesExtension(b"", b"UNSELECT"),
        "CREATE-SPECIAL-USE": RefusesExtension(b"USE", b"CREATE"),
    }


def refused_by_source() -> dict[str, RefusesExtension]:
    return refused_by_both() | {
        "CONDSTORE in FETCH": RefusesExtension(b"CHANGEDSINCE", b"UID FETCH"),
        "OBJECTID": RefusesExtension(b"EMAILID", b"UID FETCH", "OBJECTID"),
    }
