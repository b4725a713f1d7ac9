# SPDX-License-Identifier: Apache-2.0
"""What the servers made of Python threads share: relay.py and the scripted server."""
from __future__ import annotations

import socket
import threading
from collections.abc import Callable


def accept_in_thread(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    """Hands each connection to `serve`, which must not block for long, until the listener is shut."""
    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            serve(client)
    threading.Thread(target=accept, daemon=True).start()


def shut(sock: socket.socket) -> None:
    """Closes a socket, and wakes the threads that wait for it."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
