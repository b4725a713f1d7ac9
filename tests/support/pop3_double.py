# SPDX-License-Identifier: Apache-2.0
"""A POP3 server made for tests, for what no server that can be run here does: UIDLs that are equal, none at all, pauses between
logins, messages that it refuses, lines that break. It answers as RFC 1939 and RFC 2449 say."""
from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Maildrop:
    """What the server holds and how it behaves; may be changed between sessions."""

    messages: list[tuple[str, bytes]]  # UIDL ("": the server tells none) and bytes, lines ending in CRLF
    capabilities: tuple[str, ...] = ("USER", "TOP", "UIDL", "PIPELINING", "RESP-CODES")
    refused: set[bytes] = field(default_factory=set)  # messages whose RETR is answered by -ERR
    busy: int = 0             # logins that still find the maildrop in use
    pause: float = 0          # seconds that must lie between two logins
    too_early: int = 0        # logins that came before that
    size_of: Callable[[bytes], int] = len  # as LIST tells it
    break_after: int = 0      # RETR commands after which, in the middle of a message, the line is cut; once
    commands: list[str] = field(default_factory=list)  # all that were ever sent
    last_login: float = 0


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.drop: Maildrop = self.server.drop  # type: ignore[attr-defined]
        self.messages = list(self.drop.messages)
        self.retrieved = 0
        self.say("+OK ready")
        while line := self.rfile.readline():
            words = line.decode("latin-1").split()
            self.drop.commands.append(" ".join(words))
            answer = getattr(self, "on_" + words[0].lower(), None)
            if words[0] in ("TOP", "UIDL") and words[0] not in self.drop.capabilities:
                answer = None
            if answer is None:
                self.say("-ERR unknown command")
            elif answer(*words[1:]) is False:
                return

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(line + "\r\n" for line in lines).encode("latin-1"))

    def say_lines(self, lines: list[str]) -> None:
        self.say("+OK", *lines, ".")

    def on_capa(self) -> None:
        self.say_lines(list(self.drop.capabilities))

    def on_user(self, _name: str) -> None:
        self.say("+OK")

    def on_pass(self, *_password: str) -> None:
        if self.drop.pause and time.monotonic() - self.drop.last_login < self.drop.pause:
            self.drop.too_early += 1
            self.say("-ERR [LOGIN-DELAY] wait a little")
            return
        if self.drop.busy:
            self.drop.busy -= 1
            self.say("-ERR [IN-USE] another session is open")
            return
        self.drop.last_login = time.monotonic()
        self.say("+OK")

    def on_list(self) -> None:
        self.say_lines([f"{number} {self.drop.size_of(body)}" for number, (_, body) in enumerate(self.messages, 1)])

    def on_uidl(self) -> None:
        self.say_lines([f"{number} {uidl}" for number, (uidl, _) in enumerate(self.messages, 1)])

    def send(self, body: bytes) -> None:
        lines = body.split(b"\r\n")[:-1]
        self.wfile.write(b"+OK\r\n" + b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n")

    def on_top(self, number: str, _lines: str) -> None:
        self.send(self.messages[int(number) - 1][1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n")

    def on_retr(self, number: str) -> bool | None:
        body = self.messages[int(number) - 1][1]
        self.retrieved += 1
        if self.retrieved == self.drop.break_after:
            self.drop.break_after = 0
            self.wfile.write(b"+OK\r\n" + body[:20])
            return False
        if body in self.drop.refused:
            self.say("-ERR [SYS/PERM] this message is damaged")
            return None
        self.send(body)
        return None

    def on_quit(self) -> bool:
        self.say("+OK")
        return False


class Pop3Double:
    """Usable as a context manager; listens on a free loopback port."""

    def __init__(self, drop: Maildrop) -> None:
        self.drop = drop

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
                """A client that was killed is no error."""

        self._server = Server(("127.0.0.1", 0), _Session)
        self._server.drop = drop  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def url(self, user: str) -> str:
        return f"pop3://{user}@127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Pop3Double:
        self._thread.start()
        return self

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __exit__(self, *_: object) -> None:
        self.close()
