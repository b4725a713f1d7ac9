# SPDX-License-Identifier: Apache-2.0
"""Works from and to files and POP3, each beside programs that do the same. A new one is one more class in FILE_WORKS."""
from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab import Lab
from maildirs import Mailbox
from servers import Dovecot
from tools import PASSWORD, Floor, Job, Side

_SMALL = Mailbox(10_000, folders=20, seed=21)
_FLAGS = {"R": "A", "F": "F"}  # of a Maildir's name, as X-Status has them


@dataclass
class Call:
    """One tool, made ready: what is run, and what it has to be compared with afterwards."""

    name: str
    commands: list[list[str]]
    difference: Callable[[], str]
    servers: list[Dovecot]


@dataclass(frozen=True)
class Programs:
    """Where what is measured lies."""

    godwit: Path
    floor: Path

    def copy(self, source: str, target: str, state: Path) -> list[str]:
        """One godwit copy; a side that is a server has the password of all benchmarks."""
        state.mkdir(parents=True, exist_ok=True)
        password = state / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        words = [str(self.godwit), "copy", source, target, "--ledger", str(state / "ledger"), "--plain-ok", "--json"]
        for side, url in (("source", source), ("target", target)):
            words += [f"--{side}-password-file", str(password)] if "://" in url else []
        return words


class FileWork:
    """One work; prepare() once, calls() for every repetition."""

    name = title = ""
    default = True

    def __init__(self, lab: Lab, programs: Programs) -> None:
        self.lab, self.programs = lab, programs

    def prepare(self) -> None:
        """Makes what is moved."""

    def calls(self) -> Iterator[Callable[[], Call]]:
        """Each tool; its place is made when it is its turn."""
        raise NotImplementedError

    def source_account(self, box: Mailbox) -> tuple[str, Path]:
        """An account of the private server, and its Maildir."""
        user = self.lab.source_user(box)
        return user, self.lab.source.mail_folder(user)

    def fresh_job(self, user: str) -> Job:
        """A state folder and a fresh target account."""
        return self.lab.fresh_job(user)


def _mbsync(job: Job, stores: str) -> list[str]:
    config = job.state / "mbsyncrc"
    config.write_text(stores + "Channel all\nFar :source:\nNear :target:\nPatterns *\nSync Pull\nCreate Near\nExpunge Near\n"
                      f"CopyArrivalDate yes\nSyncState {job.state}/state/\n")
    (job.state / "state").mkdir()
    return ["mbsync", "-q", "-c", str(config), "all"]


def _imap_store(name: str, port: int, user: str) -> str:
    return (f"IMAPAccount {name}\nHost 127.0.0.1\nPort {port}\nUser {user}\nPass {PASSWORD}\nSSLType None\nAuthMechs LOGIN\n\n"
            f"IMAPStore {name}\nAccount {name}\n\n")


def _maildir_store(name: str, path: Path) -> str:
    return f"MaildirStore {name}\nInbox {path}\nSubFolders Maildir++\n\n"


def _maildir_files(root: Path) -> Iterator[Path]:
    for part in ("cur", "new"):
        for folder in root.rglob(part):
            yield from folder.iterdir()


def _digests(root: Path, without: bytes = b"") -> Counter[str]:
    """Of all messages of a Maildir; a header field that a tool adds may be left out."""
    found: Counter[str] = Counter()
    for file in _maildir_files(root):
        text = file.read_bytes().replace(b"\r\n", b"\n")
        if without:
            text = b"".join(line for line in text.splitlines(keepends=True) if not line.startswith(without))
        found[hashlib.sha256(text).hexdigest()] += 1
    return found


def _maildir_difference(wanted: Counter[str], root: Path, without: bytes = b"") -> str:
    found = _digests(root, without)
    missing, more = (wanted - found).total(), (found - wanted).total()
    return "" if not missing and not more else f"{missing} missing, {more} that are none of them"


class FromMaildir(FileWork):
    """A Maildir that nobody serves any more, to a server."""

    name, title = "maildir-in", "10,000 small messages in 20 folders, Maildir to IMAP"

    def prepare(self) -> None:
        self._user, self._maildir = self.source_account(_SMALL)
        self._snapshots = {self._user: self.lab.snapshot(self.lab.source, self._user)}
        self._target = self.lab.target("maildir", "never")

    def _place(self) -> tuple[Job, Path]:
        job = self.fresh_job(self._user)
        copy = job.state / "Maildir"
        shutil.copytree(self._maildir, copy, ignore=shutil.ignore_patterns("dovecot.*", "maildirfolder"))
        return job, copy

    def _call(self, name: str, job: Job, command: list[str]) -> Call:
        return Call(name, [command], lambda: self.lab.difference(self._snapshots, [job], self._target), [self._target])

    def _godwit(self) -> Call:
        job, maildir = self._place()
        return self._call("godwit", job, self.programs.copy(f"maildir:{maildir}", self._target.url(job.target_user), job.state))

    def _mbsync(self) -> Call:
        job, maildir = self._place()
        stores = _maildir_store("source", maildir) + _imap_store("target", self._target.port, job.target_user)
        return self._call("mbsync", job, _mbsync(job, stores))

    def calls(self) -> Iterator[Callable[[], Call]]:
        yield from (self._godwit, self._mbsync)


