# SPDX-License-Identifier: Apache-2.0
"""The law of a migration, tried on random histories between real servers: people append, flag, move and expunge on both sides,
between rounds and during them, folders of the source are made, renamed, removed and renumbered, and godwit is killed. The same
law is tried on servers in memory by src/sync/round_law_test.cpp.

GODWIT_HISTORIES says how many, GODWIT_FIRST_HISTORY with which seed to begin: a failure tells its seed and what was done. People
who act during a round act by the clock, so that a seed gives a similar history the next time, not the same one."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
import unittest
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from account_snapshot import Message, Snapshot, take_snapshot
from account_snapshot import Path as FolderPath
from compare import compare_snapshots
from godwit import MOVED, NOT_ALL_MOVED, UNREACHABLE, Copy, Outcome, finish, last_lines
from imap_raw import Account
from people import FLAGS, Flags, Person, Place, Private, SourcePerson, Story, TargetPerson, shown
from servers import Dovecot

_LONG = os.environ.get("GODWIT_LONG_TESTS") == "1"
_HISTORIES = int(os.environ.get("GODWIT_HISTORIES") or (100 if _LONG else 10))
_FIRST = int(os.environ.get("GODWIT_FIRST_HISTORY") or 1)
_WORKERS = 3
_FORMATS = ("maildir", "sdbox", "mdbox")
_PASSWORD = "history"
_LONGEST_PAUSE = 0.03  # seconds between two things that people do during a round
_COUNTERS = ("copied", "matched", "flags_changed", "flags_refused", "vanished", "moved", "removed", "kept", "removals_held",
             "folders_made", "folders_renamed", "folders_removed", "not_moved")


def source_user(number: int) -> str:
    return f"source{number}@example.com"


def target_user(number: int) -> str:
    return f"target{number}@example.com"


class Found:
    """What is on a side, by folder and by digest."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.folders: dict[FolderPath, dict[str, list[Message]]] = {}
        self.all: dict[str, list[FolderPath]] = {}
        for path, folder in snapshot.folders.items():
            if not folder.selectable or path[0].startswith("godwit-probe-"):  # a kill may leave one; the next round removes it
                continue
            self.folders[path] = {}
            for message in folder.messages:
                self.folders[path].setdefault(message.digest, []).append(message)
                self.all.setdefault(message.digest, []).append(path)

    def one(self, digest: str) -> tuple[FolderPath, Message] | None:
        """The message, where there is exactly one."""
        paths = self.all.get(digest, [])
        return (paths[0], self.folders[paths[0]][digest][0]) if len(paths) == 1 else None


