# SPDX-License-Identifier: Apache-2.0
"""A server of another age: TLS of one version, by OpenSSL with everything allowed, in front of a server that speaks in the clear."""
from __future__ import annotations

import socket
import ssl
import threading
import warnings

from loopback import accept_in_thread, shut
from servers import certificate


class OldTls:
    """Listens on a free port, speaks this version of TLS alone, and passes on to `port`. Usable as a context manager."""

    def __init__(self, port: int, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1) -> None:
        self._server_port = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._context.minimum_version = self._context.maximum_version = version
        self._context.set_ciphers("ALL:@SECLEVEL=0")
        self._context.load_cert_chain(*map(str, certificate()))
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        accept_in_thread(self._listener, lambda client: threading.Thread(target=self._serve, args=(client,), daemon=True).start())

    def __enter__(self) -> OldTls:
        return self

    def __exit__(self, *_: object) -> None:
        shut(self._listener)
        for sock in self._sockets:
            shut(sock)

    def _serve(self, client: socket.socket) -> None:
        """One thread for both directions: an SSL object is not for two."""
        try:
            secure = self._context.wrap_socket(client, server_side=True)
            server = socket.create_connection(("127.0.0.1", self._server_port))
        except OSError:
            client.close()
            return
        self._sockets += [secure, server]
        secure.settimeout(0.005)
        server.settimeout(0.005)
        try:
            while _pass(secure, server) and _pass(server, secure):
                pass
        except OSError:
            pass
        shut(secure)
        shut(server)


def _pass(origin: socket.socket, destination: socket.socket) -> bool:
    """What is there now; False at the end."""
    try:
        piece = origin.recv(65536)
    except (TimeoutError, ssl.SSLWantReadError):
        return True
    destination.settimeout(30)
    destination.sendall(piece)
    destination.settimeout(0.005)
    return bool(piece)