class ToMaildir(FileWork):
    """The way out."""

    name, title = "maildir-out", "10,000 small messages in 20 folders, IMAP to Maildir"

    def prepare(self) -> None:
        self._user, maildir = self.source_account(_SMALL)
        self.lab.snapshot(self.lab.source, self._user)  # so that no tool meets a source without indexes
        self._wanted = _digests(maildir)

    def _godwit(self) -> Call:
        job = self.fresh_job(self._user)
        place = job.state / "Maildir"
        command = self.programs.copy(self.lab.source.url(self._user), f"maildir:{place}", job.state)
        return Call("godwit", [command], lambda: _maildir_difference(self._wanted, place), [self.lab.source])

    def _mbsync(self) -> Call:
        job = self.fresh_job(self._user)
        place = job.state / "Maildir"
        command = _mbsync(job, _imap_store("source", self.lab.source.port, self._user) + _maildir_store("target", place))
        return Call("mbsync", [command], lambda: _maildir_difference(self._wanted, place, b"X-TUID: "), [self.lab.source])

    def calls(self) -> Iterator[Callable[[], Call]]:
        yield from (self._godwit, self._mbsync)


class FromMbox(FileWork):
    """The floor moves the same messages from a server's Maildir: what the target allows."""

    name, title = "mbox-in", "10,000 small messages in 20 folders, mbox to IMAP (the floor: from IMAP)"

    def prepare(self) -> None:
        self._user, maildir = self.source_account(_SMALL)
        self._snapshots = {self._user: self.lab.snapshot(self.lab.source, self._user)}
        self._target = self.lab.target("maildir", "never")
        self._tree = self.lab.folder / "mbox-tree"
        self._tree.mkdir(exist_ok=True)
        for folder in [maildir, *sorted(maildir.glob(".Folder*"))]:
            name = "INBOX" if folder == maildir else folder.name[1:]
            with (self._tree / name).open("wb") as file:
                for message in sorted((folder / "cur").iterdir()):
                    _write_mbox_message(file, message)

    def _call(self, name: str, job: Job, command: list[str]) -> Call:
        return Call(name, [command], lambda: self.lab.difference(self._snapshots, [job], self._target),
                    [self.lab.source, self._target])

    def _godwit(self) -> Call:
        job = self.fresh_job(self._user)
        return self._call("godwit", job, self.programs.copy(f"mbox:{self._tree}", self._target.url(job.target_user), job.state))

    def _floor(self, connections: int) -> Call:
        job = self.fresh_job(self._user)
        tool = Floor(self.programs.floor, connections)
        return self._call(tool.name, job, tool.command(job, Side(self.lab.source, self.lab.source.port),
                                                       Side(self._target, self._target.port)))

    def calls(self) -> Iterator[Callable[[], Call]]:
        yield self._godwit
        for connections in (1, 2, 4):
            yield lambda connections=connections: self._floor(connections)  # type: ignore[misc]


def _write_mbox_message(file, message: Path) -> None:  # type: ignore[no-untyped-def]
    """As a mail server writes it: From line, status fields, keywords, an empty line behind."""
    letters = message.name.rpartition(":2,")[2]
    when = time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(int(message.name.partition(".")[0])))
    head, _, body = message.read_bytes().partition(b"\n\n")
    fields = "Status: " + ("RO" if "S" in letters else "O")
    flags = "".join(sign for letter, sign in _FLAGS.items() if letter in letters)
    fields += f"\nX-Status: {flags}" if flags else ""
    words = [word for letter, word in zip("abc", ("$Forwarded", "$label1", "NonJunk")) if letter in letters]
    fields += f"\nX-Keywords: {' '.join(words)}" if words else ""
    file.write(f"From sender@example.org {when}\n".encode() + head + b"\n" + fields.encode() + b"\n\n" + body + b"\n")


