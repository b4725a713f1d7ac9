# SPDX-License-Identifier: Apache-2.0
"""godwit inventory and godwit check between real servers: what they find, and what their exit status says."""
from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import unittest
from typing import Any

from copy_case import ALICE, PASSWORD, CopyCase, account, in_folder, snapshot
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, UNREACHABLE, USAGE, Outcome, binary
from imap_raw import Connection
from mailboxes import FolderSpec
from messages import MessageFactory
from servers import Dovecot, free_port

# The quota plugin counts, this one tells.
TELLS_QUOTA = "protocol imap {\n  mail_plugins = quota acl imap_quota\n}"
PUBLIC = ("protocol imap {\n  mail_plugins = quota imap_quota\n}\n"
          "namespace public {\n  type = public\n  separator = .\n  prefix = Public.\n  location = maildir:%h/public\n"
          "  subscriptions = no\n}")


class InventoryCase(CopyCase):
    def godwit(self, *arguments: str, source: str = PASSWORD, target: str = PASSWORD) -> Outcome:
        environment = {**os.environ, "GODWIT_SOURCE_PASSWORD": source, "GODWIT_TARGET_PASSWORD": target}
        run = subprocess.run([binary(), *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=120, check=False)
        return Outcome(run.returncode, run.stdout, run.stderr)

    def inventory(self, server: Dovecot, *options: str, status: int = MOVED) -> dict[str, Any]:
        outcome = self.assert_status(self.godwit("inventory", server.url(ALICE), "--plain-ok", "--json", *options), status)
        return outcome.summary()

    def check(self, source: Dovecot, target: Dovecot, *options: str, status: int) -> dict[str, Any]:
        trust = ["--source-trust-fingerprint", source.fingerprint, "--target-trust-fingerprint", target.fingerprint]
        outcome = self.godwit("check", source.url(ALICE, tls=True), target.url(ALICE, tls=True), *trust, "--json", *options)
        return self.assert_status(outcome, status).summary()

    def filled(self, **options: Any) -> Dovecot:
        """Two folders, five messages, one of them of 200,000 bytes and one marked \\Deleted."""
        server = self.server("maildir", **options)
        make = MessageFactory(1)
        self.fill(server, [FolderSpec(("INBOX",), [make.plain(500) for _ in range(3)]),
                           FolderSpec(("Projects", "2024"), [make.plain(700), make.attachment(200_000)])])
        in_folder(server, ("INBOX",), b"STORE 1 +FLAGS (\\Deleted Important-Project)")
        return server


def finding(report: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in report["findings"] if one["code"] == code)


def codes(report: dict[str, Any]) -> set[str]:
    return {one["code"] for one in report["findings"]}


class Inventory(InventoryCase):
    def test_the_numbers_are_those_of_the_server(self) -> None:
        server = self.filled()
        before = snapshot(server)
        told = self.inventory(server)
        for path, folder in before.folders.items():
            row = next(row for row in told["folders"] if row["folder"] == "/".join(path))
            self.assertEqual(row["messages"], len(folder.messages), path)
        with Connection(account(server)) as connection:
            connection.command(b"EXAMINE INBOX")
            sizes = [int(row[2][3]) for row in connection.command(b"FETCH 1:* (UID RFC822.SIZE)") if row[1] == b"FETCH"]
        self.assertEqual(told["folders"][0]["bytes"], sum(sizes))
        self.assertEqual(told["total"]["messages"], 5)
        self.assertEqual(sum(year["messages"] for year in told["years"].values()), 5)
        self.assertGreater(told["largest"][0]["size"], 200_000)
        self.assertEqual(told["largest"][0]["folder"], "Projects/2024")
        self.assertEqual(finding(told, "deleted_messages")["examples"], ["INBOX (1)"])
        self.assertIn("important-project", told["keywords"])
        self.assertEqual(told["server"]["software"], "Dovecot")
        self.assertEqual(told["server"]["tls_version"], "")
        self.assertEqual(before.state(), snapshot(server).state(), "the account was changed")

    def test_quota_and_certificate(self) -> None:
        server = self.filled(extra=TELLS_QUOTA)
        server.set_quota(ALICE, 2048)
        outcome = self.godwit("inventory", server.url(ALICE, tls=True), "--source-trust-always", "--json")
        told = self.assert_status(outcome).summary()["server"]
        (quota,) = told["quotas"]
        self.assertEqual(quota["storage"]["limit"], 2048 * 1024)
        self.assertGreater(quota["storage"]["used"], 200_000)
        self.assertEqual(told["certificate"]["fingerprint"], server.fingerprint)
        self.assertEqual(told["certificate"]["names"], ["localhost", "127.0.0.1"])
        self.assertTrue(told["tls_version"].startswith("TLSv1."))

    def test_a_shared_folder_is_left_out_and_named(self) -> None:
        server = self.filled(controls=False, plugins=("quota",), extra=PUBLIC)
        with Connection(account(server)) as connection:
            connection.command(b'CREATE "Public.Team"')
        told = self.inventory(server)
        self.assertEqual(told["server"]["shared"], ["Public."])
        self.assertTrue(finding(told, "folders_shared")["examples"][0].startswith("Public/Team ("))
        told = self.inventory(server, "--exclude", "Public/**")
        self.assertNotIn("folders_shared", codes(told))
        self.assertGreater(told["folders_left_out"], 0)

    def test_text_and_tables(self) -> None:
        server = self.filled()
        url = server.url(ALICE)
        text = self.assert_status(self.godwit("inventory", url, "--plain-ok")).stdout
        for words in ("Projects/2024", "largest messages", "by year of arrival", "marked \\Deleted"):
            self.assertIn(words, text)
        table = self.assert_status(self.godwit("inventory", url, "--plain-ok", "--csv", "folders")).stdout
        rows = list(csv.DictReader(io.StringIO(table, newline="")))
        self.assertEqual({row["folder"]: row["messages"] for row in rows}["Projects/2024"], "2")
        table = self.assert_status(self.godwit("inventory", url, "--plain-ok", "--csv", "people")).stdout
        (person,) = csv.DictReader(io.StringIO(table, newline=""))
        self.assertEqual(person["messages"], "5")

    def test_what_goes_wrong(self) -> None:
        server = self.filled()
        url = server.url(ALICE)
        self.assert_status(self.godwit("inventory", url, "--plain-ok", source="wrong"), LOGIN_REFUSED)
        self.assert_status(self.godwit("inventory", server.url(ALICE, port=free_port()), "--plain-ok"), UNREACHABLE)
        self.assert_status(self.godwit("inventory", url), UNREACHABLE)
        for arguments in (["inventory"], ["inventory", url, "--csv", "nothing"], ["inventory", url, "--since", "soon"],
                          ["inventory", url, "--json", "--csv", "folders"], ["check", url]):
            self.assert_status(self.godwit(*arguments), USAGE)


class Check(InventoryCase):
    def test_an_account_that_can_be_moved(self) -> None:
        source, target = self.filled(extra=TELLS_QUOTA), self.server("sdbox", extra=TELLS_QUOTA)
        target.set_quota(ALICE, 10_240)
        report = self.check(source, target, status=MOVED)
        self.assertEqual(report["worst"], "note")
        for code in ("target_opened", "quota_of_storage", "source_certificate", "target_certificate"):
            self.assertEqual(finding(report, code)["severity"], "ok", code)
        placed = {folder["folder"]: folder["target_name"] for folder in report["folders"]}
        self.assertEqual(placed["Projects/2024"], "Projects/2024")
        self.assertEqual(snapshot(target).folders[("INBOX",)].messages, [])

    def test_a_quota_that_is_too_small(self) -> None:
        source, target = self.filled(), self.server("sdbox", extra=TELLS_QUOTA)
        target.set_quota(ALICE, 100)
        report = self.check(source, target, status=NOT_ALL_MOVED)
        self.assertEqual(finding(report, "quota_of_storage")["severity"], "stop")
        self.check(source, target, "--size-limit", "50KiB", status=MOVED)

    def test_names_that_the_target_cannot_hold(self) -> None:
        source, target = self.server("sdbox"), self.server("maildir", separator=".")
        self.fill(source, [FolderSpec(("INBOX",)), FolderSpec(("v1.2",), [MessageFactory(2).plain(400)])])
        report = self.check(source, target, status=NOT_ALL_MOVED)
        self.assertEqual(finding(report, "names_altered")["examples"], ["v1.2 → v1_2"])
        report = self.check(source, target, "--rename", "v1.2=Version 1-2", status=MOVED)
        placed = {folder["folder"]: folder["target_name"] for folder in report["folders"]}
        self.assertEqual(placed["v1.2"], "Version 1-2")

    def test_text_and_tables(self) -> None:
        source, target = self.filled(), self.server("sdbox")
        urls = [source.url(ALICE), target.url(ALICE), "--plain-ok"]
        outcome = self.assert_status(self.godwit("check", *urls), NOT_ALL_MOVED)
        self.assertIn("not encrypted", outcome.stdout)
        self.assertIn("look at the warnings first", outcome.stdout)
        table = self.assert_status(self.godwit("check", *urls, "--csv", "findings"), NOT_ALL_MOVED).stdout
        rows = list(csv.DictReader(io.StringIO(table, newline="")))
        self.assertEqual(rows[0]["code"], "source_unencrypted")
        self.assertTrue(all(row["severity"] in ("ok", "note", "warning") for row in rows), json.dumps(rows))
        table = self.assert_status(self.godwit("check", *urls, "--csv", "folders"), NOT_ALL_MOVED).stdout
        self.assertIn("Projects/2024", [row["folder"] for row in csv.DictReader(io.StringIO(table, newline=""))])

    def test_logins(self) -> None:
        source, target = self.server("maildir"), self.server("sdbox")
        urls = [source.url(ALICE), target.url(ALICE), "--plain-ok"]
        self.assert_status(self.godwit("check", *urls, source="wrong"), LOGIN_REFUSED)
        self.assert_status(self.godwit("check", *urls, target="wrong"), LOGIN_REFUSED)
        target.stop()
        self.assert_status(self.godwit("check", *urls), UNREACHABLE)


if __name__ == "__main__":
    unittest.main()