class Laws:
    """Holds what both sides have against what people did there. What is not law says docs/decisions/0005, and a comment here."""

    def __init__(self, story: Story, source: SourcePerson, target: TargetPerson) -> None:
        self.story, self.source, self.target = story, source, target
        self.broken: list[str] = []
        self.was_killed = False
        # What went from a folder while its UIDVALIDITY changed looks new where it is found again, whatever was done with it on
        # the target; and so may what moved during a round, when its old folder had been looked at before and the new one not yet.
        # Only how often it is there at most is law then.
        self.uncertain: set[str] = set()
        self._runs = 0                           # since settle()
        self._synced: dict[str, Flags] = {}      # flags on the source at settle()
        self._believed: dict[str, Flags] = {}    # flags on the target at settle()
        # What a round that was cut may have brought without a record of its flags: flags that the source removed before the next
        # round cannot be told from those that the target's person set.
        self._recovered: set[str] = set()

    def check(self, on_source: Snapshot, on_target: Snapshot, *, is_complete: bool, is_quiet: bool, held: int) -> None:
        self._runs += 1
        self._is_single = self._runs == 1 and is_quiet
        self._may_be_renaming = self.story.folders_changed_in_round >= self.story.exact and not (is_complete and is_quiet)
        source, target = Found(on_source), Found(on_target)
        self._source_is_as_people_left_it(on_source)
        touched_on_target = self.target.private.keys() | self.target.expunged
        for place in self.source.all_places:
            if is_complete and self.story.cut is not None:
                place.stale |= self._in_doubt(place, self.story.cut)
                self._recovered |= {digest for digest, when in place.came.items() if when >= self.story.complete_began}
            self.uncertain |= place.stale & touched_on_target
        self.uncertain |= self.story.moved_in_round & touched_on_target
        self._what_the_targets_person_did_stays(target)
        self._nothing_is_there_too_often(target)
        if not is_complete:
            return
        since = self.story.now if is_quiet else self.story.round_began
        if held == 0:
            self._what_both_changed_stays(source, target, since)
        self._all_is_there(source, target, since, held > 0)
        self._flags_are_merged(source, target, since)
        self._note_what_may_be_touched(source, target)
        if is_quiet:
            self._law(held == 0, f"{held} removals are held though nobody was there")
            self._folders_are_subscribed(on_target)
            self._twins_have_their_flags(source, target)
            self._settle(source, target)

    def _law(self, holds: bool, text: str) -> None:
        if not holds:
            self.broken.append(text)

    def _named(self, digest: str, path: FolderPath | None = None) -> str:
        return self.story.marker(digest) + (" in " + "/".join(path) if path else "")

    def _in_doubt(self, place: Place, cut: tuple[int, int]) -> set[str]:
        """What came before a round that was cut, and then left its folder, or its folder its name: it may be there without a
        record that says whose it is."""
        gone = place.came if place.renamed >= cut[0] else {digest for when, digest in place.left if when >= cut[0]}
        return {digest for digest in gone
                if self.story.complete_began <= place.came[digest] and (place.came[digest] < cut[1] or place.ever[digest] > 1)}

    # --- the source ------------------------------------------------------------------------------------------------------

    def _source_is_as_people_left_it(self, snapshot: Snapshot) -> None:
        left = {place.path: (place.uid_validity, place.uid_next, True,
                             [(uid, mail.content.digest, mail.flags, mail.date) for uid, mail in sorted(place.mails.items())])
                for place in self.source.places}
        found = {path: (folder.uid_validity, folder.uid_next, folder.subscribed,
                        [(message.uid, message.digest, frozenset(message.flags), message.date) for message in folder.messages])
                 for path, folder in snapshot.folders.items()}
        for path in left.keys() | found.keys():
            is_same = left.get(path) == found.get(path)
            self._law(is_same, f"the source's {'/'.join(path)} is {found.get(path)} instead of {left.get(path)}")

    # --- the target, at any time -----------------------------------------------------------------------------------------

    def _what_the_targets_person_did_stays(self, target: Found) -> None:
        for path in self.target.own_folders:
            self._law(path in target.folders, f"the target's own folder {'/'.join(path)} is gone")
        for digest, private in self.target.private.items():
            places = target.all.get(digest, [])
            here = [path for path in places if path in private.names or self._is_between_names(path)]
            if not here or (len(places) > 1 and digest not in self.uncertain):
                self._law(False, f"{self._named(digest, private.names[-1])} is the target person's own, and is in {places}")
                continue
            flags = [shown(frozenset(message.flags)) for message in target.folders[here[0]][digest]]
            self._law(shown(private.flags) in flags, f"{self._named(digest, here[0])} had {shown(private.flags)} and has {flags}")
        for digest in self.target.expunged - self.uncertain:
            places = target.all.get(digest, [])
            self._law(not places, f"{self._named(digest)} was expunged on the target and is in {places}")

    def _nothing_is_there_too_often(self, target: Found) -> None:
        for path, messages in target.folders.items():
            place = self.source.place_named(path)
            for digest in messages if not self._is_between_names(path) else ():
                count, ever = self._count(target, path, digest), place.ever[digest] if place else 0
                self._law(count <= ever, f"{self._named(digest, path)} is there {count} times and was on the source {ever} times")

    def _is_between_names(self, path: FolderPath) -> bool:
        """Of a folder that was renamed with one above it during the round: it may have the new name below the old one."""
        return self._may_be_renaming and self.source.place_named(path) is None and path not in self.target.own_folders

    def _count(self, target: Found, path: FolderPath, digest: str) -> int:
        """Without the person's own."""
        count, private = len(target.folders[path].get(digest, [])), self.target.private.get(digest)
        return count - 1 if count > 0 and private is not None and path in private.names else count

    # --- after a round that was complete ---------------------------------------------------------------------------------

    def _what_both_changed_stays(self, source: Found, target: Found, since: int) -> None:
        """What the source removed after its flags were changed on the target. Which was first is certain only where one quiet
        round saw both."""
        for digest in list(self.target.overrides):
            if self.source.touched[digest] >= since:
                continue
            if digest in source.all:
                if len(target.all.get(digest, [])) > 1 and not self._is_single:  # moved during a round: copied, the old one kept
                    self.uncertain.add(digest)
                    self.target.forget_link(digest)
                continue
            found = target.one(digest)
            wanted = self._synced.get(digest, frozenset())
            for flag, value in self.target.overrides[digest].items():
                wanted = wanted | {flag} if value else wanted - {flag}
            may_stay = any(digest in place.stale for place in self.source.all_places)
            if self._is_single and digest in self._synced and not may_stay:
                is_conflict = wanted - {"\\deleted"} != self._synced[digest] - {"\\deleted"}
                self._law((found is not None) == is_conflict, f"{self._named(digest)} was removed on the source and is in "
                          f"{target.all.get(digest)} on the target; its flags were {'' if is_conflict else 'not '}changed there")
            if found is not None:
                path, message = found
                for flag in self.target.flagged.get(digest, ()):
                    is_as_wanted = (flag in message.flags) == self.target.overrides[digest][flag]
                    self._law(is_as_wanted, f"{self._named(digest, path)}: {flag} is not as it was left on the target")
                place = self.source.place_named(path)
                self.target.private[digest] = Private(place.names if place else [path], frozenset(message.flags))
            self.target.forget_link(digest)

    def _all_is_there(self, source: Found, target: Found, since: int, is_held: bool) -> None:
        for place in self.source.places:
            self._law(place.path in target.folders or place.changed >= since, f"there is no {place} on the target")
        for path in target.folders:
            place = self.source.place_named(path)
            if place is None:
                continue
            is_current = place in self.source.places and place.path == path
            wanted = source.folders[path] if is_current else {}
            for digest in wanted.keys() | target.folders[path].keys():
                if self.source.touched.get(digest, -1) < since and digest not in self.uncertain:
                    self._is_there(place, path, digest, len(wanted.get(digest, [])), self._count(target, path, digest), is_held)

    def _is_there(self, place: Place, path: FolderPath, digest: str, wanted: int, count: int, is_held: bool) -> None:
        if digest in self.target.private or digest in self.target.expunged:
            wanted = 0
        may_be_more = is_held or digest in place.stale
        self._law(count == wanted or (may_be_more and count > wanted),
                  f"{self._named(digest, path)} is there {count} times instead of {wanted}")

    def _linked(self, source: Found, target: Found, since: int) -> list[tuple[str, Message, Message]]:
        """Messages that are on both sides once, with how they are there."""
        pairs = []
        for digest, content in self.story.contents.items():
            ours, theirs = source.one(digest), target.one(digest)
            if ours is None or theirs is None or not content.is_unique or self.source.touched[digest] >= since:
                continue
            if digest not in self.target.private and digest not in self.uncertain:
                pairs.append((digest, ours[1], theirs[1]))
        return pairs

    def _flags_are_merged(self, source: Found, target: Found, since: int) -> None:
        for digest, ours, theirs in self._linked(source, target, since):
            self._law(ours.date == theirs.date, f"{self._named(digest)}: its date")
            self._law(set(theirs.flags) <= set(FLAGS), f"{self._named(digest)} has {theirs.flags}, which nobody ever set")
            for flag in FLAGS:
                when = self.source.flagged.get((digest, flag), -1)
                if when >= since:
                    continue
                value, is_on_target = flag in ours.flags, flag in theirs.flags
                self._law(is_on_target in self._values(digest, flag, value, when >= self.story.exact),
                          f"{self._named(digest)}: {flag} is {is_on_target} on the target, {value} on the source")

    def _values(self, digest: str, flag: str, value: bool, has_source_touched: bool) -> set[bool]:
        """What a flag may be on the target, where the source has it at `value`. Who was first is not known where both touched it,
        nor where several rounds went by since."""
        before = flag in self._believed[digest] if digest in self._believed else value
        has_target_touched = flag in self.target.flagged.get(digest, ())
        if has_target_touched:
            wanted = self.target.overrides[digest][flag]
            return {wanted, value} if has_source_touched else {wanted}
        if not has_source_touched:
            return {before}
        if self._is_single and digest in self._synced:
            return {value if (flag in self._synced[digest]) != value else before}
        return {value, before, digest in self._recovered or value}

    def _folders_are_subscribed(self, on_target: Snapshot) -> None:
        for place in self.source.places:
            if (folder := on_target.folders.get(place.path)) is not None:
                self._law(folder.subscribed, f"{place} is not subscribed on the target")

    def _twins_have_their_flags(self, source: Found, target: Found) -> None:
        """After a kill, which of several equal messages is which is no longer known."""
        for place in self.source.places if not self.was_killed else ():
            for digest, mails in source.folders[place.path].items():
                if self.story.contents[digest].is_unique or digest in place.stale or place.path not in target.folders:
                    continue
                ours, theirs = (Counter(shown(frozenset(message.flags)) for message in some)
                                for some in (mails, target.folders[place.path].get(digest, [])))
                self._law(ours == theirs, f"{self._named(digest, place.path)}: flags {theirs} instead of {ours}")

    # --- what the next round is held against -----------------------------------------------------------------------------

    def _note_what_may_be_touched(self, source: Found, target: Found) -> None:
        linked = self._linked(source, target, self.story.round_began)
        self.target.settled = {digest for digest, _, _ in linked if digest not in self.target.expunged
                               and target.all[digest] == source.all[digest]}

    def _settle(self, source: Found, target: Found) -> None:
        """All that was done so far has been seen on both sides."""
        self.story.exact = self.story.now
        self._runs = 0
        self._recovered.clear()
        linked = self._linked(source, target, self.story.now)
        self._synced = {digest: frozenset(ours.flags) for digest, ours, _ in linked}
        self._believed = {digest: frozenset(theirs.flags) for digest, _, theirs in linked}
        self.target.flagged.clear()
        self.target.overrides = {digest: {flag: flag in self._believed[digest] for flag in differing} for digest in self._synced
                                 if (differing := self._synced[digest] ^ self._believed[digest])}


