# SPDX-License-Identifier: Apache-2.0
"""A small, honest IMAP server in memory, whose behaviour can be changed for single commands. See hostile_target.py for the
misbehaviours. It serves one user, takes any password, and knows what a migration target is asked for, no more.
"""
from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from loopback import accept_in_thread, shut

CAPABILITIES = ("IMAP4rev1 SASL-IR ID ENABLE NAMESPACE UNSELECT LITERAL+ MULTIAPPEND UIDPLUS CONDSTORE ESEARCH LIST-EXTENDED "
                "LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE")
_TOKEN = re.compile(rb'\s*(\(|\)|"((?:[^"\\]|\\.)*)"|(?:\[[^\]]*\]|[^\s()"\[])+)')
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")


@dataclass
class Stored:
    """A message in a folder."""

    uid: int
    flags: set[bytes]
    date: bytes
    body: bytes
    modseq: int


@dataclass
class Mailbox:
    """A folder."""

    uid_validity: int
    uid_next: int = 1
    modseq: int = 1
    subscribed: bool = False
    role: bytes = b""
    messages: list[Stored] = field(default_factory=list)
    late: list[Appended] = field(default_factory=list)  # stored when somebody has looked at the folder

    def store(self, flags: list[bytes], date: bytes, body: bytes) -> int:
        self.modseq += 1
        self.messages.append(Stored(self.uid_next, set(flags), date, body, self.modseq))
        self.uid_next += 1
        return self.uid_next - 1

    def change_flags(self, message: Stored, flags: set[bytes]) -> None:
        self.modseq += 1
        message.modseq = self.modseq
        message.flags = set(flags)

    def store_late(self) -> None:
        for message in self.late:
            self.store(message.flags, message.date, message.body)
        self.late = []


@dataclass
class Appended:
    """One message of an APPEND."""

    flags: list[bytes]
    date: bytes
    body: bytes


class Drop(Exception):
    """Raised by a behaviour to drop the connection without a word."""


class Behaviour:
    """How the server treats what it is asked; this one is honest."""

    capabilities = CAPABILITIES

    def refusal(self, command: bytes, line: bytes) -> bytes:
        """What is answered instead of doing it; empty: it is done. `line`: all of the command but the literals."""
        return b""

    def append(self, server: ScriptedServer, mailbox: Mailbox, messages: list[Appended]) -> bytes:
        """Stores the messages and returns the tagged answer, without the tag."""
        uids = [mailbox.store(message.flags, message.date, message.body) for message in messages]
        return self.accepted(mailbox, uids)

    @staticmethod
    def accepted(mailbox: Mailbox, uids: list[int]) -> bytes:
        return b"OK [APPENDUID %d %s] stored" % (mailbox.uid_validity, b",".join(b"%d" % uid for uid in uids))


