# SPDX-License-Identifier: Apache-2.0
"""An account of filters as its owner's client uses it: as much of ManageSieve (RFC 5804) as that takes, without encryption."""
from __future__ import annotations

import base64
import re
import socket


class SieveAccount:
    """One connection, logged in. Usable as a context manager."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._file = socket.create_connection(("127.0.0.1", port), timeout=30).makefile("rwb")
        self._answer()
        login = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self._ask(f'AUTHENTICATE "PLAIN" "{login}"')

    def __enter__(self) -> SieveAccount:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _answer(self) -> list[bytes]:
        """Lines and literals up to the OK."""
        lines: list[bytes] = []
        while True:
            line = self._file.readline()
            if not line:
                raise RuntimeError("the server has closed the connection")
            if line.startswith(b"OK"):
                return lines
            if line.startswith((b"NO", b"BYE")):
                raise RuntimeError(line.decode(errors="replace"))
            literal = re.fullmatch(rb"\{(\d+)\}\r\n", line)
            lines.append(self._file.read(int(literal[1])) if literal else line.rstrip(b"\r\n"))

    def _ask(self, command: str, literal: bytes | None = None) -> list[bytes]:
        self._file.write(command.encode() + (b"" if literal is None else b" {%d+}\r\n" % len(literal) + literal) + b"\r\n")
        self._file.flush()
        return self._answer()

    def put(self, name: str, text: str, *, active: bool = False) -> None:
        self._ask(f'PUTSCRIPT "{name}"', text.encode())
        if active:
            self._ask(f'SETACTIVE "{name}"')

    def scripts(self) -> dict[str, tuple[bytes, bool]]:
        """Text, and whether it is at work, of each by name."""
        listed = [re.fullmatch(rb'"([^"]*)"( ACTIVE)?', line) for line in self._ask("LISTSCRIPTS")]
        return {each[1].decode(): (self._ask(f'GETSCRIPT "{each[1].decode()}"')[0], bool(each[2])) for each in listed if each}
