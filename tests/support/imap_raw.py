# SPDX-License-Identifier: Apache-2.0
"""A small IMAP4rev1 client over a plain socket for the tests. It shares no code with godwit, so that it can judge it.

Message bodies are streamed into a hash, never held: wherever a FETCH answers BODY[…] the value is a `Body`.
"""
from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union
from urllib.parse import unquote, urlsplit

_CHUNK = 256 * 1024
_LITERAL = re.compile(rb"\{(\d+)\+?\}$")
_TOKEN = re.compile(rb'\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|((?:\[[^\]]*\]|[^\s()"\[])+))')


class ImapError(Exception):
    """The server said NO or BAD, or broke the protocol or the connection."""


@dataclass(frozen=True)
class Body:
    """What is kept of a message body: its SHA-256 in hexadecimal digits and its size."""

    digest: str
    size: int


# A parsed value: an atom, string or small literal is bytes, NIL is None, a list is a list.
Value = Union[bytes, Body, None, list["Value"]]


@dataclass(frozen=True)
class Status:
    """A status response: `tag` is "*" when untagged; `text` holds the response code too."""

    tag: str
    word: str
    text: str


@dataclass(frozen=True)
class Account:
    """Where an account is and how to get in."""

    host: str
    port: int
    user: str
    password: str
    tls: bool = False

    @staticmethod
    def of_url(url: str) -> Account:
        """Reads imap://user:password@host:port; user and password may be percent-encoded."""
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or parts.username is None:
            raise ValueError(f"not an account's URL: {url}")
        tls = parts.scheme == "imaps"
        return Account(parts.hostname, parts.port or (993 if tls else 143), unquote(parts.username),
                       unquote(parts.password or ""), tls)


def encode_name(name: str) -> bytes:
    """Modified UTF-7 (RFC 3501 §5.1.3)."""
    out = bytearray()
    for plain, other in re.findall(r"([\x20-\x7e]+)|([^\x20-\x7e]+)", name):
        if plain:
            out += plain.replace("&", "&-").encode("ascii")
        else:
            out += b"&" + base64.b64encode(other.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",") + b"-"
    return bytes(out)


def decode_name(name: bytes) -> str:
    """The reverse of encode_name()."""
    def shifted(match: re.Match[bytes]) -> bytes:
        text = match.group(1).replace(b",", b"/")
        if not text:
            return b"&"
        return base64.b64decode(text + b"=" * (-len(text) % 4)).decode("utf-16-be").encode("utf-8")
    return re.sub(rb"&([^-]*)-", shifted, name).decode("utf-8")


