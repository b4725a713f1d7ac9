# SPDX-License-Identifier: Apache-2.0
"""Private Cyrus IMAP 3.6 instances; see private_server.py."""
from __future__ import annotations

import imaplib
import os
import sys
from pathlib import Path

from private_server import OWNER, PrivateServer, words
from servers import certificate, free_port

_BASE = "usr/lib/cyrus/bin"
# `sendmail -bs` speaks SMTP on stdin and stdout. What it is told goes into a file of its own.
_SENDMAIL = """#!{python}
import sys, tempfile
with tempfile.NamedTemporaryFile("w", dir="{outbox}", delete=False) as sent:
    print("220 localhost", flush=True)
    has_data = False
    for line in sys.stdin:
        sent.write(line)
        sent.flush()
        if has_data and line.strip() != ".":
            continue
        has_data = not has_data and line.strip().upper() == "DATA"
        print("354 go on" if has_data else "250 yes", flush=True)
        if line.strip().upper() == "QUIT":
            break
"""


class Cyrus(PrivateServer):
    """One private Cyrus. `prefix`: folders are named INBOX.Work instead of Work; `separator`: "/" or "."; `settings`: as in imapd.conf,
    in place of the ones here; `dav`: with calendars and address books, whose invitations to others go to sent_invitations()."""

    name = "Cyrus"
    package = "cyrus"
    library_folders = ("usr/lib/cyrus",)

    def __init__(self, users: dict[str, str] | None = None, *, separator: str = ".", prefix: bool = True,
                 settings: dict[str, str] | None = None, dav: bool = False) -> None:
        self.settings = settings or {}
        self.dav = dav
        self.dav_port = free_port()
        self.separator = separator
        self.prefix = prefix
        super().__init__(users)

    def prepare(self) -> None:
        for part in ("conf", "conf/db", "conf/socket", "proc", "lock", "spool", "db"):
            self.own(self.folder / part)

    def configure(self) -> None:
        run = self.folder
        chain, key = certificate()
        key_copy = run / "key.pem"  # readable for the user of Cyrus
        key_copy.write_bytes(key.read_bytes())
        key_copy.chmod(0o644)
        chain_copy = run / "certificate.pem"
        chain_copy.write_bytes(chain.read_bytes())
        settings = {
            "configdirectory": run / "conf", "proc_path": run / "proc", "mboxname_lockpath": run / "lock",
            "partition-default": run / "spool", "defaultpartition": "default", "cyrus_user": OWNER, "admins": "cyrus",
            "altnamespace": "no" if self.prefix else "yes", "unixhierarchysep": "yes" if self.separator == "/" else "no",
            # A default domain equal to the users' would be cut off their names before they are looked up.
            "virtdomains": "userid", "defaultdomain": "localhost", "allowplaintext": "yes",
            "sasl_path": self.programs / "usr/lib/x86_64-linux-gnu/sasl2", "sasl_pwcheck_method": "auxprop",
            "sasl_auxprop_plugin": "sasldb", "sasl_sasldb_path": run / "sasldb2", "sasl_mech_list": "PLAIN LOGIN",
            "failedloginpause": "0", "autocreate_quota": "0", "autocreate_post": "yes", "maxmessagesize": "0", "popminpoll": "0",
            "idlesocket": run / "conf/socket/idle", "lmtpsocket": run / "conf/socket/lmtp",
            "notifysocket": run / "conf/socket/notify", "syslog_prefix": "cyrus", "sievedir": run / "conf/sieve",
            "tls_server_cert": chain_copy, "tls_server_key": key_copy,
            "tls_sessions_db_path": run / "db/tls.db", "duplicate_db_path": run / "db/deliver.db",
            "statuscache_db_path": run / "db/statuscache.db", "ptscache_db_path": run / "db/pts.db",
            **(self._dav_settings() if self.dav else {}), **self.settings,
        }
        self._settings.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
        base, config = self.programs / _BASE, f"-C {self._settings}"
        (run / "cyrus.conf").write_text(
            f'START {{\n  recover cmd="{base}/ctl_cyrusdb {config} -r"\n}}\n'
            f'SERVICES {{\n  imap cmd="{base}/imapd {config} -U 100" listen="127.0.0.1:{self.port}" prefork=1 maxchild=1000\n'
            f'  pop3 cmd="{base}/pop3d {config} -U 100" listen="127.0.0.1:{self.pop3_port}" prefork=0 maxchild=1000\n'
            f'{self._dav_service(base, config)}}}\nEVENTS {{\n}}\n')

    def _dav_service(self, base: Path, config: str) -> str:
        if not self.dav:
            return ""
        return f'  http cmd="{base}/httpd {config} -U 100" listen="127.0.0.1:{self.dav_port}" prefork=1 maxchild=1000\n'

    def _dav_settings(self) -> dict[str, object]:
        """Scheduling is on; what Cyrus would send goes into a folder."""
        outbox, program = self.own(self.folder / "sent"), self.folder / "sendmail"
        program.write_text(_SENDMAIL.format(python=sys.executable, outbox=outbox))
        program.chmod(0o755)
        return {
            "httpmodules": "caldav carddav", "caldav_allowscheduling": "on", "caldav_historical_age": "-1", "sendmail": program,
            "calendar_user_address_set": "example.com", "servername": "localhost",
        }

    def sent_invitations(self) -> list[str]:
        """What the server gave to sendmail."""
        return [file.read_text(errors="replace") for file in sorted((self.folder / "sent").iterdir())]

    def dav_url(self, user: str) -> str:
        """The account's URL of calendars and address books."""
        return f"dav://{user}@127.0.0.1:{self.dav_port}"

    @property
    def _settings(self) -> Path:
        return self.folder / "imapd.conf"

    def start(self) -> Cyrus:
        super().start()
        if self.dav:  # there are calendars only for who has an INBOX
            for user, password in self.users.items():
                with imaplib.IMAP4("127.0.0.1", self.port) as client:
                    client.login(user, password)
        return self

    def store_user(self, user: str, password: str) -> None:
        name, _, domain = user.partition("@")
        domain = domain or "localhost"
        database = self.folder / "sasldb2"
        self.run_program("usr/sbin/saslpasswd2", "-p", "-c", "-f", str(database), "-u", domain, name, text=password)
        os.chown(database, self.uid, self.gid)

    def command(self) -> str:
        return words(self.programs / _BASE / "master", "-D", "-C", self._settings, "-M", self.folder / "cyrus.conf",
                     "-p", self.folder / "master.pid")
