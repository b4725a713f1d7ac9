# SPDX-License-Identifier: Apache-2.0
"""Logins by access token against a Dovecot that asks the suite's token server about each: every way to obtain one, tokens that expire
while mail is moved, what token servers answer on bad days, and where secrets never appear."""
from __future__ import annotations

import json
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compare import compare
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, USAGE, Outcome, binary
from imap_raw import Account
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from plan_case import PlanCase
from relay import TO_CLIENT, Relay, Trouble
from servers import Dovecot, certificate
from token_server import Canned, TokenServer, dovecot_settings

PASSWORD = "only for the test itself"
SECRET = "application sesame"
PER_FOLDER = 20
_MOST_TESTS = 10


class TokenCase(PlanCase):
    """People on an old Dovecot that takes passwords from the test and tokens from godwit, and a new one. The servers live as long as the
    class: each test has people of its own."""

    count = 1  # of people
    _tests = 0
    asked: ClassVar[TokenServer]  # by the old server
    old: ClassVar[Dovecot]
    new: ClassVar[Dovecot]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        settings = tempfile.TemporaryDirectory(prefix="godwit-oauth-")
        cls.addClassCleanup(settings.cleanup)
        cls.asked = TokenServer().start()
        cls.addClassCleanup(cls.asked.stop)
        passwords = {user: PASSWORD for test in range(_MOST_TESTS) for user in cls.people_of(test)}
        cls.old = Dovecot("sdbox", passwords, extra=dovecot_settings(cls.asked, Path(settings.name)))
        cls.new = Dovecot("maildir", passwords)
        for server in (cls.old, cls.new):
            cls.addClassCleanup(server.close)
            server.start()

    @classmethod
    def people_of(cls, test: int) -> list[str]:
        return [f"{name}-{test}@example.com" for name in ("alice", "bob", "carol")[:cls.count]]

    def setUp(self) -> None:
        super().setUp()
        self.people = self.people_of(type(self)._tests)
        type(self)._tests += 1
        self.asked.single_use = False
        self.tokens = TokenServer(shares=self.asked).start()
        self.addCleanup(self.tokens.stop)
        self.tokens.applications["godwit-app"] = SECRET
        self.tokens.users = set(self.people)
        self.tokens.application_user = self.tokens.device_user = self.people[0]
        make = MessageFactory(11)
        for user in self.people:
            fill_over_imap(self.account(self.old, user), [FolderSpec((name,), [make.plain(600) for _ in range(PER_FOLDER)])
                                                          for name in ("INBOX", "Archive", "Work")])
        (self.folder / "app.secret").write_text(SECRET + "\n")

    @staticmethod
    def account(server: Dovecot, user: str) -> Account:
        return Account("127.0.0.1", server.port, user, PASSWORD)

    def write_plan(self, source: str, port: int | None = None) -> None:
        rows = "".join(f"{user};{PASSWORD}\n" for user in self.people)
        (self.folder / "accounts.csv").write_text("source_user;target_password\n" + rows)
        self.plan.write_text(f"""
[plan]
name = "tokens"
ledger = "migration.ledger"

[source]
host = "127.0.0.1"
port = {port or self.old.port}
security = "none"
{source}

[target]
host = "127.0.0.1"
port = {self.new.port}
security = "none"

[accounts]
files = "accounts.csv"
""")

    def custom(self, grant: str, more: str = "", secret: bool = True) -> str:
        secret_line = 'client_secret_file = "app.secret"\n' if secret else ""
        return (f'oauth = "custom"\ngrant = "{grant}"\nclient_id = "godwit-app"\nscope = "mail"\n{secret_line}'
                f'token_url = "{self.tokens.url("token")}"\ndevice_url = "{self.tokens.url("device")}"\n'
                f'authorize_url = "{self.tokens.url("authorize")}"\n{more}')

    def delegation(self) -> str:
        """A service account, whose key the token server knows."""
        key = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True,
                             capture_output=True, text=True).stdout
        public = subprocess.run(["openssl", "pkey", "-pubout"], input=key, check=True, capture_output=True, text=True).stdout
        self.tokens.service_accounts["mover@project.example.com"] = public.encode()
        (self.folder / "key.json").write_text(json.dumps({
            "type": "service_account", "client_email": "mover@project.example.com", "private_key_id": "key-1", "private_key": key,
            "token_uri": self.tokens.url("token")}))
        return f'oauth = "google"\nkey_file = "key.json"\nscope = "mail"\ntoken_url = "{self.tokens.url("token")}"\n'

    def migrate(self, *arguments: str, status: int = MOVED) -> Outcome:
        outcome = self.run_command("migrate", "--retry-pause", "1", *arguments)
        self.assertEqual(outcome.status, status, outcome.text)
        return outcome

    def assert_moved(self, users: list[str] | None = None) -> None:
        self.assertEqual(self.tokens.faults, [])
        for user in users or self.people:
            report = compare(self.account(self.old, user), self.account(self.new, user))
            self.assertTrue(report.is_identical, f"{user}: {report.text()}")

    def assert_secret(self, *seen: str) -> None:
        """Nothing secret in these texts, nor in any file of the migration."""
        sources = {"app.secret", "key.json", "accounts.csv", "token"}
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name not in sources]
        everything = "".join(seen) + "".join(path.read_bytes().decode("latin-1") for path in files)
        for secret in self.tokens.everything_secret:
            self.assertNotIn(secret, everything)