class VastMbox(FileWork):
    """Memory: every byte is read and counted, and what there is to move is found; nothing could hold a copy of it all."""

    name, title = "mbox-20g", "a 20 GB mbox of 50,000 messages, looked through whole (sparse)"
    default = False
    _messages, _step = 50_000, 400_000  # bytes from one message to the next

    def prepare(self) -> None:
        self._file = self.lab.folder / "vast"
        with self._file.open("wb") as file:
            for number in range(self._messages):
                file.seek(number * self._step)
                file.write(b"%sFrom sender@example.org Mon Sep 14 12:00:00 2020\nSubject: Message %d\n\n"
                           % (b"\n\n" if number else b"", number))
            file.truncate(self._messages * self._step)

    def _inventory(self) -> Call:
        return Call("godwit", [[str(self.programs.godwit), "inventory", f"mbox:{self._file}", "--json"]], lambda: "", [])

    def calls(self) -> Iterator[Callable[[], Call]]:
        yield self._inventory


class FromPst(FileWork):
    """Many accounts: the only PST at hand is small, and one alone would measure how programs start."""

    name, title = "pst-out", "20 OSTs of 4 MB with 82 messages each to mbox"
    _accounts = 20

    def prepare(self) -> None:
        places = (folder / "shared/corpus/pst/aspose-net/SampleOstFile.ost" for folder in Path(__file__).resolve().parents)
        sample = next((place for place in places if place.exists()), None)
        if sample is None:
            raise LookupError("no shared/corpus/pst beside the checkout")
        self._files = self.lab.folder / "pst"
        self._files.mkdir()
        for number in range(self._accounts):
            shutil.copyfile(sample, self._files / f"user{number}.pst")

    def _place(self) -> tuple[Path, list[Path]]:
        state = self.fresh_job("none@example.com").state
        places = [state / "mail" / f"user{number}" for number in range(self._accounts)]
        for place in places:
            place.mkdir(parents=True)
        return state, places

    def _godwit(self) -> Call:
        state, places = self._place()
        plan = state / "godwit.toml"
        plan.write_text(f'[plan]\nname = "bench"\nledger = "{state}/ledger"\n\n'
                        f'[source]\ntype = "pst"\npath = "{self._files}/{{local}}.pst"\n\n'
                        f'[target]\ntype = "mbox"\npath = "{state}/mail/{{local}}"\n\n[accounts]\nfiles = "accounts.csv"\n')
        (state / "accounts.csv").write_text("user\n" + "".join(f"user{number}@example.com\n" for number in range(self._accounts)))
        command = [str(self.programs.godwit), "migrate", "--plan", str(plan), "--at-once", "1", "--json"]
        return Call("godwit", [command], lambda: _too_few_messages(places, 82), [])

    def _readpst(self) -> Call:
        _, places = self._place()
        commands = [["readpst", "-q", "-r", "-j", "0", "-te", "-o", str(place), str(self._files / f"{place.name}.pst")] for place in places]
        return Call("readpst", commands, lambda: _too_few_messages(places, 82), [])

    def calls(self) -> Iterator[Callable[[], Call]]:
        yield from (self._godwit, self._readpst)


def _too_few_messages(places: list[Path], wanted: int) -> str:
    found = min(sum(file.read_bytes().count(b"\nFrom ") + 1 for file in place.rglob("*") if file.is_file() and _is_mbox(file))
                for place in places)
    return "" if found >= wanted else f"{found} messages of {wanted}"


def _is_mbox(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(5) == b"From "


class FromPop3(FileWork):
    """To a Maildir: the peers speak no IMAP."""

    name, title = "pop3-out", "5,000 small messages, POP3 to Maildir"

    def prepare(self) -> None:
        self._user, maildir = self.source_account(Mailbox(5_000, seed=22))
        self._wanted = _digests(maildir)
        self._pop3 = self.lab.source.pop3_url(self._user)
        self.lab.snapshot(self.lab.source, self._user)

    def _place(self) -> tuple[Path, Path]:
        state = self.fresh_job(self._user).state
        maildir = state / "Maildir"
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True)
        return state, maildir

    def _call(self, name: str, command: list[str], maildir: Path) -> Call:
        return Call(name, [command], lambda: _maildir_difference(self._wanted, maildir), [self.lab.source])

    def _godwit(self) -> Call:
        state, maildir = self._place()
        return self._call("godwit", self.programs.copy(self._pop3, f"maildir:{maildir}", state), maildir)

    def _mpop(self) -> Call:
        state, maildir = self._place()
        config = state / "mpoprc"
        config.write_text(f"account default\nhost 127.0.0.1\nport {self.lab.source.places.pop3_port}\nuser {self._user}\n"
                          f"password {PASSWORD}\nauth user\ntls off\nkeep on\nreceived_header off\nuidls_file {state}/uidls\n"
                          f"delivery maildir {maildir}\n")
        config.chmod(0o600)
        return self._call("mpop", ["mpop", "-Q", "-C", str(config)], maildir)

    def calls(self) -> Iterator[Callable[[], Call]]:
        yield from (self._godwit, self._mpop)


FILE_WORKS: tuple[type[FileWork], ...] = (FromMaildir, ToMaildir, FromMbox, VastMbox, FromPst, FromPop3)
