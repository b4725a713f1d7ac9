# SPDX-License-Identifier: Apache-2.0
"""Proof over a plan: verify, finish, manifests, retry and accept of several accounts between two real servers."""
from __future__ import annotations

import json
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from compare import compare
from godwit import LEDGER_UNUSABLE, MOVED, NOT_ALL_MOVED, STOPPED, USAGE, Outcome, last_lines
from imap_raw import Account, Connection, quoted
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from plan_case import PlanCase
from servers import Dovecot

PASSWORD = "correct horse"
PEOPLE = ["anna@example.com", "bert@example.com", "carl@example.com", "dora@example.com"]
CHECKER = Path(__file__).resolve().parents[2] / "docs" / "check_manifest.py"
INBOX = b"INBOX"


class PlanProofCase(PlanCase):
    """Four accounts and a plan; moved once where a test does not say otherwise."""

    limits = ""
    is_moved = True
    per_account = 40

    target_settings = ""

    def setUp(self) -> None:
        super().setUp()
        passwords = {user: PASSWORD for user in PEOPLE}
        self.old, self.new = Dovecot("sdbox", passwords), Dovecot("maildir", passwords, extra=self.target_settings)
        for server in (self.old, self.new):
            self.addCleanup(server.close)
            server.start()
        self.make = MessageFactory(11)
        for user in PEOPLE:
            self.fill(user, self.per_account)
        rows = [f"{user},{PASSWORD},{user},{PASSWORD},{'pilot' if user == PEOPLE[0] else 'rest'}" for user in PEOPLE]
        (self.folder / "accounts.csv").write_text("\n".join(["old user,old password,new user,new password,wave", *rows, ""]))
        self.plan.write_text(f"""
[plan]
name = "example.com to its new server"
ledger = "migration.ledger"

[source]
host = "127.0.0.1"
port = {self.old.port}
security = "none"

[target]
host = "127.0.0.1"
port = {self.new.port}
security = "none"
{self.limits}

[accounts]
files = "accounts.csv"

[[wave]]
name = "pilot"

[[wave]]
name = "rest"
""")
        if self.is_moved:
            self.assert_status(self.run_command("migrate"))

    @property
    def ledger(self) -> Path:
        return self.folder / "migration.ledger"

    @staticmethod
    def account(server: Dovecot, user: str) -> Account:
        return Account("127.0.0.1", server.port, user, PASSWORD)

    def fill(self, user: str, count: int) -> None:
        fill_over_imap(self.account(self.old, user), [FolderSpec(("INBOX",), [self.make.plain(600) for _ in range(count)])])

    def on_target(self, user: str, *commands: bytes) -> None:
        """In INBOX, as the user's mail program would."""
        with Connection(self.account(self.new, user)) as connection:
            connection.command(b"SELECT " + quoted(INBOX))
            for command in commands:
                connection.command(command)

    def assert_status(self, outcome: Outcome, status: int = MOVED) -> Outcome:
        self.assertEqual(outcome.status, status, f"\n{last_lines(outcome.text, 25)}")
        return outcome

    @staticmethod
    def accounts_of(outcome: Outcome) -> dict[str, dict[str, object]]:
        return {account["account"]: account for account in outcome.summary()["accounts"]}


