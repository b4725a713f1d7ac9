# SPDX-License-Identifier: Apache-2.0
"""Before anything is moved: inventory, check and migrate --dry-run over a plan, between two servers on which not everything is well."""
from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import time
from typing import Any

from account_snapshot import take_snapshot
from godwit import MOVED, NOT_ALL_MOVED, STOPPED, USAGE, Outcome, binary
from imap_raw import Account
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from plan_case import PlanCase
from servers import Dovecot

PASSWORD = "correct horse"
WELL = [f"person-{number}@example.com" for number in range(1, 5)]
WRONG, FULL, LARGE = "wrong@example.com", "full@example.com", "large@example.com"
OFFICE, INFO = "office@example.com", "info@example.com"  # one mailbox of the old server
PEOPLE = [*WELL, WRONG, FULL, LARGE, OFFICE, INFO]
TELLS_QUOTA = "protocol imap {\n  mail_plugins = quota acl imap_quota\n}"
LIMIT = 100_000


class SurveyCase(PlanCase):
    def setUp(self) -> None:
        super().setUp()
        passwords = {user: PASSWORD for user in PEOPLE}
        self.old = Dovecot("sdbox", passwords)
        self.new = Dovecot("maildir", passwords, extra=TELLS_QUOTA, announce=(f"APPENDLIMIT={LIMIT}", "QUOTA"))
        (self.old.mail_root / OFFICE).mkdir()
        os.chown(self.old.mail_root / OFFICE, *self.old.owner)
        os.symlink(self.old.mail_root / OFFICE, self.old.mail_root / INFO)
        for server in (self.old, self.new):
            server.start()
            self.addCleanup(server.close)
        make = MessageFactory(3)
        for user in PEOPLE:
            if user == INFO:
                continue
            folders = [FolderSpec(("INBOX",), [make.plain(600) for _ in range(30)]),
                       FolderSpec(("Projects", "2024"), [make.plain(2000) for _ in range(10)])]
            if user == LARGE:
                folders.append(FolderSpec(("Large",), [make.attachment(150_000)]))
            fill_over_imap(self.account(self.old, user), folders)
        self.new.set_quota(FULL, 20)
        self.write_plan()
        self.write_accounts({})

    def write_plan(self, names: str = "", rules: str = "", limits: str = "") -> None:
        self.plan.write_text(f"""
[plan]
name = "example.com to its new server"
ledger = "migration.ledger"

[source]
host = "127.0.0.1"
port = {self.old.tls_port}
fingerprint = "{self.old.fingerprint}"
{limits}

[source.names]
{names}

[target]
host = "127.0.0.1"
port = {self.new.tls_port}
fingerprint = "{self.new.fingerprint}"

[accounts]
files = "accounts.csv"

[rules]
{rules}

[[wave]]
name = "pilot"

[[wave]]
name = "all"
""")

    def write_accounts(self, passwords: dict[str, str]) -> None:
        lines = ["source_user,source_password,target_password,wave"]
        for user in PEOPLE:
            own = passwords.get(user, "not " + PASSWORD if user == WRONG else PASSWORD)
            lines.append(f"{user},{own},{PASSWORD},{'pilot' if user in WELL else 'all'}")
        (self.folder / "accounts.csv").write_text("\n".join(lines) + "\n")

    @staticmethod
    def account(server: Dovecot, user: str) -> Account:
        return Account("127.0.0.1", server.port, user, PASSWORD)

    def godwit(self, *arguments: str, status: int) -> Outcome:
        outcome = self.run_command(*arguments)
        self.assertEqual(outcome.status, status, outcome.text[-3000:])
        self.assertNotIn(PASSWORD, outcome.text)
        return outcome

    def summary(self, *arguments: str, status: int) -> dict[str, Any]:
        return self.godwit(*arguments, "--json", status=status).summary()

    def assert_untouched(self) -> None:
        """Nothing was left behind, on the servers or beside the plan."""
        self.assertEqual({entry.name for entry in self.folder.iterdir()}, {"godwit.toml", "accounts.csv"})
        for user in WELL:
            snapshot = take_snapshot(self.account(self.new, user))
            self.assertEqual(set(snapshot.folders), {("INBOX",)}, user)
            self.assertEqual(snapshot.folders[("INBOX",)].messages, [], user)


def cause(report: dict[str, Any], code: str) -> dict[str, Any]:
    return next((one for one in report["findings"] if one["code"] == code), {})


def told_of(report: dict[str, Any], code: str) -> dict[str, str]:
    return {one["account"]: one["what"] for one in cause(report, code).get("examples", [])}