def quoted(text: bytes | str) -> bytes:
    """An IMAP quoted string."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8")
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class _Reader:
    """Reads lines and literals off a socket through a buffer of its own."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = bytearray()

    def _fill(self) -> None:
        piece = self.sock.recv(_CHUNK)
        if not piece:
            raise ImapError("the server closed the connection")
        self._buffer += piece

    def line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            self._fill()
        line = bytes(self._buffer[:end])
        del self._buffer[:end + 2]
        return line

    def pieces(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._buffer:
                self._fill()
            piece = bytes(self._buffer[:size])
            del self._buffer[:size]
            size -= len(piece)
            yield piece


class _Parser:
    """Puts together one untagged data response, reading on where a literal interrupts the line."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._stack: list[list[Value]] = [[]]

    def parse(self, line: bytes) -> list[Value]:
        while (literal := _LITERAL.search(line)) is not None:
            self._line(line[:literal.start()])
            self._literal(int(literal.group(1)))
            line = self._reader.line()
        self._line(line)
        if len(self._stack) != 1:
            raise ImapError(f"brackets do not match: {line!r}")
        return self._stack[0]

    def _literal(self, size: int) -> None:
        top = self._stack[-1]
        name = top[-1] if top else None
        if isinstance(name, bytes) and name.upper().startswith((b"BODY[", b"RFC822")):
            digest = hashlib.sha256()
            for piece in self._reader.pieces(size):
                digest.update(piece)
            top.append(Body(digest.hexdigest(), size))
        else:
            top.append(b"".join(self._reader.pieces(size)))

    def _line(self, line: bytes) -> None:
        position = 0
        line = line.rstrip(b" ")
        while position < len(line):
            match = _TOKEN.match(line, position)
            if match is None:
                raise ImapError(f"cannot read {line[position:position + 80]!r}")
            self._token(*match.groups())
            position = match.end()

    def _token(self, opening: bytes | None, closing: bytes | None, string: bytes | None, atom: bytes | None) -> None:
        if opening:
            nested: list[Value] = []
            self._stack[-1].append(nested)
            self._stack.append(nested)
        elif closing:
            if len(self._stack) == 1:
                raise ImapError("a closing bracket too many")
            self._stack.pop()
        elif string is not None:
            self._stack[-1].append(self._string(re.sub(rb"\\(.)", rb"\1", string)))
        else:
            self._stack[-1].append(None if atom == b"NIL" else atom)

    def _string(self, string: bytes) -> Value:
        """A quoted string is a body, too, where a body is due (Dovecot sends short ones as literals, others need not)."""
        top = self._stack[-1]
        name = top[-1] if top else None
        if isinstance(name, bytes) and name.upper().startswith(b"BODY["):
            return Body(hashlib.sha256(string).hexdigest(), len(string))
        return string


class Connection:
    """A session. Logs in when made; usable as a context manager. TLS certificates are not verified."""

    def __init__(self, account: Account, timeout: float = 60) -> None:
        self.account = account
        sock = socket.create_connection((account.host, account.port), timeout=timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = _Reader(_wrap(sock) if account.tls else sock)
        self._count = 0
        self._capabilities: set[str] | None = None
        self.last_status = Status("", "", "")
        try:
            greeting = self._reader.line()
            if not greeting.startswith(b"* OK"):
                raise ImapError(f"greeted with {greeting!r}")
            self.command(b"LOGIN " + quoted(account.user) + b" " + quoted(account.password))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._reader.sock.close()

    def send(self, text: bytes) -> str:
        """Sends a command without waiting; returns its tag."""
        self._count += 1
        tag = f"r{self._count}"
        self._reader.sock.sendall(tag.encode() + b" " + text + b"\r\n")
        return tag

    def responses(self, tag: str) -> Iterator[list[Value]]:
        """The untagged data responses up to the tagged OK; NO and BAD raise. The status is kept in `last_status`."""
        while True:
            line = self._reader.line()
            status = _status(line)
            if status is None:
                yield _Parser(self._reader).parse(line[2:])
            elif status.tag == tag:
                self.last_status = status
                if status.word != "OK":
                    raise ImapError(f"{status.word} {status.text}")
                return
            elif status.word == "BYE":
                raise ImapError(f"BYE {status.text}")

    def command(self, text: bytes) -> list[list[Value]]:
        """Sends a command and returns its untagged data responses; NO and BAD raise."""
        return list(self.responses(self.send(text)))

    def capabilities(self) -> set[str]:
        if self._capabilities is None:
            rows = self.command(b"CAPABILITY")
            self._capabilities = {word.decode().upper() for row in rows if row[0] == b"CAPABILITY"
                                  for word in row[1:] if isinstance(word, bytes)}
        return self._capabilities

    def append(self, mailbox: bytes, messages: Sequence[tuple[str, str, bytes]]) -> str:
        """APPENDs (flags without brackets, INTERNALDATE or "", body), with LITERAL+ and several by MULTIAPPEND where the server
        has them; returns the text of the last OK."""
        if {"LITERAL+", "MULTIAPPEND"} <= self.capabilities():
            return self._append(mailbox, messages)
        for message in messages:
            self._append(mailbox, [message])
        return self.last_status.text

    def _append(self, mailbox: bytes, messages: Sequence[tuple[str, str, bytes]]) -> str:
        self._count += 1
        tag = f"r{self._count}"
        waits = "LITERAL+" not in self.capabilities()
        parts = [tag.encode() + b" APPEND " + quoted(mailbox)]
        for flags, date, body in messages:
            when = b" " + quoted(date) if date else b""
            parts.append(b" (" + flags.encode() + b")" + when + b" {%d%s}\r\n" % (len(body), b"" if waits else b"+"))
            if waits:
                self._reader.sock.sendall(b"".join(parts))
                self._await_continuation(tag)
                parts = []
            parts.append(body)
        self._reader.sock.sendall(b"".join(parts) + b"\r\n")
        for _ in self.responses(tag):
            pass
        return self.last_status.text

    def _await_continuation(self, tag: str) -> None:
        """The server's leave to send a literal; its NO or BAD raises."""
        while True:
            status = _status(self._reader.line())
            if status is not None and status.tag == "+":
                return
            if status is not None and status.tag == tag:
                raise ImapError(f"{status.word} {status.text}")


def _wrap(sock: socket.socket) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(sock)


def _status(line: bytes) -> Status | None:
    """A status response or a continuation; None for data."""
    if line.startswith(b"+"):
        return Status("+", "", line[1:].strip().decode("utf-8", "replace"))
    tag, _, rest = line.partition(b" ")
    word, _, text = rest.partition(b" ")
    if word.upper() in (b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"):
        return Status(tag.decode(), word.decode().upper(), text.decode("utf-8", "replace"))
    return None