class History:
    """One account on its way from one server to another."""

    def __init__(self, seed: int, source: Dovecot, target: Dovecot, folder: Path) -> None:
        self.random = Random(seed)
        self.story = Story(seed)
        self.target_server = target
        self.accounts = [Account("127.0.0.1", server.port, user, _PASSWORD)
                         for server, user in ((source, source_user(seed)), (target, target_user(seed)))]
        self.is_writers = self.random.random() < 0.3  # one writer on the source, nobody on the target: both are equal at the end
        self.has_kills = self.random.random() < 0.4
        self.may_renumber = not self.is_writers and self.random.random() < 0.4
        self.source = SourcePerson(self.accounts[0], self.random, self.story, has_dates_of_their_own=not self.is_writers)
        self.target = TargetPerson(self.accounts[1], self.random, self.story, self.source)
        self.laws = Laws(self.story, self.source, self.target)
        self.copy = Copy(source.url(source_user(seed)), target.url(target_user(seed)), _PASSWORD, _PASSWORD, folder)
        connections = str(self.random.randint(1, 3))
        self.copy.options += ["--json", "--allow-mass-removal", "--quiet-time", "0.3", "--connections", connections]
        self.seconds = 0.3  # that a round takes
        self.kills = 0
        formats = f"{source.options.mail_format} to {target.options.mail_format}"
        self.story.note(f"seed {seed}: {formats}, {' '.join(self.copy.options)}")

    def live(self) -> None:
        self.source.fill()
        if not self.is_writers:
            self.target.fill()
        for _ in range(self.random.randint(3, 5)):
            self.act_between_rounds()
            is_killed = self.has_kills and self.random.random() < 0.5
            is_busy = self.is_writers or self.random.random() < 0.6
            self.round(is_busy=is_busy, kill_after=self.random.uniform(0.2, 1.0) * self.seconds if is_killed else 0)
        self.act_between_rounds()
        for _ in range(2):
            self.round()
        summary = self.round()
        steps = {name: summary[name] for name in _COUNTERS if summary[name]}
        self.demand(not steps, f"a round after a round has steps: {steps}")
        if self.is_writers and not self.kills:
            report = compare_snapshots(*(take_snapshot(account) for account in self.accounts))
            self.demand(report.is_equal and not report.count("foreign"), report.text())

    def act_between_rounds(self) -> None:
        for _ in range(self.random.randrange(12)):
            if self.is_writers or self.random.random() < 0.6:
                self.source.act()
            else:
                self.target.act()
        if self.random.random() < 0.4:
            self.source.change_a_folder()
        if self.may_renumber and self.random.random() < 0.3:
            self.source.renumber_folder()

    def round(self, *, is_busy: bool = False, kill_after: float = 0) -> dict[str, Any]:
        """Returns its summary."""
        story = self.story
        story.begin_round("a round begins" + (", with people at work" if is_busy else ""))
        outcome = self._run(is_busy, kill_after)
        changed_folders = story.folders_changed_in_round >= story.round_began
        is_killed = kill_after > 0 and outcome.status == -signal.SIGKILL
        if is_killed:
            self.kills += 1
            self.laws.was_killed = True
            self._wait_for_sessions()
        summary: dict[str, Any] = {} if is_killed else outcome.summary()
        for event in outcome.events() if not is_killed else ():
            if event["event"] in ("step", "warning"):
                story.note(f"godwit: {event['text']}")
        story.end_round(f"the round ends with status {outcome.status}: " + ", ".join(
            f"{name} {summary[name]}" for name in _COUNTERS if summary.get(name)))
        allowed = {MOVED, NOT_ALL_MOVED, UNREACHABLE} if changed_folders else {MOVED}
        self.demand(is_killed or outcome.status in allowed, last_lines(outcome.text, 12))
        on_source, on_target = (take_snapshot(account) for account in self.accounts)
        is_complete = outcome.status == MOVED
        self.laws.check(on_source, on_target, is_complete=is_complete, is_quiet=not is_busy, held=summary.get("removals_held", 0))
        self.demand(not self.laws.broken, "\n".join(self.laws.broken[:20]))
        story.judge_round(is_complete)
        self.target.look(on_target)
        return summary

    def _run(self, is_busy: bool, kill_after: float) -> Outcome:
        started = time.monotonic()
        process = self.copy.start()
        with ThreadPoolExecutor(1) as pool:
            people = pool.submit(self._act_while, process) if is_busy else None
            if kill_after:
                try:
                    process.wait(kill_after)
                except subprocess.TimeoutExpired:
                    process.kill()
            outcome = finish(process)
            if people is not None:
                people.result()
        if outcome.status == MOVED:
            self.seconds = time.monotonic() - started
        return outcome

    def _act_while(self, process: subprocess.Popen[str]) -> None:
        """One after the other: what both do at the very same moment, no law can tell."""
        while process.poll() is None:
            if not self.is_writers and self.random.random() < 0.4:
                self.target.act()
            elif self.random.random() < 0.04:
                self.source.change_a_folder()
            else:
                self.source.act()
            time.sleep(self.random.uniform(0, _LONGEST_PAUSE))

    def _wait_for_sessions(self) -> None:
        """Until the target is through with what a godwit that was killed had sent; one session is the person's."""
        deadline = time.monotonic() + 30
        while len(self.target_server.sessions(self.accounts[1].user)) > 1 and time.monotonic() < deadline:
            time.sleep(0.02)

    def demand(self, holds: bool, text: str) -> None:
        if not holds:
            raise AssertionError(text)

    def close(self) -> None:
        self.source.close()
        self.target.close()


