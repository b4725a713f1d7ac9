# SPDX-License-Identifier: Apache-2.0
"""Reports of a plan: what every form says of a run in which a login failed and a message was refused; of a run that goes on, and of one
that was killed; and the log and the traces that such a run leaves."""
from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path
from typing import Any
from unittest import main

from godwit import MOVED, NOT_ALL_MOVED, USAGE
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from test_migrate import ODD_PASSWORD, PEOPLE, MigrateCase
from test_secrets import files_below, traces

WRONG = "not-the-right-one"
REFUSED, LOCKED_OUT = PEOPLE[1], PEOPLE[2]


class ReportCase(MigrateCase):
    def report(self) -> dict[str, Any]:
        outcome = self.run_command("report", "--format", "json")
        self.assertIn(outcome.status, (MOVED, NOT_ALL_MOVED), outcome.text)
        return json.loads(outcome.stdout)


class Reports(ReportCase):
    """One password is wrong, and one message is larger than the target takes."""

    per_account = 30
    target_settings = "plugin {\n  quota_max_mail_size = 600K\n}"

    def setUp(self) -> None:
        super().setUp()
        fill_over_imap(self.account(self.old, REFUSED), [FolderSpec(("Large ones",), [MessageFactory(8).plain(900_000)])])
        self.write_accounts({user: (WRONG if user == LOCKED_OUT else ODD_PASSWORD) for user in PEOPLE})

    def test_all_forms_say_the_same_and_no_password_is_anywhere(self) -> None:
        log, traced = self.folder / "migrate.log", self.folder / "traces"
        run = self.run_command("migrate", "--log", str(log), "--trace", str(traced))
        self.assertEqual(run.status, NOT_ALL_MOVED, run.text)
        self.check_json(self.report())
        text = self.run_command("report")
        self.assertEqual(text.status, NOT_ALL_MOVED, text.text)
        self.check_text(text.stdout)
        for form in ("html", "csv"):
            written = self.run_command("report", "--format", form, "--output", str(self.folder / form))
            self.assertEqual(written.status, NOT_ALL_MOVED, written.text)
            self.assertEqual(written.stdout, "")
        self.check_html((self.folder / "html").read_text())
        self.check_csv(self.folder / "csv")
        self.check_log(log.read_text())
        self.check_traces(traced)
        status = self.run_command("status")
        self.check_status(status.stdout)
        (self.folder / "accounts.csv").unlink()
        left = files_below(self.folder) + (run.text + text.text + status.text).encode()
        for password in (ODD_PASSWORD, WRONG):
            for form in traces(password):
                self.assertNotIn(form, left)

    def check_json(self, report: dict[str, Any]) -> None:
        people = {person["name"]: person for person in report["people"]}
        self.assertEqual(list(people), PEOPLE)
        self.assertEqual(report["summary"]["standing"], {"done": 6, "waiting": 0, "running": 0, "stopped": 0, "decision": 1, "failed": 1})
        self.assertEqual(report["summary"]["not_moved"], 1)
        self.assertEqual(people[PEOPLE[0]]["items"], 45)
        self.assertEqual(people[REFUSED]["items"], 45)
        self.assertEqual((people[LOCKED_OUT]["items"], people[LOCKED_OUT]["state"]), (0, "failed"))
        self.assertEqual(report["summary"]["items"], 7 * 45)
        causes = {cause["kind"]: cause for cause in report["problems"]}
        self.assertEqual({kind: (cause["items"], cause["people"], cause["code"]) for kind, cause in causes.items()},
                         {"auth": (0, 1, "GW-2001"), "too_big": (1, 1, "GW-6001")})
        self.assertEqual(causes["auth"]["examples"][0]["person"], LOCKED_OUT)
        self.assertEqual(causes["too_big"]["examples"][0]["folder"], "Large ones")
        self.assertTrue(causes["auth"]["action"] and causes["too_big"]["action"])
        [one] = report["runs"]
        self.assertEqual((one["command"], one["items"], one["at_work"]), ("migrate", 7 * 45 + 1, False))
        self.assertIsNotNone(one["ended"])
        self.assertEqual(report["timeline"][-1]["items"], 7 * 45 + 1)
        self.assertEqual([server["software"] for server in report["servers"]], ["Dovecot", "Dovecot"])
        self.assertIn({"name": "lanes", "value": "2"}, report["settings"])
        self.assertIsNone(report["forecast"], "nobody has made an estimate")

    def check_text(self, text: str) -> None:
        self.assertIn("6 of 8 people are moved; 1 failed; 1 needs a decision", text)
        self.assertIn("315 items", text)
        self.assertIn("GW-2001", text)
        self.assertIn("GW-6001", text)
        self.assertNotIn("broken off", text)

    def check_html(self, page: str) -> None:
        self.assertIn("6 of 8 people are moved; 1 failed; 1 needs a decision", page)
        for words in ("315", "GW-2001", "GW-6001", LOCKED_OUT, "Large ones"):
            self.assertIn(words, page)
        self.assertNotIn("<script", page)
        self.assertEqual(re.findall(r'(?:src|href)="(?!#)', page), [], "the page needs nothing besides itself")

    def check_csv(self, folder: Path) -> None:
        people = list(csv.DictReader(io.StringIO((folder / "people.csv").read_text())))
        self.assertEqual(sum(int(row["items"]) for row in people), 7 * 45)
        self.assertEqual([row["person"] for row in people if row["standing"] == "failed"], [LOCKED_OUT])
        problems = {row["cause"]: row for row in csv.DictReader(io.StringIO((folder / "problems.csv").read_text()))}
        self.assertEqual({cause: (row["items_of_cause"], row["code"]) for cause, row in problems.items()},
                         {"auth": ("0", "GW-2001"), "too_big": ("1", "GW-6001")})

    def check_log(self, log: str) -> None:
        lines = log.splitlines()
        self.assertTrue(any(f"account={LOCKED_OUT}" in line and "code=GW-2001" in line for line in lines), log)
        refused = [line for line in lines if f"account={REFUSED}" in line and 'folder="Large ones"' in line and "code=GW-6001" in line]
        self.assertEqual(len(refused), 1, log)
        self.assertEqual(len([line for line in lines if "state=moved" in line]), 6, log)
        self.assertIn('message="the run is over"', lines[-1])

    def check_traces(self, folder: Path) -> None:
        self.assertEqual({file.name for file in folder.iterdir()}, {f"{user}.trace" for user in PEOPLE})
        trace = (folder / f"{REFUSED}.trace").read_text()
        self.assertIn("source-1 S:", trace)
        self.assertIn("target-1 C:", trace)
        self.assertNotIn("Message-ID:", trace)

    def check_status(self, status: str) -> None:
        lines = status.splitlines()
        self.assertEqual(len(lines), len(PEOPLE) + 1)
        self.assertRegex(lines[-1], "Nobody is at work. 8 accounts · 1 failed · 1 incomplete · 6 moved")
        self.assertIn("GW-2001", next(line for line in lines if line.startswith(LOCKED_OUT)))
        shown = json.loads(self.run_command("account", "show", REFUSED, "--json").stdout)
        self.assertEqual((shown["state"], shown["items"], shown["not_moved"]), ("incomplete", 45, 1))

    def test_a_wave_is_reported_alone_and_before_anything_was_moved_there_is_nothing(self) -> None:
        self.assertEqual(self.run_command("report").status, NOT_ALL_MOVED)
        self.assertIn("godwit migrate", self.run_command("report").stderr)
        self.assertFalse((self.folder / "migration.ledger").exists(), "a report makes no ledger")
        self.assertEqual(self.run_command("migrate", "--wave", "second").status, NOT_ALL_MOVED)
        report = self.report()
        self.assertEqual(report["summary"]["standing"]["waiting"], 4)
        wave = json.loads(self.run_command("report", "--format", "json", "--wave", "second").stdout)
        self.assertEqual([person["name"] for person in wave["people"]], PEOPLE[0::2])
        self.assertEqual(self.run_command("report", "--wave", "third").status, USAGE)
        self.assertEqual(self.run_command("report", "--format", "pdf").status, USAGE)


