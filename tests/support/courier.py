# SPDX-License-Identifier: Apache-2.0
"""Private Courier-IMAP 5.0 instances; see private_server.py."""
from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from private_server import OWNER, PrivateServer, hashed, words
from servers import certificate

_CAPABILITY = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
# What the name service needs of /etc, beside Courier's own folder there.
_OF_ETC = ("passwd", "group", "nsswitch.conf", "hosts")


class Courier(PrivateServer):
    """One private Courier with its login daemon, and users in a database of its own. `announce`: capabilities besides the usual ones."""

    name = "Courier"
    package = "courier"
    library_folders = ("usr/lib", "usr/lib/courier-authlib")

    def __init__(self, users: dict[str, str] | None = None, *, announce: str = "") -> None:
        self.capability = f"{_CAPABILITY} {announce}".strip()
        super().__init__(users)

    def prepare(self) -> None:
        (self.folder / "etc/courier").mkdir(parents=True)
        for name in _OF_ETC:
            shutil.copy(f"/etc/{name}", self.folder / "etc" / name)
        with (self.folder / "etc/passwd").open("a") as users:  # couriertls asks for the user that the package makes
            users.write(f"courier:x:{self.uid}:{self.gid}::/nonexistent:/bin/false\n")
        (self.folder / "run/courier/authdaemon").mkdir(parents=True)
        self.own(self.folder / "home")

    def configure(self) -> None:
        chain, key = certificate()
        (self.folder / "imapd.pem").write_text(key.read_text() + chain.read_text())
        (self.folder / "etc/courier/authdaemonrc").write_text(
            'authmodulelist="authuserdb"\ndaemons=5\nauthdaemonvar=/run/courier/authdaemon\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=""\n')

    def mounts(self) -> list[str]:
        return [f"mount --bind {self.folder}/etc /etc", f"mount --bind {self.folder}/run /run"]

    def environment(self, root: Path) -> dict[str, str]:
        return super().environment(root) | {
            "IMAP_CAPABILITY": self.capability, "IMAP_CAPABILITY_TLS": self.capability + " AUTH=PLAIN", "IMAP_KEYWORDS": "1",
            "IMAP_ACL": "0", "IMAP_IDLE_TIMEOUT": "60", "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_UMASK": "022", "IMAP_USELOCKS": "1",
            "IMAP_TRASHFOLDERNAME": "Trash", "IMAP_STARTTLS": "YES", "IMAP_TLS_REQUIRED": "0", "PROTOCOL": "IMAP",
            "POP3_STARTTLS": "YES", "POP3_TLS_REQUIRED": "0", "POP3AUTH": "", "POP3AUTH_TLS": "LOGIN PLAIN",
            "COURIERTLS": str(root / "usr/bin/couriertls"), "TLS_CERTFILE": str(self.folder / "imapd.pem"), "TLS_VERIFYPEER": "NONE",
            "GAM_CLIENT_ID": self.folder.name,
        }

    def store_user(self, user: str, password: str) -> None:
        home = self.own(self.folder / "home" / user)
        maildir = home / "Maildir"
        if not maildir.exists():
            self.run_program("usr/bin/maildirmake.courier", str(maildir))
            for folder, _, _ in os.walk(maildir):
                os.chown(folder, self.uid, self.gid)
        users, passwords = [], []
        for name, secret in self.users.items():
            place = self.folder / "home" / name
            users.append(f"{name}\tuid={self.uid}|gid={self.gid}|home={place}|mail={place}/Maildir\n")
            passwords.append(f"{name}\tsystempw={hashed(secret)}|hmac-md5pw={self._hmac(secret)}\n")
        for file, lines in (("userdb", users), ("userdbshadow", passwords)):
            made = self.folder / "etc/courier" / f"{file}.dat"
            self.run_program("usr/lib/courier/courier-authlib/makedatprog", "-", f"{made}.new", str(made),
                             text="".join(lines) + ".\n")

    def _hmac(self, password: str) -> str:
        """What CRAM-MD5 is checked with."""
        return self.run_program("usr/sbin/userdbpw", "-hmac-md5", text=password + "\n").strip()

    def deliver(self, user: str, folder: str, bodies: list[bytes]) -> None:
        """Puts new mail into a folder ("" is INBOX, ".Work" Work), as a delivery agent does: no IMAP program has seen it."""
        place = self.folder / "home" / user / "Maildir" / folder
        for part in ("cur", "new", "tmp"):
            self.own(place / part)
        if folder:
            (self.own(place) / "maildirfolder").touch()
        for number, body in enumerate(bodies):
            file = place / "new" / f"{time.time_ns()}.P{number}.localhost"
            file.write_bytes(body.replace(b"\r\n", b"\n"))
            os.chown(file, self.uid, self.gid)

    def is_ready(self) -> bool:
        watched = f"@/tmp/fam-{OWNER}-{self.folder.name}"
        return (self.folder / "run/courier/authdaemon/socket").exists() and watched in Path("/proc/net/unix").read_text()

    def command(self) -> str:
        programs = self.programs / "usr"
        login_daemon = words(programs / "lib/courier/courier-authlib/authdaemond")
        listen = (programs / "sbin/couriertcpd", "-address=127.0.0.1", "-maxprocs=1000", "-maxperip=1000", "-nodnslookup", "-noidentlookup")
        services = programs / "lib/courier/courier"
        listener = words(*listen, self.port, services / "imaplogin", programs / "bin/imapd", "Maildir")
        pop3_listener = words("env", "PROTOCOL=POP3", *listen, self.pop3_port, services / "courierpop3login", services / "courierpop3d", "Maildir")
        # Without the watcher of folders each login would wait a second for it.
        watcher = words("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", programs / "libexec/gam_server",
                        "--notimeout", self.folder.name)
        return f"sh -c '{login_daemon} & {watcher} & {pop3_listener} & exec {listener}'"
