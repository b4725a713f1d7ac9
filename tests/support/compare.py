# SPDX-License-Identifier: Apache-2.0
"""Compares two accounts on two IMAP servers message by message, with a reader that shares no code with godwit.

    python3 tests/support/compare.py SOURCE_URL TARGET_URL [SOURCE_URL TARGET_URL …]

URLs are imap://user:password@host:port or imaps://…, user and password percent-encoded. Exit status 0: nothing is lost, doubled,
truncated or altered.
"""
from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from account_snapshot import Folder, Message, Path, Snapshot, prefix_digest, take_snapshot
from imap_raw import Account

_SHOWN = 5  # findings of one kind written out in the text


@dataclass
class Finding:
    """Something that is not as it should be."""

    kind: str
    folder: Path
    text: str
    count: int = 1


@dataclass
class Report:
    """The outcome of a comparison."""

    folders: int = 0
    messages: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(finding.count for finding in self.findings if finding.kind == kind)

    @property
    def is_equal(self) -> bool:
        """Nothing lost, doubled, truncated or altered, no folder missing; order apart."""
        return all(finding.kind in ("order", "foreign") for finding in self.findings)

    @property
    def is_identical(self) -> bool:
        """Equal, in the same order, and nothing on the target that the source does not have."""
        return not self.findings

    def text(self) -> str:
        """A readable account of it."""
        size = f"{self.bytes / 1e6:.1f} MB"
        lines = [f"{self.folders} folders, {self.messages} messages, {size} compared: "
                 + ("no difference" if self.is_identical else "equal" if self.is_equal else "DIFFERENT")]
        kinds = Counter(finding.kind for finding in self.findings)
        for kind in kinds:
            found = [finding for finding in self.findings if finding.kind == kind]
            lines.append(f"  {kind}: {self.count(kind)}")
            lines += [f"    {'/'.join(finding.folder)}: {finding.text}" for finding in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(f"    … and {len(found) - _SHOWN} more")
        return "\n".join(lines)


def compare(source: Account, target: Account, *, by_role: bool = True, renamed: dict[Path, Path] | None = None) -> Report:
    """Compares two accounts. `by_role`: a folder with a role on both sides is the same folder whatever its name;
    `renamed`: source paths that the target cannot have under their own name."""
    return compare_snapshots(take_snapshot(source), take_snapshot(target), by_role=by_role, renamed=renamed)


def compare_snapshots(source: Snapshot, target: Snapshot, *, by_role: bool = True,
                      renamed: dict[Path, Path] | None = None) -> Report:
    """compare() for snapshots taken before, possibly at different times."""
    report = Report()
    roles = {folder.role: path for path, folder in target.folders.items() if folder.role} if by_role else {}
    seen: set[Path] = set()
    for path, folder in source.folders.items():
        if not folder.selectable:
            continue
        target_path = roles.get(folder.role, (renamed or {}).get(path, path))
        counterpart = target.folders.get(target_path)
        report.folders += 1
        report.messages += len(folder.messages)
        report.bytes += sum(message.size for message in folder.messages)
        if counterpart is None or not counterpart.selectable:
            report.findings.append(Finding("folder missing", path, "not on the target"))
            if folder.messages:
                report.findings.append(Finding("lost", path, "with the folder", len(folder.messages)))
            continue
        seen.add(target_path)
        _compare_folder(report, source, folder, counterpart)
    for path, folder in target.folders.items():
        if path not in seen and folder.messages:
            report.findings.append(Finding("foreign", path, "messages in a folder that the source has not", len(folder.messages)))
    return report


def _compare_folder(report: Report, source: Snapshot, folder: Folder, counterpart: Folder) -> None:
    if folder.subscribed != counterpart.subscribed:
        side = "source" if folder.subscribed else "target"
        report.findings.append(Finding("subscription", folder.path, f"subscribed on the {side} only"))
    wanted, present = _by_digest(folder), _by_digest(counterpart)
    lost: list[Message] = []
    foreign: list[Message] = []
    for digest in wanted.keys() | present.keys():
        ours, theirs = wanted.get(digest, []), present.get(digest, [])
        if len(ours) > len(theirs):
            lost += ours[len(theirs):]
        elif ours and len(theirs) > len(ours):
            text = f"{len(theirs)} times instead of {len(ours)}: {theirs[0]}"
            report.findings.append(Finding("doubled", folder.path, text, len(theirs) - len(ours)))
        elif not ours:
            foreign += theirs
        if len(ours) == len(theirs):
            _compare_attributes(report, folder.path, ours, theirs)
    _sort_out(report, source, folder, lost, foreign)
    _compare_order(report, folder, counterpart)


def _by_digest(folder: Folder) -> dict[str, list[Message]]:
    grouped: dict[str, list[Message]] = defaultdict(list)
    for message in folder.messages:
        grouped[message.digest].append(message)
    return grouped


def _compare_attributes(report: Report, path: Path, ours: list[Message], theirs: list[Message]) -> None:
    """Flags and dates of the copies of one message; which copy is which cannot be told, so the multisets count."""
    for kind, ours_have, theirs_have in (
            ("flags", Counter(m.flags for m in ours), Counter(m.flags for m in theirs)),
            ("date", Counter(m.date for m in ours), Counter(m.date for m in theirs))):
        if ours_have != theirs_have:
            missing, extra = list((ours_have - theirs_have).elements()), list((theirs_have - ours_have).elements())
            report.findings.append(Finding(kind, path, f"{missing} became {extra}: {theirs[0]}", len(missing)))
    pairs = Counter((m.flags, m.date) for m in ours)
    if not any(f.folder == path and f.kind in ("flags", "date") for f in report.findings) \
            and pairs != Counter((m.flags, m.date) for m in theirs):
        report.findings.append(Finding("flags", path, f"flags and dates of equal messages were exchanged: {theirs[0]}"))


def _sort_out(report: Report, source: Snapshot, folder: Folder, lost: list[Message], foreign: list[Message]) -> None:
    """What is only on one side: a foreign message that a lost one begins with is truncated."""
    for message in lost:
        report.findings.append(Finding("lost", folder.path, str(message)))
    for message in foreign:
        longer = {m.digest: m for m in folder.messages if m.size > message.size}
        whole = next((m for m in longer.values()
                      if prefix_digest(source.account, folder, m, message.size) == message.digest), None)
        if whole:
            report.findings.append(Finding("truncated", folder.path, f"{message} is the beginning of {whole}"))
        else:
            report.findings.append(Finding("foreign", folder.path, str(message)))


def _compare_order(report: Report, folder: Folder, counterpart: Folder) -> None:
    shared = Counter(m.digest for m in folder.messages) & Counter(m.digest for m in counterpart.messages)
    ours = [m.digest for m in folder.messages if m.digest in shared]
    theirs = [m.digest for m in counterpart.messages if m.digest in shared]
    if Counter(ours) == Counter(theirs) and ours != theirs:
        moved = sum(a != b for a, b in zip(ours, theirs))
        report.findings.append(Finding("order", folder.path, f"{moved} of {len(ours)} at another place", moved))


def main(arguments: list[str]) -> int:
    if not arguments or len(arguments) % 2:
        print(__doc__, file=sys.stderr)
        return 2
    equal = True
    for source, target in zip(arguments[::2], arguments[1::2]):
        report = compare(Account.of_url(source), Account.of_url(target))
        print(report.text())
        equal = equal and report.is_equal
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
