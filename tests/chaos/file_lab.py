# SPDX-License-Identifier: Apache-2.0
"""What the trials with files and POP3 share: an account in every form that it can be copied from, targets of every kind, and a judge that
reads what is there by other code than godwit's."""
from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from account_snapshot import take_snapshot
from file_copy import FileCopy
from file_snapshot import Contents, Stored, difference, of_snapshot, read_maildir, read_mbox
from godwit import DEFECT, MOVED, SANITIZER_FOUND, Outcome, last_lines
from imap_raw import Account
from lab import PASSWORD
from mailboxes import FolderSpec, fill_maildir
from messages import MessageFactory
from servers import Dovecot

OWNER = "owner@example.com"
_PLACES = (folder / "shared" / "corpus" for folder in Path(__file__).resolve().parents)
CORPUS = next((place for place in _PLACES if place.is_dir()), None)
OST = CORPUS / "pst" / "aspose-net" / "SampleOstFile.ost" if CORPUS else None
_ATTEMPTS = 5


def file_account(seed: int) -> list[FolderSpec]:
    """Five folders with 34 messages: exact duplicates, keywords, and one that is streamed."""
    make = MessageFactory(seed)
    inbox = [make.plain(make.size(2500)) for _ in range(16)] + [make.make(kind) for kind in ("From line", "8-bit header", "no headers")]
    inbox += [make.duplicate(inbox[0]), make.duplicate(inbox[3])]
    return [FolderSpec(("INBOX",), inbox), FolderSpec(("Big",), [make.plain(600), make.attachment(2_300_000)]),
            FolderSpec(("Same",), [make.duplicate(inbox[5])] * 3),
            FolderSpec(("Work", "Entw\u00fcrfe & mehr"), [make.plain(900) for _ in range(6)]),
            FolderSpec(("Work",), [make.plain(500), make.plain(500)])]


@dataclass(frozen=True)
class Way:
    """From one system to another: where the account is, and what of it must arrive."""

    source: str   # kinds: "imap", "maildir", …
    target: str

    def __str__(self) -> str:
        return f"{self.source} to {self.target}"


class FileLab:
    """Usable as a context manager."""

    def __init__(self, targets: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="godwit-chaos-files-"))
        self.source = Dovecot("maildir", {OWNER: PASSWORD}, pop3=True, extra="pop3_no_flag_updates = yes")
        self.target = Dovecot("sdbox", {f"trial{number}@example.com": PASSWORD for number in range(targets)})
        self._next, self._lock = 0, threading.Lock()
        self.wanted: dict[str, Contents] = {}

    def __enter__(self) -> FileLab:
        self.target.start()
        self.maildir = self.source.mail_folder(OWNER)
        fill_maildir(self.maildir, self.source.owner, file_account(7))
        self.source.start()
        whole = of_snapshot(take_snapshot(Account("127.0.0.1", self.source.port, OWNER, PASSWORD)))
        self.wanted = {"imap": whole, "maildir": whole, "mbox": whole, "pop3": {("INBOX",): whole[("INBOX",)]}}
        self._make_mbox()
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        self.target.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_mbox(self) -> None:
        """As a source it is one that godwit wrote, looked through by the judge."""
        place = self.folder / "made"
        place.mkdir()
        copy = FileCopy(f"maildir:{self.maildir}", f"mbox:{self.folder / 'mbox'}", "", "", place)
        outcome = copy.run()
        assert outcome.status == MOVED, outcome.text
        assert not (text := difference(self.wanted["mbox"], read_mbox(self.folder / "mbox"))), text

    def source_url(self, kind: str, *, port: int | None = None) -> str:
        return {"imap": self.source.url(OWNER), "pop3": self.source.pop3_url(OWNER, port=port), "maildir": f"maildir:{self.maildir}",
                "mbox": f"mbox:{self.folder / 'mbox'}", "pst": f"pst:{OST}"}[kind]

    def trial(self, way: Way, name: str) -> FileTrial:
        """A fresh target and ledger."""
        with self._lock:
            number = self._next
            self._next += 1
        folder = self.folder / f"trial{number}"
        folder.mkdir()
        user = f"trial{number}@example.com"
        url = self.target.url(user) if way.target == "imap" else f"{way.target}:{folder / 'mail'}"
        copy = FileCopy(self.source_url(way.source), url, PASSWORD, PASSWORD, folder, ["--plain-ok", "--quiet-time", "0.2"])
        return FileTrial(self, way, name, copy, user)