# What neither of the people does; each must be noticed. `message` came from the source, `own` is one of the target's person.


def goes_from_the_target(history: History, message: str, own: str) -> None:
    _removed_behind(history, message)


def is_doubled_on_the_target(history: History, message: str, own: str) -> None:
    _appended_behind(history, message)


def is_moved_on_the_target(history: History, message: str, own: str) -> None:
    path, uid = history.target.where[message]
    history.target.make_folder()
    history.target.in_folder(path, b"UID MOVE %d %b" % (uid, history.target.name(history.target.own_folders[-1])))


def has_other_flags_on_the_target(history: History, message: str, own: str) -> None:
    _flagged_behind(history.target, *history.target.where[message])


def own_one_goes(history: History, message: str, own: str) -> None:
    _removed_behind(history, own)


def own_one_has_other_flags(history: History, message: str, own: str) -> None:
    _flagged_behind(history.target, *history.target.where[own])


def comes_back(history: History, message: str, own: str) -> None:
    history.target.expunge(message)
    _appended_behind(history, message)


def stays_though_the_source_removed_it(history: History, message: str, own: str) -> None:
    path, uid = history.target.where[message]
    while any(message == mail.content.digest for place in history.source.places for mail in place.mails.values()):
        history.source.expunge()
    _flagged_behind(history.target, path, uid)


