# SPDX-License-Identifier: Apache-2.0
"""What Google lets an account move in a day: kept by the plan's own budget, and what happens when Google says that it is used up. Gmail is
played by a double that is built from documents (see tests/support/gmail_double.py)."""
from __future__ import annotations

import hashlib
import os
import signal
import time
import unittest
from typing import cast

from account_snapshot import take_snapshot
from gmail_double import GmailDouble
from godwit import MOVED, STOPPED
from imap_raw import Account
from plan_case import PlanCase
from servers import Dovecot

LARGE, SMALL = "large@example.com", "small@example.com"
PASSWORD = "correct horse"


def body(number: int, size: int) -> bytes:
    return f"Message-ID: <{number}@example.com>\r\nSubject: {number}\r\n\r\n".encode() + b"x" * size + b"\r\n"


class Budgets(PlanCase):
    """One account has more than a day lets it move, another has not."""

    def setUp(self) -> None:
        super().setUp()
        self.large, self.small = GmailDouble(), GmailDouble()
        for double in (self.large, self.small):
            self.addCleanup(double.__exit__)
        self.new = Dovecot("sdbox", {LARGE: PASSWORD, SMALL: PASSWORD})
        self.addCleanup(self.new.close)
        self.new.start()
        for number in range(20):
            self.large.deliver(body(number, 10_000), ["\\Inbox", "Work"])
        self.small.deliver(body(100, 500))
        self.write_plan("")

    def write_plan(self, limits: str) -> None:
        source = "".join(f'[[source]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {double.port}\nsecurity = "none"\n{limits}\n'
                         for name, double in (("one", self.large), ("two", self.small)))
        self.plan.write_text(f'[plan]\nname = "x"\nledger = "migration.ledger"\n[accounts]\nfiles = "accounts.csv"\n{source}'
                             f'[target]\nhost = "127.0.0.1"\nport = {self.new.port}\nsecurity = "none"\n')
        (self.folder / "accounts.csv").write_text(
            "source,old user,old password,new user,new password\n"
            f"one,{LARGE},{PASSWORD},{LARGE},{PASSWORD}\ntwo,{SMALL},{PASSWORD},{SMALL},{PASSWORD}\n")

    def set_day(self, day: int) -> None:
        """A time zone in which it is the first hour of the day now, of today or of the day after."""
        offset = time.gmtime().tm_hour - 24 * day
        os.environ["TZ"] = f"XXX{offset}"
        self.addCleanup(os.environ.pop, "TZ", None)

    def moved(self, user: str) -> list[str]:
        folders = take_snapshot(Account("127.0.0.1", self.new.port, user, PASSWORD)).folders.values()
        return [message.digest for folder in folders for message in folder.messages]

    def assert_whole(self) -> None:
        self.assertEqual(sorted(self.moved(LARGE)), sorted(hashlib.sha256(mail.body).hexdigest() for mail in self.large.mails))

    def stop_when_set_aside(self) -> dict[str, object]:
        """Runs a migration until the large account waits for another day and the small one is moved; then it is stopped."""
        process = self.start("migrate", "--json", "--at-once", "1")
        status = self.await_status(lambda status: status["counts"]["moved"] == 1 and "next_attempt" in self.large_account(status))
        account = self.large_account(status)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        text = process.stdout.read()
        self.assertEqual(process.wait(timeout=60), STOPPED, text)
        self.lines = text.splitlines()
        return account

    @staticmethod
    def large_account(status: dict[str, object]) -> dict[str, object]:
        accounts = cast("list[dict[str, object]]", status["accounts"])
        return next((account for account in accounts if account["account"] == f"one:{LARGE}"), {})

    def test_a_budget_over_two_days(self) -> None:
        self.write_plan('limits.bytes_per_day_per_account = "120000"')
        self.set_day(0)
        checked = self.run_command("check", "--json")
        self.assertIn("take 2 days: one lets an account move 117.2 KiB a day", checked.text)
        account = self.stop_when_set_aside()
        self.assertTrue(any("an account moves 117.2 KiB a day at most" in line for line in self.lines), self.lines)
        self.assertNotIn("error", account)
        first_day = len(self.moved(LARGE))
        self.assertGreater(first_day, 0)
        self.assertLessEqual(first_day, 12)
        self.assertEqual(len(self.moved(SMALL)), 1, "others go on")
        # Another process on the same day has nothing left.
        process = self.start("migrate", "--json", "--at-once", "1")
        self.await_status(lambda status: "next_attempt" in self.large_account(status))
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        self.assertEqual(len(self.moved(LARGE)), first_day)
        self.set_day(1)
        done = self.run_command("migrate", "--json")
        self.assertEqual(done.status, MOVED, done.text)
        self.assert_whole()

    def test_what_google_refuses_for_a_day_is_no_failure_of_messages(self) -> None:
        self.large.download_limit = 55_000
        account = self.stop_when_set_aside()
        self.assertEqual(len(self.moved(LARGE)), 5)
        self.assertEqual(account["not_moved"], 0)
        self.assertGreater(account["next_attempt"], time.time() + 20 * 3600)
        self.large.new_day()
        self.large.refuses_logins = True  # it is locked out still: that is no refused password
        self.stop_when_set_aside()
        self.large.refuses_logins, self.large.download_limit = False, None
        done = self.run_command("migrate", "--json")
        self.assertEqual(done.status, MOVED, done.text)
        self.assert_whole()


if __name__ == "__main__":
    unittest.main()
