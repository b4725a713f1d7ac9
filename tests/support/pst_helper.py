# SPDX-License-Identifier: Apache-2.0
"""Talks to godwit-pst as godwit does; the forms are those of src/pst/answers.h."""
from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from godwit import binary

KINDS = ("mail", "appointment", "contact", "task", "note", "journal", "other", "damaged")


@dataclass(frozen=True)
class Item:
    id: int
    folder: int
    kind: str


class Refused(Exception):
    """Why the helper refused."""


class PstHelper:
    """One helper at work on one file."""

    def __init__(self, file: Path, form: str = "store") -> None:
        self._is_message = form == "message"
        program = str(Path(binary()).with_name("godwit-pst"))
        # The shell opens the file as descriptor 3.
        self._process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" "$1" 3<"$2"', program, form, str(file)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self) -> PstHelper:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    @property
    def process(self) -> int:
        return self._process.pid

    def list(self) -> list[Item]:
        self._ask("L", 0)
        items = []
        while True:
            letter, payload = self._frame()
            if letter == "E":
                return items
            if letter == "X":
                raise Refused(payload[12:].decode())
            if letter == "I":
                number, folder, kind = struct.unpack_from("<QQB", payload)
                items.append(Item(number, folder, KINDS[kind]))
                if self._is_message:
                    return items

    def read(self, number: int, letter: str = "D") -> bytes:
        self._ask(letter, number)
        answer, payload = self._frame()
        if answer == "X":
            raise Refused(payload[12:].decode())
        size = struct.unpack_from("<QQq", payload)[1]
        content = b""
        while len(content) < size:
            content += self._frame()[1]
        return content

    def _ask(self, letter: str, number: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(letter.encode() + struct.pack("<Q", number))
        self._process.stdin.flush()

    def _frame(self) -> tuple[str, bytes]:
        assert self._process.stdout is not None
        head = self._process.stdout.read(5)
        assert len(head) == 5, f"godwit-pst ended with {self._process.wait()}"
        payload = self._process.stdout.read(struct.unpack("<I", head[:4])[0])
        return chr(head[4]), payload