class ScriptedServer:
    """Listens on a free loopback port. Usable as a context manager; `behaviour` may be changed at any time."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.mailboxes: dict[bytes, Mailbox] = {b"INBOX": Mailbox(1000)}
        self.lock = threading.RLock()
        self.commands: list[bytes] = []  # names in the order in which they came, over all sessions
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        accept_in_thread(self._listener, self._serve)

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._listener, *self._sockets):
            shut(sock)

    def name_of(self, mailbox: Mailbox) -> bytes:
        return next(name for name, other in self.mailboxes.items() if other is mailbox)

    def _serve(self, client: socket.socket) -> None:
        self._sockets.append(client)
        threading.Thread(target=Session(self, client).run, daemon=True).start()


class Session:
    """One connection."""

    def __init__(self, server: ScriptedServer, sock: socket.socket) -> None:
        self._server = server
        self._socket = sock
        self._file = sock.makefile("rb")
        self._selected: Mailbox | None = None
        self._handlers: dict[bytes, Callable[[list[bytes]], bytes]] = {
            b"CAPABILITY": self._capability, b"LOGIN": self._ok, b"AUTHENTICATE": self._authenticate, b"ID": self._id,
            b"ENABLE": self._enable, b"NAMESPACE": self._namespace, b"LIST": self._list, b"LSUB": self._lsub,
            b"STATUS": self._status, b"CREATE": self._create, b"DELETE": self._delete, b"SUBSCRIBE": self._subscribe,
            b"UNSUBSCRIBE": self._unsubscribe,
            b"SELECT": self._select, b"EXAMINE": self._select, b"UNSELECT": self._unselect, b"APPEND": self._append,
            b"UID FETCH": self._fetch, b"UID SEARCH": self._search, b"UID STORE": self._store_flags, b"NOOP": self._ok,
        }

    # --- reading and answering -------------------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            self._send(b"* OK [CAPABILITY " + self._server.behaviour.capabilities.encode() + b"] scripted server")
            while line := self._file.readline():
                self._answer(line.rstrip(b"\r\n"))
        except (Drop, OSError, ValueError):
            pass
        finally:
            self._file.close()
            self._socket.close()

    def _send(self, line: bytes) -> None:
        self._socket.sendall(line + b"\r\n")

    def _answer(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        name, tokens, whole = self._read_tokens(rest)
        with self._server.lock:
            self._server.commands.append(name)
        if name == b"LOGOUT":
            self._send(b"* BYE\r\n" + tag + b" OK")
            raise Drop
        handler = self._handlers.get(name)
        refusal = self._server.behaviour.refusal(name, whole)
        if refusal or handler is None:
            self._send(tag + b" " + (refusal or b"BAD what is that?"))
            return
        self._send(tag + b" " + handler(tokens))
        if name in (b"SELECT", b"EXAMINE") and self._selected is not None:
            with self._server.lock:
                self._selected.store_late()

    def _read_tokens(self, line: bytes) -> tuple[bytes, list[bytes], bytes]:
        """The command's name, its tokens with literals among them, and its text without them."""
        tokens: list[bytes] = []
        whole = b""
        while (literal := _LITERAL.search(line)) is not None:
            whole += line
            tokens += _tokens(line[:literal.start()])
            if not literal.group(2):
                self._send(b"+ go on")
            tokens.append(self._file.read(int(literal.group(1))))
            line = self._file.readline().rstrip(b"\r\n")
        tokens += _tokens(line)
        name = tokens.pop(0).upper() if tokens else b""
        if name == b"UID" and tokens:
            name += b" " + tokens.pop(0).upper()
        return name, tokens, whole + line

    # --- any state, authentication ---------------------------------------------------------------------------------------

    def _ok(self, _: list[bytes]) -> bytes:
        return b"OK"

    def _capability(self, _: list[bytes]) -> bytes:
        self._send(b"* CAPABILITY " + self._server.behaviour.capabilities.encode())
        return b"OK"

    def _authenticate(self, tokens: list[bytes]) -> bytes:
        if len(tokens) == 1:
            self._send(b"+ ")
            self._file.readline()
        return b"OK"

    def _id(self, _: list[bytes]) -> bytes:
        self._send(b'* ID ("name" "scripted")')
        return b"OK"

    def _enable(self, tokens: list[bytes]) -> bytes:
        self._send(b"* ENABLED " + b" ".join(tokens))
        return b"OK"

    # --- folders ---------------------------------------------------------------------------------------------------------

    def _namespace(self, _: list[bytes]) -> bytes:
        self._send(b'* NAMESPACE (("" "/")) NIL NIL')
        return b"OK"

    def _list(self, tokens: list[bytes]) -> bytes:
        upper = [token.upper() for token in tokens]
        if tokens[-1] == b"" and len(tokens) == 2:
            self._send(rb'* LIST (\Noselect) "/" ""')
            return b"OK"
        with self._server.lock:
            for name, mailbox in self._server.mailboxes.items():
                attributes = [mailbox.role] if mailbox.role else []
                if b"SUBSCRIBED" in upper and mailbox.subscribed:
                    attributes.append(rb"\Subscribed")
                self._send(b"* LIST (" + b" ".join(attributes) + b') "/" ' + _quote(name))
                if b"STATUS" in upper:
                    self._send(_status_line(name, mailbox))
        return b"OK"

    def _lsub(self, _: list[bytes]) -> bytes:
        with self._server.lock:
            for name, mailbox in self._server.mailboxes.items():
                if mailbox.subscribed:
                    self._send(b'* LSUB () "/" ' + _quote(name))
        return b"OK"

    def _status(self, tokens: list[bytes]) -> bytes:
        with self._server.lock:
            if (mailbox := self._server.mailboxes.get(tokens[0])) is None:
                return b"NO [NONEXISTENT] no such folder"
            self._send(_status_line(tokens[0], mailbox))
        return b"OK"

    def _create(self, tokens: list[bytes]) -> bytes:
        with self._server.lock:
            if tokens[0] in self._server.mailboxes:
                return b"NO [ALREADYEXISTS] there is one"
            mailbox = Mailbox(1000 + len(self._server.mailboxes))
            mailbox.role = next((token for token in tokens[1:] if token.startswith(b"\\")), b"")
            self._server.mailboxes[tokens[0]] = mailbox
        return b"OK"

    def _delete(self, tokens: list[bytes]) -> bytes:
        with self._server.lock:
            return b"OK" if self._server.mailboxes.pop(tokens[0], None) else b"NO [NONEXISTENT] no such folder"

    def _subscribe(self, tokens: list[bytes]) -> bytes:
        return self._set_subscribed(tokens[0], True)

    def _unsubscribe(self, tokens: list[bytes]) -> bytes:
        return self._set_subscribed(tokens[0], False)

    def _set_subscribed(self, name: bytes, subscribed: bool) -> bytes:
        with self._server.lock:
            if (mailbox := self._server.mailboxes.get(name)) is None:
                return b"NO [NONEXISTENT] no such folder"
            mailbox.subscribed = subscribed
        return b"OK"

    def _select(self, tokens: list[bytes]) -> bytes:
        with self._server.lock:
            self._selected = self._server.mailboxes.get(tokens[0])
            if self._selected is None:
                return b"NO [NONEXISTENT] no such folder"
            mailbox = self._selected
            self._send(rb"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)")
            self._send(b"* %d EXISTS\r\n* 0 RECENT" % len(mailbox.messages))
            self._send(rb"* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)]")
            self._send(b"* OK [UIDVALIDITY %d]\r\n* OK [UIDNEXT %d]\r\n* OK [HIGHESTMODSEQ %d]"
                       % (mailbox.uid_validity, mailbox.uid_next, mailbox.modseq))
        return b"OK [READ-WRITE] done"

    def _unselect(self, _: list[bytes]) -> bytes:
        self._selected = None
        return b"OK"

    # --- messages --------------------------------------------------------------------------------------------------------

    def _append(self, tokens: list[bytes]) -> bytes:
        messages = _appended(tokens[1:])
        with self._server.lock:
            mailbox = self._server.mailboxes.get(tokens[0])
            if mailbox is None:
                return b"NO [TRYCREATE] no such folder"
            return self._server.behaviour.append(self._server, mailbox, messages)

    def _chosen(self, uid_set: bytes) -> list[tuple[int, Stored]]:
        """Sequence numbers and messages of a UID set."""
        assert self._selected is not None
        last = self._selected.messages[-1].uid if self._selected.messages else 0
        ranges = []
        for part in uid_set.split(b","):
            ends = [last if end == b"*" else int(end) for end in part.split(b":")]
            ranges.append((min(ends), max(ends)))
        return [(number, message) for number, message in enumerate(self._selected.messages, 1)
                if any(low <= message.uid <= high for low, high in ranges)]

    def _fetch(self, tokens: list[bytes]) -> bytes:
        upper = [token.upper() for token in tokens]
        since = int(tokens[upper.index(b"CHANGEDSINCE") + 1]) if b"CHANGEDSINCE" in upper else 0
        with self._server.lock:
            for number, message in self._chosen(tokens[0]):
                if message.modseq <= since:
                    continue
                items = [b"UID %d" % message.uid]
                if b"FLAGS" in upper:
                    items.append(b"FLAGS (" + b" ".join(sorted(message.flags)) + b")")
                if b"INTERNALDATE" in upper:
                    items.append(b"INTERNALDATE " + _quote(message.date))
                if b"RFC822.SIZE" in upper:
                    items.append(b"RFC822.SIZE %d" % len(message.body))
                if b"MODSEQ" in upper or since:
                    items.append(b"MODSEQ (%d)" % message.modseq)
                if b"BODY.PEEK[]" in upper:
                    items.append(b"BODY[] {%d}\r\n" % len(message.body) + message.body)
                self._send(b"* %d FETCH (" % number + b" ".join(items) + b")")
        return b"OK"

    def _search(self, tokens: list[bytes]) -> bytes:
        upper = [token.upper() for token in tokens]
        with self._server.lock:
            uid_set = tokens[upper.index(b"UID") + 1] if b"UID" in upper else b"1:*"
            uids = [b"%d" % message.uid for _, message in self._chosen(uid_set)]
        if b"RETURN" in upper:
            self._send(b'* ESEARCH UID' + (b" ALL " + b",".join(uids) if uids else b""))
        else:
            self._send(b"* SEARCH" + b"".join(b" " + uid for uid in uids))
        return b"OK"

    def _store_flags(self, tokens: list[bytes]) -> bytes:
        operation = tokens[1].upper()
        flags = {token for token in tokens[2:] if token not in (b"(", b")")}
        with self._server.lock:
            assert self._selected is not None
            for _, message in self._chosen(tokens[0]):
                if operation.startswith(b"+"):
                    self._selected.change_flags(message, message.flags | flags)
                elif operation.startswith(b"-"):
                    self._selected.change_flags(message, message.flags - flags)
                else:
                    self._selected.change_flags(message, flags)
        return b"OK"


