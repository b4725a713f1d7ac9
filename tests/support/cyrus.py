# SPDX-License-Identifier: Apache-2.0
"""Private Cyrus IMAP 3.6 instances; see private_server.py."""
from __future__ import annotations

import os
from pathlib import Path

from private_server import OWNER, PrivateServer, words
from servers import certificate

_BASE = "usr/lib/cyrus/bin"


class Cyrus(PrivateServer):
    """One private Cyrus. `prefix`: folders are named INBOX.Work instead of Work; `separator`: "/" or "."; `settings`: as in imapd.conf,
    in place of the ones here."""

    name = "Cyrus"
    package = "cyrus"
    library_folders = ("usr/lib/cyrus",)

    def __init__(self, users: dict[str, str] | None = None, *, separator: str = ".", prefix: bool = True,
                 settings: dict[str, str] | None = None) -> None:
        self.settings = settings or {}
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
            **self.settings,
        }
        self._settings.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
        base, config = self.programs / _BASE, f"-C {self._settings}"
        (run / "cyrus.conf").write_text(
            f'START {{\n  recover cmd="{base}/ctl_cyrusdb {config} -r"\n}}\n'
            f'SERVICES {{\n  imap cmd="{base}/imapd {config} -U 100" listen="127.0.0.1:{self.port}" prefork=1 maxchild=1000\n'
            f'  pop3 cmd="{base}/pop3d {config} -U 100" listen="127.0.0.1:{self.pop3_port}" prefork=0 maxchild=1000\n'
            f'  sieve cmd="{base}/timsieved {config}" listen="127.0.0.1:{self.sieve_port}" prefork=0 maxchild=1000\n}}\n'
            "EVENTS {\n}\n")

    @property
    def _settings(self) -> Path:
        return self.folder / "imapd.conf"

    def store_user(self, user: str, password: str) -> None:
        name, _, domain = user.partition("@")
        database = self.folder / "sasldb2"
        self.run_program("usr/sbin/saslpasswd2", "-p", "-c", "-f", str(database), "-u", domain, name, text=password)
        os.chown(database, self.uid, self.gid)

    def command(self) -> str:
        return words(self.programs / _BASE / "master", "-D", "-C", self._settings, "-M", self.folder / "cyrus.conf",
                     "-p", self.folder / "master.pid")
