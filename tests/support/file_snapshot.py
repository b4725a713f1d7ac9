# SPDX-License-Identifier: Apache-2.0
"""What a Maildir++ or a tree of mbox files holds, read by other code than godwit's: what servers and mail programs would find there."""
from __future__ import annotations

import hashlib
import re
from calendar import timegm
from dataclasses import dataclass
from pathlib import Path
from time import strptime
from urllib.parse import unquote_to_bytes

from account_snapshot import Path as FolderPath
from account_snapshot import Snapshot
from imap_raw import decode_name

_LETTERS = {"S": "\\seen", "R": "\\answered", "F": "\\flagged", "T": "\\deleted", "D": "\\draft", "P": "$forwarded"}
_MBOX_LETTERS = {"A": "\\answered", "F": "\\flagged", "D": "\\deleted", "T": "\\draft"}
_BOOKS = {b"status", b"x-status", b"x-keywords", b"x-godwit-mbox"}


@dataclass(frozen=True, order=True)
class Stored:
    """A message, without its number."""

    digest: str
    flags: tuple[str, ...]  # sorted, lower case
    date: int


Contents = dict[FolderPath, list[Stored]]  # folders that hold messages, each in its order


def of_snapshot(snapshot: Snapshot) -> Contents:
    """The same of an account that was read over IMAP."""
    return {path: [Stored(each.digest, each.flags, each.date) for each in folder.messages]
            for path, folder in snapshot.folders.items() if folder.messages}


def difference(wanted: Contents, found: Contents) -> str:
    """In words; empty where both hold the same messages, as often, in whatever order."""
    lines = []
    for path in sorted(wanted.keys() | found.keys()):
        left, right = sorted(wanted.get(path, [])), sorted(found.get(path, []))
        if left == right:
            continue
        lost, more = _without(left, right), _without(right, left)
        lines.append(f"{'/'.join(path)}: {len(left)} wanted, {len(right)} there; lost {lost[:3]}; too many {more[:3]}")
    return "\n".join(lines)


def _without(some: list[Stored], others: list[Stored]) -> list[Stored]:
    rest = list(others)
    return [one for one in some if one not in rest or rest.remove(one)]  # type: ignore[func-returns-value]


def read_maildir(root: Path) -> Contents:
    """Every file of cur/ and new/ must have one UID of its own, as Dovecot wants it, where there is a list of them."""
    contents: Contents = {}
    for place in [root, *sorted(folder for folder in root.iterdir() if folder.name.startswith(".") and (folder / "cur").is_dir())]:
        if place.name.startswith("..") or not (place / "cur").is_dir():
            continue
        path = ("INBOX",) if place == root else tuple(decode_name(part.encode()) for part in place.name[1:].split("."))
        if messages := _read_maildir_folder(place):
            contents[path] = messages
    return contents


def _read_maildir_folder(place: Path) -> list[Stored]:
    keywords = {}
    if (names := place / "dovecot-keywords").exists():
        lines = [line.split(" ", 1) for line in names.read_text().splitlines()]
        keywords = {chr(ord("a") + int(number)): name.lower() for number, name in lines}
    there = [file for part in ("cur", "new") if (place / part).is_dir() for file in (place / part).iterdir()]
    files = {file.name.partition(":")[0]: file for file in there}
    assert len(files) == len(there), f"{place}: a name is there twice"
    order = sorted(files)
    if (uids := place / "dovecot-uidlist").exists():
        order = _in_order_of_uids(uids, files)
    stored = []
    for base in order:
        file = files[base]
        body = file.read_bytes()
        if ",X=raw" not in base:
            body = re.sub(rb"(?<!\r)\n", b"\r\n", body)
        letters = file.name.rpartition(":2,")[2] if ":2," in file.name else ""
        flags = {_LETTERS.get(letter) or keywords.get(letter, letter) for letter in letters}
        stored.append(Stored(hashlib.sha256(body).hexdigest(), tuple(sorted(flags)), int(file.stat().st_mtime)))
    return stored


def _in_order_of_uids(uids: Path, files: dict[str, Path]) -> list[str]:
    lines = [line.partition(" :") for line in uids.read_text().splitlines()[1:]]
    numbers = [int(line[0].split()[0]) for line in lines]
    assert numbers == sorted(set(numbers)), f"{uids}: numbers do not ascend"
    names = [line[2].partition(":")[0] for line in lines]
    assert len(set(names)) == len(names), f"{uids}: a name has two numbers"
    assert not files.keys() - set(names), f"{uids}: no number for {sorted(files.keys() - set(names))[:3]}"
    return [name for name in names if name in files]


def read_mbox(root: Path) -> Contents:
    """A tree as godwit writes it, dialect mboxrd."""
    contents: Contents = {}
    for file in sorted(root.rglob("*")):
        if not file.is_file() or file.name.startswith(".") or file.name.endswith((".lock", ".godwit-new")):
            continue
        parts = [part.removesuffix(".sbd") for part in file.relative_to(root).parts]
        if messages := _read_mbox_file(file):
            contents[tuple(unquote_to_bytes(part).decode() for part in parts)] = messages
    return contents


def _read_mbox_file(file: Path) -> list[Stored]:
    text = file.read_bytes()
    starts = [match.start() for match in re.finditer(rb"^From ", text, re.MULTILINE)]
    assert not text or starts[0] == 0, f"{file}: it does not begin with a From line"
    return [_mbox_message(text[start:end]) for start, end in zip(starts, [*starts[1:], len(text)])]


def _mbox_message(text: bytes) -> Stored:
    first, _, rest = text.partition(b"\n")
    books: dict[bytes, str] = {}
    while (match := re.match(rb"([A-Za-z-]+): ?(.*)\n", rest)) and match[1].lower() in _BOOKS and match[1].lower() not in books:
        books[match[1].lower()] = match[2].decode()
        rest = rest[match.end():]
    mark = books[b"x-godwit-mbox"].split()
    length = int(mark[3])
    assert rest[length:].strip(b"\n") == b"", "something follows the message"
    body = re.sub(rb"^>(>*From )", rb"\1", rest[:length], flags=re.MULTILINE)
    if not mark[1].endswith("-verbatim"):
        body = body.replace(b"\n", b"\r\n")
    flags = {_MBOX_LETTERS[letter] for letter in books.get(b"x-status", "")} | set(books.get(b"x-keywords", "").lower().split())
    flags |= {"\\seen"} if "R" in books[b"status"] else set()
    date = timegm(strptime(first.decode()[len("From MAILER-DAEMON "):], "%a %b %d %H:%M:%S %Y"))
    return Stored(hashlib.sha256(body).hexdigest(), tuple(sorted(flags)), date)