class InventoryOfAPlan(SurveyCase):
    def test_every_account_is_counted_and_a_bad_one_is_named(self) -> None:
        before = take_snapshot(self.account(self.old, WELL[0])).state()
        report = self.summary("inventory", status=NOT_ALL_MOVED)
        people = {person["account"]: person for person in report["people"]}
        self.assertEqual(list(people), PEOPLE, "in the order of the accounts file")
        for user in WELL:
            self.assertEqual((people[user]["messages"], people[user]["is_read"]), (40, True))
        self.assertEqual(people[LARGE]["messages"], 41)
        self.assertFalse(people[WRONG]["is_read"])
        self.assertIn("login", told_of(report, "source_login")[WRONG])
        self.assertEqual(report["total"]["messages"], 40 * 8 + 1)
        self.assertEqual(report["largest"][0]["account"], LARGE)
        self.assertEqual(before, take_snapshot(self.account(self.old, WELL[0])).state())
        self.assert_untouched()

    def test_chosen_accounts_text_and_tables(self) -> None:
        text = self.godwit("inventory", "--wave", "pilot", status=MOVED).stdout
        for words in ("[4/4]", WELL[0], "together", "160", "largest messages"):
            self.assertIn(words, text)
        self.assertNotIn(FULL, text)
        table = self.godwit("inventory", "--csv", "people", status=NOT_ALL_MOVED)
        rows = {row["account"]: row for row in csv.DictReader(io.StringIO(table.stdout, newline=""))}
        self.assertEqual(list(rows), PEOPLE)
        self.assertEqual(rows[WELL[0]]["messages"], "40")
        self.assertEqual(rows[WRONG]["worst"], "stop")
        self.assertIn("NOT READ", table.stderr)
        table = self.godwit("inventory", "--csv", "folders", "--account", LARGE, status=MOVED).stdout
        self.assertEqual([row["folder"] for row in csv.DictReader(io.StringIO(table, newline=""))], ["INBOX", "Large", "Projects",
                                                                                                   "Projects/2024"])
        self.write_plan(rules='exclude = ["Projects/**"]')
        self.assertEqual(self.summary("inventory", "--account", WELL[0], status=MOVED)["total"]["messages"], 30)

    def test_a_url_and_a_plan_are_kept_apart(self) -> None:
        url = self.old.url(WELL[0])
        for arguments in (["inventory", url, "--wave", "pilot"], ["inventory", "--plain-ok"], ["inventory", "--exclude", "INBOX"],
                          ["check", url], ["check", "--source-trust-always"], ["inventory", "--account", "nobody@example.com"]):
            self.godwit(*arguments, status=USAGE)

    def test_a_stop_ends_it_and_tells_what_was_read(self) -> None:
        run = subprocess.Popen([binary(), "check", "--plan", str(self.plan), "--at-once", "1", "--json"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        self.addCleanup(run.kill)
        assert run.stdout is not None
        for line in run.stdout:
            if json.loads(line)["event"] == "account":
                break
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read().splitlines()
        run.communicate(timeout=60)
        summary = json.loads(rest[-1])
        self.assertIn(run.returncode, (STOPPED, NOT_ALL_MOVED), rest)
        if run.returncode == STOPPED:
            self.assertLess(len(summary["people"]), len(PEOPLE))
        self.assert_untouched()


class CheckOfAPlan(SurveyCase):
    def test_everything_wrong_is_told_with_the_accounts_name(self) -> None:
        report = self.summary("check", status=NOT_ALL_MOVED)
        worst = {person["account"]: person["worst"] for person in report["people"]}
        self.assertEqual(worst[WRONG], "stop")
        self.assertEqual(worst[FULL], "stop")
        self.assertEqual(worst[LARGE], "warning")
        self.assertEqual([worst[user] for user in WELL], ["note"] * len(WELL))
        self.assertEqual(set(told_of(report, "source_login")), {WRONG})
        self.assertIn("password", cause(report, "source_login")["advice"])
        self.assertEqual(set(told_of(report, "quota_of_storage")), {FULL})
        self.assertEqual(set(told_of(report, "append_limit")), {LARGE})
        self.assertEqual((cause(report, "append_limit")["count"], cause(report, "append_limit")["accounts"]), (1, 1))
        self.assertIn("raise the limit", cause(report, "append_limit")["advice"])
        self.assertEqual(set(told_of(report, "same_mailbox")), {OFFICE, INFO})
        self.assertIn(OFFICE, told_of(report, "same_mailbox")[INFO])
        self.assert_untouched()

    def test_the_question_of_one_mailbox_can_be_answered(self) -> None:
        self.write_plan(names=f'distinct = "{INFO}"')
        self.assertEqual(cause(self.summary("check", status=NOT_ALL_MOVED), "same_mailbox"), {})
        self.write_plan(names=f'aliases = {{ "{INFO}" = "{OFFICE}" }}')
        self.assertIn("same mailbox of the source", self.godwit("check", status=USAGE).stderr)

    def test_both_sides_are_tested_where_one_is_refused(self) -> None:
        self.write_accounts({WRONG: PASSWORD})
        self.new.add_user(WRONG, "another")
        report = self.summary("check", "--account", WRONG, status=NOT_ALL_MOVED)
        self.assertEqual(set(told_of(report, "target_login")), {WRONG})
        self.assertEqual(report["total"]["messages"], 40, "the source was read all the same")

    def test_text_and_tables(self) -> None:
        text = self.godwit("check", status=NOT_ALL_MOVED).stdout
        self.assertIn("CANNOT be moved like this", text)
        self.assertIn("4 of 9 accounts can be moved as they are, 3 with warnings, 2 cannot be moved like this.", text)
        self.assertIn("findings by cause", text)
        table = self.godwit("check", "--csv", "findings", status=NOT_ALL_MOVED).stdout
        found = {(row["source"], row["code"]) for row in csv.DictReader(io.StringIO(table, newline=""))}
        self.assertLessEqual({(WRONG, "source_login"), (FULL, "quota_of_storage"), (OFFICE, "same_mailbox")}, found)
        table = self.godwit("check", "--csv", "folders", "--account", WELL[0], status=MOVED).stdout
        self.assertIn("Projects/2024", table)

    def test_a_target_that_is_down_is_told_of_every_account(self) -> None:
        self.new.stop()
        begin = time.monotonic()
        report = self.summary("check", "--wave", "pilot", status=NOT_ALL_MOVED)
        self.assertEqual(set(told_of(report, "target_not_usable")), set(WELL))
        self.assertEqual(report["total"]["messages"], 160)
        self.assertLess(time.monotonic() - begin, 60)
        self.new.start()


class DryRun(SurveyCase):
    def test_what_would_be_moved_before_and_after_a_round(self) -> None:
        before = self.summary("migrate", "--dry-run", "--wave", "pilot", status=MOVED)
        self.assertEqual((before["messages"], before["on_record"], before["to_move"]), (160, 0, 160))
        self.assertFalse(before["ledger_is_read"])
        self.assert_untouched()
        self.godwit("migrate", "--account", WELL[0], status=MOVED)
        after = self.summary("migrate", "--dry-run", "--wave", "pilot", status=MOVED)
        self.assertEqual((after["messages"], after["on_record"], after["to_move"]), (160, 40, 120))
        rows = {row["account"]: row for row in after["accounts"]}
        self.assertEqual((rows[WELL[0]]["to_move"], rows[WELL[0]]["bytes_to_move"]), (0, 0))
        self.assertEqual(rows[WELL[1]]["to_move"], 40)
        listed = {line["account"]: line["state"] for line in self.godwit("status", "--json", status=MOVED).events()}
        self.assertEqual(listed[WELL[1]], "not begun", "a dry run is on no record")

    def test_what_is_left_out_and_what_does_not_fit(self) -> None:
        report = self.summary("migrate", "--dry-run", "--account", LARGE, status=NOT_ALL_MOVED)
        self.assertEqual((report["messages"], report["too_large"], report["left_out"]), (41, 1, 0))
        self.write_plan(rules='size_limit = "100KB"\nexclude = "Projects/**"')
        report = self.summary("migrate", "--dry-run", "--account", LARGE, status=MOVED)
        self.assertEqual((report["messages"], report["too_large"], report["left_out"], report["folders_left_out"]), (30, 0, 1, 2))
        text = self.godwit("migrate", "--dry-run", "--account", FULL, "--account", WRONG, status=NOT_ALL_MOVED).stdout
        self.assertIn("Nothing was changed", text)
        self.assertIn("There is no ledger yet", text)
        self.assertIn("cannot be moved like this", text)

    def test_a_ledger_at_work_is_left_alone(self) -> None:
        self.write_plan(limits="[source.limits]\nmessages_per_second = 20")
        run = subprocess.Popen([binary(), "migrate", "--plan", str(self.plan), "--wave", "pilot"], stdout=subprocess.DEVNULL)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        socket = self.folder / "migration.ledger.socket"
        while not socket.exists():
            time.sleep(0.05)
        report = self.summary("migrate", "--dry-run", "--account", WELL[3], status=MOVED)
        self.assertEqual((report["ledger_is_read"], report["messages"]), (False, 40))
        self.assertIsNone(run.poll(), "it goes on")


if __name__ == "__main__":
    unittest.main()
