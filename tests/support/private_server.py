# SPDX-License-Identifier: Apache-2.0
"""What the servers that cannot be installed beside Dovecot share: their programs lie unpacked below build/servers (scripts/servers),
and each instance runs in a mount namespace and a temporary folder of its own, on a free loopback port. Root is needed for the
namespace; nothing outside the temporary folder is written. Servers are ended by process id.
"""
from __future__ import annotations

import atexit
import hashlib
import os
import pwd
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import ClassVar, TypeVar
from urllib.parse import quote

from processes import descendants, is_listening, is_running, members_of_session, send_signal, wait_until_gone
from servers import ServerError, certificate, free_port

OWNER = "mail"  # the mail's files belong to this user of Debian's base system
_START_SECONDS = 60
_START_ATTEMPTS = 5
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LIBRARY_FOLDERS = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")
_UNPACKED = Path(__file__).resolve().parents[2] / "build" / "servers"

_running: weakref.WeakSet[PrivateServer] = weakref.WeakSet()
Self = TypeVar("Self", bound="PrivateServer")


class PrivateServer:
    """One private server; the subclasses say how it is set up and started. Usable as a context manager."""

    name: ClassVar[str]      # as messages and tables call it
    package: ClassVar[str]   # its folder below build/servers
    library_folders: ClassVar[tuple[str, ...]] = ()  # more than all have

    def __init__(self, users: dict[str, str] | None = None, *, folder_root: Path | None = None) -> None:
        self._unpacked = _UNPACKED / self.package
        if not (_UNPACKED / f"{self.package}.complete").exists():
            raise ServerError(f"{self.name} is not unpacked in {self._unpacked}; run scripts/servers")
        self.folder = Path(tempfile.mkdtemp(prefix=f"godwit-{self.package}-", dir=folder_root))
        self.folder.chmod(0o755)  # the mail's owner must get through
        owner = pwd.getpwnam(OWNER)
        self.uid, self.gid = owner.pw_uid, owner.pw_gid
        self._users: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._log_socket: socket.socket | None = None
        self._has_run = False
        self._port = free_port()
        self.pop3_port = free_port()
        self.sieve_port = free_port()
        self.prepare()
        for user, password in (users or {}).items():
            self.add_user(user, password)

    @property
    def programs(self) -> Path:
        """Where the unpacked tree is inside the namespace: there the mail's owner reaches it, wherever the checkout lies."""
        return self.folder / "programs"

    # --- what a server says about itself ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Makes the folders that the server wants to find."""

    def configure(self) -> None:
        """Writes the configuration for the current port."""
        raise NotImplementedError

    def command(self) -> str:
        """The shell's words that become the master process; they run in the namespace, after mounts()."""
        raise NotImplementedError

    def mounts(self) -> list[str]:
        """Shell commands that put folders where the server has them built in."""
        return []

    def store_user(self, user: str, password: str) -> None:
        """Makes the account, or changes its password."""
        raise NotImplementedError

    # --- where it is -----------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """Plain text and STARTTLS."""
        return self._port

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal digits."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate()[0].read_text())).hexdigest()

    @property
    def pid(self) -> int:
        """The master process; 0 when it does not run."""
        return self._process.pid if self._process else 0

    @property
    def users(self) -> dict[str, str]:
        """Users with their passwords."""
        return dict(self._users)

    def password(self, user: str) -> str:
        return self._users[user]

    def url(self, user: str, *, port: int | None = None) -> str:
        """The account's URL as `godwit copy` takes it."""
        return f"imap://{user}@127.0.0.1:{port or self.port}"

    def pop3_url(self, user: str) -> str:
        """The account's URL over POP3, of a server that speaks it."""
        return f"pop3://{user}@127.0.0.1:{self.pop3_port}"

    def sieve_url(self, user: str) -> str:
        """The account's URL over ManageSieve, of a server that speaks it."""
        return f"sieve://{user}@127.0.0.1:{self.sieve_port}"

    def url_with_password(self, user: str) -> str:
        """The account's URL as compare.py takes it."""
        return f"imap://{quote(user)}:{quote(self._users[user], safe='')}@127.0.0.1:{self.port}"

    def add_user(self, user: str, password: str) -> None:
        """Adds a user or changes the password; takes effect at the next login."""
        self._users[user] = password
        self.store_user(user, password)

    def own(self, path: Path) -> Path:
        """Makes a folder that belongs to the mail's owner."""
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, self.uid, self.gid)
        return path

    # --- life ------------------------------------------------------------------------------------------------------------

    @property
    def log_file(self) -> Path:
        return self.folder / "server.log"

    def environment(self, root: Path) -> dict[str, str]:
        """The environment of programs that lie in `root`."""
        libraries = ":".join(str(root / folder) for folder in (*_LIBRARY_FOLDERS, *self.library_folders))
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": libraries, "LC_ALL": "C"}

    def run_program(self, program: str, *arguments: str, text: str = "") -> str:
        """Runs one of the unpacked programs to its end; returns what it printed."""
        done = subprocess.run([str(self._unpacked / program), *arguments], env=self.environment(self._unpacked), input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise ServerError(f"{program} ended with {done.returncode}: {done.stdout}")
        return done.stdout

    def start(self: Self) -> Self:
        """Starts the server, or starts it again with the same port and mail, and waits until it greets."""
        for _ in range(_START_ATTEMPTS):
            self.configure()
            self._open_log()
            with self.log_file.open("ab") as log:
                self._process = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-ec", self._script()],
                                                 env=self.environment(self.programs), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                 start_new_session=True, cwd=self.folder)
            _running.add(self)
            if self._comes_up():
                self._has_run = True
                return self
            self.kill()
            if not self._port_is_taken() or self._has_run:
                break
            self._port = free_port()
        raise ServerError(f"{self.name} did not start\n{self.log_tail(60)}")

    def _script(self) -> str:
        """A private /dev, whose log is ours, and then what the server wants."""
        device_folder = self.folder / "dev"
        device_folder.mkdir(exist_ok=True)
        self.programs.mkdir(exist_ok=True)
        lines = [f"mount --bind {shlex.quote(str(self._unpacked))} {self.programs}", f"mount -t tmpfs tmpfs {device_folder}",
                 f"ln -s {self.folder}/syslog {device_folder}/log", f"ln -s /proc/self/fd {device_folder}/fd"]
        for device in _DEVICES:
            lines += [f": > {device_folder}/{device}", f"mount --bind /dev/{device} {device_folder}/{device}"]
        return "\n".join([*lines, f"mount --move {device_folder} /dev", *self.mounts(), f"exec {self.command()}"])

    def _open_log(self) -> None:
        """Reads what the server tells syslog, for as long as it runs."""
        place = self.folder / "syslog"
        place.unlink(missing_ok=True)
        self._log_socket = listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(place))
        place.chmod(0o666)

        def read() -> None:
            with self.log_file.open("ab", buffering=0) as log:
                while line := listener.recv(65_536):
                    log.write(line.rstrip(b"\0\n") + b"\n")
        threading.Thread(target=read, daemon=True).start()

    def _port_is_taken(self) -> bool:
        """Whether somebody else took the port between our choice and now."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _comes_up(self) -> bool:
        """Waits until the server greets; False when it ends instead, or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._greets():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def is_ready(self) -> bool:
        """Whether what the server needs besides its listener is up."""
        return True

    def _greets(self) -> bool:
        """Whether this server, not another one at its port, says hello."""
        if not is_listening(self.pid, self.port) or not self.is_ready():
            return False
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                return probe.makefile("rb").readline().startswith(b"* OK")
        except OSError:
            return False

    def stop(self) -> None:
        """Ends the server in an orderly way; its mail stays until close()."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the master and all below it at once, as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        master = self._process.pid
        if number == signal.SIGTERM:
            below = self._below(master)
            for pid in (*below, master):
                send_signal(pid, number)
            wait_until_gone(below, 2)
        send_signal(master, signal.SIGSTOP)  # so that it forks nobody whom we miss, and who would keep its port
        tree = self._below(master)
        for pid in (*tree, master):
            send_signal(pid, signal.SIGKILL)
        wait_until_gone(tree)
        self._process.wait()
        self._process = None
        if self._log_socket is not None:
            self._log_socket.shutdown(socket.SHUT_RDWR)
            self._log_socket.close()
        _running.discard(self)

    @staticmethod
    def _below(master: int) -> list[int]:
        """What the master started, also when it has ended itself since."""
        return list(dict.fromkeys([*descendants(master), *members_of_session(master)]))

    def close(self) -> None:
        """Ends the server and removes all that it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self: Self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def is_running(self) -> bool:
        return self._process is not None and is_running(self._process.pid)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log, for messages of failed tests."""
        try:
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"


def hashed(password: str) -> str:
    """A password as crypt(3) keeps it."""
    return subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password + "\n", text=True, stdout=subprocess.PIPE,
                          check=True).stdout.strip()


def words(*arguments: object) -> str:
    """Arguments as the shell reads them."""
    return shlex.join(str(argument) for argument in arguments)


@atexit.register
def _close_all() -> None:
    for server in list(_running):
        server.close()