class Verify(PlanProofCase):
    def test_no_difference_at_each_depth(self) -> None:
        outcome = self.assert_status(self.run_command("verify", "--json"))
        summary = outcome.summary()
        self.assertEqual((summary["event"], summary["command"], summary["exit_status"]), ("summary", "verify", 0))
        self.assertEqual((summary["without_difference"], summary["with_differences"], summary["without_result"]), (4, 0, 0))
        self.assertEqual({account["listed"] for account in summary["accounts"]}, {self.per_account})
        self.assertEqual(sorted(event["account"] for event in outcome.events() if event["event"] == "account"), PEOPLE)
        sampled = self.accounts_of(self.assert_status(self.run_command("verify", "--sample", "7", "--json")))
        self.assertEqual({account["proven"] for account in sampled.values()}, {7})
        full = self.accounts_of(self.assert_status(self.run_command("verify", "--full", "--account", PEOPLE[1], "--json")))
        self.assertEqual(list(full), [PEOPLE[1]])
        self.assertEqual(full[PEOPLE[1]]["grade"], "perfect")
        again = self.accounts_of(self.assert_status(self.run_command("verify", "--full", "--wave", "rest", "--json")))
        self.assertEqual({name: account["proven"] for name, account in again.items()},
                         {PEOPLE[1]: 0, PEOPLE[2]: self.per_account - 7, PEOPLE[3]: self.per_account - 7})
        twice = self.accounts_of(self.assert_status(self.run_command("verify", "--full", "--again", "--account", PEOPLE[1], "--json")))
        self.assertEqual(twice[PEOPLE[1]]["proven"], self.per_account)
        self.assertNotIn(PASSWORD, outcome.text)

    def test_a_difference_is_told_with_its_account(self) -> None:
        self.on_target(PEOPLE[2], rb"UID STORE 2:3 +FLAGS (\Deleted)", b"UID EXPUNGE 2:3")
        self.on_target(PEOPLE[3], rb"UID STORE 5 FLAGS (\Answered)")
        outcome = self.assert_status(self.run_command("verify", "--json"), NOT_ALL_MOVED)
        differences = [(event["account"], event["kind"], event["target_uid"]) for event in outcome.events() if event["event"] == "difference"]
        self.assertEqual(sorted(differences), [(PEOPLE[2], "missing", 2), (PEOPLE[2], "missing", 3), (PEOPLE[3], "flags", 5)])
        accounts = self.accounts_of(outcome)
        self.assertEqual({name: (account["state"], account["missing"], account["flags"]) for name, account in accounts.items()},
                         {PEOPLE[0]: ("moved", 0, 0), PEOPLE[1]: ("moved", 0, 0), PEOPLE[2]: ("incomplete", 2, 0),
                          PEOPLE[3]: ("incomplete", 0, 1)})
        self.assertEqual((outcome.summary()["without_difference"], outcome.summary()["with_differences"]), (2, 2))
        text = self.assert_status(self.run_command("verify"), NOT_ALL_MOVED).stdout
        self.assertIn(f"{PEOPLE[3]}: flags: INBOX, UID 5", text)
        self.assertIn("3 of 4 accounts without a difference.", text)
        self.assertIn("1 with other flags", text)
        self.assertNotIn("missing: INBOX", text, "it is on record as removed by its user")
        self.assertIn(f"{PEOPLE[2]}: 38 of 38 items listed, no difference; 2 removed on the target before", text)

    def test_a_bad_account_stops_no_other(self) -> None:
        accounts = self.folder / "accounts.csv"
        accounts.write_text(accounts.read_text().replace(f"{PEOPLE[1]},{PASSWORD},{PEOPLE[1]},{PASSWORD}",
                                                         f"{PEOPLE[1]},{PASSWORD},{PEOPLE[1]},wrong"))
        outcome = self.assert_status(self.run_command("verify", "--json"), NOT_ALL_MOVED)
        summary = outcome.summary()
        self.assertEqual((summary["without_difference"], summary["without_result"]), (3, 1))
        self.assertEqual(self.accounts_of(outcome)[PEOPLE[1]]["error"]["kind"], "auth")

    def test_wrong_usage_is_explained(self) -> None:
        for arguments, words in ((("--full", "--sample", "3"), "one of"), (("--plain-ok",), "plan"), (("--account", "nobody"), "nobody"),
                                 (("--ledger", "x", "--account", PEOPLE[0]), "excludes"),
                                 (("--manifest", "x", "--wave", "rest"), "excludes")):
            outcome = self.assert_status(self.run_command("verify", *arguments), USAGE)
            self.assertIn(words, outcome.stderr)


class VerifyBeforeMigrate(PlanProofCase):
    is_moved = False
    per_account = 5

    def test_there_is_nothing_to_verify_yet(self) -> None:
        for command in (("verify",), ("retry",), ("manifest", "--output", str(self.folder / "m")), ("accept", "--wave", "rest", "--kind", "too_big")):
            outcome = self.assert_status(self.run_command(*command), USAGE)
            self.assertIn("godwit migrate", outcome.stderr)
        self.assertFalse(self.ledger.exists())
        self.assert_status(self.run_command("migrate", "--wave", "pilot"))
        for _ in range(2):
            outcome = self.assert_status(self.run_command("verify", "--json"), NOT_ALL_MOVED)
            self.assertEqual((outcome.summary()["without_difference"], outcome.summary()["without_result"]), (1, 3))
            self.assertIn("run godwit migrate", self.accounts_of(outcome)[PEOPLE[1]]["error"]["what"])
        outcome = self.assert_status(self.run_command("manifest", "--output", str(self.folder / "m"), "--json"), NOT_ALL_MOVED)
        self.assertEqual([event["account"] for event in outcome.events() if "items" in event], PEOPLE[:1])


