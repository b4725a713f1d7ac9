# SPDX-License-Identifier: Apache-2.0
"""Two people who work in one account while it is migrated, one still on the source, one already on the target. They do things
over IMAP at random and keep on record what they did, so that what must be true of both sides can be told."""
from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from random import Random

from account_snapshot import Path, Snapshot, naming
from imap_raw import Account, Connection, quoted
from mailboxes import create_folder

FLAGS = ("\\seen", "\\flagged", "\\answered", "\\draft", "\\deleted", "work", "$label1", "later")
INBOX = ("INBOX",)
_FIRST_DATE = 1_700_000_000
_AT_ONCE = 4          # messages that one action is about, at most
_LARGE = 2_500_000    # bytes of a message that godwit never holds whole

Flags = frozenset[str]


@dataclass(frozen=True)
class Content:
    """What messages are made of; `copies` of it may come to be, which then are equal in bytes."""

    marker: str
    body: bytes
    digest: str
    date: int        # 0: each copy has its own
    is_unique: bool


@dataclass
class Mail:
    """A message of the source."""

    content: Content
    flags: Flags
    date: int


@dataclass(eq=False)
class Place:
    """A folder of the source, the same one whatever its name is; on the target it has one of its names."""

    names: list[Path]
    uid_validity: int
    changed: int                                                       # when it was made, renamed, removed or renumbered
    uid_next: int = 1
    mails: dict[int, Mail] = field(default_factory=dict)               # by UID
    ever: Counter[str] = field(default_factory=Counter)                # digests: how often such a message came here
    left: list[tuple[int, str]] = field(default_factory=list)          # when which message left
    renumbered: int = -1
    renamed: int = -1
    came: dict[str, int] = field(default_factory=dict)                 # digests: when such a message last came here
    # What went from here while UIDVALIDITY changed, or before the outcome of a round that was cut was known; it may stay on the
    # target (docs/decisions/0005).
    stale: set[str] = field(default_factory=set)

    @property
    def path(self) -> Path:
        return self.names[-1]

    def __str__(self) -> str:
        return "/".join(self.path)


