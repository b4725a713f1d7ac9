# SPDX-License-Identifier: Apache-2.0
"""The demo: three people move from one private Dovecot to another; see scripts/demo."""
from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compare import Report, compare
from godwit import Copy, binary
from imap_raw import Account
from mailboxes import fill_over_imap, varied_account
from servers import Dovecot, ServerError

CHECKER = Path(__file__).resolve().parents[2] / "docs" / "check_manifest.py"

# Everybody with the number of messages, and how many bytes a large one among them has.
PEOPLE = {"alice@example.com": (240, 6_000_000), "bob@example.com": (160, 0), "carol@example.com": (120, 3_000_000)}


class Printer:
    """Headlines, and colours where a terminal shows them."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty()

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colours else text

    def headline(self, text: str) -> None:
        print("\n" + self._paint("1", text), flush=True)

    def verdict(self, good: bool, text: str) -> None:
        print("  " + (self._paint("32", "ok") if good else self._paint("31", "FAILED")) + "  " + text, flush=True)


@contextmanager
def servers() -> Iterator[tuple[Dovecot, Dovecot]]:
    """The old server keeps Maildir and puts everything below "INBOX."; the new one keeps sdbox, and separates by "/"."""
    passwords = {user: f"{user.partition('@')[0]}-secret" for user in PEOPLE}
    with Dovecot("maildir", passwords, separator=".", prefix="INBOX.") as old, Dovecot("sdbox", passwords) as new:
        yield old, new


def account(server: Dovecot, user: str) -> Account:
    return Account("127.0.0.1", server.port, user, server.password(user))


def copy_of(old: Dovecot, new: Dovecot, user: str, folder: Path) -> Copy:
    own = folder / user
    own.mkdir()
    return Copy(old.url(user), new.url(user, tls=True), old.password(user), new.password(user), own,
                ["--source-trust-fingerprint", old.fingerprint, "--target-trust-fingerprint", new.fingerprint])


def run_round(printer: Printer, copies: dict[str, Copy]) -> bool:
    """`godwit copy` for each person; the terminal is theirs, so that they show their progress."""
    good = True
    for user, copy in copies.items():
        started = time.monotonic()
        status = subprocess.run(copy.command(), check=False).returncode
        good = good and status == 0
        printer.verdict(status == 0, f"{user}: exit status {status} after {time.monotonic() - started:.1f} s")
    return good


def verify(printer: Printer, old: Dovecot, new: Dovecot) -> bool:
    """Every message of every folder on both servers, by a reader that shares no code with godwit."""
    good = True
    for user in PEOPLE:
        report: Report = compare(account(old, user), account(new, user))
        good = good and report.is_identical
        printer.verdict(report.is_identical, f"{user}: {report.text()}")
    return good


def prove(printer: Printer, copies: dict[str, Copy]) -> bool:
    """godwit reads everything back, and signs what became of each message; the manifest is checked without godwit."""
    good = True
    for user, copy in copies.items():
        verify_line = copy.command("--full")
        verify_line[1] = "verify"
        manifest = copy.folder / "manifest.jsonl"
        lines = [verify_line, [binary(), "manifest", "--ledger", str(copy.ledger), "--output", str(manifest)],
                 [binary(), "report", "--ledger", str(copy.ledger)],
                 [sys.executable, str(CHECKER), str(manifest), f"{copy.ledger}.key.pub"]]
        statuses = [subprocess.run(line, check=False).returncode for line in lines]
        good = good and not any(statuses)
        printer.verdict(not any(statuses), f"{user}: verified, manifest signed and checked")
    return good


def demo() -> bool:
    """Runs the demo; whether all went right."""
    printer = Printer()
    with servers() as (old, new), tempfile.TemporaryDirectory(prefix="godwit-demo-") as folder:
        printer.headline(f"Two private Dovecots: the old one on port {old.port} (Maildir, INBOX. and dots), "
                         f"the new one on port {new.tls_port} (sdbox, slashes)")
        for seed, (user, (messages, large)) in enumerate(PEOPLE.items()):
            stored = fill_over_imap(account(old, user), varied_account(seed, messages, large=large))
            print(f"  {user} has {stored} messages on the old server")
        copies = {user: copy_of(old, new, user, Path(folder)) for user in PEOPLE}
        printer.headline("First round: godwit copy moves everything")
        good = run_round(printer, copies)
        printer.headline("Second round: nothing is left to do")
        good = run_round(printer, copies) and good
        printer.headline("Proof: godwit verify --full, the signed manifest, and a check of it without godwit")
        good = prove(printer, copies) and good
        printer.headline("Verification: both servers read again, message by message, by SHA-256")
        good = verify(printer, old, new) and good
    printer.headline("All messages are there." if good else "Something is wrong, see above.")
    return good


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended then, too
    try:
        return 0 if demo() else 1
    except ServerError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