class FileTrial:
    """One target with its ledger."""

    def __init__(self, lab: FileLab, way: Way, name: str, copy: FileCopy, user: str) -> None:
        self.lab, self.way, self.name, self.copy, self.user = lab, way, name, copy, user
        self.history: list[str] = []

    def contents(self) -> Contents:
        place = self.copy.folder / "mail"
        if self.way.target == "maildir":
            return read_maildir(place)
        if self.way.target == "mbox":
            return read_mbox(place)
        return of_snapshot(take_snapshot(Account("127.0.0.1", self.lab.target.port, self.user, PASSWORD)))

    def check(self, outcome: Outcome, *also_allowed: int) -> Outcome:
        """A run may say 1, 4, 6, and 0 if everything is there; never a defect, nor end by a signal of its own."""
        self.history.append(f"exit status {outcome.status}")
        bad = outcome.status in (DEFECT, SANITIZER_FOUND) or outcome.status not in (0, 1, 4, 6, *also_allowed)
        assert not bad, self.explain(last_lines(outcome.text, 60))
        if outcome.status == MOVED:
            self.verify()
        return outcome

    def verify(self, wanted: Contents | None = None) -> None:
        """0 lost, 0 doubled, nothing altered, nothing foreign."""
        wanted = wanted if wanted is not None else self.lab.wanted[self.way.source]
        text = difference(self.as_told(wanted), self.as_told(self.contents()))
        assert not text, self.explain(text)

    def as_told(self, contents: Contents) -> Contents:
        """POP3 tells neither flags nor dates."""
        if self.way.source != "pop3":
            return contents
        return {path: [replace(each, flags=(), date=0) for each in messages] for path, messages in contents.items()}

    def explain(self, text: str) -> str:
        return f"{self.way}, {self.name}: {'; '.join(self.history)}\n{text}"

    def resume(self) -> int:
        """Runs until exit status 0; returns how many runs it took."""
        outcome = Outcome(0, "", "")
        for attempt in range(1, _ATTEMPTS + 1):
            outcome = self.check(self.copy.run(timeout=300))
            if outcome.status == MOVED:
                return attempt
        raise AssertionError(self.explain("not finished after so many runs\n" + last_lines(outcome.text, 40)))

    def finish(self) -> str:
        """The end of a trial: resumed, compared, run once more, which must find nothing to do, and cleaned up."""
        text = self.finish_here()
        shutil.rmtree(self.copy.folder, ignore_errors=True)
        return text

    def finish_here(self) -> str:
        """The same, and nothing is removed."""
        runs = self.resume()
        outcome = self.check(self.copy.run("--json", timeout=300))
        summary = outcome.summary()
        done = {key: summary[key] for key in ("copied", "flags_changed", "removed") if summary[key]}
        assert not done, self.explain(f"a round with nothing to do did {done}")
        return f"{'; '.join(self.history)} ({runs} to the end)"


def undisturbed(lab: FileLab, way: Way) -> int:
    """How many steps the way has. Of what no other reader can tell, this says what must arrive."""
    trial = lab.trial(way, "undisturbed")
    outcome = trial.copy.run(timeout=300)
    steps = trial.copy.fault_state().steps
    assert outcome.status == MOVED, trial.explain(outcome.text)
    lab.wanted.setdefault(way.source, trial.contents())
    trial.check(outcome)
    shutil.rmtree(trial.copy.folder, ignore_errors=True)
    assert steps > 0, "the binary was built without GODWIT_FAULTS"
    return steps


def kill_at(trial: FileTrial, step: int) -> str:
    """Killed at a step; then resumed."""
    outcome = trial.check(trial.copy.run(kill_at=step, timeout=300), -signal.SIGKILL)
    trial.history.append(f"killed at step {step}" if outcome.status < 0 else f"through before step {step}")
    return trial.finish()


def restore(template: Path, place: Path) -> None:
    """The place as it was when the template was taken, with all times."""
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run(["cp", "-a", str(template), str(place)], check=True)


__all__ = ["CORPUS", "OST", "Callable", "FileLab", "FileTrial", "Stored", "Way", "kill_at", "restore", "undisturbed"]
