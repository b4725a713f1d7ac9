# SPDX-License-Identifier: Apache-2.0
"""Two hundred accounts between two servers that have had enough now and then: connections are refused, commands are throttled, sessions
end, and the target is killed and started again. Everybody is moved, everything once; one wrong password stops nobody."""
from __future__ import annotations

import json
import subprocess
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

from compare import compare
from godwit import NOT_ALL_MOVED, binary
from imap_raw import Account
from mailboxes import FolderSpec, fill_maildir
from messages import MessageFactory, MessageSpec
from servers import Dovecot
from throttling_relay import BACK_OFF, REPLIES, ThrottlingRelay

PASSWORD = "secret"
PEOPLE = [f"person-{number:03}@example.com" for number in range(200)]
BAD = PEOPLE[77]  # has another password than the accounts file says
GOOD = [user for user in PEOPLE if user != BAD]
MOVED_BEFORE_RESTART = 60
UNSETTLED = 3.0  # seconds around the restart in which a session may end before an answer in it is read
CAPS = "mail_max_userip_connections = 1"


def stored_in(maildir: Path) -> Counter[tuple[str, bytes, str]]:
    """Folder, content with bare line ends, and system flags of every message."""
    found: Counter[tuple[str, bytes, str]] = Counter()
    for part in ("cur", "new"):
        for path in maildir.glob(f"**/{part}/*"):
            folder = path.parent.parent
            flags = path.name.rpartition(":2,")[2] if ":2," in path.name else ""
            name = "" if folder == maildir else folder.name
            found[name, path.read_bytes().replace(b"\r\n", b"\n"), "".join(filter(str.isupper, flags))] += 1
    return found


class ManyAccounts(unittest.TestCase):
    restart = (0.0, 0.0)  # from, to

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        users = {user: PASSWORD for user in PEOPLE}
        self.old, self.new = (Dovecot("maildir", users, extra=CAPS) for _ in range(2))
        make = MessageFactory(11)
        for user in PEOPLE:
            twice = make.plain(400)
            fill_maildir(self.old.mail_root / user / "mail", self.old.owner, [
                FolderSpec(("INBOX",), [make.plain(400), twice, MessageSpec(twice.body, twice.flags, twice.date)]),
                FolderSpec(("Archive",), [make.plain(400), make.plain(400)])])
        for server in (self.old, self.new):
            self.addCleanup(server.close)
            server.start()

    def write_plan(self, source_port: int) -> None:
        lines = ["source_user,source_password,target_user,target_password"]
        lines += [f"{user},{'wrong' if user == BAD else PASSWORD},{user},{PASSWORD}" for user in PEOPLE]
        (self.folder / "accounts.csv").write_text("\n".join(lines) + "\n")
        (self.folder / "godwit.toml").write_text(f"""
[plan]
name = "two hundred"
ledger = "migration.ledger"
quiet_time = "200ms"

[source]
host = "127.0.0.1"
port = {source_port}
security = "none"

[target]
host = "127.0.0.1"
port = {self.new.port}
security = "none"

[accounts]
files = "accounts.csv"
""")

    def migrate(self) -> tuple[int, dict[str, object]]:
        """Runs it, and restarts the target in between; the exit status and the summary."""
        process = subprocess.Popen([binary(), "migrate", "--json", "--retry-pause", "1", "--plan", str(self.folder / "godwit.toml")],
                                   stdout=subprocess.PIPE, text=True, errors="replace")
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        moved, last = 0, {}
        with process.stdout:
            for line in process.stdout:
                last = json.loads(line)
                moved += last["event"] == "account" and last["state"] == "moved"
                if moved == MOVED_BEFORE_RESTART and last["event"] == "account":
                    moved += 1  # once
                    began = time.monotonic()
                    self.new.kill()
                    self.new.start()
                    self.restart = (began - UNSETTLED, time.monotonic() + UNSETTLED)
        return process.wait(), last

    def test_everybody_is_moved_once(self) -> None:
        with ThrottlingRelay(self.old.port, 5, chance=0.1, per_user=2, connections=8) as relay:
            self.write_plan(relay.port)
            status, summary = self.migrate()
        accounts = {account["account"]: account for account in summary["accounts"]}  # type: ignore[attr-defined]
        unmoved = {name: account.get("error", account["state"]) for name, account in accounts.items() if account["state"] != "moved"}
        self.assertEqual(set(unmoved), {BAD}, unmoved)
        self.assertEqual(unmoved[BAD]["kind"], "auth")
        self.assertEqual(status, NOT_ALL_MOVED)
        for user in GOOD:
            expected, found = (stored_in(server.mail_root / user / "mail") for server in (self.old, self.new))
            self.assertEqual(sum(expected.values()), 5)
            self.assertEqual(found, expected, user)
        self.assertEqual(sum(stored_in(self.new.mail_root / BAD / "mail").values()), 0)
        for user in GOOD[::67]:
            report = compare(*(Account("127.0.0.1", server.port, user, PASSWORD) for server in (self.old, self.new)))
            self.assertTrue(report.is_identical, f"{user}: {report.text()}")
        self.assert_trouble_came(relay)
        self.assert_back_off_was_obeyed(relay)

    def assert_trouble_came(self, relay: ThrottlingRelay) -> None:
        """Else the test would tell nothing."""
        self.assertEqual({told.reply for told in relay.told}, set(range(len(REPLIES))))
        self.assertGreater(len(relay.told), 40)
        self.assertGreater(relay.refused, 0)
        self.assertLessEqual(relay.most_open, 8)

    def assert_back_off_was_obeyed(self, relay: ThrottlingRelay) -> None:
        """Nobody logs in before the time that the account was told is over; by the relay's clock, which starts before godwit's."""
        in_sessions = 0
        for told in relay.told:
            if not told.states_back_off or self.restart[0] < told.time < self.restart[1]:
                continue
            in_sessions += told.command.upper() not in ("LOGIN", "AUTHENTICATE")
            early = [at - told.time for user, at in relay.logins if user == told.user and 0 < at - told.time < BACK_OFF]
            self.assertEqual(early, [], f"{told.user} was told to wait in answer to {told.command}")
        self.assertGreater(in_sessions, 3, "not at the login alone")


if __name__ == "__main__":
    unittest.main()