def _tokens(line: bytes) -> list[bytes]:
    """Atoms, brackets and quoted strings without their quotes."""
    found = []
    for token, string in _TOKEN.findall(line):
        found.append(re.sub(rb"\\(.)", rb"\1", string) if token.startswith(b'"') else token)
    return found


def _quote(text: bytes) -> bytes:
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _status_line(name: bytes, mailbox: Mailbox) -> bytes:
    return b"* STATUS " + _quote(name) + b" (MESSAGES %d UIDNEXT %d UIDVALIDITY %d HIGHESTMODSEQ %d)" % (
        len(mailbox.messages), mailbox.uid_next, mailbox.uid_validity, mailbox.modseq)


def _appended(tokens: list[bytes]) -> list[Appended]:
    """Splits what follows the folder's name: [(flags)] [date] body, again and again."""
    messages = []
    while tokens:
        flags: list[bytes] = []
        if tokens[0] == b"(":
            end = tokens.index(b")")
            flags, tokens = tokens[1:end], tokens[end + 1:]
        date = b"01-Jan-2024 00:00:00 +0000"
        if re.fullmatch(rb"[ \d]\d-\w{3}-\d{4} [\d:]{8} [+-]\d{4}", tokens[0]):
            date, tokens = tokens[0], tokens[1:]
        messages.append(Appended(flags, date, tokens[0]))
        tokens = tokens[1:]
    return messages