class Domains(TokenCase):
    count = 3

    def test_a_service_account_moves_everybody_while_tokens_expire(self) -> None:
        self.tokens.lifetime = 1
        self.write_plan(self.delegation())
        outcome = self.migrate("--log", str(self.folder / "run.log"), "--trace", str(self.folder / "traces"))
        self.assert_moved()
        self.assertGreaterEqual(self.tokens.count("jwt_bearer"), len(self.people))
        self.migrate()
        self.assert_secret(outcome.text)

    def test_killed_and_run_again(self) -> None:
        self.tokens.lifetime = 2
        self.write_plan(self.delegation())
        process = self.start("migrate")
        self.tokens.await_count("jwt_bearer", 2)
        process.kill()
        process.wait()
        self.migrate()
        self.assert_moved()

    def test_a_person_whom_the_domain_does_not_know_stops_alone(self) -> None:
        self.tokens.users.discard(self.people[1])
        self.write_plan(self.delegation())
        outcome = self.migrate(status=NOT_ALL_MOVED)
        self.assertIn("GW-2102", outcome.text)
        self.assertIn("invalid_grant", outcome.text)
        self.assert_moved([self.people[0], self.people[2]])


class Applications(TokenCase):
    def test_one_token_of_the_application_serves_all_connections(self) -> None:
        self.write_plan(self.custom("client_credentials"))
        self.migrate()
        self.assert_moved()
        self.assertEqual(self.tokens.count("client_credentials"), 1)

    def test_a_certificate_instead_of_a_secret(self) -> None:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=godwit",
                        "-keyout", str(self.folder / "app.key"), "-out", str(self.folder / "app.pem")], check=True, capture_output=True)
        public = x509.load_pem_x509_certificate((self.folder / "app.pem").read_bytes()).public_key()
        self.tokens.certificates["godwit-app"] = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.write_plan(self.custom("client_credentials", 'certificate_file = "app.pem"\nkey_file = "app.key"\n', secret=False))
        self.migrate()
        self.assert_moved()

    def test_a_token_that_is_refused_after_a_break_is_thrown_away(self) -> None:
        self.asked.single_use = True
        with Relay(self.old.port, Trouble("cut", TO_CLIENT, 20_000)) as relay:
            self.write_plan(self.delegation(), relay.port)
            self.migrate()
            self.assertTrue(relay.struck.is_set())
        self.assert_moved()
        self.assertGreaterEqual(self.tokens.count("jwt_bearer"), 2)

    def test_secrets_may_go_once_they_are_sealed(self) -> None:
        self.write_plan(self.delegation())
        self.assertEqual(self.run_command("vault", "import").status, MOVED)
        (self.folder / "key.json").unlink()
        self.migrate()
        self.assert_moved()
        self.assert_secret()


class BadDays(TokenCase):
    def check(self, *canned: Canned) -> str:
        self.tokens.canned = list(canned)
        return self.run_command("check", "--account", self.people[0]).text

    def test_what_token_servers_answer(self) -> None:
        self.write_plan(self.delegation())
        self.assertIn("GW-3406", self.check(*[Canned(200, b"<html>", {"Content-Type": "text/html"})] * 20))
        self.assertIn("GW-3406", self.check(*[Canned(200, b'{"access_token":"abc')] * 20))
        self.assertIn("GW-3406", self.check(*[Canned(302, b"", {"Location": self.tokens.url("elsewhere")})] * 20))
        self.assertIn("GW-3403", self.check(*[Canned(endless=True)] * 20))
        self.assertIn("GW-2101", self.check(Canned(401, b'{"error":"invalid_client","error_description":"AADSTS7000222: x"}')))
        self.assertIn("can be moved", self.check())

    def test_it_is_waited_as_the_server_says(self) -> None:
        self.write_plan(self.delegation())
        self.tokens.canned = [Canned(429, b"{}", {"Retry-After": "1"})]
        self.migrate()
        self.assert_moved()

    def test_a_server_of_an_unknown_authority(self) -> None:
        tls = TokenServer(certificate=certificate()).start()
        self.addCleanup(tls.stop)
        tls.applications = {"godwit-app": SECRET}
        plan = self.custom("client_credentials").replace(self.tokens.url("token"), tls.url("token"))
        self.write_plan(plan)
        outcome = self.run_command("check")
        self.assertIn("token_ca_file", outcome.text)
        self.assertEqual(tls.count("client_credentials"), 0)
        self.write_plan(plan + f'token_ca_file = "{certificate()[0]}"\n')
        self.run_command("check")
        self.assertGreaterEqual(tls.count("client_credentials"), 1)


