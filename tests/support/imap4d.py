# SPDX-License-Identifier: Apache-2.0
"""Private instances of GNU Mailutils' imap4d 3.15; see private_server.py."""
from __future__ import annotations

from pathlib import Path

from private_server import PrivateServer, hashed, words
from servers import certificate


class Imap4d(PrivateServer):
    """One private imap4d, whose folders are Maildirs."""

    name = "imap4d"
    package = "imap4d"
    library_folders = ("usr/lib/x86_64-linux-gnu/mailutils9",)

    def prepare(self) -> None:
        self.own(self.folder / "home")
        (self.folder / "domains").mkdir()

    def configure(self) -> None:
        chain, key = certificate()
        run = self.folder
        (run / "imap4d.conf").write_text(f"""\
logging {{ syslog no; severity info; }};
auth {{ authorization clear; authorization virtdomain; authentication clear; authentication generic; }};
virtdomain {{ passwd-dir "{run}/domains"; }};
mailbox {{ mailbox-type maildir; }};
namespace personal {{ prefix "" {{ directory "$home"; delimiter "/"; mailbox-type maildir; }}; }};
tls {{ ssl-certificate-file "{chain}"; ssl-key-file "{key}"; }};
server 127.0.0.1:{self.port} {{ tls-mode ondemand; }};
mode daemon;
tcp-wrappers {{ enable no; }};
daemon {{ max-children 1000; }};
pidfile "{run}/imap4d.pid";
""")

    def store_user(self, user: str, password: str) -> None:
        name, _, domain = user.partition("@")
        home = self.own(self.mail_folder(user))
        file = self.folder / "domains" / domain
        others = [line for line in file.read_text().splitlines() if not line.startswith(f"{name}:")] if file.exists() else []
        lines = [*others, f"{name}:{hashed(password)}:{self.uid}:{self.gid}::{home}:/bin/false"]
        file.write_text("".join(f"{line}\n" for line in lines))

    def mail_folder(self, user: str) -> Path:
        """Where the user's folders lie on disk, INBOX among them."""
        return self.folder / "home" / user

    def command(self) -> str:
        return words(self.programs / "usr/sbin/imap4d", "--foreground", "--no-config", "--config-file",
                     self.folder / "imap4d.conf")
