# SPDX-License-Identifier: Apache-2.0
"""A double of Gmail's IMAP server, in memory, for one account with any password. No Gmail was asked: it is built from documents alone,

* Google's "IMAP Extensions" (developers.google.com/workspace/gmail/imap/imap-extensions): X-GM-EXT-1, special-use folders, All Mail;
* Google's "Gmail bandwidth limits" and "sending limits" (support.google.com/a/answer/1071518): 15 connections, megabytes a day;
* traces and reports of people who migrate: the capability lists, "[OVERQUOTA] Account exceeded command or bandwidth limits.", "Too many
  simultaneous connections", "BYE Session expired", what APPEND does with a message that is there already, names that are refused
  (imapsync's FAQ on Gmail, larch's README, Dovecot's imapc workarounds, transcripts of MailKit).

What it leaves out: COMPRESS, IDLE, threads (each message is one of its own), UTF8=ACCEPT, search but for what is named in _search().
"""
from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from loopback import accept_in_thread, shut

CAPABILITIES = (b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT "
                b"LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584")
BEFORE_LOGIN = b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN"
APPEND_LIMIT = 35_651_584
ENGLISH = {rb"\All": "All Mail", rb"\Drafts": "Drafts", rb"\Important": "Important", rb"\Sent": "Sent Mail", rb"\Junk": "Spam",
           rb"\Flagged": "Starred", rb"\Trash": "Trash"}
GERMAN = {rb"\All": "Alle Nachrichten", rb"\Drafts": "Entw&APw-rfe", rb"\Important": "Wichtig", rb"\Sent": "Gesendet", rb"\Junk": "Spam",
          rb"\Flagged": "Markiert", rb"\Trash": "Papierkorb"}
_TOKEN = re.compile(rb'\s*(\(|\)|"((?:[^"\\]|\\.)*)"|(?:\[[^\]]*\]|[^\s()"\[])+)')
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")
_EXCEEDED = b"NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)"


@dataclass
class Mail:
    """One message: once in the account, whatever its labels."""

    message_id: int  # X-GM-MSGID
    body: bytes
    date: bytes
    flags: set[bytes]
    labels: set[bytes]  # names of user labels as folders are called; rb"\\Inbox", rb"\\Sent", rb"\\Draft", rb"\\Important"
    place: bytes = rb"\All"  # or rb"\Junk", rb"\Trash"
    modseq: int = 1
    uids: dict[bytes, int] = field(default_factory=dict)  # by folder


@dataclass
class Folder:
    """A label, or what the server shows as a folder."""

    uid_validity: int
    role: bytes = b""
    uid_next: int = 1
    subscribed: bool = True


