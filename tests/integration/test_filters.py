# SPDX-License-Identifier: Apache-2.0
"""Filters between real servers: Dovecot with Pigeonhole and Cyrus' timsieved, in both directions, and folders of scripts."""
from __future__ import annotations

import imaplib
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Union

from copy_case import PASSWORD
from cyrus import Cyrus
from filters import Filters, replacing, script
from godwit import binary
from servers import Dovecot

Server = Union[Dovecot, Cyrus]
AWAY = ('require ["vacation", "fileinto", "include"];\ninclude "lists";\n'
        'vacation :days 7 :addresses ["sales@example.com"] "I am away.\r\nWrite to bob@example.com";\n')
LISTS = 'require ["fileinto"];\r\nif header :contains "List-Id" "godwit" {\r\n  fileinto "Lists";\r\n}\r\n'
FORWARD = 'require "copy";\nredirect :copy "carol@example.org"; # grüße\n'


ADMINISTRATOR = "migration@example.com"
LIMIT = 12  # scripts that an account may have
MASTER = "passdb {\n  driver = static\n  args = password=overall\n  master = yes\n}"
DOVECOT_SETTINGS = ("auth_master_user_separator = *\nplugin {\n  sieve_extensions = -regex\n"
                    f"  sieve_quota_max_scripts = {LIMIT}\n  sieve_max_script_size = 30k\n}}\n" + MASTER)
CYRUS_SETTINGS = {"sieve_maxscripts": str(LIMIT), "sieve_maxscriptsize": "30",
                  "sieve_extensions": "fileinto vacation copy include", "proxyservers": ADMINISTRATOR}
USERS = {f"user{number}@example.com": PASSWORD for number in range(30)}

_servers: list[Server] = []
_unused = list(USERS)


def setUpModule() -> None:
    _servers.append(Dovecot("maildir", USERS, sieve=True, extra=DOVECOT_SETTINGS))
    _servers.append(Cyrus({**USERS, ADMINISTRATOR: PASSWORD}, settings=CYRUS_SETTINGS))
    for server in _servers:
        server.start()


def tearDownModule() -> None:
    for server in _servers:
        server.close()
    _servers.clear()


