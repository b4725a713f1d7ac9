# SPDX-License-Identifier: Apache-2.0
"""Private Radicale instances on free loopback ports, each in a temporary folder of its own; Debian's package radicale. Ended by process id.

    with Radicale({"alice@example.com": "secret"}) as server:
        server.dav_url("alice@example.com")
"""
from __future__ import annotations

import atexit
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from pathlib import Path

from processes import is_listening
from servers import ServerError, certificate, free_port

_START_SECONDS = 60
_START_ATTEMPTS = 5
_running: weakref.WeakSet[Radicale] = weakref.WeakSet()


class Radicale:
    """One private Radicale; `tls`: over TLS alone."""

    name = "Radicale"

    def __init__(self, users: dict[str, str] | None = None, *, tls: bool = False) -> None:
        self.tls = tls
        # In memory where there is room: Radicale syncs folders and files with each item.
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="godwit-radicale-", dir=memory if memory.is_dir() else None))
        self._users = dict(users or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._has_run = False
        self.dav_port = free_port()

    def _configure(self) -> None:
        users = self.folder / "users"
        users.write_text("".join(f"{user}:{password}\n" for user, password in self._users.items()))
        users.chmod(0o600)
        chain, key = certificate()
        encryption = f"ssl = True\ncertificate = {chain}\nkey = {key}\n" if self.tls else ""
        self._config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.dav_port}\nmax_connections = 30\n{encryption}"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[rights]\ntype = owner_only\n"
            f"[storage]\nfilesystem_folder = {self.folder / 'collections'}\n"
            "[web]\ntype = none\n[logging]\nlevel = info\n")

    @property
    def _config(self) -> Path:
        return self.folder / "config"

    @property
    def log_file(self) -> Path:
        return self.folder / "server.log"

    def password(self, user: str) -> str:
        return self._users[user]

    def dav_url(self, user: str) -> str:
        """The account's URL of calendars and address books."""
        return f"{'davs' if self.tls else 'dav'}://{user}@127.0.0.1:{self.dav_port}"

    def start(self) -> Radicale:
        """Starts the server, or starts it again with the same port and items, and waits until it listens."""
        for _ in range(_START_ATTEMPTS):
            self._configure()
            with self.log_file.open("ab") as log:
                self._process = subprocess.Popen(["/usr/bin/python3", "-m", "radicale", "--config", str(self._config)],
                                                 env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},  # without our own module of that name
                                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=self.folder)
            _running.add(self)
            if self._comes_up():
                self._has_run = True
                return self
            self.kill()
            if self._has_run:
                break
            self.dav_port = free_port()
        raise ServerError(f"Radicale did not start\n{self.log_tail(60)}")

    def _comes_up(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while not is_listening(self._pid, self.dav_port):
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    @property
    def _pid(self) -> int:
        return self._process.pid if self._process else 0

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once, as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        _running.discard(self)

    def close(self) -> None:
        """Ends the server and removes all that it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Radicale:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log, for messages of failed tests."""
        try:
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"


@atexit.register
def _close_all() -> None:
    for server in list(_running):
        server.close()
