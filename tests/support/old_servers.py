# SPDX-License-Identifier: Apache-2.0
"""Old servers, as sources of the pairings: how accounts with every kind of message are made on them, and how people work there."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from account_snapshot import Naming, Path, list_folders, naming
from imap4d import Imap4d
from imap_raw import Account, Connection, ImapError, quoted
from mailboxes import FolderSpec, fill_maildir
from messages import KINDS, NUL_KIND, MessageFactory, MessageSpec
from server_kinds import TARGETS, Server

PASSWORD = "correct horse"
INBOX, QUARTER, DRAFTS, TOKYO, LISTS, OLD = FILLED = (
    ("INBOX",), ("Archive", "2023", "Quarter 1"), ("Entw\u00fcrfe",), ("\u65e5\u672c\u8a9e", "\u6771\u4eac & \u4eac\u90fd"), ("a & b",),
    ("Kunden", "M\u00fcller (alt)"))
EMPTY, NOT_SUBSCRIBED, RENAMED = ("Empty",), ("Not subscribed",), ("Kunden", "M\u00fcller")

ODD_KINDS: dict[str, Callable[[MessageFactory], MessageSpec]] = {
    **KINDS,
    "NUL": NUL_KIND,
    "bare LF": lambda make: make.spec(make.headers() + b"\r\none\ntwo " + make.unique_line() + b"\r\n"),
    "1 MiB": lambda make: make.attachment(1 << 20),
}
# imap4d makes something else of these at each reading, or of their dates: no copy could be compared.
NOT_ON_IMAP4D = ("no headers", "no header block", "header only", "From line")


class OldServer:
    """A source: how its accounts are made, and how people work on them."""

    keeps_numbers = True  # a folder has one UIDVALIDITY, whatever happens in it

    def __init__(self, name: str, server: Server | Imap4d) -> None:
        self.name = name
        self.server = server

    def account(self, user: str) -> Account:
        return Account("127.0.0.1", self.server.port, user, PASSWORD)

    def fill(self, user: str, make: MessageFactory) -> None:
        """Every kind of message, where the server takes it."""
        messages: dict[Path, list[MessageSpec]] = {path: [] for path in (*FILLED, EMPTY, NOT_SUBSCRIBED)}
        for number, kind in enumerate(ODD_KINDS):
            messages[FILLED[number % len(FILLED)]].append(ODD_KINDS[kind](make))
        messages[NOT_SUBSCRIBED].append(make.plain(400))
        with Connection(self.account(user)) as connection:
            names = naming(connection)
            for path, specs in messages.items():
                if path != INBOX:
                    connection.command(b"CREATE " + quoted(names.name(path)))
                if path != NOT_SUBSCRIBED:
                    connection.command(b"SUBSCRIBE " + quoted(names.name(path)))
                for spec in specs:
                    self._store(connection, names, path, spec)

    def _store(self, connection: Connection, names: Naming, path: Path, spec: MessageSpec) -> None:
        try:
            connection.append(names.name(path), [(spec.flags, spec.date, spec.body)])
        except ImapError as error:
            if "NO Message contains" not in str(error):  # Cyrus looks at what it is given
                raise

    def change(self, user: str, make: MessageFactory) -> None:
        """A day of work: a new message, flags set and taken, one moved, one removed, a folder renamed."""
        self.add(user, QUARTER, make.plain(700))
        with Connection(self.account(user)) as connection:
            names = naming(connection)
            _in_folder(connection, names, DRAFTS, rb"STORE 1 +FLAGS (\Flagged)")
            _in_folder(connection, names, TOKYO, rb"STORE 1 FLAGS (\Answered)")
            _in_folder(connection, names, INBOX, b"COPY 1 " + quoted(names.name(LISTS)), rb"STORE 1 +FLAGS (\Deleted)", b"EXPUNGE")
            last = _in_folder(connection, names, LISTS)
            _in_folder(connection, names, LISTS, rb"STORE %d +FLAGS (\Deleted)" % last, b"EXPUNGE")
            old, new = quoted(names.name(OLD)), quoted(names.name(RENAMED))
            for command in (b"CLOSE", b"RENAME " + old + b" " + new, b"UNSUBSCRIBE " + old, b"SUBSCRIBE " + new):
                connection.command(command)

    def add(self, user: str, path: Path, spec: MessageSpec) -> None:
        with Connection(self.account(user)) as connection:
            self._store(connection, naming(connection), path, spec)


class OldImap4d(OldServer):
    """imap4d loses flags and dates of what it is given by APPEND, and miscounts UIDs then: its mail is put there as files."""

    server: Imap4d
    keeps_numbers = False

    def fill(self, user: str, make: MessageFactory) -> None:
        for number, kind in enumerate(kind for kind in ODD_KINDS if kind not in NOT_ON_IMAP4D):
            self.add(user, FILLED[number % len(FILLED)], ODD_KINDS[kind](make))
        self.add(user, NOT_SUBSCRIBED, make.plain(400))
        with Connection(self.account(user)) as connection:
            names = naming(connection)
            for path in FILLED:
                connection.command(b"SUBSCRIBE " + quoted(names.name(path)))
        self._read_all(user)

    def change(self, user: str, make: MessageFactory) -> None:
        super().change(user, make)
        self._read_all(user)

    def _read_all(self, user: str) -> None:
        """What a mail program does to every folder. A folder in which new mail was put has another UIDVALIDITY at each look until
        then, and cannot be moved."""
        with Connection(self.account(user)) as connection:
            for folder in list_folders(connection).values():
                if folder.selectable:
                    connection.command(b"SELECT " + quoted(folder.name))
                    connection.command(rb"STORE 1 -FLAGS.SILENT (\Flagged)")
                    connection.command(b"CLOSE")

    def add(self, user: str, path: Path, spec: MessageSpec) -> None:
        flags = " ".join(flag for flag in spec.flags.split() if flag.startswith("\\"))
        self._write(user, path, [replace(spec, flags=flags, body=spec.body.replace(b"\r\n", b"\n"))])

    def _write(self, user: str, path: Path, specs: list[MessageSpec]) -> None:
        place = self.server.mail_folder(user).joinpath(*(Naming(b"", b"/").name((part,)).decode() for part in path))
        fill_maildir(place, (self.server.uid, self.server.gid), [FolderSpec(INBOX, specs)])


def _in_folder(connection: Connection, names: Naming, path: Path, *commands: bytes) -> int:
    """Runs commands in a folder; returns how many messages it had."""
    rows = connection.command(b"SELECT " + quoted(names.name(path)))
    for command in commands:
        connection.command(command)
    return next(int(row[0]) for row in rows if len(row) == 2 and row[1] == b"EXISTS")  # type: ignore[arg-type]


OLD_SERVERS: dict[str, Callable[[dict[str, str]], OldServer]] = {
    **{kind.name: lambda users, kind=kind: OldServer(kind.name, kind.make(users)) for kind in TARGETS},  # type: ignore[misc]
    "imap4d": lambda users: OldImap4d("imap4d", Imap4d(users)),
}