class Mailbox:
    """An account that no other test uses."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.user = _unused.pop()
        if isinstance(server, Cyrus):
            with imaplib.IMAP4("127.0.0.1", server.port) as client:  # timsieved lets in nobody without a mailbox
                client.login(self.user, PASSWORD)

    @property
    def name(self) -> str:
        return "Cyrus" if isinstance(self.server, Cyrus) else "Dovecot"


class FiltersCase(unittest.TestCase):
    maxDiff = 2000

    def dovecot(self) -> Mailbox:
        return Mailbox(_servers[0])

    def cyrus(self) -> Mailbox:
        return Mailbox(_servers[1])

    def both(self) -> tuple[Mailbox, Mailbox]:
        return self.dovecot(), self.cyrus()

    def open(self, mailbox: Mailbox, password: str = PASSWORD, **options: Any) -> Filters:
        filters = Filters(mailbox.server.sieve_url(mailbox.user), password, **options)
        self.addCleanup(filters.close)
        return filters

    def filled(self, mailbox: Mailbox) -> Filters:
        filters = self.open(mailbox)
        outcomes = filters.put(script("away", AWAY, active=True), script("lists", LISTS), script("forward", FORWARD))
        self.assertEqual([each["kind"] for each in outcomes], ["stored"] * 3, outcomes)
        return filters

    def carry(self, source: Filters, target: Filters) -> None:
        """What a first round does."""
        active = source.active()
        outcomes = target.put(*(script(name, text, active=name in active) for name, text in source.scripts().items()))
        self.assertEqual({each["kind"] for each in outcomes}, {"stored"}, outcomes)
        self.assertEqual(target.scripts(), source.scripts())
        self.assertEqual(target.active(), active)
        self.assertEqual(target.versions(), source.versions())


class BetweenServers(FiltersCase):
    def test_dovecot_to_cyrus(self) -> None:
        self.carry(self.filled(self.dovecot()), self.open(self.cyrus()))

    def test_cyrus_to_dovecot(self) -> None:
        self.carry(self.filled(self.cyrus()), self.open(self.dovecot()))

    def test_a_folder_to_dovecot(self) -> None:
        mailbox = self.dovecot()
        self.filled(mailbox)
        assert isinstance(mailbox.server, Dovecot)
        with Filters(f"sievedir:{mailbox.server.mail_root / mailbox.user}") as folder:
            self.assertEqual(folder.active(), ["away"])
            self.carry(folder, self.open(self.dovecot()))

    def test_nothing_is_new_when_nothing_has_changed(self) -> None:
        for mailbox in self.both():
            filters = self.filled(mailbox)
            first = filters.changes()
            self.assertTrue(first["whole"])
            later = self.open(mailbox).changes(first["state"])
            self.assertEqual((later["present"], later["whole"], later["state"]), ([], False, first["state"]))
            filters.put(replacing("lists", filters.versions()["lists"], LISTS + "keep;"))
            self.assertNotEqual(filters.changes(first["state"])["state"], first["state"])


class Outcomes(FiltersCase):
    """One refused, one changed on both sides, one removed."""

    def test_refused(self) -> None:
        for mailbox in self.both():
            with self.subTest(mailbox.name):
                filters = self.filled(mailbox)
                fillers = [script(f"filler {number}", "keep;") for number in range(LIMIT - 3)]
                lacks, wrong, large, *kept, beyond = filters.put(
                    script("lacks", 'require ["fileinto", "regex"];\nkeep;'), script("wrong", "keep;\n\nfrobnicate;\n"),
                    script("large", "#" * 40_000 + "\n"), *fillers, script("zz beyond", "keep;"))
                self.assertIn("script lacks: the script requires regex, which the server does not have", lacks["error"])
                self.assertEqual(lacks["code"], 6131)
                self.assertEqual(wrong["code"], 6130)
                self.assertRegex(wrong["server"], "line 3")
                self.assertEqual(large["code"], 6001, large)
                self.assertEqual({each["kind"] for each in kept}, {"stored"})
                self.assertEqual(beyond.get("code"), 5000, beyond)
                self.assertEqual(set(filters.scripts()), {"away", "lists", "forward", *(each["uid"] for each in fillers)})
                self.assertEqual(filters.active(), ["away"])

    def test_changed_on_both_sides(self) -> None:
        for mailbox in self.both():
            filters = self.filled(mailbox)
            ours = filters.versions()["lists"]
            theirs = self.open(mailbox)
            stored, = theirs.put(replacing("lists", ours, "keep; # theirs\n"))
            self.assertEqual(stored["kind"], "stored", stored)
            outcome, fresh = filters.put(replacing("lists", ours, "keep; # ours\n"), script("forward", "keep; # ours\n"))
            self.assertEqual((outcome["kind"], outcome["version"]), ("changed", stored["version"]))
            self.assertEqual(fresh["kind"], "exists")
            self.assertEqual(filters.scripts()["lists"], "keep; # theirs\n")
            self.assertEqual(filters.scripts()["forward"], FORWARD)

    def test_removed(self) -> None:
        for mailbox in self.both():
            filters = self.filled(mailbox)
            versions = filters.versions()
            kept, gone, active = filters.ask("remove", scripts=[
                {"name": "lists", "version": "another"}, {"name": "nobody"}, {"name": "away", "version": versions["away"]}])
            self.assertIn("was changed on the target since", kept["error"])
            self.assertEqual((gone, active), ({"done": True}, {"done": True}))
            self.assertEqual(set(filters.scripts()), {"lists", "forward"})
            self.assertEqual(filters.active(), [])
            missing, = filters.ask("fetch", names=["away"])
            self.assertEqual(missing["kind"], "not_found")

    def test_the_active_mark_moves(self) -> None:
        for mailbox in self.both():
            filters = self.filled(mailbox)
            outcome, = filters.put(replacing("forward", filters.versions()["forward"], FORWARD, active=True))
            self.assertEqual(outcome["warning"], "it is the active script now; before, away was")
            self.assertEqual(filters.active(), ["forward"])
            filters.put(replacing("forward", filters.versions()["forward"], FORWARD))
            self.assertEqual(filters.active(), [])


class Names(FiltersCase):
    ODD = ("Urlaub ä", 'with "quotes"', "back\\slash", "a/b", "x" * 200, "right\u202eleft", "dots.and (brackets)", "'; DROP")

    def test_any_name_is_found_again(self) -> None:
        for mailbox, kept in ((self.dovecot(), 5), (self.cyrus(), 2)):
            filters = self.open(mailbox)
            outcomes = filters.put(*(script(name, f"keep; # {number}\n") for number, name in enumerate(self.ODD)))
            self.assertEqual({each["kind"] for each in outcomes}, {"stored"}, outcomes)
            names = [each["name"] for each in outcomes]
            self.assertEqual(len(set(names)), len(names))
            self.assertEqual(sum(name == odd for name, odd in zip(names, self.ODD)), kept, names)
            self.assertEqual(filters.scripts(), {name: f"keep; # {number}\n" for number, name in enumerate(names)})
            for each, odd in zip(outcomes, self.ODD):
                self.assertEqual("is called" in each["warning"], each["name"] != odd)


class Logins(FiltersCase):
    def test_starttls_and_refusals(self) -> None:
        for mailbox in self.both():
            encrypted = self.open(mailbox, trust=mailbox.server.fingerprint)
            facts = encrypted.ask("facts")
            self.assertEqual(facts["tls"], "TLSv1.3")
            self.assertIn("SIEVE=fileinto", facts["capabilities"])
            refused = self.open(mailbox, password="wrong").greeting
            self.assertEqual(refused["code"], 2001, refused)
            distrusted = self.open(mailbox, trust="00" * 32).greeting
            self.assertEqual(distrusted["kind"], "tls", distrusted)

    def test_an_administrator_opens_the_account(self) -> None:
        for mailbox, administrator, password in zip(self.both(), ("root", ADMINISTRATOR), ("overall", PASSWORD)):
            self.filled(mailbox)
            filters = self.open(mailbox, administrator=administrator, password=password)
            self.assertEqual(set(filters.scripts()), {"away", "lists", "forward"}, filters.greeting)

    def test_who_is_no_managesieve_server(self) -> None:
        mailbox = self.dovecot()
        with Filters(f"sieve://{mailbox.user}@127.0.0.1:{mailbox.server.port}", PASSWORD) as filters:
            self.assertEqual(filters.greeting["code"], 3410, filters.greeting)


class Commands(FiltersCase):
    """godwit inventory, check and probe."""

    def godwit(self, *arguments: str, status: int) -> dict[str, Any]:
        environment = {**os.environ, **dict.fromkeys(("GODWIT_PASSWORD", "GODWIT_SOURCE_PASSWORD", "GODWIT_TARGET_PASSWORD"), PASSWORD)}
        run = subprocess.run([binary(), *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=120, check=False)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        return json.loads(run.stdout.splitlines()[-1]) if "--json" in arguments else {"text": run.stdout}

    def test_inventory_shows_what_scripts_do(self) -> None:
        mailbox = self.dovecot()
        self.filled(mailbox)
        url = mailbox.server.sieve_url(mailbox.user)
        told = self.godwit("inventory", url, "--plain-ok", "--json", status=0)
        filters = {each["name"]: each for each in told["collections"][0]["filters"]}
        self.assertEqual((filters["away"]["active"], filters["away"]["answers"], filters["away"]["needs"]),
                         (True, True, ["fileinto", "include", "vacation"]))
        self.assertEqual(filters["forward"]["forwards_to"], ["carol@example.org"])
        self.assertEqual(filters["lists"]["does"], ["line 3: files into Lists"])
        text = self.godwit("inventory", url, "--plain-ok", status=0)["text"]
        for line in ("    away (active)\n", "      line 2: forwards to carol@example.org, and keeps a copy\n", "      needs copy\n",
                     'once in 7 days to each sender: "I am away. Write to bob@example.com"\n'):
            self.assertIn(line, text)
        assert isinstance(mailbox.server, Dovecot)
        folder = self.godwit("inventory", f"sievedir:{mailbox.server.mail_root / mailbox.user}", "--json", status=0)
        self.assertEqual(folder["collections"][0]["filters"], told["collections"][0]["filters"])

    def test_check_tells_what_the_target_lacks(self) -> None:
        source, target = self.dovecot(), self.cyrus()
        filters = self.filled(source)
        filters.put(script("body", 'require ["body", "fileinto"];\nif body :contains "x" { fileinto "INBOX.Lists"; }\n'))
        self.open(target).put(script("lists", "keep;"))
        before = self.open(target).changes()["state"]
        urls = [mailbox.server.sieve_url(mailbox.user) for mailbox in (source, target)]
        report = self.godwit("check", *urls, "--plain-ok", "--json", "--rename", "Lists=Newsletters", status=1)
        found = {(each["severity"], each["code"], each["what"].partition(":")[0]) for each in report["findings"]}
        self.assertEqual(found, {("warning", "filter_extensions", "script body"), ("warning", "filter_folders", "script lists"),
                                 ("warning", "filter_folders", "script body"), ("note", "filter_effects", "script away"),
                                 ("note", "filter_there", "script lists")})
        self.assertTrue(any("requires body, which the target lacks" in each["what"] for each in report["findings"]))
        self.assertTrue(any("INBOX.Lists, which becomes Newsletters" in each["what"] for each in report["findings"]))
        self.assertEqual(self.open(target).changes()["state"], before, "the target was changed")
        self.godwit("check", urls[0], urls[0], "--plain-ok", status=0)

    def test_probe_leaves_the_account_as_it_was(self) -> None:
        for mailbox in self.both():
            with self.subTest(mailbox.name):
                filters = self.filled(mailbox)
                before = filters.changes()["state"]
                report = self.godwit("probe", mailbox.server.sieve_url(mailbox.user), "--plain-ok", "--json", status=0)
                failed = [each["name"] for each in report["checks"] if not each["ok"]]
                self.assertEqual(failed, [] if mailbox.name == "Dovecot" else ["its name may have quotes and letters with accents"])
                self.assertEqual(len(report["checks"]), 9)
                self.assertEqual(self.open(mailbox).changes()["state"], before)


class Folders(FiltersCase):
    def test_what_is_no_script_is_left_alone(self) -> None:
        folder_of_test = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder_of_test.cleanup)
        home = Path(folder_of_test.name)
        (home / "sieve").mkdir()
        (home / "sieve" / "one.sieve").write_text("keep;\n")
        (home / "sieve" / "passwd.sieve").symlink_to("/etc/passwd")
        (home / ".dovecot.sieve").symlink_to("sieve/one.sieve")
        with Filters(f"sievedir:{home}") as folder:
            self.assertEqual(folder.scripts(), {"one": "keep;\n"})
            self.assertEqual(folder.active(), ["one"])
            self.assertIn("passwd.sieve is no ordinary file", folder.ask("facts")["warnings"][0])


if __name__ == "__main__":
    unittest.main()