class AtWork(PlanProofCase):
    """The target is slow, so that there is time for orders and a kill."""

    limits = "[target.limits]\nmessages_per_second = 20"

    def test_a_verification_paused_stopped_killed_and_gone_on(self) -> None:
        process = self.start("verify", "--full", "--json", "--at-once", "1")
        status = self.await_status(lambda status: status["messages_done"] > 0 and status["counts"]["running"] > 0)
        self.assertEqual(status["command"], "verify")
        self.assert_status(self.run_command("verify"), LEDGER_UNUSABLE)
        self.assert_status(self.run_command("pause"))
        self.await_status(lambda status: status["paused"] and status["counts"]["running"] == 0, 5)
        self.assert_status(self.run_command("resume"))
        self.await_status(lambda status: status["counts"]["running"] > 0)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, STOPPED)
        process = self.start("verify", "--full", "--json", "--at-once", "1")
        self.await_status(lambda status: status["messages_done"] > 0)
        process.kill()
        process.communicate(timeout=60)
        outcome = self.assert_status(self.run_command("verify", "--full", "--json"))
        self.assertEqual({account["grade"] for account in outcome.summary()["accounts"]}, {"perfect"})
        outcome = self.assert_status(self.run_command("verify", "--full", "--json"))
        self.assertEqual({account["proven"] for account in outcome.summary()["accounts"]}, {0}, "everything was proven already")


    def test_a_killed_sweep_is_made_again(self) -> None:
        for user in PEOPLE:
            self.fill(user, 2)
        process = self.start("finish", "--full", "--at-once", "1")
        status = self.await_status(lambda status: status["messages_done"] > 2)
        self.assertEqual(status["command"], "finish")
        process.kill()
        process.communicate(timeout=60)
        outcome = self.assert_status(self.run_command("finish", "--json"))
        self.assertEqual(outcome.summary()["finished"], len(PEOPLE))
        for user in PEOPLE:
            report = compare(self.account(self.old, user), self.account(self.new, user))
            self.assertTrue(report.is_identical, report.text())


