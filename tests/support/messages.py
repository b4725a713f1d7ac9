# SPDX-License-Identifier: Apache-2.0
"""Seeded messages of every kind that a mail store may hold. The same seed gives the same bytes."""
from __future__ import annotations

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from random import Random

_PEOPLE = ("alice@example.com", "bob@example.org", "carol@example.net")
_WORDS = ("the mail server moves this week and every folder goes with it please check your calendar before Friday we met about "
          "budget report invoice order delivery contract meeting minutes question answer draft final version attached see "
          "below thanks regards team office project plan budget water paper garden river north letter copy").split()
_SYSTEM_FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted")
_KEYWORDS = ("$Forwarded", "$label1", "$MDNSent", "$NotJunk", "Work", "to-do_2024")
_POOL_LINES = 16_000  # about 1 MB of text that bodies are cut from


@dataclass(frozen=True)
class MessageSpec:
    """A message to store: `flags` without brackets, `date` as IMAP's INTERNALDATE."""

    body: bytes
    flags: str = ""
    date: str = ""


class MessageFactory:
    """Makes messages from a seed. `make(kind)` gives one of KINDS, `plain()` an everyday one."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._count = 0
        self._tag = f"{seed:x}"
        pool_random = Random(1)
        self._pool = [" ".join(pool_random.choices(_WORDS, k=11)).encode() + b"\r\n" for _ in range(_POOL_LINES)]
        self._line_size = sum(map(len, self._pool)) / _POOL_LINES

    # --- parts -----------------------------------------------------------------------------------------------------------

    def text(self, size: int) -> bytes:
        """About `size` bytes of lines."""
        count = max(1, round(size / self._line_size))
        chunks = []
        while count > 0:
            start = self._random.randrange(_POOL_LINES)
            chunk = self._pool[start:start + count]
            chunks += chunk
            count -= len(chunk)
        return b"".join(chunks)

    def size(self, median: int, spread: float = 1.0, limit: int = 0) -> int:
        """A log-normal size with the given median."""
        size = int(median * math.exp(self._random.gauss(0, spread)))
        return max(200, min(size, limit or 64 * median))

    def flags(self) -> str:
        chosen = [flag for flag in _SYSTEM_FLAGS if self._random.random() < (0.6 if flag == "\\Seen" else 0.1)]
        chosen += [keyword for keyword in _KEYWORDS if self._random.random() < 0.06]
        return " ".join(chosen)

    def date(self) -> str:
        """A date of the last fifteen years in some time zone."""
        moment = datetime(2009, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=self._random.randrange(15 * 365 * 86400))
        zone = timezone(timedelta(minutes=self._random.choice((0, 0, 60, 120, -300, -480, 330, 345, 765, -210))))
        return moment.astimezone(zone).strftime("%d-%b-%Y %H:%M:%S %z")

    def headers(self, content: bytes = b"text/plain; charset=utf-8") -> bytes:
        self._count += 1
        sender, receiver = self._random.sample(_PEOPLE, 2)
        subject = " ".join(self._random.choices(_WORDS, k=5))
        day = self._random.randrange(1, 28)
        return (f"Received: from mx.example.net by mail.example.com; {day} Mar 2020 10:{self._count % 60:02}:00 +0100\r\n"
                f"From: {sender}\r\nTo: {receiver}\r\nSubject: {subject}\r\nDate: {day} Mar 2020 09:59:00 +0100\r\n"
                f"Message-ID: <{self._tag}.{self._count}.{self._random.getrandbits(48):x}@example.com>\r\n"
                "MIME-Version: 1.0\r\n").encode() + b"Content-Type: " + content + b"\r\n"

    # --- messages --------------------------------------------------------------------------------------------------------

    def plain(self, size: int) -> MessageSpec:
        """An everyday text message of about `size` bytes."""
        head = self.headers() + b"\r\n"
        return self.spec(head + self.text(max(60, size - len(head))))

    def spec(self, body: bytes) -> MessageSpec:
        """A body with random flags and date."""
        return MessageSpec(body, self.flags(), self.date())

    def duplicate(self, message: MessageSpec) -> MessageSpec:
        """The same bytes again, with flags and date of its own."""
        return replace(message, flags=self.flags(), date=self.date())

    def make(self, kind: str) -> MessageSpec:
        return KINDS[kind](self)

    def attachment(self, size: int = 40_000) -> MessageSpec:
        """A text part and a base64 part of about `size` bytes."""
        encoded = base64.encodebytes(self._random.randbytes(size * 3 // 4)).replace(b"\n", b"\r\n")
        return self.spec(
            self.headers(b'multipart/mixed; boundary="b=_1"') + b"\r\n--b=_1\r\nContent-Type: text/plain\r\n\r\n" + self.text(800)
            + b'--b=_1\r\nContent-Type: application/pdf; name="report.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            + encoded + b"--b=_1--\r\n")

    def nested(self) -> MessageSpec:
        """A forwarded message inside a message, twice."""
        inner = self.attachment(2000).body
        for boundary in (b"in", b"out"):
            inner = (self.headers(b'multipart/mixed; boundary="' + boundary + b'"') + b"\r\n--" + boundary
                     + b"\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--" + boundary + b"--\r\n")
        return self.spec(inner)

    def unique_line(self) -> bytes:
        return f"{self._random.getrandbits(64):016x}".encode()


def _odd_date(date: str) -> Callable[[MessageFactory], MessageSpec]:
    return lambda make: replace(make.plain(500), date=date)


KINDS: dict[str, Callable[[MessageFactory], MessageSpec]] = {
    "plain": lambda make: make.plain(make.size(6000)),
    "attachment": MessageFactory.attachment,
    "nested": MessageFactory.nested,
    "no headers": lambda make: make.spec(b"\r\n" + make.text(300) + make.unique_line() + b"\r\n"),
    "no header block": lambda make: make.spec(b"just a line " + make.unique_line() + b"\r\nand another one\r\n"),
    "header only": lambda make: make.spec(make.headers()),
    "empty body": lambda make: make.spec(make.headers() + b"\r\n"),
    "8-bit header": lambda make: make.spec(
        make.headers() + "X-Latin: Gr\u00fc\u00dfe\r\n".encode("latin-1") + "X-Utf8: \u65e5\u672c\r\n".encode()
        + b"\r\ntext\r\n"),
    "8-bit body": lambda make: make.spec(
        make.headers() + b"\r\n" + bytes(byte for byte in range(1, 256) if byte not in (10, 13)) * 4 + b"\r\n"),
    "long lines": lambda make: make.spec(
        make.headers() + b"X-Long: " + b"v" * 5000 + b"\r\n\r\n" + (b"word " * 5000 + b"\r\n") * 3),
    "bare CR": lambda make: make.spec(make.headers() + b"\r\none\rtwo\r\r\nthree " + make.unique_line() + b"\r\n"),
    "no final newline": lambda make: make.spec(make.headers() + b"\r\nlast line " + make.unique_line()),
    "From line": lambda make: make.spec(
        b"From alice@example.com Mon Jan  1 00:00:00 2024\r\n" + make.headers() + b"\r\nFrom here\r\n"),
    "dots": lambda make: make.spec(make.headers() + b"\r\n.\r\n..\r\n)\r\n* BYE\r\nA1 OK {3}\r\n"),
    "date 1970": _odd_date("02-Jan-1970 00:00:01 +0000"),
    "date +1345": _odd_date("29-Feb-2004 23:59:59 +1345"),
    "date -1200": _odd_date(" 1-Apr-2021 00:00:00 -1200"),
}

# Only for servers that take it: Dovecot reads it back as 0x80.
NUL_KIND: Callable[[MessageFactory], MessageSpec] = lambda make: make.spec(make.headers() + b"\r\na NUL \0 inside\r\n")
