# SPDX-License-Identifier: Apache-2.0
"""Debian's own proxies, private ones on free loopback ports: microsocks for SOCKS5, tinyproxy for HTTP CONNECT."""
from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from pathlib import Path

from servers import ServerError, free_port

USER, PASSWORD = "courier", "pro-xy.pass"
_START_SECONDS = 30


class Proxy:
    """One proxy; with `has_login` it wants USER and PASSWORD. Usable as a context manager."""

    scheme = ""

    def __init__(self, *, has_login: bool = False) -> None:
        self.has_login = has_login
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="godwit-proxy-")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{USER + '@' if self.has_login else ''}127.0.0.1:{self.port}"

    def start(self) -> Proxy:
        self._process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise ServerError(f"{self.command()[0]} did not start")

    def kill(self) -> None:
        """With every connection that goes through it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Proxy:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()

    def command(self) -> list[str]:
        raise NotImplementedError


class Socks5Proxy(Proxy):
    scheme = "socks5"

    def command(self) -> list[str]:
        login = ["-u", USER, "-P", PASSWORD] if self.has_login else []
        return ["microsocks", "-i", "127.0.0.1", "-p", str(self.port), *login]


class HttpProxy(Proxy):
    """`only_port`: the one to which it connects; 0: any."""

    scheme = "http"

    def __init__(self, *, has_login: bool = False, only_port: int = 0) -> None:
        super().__init__(has_login=has_login)
        self.only_port = only_port

    def command(self) -> list[str]:
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", "LogLevel Error"]
        if self.has_login:
            lines.append(f'BasicAuth {USER} {PASSWORD}')
        if self.only_port:
            lines.append(f"ConnectPort {self.only_port}")
        file = self.folder / "tinyproxy.conf"
        file.write_text("\n".join(lines) + "\n")
        return ["tinyproxy", "-d", "-c", str(file)]
