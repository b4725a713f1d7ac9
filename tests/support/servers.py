# SPDX-License-Identifier: Apache-2.0
"""Private Dovecot 2.3 instances on free loopback ports, each in a temporary folder of its own.

    with Dovecot("maildir", {"alice@example.com": "secret"}, separator=".", prefix="INBOX.") as server:
        server.port, server.tls_port, server.fingerprint, server.url("alice@example.com")

No system user is made and nothing outside the temporary folder is written. Servers are ended by process id.
"""
from __future__ import annotations

import atexit
import functools
import hashlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dovecot_config import DovecotOptions, Identity, Places, config_text
from processes import age, command_line, descendants, is_running, send_signal, wait_until_gone

_SESSION_AGE = 0.3     # seconds
_START_SECONDS = 60
_START_ATTEMPTS = 5
_LOWEST_PORT = 15_000

_running: weakref.WeakSet[Dovecot] = weakref.WeakSet()


class ServerError(RuntimeError):
    """A private server did not start or did not do as it was told."""


@functools.lru_cache(maxsize=1)
def certificate() -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key, made once per process."""
    folder = Path(tempfile.mkdtemp(prefix="godwit-certificate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    chain, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(key), "-out", str(chain)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return chain, key


def free_port() -> int:
    """A loopback port that nobody listens on now. The kernel gives it to no outgoing connection, so that it stays free while its
    server is down, and who tries to connect then does not by chance reach himself."""
    first_of_kernel = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(_LOWEST_PORT, first_of_kernel) if first_of_kernel > _LOWEST_PORT + 1000 else 0
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])


class Dovecot:
    """One private Dovecot; options are those of DovecotOptions. Usable as a context manager."""

    def __init__(self, mail_format: str = "maildir", users: dict[str, str] | None = None, *,
                 mail_root: Path | None = None, folder_root: Path | None = None, **options: Any) -> None:
        self.options = DovecotOptions(mail_format=mail_format, **options)
        self._identity = Identity.of_caller()
        self._passwords: dict[str, str] = {}
        self._quotas: dict[str, int] = {}
        self._read_only: set[str] = set()
        self._users_time = int(time.time())
        self._has_run = False
        self._files_lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        folder = Path(tempfile.mkdtemp(prefix="godwit-dovecot-", dir=folder_root))
        folder.chmod(0o755)  # the mail's owner must get through
        chain, key = certificate()
        self.places = Places(folder, mail_root or folder / "mail", 0, 0, chain, key)
        self._choose_ports()
        self.places.mail_root.mkdir(parents=True, exist_ok=True)
        os.chown(self.places.mail_root, self._identity.uid, self._identity.gid)
        self._passwords.update(users or {})
        self._write_users()
        self._write_acl()

    # --- where it is -----------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """Plain text and STARTTLS."""
        return self.places.port

    @property
    def tls_port(self) -> int:
        """Implicit TLS."""
        return self.places.tls_port

    def pop3_url(self, user: str, *, tls: bool = False, port: int | None = None) -> str:
        """The account's URL over POP3; only with the option pop3."""
        own = self.places.pop3_tls_port if tls else self.places.pop3_port
        return f"{'pop3s' if tls else 'pop3'}://{user}@127.0.0.1:{port or own}"

    def sieve_url(self, user: str) -> str:
        """The account's URL over ManageSieve; only with the option sieve."""
        return f"sieve://{user}@127.0.0.1:{self.places.sieve_port}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal digits."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.places.certificate.read_text())).hexdigest()

    @property
    def mail_root(self) -> Path:
        return self.places.mail_root

    @property
    def pid(self) -> int:
        """The master process; 0 when it does not run."""
        return self._process.pid if self._process else 0

    @property
    def owner(self) -> tuple[int, int]:
        """uid and gid of the mail's files."""
        return self._identity.uid, self._identity.gid

    @property
    def users(self) -> dict[str, str]:
        """Users with their passwords."""
        return dict(self._passwords)

    def password(self, user: str) -> str:
        return self._passwords[user]

    def url(self, user: str, *, tls: bool = False, port: int | None = None) -> str:
        """The account's URL as `godwit copy` takes it."""
        own = self.tls_port if tls else self.port
        return f"{'imaps' if tls else 'imap'}://{user}@127.0.0.1:{port or own}"

    def url_with_password(self, user: str) -> str:
        """The account's URL as compare.py takes it."""
        return f"imap://{quote(user)}:{quote(self._passwords[user], safe='')}@127.0.0.1:{self.port}"

    def mail_folder(self, user: str) -> Path:
        """Where the user's mail lies on disk."""
        return self.mail_root / user / "mail"

    # --- users -----------------------------------------------------------------------------------------------------------

    def add_user(self, user: str, password: str) -> None:
        """Adds a user or changes the password (no colon); takes effect at the next login."""
        self._passwords[user] = password
        self._write_users()

    def set_quota(self, user: str, kibibytes: int | None) -> None:
        """Limits the user's storage (None: not limited); takes effect at the next login."""
        self._quotas.pop(user, None)
        if kibibytes is not None:
            self._quotas[user] = kibibytes
        self._write_users()

    def set_read_only(self, user: str, read_only: bool) -> None:
        """Refuses the user APPEND, CREATE and STORE with NO [NOPERM]; takes effect at the next login."""
        (self._read_only.add if read_only else self._read_only.discard)(user)
        self._write_acl()

    def _write_users(self) -> None:
        with self._files_lock:
            lines = []
            for user, password in self._passwords.items():
                extra = f"userdb_quota_rule=*:storage={self._quotas[user]}K" if user in self._quotas else ""
                home = self.places.mail_root / user
                lines.append(f"{user}:{{PLAIN}}{password}:{self._identity.uid}:{self._identity.gid}::{home}::{extra}\n")
            self._replace(self.places.users_file, "".join(lines))
            # Dovecot looks at the file once a second, and only at its size and its time in whole seconds.
            self._users_time += 1
            os.utime(self.places.users_file, (self._users_time, self._users_time))
        if self._process:
            time.sleep(1.1)

    def _write_acl(self) -> None:
        with self._files_lock:
            self._replace(self.places.acl_file, "".join(f"* user={user} lr\n" for user in sorted(self._read_only)))

    @staticmethod
    def _replace(path: Path, text: str) -> None:
        """Puts a whole new file in place at once, so that no login reads half of it."""
        draft = path.with_suffix(".new")
        draft.write_text(text)
        draft.chmod(0o644)
        draft.replace(path)

    # --- life ------------------------------------------------------------------------------------------------------------

    @property
    def _config(self) -> Path:
        return self.places.folder / "dovecot.conf"

    def _choose_ports(self) -> None:
        ports: list[int] = []
        while len(ports) < 5:
            port = free_port()
            if port not in ports:  # nobody listens on it yet, and so it may be chosen again
                ports.append(port)
        self.places = replace(self.places, port=ports[0], tls_port=ports[1], pop3_port=ports[2], pop3_tls_port=ports[3],
                              sieve_port=ports[4])
        self._config.write_text(config_text(self.options, self.places, self._identity))

    def start(self) -> Dovecot:
        """Starts the server, or starts it again with the same ports and mail, and waits until it greets."""
        for _ in range(_START_ATTEMPTS):
            shutil.rmtree(self.places.folder / "run", ignore_errors=True)
            self._process = subprocess.Popen(["dovecot", "-F", "-c", str(self._config)], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
            _running.add(self)
            if self._comes_up():
                self._has_run = True
                return self
            said = self._process.stderr.read().decode() if self._process.poll() is not None else ""
            self.kill()
            if "Address already in use" not in said:
                break
            if not self._has_run:  # somebody took a port between our choice and now; its number is not known to anybody yet
                self._choose_ports()
        raise ServerError(f"Dovecot did not start: {said}\n{self.log_tail()}")

    def _comes_up(self) -> bool:
        """Waits until the server greets; False when it ends instead, or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._greets():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _greets(self) -> bool:
        """Whether this server, not another one at its port, says hello."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as probe:
                return self.places.greeting.encode() in probe.makefile("rb").readline()
        except OSError:
            return False

    def stop(self) -> None:
        """Ends the server in an orderly way; its mail stays until close()."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends master, login and session processes at once, as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        master = self._process.pid
        tree = [master, *descendants(master)]
        if number == signal.SIGTERM:
            send_signal(master, number)
            # The master and its log process take a second longer than the others; nothing is lost by not waiting.
            wait_until_gone([pid for pid in tree[1:] if not command_line(pid).endswith("/log")], 1)
        send_signal(master, signal.SIGSTOP)  # so that it forks nobody whom we miss, and who would keep its port
        tree = list(dict.fromkeys(tree + descendants(master)))
        for pid in tree:
            send_signal(pid, signal.SIGKILL)
        wait_until_gone(tree[1:])
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        self._process = None
        _running.discard(self)

    def close(self) -> None:
        """Ends the server and removes all that it wrote."""
        self.stop()
        shutil.rmtree(self.places.folder, ignore_errors=True)
        if self.places.mail_root.parent != self.places.folder:
            for user in self._passwords:
                shutil.rmtree(self.places.mail_root / user, ignore_errors=True)

    def __enter__(self) -> Dovecot:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- sessions --------------------------------------------------------------------------------------------------------

    def sessions(self, user: str) -> list[int]:
        """Process ids of the imap sessions that the user has open."""
        if self._process is None:
            return []
        return [pid for pid in descendants(self._process.pid)
                if "/imap [" in (line := command_line(pid)) and f"[{user} " in line]

    def signal_sessions(self, user: str, number: signal.Signals) -> list[int]:
        """Sends a signal (SIGSTOP, SIGCONT, SIGKILL …) to the user's sessions; returns those that got it."""
        return [pid for pid in self.sessions(user) if send_signal(pid, number)]

    def kill_sessions(self, user: str) -> int:
        """Kills the user's sessions; returns how many there were. The master takes a session that dies at its very start for
        a broken installation and forks no more for seconds, so a young one is given a moment."""
        sessions = self.sessions(user)
        youngest = min((age(pid) for pid in sessions), default=_SESSION_AGE)
        time.sleep(max(0.0, _SESSION_AGE - youngest))
        killed = [pid for pid in sessions if send_signal(pid, signal.SIGKILL)]
        wait_until_gone(killed)
        return len(killed)

    def end_sessions(self, user: str) -> None:
        """Ends the user's sessions as a restart of the server does, with nothing half done."""
        wait_until_gone(self.signal_sessions(user, signal.SIGTERM))

    def is_running(self) -> bool:
        return self._process is not None and is_running(self._process.pid)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log, for messages of failed tests."""
        try:
            return "\n".join(self.places.log_file.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"


@atexit.register
def _close_all() -> None:
    for server in list(_running):
        server.close()
