# SPDX-License-Identifier: Apache-2.0
"""The configuration of a private Dovecot 2.3: what can be chosen, and the text of its dovecot.conf."""
from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path

# What Dovecot 2.3 announces after login; extensions are taken out of it to play an older server.
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT "
    "MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC "
    "ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE "
    "SAVEDATE LITERAL+ NOTIFY"
).split()

LAYOUTS = {"maildir": "maildir:~/mail", "sdbox": "sdbox:~/mail", "mdbox": "mdbox:~/mail",
           "mbox": "mbox:~/mail:INBOX=~/mail/INBOX"}


@dataclass
class DovecotOptions:
    """What a test may choose about a private Dovecot."""

    mail_format: str = "maildir"          # maildir, sdbox, mdbox, mbox
    separator: str = ""                   # "": the format's own ("." for maildir, "/" for the others)
    prefix: str = ""                      # e.g. "INBOX."
    special_use: dict[str, str] = field(default_factory=dict)  # folder name without prefix -> role, e.g. "\\Sent"
    create_special_use: bool = True       # the folders named in special_use exist from the start
    listescape: bool = False              # folder names may hold characters that the format reserves
    mail_fsync: str = "never"             # never, optimized (Dovecot's default), always
    without: tuple[str, ...] = ()         # extensions that are not announced
    announce: tuple[str, ...] = ()        # extensions announced besides, e.g. "COMPRESS=DEFLATE", "LITERAL-"
    compress: bool = False                # loads imap_zlib and announces COMPRESS=DEFLATE
    controls: bool = True                 # set_quota() and set_read_only() work; off: nothing between IMAP and storage
    plugins: tuple[str, ...] = ()
    pop3: bool = False                    # speaks POP3, too
    sieve: bool = False                   # speaks ManageSieve, too
    extra: str = ""                       # more settings, as in dovecot.conf

    def capability(self) -> str | None:
        """The overriding capability list; None: leave it to Dovecot."""
        if not self.without and not self.announce:
            return None
        missing = {name.upper() for name in self.without}
        kept = [name for name in CAPABILITIES if name.upper() not in missing]
        return " ".join(kept + list(self.announce))


@dataclass(frozen=True)
class Identity:
    """The system users that the processes of a private Dovecot run as; none is made for it."""

    uid: int         # owns the mail
    gid: int
    internal: str
    login: str
    group: str

    @staticmethod
    def of_caller() -> Identity:
        """As root the users of Dovecot's package and, for the mail, nobody; else the caller for everything."""
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            return Identity(nobody.pw_uid, nobody.pw_gid, "dovecot", "dovenull", "dovecot")
        name = pwd.getpwuid(os.getuid()).pw_name
        return Identity(os.getuid(), os.getgid(), name, name, grp.getgrgid(os.getgid()).gr_name)


@dataclass(frozen=True)
class Places:
    """Where a private Dovecot lies and listens."""

    folder: Path
    mail_root: Path
    port: int
    tls_port: int
    certificate: Path
    key: Path
    pop3_port: int = 0
    pop3_tls_port: int = 0
    sieve_port: int = 0

    @property
    def users_file(self) -> Path:
        return self.folder / "users"

    @property
    def acl_file(self) -> Path:
        return self.folder / "acl"

    @property
    def log_file(self) -> Path:
        return self.folder / "dovecot.log"

    @property
    def greeting(self) -> str:
        """What no other server says."""
        return f"Dovecot in {self.folder.name} ready."


def sharing() -> str:
    """For DovecotOptions.extra, with `controls`: commands for rights, annotations and quotas; folders of others below user/."""
    return "\n".join([
        "protocol imap {\n  mail_plugins = quota acl imap_acl imap_quota\n  imap_metadata = yes\n}",
        "mail_attribute_dict = file:%h/dovecot-attributes",
        "plugin {\n  acl_shared_dict = file:%h/../shared-folders\n  acl_anyone = allow\n}",
        "namespace others {\n  type = shared\n  separator = /\n  prefix = user/%%u/\n  location = sdbox:%%h/mail\n"
        "  subscriptions = no\n  list = children\n}",
    ])


