# SPDX-License-Identifier: Apache-2.0
"""Servers that answer nonsense, to the whole program: it ends by itself with an exit status of its own and a line that says what the
server did, and its memory stays small. What each command's answer can do to a session is in src/adapters/imap/hostile_server_test.cpp."""
from __future__ import annotations

import resource
import socket
import tempfile
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

from godwit import DEFECT, MOVED, SANITIZER_FOUND, Copy, binary, finish, last_lines
from loopback import accept_in_thread, shut
from scripted_server import ScriptedServer
from trials import run_trials

_MEMORY = 2 << 30  # more than any honest account needs
_GREETING = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"


class NonsenseServer:
    """Greets, lets everybody in, and answers the command `at`, or the greeting, by `nonsense` again and again."""

    def __init__(self, at: bytes, nonsense: bytes, times: int) -> None:
        self._at, self._nonsense, self._times = at, nonsense, times
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        accept_in_thread(self._listener, lambda client: threading.Thread(target=self._serve, args=(client,), daemon=True).start())

    def __enter__(self) -> NonsenseServer:
        return self

    def __exit__(self, *_: object) -> None:
        shut(self._listener)

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, client.makefile("rb") as lines:
                client.sendall(b"" if self._at == b"greeting" else _GREETING)
                for line in [b"- greeting"] if self._at == b"greeting" else lines:
                    tag, name = line.split()[:2]
                    if name == self._at:
                        for _ in range(self._times):
                            client.sendall(self._nonsense)
                        return
                    client.sendall((b"* CAPABILITY IMAP4rev1\r\n" if name == b"CAPABILITY" else b"") + tag + b" OK done\r\n")
        except OSError:
            pass  # godwit had enough


NONSENSE: dict[str, tuple[bytes, bytes, int]] = {
    "a greeting without end": (b"greeting", b"x" * 65536, 100),
    "no IMAP": (b"greeting", b"HTTP/1.1 400 Bad Request\r\n\r\n", 1),
    "BYE at the login": (b"LOGIN", b"* BYE down for maintenance\r\n", 1),
    "a line without end": (b"LIST", b"(" * 65536, 100),
    "many literals": (b"LIST", b'* LIST (' + (b"{65536}\r\n" + b"x" * 65536 + b" ") * 100, 10),
}


def limit_memory() -> None:
    """Of this process and what it becomes. The address sanitizer wants terabytes of addresses: it counts by itself what is used."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


class HostileSource(unittest.TestCase):
    is_sanitized = b"__asan_init" in Path(binary()).read_bytes()

    def test_nonsense(self) -> None:
        run_trials({name: self._trial(*nonsense) for name, nonsense in NONSENSE.items()})

    def _trial(self, at: bytes, nonsense: bytes, times: int) -> Callable[[], str]:
        def run() -> str:
            with NonsenseServer(at, nonsense, times) as server, ScriptedServer() as target, tempfile.TemporaryDirectory() as folder:
                copy = Copy(f"imap://a@127.0.0.1:{server.port}", f"imap://a@127.0.0.1:{target.port}", "x", "x", Path(folder))
                if self.is_sanitized:
                    copy.environment["ASAN_OPTIONS"] = f"exitcode={SANITIZER_FOUND}:hard_rss_limit_mb={_MEMORY >> 20}"
                process = copy.start(preexec_fn=None if self.is_sanitized else limit_memory)
                outcome = finish(process, 200)
                said = last_lines(outcome.text)
                self.assertGreater(outcome.status, MOVED, said)
                self.assertNotEqual(outcome.status, DEFECT, said)
                self.assertRegex(outcome.stderr, r"godwit: (source|127\.0\.0\.1:\d+): .*\(GW-\d{4}\)")
                return f"exit status {outcome.status}"
        return run


if __name__ == "__main__":
    unittest.main()