class Story:
    """What happened so far. Each line is a moment; some moments are kept."""

    def __init__(self, seed: int) -> None:
        self.lines: list[str] = []
        self.contents: dict[str, Content] = {}                         # by digest
        self.round_began = self.complete_began = self.exact = 0        # the present round, the last complete one; see settle()
        self.is_round_on = False
        self.cut: tuple[int, int] | None = None                        # from the first round that was cut since then to the last
        self.folders_changed_in_round = -1
        self.touched_on_target: set[str] = set()                       # by the target's person, in the present round
        self.moved_in_round: set[str] = set()                          # on the source, in the present or the last round
        self.places_on_target: dict[str, set[Place]] = {}              # where the target's person has put a message of the source
        self._seed = seed
        self._count = 0

    @property
    def now(self) -> int:
        return len(self.lines)

    def note(self, text: str) -> None:
        self.lines.append(text)

    def number(self) -> int:
        self._count += 1
        return self._count

    def compose(self, whose: str, random: Random, *, is_unique: bool = True, size: int = 0, has_date: bool = True) -> Content:
        marker = f"{whose}{self.number()}"
        size = size or (20_000 if random.random() < 0.05 else random.randrange(20, 1200))
        line = f"{marker} of history {self._seed}, {random.getrandbits(64):x}\r\n"
        body = (f"From: {whose}@example.com\r\nSubject: {marker}\r\nMessage-ID: <{marker}@example.com>\r\n\r\n"
                + line * (size // len(line) + 1)).encode()
        content = Content(marker, body, hashlib.sha256(body).hexdigest(), self.date() if has_date else 0, is_unique)
        self.contents[content.digest] = content
        return content

    def begin_round(self, text: str) -> None:
        self.note(text)
        self.round_began, self.is_round_on = self.now, True
        self.moved_in_round.clear()

    def end_round(self, text: str) -> None:
        self.note(text)
        self.is_round_on = False
        self.touched_on_target.clear()

    def judge_round(self, is_complete: bool) -> None:
        """Once what it did has been looked at."""
        if is_complete:
            self.complete_began, self.cut = self.round_began, None
        else:
            self.cut = (self.cut[0] if self.cut else self.round_began, self.now)

    def date(self) -> int:
        return _FIRST_DATE + 60 * self.number()

    def marker(self, digest: str) -> str:
        return self.contents[digest].marker if digest in self.contents else f"unknown {digest[:12]}"


def shown(flags: Flags) -> str:
    return " ".join(sorted(flags))


class Person:
    """Somebody with a session of a mail program."""

    def __init__(self, account: Account, random: Random, story: Story) -> None:
        self.random = random
        self.story = story
        self.connection = Connection(account)
        self._naming = naming(self.connection)

    def close(self) -> None:
        self.connection.close()

    def name(self, path: Path) -> bytes:
        return quoted(self._naming.name(path))

    def in_folder(self, path: Path, *commands: bytes) -> list[list[object]]:
        """Returns the data responses to the last command."""
        rows: list[list[object]] = []
        self.connection.command(b"SELECT " + self.name(path))
        for command in commands:
            rows = self.connection.command(command)  # type: ignore[assignment]
        self.connection.command(b"UNSELECT")
        return rows

    def append(self, path: Path, content: Content, flags: Flags, date: int) -> int:
        """Returns the UID."""
        when = datetime.fromtimestamp(date, timezone.utc).strftime("%d-%b-%Y %H:%M:%S %z")
        answer = self.connection.append(self._naming.name(path), [(shown(flags), when, content.body)])
        told = re.search(r"APPENDUID \d+ (\d+)", answer)
        assert told is not None
        return int(told[1])

    def some_flags(self) -> Flags:
        return frozenset(flag for flag in FLAGS if self.random.random() < (0.05 if flag == "\\deleted" else 0.25))

    def act_as(self, actions: dict[Callable[[], bool], float]) -> None:
        """Does one of these, drawn by weight; one that is not possible now is passed over."""
        while actions and not (chosen := self.random.choices(list(actions), list(actions.values()))[0])():
            del actions[chosen]


def uid_list(uids: list[int]) -> bytes:
    return ",".join(map(str, uids)).encode()


class SourcePerson(Person):
    """Works on the source. Nobody else changes anything there, so that all that it holds is known, UIDs included."""

    def __init__(self, account: Account, random: Random, story: Story, *, has_dates_of_their_own: bool) -> None:
        super().__init__(account, random, story)
        self.places: list[Place] = []
        self.all_places: list[Place] = []               # those that are gone, too
        self.touched: dict[str, int] = {}               # by digest: when such a message last came, moved or went
        self.flagged: dict[tuple[str, str], int] = {}   # by digest and flag: when it was last changed
        self._families = [story.compose("twin", random, is_unique=False, has_date=not has_dates_of_their_own) for _ in range(3)]

    def fill(self) -> None:
        self._add_place(INBOX)
        self.connection.command(b"SUBSCRIBE INBOX")
        for _ in range(self.random.randint(2, 5)):
            self.make_folder()
        for _ in range(self.random.randint(10, 60)):
            self.deliver()
        if self.random.random() < 0.25:
            self._deliver(self.random.choice(self.places), self.story.compose("source", self.random, size=_LARGE))

    def place_named(self, path: Path) -> Place | None:
        """The place that has or had this name; no other ever gets it."""
        return next((place for place in self.all_places if path in place.names), None)

    def act(self) -> None:
        self.act_as({self.deliver: 3, self.flag: 3, self.move: 2, self.expunge: 1.5})

    def change_a_folder(self) -> None:
        """One of those things that happen to folders; a new UIDVALIDITY between rounds only, see renumber_folder()."""
        self.act_as({self.make_folder: 2, self.rename_folder: 3, self.remove_folder: 2})

    # --- messages --------------------------------------------------------------------------------------------------------

    def deliver(self) -> bool:
        twin = self.random.random() < 0.2
        self._deliver(self.random.choice(self.places), self.random.choice(self._families) if twin
                      else self.story.compose("source", self.random))
        return True

    def _deliver(self, place: Place, content: Content) -> None:
        mail = Mail(content, self.some_flags(), content.date or self.story.date())
        self._touch(content.digest)
        self.append(place.path, content, mail.flags, mail.date)
        self.story.note(f"source: {content.marker} comes to {place} as UID {place.uid_next} ({shown(mail.flags)})")
        self._arrive(place, mail)

    def flag(self) -> bool:
        if (chosen := self._choose(lambda mail: True)) is None:
            return False
        place, uids = chosen
        flags = frozenset(self.random.sample(FLAGS, self.random.randint(1, 2)))
        sign = self.random.choice("+-")
        for uid in uids:
            mail = place.mails[uid]
            after = mail.flags | flags if sign == "+" else mail.flags - flags
            for flag in mail.flags ^ after:
                self.flagged[mail.content.digest, flag] = self.story.now
            mail.flags = after
        self.in_folder(place.path, b"UID STORE %b %cFLAGS (%b)" % (uid_list(uids), sign.encode(), shown(flags).encode()))
        self.story.note(f"source: {sign}{shown(flags)} in {place}: {self._markers(place, uids)}")
        return True

    def move(self) -> bool:
        """Never to where the target's person has put the same message: it would be matched there, and be both people's."""
        to = self.random.choice(self.places)
        def may_go(mail: Mail) -> bool:
            return self._is_free(mail) and to not in self.story.places_on_target.get(mail.content.digest, ())
        if (chosen := self._choose(may_go, but=to)) is None:
            return False
        place, uids = chosen
        for uid in uids:
            self._touch(place.mails[uid].content.digest)
            if self.story.is_round_on:
                self.story.moved_in_round.add(place.mails[uid].content.digest)
        self.in_folder(place.path, b"UID MOVE %b %b" % (uid_list(uids), self.name(to.path)))
        self.story.note(f"source: {self._markers(place, uids)} from {place} to {to}, UID {to.uid_next} and on")
        for uid in uids:
            self._arrive(to, self._leave(place, uid))
        return True

    def expunge(self) -> bool:
        if (chosen := self._choose(self._is_free)) is None:
            return False
        place, uids = chosen
        for uid in uids:
            self._touch(place.mails[uid].content.digest)
        self.in_folder(place.path, rb"UID STORE %b +FLAGS.SILENT (\Deleted)" % uid_list(uids), b"UID EXPUNGE " + uid_list(uids))
        self.story.note(f"source: expunges {self._markers(place, uids)} in {place}")
        for uid in uids:
            self._leave(place, uid)
        return True

    def _is_free(self, mail: Mail) -> bool:
        """What the target's person touches during a round does not go from the source in the same round: between godwit's look
        and its UID EXPUNGE or UID MOVE no server can keep people off."""
        return mail.content.digest not in self.story.touched_on_target

    def _choose(self, fits: Callable[[Mail], bool], but: Place | None = None) -> tuple[Place, list[int]] | None:
        place = self.random.choice(self.places)
        uids = [uid for uid, mail in place.mails.items() if fits(mail)]
        if place is but or not uids:
            return None
        return place, sorted(self.random.sample(uids, min(len(uids), self.random.randint(1, _AT_ONCE))))

    def _markers(self, place: Place, uids: list[int]) -> str:
        return ", ".join(f"{place.mails[uid].content.marker} ({uid})" for uid in uids)

    def _touch(self, digest: str) -> None:
        self.touched[digest] = self.story.now

    def _arrive(self, place: Place, mail: Mail) -> None:
        place.mails[place.uid_next] = mail
        place.uid_next += 1
        place.ever[mail.content.digest] += 1
        place.came[mail.content.digest] = self.story.now

    def _leave(self, place: Place, uid: int) -> Mail:
        mail = place.mails.pop(uid)
        self._touch(mail.content.digest)
        place.left.append((self.story.now, mail.content.digest))
        if place.renumbered >= self.story.exact:
            place.stale.add(mail.content.digest)
        return mail

    # --- folders ---------------------------------------------------------------------------------------------------------

    def make_folder(self) -> bool:
        path = self._fresh_path(None)
        create_folder(self.connection, self._naming.name(path))  # a LIST-STATUS of another session may be what makes it
        self.connection.command(b"SUBSCRIBE " + self.name(path))
        self._add_place(path)
        self.story.note(f"source: makes {self.places[-1]}")
        return True

    def rename_folder(self) -> bool:
        if (place := self._some_place(lambda each: True)) is None:
            return False
        before, path = place.path, self._fresh_path(place)
        moved = [each for each in self.places if each.path[:len(before)] == before]
        self._change_folders(moved)
        self.connection.command(b"RENAME " + self.name(before) + b" " + self.name(path))
        for each in moved:
            self.connection.command(b"UNSUBSCRIBE " + self.name(each.path))
            each.names.append(path + each.path[len(before):])
            each.renamed = self.story.now
            self.connection.command(b"SUBSCRIBE " + self.name(each.path))
        for each in self.all_places:  # what is still on the target under an old name may get a new one with that above it
            if old := [name for name in each.names if name[:len(before)] == before]:
                each.names[:0] = [path + name[len(before):] for name in old]
                each.changed = self.story.now
        self.story.note(f"source: {'/'.join(before)} becomes {place}")
        return True

    def remove_folder(self) -> bool:
        if len(self.places) < 3 or (place := self._some_place(self._is_leaf)) is None:
            return False
        self._change_folders([place])
        self.connection.command(b"DELETE " + self.name(place.path))
        self.connection.command(b"UNSUBSCRIBE " + self.name(place.path))
        for uid in list(place.mails):
            self._leave(place, uid)
        self.places.remove(place)
        self.story.note(f"source: removes {place}")
        return True

    def renumber_folder(self) -> bool:
        """The folder is removed and made again with what it held, or most of that. In the middle of it the account holds things
        twice for a moment, so it is done between rounds."""
        if (place := self._some_place(self._is_leaf)) is None:
            return False
        self._change_folders([place])
        name, away = self.name(place.path), self.name((f"away{self.story.number()}",))
        kept = [uid for uid in place.mails if self.random.random() < 0.85]
        self.connection.command(b"RENAME " + name + b" " + away)
        create_folder(self.connection, self._naming.name(place.path))
        self.connection.command(b"SELECT " + away)
        if kept:
            self.connection.command(b"UID COPY " + uid_list(kept) + b" " + name)
        self.connection.command(b"UNSELECT")
        self.connection.command(b"DELETE " + away)
        place.renumbered = self.story.now
        place.stale |= {digest for when, digest in place.left if when >= self.story.exact}
        mails = [place.mails[uid] for uid in kept]
        for uid in set(place.mails) - set(kept):
            self._leave(place, uid)
        place.uid_validity, place.uid_next = self._uid_validity(place.path), len(kept) + 1
        place.mails = dict(enumerate(mails, 1))
        self.story.note(f"source: {place} has a new UIDVALIDITY and {len(kept)} of its messages")
        return True

    def _is_leaf(self, place: Place) -> bool:
        return not any(each.path[:len(place.path)] == place.path for each in self.places if each is not place)

    def _some_place(self, fits: Callable[[Place], bool]) -> Place | None:
        """One whose messages the target's person does not touch in this round."""
        fitting = [place for place in self.places if place.path != INBOX and fits(place)
                   and all(self._is_free(mail) for each in self.places if each.path[:len(place.path)] == place.path
                           for mail in each.mails.values())]
        return self.random.choice(fitting) if fitting else None

    def _change_folders(self, places: list[Place]) -> None:
        self._note_change()
        for place in places:
            place.changed = self.story.now
            for mail in place.mails.values():
                self._touch(mail.content.digest)

    def _fresh_path(self, moved: Place | None) -> Path:
        """A name that no folder ever had, below another one or at the top."""
        above = [place.path for place in self.places
                 if place.path != INBOX and len(place.path) < 3 and (moved is None or place.path[:len(moved.path)] != moved.path)]
        parent = self.random.choice(above) if above and self.random.random() < 0.3 else ()
        return (*parent, f"F{self.story.number()}")

    def _add_place(self, path: Path) -> None:
        self._note_change()
        place = Place([path], self._uid_validity(path), self.story.now)
        self.places.append(place)
        self.all_places.append(place)

    def _note_change(self) -> None:
        if self.story.is_round_on:
            self.story.folders_changed_in_round = self.story.now

    def _uid_validity(self, path: Path) -> int:
        self.in_folder(path)  # what Dovecot says of a folder that it has not opened may be of an earlier one of that name
        rows = self.connection.command(b"STATUS " + self.name(path) + b" (UIDVALIDITY)")
        return next(int(row[2][1]) for row in rows if row[0] == b"STATUS")  # type: ignore[index,arg-type]


@dataclass
class Private:
    """A message on the target that is none of godwit's business any more, or never was."""

    names: list[Path]   # of the folder that it is in
    flags: Flags


class TargetPerson(Person):
    """Works on the target. Touches messages that came from the source only where they are the only ones of their kind, and only
    when a round that was complete has brought or confirmed them: what goes before it is on record cannot be told from what never
    arrived. During a round, and after one that was cut, they leave alone what has moved or gone on the source meanwhile. They
    neither rename nor remove folders: what the source still has would be made and copied again."""

    def __init__(self, account: Account, random: Random, story: Story, source: SourcePerson) -> None:
        super().__init__(account, random, story)
        self.source = source
        self.private: dict[str, Private] = {}                  # by digest, as are the others
        self.expunged: set[str] = set()
        self.overrides: dict[str, dict[str, bool]] = {}        # flags that they want so, whatever the source has
        self.flagged: dict[str, set[str]] = {}                 # flags that they touched since both sides were last looked at
        self.settled: set[str] = set()                         # what they may touch
        self.own_folders: list[Path] = []
        self.where: dict[str, tuple[Path, int]] = {}           # with their UIDs
        self._paths: list[Path] = [INBOX]

    def fill(self) -> None:
        for _ in range(self.random.randrange(4)):
            self.append_own()
        if self.random.random() < 0.5:
            self.make_folder()

    def look(self, snapshot: Snapshot) -> None:
        """At what there is now."""
        self._paths = [path for path, folder in snapshot.folders.items()
                       if folder.selectable and (self.source.place_named(path) is not None or path in self.own_folders)]
        found = [(message.digest, path, message.uid) for path in self._paths for message in snapshot.folders[path].messages]
        copies = Counter(digest for digest, _, _ in found)
        self.where = {digest: (path, uid) for digest, path, uid in found if copies[digest] == 1}

    def act(self) -> None:
        if self.random.random() < 0.05:
            self.make_folder()
        self.act_as({self.append_own: 3, self.flag: 3, self.move: 1.5, self.expunge: 1.5})

    def make_folder(self) -> None:
        path = (f"Own{self.story.number()}",)
        create_folder(self.connection, self._naming.name(path))  # a LIST-STATUS of another session may be what makes it
        self.own_folders.append(path)
        self._paths.append(path)
        self.story.note(f"target: makes {path[0]}")

    def append_own(self) -> bool:
        path, names = self.random.choice(self._open_folders())
        content, flags = self.story.compose("target", self.random), self.some_flags()
        uid = self.append(path, content, flags, content.date)
        self.private[content.digest] = Private(names, flags)
        self.where[content.digest] = path, uid
        self.story.note(f"target: {content.marker} comes to {'/'.join(path)} ({shown(flags)})")
        return True

    def flag(self) -> bool:
        if (digest := self._choose()) is None:
            return False
        path, uid = self.where[digest]
        flag, value = self.random.choice(FLAGS), self.random.random() < 0.5
        sign = b"+" if value else b"-"
        self.in_folder(path, b"UID STORE %d %bFLAGS.SILENT (%b)" % (uid, sign, flag.encode()))
        if (private := self.private.get(digest)) is not None:
            private.flags = private.flags | {flag} if value else private.flags - {flag}
        else:
            self.overrides.setdefault(digest, {})[flag] = value
            self.flagged.setdefault(digest, set()).add(flag)
        self.story.note(f"target: {sign.decode()}{flag} for {self.story.marker(digest)} in {'/'.join(path)}")
        return True

    def move(self) -> bool:
        """Never to where the source has or had the same message, see SourcePerson.move()."""
        if (digest := self._choose()) is None:
            return False
        path, uid = self.where[digest]
        places = [(to, names) for to, names in self._open_folders()
                  if to != path and ((place := self.source.place_named(to)) is None or place.ever[digest] == 0)]
        if not places:
            return False
        to, names = self.random.choice(places)
        self.in_folder(path, b"UID MOVE %d %b" % (uid, self.name(to)))
        found = self.in_folder(to, b"UID SEARCH HEADER Message-ID %b" % quoted(f"<{self.story.marker(digest)}@example.com>"))
        self.where[digest] = to, int(found[0][1])  # type: ignore[call-overload]
        self.private[digest] = Private(names, self._flags_of(digest))
        if (place := self.source.place_named(to)) is not None:
            self.story.places_on_target.setdefault(digest, set()).add(place)
        self.forget_link(digest)
        self.story.note(f"target: {self.story.marker(digest)} from {'/'.join(path)} to {'/'.join(to)}")
        return True

    def expunge(self, digest: str | None = None) -> bool:
        if (digest := digest or self._choose()) is None:
            return False
        path, uid = self.where.pop(digest)
        self.in_folder(path, rb"UID STORE %d +FLAGS.SILENT (\Deleted)" % uid, b"UID EXPUNGE %d" % uid)
        self.private.pop(digest, None)
        self.expunged.add(digest)
        self.forget_link(digest)
        self.story.note(f"target: expunges {self.story.marker(digest)} in {'/'.join(path)}")
        return True

    def forget_link(self, digest: str) -> None:
        self.settled.discard(digest)
        self.overrides.pop(digest, None)
        self.flagged.pop(digest, None)

    def _flags_of(self, digest: str) -> Flags:
        path, uid = self.where[digest]
        for row in self.in_folder(path, b"UID FETCH %d (FLAGS)" % uid):
            if row[1] == b"FETCH":
                flags = row[2][row[2].index(b"FLAGS") + 1]  # type: ignore[attr-defined,index]
                return frozenset(flag.decode().lower() for flag in flags) - {"\\recent"}
        raise AssertionError(f"{self.story.marker(digest)} is not in {path}")

    def _choose(self) -> str | None:
        """A message of their own or, more often, one that came from the source."""
        open_paths = {path for path, _ in self._open_folders()}
        fitting = [digest for digest in (self.settled if self.random.random() < 0.7 else self.private)
                   if digest in self.where and self.where[digest][0] in open_paths and self._may_touch(digest)]
        if not fitting:
            return None
        digest = self.random.choice(sorted(fitting))
        if self.story.is_round_on:
            self.story.touched_on_target.add(digest)
        return digest

    def _may_touch(self, digest: str) -> bool:
        if digest in self.private or not self._is_careful:
            return True
        return self.source.touched[digest] < self.story.complete_began

    @property
    def _is_careful(self) -> bool:
        return self.story.is_round_on or self.story.cut is not None or self.story.complete_began == 0

    def _open_folders(self) -> list[tuple[Path, list[Path]]]:
        """With all their names. While godwit may be renaming or removing a folder they are not at work in it."""
        folders = []
        for path in self._paths:
            place = self.source.place_named(path)
            if place is None:
                folders.append((path, [path]))
            elif not self._is_careful or place.path == INBOX or (place in self.source.places
                                                                 and place.changed < self.story.complete_began):
                folders.append((path, place.names))
        return folders
