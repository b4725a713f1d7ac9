# SPDX-License-Identifier: Apache-2.0
"""Does a work with all tools in turn: pairs of runs close in time, a fresh target account each, every result compared."""
from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from typing import Any

from account_snapshot import Snapshot, list_folders, naming
from imap_raw import Account, Connection, quoted
from lab import Cost, Lab
from maildirs import MaildirWriter
from tools import Job, Side
from works import FIRST, FLAGS, LATER, MOVED, NEW, NO_CHANGE, REMOVED, Work


@dataclass
class Run:
    """One measured run."""

    work: str
    round: str
    tool: str
    repetition: int
    cost: Cost
    difference: str  # what the comparer found; empty: all arrived, whole and once


@dataclass
class _Place:
    """What the runs of one work share."""

    work: Work
    source: Side
    target: Side
    users: list[str]
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    writer: MaildirWriter | None = None


class Runner:
    """Collects the runs of several works."""

    def __init__(self, lab: Lab, repetitions: int, seed: int) -> None:
        self._lab, self._repetitions, self._seed = lab, repetitions, seed
        self.runs: list[Run] = []

    def do(self, work: Work, tools: list[Any]) -> None:
        """Measures all rounds of a work."""
        place = self._prepare(work)
        if set(work.rounds) == {FIRST}:
            self._first_rounds(place, tools)
        else:
            self._later_rounds(place, tools)

    def _prepare(self, work: Work) -> _Place:
        """Makes the accounts and reads them once, so that no tool meets a source without indexes."""
        target = self._lab.target(work.mail_format, work.mail_fsync)
        relayed = work.round_trip > 0
        place = _Place(work, self._lab.side(self._lab.source, relayed), self._lab.side(target, relayed), [])
        mailbox = replace(work.mailbox, seed=work.mailbox.seed + 1000 * self._seed)
        if NEW in work.rounds:
            user, place.writer = self._lab.growing_source_user(mailbox)
            place.users = [user]
        else:
            place.users = [self._lab.source_user(replace(mailbox, seed=mailbox.seed + 100 * i)) for i in range(work.accounts)]
        self._read_sources(place)
        return place

    def _read_sources(self, place: _Place) -> None:
        place.snapshots = {user: self._lab.snapshot(self._lab.source, user) for user in place.users}

    def _first_rounds(self, place: _Place, tools: list[Any]) -> None:
        self._lab.set_round_trip(place.work.round_trip)
        for repetition in range(self._repetitions):
            for tool in _in_turn(tools, repetition):
                jobs = self._fresh_jobs(place)
                mailbox = place.work.mailbox
                self._lab.touch_memory(2 * place.work.accounts * mailbox.messages * mailbox.size)
                self._measure(place, tool, jobs, FIRST, repetition)
                self._forget(place, jobs)

    def _later_rounds(self, place: _Place, tools: list[Any]) -> None:
        """A first round for each tool, then the later ones in turn. A tool whose first round failed is left out."""
        self._lab.set_round_trip(0)
        jobs_of: dict[str, list[Job]] = {}
        for tool in tools:
            if not tool.keeps_state and FIRST not in place.work.rounds:
                continue
            jobs = self._fresh_jobs(place)
            run = self._measure(place, tool, jobs, FIRST, 0, recorded=FIRST in place.work.rounds)
            if tool.keeps_state and run.cost.succeeded:
                jobs_of[tool.name] = jobs
            else:
                self._forget(place, jobs)
        self._lab.set_round_trip(place.work.round_trip)
        able = [tool for tool in tools if tool.name in jobs_of]
        for name in (name for name in LATER if name in place.work.rounds):
            for repetition in range(self._repetitions):
                if name == NEW:
                    self._add_messages(place)
                elif name != NO_CHANGE:
                    self._change_messages(place, name, repetition)
                for tool in _in_turn(able, repetition):
                    self._measure(place, tool, jobs_of[tool.name], name, repetition)
        for jobs in jobs_of.values():
            self._forget(place, jobs)

    def _add_messages(self, place: _Place) -> None:
        mailbox = place.work.mailbox
        for index in range(mailbox.messages // 100):
            place.writer.add(index % mailbox.folders)  # type: ignore[union-attr]
        self._read_sources(place)

    def _change_messages(self, place: _Place, name: str, repetition: int) -> None:
        """What a person does with one message of a hundred, in every folder; moved ones go to the next folder."""
        [user] = place.users
        with Connection(Account.of_url(place.source.server.url_with_password(user))) as connection:
            names = naming(connection)
            folders = [names.name(path) for path, folder in list_folders(connection).items() if folder.selectable]
            for index, folder in enumerate(folders):
                connection.command(b"SELECT " + quoted(folder))
                [found] = connection.command(b"UID SEARCH RETURN (ALL) ALL")
                # Those that are there longest: what was moved to the folder is not moved on at once.
                first = int(re.split(rb"[:,]", found[-1])[0])  # type: ignore[arg-type]
                uids = b"%d:%d" % (first, first + place.work.mailbox.messages // 100 // len(folders) - 1)
                if name == FLAGS:
                    connection.command(b"UID STORE %s +FLAGS (\\Flagged bench%d)" % (uids, repetition))
                elif name == MOVED:
                    connection.command(b"UID MOVE %s %s" % (uids, quoted(folders[(index + 1) % len(folders)])))
                elif name == REMOVED:
                    connection.command(b"UID STORE %s +FLAGS.SILENT (\\Deleted)" % uids)
                    connection.command(b"UID EXPUNGE " + uids)
        self._read_sources(place)

    def _fresh_jobs(self, place: _Place) -> list[Job]:
        return [self._lab.fresh_job(user) for user in place.users]

    def _forget(self, place: _Place, jobs: list[Job]) -> None:
        for job in jobs:
            self._lab.forget(job, place.target.server)

    def _measure(self, place: _Place, tool: Any, jobs: list[Job], round_name: str, repetition: int,
                 recorded: bool = True) -> Run:
        commands = tool.commands(jobs, place.source, place.target, place.work.parallel)
        cost = self._lab.measure(commands, place.work.parallel, [place.source.server, place.target.server])
        difference = self._lab.difference(place.snapshots, jobs, place.target.server)
        run = Run(place.work.name, round_name, tool.name, repetition, cost, difference)
        if recorded:
            self.runs.append(run)
        _say(run, recorded)
        return run


def _in_turn(tools: list[Any], repetition: int) -> list[Any]:
    """Another tool begins each time, so that none always follows the same one."""
    shift = repetition % max(1, len(tools))
    return tools[shift:] + tools[:shift]


def _say(run: Run, recorded: bool) -> None:
    cost = run.cost
    outcome = "ok" if cost.succeeded else "timed out" if cost.timed_out else f"FAILED, status {max(map(abs, cost.statuses))}"
    text = (f"  {run.work} · {run.round} · {run.tool}: {cost.wall:.2f} s, CPU {cost.tool_cpu:.2f} s, servers "
            f"{cost.server_cpu:.2f} s, {cost.peak / 1024:.0f} MiB, {outcome}")
    text += f"; differs: {run.difference}" if run.difference else ""
    print(text + ("" if recorded else " (not counted)"), flush=True)
    if cost.said:
        print("    " + cost.said.replace("\n", "\n    "), file=sys.stderr, flush=True)
