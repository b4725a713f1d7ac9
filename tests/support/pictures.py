# SPDX-License-Identifier: Apache-2.0
"""The README's pictures: fifty made-up people move between two private Dovecots, in a terminal that is captured while it goes on, and the
report's page of that run is photographed; see scripts/pictures."""
from __future__ import annotations

import argparse
import csv
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from godwit import binary
from imap_raw import Account
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from relay import Relay
from servers import Dovecot
from terminal_svg import svg_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
COLUMNS, LINES = 104, 26
PASSWORD = "made-up"
NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim", "leo", "mallory", "nina", "oscar",
         "peggy", "quentin", "rosa", "sybil", "trent", "uma", "victor", "wendy", "xavier", "yara")
PEOPLE = [f"{name}@example.com" for name in NAMES] + [f"{name}@example.org" for name in NAMES]
TOO_SMALL, LOCKED_OUT = "peggy@example.com", "oscar@example.org"


def fill(server: Dovecot, scale: float) -> None:
    """Mailboxes of different sizes."""
    for number, user in enumerate(PEOPLE):
        make = MessageFactory(100 + number)
        size = int((20 + number * 37 % 160) * scale)
        folders = [FolderSpec(("INBOX",), [make.plain(make.size(6000, 1.4, 400_000)) for _ in range(size)]),
                   FolderSpec(("Sent",), [make.plain(make.size(4000)) for _ in range(size // 2)]),
                   FolderSpec(("Archive", "2024"), [make.attachment(60_000) for _ in range(size // 8)])]
        if user == TOO_SMALL:
            folders.append(FolderSpec(("Projects",), [make.plain(6_000_000) for _ in range(2)]))
        fill_over_imap(Account("127.0.0.1", server.port, user, PASSWORD), folders)


def write_plan(folder: Path, source_port: int, target_port: int) -> None:
    """Two waves, and one password that is wrong."""
    with (folder / "accounts.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["source_user", "source_password", "target_user", "target_password", "wave"])
        for number, user in enumerate(PEOPLE):
            password = "wrong" if user == LOCKED_OUT else PASSWORD
            rows.writerow([user, password, user, PASSWORD, "night 1" if number < 20 else "night 2"])
    (folder / "godwit.toml").write_text(f"""
[plan]
name = "example.com to its new server"
ledger = "migration.ledger"

[source]
host = "127.0.0.1"
port = {source_port}
security = "none"

[source.limits]
connections = 16

[target]
host = "127.0.0.1"
port = {target_port}
security = "none"

[accounts]
files = "accounts.csv"

[[wave]]
name = "night 1"

[[wave]]
name = "night 2"
""")


class Terminal:
    """A tmux session of its own server."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        self._tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), "-c", str(folder),
                   "env PS1='$ ' PATH=" + shlex.quote(f"{Path(binary()).parent}:/usr/bin:/bin") + " bash --norc")

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments], check=True, capture_output=True,
                              text=True).stdout

    def type(self, line: str) -> None:
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")
        time.sleep(1)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-e").rstrip("\n ")

    def close(self) -> None:
        self._tmux("kill-server")


def picture_of_terminal(folder: Path, output: Path) -> None:
    """Taken when about half of the people are moved; returns when all are."""
    terminal = Terminal(folder)
    try:
        terminal.type("godwit migrate --at-once 8")
        shown = ""
        while not (screen := terminal.screen()).endswith("\n$"):  # until the prompt is there again
            if not shown and any(f" {count} of 50 accounts moved" in screen for count in range(18, 36)):
                shown = screen
            time.sleep(0.05)
        output.write_text(svg_of(shown or screen, COLUMNS, "godwit migrate at work: bars for the whole plan and for each account at work"))
    finally:
        terminal.close()


def picture_of_page(page: Path, output: Path, height: int, scale: float = 1, is_dark: bool = False) -> None:
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--blink-settings=preferredColorScheme=0"] if is_dark else ["--blink-settings=preferredColorScheme=1"]
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}", *flags,
                        f"--force-device-scale-factor={scale}", f"--screenshot={output}",
                        f"--window-size=1240,{height}", page.as_uri()], check=True, capture_output=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="put everything here: the plan, its ledger, the page; light and dark")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the mailboxes")
    parser.add_argument("--rate", type=float, default=4e6, help="bytes a second of the line to the old server")
    options = parser.parse_args()
    passwords = {user: PASSWORD for user in PEOPLE}
    with tempfile.TemporaryDirectory(prefix="godwit-pictures-") as temporary, \
            Dovecot("sdbox", passwords) as old, Dovecot("maildir", passwords) as new, Relay(old.port, rate=options.rate) as line:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        fill(old, options.scale)
        new.set_quota(TOO_SMALL, 4_000)
        write_plan(folder, line.port, new.port)
        picture_of_terminal(folder, DOCS / "status.svg")
        page = folder / "report.html"
        subprocess.run([binary(), "report", "--plan", str(folder / "godwit.toml"), "--format", "html", "--output", str(page)],
                       check=False)
        picture_of_page(page, DOCS / "report.png", 2450, 0.6)
        if options.keep:
            for name, is_dark in (("light", False), ("dark", True)):
                picture_of_page(page, folder / f"{name}.png", 6000, is_dark=is_dark)
    return 0


if __name__ == "__main__":
    sys.exit(main())
