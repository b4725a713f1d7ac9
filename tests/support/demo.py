# SPDX-License-Identifier: Apache-2.0
"""The demo: three people move with their mail, calendars, contacts and filters from private servers to others; see scripts/demo."""
from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import demo_items
from compare import Report, compare
from godwit import Copy, binary
from imap_raw import Account
from mailboxes import fill_over_imap, varied_account
from radicale import Radicale
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


Side = tuple[Dovecot, Radicale]


@contextmanager
def servers() -> Iterator[tuple[Side, Side]]:
    """The old server keeps Maildir and puts everything below "INBOX."; the new one keeps sdbox, and separates by "/". Beside each a
    Radicale for calendars and contacts; filters are the Dovecots' own."""
    passwords = {user: f"{user.partition('@')[0]}-secret" for user in PEOPLE}
    with Dovecot("maildir", passwords, separator=".", prefix="INBOX.", sieve=True) as old, Dovecot("sdbox", passwords, sieve=True) as new, \
            Radicale(passwords) as old_calendars, Radicale(passwords) as new_calendars:
        yield (old, old_calendars), (new, new_calendars)


def account(server: Dovecot, user: str) -> Account:
    return Account("127.0.0.1", server.port, user, server.password(user))


def copies_of(old: Side, new: Side, user: str, folder: Path) -> dict[str, Copy]:
    """For mail, for calendars and contacts, and for filters."""
    (mail, calendars), (new_mail, new_calendars) = old, new
    trust = ["--source-trust-fingerprint", mail.fingerprint, "--target-trust-fingerprint", new_mail.fingerprint, "--plain-ok"]
    urls = {user: (mail.url(user), new_mail.url(user, tls=True)),
            f"{user}, calendars and contacts": (calendars.dav_url(user), new_calendars.dav_url(user)),
            f"{user}, filters": (mail.sieve_url(user), new_mail.sieve_url(user))}
    copies = {}
    for what, (source, target) in urls.items():
        own = folder / what
        own.mkdir()
        copies[what] = Copy(source, target, mail.password(user), new_mail.password(user), own, trust)
    return copies


def run_round(printer: Printer, copies: dict[str, Copy]) -> bool:
    """`godwit copy` for each; the terminal is theirs, so that they show their progress."""
    good = True
    for what, copy in copies.items():
        started = time.monotonic()
        status = subprocess.run(copy.command(), check=False).returncode
        good = good and status == 0
        printer.verdict(status == 0, f"{what}: exit status {status} after {time.monotonic() - started:.1f} s")
    return good


def verify(printer: Printer, old: Side, new: Side) -> bool:
    """Every message of every folder on both servers, and every appointment, contact and filter, by readers that share no code with godwit."""
    good = True
    for user in PEOPLE:
        report: Report = compare(account(old[0], user), account(new[0], user))
        printer.verdict(report.is_identical, f"{user}: {report.text()}")
        difference = demo_items.difference(old, new, user)
        printer.verdict(not difference, f"{user}: {difference or 'appointments, contacts and filters are the same'}")
        good = good and report.is_identical and not difference
    return good


def prove(printer: Printer, copies: dict[str, Copy]) -> bool:
    """godwit reads everything back, and signs what became of each item; the manifest is checked without godwit."""
    good = True
    for what, copy in copies.items():
        verify_line = copy.command("--full")
        verify_line[1] = "verify"
        manifest = copy.folder / "manifest.jsonl"
        lines = [verify_line, [binary(), "manifest", "--ledger", str(copy.ledger), "--output", str(manifest)],
                 [binary(), "report", "--ledger", str(copy.ledger)],
                 [sys.executable, str(CHECKER), str(manifest), f"{copy.ledger}.key.pub"]]
        statuses = [subprocess.run(line, check=False).returncode for line in lines]
        good = good and not any(statuses)
        printer.verdict(not any(statuses), f"{what}: verified, manifest signed and checked")
    return good


def demo() -> bool:
    """Runs the demo; whether all went right."""
    printer = Printer()
    with servers() as (old, new), tempfile.TemporaryDirectory(prefix="godwit-demo-") as folder:
        printer.headline(f"Two private Dovecots: the old one on port {old[0].port} (Maildir, INBOX. and dots), "
                         f"the new one on port {new[0].tls_port} (sdbox, slashes); and two Radicales for calendars and contacts")
        for seed, (user, (messages, large)) in enumerate(PEOPLE.items()):
            stored = fill_over_imap(account(old[0], user), varied_account(seed, messages, large=large))
            demo_items.fill(old[1], old[0], user)
            print(f"  {user} has {stored} messages, {demo_items.EVENTS} appointments, {demo_items.CONTACTS} contacts and 2 filters on the old "
                  "server")
        copies = {what: copy for user in PEOPLE for what, copy in copies_of(old, new, user, Path(folder)).items()}
        printer.headline("First round: godwit copy moves everything")
        good = run_round(printer, copies)
        printer.headline("Second round: nothing is left to do")
        good = run_round(printer, copies) and good
        printer.headline("Proof: godwit verify --full, the signed manifest, and a check of it without godwit")
        good = prove(printer, copies) and good
        printer.headline("Verification: both servers read again, item by item; messages by SHA-256")
        good = verify(printer, old, new) and good
    printer.headline("Everything is there." if good else "Something is wrong, see above.")
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