class Persons(TokenCase):
    def setUp(self) -> None:
        super().setUp()
        self.write_plan(self.custom("refresh_token"))

    def test_nobody_has_logged_in(self) -> None:
        outcome = self.migrate(status=USAGE)
        self.assertIn("accounts.csv:2", outcome.text)
        self.assertIn(f"godwit login {self.people[0]}", outcome.text)

    def test_by_a_code_then_renewed_and_exchanged(self) -> None:
        self.tokens.slows_down = True
        self.tokens.rotates = True
        self.tokens.lifetime = 1
        outcome = self.run_command("login", self.people[0])
        self.assertEqual(outcome.status, MOVED, outcome.text)
        self.assertIn("WDJB-MJHT", outcome.stdout)
        self.assertIn(self.tokens.url("type-it"), outcome.stdout)
        first = set(self.tokens.permissions)
        self.migrate()
        self.assertFalse(first & set(self.tokens.permissions), "the first permission was exchanged")
        self.migrate()  # with what was sealed since
        self.assert_moved()
        self.assert_secret(outcome.text)

    def test_withdrawn(self) -> None:
        self.assertEqual(self.run_command("login", self.people[0]).status, MOVED)
        self.tokens.permissions.clear()
        outcome = self.migrate(status=NOT_ALL_MOVED)
        self.assertIn("GW-2102", outcome.text)
        self.assertIn("godwit login", outcome.text)

    def test_refused_on_the_other_device(self) -> None:
        self.tokens.device_user = ""
        outcome = self.run_command("login", self.people[0], "--json")
        self.assertEqual(outcome.status, LOGIN_REFUSED, outcome.text)
        self.assertIn("access_denied", outcome.text)

    def browser_login(self, *answers: dict[str, str]) -> tuple[subprocess.Popen[str], list[int]]:
        process = self.start("login", self.people[0], "--browser", "--json")
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        statuses = []
        for answer in answers:
            try:
                with urllib.request.urlopen(self.tokens.browse(url, self.people[0], **answer), timeout=20) as page:
                    self.assertIn("You may close this page", page.read().decode())
                    statuses.append(page.status)
            except HTTPError as error:
                statuses.append(error.code)
                error.close()
        return process, statuses

    def test_by_a_browser(self) -> None:
        process, statuses = self.browser_login({"state": "another one"}, {})
        self.assertEqual(process.wait(30), MOVED)
        self.assertEqual(statuses, [404, 200])
        self.migrate()
        self.assert_moved()

    def test_refused_in_the_browser(self) -> None:
        process, _ = self.browser_login({"error": "access_denied"})
        self.assertEqual(process.wait(30), LOGIN_REFUSED)

    def test_on_the_side_where_nobody_logs_in(self) -> None:
        self.assertEqual(self.run_command("login", self.people[0], "--side", "target").status, USAGE)


class FromElsewhere(TokenCase):
    def test_a_command(self) -> None:
        script = self.folder / "give"
        script.write_text(f"#!/bin/sh\n[ \"$1\" = {self.people[0]} ] || exit 9\ncat {self.folder}/token\n")
        script.chmod(0o755)
        self.write_plan(f'token_command = ["{script}", "{{user}}"]')
        refused = self.migrate(status=NOT_ALL_MOVED)
        self.assertIn("GW-2104", refused.text)
        self.assertIn("No such file", refused.text)
        (self.folder / "token").write_text(self.tokens.token_for(self.people[0]) + "\n")
        self.migrate()
        self.assert_moved()
        self.assert_secret(refused.text)

    def test_a_file_that_somebody_renews(self) -> None:
        token = self.folder / "token"
        token.write_text("an old one\n")
        self.write_plan('token_file = "token"')
        refused = self.migrate(status=NOT_ALL_MOVED)
        self.assertIn("GW-2001", refused.text)
        token.write_text(self.tokens.token_for(self.people[0]))
        self.migrate()
        self.assert_moved()

    def test_without_a_plan(self) -> None:
        token = self.folder / "token"
        token.write_text(self.tokens.token_for(self.people[0]))
        password = self.folder / "new.password"
        password.write_text(PASSWORD)
        user = self.people[0]
        command = [binary(), "copy", self.old.url(user), self.new.url(user), "--ledger", str(self.folder / "one.ledger"), "--plain-ok",
                   "--target-password-file", str(password)]
        for way in (["--source-token-file", str(token)], ["--source-token-command", f"/bin/cat {token}"]):
            done = subprocess.run([*command, *way], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, MOVED, done.stdout + done.stderr)
        self.assert_moved()
        both = subprocess.run([*command, "--source-token-file", str(token), "--source-password-file", str(password)], capture_output=True,
                              text=True, check=False, timeout=60)
        self.assertEqual(both.returncode, USAGE)


if __name__ == "__main__":
    unittest.main()
