# SPDX-License-Identifier: Apache-2.0
"""Seeded accounts, and two ways to store them on a server: IMAP's APPEND and, for large ones, Maildir files."""
from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path as FilePath
from random import Random

from account_snapshot import Path, naming
from imap_raw import Account, Connection, ImapError, encode_name, quoted
from messages import KINDS, NUL_KIND, MessageFactory, MessageSpec

_BATCH_BYTES = 4_000_000  # of one MULTIAPPEND
_MAILDIR_FLAGS = {"\\draft": "D", "\\flagged": "F", "\\answered": "R", "\\seen": "S", "\\deleted": "T"}


@dataclass
class FolderSpec:
    """A folder to make. Messages are read once and may come from a generator."""

    path: Path
    messages: Iterable[MessageSpec] = ()
    subscribed: bool = True


# Nested, non-ASCII, with characters that quoting or modified UTF-7 must get right. Parents such as "Kunden" are not made
# themselves, so servers show them as \Noselect or not at all.
VARIED_PATHS: tuple[Path, ...] = (
    ("INBOX",),
    ("Sent",),
    ("Archive",),
    ("Archive", "2023"),
    ("Archive", "2023", "Quarter 1"),
    ("Entw\u00fcrfe",),
    ("\u65e5\u672c\u8a9e",),
    ("\u65e5\u672c\u8a9e", "\u6771\u4eac & \u4eac\u90fd"),
    ("a & b",),
    ("R&D-", "&-"),
    ("Kunden", "M\u00fcller (alt)"),
    ("deep", "er", "and", "deeper", "and", "deepest"),
    ('with "quotes" and \\backslash',),
    ("100% [x] {3}",),
    ("\U0001f4ec post",),
)


def varied_account(seed: int, messages: int, *, extra_paths: Iterable[Path] = (), large: int = 0,
                   with_nul: bool = False) -> list[FolderSpec]:
    """An account of about `messages` messages of every kind in VARIED_PATHS and `extra_paths`, with exact duplicates, an empty
    folder and one that nobody is subscribed to. `large`: bytes of one large message besides."""
    make = MessageFactory(seed)
    random = Random(seed)
    folders = [FolderSpec(path, []) for path in (*VARIED_PATHS, *extra_paths)]
    kinds = list(KINDS)
    made: list[tuple[FolderSpec, MessageSpec]] = []
    for number in range(max(messages - 5, len(kinds))):
        folder = random.choice(folders) if number >= len(folders) else folders[number]
        message = make.make(kinds[number] if number < len(kinds) else random.choice(kinds[:1] * 12 + kinds))
        made.append((folder, message))
    for copies in (1, 1, 1, 2):  # twice, twice, twice, three times in all
        folder, message = random.choice(made)
        made += [(folder, make.duplicate(message)) for _ in range(copies)]
    if with_nul:
        made.append((folders[0], NUL_KIND(make)))
    if large:
        made.append((folders[1], make.attachment(large)))
    for folder, message in made:
        folder.messages.append(message)  # type: ignore[attr-defined]
    return folders + [FolderSpec(("Empty",)), FolderSpec(("Not subscribed",), [make.plain(400)], subscribed=False)]


def plain_account(seed: int, folders: int, per_folder: int, median: int = 8192, limit: int = 0) -> list[FolderSpec]:
    """Everyday messages with log-normal sizes; made while they are stored, never all in memory."""
    def messages(number: int) -> Iterator[MessageSpec]:
        make = MessageFactory(seed * 1000 + number)
        for _ in range(per_folder):
            yield make.plain(make.size(median, limit=limit))
    return [FolderSpec(("INBOX",) if number == 0 else (f"Folder {number:02}",), messages(number)) for number in range(folders)]


