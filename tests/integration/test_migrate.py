# SPDX-License-Identifier: Apache-2.0
"""Many accounts of one plan between two servers: moved, watched, paused, stopped, and what a bad one among them does."""
from __future__ import annotations

import json
import signal
import time
import unittest
from pathlib import Path

from compare import compare
from godwit import LEDGER_UNUSABLE, MOVED, NOT_ALL_MOVED, STOPPED, USAGE
from imap_raw import Account
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from plan_case import PlanCase
from servers import Dovecot

PEOPLE = [f"person-{number:02}@example.com" for number in range(1, 9)]
ODD_PASSWORD = 'p"a,s;s w\u00f6rd%\\1'


class MigrateCase(PlanCase):
    """Eight accounts on the old server, and a plan for them."""

    per_account = 60
    limits = ""
    target_settings = ""  # as in dovecot.conf

    def setUp(self) -> None:
        super().setUp()
        passwords = {user: ODD_PASSWORD for user in PEOPLE}
        self.old, self.new = Dovecot("sdbox", passwords), Dovecot("maildir", passwords, extra=self.target_settings)
        for server in (self.old, self.new):
            server.start()
            self.addCleanup(server.stop)
        make = MessageFactory(7)
        for user in PEOPLE:
            fill_over_imap(self.account(self.old, user), [
                FolderSpec(("INBOX",), [make.plain(600) for _ in range(self.per_account)]),
                FolderSpec(("Archive",), [make.plain(600) for _ in range(self.per_account // 2)])])
        self.write_accounts({user: ODD_PASSWORD for user in PEOPLE})
        self.plan.write_text(f"""
[plan]
name = "example.com to its new server"
ledger = "migration.ledger"

[source]
host = "127.0.0.1"
port = {self.old.port}
security = "none"
{self.limits}

[target]
host = "127.0.0.1"
port = {self.new.port}
security = "none"

[accounts]
files = "accounts.csv"

[[wave]]
name = "first"

[[wave]]
name = "second"
""")

    @staticmethod
    def account(server: Dovecot, user: str) -> Account:
        return Account("127.0.0.1", server.port, user, ODD_PASSWORD)

    def write_accounts(self, passwords: dict[str, str]) -> None:
        lines = ["Old user;Old password;New user;New password;Wave"]
        for number, (user, password) in enumerate(passwords.items()):
            quoted = '"' + password.replace('"', '""') + '"'
            right = '"' + ODD_PASSWORD.replace('"', '""') + '"'
            lines.append(f"{user};{quoted};{user};{right};{'first' if number % 2 else 'second'}")
        (self.folder / "accounts.csv").write_text("\ufeff" + "\r\n".join(lines) + "\r\n")

    def assert_equal(self, users: list[str]) -> None:
        for user in users:
            report = compare(self.account(self.old, user), self.account(self.new, user))
            self.assertTrue(report.is_identical, f"{user}: {report.text()}")


class Migrate(MigrateCase):
    def test_all_accounts_are_moved_and_a_second_round_has_nothing_to_do(self) -> None:
        first = self.run_command("migrate", "--json")
        self.assertEqual(first.status, MOVED, first.text)
        summary = first.summary()
        self.assertEqual(summary["counts"]["moved"], len(PEOPLE))
        self.assertEqual(sum(account["copied"] for account in summary["accounts"]), len(PEOPLE) * (self.per_account * 3 // 2))
        self.assertEqual({account["grade"] for account in summary["accounts"]} - {"good", "perfect"}, set())
        self.assert_equal(PEOPLE)
        second = self.run_command("migrate", "--json")
        self.assertEqual(second.status, MOVED, second.text)
        self.assertEqual(sum(account["copied"] for account in second.summary()["accounts"]), 0)
        listed = self.run_command("account", "list", "--json").events()
        self.assertEqual([line["account"] for line in listed], PEOPLE)
        self.assertEqual({line["state"] for line in listed}, {"moved"})
        self.assertNotIn(ODD_PASSWORD, first.text + second.text)

    def test_a_wave_and_an_account_are_chosen(self) -> None:
        outcome = self.run_command("migrate", "--wave", "first", "--json")
        self.assertEqual(outcome.status, MOVED, outcome.text)
        self.assertEqual({account["account"] for account in outcome.summary()["accounts"]}, set(PEOPLE[1::2]))
        self.assert_equal(PEOPLE[1::2])
        outcome = self.run_command("migrate", "--account", PEOPLE[0], "--json")
        self.assertEqual([account["account"] for account in outcome.summary()["accounts"]], PEOPLE[:1])
        missing = self.run_command("migrate", "--account", "nobody@example.com")
        self.assertEqual(missing.status, USAGE)
        self.assertIn("nobody@example.com", missing.stderr)

    def test_the_other_waves_wait_for_the_pilots_sign_off(self) -> None:
        self.plan.write_text(self.plan.read_text().replace('name = "first"', 'name = "first"\npilot = true'))
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, MOVED, outcome.text)
        self.assertIn("wave second waits until the pilot is signed off", outcome.stdout)
        self.assert_equal(PEOPLE[1::2])
        self.assertEqual(self.run_command("sign-off", "second").status, USAGE, "it is no pilot")
        self.assertEqual(self.run_command("sign-off", "first").status, MOVED)
        self.assertEqual(self.run_command("migrate").status, MOVED)
        self.assert_equal(PEOPLE)

    def test_one_bad_account_stops_no_other(self) -> None:
        self.write_accounts({user: ("wrong" if user == PEOPLE[2] else ODD_PASSWORD) for user in PEOPLE})
        outcome = self.run_command("migrate", "--json")
        self.assertEqual(outcome.status, NOT_ALL_MOVED, outcome.text)
        states = {account["account"]: account for account in outcome.summary()["accounts"]}
        self.assertEqual(states[PEOPLE[2]]["state"], "failed")
        self.assertEqual(states[PEOPLE[2]]["error"]["kind"], "auth")
        self.assert_equal([user for user in PEOPLE if user != PEOPLE[2]])
        self.write_accounts({user: ODD_PASSWORD for user in PEOPLE})
        self.assertEqual(self.run_command("migrate").status, MOVED)
        self.assert_equal(PEOPLE)

    def test_faults_of_the_files_are_told_with_their_places(self) -> None:
        (self.folder / "accounts.csv").write_text("old user,new user,old password\nalice@example.com\n")
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, USAGE)
        self.assertIn("accounts.csv:2", outcome.stderr)


class MigrateAtWork(MigrateCase):
    """The source is slow, so that there is time to give orders."""

    limits = "[source.limits]\nmessages_per_second = 80\nconnections = 6"

    def test_paused_resumed_and_watched_from_another_process(self) -> None:
        process = self.start("migrate", "--json", "--at-once", "4")
        self.await_status(lambda status: status["messages_done"] > 20)
        refused = self.run_command("migrate")
        self.assertEqual(refused.status, LEDGER_UNUSABLE, refused.text)
        self.assertEqual(self.run_command("pause").status, MOVED)
        paused = self.await_status(lambda status: status["paused"] and status["counts"]["running"] == 0, 5)
        time.sleep(1)
        later = self.await_status(lambda _: True)
        self.assertEqual(later["messages_done"], paused["messages_done"], "nothing goes on in a pause")
        canceled = self.run_command("account", "cancel", PEOPLE[0])
        self.assertEqual(canceled.status, MOVED, canceled.text)
        self.assertEqual(self.run_command("account", "cancel", "nobody@example.com").status, NOT_ALL_MOVED)
        self.assertEqual(self.run_command("resume").status, MOVED)
        output, _ = process.communicate(timeout=120)
        summary = json.loads(output.splitlines()[-1])
        self.assertEqual(summary["counts"]["moved"], len(PEOPLE) - 1, output[-2000:])
        self.assertEqual(summary["counts"]["canceled"], 1)
        self.assertEqual(process.returncode, NOT_ALL_MOVED)
        self.assert_equal(PEOPLE[1:])
        self.assertFalse(Path(str(self.folder / "migration.ledger") + ".socket").exists())

    def test_stopped_and_killed_it_goes_on(self) -> None:
        process = self.start("migrate", "--json")
        self.await_status(lambda status: status["messages_done"] > 20)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, STOPPED)
        process = self.start("migrate", "--json")
        self.await_status(lambda status: status["messages_done"] > 50)
        process.kill()
        process.communicate(timeout=60)
        states = {line["account"]: line["state"] for line in self.run_command("status", "--json").events()}
        self.assertNotIn("running", states.values(), "a crash leaves no account at work")
        self.assertIn("cut short", states.values())
        outcome = self.run_command("migrate", "--json")
        self.assertEqual(outcome.status, MOVED, outcome.text[-2000:])
        self.assert_equal(PEOPLE)


if __name__ == "__main__":
    unittest.main()