class ReportsAtWork(ReportCase):
    """The source is slow, so that there is time to ask."""

    limits = "[source.limits]\nmessages_per_second = 80\nconnections = 6"

    def test_a_report_while_it_is_at_work_then_killed_then_over(self) -> None:
        process = self.start("migrate", "--json", "--at-once", "2")
        self.await_status(lambda status: status["messages_done"] > 100 and status["counts"]["moved"] > 0)
        report = self.report()
        standing = report["summary"]["standing"]
        self.assertGreater(standing["running"], 0)
        self.assertGreater(standing["waiting"], 0)
        self.assertEqual(sum(standing.values()), len(PEOPLE))
        self.assertEqual([run["at_work"] for run in report["runs"]], [True])
        self.assertGreater(report["runs"][0]["items"], 0)
        self.assertIn("at work", self.run_command("report").stdout)
        self.assertEqual(self.run_command("report", "--account", "nobody@example.com").status, USAGE)
        time.sleep(0.6)
        process.kill()
        process.communicate(timeout=60)
        states = [line["state"] for line in self.run_command("status", "--json").events()]
        self.assertIn("cut short", states)
        self.assertNotIn("running", states)
        killed = self.report()
        self.assertEqual((killed["runs"][0]["ended"], killed["runs"][0]["at_work"]), (None, False))
        self.assertGreater(killed["summary"]["standing"]["stopped"], 0)
        self.assertEqual(killed["summary"]["standing"]["running"], 0)
        self.assertIn("broken off", self.run_command("report").stdout)
        self.assertEqual(self.run_command("migrate").status, MOVED)
        over = self.report()
        self.assertEqual(over["summary"]["standing"]["done"], len(PEOPLE))
        self.assertEqual([run["ended"] is None for run in over["runs"]], [True, False])
        times = [point["time"] for point in over["timeline"]]
        self.assertEqual(times, sorted(times), "the runs follow each other")
        self.assertEqual(over["timeline"][-1]["items"], sum(run["items"] for run in over["runs"]))
        self.assertEqual(self.run_command("report").status, MOVED)


if __name__ == "__main__":
    main()