def account_for_a_slow_line(seed: int) -> list[FolderSpec]:
    """Three groups of folders as the engine takes them from a source: 4.5 MB by which it can tell a slow line, a small one that it
    has asked for before it can, and 4.5 MB that it can then have compressed. Too few messages for a second pair of connections."""
    make = MessageFactory(seed)
    return [FolderSpec((name,), [make.plain(size) for _ in range(500)])
            for name, size in (("First", 9200), ("Second", 300), ("Third", 9200))]


# --- over IMAP -----------------------------------------------------------------------------------------------------------------


def fill_over_imap(account: Account, folders: Iterable[FolderSpec]) -> int:
    """Makes the folders and stores their messages; returns how many."""
    stored = 0
    with Connection(account) as connection:
        names = naming(connection)
        for folder in folders:
            name = names.name(folder.path)
            if folder.path != ("INBOX",):
                create_folder(connection, name)
            connection.command((b"SUBSCRIBE " if folder.subscribed else b"UNSUBSCRIBE ") + quoted(name))
            for batch in _batches(folder.messages):
                connection.append(name, [(message.flags, message.date, message.body) for message in batch])
                stored += len(batch)
    return stored


def create_folder(connection: Connection, name: bytes) -> None:
    """CREATE; a folder that is there already is taken as it is."""
    try:
        connection.command(b"CREATE " + quoted(name))
    except ImapError as error:
        if "ALREADYEXISTS" not in str(error):
            raise


def _batches(messages: Iterable[MessageSpec]) -> Iterator[list[MessageSpec]]:
    batch: list[MessageSpec] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == 50 or size + len(message.body) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message.body)
    if batch:
        yield batch


# --- as Maildir files ------------------------------------------------------------------------------------------------------------


def fill_maildir(root: FilePath, owner: tuple[int, int], folders: Iterable[FolderSpec]) -> int:
    """Writes a Maildir++ store, the fast way to have many messages; `root` is the user's Maildir. Returns how many messages."""
    stored = 0
    subscribed = []
    root.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        name = b".".join(encode_name(part) for part in folder.path)
        place = root if folder.path == ("INBOX",) else root / ("." + name.decode())
        for part in ("cur", "new", "tmp"):
            (place / part).mkdir(parents=True, exist_ok=True)
        stored += _write_messages(place, folder.messages)
        if folder.subscribed:
            subscribed.append(name.decode())
    (root / "subscriptions").write_text("".join(f"{name}\n" for name in subscribed))
    _give_to(root.parent, owner)
    return stored


def _write_messages(place: FilePath, messages: Iterable[MessageSpec]) -> int:
    keywords: dict[str, str] = {}
    count = 0
    started = int(time.time())
    messages = iter(messages)
    while batch := list(islice(messages, 1000)):
        for message in batch:
            letters = _maildir_letters(message.flags, keywords)
            size = len(message.body)
            path = place / "cur" / f"{started}.M{count:07}P1.localhost,S={size}:2,{letters}"
            path.write_bytes(message.body)
            if message.date:
                moment = datetime.strptime(message.date.strip(), "%d-%b-%Y %H:%M:%S %z").timestamp()
                os.utime(path, (moment, moment))
            count += 1
    if keywords:
        lines = [f"{ord(letter) - ord('a')} {name}\n" for name, letter in keywords.items()]
        (place / "dovecot-keywords").write_text("".join(lines))
    return count


def _maildir_letters(flags: str, keywords: dict[str, str]) -> str:
    """The letters of a file name; a new keyword is given the next small letter, of which Maildir has 26."""
    letters = ""
    for flag in flags.split():
        if flag.startswith("\\"):
            letters += _MAILDIR_FLAGS[flag.lower()]
        else:
            letters += keywords.setdefault(flag, chr(ord("a") + len(keywords)))
    return "".join(sorted(letters))


def _give_to(root: FilePath, owner: tuple[int, int]) -> None:
    if os.getuid() != 0:
        return
    os.chown(root, *owner)
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            os.chown(os.path.join(folder, name), *owner)
