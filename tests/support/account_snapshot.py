# SPDX-License-Identifier: Apache-2.0
"""What an account holds, read over IMAP: folders as tuples of names, and per message digest, flags and date."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from imap_raw import Account, Body, Connection, ImapError, Value, decode_name, encode_name, quoted

Path = tuple[str, ...]
_ROLES = {"\\all", "\\archive", "\\drafts", "\\flagged", "\\junk", "\\sent", "\\trash"}


@dataclass(frozen=True)
class Message:
    """A message; equal bodies have equal digests."""

    uid: int
    digest: str
    size: int
    flags: tuple[str, ...]  # sorted, lower case, without \\Recent
    date: int               # INTERNALDATE, seconds since 1970

    def __str__(self) -> str:
        return f"UID {self.uid}, {self.size} bytes, {self.digest[:12]}"


@dataclass
class Folder:
    """A folder; `name` is as the server writes it."""

    path: Path
    name: bytes
    selectable: bool = True
    subscribed: bool = False
    role: str = ""
    uid_validity: int = 0
    uid_next: int = 0
    messages: list[Message] = field(default_factory=list)


@dataclass
class Snapshot:
    """An account at a moment."""

    account: Account
    folders: dict[Path, Folder] = field(default_factory=dict)

    def state(self) -> dict[Path, object]:
        """All that a reader must not change on a source, for one comparison by ==."""
        return {path: (folder.uid_validity, folder.uid_next, folder.subscribed, folder.messages)
                for path, folder in self.folders.items()}


def take_snapshot(account: Account) -> Snapshot:
    """Reads the whole account."""
    with Connection(account) as connection:
        snapshot = Snapshot(account, list_folders(connection))
        for folder in snapshot.folders.values():
            if folder.selectable:
                _read_folder(connection, folder)
    return snapshot


def list_folders(connection: Connection) -> dict[Path, Folder]:
    """The account's folders, without their messages."""
    prefix = naming(connection).prefix
    folders: dict[Path, Folder] = {}
    special = b" RETURN (SPECIAL-USE)" if "SPECIAL-USE" in connection.capabilities() else b""
    for row in connection.command(b'LIST "" "*"' + special):
        if row[0] == b"LIST":
            folder = _folder(row, prefix)
            folders[folder.path] = folder
    for row in connection.command(b'LSUB "" "*"'):
        if row[0] == b"LSUB" and (listed := folders.get(_folder(row, prefix).path)) is not None:
            listed.subscribed = b"\\noselect" not in _attributes(row)
    return folders


@dataclass(frozen=True)
class Naming:
    """How a server writes the names of personal folders."""

    prefix: bytes
    separator: bytes

    def name(self, path: Path) -> bytes:
        """A path's name as it goes over the wire, not quoted."""
        if path == ("INBOX",):
            return b"INBOX"
        return self.prefix + self.separator.join(encode_name(part) for part in path)


def naming(connection: Connection) -> Naming:
    """Asks NAMESPACE or, where that is missing, LIST "" ""."""
    if "NAMESPACE" in connection.capabilities():
        for row in connection.command(b"NAMESPACE"):
            if row[0] == b"NAMESPACE" and row[1]:
                prefix, separator = row[1][0][:2]  # type: ignore[index]
                return Naming(prefix or b"", separator or b"")  # type: ignore[arg-type]
    for row in connection.command(b'LIST "" ""'):
        if row[0] == b"LIST":
            return Naming(b"", row[2] or b"")  # type: ignore[arg-type]
    return Naming(b"", b"")


def _attributes(row: list[Value]) -> set[bytes]:
    return {item.lower() for item in row[1] if isinstance(item, bytes)}  # type: ignore[union-attr]


def _folder(row: list[Value], prefix: bytes) -> Folder:
    name, separator = row[3], row[2]
    assert isinstance(name, bytes)
    attributes = _attributes(row)
    role = next((item.decode() for item in attributes if item.decode() in _ROLES), "")
    selectable = not attributes & {b"\\noselect", b"\\nonexistent"}
    return Folder(_path(name, separator if isinstance(separator, bytes) else b"", prefix), name, selectable, role=role)


def _path(name: bytes, separator: bytes, prefix: bytes) -> Path:
    """INBOX is ("INBOX",) in any case; the personal prefix goes."""
    if prefix and name.startswith(prefix):
        name = name[len(prefix):]
    parts = name.split(separator) if separator else [name]
    if parts[0].upper() == b"INBOX":
        parts[0] = b"INBOX"
    return tuple(decode_name(part) for part in parts)


def _read_folder(connection: Connection, folder: Folder) -> None:
    total = 0
    tag = connection.send(b"STATUS " + quoted(folder.name) + b" (UIDVALIDITY UIDNEXT)")
    for row in connection.responses(tag):
        if row[0] == b"STATUS":
            answers = row[-1]  # a name that is not quoted may be several words (imap4d)
            values = dict(zip(answers[::2], answers[1::2]))  # type: ignore[index]
            folder.uid_validity, folder.uid_next = int(values[b"UIDVALIDITY"]), int(values[b"UIDNEXT"])
    for row in connection.command(b"EXAMINE " + quoted(folder.name)):
        if len(row) == 2 and row[1] == b"EXISTS":
            total = int(row[0])  # type: ignore[arg-type]
    if not total:
        return
    for row in connection.responses(connection.send(b"UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")):
        if len(row) == 3 and row[1] == b"FETCH" and (message := _message(row[2])) is not None:
            folder.messages.append(message)
    folder.messages.sort(key=lambda message: message.uid)
    if len({message.uid for message in folder.messages}) < total:
        raise ImapError(f"{folder.name!r} has {total} messages, but {len(folder.messages)} came")


def _message(data: Value) -> Message | None:
    """A message of a FETCH response; None for an unsolicited one without a body."""
    assert isinstance(data, list)
    values = {name.upper(): value for name, value in zip(data[::2], data[1::2]) if isinstance(name, bytes)}
    body = values.get(b"BODY[]")
    if not isinstance(body, Body):
        return None
    flags, date = values[b"FLAGS"], values[b"INTERNALDATE"]
    assert isinstance(flags, list) and isinstance(date, bytes)
    names = sorted(flag.decode().lower() for flag in flags if isinstance(flag, bytes))
    when = int(datetime.strptime(date.decode().strip(), "%d-%b-%Y %H:%M:%S %z").timestamp())
    return Message(int(values[b"UID"]), body.digest, body.size,  # type: ignore[arg-type]
                   tuple(name for name in names if name != "\\recent"), when)


def prefix_digest(account: Account, folder: Folder, message: Message, size: int) -> str:
    """The digest of the first bytes of a message."""
    with Connection(account) as connection:
        connection.command(b"EXAMINE " + quoted(folder.name))
        for row in connection.command(b"UID FETCH %d (BODY.PEEK[]<0.%d>)" % (message.uid, size)):
            if len(row) == 3 and isinstance(row[2], list):
                for value in row[2]:
                    if isinstance(value, Body):
                        return value.digest
    return ""