class GmailDouble:
    """Listens on a free loopback port. Usable as a context manager."""

    def __init__(self, names: dict[bytes, str] | None = None, container: str = "[Gmail]") -> None:
        self.lock = threading.RLock()
        self.container = container.encode()
        self.folders: dict[bytes, Folder] = {b"INBOX": Folder(1)}
        for number, (role, name) in enumerate((names or ENGLISH).items(), 11):
            self.folders[self.container + b"/" + name.encode()] = Folder(number, role)
        self.mails: list[Mail] = []
        self.modseq = 1
        self.bodies_read: Counter[int] = Counter()  # by X-GM-MSGID
        self.downloaded = self.uploaded = 0
        self.download_limit: int | None = None  # of a day; new_day() begins the next
        self.refuses_logins = False             # what is said to an account that is suspended
        self.expires_after: int | None = None   # so many bodies more, and one session has expired
        self.most_connections = 15
        self.connections = 0
        self.commands: list[bytes] = []
        self._next_id = 1_700_000_000_000_000_001
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        accept_in_thread(self._listener, self._serve)

    def __enter__(self) -> GmailDouble:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._listener, *self._sockets):
            shut(sock)

    def url(self, user: str) -> str:
        return f"imap://{user}@127.0.0.1:{self.port}"

    # --- what people do in their browser ---------------------------------------------------------------------------------

    def label(self, name: str) -> bytes:
        """Makes a label."""
        with self.lock:
            self.folders.setdefault(name.encode(), Folder(100 + len(self.folders)))
            return name.encode()

    def deliver(self, body: bytes, labels: Iterable[str] = ("\\Inbox",), flags: Iterable[bytes] = (), place: bytes = rb"\All",
                date: bytes = b"16-Jun-2025 10:00:00 +0000") -> Mail:
        with self.lock:
            for label in labels:
                if not label.startswith("\\"):
                    self.label(label)
            mail = Mail(self._next_id, body, date, set(flags), {label.encode() for label in labels}, place)
            self._next_id += 7919
            self.mails.append(mail)
            return self.change(mail)

    def change(self, mail: Mail) -> Mail:
        """To be called after a change of a mail's labels, flags or place: it comes into folders and goes from them."""
        with self.lock:
            self.modseq += 1
            mail.modseq = self.modseq
            for name, folder in self.folders.items():
                if not self.shows(name, mail):
                    mail.uids.pop(name, None)
                elif name not in mail.uids:
                    mail.uids[name] = folder.uid_next
                    folder.uid_next += 1
            return mail

    def delete_for_ever(self, mail: Mail) -> None:
        with self.lock:
            self.mails.remove(mail)
            mail.uids.clear()

    def new_day(self) -> None:
        with self.lock:
            self.downloaded = self.uploaded = 0

    # --- rules -----------------------------------------------------------------------------------------------------------

    def shows(self, name: bytes, mail: Mail) -> bool:
        role = self.folders[name].role
        if role in (rb"\Junk", rb"\Trash") or mail.place != rb"\All":
            return role == mail.place
        special = {rb"\All": True, rb"\Flagged": rb"\Flagged" in mail.flags, rb"\Important": rb"\Important" in mail.labels,
                   rb"\Sent": rb"\Sent" in mail.labels, rb"\Drafts": rb"\Draft" in mail.labels}
        return special[role] if role else self.label_of(name) in mail.labels

    def label_of(self, name: bytes) -> bytes:
        """The label that being in this folder is."""
        if name.upper() == b"INBOX":
            return rb"\Inbox"
        role = self.folders[name].role
        return rb"\Draft" if role == rb"\Drafts" else role or name

    def of(self, name: bytes) -> list[Mail]:
        """A folder's mails in the order of their UIDs."""
        return sorted((mail for mail in self.mails if name in mail.uids), key=lambda mail: mail.uids[name])

    def put(self, mail: Mail, name: bytes) -> None:
        role = self.folders[name].role
        if role in (rb"\Junk", rb"\Trash"):
            mail.place = role
        else:
            mail.place = rb"\All"
            if role == rb"\Flagged":
                mail.flags.add(rb"\Flagged")
            elif role != rb"\All":
                mail.labels.add(self.label_of(name))
        self.change(mail)

    def take(self, mail: Mail, name: bytes) -> None:
        """What deletion in a folder is: the label goes; what is deleted from Trash and Spam is gone; from All Mail, in Trash."""
        role = self.folders[name].role
        if role in (rb"\Junk", rb"\Trash"):
            self.delete_for_ever(mail)
            return
        if role == rb"\All":
            mail.place = rb"\Trash"
        elif role == rb"\Flagged":
            mail.flags.discard(rb"\Flagged")
        else:
            mail.labels.discard(self.label_of(name))
        self.change(mail)

    def known(self, body: bytes) -> Mail | None:
        """The mail that an appended one is taken for: that of the same Message-ID, or of the same bytes."""
        digest, name = hashlib.sha256(body).digest(), _message_id(body)
        return next((mail for mail in self.mails if (name and _message_id(mail.body) == name)
                     or hashlib.sha256(mail.body).digest() == digest), None)

    def refusal_of_name(self, name: bytes) -> bytes:
        parts = name.split(b"/")
        if any(part != part.strip() or b"  " in part for part in parts):
            return b"NO [CANNOT] Folder contains excess whitespace (Failure)"
        if b"^" in name or any(not part for part in parts) or parts[0] in (b"[Gmail]", b"[Google Mail]"):
            return b"NO [CANNOT] Invalid folder name (Failure)"
        return b"NO [CANNOT] Label name is too long (Failure)" if len(name) > 225 else b""

    def _serve(self, client: socket.socket) -> None:
        self._sockets.append(client)
        threading.Thread(target=_Session(self, client).run, daemon=True).start()