def _namespace(options: DovecotOptions) -> str:
    lines = ["namespace inbox {", "  inbox = yes"]
    if options.separator:
        lines.append(f"  separator = {options.separator}")
    if options.prefix:
        lines.append(f"  prefix = {options.prefix}")
    for name, role in options.special_use.items():
        automatic = "subscribe" if options.create_special_use else "no"
        lines.append(f'  mailbox "{name}" {{\n    special_use = {role}\n    auto = {automatic}\n  }}')
    return "\n".join(lines + ["}"])


def _service(name: str, **settings: str | int) -> str:
    return f"service {name} {{\n" + "".join(f"  {key} = {value}\n" for key, value in settings.items()) + "}"


def _pop3(places: Places) -> list[str]:
    return [_service("pop3-login", chroot="", client_limit=2000, service_count=0)[:-1]
            + f"  inet_listener pop3 {{\n    port = {places.pop3_port}\n  }}\n"
            + f"  inet_listener pop3s {{\n    port = {places.pop3_tls_port}\n  }}\n}}",
            _service("pop3", process_limit=1000, vsz_limit=0)]


def _sieve(places: Places) -> list[str]:
    return [_service("managesieve-login", chroot="", client_limit=2000, service_count=0)[:-1]
            + f"  inet_listener sieve {{\n    port = {places.sieve_port}\n  }}\n}}",
            _service("managesieve", process_limit=1000, vsz_limit=0),
            "plugin {\n  sieve = file:~/sieve;active=~/.dovecot.sieve\n}"]


def config_text(options: DovecotOptions, places: Places, identity: Identity) -> str:
    """The whole dovecot.conf. Limits are high and delays off, so that tests are fast."""
    plugins = [*(["quota", "acl"] if options.controls else []), *options.plugins]
    if options.listescape:
        plugins.append("listescape")
    imap_plugins = [*plugins, "imap_zlib"] if options.compress else plugins
    capability = options.capability()
    users = f"scheme=PLAIN username_format=%u {places.users_file}"
    parts = [
        f"base_dir = {places.folder}/run",
        f"state_dir = {places.folder}/run",
        f"log_path = {places.log_file}",
        f"login_greeting = {places.greeting}",
        f"protocols = imap{' pop3' if options.pop3 else ''}{' sieve' if options.sieve else ''}",
        "listen = 127.0.0.1",
        "verbose_proctitle = yes",
        f"default_internal_user = {identity.internal}",
        f"default_internal_group = {identity.group}",
        f"default_login_user = {identity.login}",
        f"first_valid_uid = {identity.uid}\nfirst_valid_gid = {identity.gid}",
        "ssl = yes",
        f"ssl_cert = <{places.certificate}\nssl_key = <{places.key}",
        "disable_plaintext_auth = no",
        "auth_failure_delay = 0",
        "auth_mechanisms = plain login",
        f"passdb {{\n  driver = passwd-file\n  args = {users}\n}}",
        f"userdb {{\n  driver = passwd-file\n  args = username_format=%u {places.users_file}\n}}",
        f"mail_location = {LAYOUTS[options.mail_format]}",
        f"mail_fsync = {options.mail_fsync}",
        "mail_max_userip_connections = 1000",
        "imap_max_line_length = 64k",
        _namespace(options),
        f"mail_plugins = {' '.join(plugins)}",
        f"protocol imap {{\n  mail_plugins = {' '.join(imap_plugins)}\n}}",
        f"plugin {{\n  quota = count:User quota\n  quota_vsizes = yes\n  acl = vfile:{places.acl_file}:cache_secs=0\n}}",
        _service("imap-login", chroot="", client_limit=2000, service_count=0, process_min_avail=1)[:-1]
        + f"  inet_listener imap {{\n    port = {places.port}\n  }}\n"
        + f"  inet_listener imaps {{\n    port = {places.tls_port}\n  }}\n}}",
        _service("imap", process_limit=1000, vsz_limit=0),
        # Without a socket for it there is no penalty for an address with wrong passwords: it waits up to 15 seconds for each login.
        _service("anvil", chroot="", client_limit=3100)[:-1] + "  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}",
        _service("auth", client_limit=5000),
        *(_pop3(places) if options.pop3 else []),
        *(_sieve(places) if options.sieve else []),
        options.extra,
    ]
    if capability is not None:
        parts.append(f"imap_capability = {capability}")
    return "\n".join(parts) + "\n"