def is_read_on_the_source(history: History, message: str, own: str) -> None:
    place = next(place for place in history.source.places if place.mails)
    _flagged_behind(history.source, place.path, next(iter(place.mails)))


def _removed_behind(history: History, digest: str) -> None:
    path, uid = history.target.where[digest]
    history.target.in_folder(path, rb"UID STORE %d +FLAGS (\Deleted)" % uid, b"UID EXPUNGE %d" % uid)


def _appended_behind(history: History, digest: str) -> None:
    history.target.append(("INBOX",), history.story.contents[digest], frozenset(), history.story.date())


def _flagged_behind(person: Person, path: FolderPath, uid: int) -> None:
    """One of these flags was certainly not there before."""
    person.in_folder(path, b"UID STORE %d +FLAGS (\\Seen unheard-of)" % uid)


BREACHES = (goes_from_the_target, is_doubled_on_the_target, is_moved_on_the_target, has_other_flags_on_the_target, own_one_goes,
            own_one_has_other_flags, comes_back, stays_though_the_source_removed_it, is_read_on_the_source)
_FIRST_OF_BREACHES = 1_000_000


class Histories(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="godwit-histories-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.seeds = range(_FIRST, _FIRST + _HISTORIES)
        of_breaches = range(_FIRST_OF_BREACHES, _FIRST_OF_BREACHES + len(BREACHES))
        users = {user(seed): _PASSWORD for seed in (*cls.seeds, *of_breaches) for user in (source_user, target_user)}
        cls.servers: dict[str, Dovecot] = {}
        for mail_format in _FORMATS:
            cls.servers[mail_format] = Dovecot(mail_format, users)
            cls.addClassCleanup(cls.servers[mail_format].close)
            cls.servers[mail_format].start()

    def test_the_law(self) -> None:
        with ThreadPoolExecutor(_WORKERS) as pool:
            failures = [failure for failure in pool.map(self.try_history, self.seeds) if failure]
        self.assertFalse(failures, f"{len(failures)} of {len(self.seeds)} histories\n" + "\n\n".join(failures))

    def test_that_a_breach_of_it_is_noticed(self) -> None:
        for seed, breach in enumerate(BREACHES, _FIRST_OF_BREACHES):
            with self.subTest(breach.__name__), self.history(seed) as history:
                history.source.fill()
                history.target.append_own()
                history.round()
                history.round()
                message, own = min(history.target.settled), next(iter(history.target.private))
                breach(history, message, own)
                with self.assertRaises(AssertionError):
                    history.round()

    @contextmanager
    def history(self, seed: int) -> Iterator[History]:
        """One with accounts of its own, which go when it ends."""
        random = Random(f"servers of {seed}")
        source, target = (self.servers[random.choice(_FORMATS)] for _ in range(2))
        folder = self.folder / str(seed)
        folder.mkdir()
        history = History(seed, source, target, folder)
        try:
            yield history
        finally:
            history.close()
            shutil.rmtree(folder, ignore_errors=True)
            for server, user in ((source, source_user(seed)), (target, target_user(seed))):
                shutil.rmtree(server.mail_root / user, ignore_errors=True)

    def try_history(self, seed: int) -> str:
        """Returns how the law was broken."""
        started = time.monotonic()
        with self.history(seed) as history:
            try:
                history.live()
            except Exception as error:  # of a thread: it must not keep the others from their end
                print(f"  history {seed}: FAILED", flush=True)
                what = str(error) if isinstance(error, AssertionError) else "".join(traceback.format_exception(error))
                return f"--- history {seed}: {what}\n  " + "\n  ".join(history.story.lines)
        seconds = time.monotonic() - started
        print(f"  history {seed}: {len(history.story.lines)} lines, {history.kills} kills, {seconds:.1f} s", flush=True)
        return ""


if __name__ == "__main__":
    unittest.main()
