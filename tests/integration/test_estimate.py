# SPDX-License-Identifier: Apache-2.0
"""godwit estimate between two servers: what it tells, what it leaves behind, and what a migration tells by it."""
from __future__ import annotations

import json
import unittest

from godwit import MOVED, NOT_ALL_MOVED
from imap_raw import Account
from account_snapshot import take_snapshot
from test_migrate import ODD_PASSWORD, PEOPLE, MigrateCase


class Estimate(MigrateCase):
    """The eight accounts of MigrateCase, in two waves."""

    def folders_of(self, user: str) -> set[str]:
        account: Account = self.account(self.new, user)
        return {str(name) for name, folder in take_snapshot(account).folders.items() if folder.messages or "godwit" in str(name)}

    def test_it_tells_the_time_of_all_that_is_left_and_leaves_nothing_behind(self) -> None:
        outcome = self.run_command("estimate", "--json")
        self.assertEqual(outcome.status, MOVED, outcome.text)
        told = outcome.summary()
        self.assertEqual(told["accounts"], len(PEOPLE))
        self.assertEqual(told["messages"], len(PEOPLE) * self.per_account * 3 // 2)
        self.assertGreater(told["bytes"], told["messages"] * 500)
        self.assertTrue(0 < told["seconds_low"] < told["seconds"] < told["seconds_high"], told)
        self.assertEqual([wave["name"] for wave in told["waves"]], ["first", "second"])
        self.assertTrue(told["measured"])
        for user in PEOPLE:
            self.assertEqual(self.folders_of(user), set(), user)
        self.assertNotIn(ODD_PASSWORD, outcome.text)
        text = self.run_command("estimate", "--wave", "first")
        self.assertEqual(text.status, MOVED, text.text)
        self.assertIn("It will take ", text.stdout)
        self.assertIn("4 accounts", text.stdout)
        self.assertEqual(self.run_command("migrate").status, MOVED)
        self.assert_equal(PEOPLE)
        after = self.run_command("estimate", "--json", "--read-only").summary()
        self.assertEqual(after["messages"], 0, "what was moved needs no time any more")

    def test_read_only_stores_nothing_and_a_bad_account_is_named(self) -> None:
        self.write_accounts({user: ("wrong" if user == PEOPLE[2] else ODD_PASSWORD) for user in PEOPLE})
        self.new.stop()  # it is not even asked
        outcome = self.run_command("estimate", "--read-only", "--json")
        self.assertEqual(outcome.status, NOT_ALL_MOVED, outcome.text)
        told = outcome.summary()
        self.assertFalse(told["measured"])
        self.assertEqual(told["accounts"], len(PEOPLE) - 1)
        self.assertIn(PEOPLE[2], " ".join(told["notes"]))
        self.assertGreater(told["seconds_high"] / told["seconds_low"], 1.5)


class EstimateAtWork(MigrateCase):
    """The source is slow, so that there is time to look."""

    limits = "[source.limits]\nmessages_per_second = 60"

    def test_a_migration_tells_how_much_time_is_left(self) -> None:
        told = self.run_command("estimate", "--json").summary()
        self.assertEqual(told["bottleneck"], "messages per second")
        self.assertGreater(told["seconds"], len(PEOPLE) * self.per_account * 1.5 / 60 * 0.8)
        process = self.start("migrate", "--json")
        status = self.await_status(lambda status: "left" in status)
        self.assertLess(status["left"]["seconds"], told["seconds"] * 2)
        self.assertIn("left (", self.run_command("status").stdout)
        output, _ = process.communicate(timeout=120)
        self.assertEqual(json.loads(output.splitlines()[-1])["counts"]["moved"], len(PEOPLE))


if __name__ == "__main__":
    unittest.main()
