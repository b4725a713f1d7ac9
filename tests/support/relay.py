# SPDX-License-Identifier: Apache-2.0
"""A TCP relay on loopback that can cut or hold a connection after a number of bytes, in the middle of whatever they are, and that
can be as slow as a thin line."""
from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass

from loopback import accept_in_thread, shut

_CHUNK = 64 * 1024
_SLOW_BUFFER = 32 * 1024  # of a slow line's sockets, so that the kernel does not take megabytes at once
TO_SERVER, TO_CLIENT = "to server", "to client"


@dataclass(frozen=True)
class Trouble:
    """What happens once when `after` bytes have gone in `direction`, counted over all connections: "cut" resets the connection,
    "hold" lets nothing more through on it until release()."""

    action: str
    direction: str
    after: int


class Relay:
    """Listens on a free port and passes connections on to `port`. Usable as a context manager. `rate`: bytes per second each way,
    all connections together (0: as fast as it goes); `watch`: a text that is counted in what clients send."""

    def __init__(self, port: int, trouble: Trouble | None = None, *, rate: float = 0, watch: bytes = b"") -> None:
        self._server_port = port
        self._trouble = trouble
        self._rate = rate
        self._watch = watch
        self._passed = {TO_SERVER: 0, TO_CLIENT: 0}
        self._free_at = {TO_SERVER: 0.0, TO_CLIENT: 0.0}  # when the slow line has carried what it was given
        self._lock = threading.Lock()
        self._released = threading.Event()
        self.struck = threading.Event()  # the trouble has happened
        self.watched = 0  # how often the text came
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        if rate:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_BUFFER)  # connections inherit it
        self.port = int(self._listener.getsockname()[1])
        accept_in_thread(self._listener, self._connect)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._released.set()
        shut(self._listener)
        with self._lock:
            for sock in self._sockets:
                shut(sock)

    def release(self) -> None:
        """Ends the hold."""
        self._released.set()

    def turn_to(self, port: int) -> None:
        """New connections go to another server."""
        self._server_port = port

    def passed(self, direction: str) -> int:
        """Bytes that went that way so far."""
        return self._passed[direction]

    def _connect(self, client: socket.socket) -> None:
        server = socket.socket()
        if self._rate:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_BUFFER)
        try:
            server.connect(("127.0.0.1", self._server_port))
        except OSError:
            server.close()
            client.close()
            return
        with self._lock:
            self._sockets += [client, server]
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._pump, args=(client, server, TO_SERVER), daemon=True).start()
        threading.Thread(target=self._pump, args=(server, client, TO_CLIENT), daemon=True).start()

    def _pump(self, origin: socket.socket, destination: socket.socket, direction: str) -> None:
        tail = b""  # a text may come in two pieces
        try:
            while piece := origin.recv(_SLOW_BUFFER if self._rate else _CHUNK):
                if self._watch and direction == TO_SERVER:
                    tail = self._look(tail + piece)
                self._carry(len(piece), direction)
                before, after, action = self._divide(piece, direction)
                destination.sendall(before)
                if action == "cut":
                    _reset(origin)
                    _reset(destination)
                    return
                if action == "hold":
                    self._released.wait()
                destination.sendall(after)
            destination.shutdown(socket.SHUT_WR)
        except OSError:
            shut(origin)
            shut(destination)

    def _look(self, text: bytes) -> bytes:
        """Counts the watched text; returns the end of `text`, with which it may begin."""
        with self._lock:
            self.watched += text.count(self._watch)
        return text[-(len(self._watch) - 1):]

    def _carry(self, size: int, direction: str) -> None:
        """Takes the time that the line needs for so many bytes."""
        if not self._rate:
            return
        with self._lock:
            self._free_at[direction] = max(self._free_at[direction], time.monotonic()) + size / self._rate
            ready = self._free_at[direction]
        time.sleep(max(0.0, ready - time.monotonic()))

    def _divide(self, piece: bytes, direction: str) -> tuple[bytes, bytes, str]:
        """What of the piece goes before the trouble, what after it, and which trouble."""
        with self._lock:
            passed = self._passed[direction]
            self._passed[direction] += len(piece)
            trouble = self._trouble
            if trouble is None or trouble.direction != direction or passed + len(piece) < trouble.after:
                return piece, b"", ""
            self._trouble = None
            self.struck.set()
            place = max(trouble.after - passed, 0)
            return piece[:place], piece[place:], trouble.action


def _reset(sock: socket.socket) -> None:
    """Drops the connection with RST, as a firewall that forgot it would. The other thread's recv() is woken by the shutdown."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    shut(sock)
