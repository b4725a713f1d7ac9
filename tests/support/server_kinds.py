# SPDX-License-Identifier: Apache-2.0
"""The servers that the pairings are made of, and exactly what each makes of a message that is appended to it."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

from courier import Courier
from cyrus import Cyrus
from servers import Dovecot

Server = Union[Dovecot, Cyrus, Courier]
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|From ")  # a field, the continuation of one, or mbox's


@dataclass(frozen=True)
class ServerKind:
    """A server. `stored` tells what it gives back of a message; None: it refuses it."""

    name: str
    version: str
    make: Callable[[dict[str, str]], Server]
    stored: Callable[[bytes], bytes | None]


def _dovecot(body: bytes) -> bytes | None:
    """Stores lines with LF alone, so a CR in front of one, or a bare LF, comes back as CR LF; NUL as 0x80."""
    return re.sub(rb"\r*\n", b"\r\n", body).replace(b"\0", b"\x80")


def _cyrus(body: bytes) -> bytes | None:
    """Refuses NUL, bare LF and lines in the header that are none of it; writes X for 8-bit bytes there."""
    header = b"" if body.startswith(b"\r\n") else body.partition(b"\r\n\r\n")[0]
    if b"\0" in body or re.search(rb"(?<!\r)\n", body) or not all(map(_HEADER_LINE.match, header.splitlines())):
        return None
    return re.sub(rb"[\x80-\xff]", b"X", header) + body[len(header):]


def _courier(body: bytes) -> bytes | None:
    """Stores lines with LF alone and drops every CR; the last line is ended."""
    lines = body.replace(b"\r", b"")
    return (lines if lines.endswith(b"\n") else lines + b"\n").replace(b"\n", b"\r\n")


DOVECOT = ServerKind("Dovecot", "2.3.19", lambda users: Dovecot("maildir", users), _dovecot)
DOTTED_DOVECOT = ServerKind("Dovecot", "2.3.19", lambda users: Dovecot("sdbox", users, separator=".", listescape=True), _dovecot)
CYRUS = ServerKind("Cyrus", "3.6.1", Cyrus, _cyrus)
SLASHED_CYRUS = ServerKind("Cyrus", "3.6.1", lambda users: Cyrus(users, separator="/", prefix=False), _cyrus)
COURIER = ServerKind("Courier", "5.0.13", Courier, _courier)
TARGETS = (DOVECOT, CYRUS, COURIER)