class Finish(PlanProofCase):
    def manifest_of(self, user: str) -> Path:
        return Path(f"{self.ledger}.manifests") / f"{user}.manifest.jsonl"

    def test_new_mail_on_the_source_is_swept_up(self) -> None:
        self.fill(PEOPLE[1], 3)
        outcome = self.assert_status(self.run_command("finish", "--json"))
        accounts = self.accounts_of(outcome)
        self.assertTrue(all(account["finished"] for account in accounts.values()), accounts)
        self.assertEqual({name: (account["rounds"], account["brought"]) for name, account in accounts.items()},
                         {PEOPLE[0]: (1, 0), PEOPLE[1]: (2, 3), PEOPLE[2]: (1, 0), PEOPLE[3]: (1, 0)})
        self.assertEqual((outcome.summary()["finished"], outcome.summary()["exit_status"]), (4, 0))
        for user in PEOPLE:
            report = compare(self.account(self.old, user), self.account(self.new, user))
            self.assertTrue(report.is_identical, report.text())
            done = subprocess.run([sys.executable, str(CHECKER), str(self.manifest_of(user)), f"{self.ledger}.key.pub"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = self.manifest_of(PEOPLE[1]).read_text().splitlines()
        self.assertEqual(json.loads(lines[0])["counts"]["items"], self.per_account + 3)
        text = self.assert_status(self.run_command("finish", "--wave", "pilot", "--full", "--manifests", str(self.folder / "elsewhere"))).stdout
        self.assertIn(f"{PEOPLE[0]}: finished (perfect); 1 round;", text)
        self.assertIn("1 of 1 account finished.", text)
        self.assertIn(f"The manifests come into {self.folder / 'elsewhere'}, and are checked with {self.ledger}.key.pub.", text)
        self.assertEqual([file.name for file in (self.folder / "elsewhere").iterdir()], [f"{PEOPLE[0]}.manifest.jsonl"])

    def test_a_difference_keeps_an_account_from_being_finished(self) -> None:
        self.on_target(PEOPLE[2], rb"UID STORE 4 FLAGS (\Answered)")
        outcome = self.assert_status(self.run_command("finish", "--json"), NOT_ALL_MOVED)
        self.assertEqual([name for name, account in self.accounts_of(outcome).items() if not account["finished"]], [PEOPLE[2]])
        self.assertTrue(self.manifest_of(PEOPLE[2]).exists(), "it tells what there is")
        self.assertIn("--tolerate flags", self.accounts_of(outcome)[PEOPLE[2]]["obstacles"][0]["advice"])
        self.assert_status(self.run_command("finish", "--account", PEOPLE[2], "--tolerate", "flags"))

    def test_a_wave_that_waits_for_its_pilot_is_not_finished(self) -> None:
        self.plan.write_text(self.plan.read_text().replace('name = "pilot"', 'name = "pilot"\npilot = true'))
        outcome = self.assert_status(self.run_command("finish"), NOT_ALL_MOVED)
        self.assertIn("1 of 4 accounts finished.", outcome.stdout)
        self.assertIn("wave rest waits until the pilot is signed off", outcome.stdout)


class FinishWithRefusedItems(PlanProofCase):
    """The target takes no message above 100 KiB."""

    target_settings = "plugin {\n  quota_max_mail_size = 100k\n}"
    user = PEOPLE[3]

    def setUp(self) -> None:
        super().setUp()
        fill_over_imap(self.account(self.old, self.user), [FolderSpec(("INBOX",), [self.make.plain(300_000)])])

    def test_not_finished_until_somebody_accepts(self) -> None:
        text = self.assert_status(self.run_command("finish"), NOT_ALL_MOVED).stdout
        self.assertIn("3 of 4 accounts finished.", text)
        self.assertIn(f"{self.user}: NOT finished (review)", text)
        self.assertIn("1 item not moved (too_big)", text)
        self.assertIn(f"godwit accept --account {self.user} --kind too_big", text)
        refused = self.assert_status(self.run_command("accept", "--kind", "too_big"), USAGE)
        self.assertIn("--account", refused.stderr)
        for account, kind in ((PEOPLE[0], "too_big"), (self.user, "quota")):
            refused = self.assert_status(self.run_command("accept", "--account", account, "--kind", kind), USAGE)
            self.assertIn(kind, refused.stderr)
        accepted = self.assert_status(self.run_command("accept", "--wave", "rest", "--kind", "too_big", "--json")).events()
        self.assertEqual(accepted, [{"event": "accepted", "account": self.user, "kind": "too_big", "count": 1}])
        outcome = self.assert_status(self.run_command("finish", "--json"))
        account = self.accounts_of(outcome)[self.user]
        self.assertEqual((account["finished"], account["grade"], account["not_moved"]), (True, "good", 1))

    def test_tried_again_when_the_target_takes_them(self) -> None:
        self.assert_status(self.run_command("migrate"), NOT_ALL_MOVED)
        fill_over_imap(self.account(self.old, self.user), [FolderSpec(("INBOX",), [self.make.plain(600)])])  # new, not to be tried again
        outcome = self.assert_status(self.run_command("retry", "--json"), NOT_ALL_MOVED)
        self.assertEqual({name: account["copied"] for name, account in self.accounts_of(outcome).items()}, {self.user: 0})
        nothing = self.assert_status(self.run_command("retry", "--account", PEOPLE[0]))
        self.assertIn("No account of these has items that were not moved.", nothing.stdout)
        self.new.stop()
        config = self.new.places.folder / "dovecot.conf"
        config.write_text(config.read_text().replace(self.target_settings, ""))
        self.new.start()
        outcome = self.assert_status(self.run_command("retry", "--json"))
        self.assertEqual({name: account["copied"] for name, account in self.accounts_of(outcome).items()}, {self.user: 1})
        self.assertTrue(self.accounts_of(self.assert_status(self.run_command("finish", "--account", self.user, "--json")))[self.user]["finished"])


class Manifests(PlanProofCase):
    def test_one_signed_file_an_account(self) -> None:
        directory = self.folder / "manifests"
        outcome = self.assert_status(self.run_command("manifest", "--output", str(directory), "--json"))
        files = {event["account"]: Path(event["file"]) for event in outcome.events() if event["event"] == "manifest"}
        self.assertEqual(files, {user: directory / f"{user}.manifest.jsonl" for user in PEOPLE})
        key = outcome.summary()["key"]
        for file in files.values():
            done = subprocess.run([sys.executable, str(CHECKER), str(file), key], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(directory.stat().st_mode & 0o777, 0o700)
        self.assert_status(self.run_command("manifest", "--output", str(directory)))
        unwritable = self.assert_status(self.run_command("manifest", "--output", str(self.plan)), LEDGER_UNUSABLE)
        self.assertIn("a directory is needed", unwritable.stderr)

    def test_wrong_usage_is_explained(self) -> None:
        for command in (("retry", "--connections", "3"), ("retry", "imap://a@b", "imap://c@d"), ("manifest", "imap://a@b", "--output", "x")):
            outcome = self.assert_status(self.run_command(*command), USAGE)
            self.assertIn("--ledger", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