class _End(Exception):
    pass


class _Session:
    """One connection."""

    def __init__(self, server: GmailDouble, sock: socket.socket) -> None:
        self._server, self._socket, self._file = server, sock, sock.makefile("rb")
        self._selected = b""
        self._counts = False
        self._handlers: dict[bytes, Callable[[list[bytes]], bytes]] = {
            b"CAPABILITY": self._capability, b"LOGIN": self._login, b"AUTHENTICATE": self._authenticate, b"NOOP": self._ok, b"ID": self._id,
            b"ENABLE": self._enable, b"NAMESPACE": self._namespace, b"LIST": self._list, b"STATUS": self._status, b"CREATE": self._create,
            b"DELETE": self._delete, b"RENAME": self._rename, b"SUBSCRIBE": self._ok, b"SELECT": self._select, b"EXAMINE": self._select,
            b"UNSELECT": self._unselect, b"APPEND": self._append, b"UID FETCH": self._fetch, b"UID SEARCH": self._search,
            b"UID STORE": self._store, b"UID COPY": self._copy, b"UID MOVE": self._move, b"UID EXPUNGE": self._ok,
        }

    def run(self) -> None:
        try:
            self._send(b"* OK Gimap ready for requests from 192.0.2.1 double")
            while line := self._file.readline():
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                name, tokens = self._read_tokens(rest)
                with self._server.lock:
                    self._server.commands.append(name)
                    if name == b"LOGOUT":
                        self._send(b"* BYE LOGOUT Requested\r\n" + tag + b" OK 73 good day (Success)")
                        return
                    handler = self._handlers.get(name)
                    self._send(tag + b" " + (handler(tokens) if handler else b"BAD Unknown command"))
        except (OSError, ValueError, _End):
            pass
        finally:
            with self._server.lock:
                self._server.connections -= self._counts
            self._file.close()
            self._socket.close()

    def _send(self, line: bytes) -> None:
        self._socket.sendall(line + b"\r\n")

    def _read_tokens(self, line: bytes) -> tuple[bytes, list[bytes]]:
        tokens: list[bytes] = []
        while (literal := _LITERAL.search(line)) is not None:
            tokens += _tokens(line[:literal.start()])
            if not literal.group(2):
                self._send(b"+ go ahead")
            tokens.append(self._file.read(int(literal.group(1))))
            line = self._file.readline().rstrip(b"\r\n")
        tokens += _tokens(line)
        name = tokens.pop(0).upper() if tokens else b""
        return (name + b" " + tokens.pop(0).upper(), tokens) if name == b"UID" and tokens else (name, tokens)

    # --- session ---------------------------------------------------------------------------------------------------------

    def _ok(self, _: list[bytes]) -> bytes:
        return b"OK Success"

    def _capability(self, _: list[bytes]) -> bytes:
        self._send(b"* CAPABILITY " + (CAPABILITIES if self._counts else BEFORE_LOGIN))
        return b"OK Thats all she wrote!"

    def _login(self, _: list[bytes]) -> bytes:
        if self._server.refuses_logins:
            return _EXCEEDED
        if self._server.connections >= self._server.most_connections:
            return b"NO [ALERT] Too many simultaneous connections. (Failure)"
        self._counts = True
        self._server.connections += 1
        self._send(b"* CAPABILITY " + CAPABILITIES)
        return b"OK authenticated (Success)"

    def _authenticate(self, tokens: list[bytes]) -> bytes:
        if len(tokens) == 1:
            self._send(b"+ ")
            base64.b64decode(self._file.readline())
        return self._login(tokens)

    def _id(self, _: list[bytes]) -> bytes:
        self._send(b'* ID ("name" "GImap" "vendor" "Google, Inc." "version" "gmail_imap_double")')
        return b"OK Success"

    def _enable(self, tokens: list[bytes]) -> bytes:
        self._send(b"* ENABLED " + b" ".join(tokens))
        return b"OK Success"

    def _namespace(self, _: list[bytes]) -> bytes:
        self._send(b'* NAMESPACE (("" "/")) NIL NIL')
        return b"OK Success"

    # --- folders ---------------------------------------------------------------------------------------------------------

    def _state(self, name: bytes) -> bytes:
        folder = self._server.folders[name]
        return b"(MESSAGES %d UIDNEXT %d UIDVALIDITY %d HIGHESTMODSEQ %d)" % (
            len(self._server.of(name)), folder.uid_next, folder.uid_validity, self._server.modseq)

    def _list(self, tokens: list[bytes]) -> bytes:
        upper = [token.upper() for token in tokens]
        self._send(rb'* LIST (\HasChildren \NonExistent) "/" ' + _quote(self._server.container))
        for name, folder in self._server.folders.items():
            attributes = [rb"\HasNoChildren", folder.role] if folder.role else [rb"\HasNoChildren"]
            if b"SUBSCRIBED" in upper and folder.subscribed:
                attributes.append(rb"\Subscribed")
            self._send(b"* LIST (" + b" ".join(attributes) + b') "/" ' + _quote(name))
            if b"STATUS" in upper:
                self._send(b"* STATUS " + _quote(name) + b" " + self._state(name))
        return b"OK Success"

    def _known(self, name: bytes) -> bytes:
        """The folder of this name, INBOX in any case; empty: there is none."""
        name = b"INBOX" if name.upper() == b"INBOX" else name
        return name if name in self._server.folders else b""

    def _status(self, tokens: list[bytes]) -> bytes:
        name = self._known(tokens[0])
        if not name:
            return b"NO [NONEXISTENT] Unknown Mailbox: (Failure)"
        self._send(b"* STATUS " + _quote(name) + b" " + self._state(name))
        return b"OK Success"

    def _create(self, tokens: list[bytes]) -> bytes:
        if refusal := self._server.refusal_of_name(tokens[0]):
            return refusal
        if any(name.lower() == tokens[0].lower() for name in self._server.folders):
            return b"NO [ALREADYEXISTS] Duplicate folder name (Failure)"
        self._server.label(tokens[0].decode())
        return b"OK Success"

    def _delete(self, tokens: list[bytes]) -> bytes:
        name = self._known(tokens[0])
        if not name or self._server.folders[name].role:
            return b"NO [CANNOT] Cannot delete (Failure)"
        for mail in self._server.of(name):
            self._server.take(mail, name)
        del self._server.folders[name]
        return b"OK Success"

    def _rename(self, tokens: list[bytes]) -> bytes:
        name = self._known(tokens[0])
        if not name or self._server.refusal_of_name(tokens[1]):
            return b"NO [CANNOT] Cannot rename (Failure)"
        self._server.folders[tokens[1]] = self._server.folders.pop(name)
        for mail in self._server.mails:
            if name in mail.uids:
                mail.labels = (mail.labels - {name}) | {tokens[1]}
                mail.uids[tokens[1]] = mail.uids.pop(name)
        return b"OK Success"

    def _select(self, tokens: list[bytes]) -> bytes:
        self._selected = self._known(tokens[0])
        if not self._selected:
            return b"NO [NONEXISTENT] Unknown Mailbox: (Failure)"
        folder = self._server.folders[self._selected]
        self._send(rb"* FLAGS (\Answered \Flagged \Draft \Deleted \Seen $NotPhishing $Phishing)")
        self._send(rb"* OK [PERMANENTFLAGS (\Answered \Flagged \Draft \Deleted \Seen $NotPhishing $Phishing \*)] Flags permitted.")
        self._send(b"* OK [UIDVALIDITY %d] UIDs valid.\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDNEXT %d] Predicted next UID.\r\n"
                   b"* OK [HIGHESTMODSEQ %d]" % (folder.uid_validity, len(self._server.of(self._selected)), folder.uid_next,
                                                 self._server.modseq))
        return b"OK [READ-WRITE] selected. (Success)"

    def _unselect(self, _: list[bytes]) -> bytes:
        self._selected = b""
        return b"OK Returned to authenticated state. (Success)"

    # --- messages --------------------------------------------------------------------------------------------------------

    def _append(self, tokens: list[bytes]) -> bytes:
        name = self._known(tokens[0])
        if not name:
            return b"NO [TRYCREATE] No folder (Failure)"
        body, flags, date = tokens[-1], set[bytes](), b"16-Jun-2025 10:00:00 +0000"
        if len(body) > APPEND_LIMIT:
            return b"NO [TOOBIG] Message too large. (Failure)"
        rest = tokens[1:-1]
        if rest and rest[0] == b"(":
            end = rest.index(b")")
            flags, rest = set(rest[1:end]), rest[end + 1:]
        if rest:
            date = rest[0]
        self._server.uploaded += len(body)
        folder = self._server.folders[name]
        mail = self._server.known(body)
        if mail is None:
            mail = self._server.deliver(body, (), flags - {rb"\Deleted"}, date=date)
        elif name in mail.uids:  # it is told a UID under which nothing is ever found
            folder.uid_next += 1
            return b"OK [APPENDUID %d %d] (Success)" % (folder.uid_validity, folder.uid_next - 1)
        self._server.put(mail, name)
        return b"OK [APPENDUID %d %d] (Success)" % (folder.uid_validity, mail.uids[name])

    def _chosen(self, uid_set: bytes) -> list[tuple[int, Mail]]:
        mails = self._server.of(self._selected)
        last = mails[-1].uids[self._selected] if mails else 0
        ranges = []
        for part in uid_set.split(b","):
            ends = [last if end == b"*" else int(end) for end in part.split(b":")]
            ranges.append((min(ends), max(ends)))
        return [(number, mail) for number, mail in enumerate(mails, 1)
                if any(low <= mail.uids[self._selected] <= high for low, high in ranges)]

    def _fetch(self, tokens: list[bytes]) -> bytes:
        upper = [token.upper() for token in tokens]
        since = int(tokens[upper.index(b"CHANGEDSINCE") + 1]) if b"CHANGEDSINCE" in upper else 0
        for number, mail in self._chosen(tokens[0]):
            if mail.modseq <= since:
                continue
            items = []
            if b"X-GM-THRID" in upper:
                items.append(b"X-GM-THRID %d" % mail.message_id)
            if b"X-GM-MSGID" in upper:
                items.append(b"X-GM-MSGID %d" % mail.message_id)
            if b"X-GM-LABELS" in upper:
                # The label of the selected folder itself is not told.
                told = sorted(mail.labels - {self._server.label_of(self._selected)})
                items.append(b"X-GM-LABELS (" + b" ".join(_label(label) for label in told) + b")")
            items.append(b"UID %d" % mail.uids[self._selected])
            if b"FLAGS" in upper:
                items.append(b"FLAGS (" + b" ".join(sorted(mail.flags)) + b")")
            if b"INTERNALDATE" in upper:
                items.append(b"INTERNALDATE " + _quote(mail.date))
            if b"RFC822.SIZE" in upper:
                items.append(b"RFC822.SIZE %d" % len(mail.body))
            if b"BODY.PEEK[]" in upper:
                if refusal := self._count_body(mail):
                    return refusal
                items.append(b"BODY[] {%d}\r\n" % len(mail.body) + mail.body)
            self._send(b"* %d FETCH (" % number + b" ".join(items) + b")")
        return b"OK Success"

    def _count_body(self, mail: Mail) -> bytes:
        server = self._server
        if server.download_limit is not None and server.downloaded + len(mail.body) > server.download_limit:
            return _EXCEEDED
        if server.expires_after is not None:
            server.expires_after -= 1
            if server.expires_after < 0:
                server.expires_after = None
                self._send(b"* BYE Session expired, please login again.")
                raise _End
        server.downloaded += len(mail.body)
        server.bodies_read[mail.message_id] += 1
        return b""

    def _search(self, tokens: list[bytes]) -> bytes:
        """ALL, UID, X-GM-MSGID, X-GM-RAW "rfc822msgid:…", HEADER Message-ID."""
        upper = [token.upper() for token in tokens]
        chosen = self._chosen(tokens[upper.index(b"UID") + 1] if b"UID" in upper else b"1:*")
        if b"X-GM-MSGID" in upper:
            wanted = int(tokens[upper.index(b"X-GM-MSGID") + 1])
            chosen = [each for each in chosen if each[1].message_id == wanted]
        for key in (b"X-GM-RAW", b"MESSAGE-ID"):
            if key in upper:
                name = tokens[upper.index(key) + 1].removeprefix(b"rfc822msgid:").strip(b"<>")
                chosen = [each for each in chosen if _message_id(each[1].body) == name]
        uids = [b"%d" % mail.uids[self._selected] for _, mail in chosen]
        if b"RETURN" in upper:
            self._send(b"* ESEARCH UID" + (b" ALL " + b",".join(uids) if uids else b""))
        else:
            self._send(b"* SEARCH" + b"".join(b" " + uid for uid in uids))
        return b"OK SEARCH completed (Success)"

    def _store(self, tokens: list[bytes]) -> bytes:
        operation, values = tokens[1].upper(), {token for token in tokens[2:] if token not in (b"(", b")")}
        for _, mail in self._chosen(tokens[0]):
            kept = mail.labels if b"X-GM-LABELS" in operation else mail.flags
            if operation.startswith(b"+"):
                kept |= values
            elif operation.startswith(b"-"):
                kept -= values
            else:
                kept.clear()
                kept |= values
            if rb"\Deleted" in mail.flags:  # acts at once
                mail.flags.discard(rb"\Deleted")
                self._server.take(mail, self._selected)
            else:
                self._server.change(mail)
        return b"OK Success"

    def _carry(self, tokens: list[bytes], is_move: bool) -> bytes:
        name = self._known(tokens[1])
        if not name:
            return b"NO [TRYCREATE] No folder (Failure)"
        pairs = []
        for _, mail in self._chosen(tokens[0]):
            before = mail.uids[self._selected]
            self._server.put(mail, name)
            if is_move and self._selected in mail.uids:
                self._server.take(mail, self._selected)
            pairs.append((before, mail.uids[name]))
        if not pairs:
            return b"OK Success"
        sides = [b",".join(b"%d" % pair[side] for pair in pairs) for side in (0, 1)]
        return b"OK [COPYUID %d %s %s] (Success)" % (self._server.folders[name].uid_validity, *sides)

    def _copy(self, tokens: list[bytes]) -> bytes:
        return self._carry(tokens, False)

    def _move(self, tokens: list[bytes]) -> bytes:
        return self._carry(tokens, True)


def _tokens(line: bytes) -> list[bytes]:
    """Atoms, brackets and quoted strings without their quotes."""
    return [re.sub(rb"\\(.)", rb"\1", string) if token.startswith(b'"') else token for token, string in _TOKEN.findall(line)]


def _quote(text: bytes) -> bytes:
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _label(label: bytes) -> bytes:
    """An atom where it may be one, as in the documents; a literal where a line break would end it."""
    return label if re.fullmatch(rb"[A-Za-z0-9]+", label) else _quote(label)


def _message_id(body: bytes) -> bytes:
    found = re.search(rb"(?im)^message-id:\s*<([^>\r\n]+)>", body.partition(b"\r\n\r\n")[0])
    return found.group(1) if found else b""
