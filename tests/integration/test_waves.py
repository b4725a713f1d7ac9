# SPDX-License-Identifier: Apache-2.0
"""When what may run: windows of waves, waves that wait for others, and old mail ahead of its wave."""
from __future__ import annotations

import signal
import time

from godwit import MOVED, STOPPED, USAGE
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory, MessageSpec
from test_migrate import PEOPLE, MigrateCase

FIRST, SECOND = PEOPLE[1::2], PEOPLE[0::2]  # by wave


class Waves(MigrateCase):
    per_account = 10

    def in_wave(self, name: str, line: str) -> None:
        self.plan.write_text(self.plan.read_text().replace(f'name = "{name}"', f'name = "{name}"\n{line}'))

    def closed_window(self) -> str:
        """A day that is neither this one nor the next, in UTC."""
        day = (time.gmtime().tm_wday + 3) % 7
        return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day]

    def test_a_wave_outside_its_window_waits_and_says_until_when(self) -> None:
        self.in_wave("second", f'windows = "{self.closed_window()} 22:00-23:00"\ntime_zone = "UTC"')
        process = self.start("migrate", "--json")
        status = self.await_status(lambda status: status["counts"]["moved"] == len(FIRST))
        self.assertEqual(status["counts"]["waiting"], len(SECOND))
        [wave] = status["waiting_waves"]
        self.assertEqual((wave["wave"], wave["accounts"], wave["waits_for"]), ("second", len(SECOND), "window"))
        opening = time.gmtime(wave["waits_until"])
        self.assertEqual((opening.tm_hour, opening.tm_min), (22, 0))
        self.assertGreater(wave["waits_until"], time.time() + 86_400)
        self.assertIn("wave second waits until ", self.run_command("status").stdout)
        account = self.run_command("account", "show", SECOND[0], "--json").events()[-1]
        self.assertEqual(account["waits_until"], wave["waits_until"])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, STOPPED)
        self.plan.write_text(self.plan.read_text().replace(f'"{self.closed_window()} 22:00-23:00"', '"Mon-Sun"'))
        self.assertEqual(self.run_command("migrate").status, MOVED)
        self.assert_equal(PEOPLE)

    def test_a_wave_waits_for_the_end_of_another(self) -> None:
        self.in_wave("second", 'after = "first"')
        alone = self.run_command("migrate", "--wave", "second")
        self.assertEqual(alone.status, MOVED, alone.text)
        self.assertIn('wave second waits until wave first has ended: godwit migrate --wave "first"', alone.stdout)
        part = self.run_command("migrate", *[word for user in FIRST[:-1] for word in ("--account", user)])
        self.assertEqual(part.status, MOVED, part.text)
        alone = self.run_command("migrate", "--wave", "second", "--json")
        self.assertEqual(alone.summary()["counts"]["waiting"], len(SECOND), "an account of the first is still to be moved")
        self.assertEqual(self.run_command("migrate", "--wave", "first").status, MOVED)
        self.assertEqual(self.run_command("migrate", "--wave", "second").status, MOVED)
        self.assert_equal(PEOPLE)

    def test_an_unknown_time_zone_is_told_before_anything_is_done(self) -> None:
        self.in_wave("second", 'windows = "Mon"\ntime_zone = "Europe/Nowhere"')
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, USAGE)
        self.assertIn("Europe/Nowhere", outcome.stderr)


class PreStage(MigrateCase):
    per_account = 0

    def setUp(self) -> None:
        super().setUp()
        make = MessageFactory(3)
        for number, user in enumerate(PEOPLE):
            bodies = [make.plain(20_000 if number < 4 else 300).body for _ in range(12)]
            fill_over_imap(self.account(self.old, user), [FolderSpec(("Old",), [
                MessageSpec(body, "", f"10-Feb-20{12 + year} 10:00:00 +0000") for year, body in enumerate(bodies)])])

    def test_old_mail_goes_ahead_and_the_wave_brings_the_rest(self) -> None:
        self.assertEqual(self.run_command("migrate", "--pre-stage").status, USAGE, "the plan has no [pre_stage]")
        self.plan.write_text(self.plan.read_text() + '\n[pre_stage]\nbefore = 2020-01-01\nsize_at_least = "150kB"\n')
        first = self.run_command("migrate", "--pre-stage", "--json")
        self.assertEqual(first.status, MOVED, first.text)
        copied = {account["account"]: account["copied"] for account in first.summary()["accounts"]}
        self.assertEqual({account["state"] for account in first.summary()["accounts"]}, {"pre-staged"})
        self.assertEqual([copied[user] for user in PEOPLE[:4]], [8] * 4)
        self.assertEqual([copied[user] for user in PEOPLE[4:]], [0] * 4, "small mailboxes are left to their wave")
        again = self.run_command("migrate", "--pre-stage", "--json")
        self.assertEqual({account["copied"] for account in again.summary()["accounts"]}, {0})
        rest = self.run_command("migrate", "--json")
        self.assertEqual(rest.status, MOVED, rest.text)
        moved = {account["account"]: account["copied"] for account in rest.summary()["accounts"]}
        self.assertEqual([moved[user] for user in PEOPLE], [4] * 4 + [12] * 4)
        self.assertEqual(sum(account["matched"] for account in rest.summary()["accounts"]), 0)
        self.assert_equal(PEOPLE)
