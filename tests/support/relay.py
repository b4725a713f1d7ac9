# SPDX-License-Identifier: Apache-2.0
"""A TCP relay on loopback that can cut or hold a connection after a number of bytes, in the middle of whatever they are."""
from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass

_CHUNK = 64 * 1024
TO_SERVER, TO_CLIENT = "to server", "to client"


@dataclass(frozen=True)
class Trouble:
    """What happens once when `after` bytes have gone in `direction`, counted over all connections: "cut" resets the connection,
    "hold" lets nothing more through on it until release()."""

    action: str
    direction: str
    after: int


class Relay:
    """Listens on a free port and passes connections on to `port`. Usable as a context manager."""

    def __init__(self, port: int, trouble: Trouble | None = None) -> None:
        self._server_port = port
        self._trouble = trouble
        self._passed = {TO_SERVER: 0, TO_CLIENT: 0}
        self._lock = threading.Lock()
        self._released = threading.Event()
        self.struck = threading.Event()  # the trouble has happened
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._released.set()
        _shut(self._listener)
        with self._lock:
            for sock in self._sockets:
                _shut(sock)

    def release(self) -> None:
        """Ends the hold."""
        self._released.set()

    def passed(self, direction: str) -> int:
        """Bytes that went that way so far."""
        return self._passed[direction]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets += [client, server]
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(client, server, TO_SERVER), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, TO_CLIENT), daemon=True).start()

    def _pump(self, origin: socket.socket, destination: socket.socket, direction: str) -> None:
        try:
            while piece := origin.recv(_CHUNK):
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
            _shut(origin)
            _shut(destination)

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


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


def _reset(sock: socket.socket) -> None:
    """Drops the connection with RST, as a firewall that forgot it would. The other thread's recv() is woken by the shutdown."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    _shut(sock)
