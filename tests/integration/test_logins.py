# SPDX-License-Identifier: Apache-2.0
"""Every way to log in to the real servers that have it, as docs/compatibility.md lists them, and what a refusal becomes."""
from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path
from typing import Union

from copy_case import ALICE, PASSWORD, CopyCase, account
from courier import Courier
from cyrus import Cyrus
from dovecot_config import Identity
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, UNREACHABLE, USAGE, Outcome, binary
from imap_raw import Connection
from plan_case import PlanCase
from servers import Dovecot

Server = Union[Dovecot, Cyrus, Courier]
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS")
BOB = "bob@example.com"


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kept_by_dovecot(scheme: str) -> str:
    """PASSWORD as Dovecot keeps it."""
    return subprocess.run(["doveadm", "-c", "/dev/null", "pw", "-s", scheme, "-p", PASSWORD], capture_output=True, text=True,
                          check=True).stdout.strip()


class LoginCase(CopyCase):
    """Logins are tried by `godwit inventory`, which only looks."""

    def setUp(self) -> None:
        super().setUp()
        self.place = self.folder()

    def look(self, url: str, *options: str, password: str | None = PASSWORD, fingerprint: str = "") -> Outcome:
        """Over TLS where a fingerprint is given, else in the clear."""
        arguments = [binary(), "inventory", url, *options]
        arguments += ["--source-trust-fingerprint", fingerprint] if fingerprint else ["--plain-ok"]
        if password is not None:
            (self.place / "password").write_text(password + "\n")
            arguments += ["--source-password-file", str(self.place / "password")]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=100, check=False, stdin=subprocess.DEVNULL)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def by(self, server: Server, mechanism: str, user: str = ALICE, password: str = PASSWORD) -> Outcome:
        return self.look(server.url(user), "--source-mechanism", mechanism, password=password, fingerprint=server.fingerprint)

    def assert_refused(self, outcome: Outcome, code: str, text: str = "", status: int = LOGIN_REFUSED) -> None:
        self.assert_status(outcome, status)
        self.assertIn(f"({code})", outcome.stderr)
        self.assertIn(text, outcome.stderr)

    def assert_all_work(self, server: Server, mechanisms: tuple[str, ...], *, slow_to_refuse: tuple[str, ...] = ()) -> None:
        """Those that are slow to refuse are not given a wrong password."""
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                if mechanism in mechanisms:
                    self.assert_status(self.by(server, mechanism.lower()))
                    if mechanism not in slow_to_refuse:
                        self.assert_refused(self.by(server, mechanism, password="wrong"), "GW-2001", "check the name and the password")
                else:
                    self.assert_refused(self.by(server, mechanism), "GW-2002", f"does not offer AUTHENTICATE {mechanism}")


class MechanismTest(LoginCase):
    """What the tables of docs/compatibility.md say."""

    def test_dovecot(self) -> None:
        server = self.server(extra="auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256")
        self.assert_all_work(server, MECHANISMS[:5])
        log = server.log_tail(400)
        for mechanism in MECHANISMS[:5]:
            self.assertRegex(log, f"Login: user=<{ALICE}>, method={mechanism}, ")

    def test_dovecot_with_passwords_kept_in_one_form(self) -> None:
        """Each form does for its own exchange and for whatever sends the password, which is why that goes first."""
        place = self.folder()
        place.chmod(0o755)
        schemes = {"cram@example.com": "CRAM-MD5", "one@example.com": "SCRAM-SHA-1", "two@example.com": "SCRAM-SHA-256",
                   "crypt@example.com": "SHA512-CRYPT"}
        owner = Identity.of_caller()
        users = place / "users"
        users.write_text("".join(f"{user}:{kept_by_dovecot(scheme)}:{owner.uid}:{owner.gid}::{place}/home/{user}::\n"
                                 for user, scheme in schemes.items()))
        users.chmod(0o644)
        (place / "home").mkdir()
        os.chown(place / "home", owner.uid, owner.gid)
        base = "driver = passwd-file\n  args"
        server = self.server(extra="auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256\n"
                             f"passdb {{\n  {base} = {users}\n}}\nuserdb {{\n  {base} = username_format=%u {users}\n}}")
        for user, scheme in schemes.items():
            self.assert_status(self.look(server.url(user), fingerprint=server.fingerprint))
            self.assert_refused(self.by(server, "SCRAM-SHA-1" if scheme == "CRAM-MD5" else "CRAM-MD5", user), "GW-2001")
            if scheme in MECHANISMS:
                self.assert_status(self.by(server, scheme, user))

    def test_cyrus(self) -> None:
        """Cyrus ties logins to TLS 1.2 as RFC 5929 has it; over TLS 1.3 in a way of its own, so that godwit does without by itself."""
        with Cyrus({ALICE: PASSWORD}, settings={"sasl_mech_list": " ".join(MECHANISMS), "tls_versions": "tls1_2"}) as server:
            self.assert_all_work(server, MECHANISMS)
            log = server.log_tail(400)
            for mechanism in MECHANISMS:
                self.assertRegex(log, rf"login: .*{re.escape(ALICE)} {re.escape(mechanism)}\+TLS")
        with Cyrus({ALICE: PASSWORD}, settings={"sasl_mech_list": "SCRAM-SHA-256", "allowplaintext": "no"}) as server:
            for options in ([], ["--source-mechanism", "SCRAM-SHA-256"]):
                self.assert_status(self.look(server.url(ALICE), *options, fingerprint=server.fingerprint))
            self.assert_refused(self.by(server, "SCRAM-SHA-256-PLUS"), "GW-2008", "name another mechanism")

    def test_courier(self) -> None:
        with Courier({ALICE: PASSWORD}, announce="AUTH=CRAM-MD5") as server:
            self.assert_all_work(server, ("PLAIN", "LOGIN", "CRAM-MD5"), slow_to_refuse=("PLAIN", "LOGIN"))


class CertificateTest(LoginCase):
    """EXTERNAL, with certificates of an authority that Dovecot trusts."""

    def setUp(self) -> None:
        super().setUp()
        self.place.chmod(0o755)
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *curve, "-days", "30", "-subj", "/CN=authority", "-keyout", str(self.place / "authority.key"),
                "-out", str(self.place / "authority.pem"))
        for user in (ALICE, BOB):
            openssl("req", "-new", *curve, "-subj", f"/CN={user}", "-keyout", str(self.file(user, "key")), "-out",
                    str(self.file(user, "csr")))
            openssl("x509", "-req", "-in", str(self.file(user, "csr")), "-CA", str(self.place / "authority.pem"), "-CAkey",
                    str(self.place / "authority.key"), "-CAcreateserial", "-days", "30", "-out", str(self.file(user, "pem")))
            self.file(user, "key").chmod(0o600)

    def file(self, user: str, ending: str) -> Path:
        return self.place / f"{user}.{ending}"

    def external(self, server: Dovecot, user: str, *, owner: str | None = None, tls: bool = True) -> Outcome:
        options = ["--source-mechanism", "EXTERNAL", "--source-certificate", str(self.file(owner or user, "pem")), "--source-key",
                   str(self.file(owner or user, "key"))]
        return self.look(server.url(user, tls=tls), *options, password=None, fingerprint=server.fingerprint)

    def test_a_certificate_says_who_logs_in(self) -> None:
        server = Dovecot("maildir", {ALICE: PASSWORD, BOB: PASSWORD}, extra=f"""
auth_mechanisms = plain external
ssl_ca = <{self.place}/authority.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}""")
        self.addCleanup(server.close)
        server.start()
        for tls in (True, False):
            self.assert_status(self.external(server, ALICE, tls=tls))
        self.assertRegex(server.log_tail(200), f"Login: user=<{ALICE}>, method=EXTERNAL, ")
        self.assert_refused(self.external(server, ALICE, owner=BOB), "GW-2001")
        self.assertNotRegex(server.log_tail(200), f"Login: user=<{BOB}>")
        self.assert_refused(self.look(server.url(ALICE, tls=True), "--source-mechanism", "EXTERNAL", password=None,
                                      fingerprint=server.fingerprint), "GW-1014", "give --source-certificate and --source-key", USAGE)
        # Shown beside a password, too.
        beside = ["--source-certificate", str(self.file(ALICE, "pem")), "--source-key", str(self.file(ALICE, "key"))]
        self.assert_status(self.look(server.url(ALICE, tls=True), *beside, fingerprint=server.fingerprint))

    def test_wrong_files_are_told_before_anybody_connects(self) -> None:
        nobody = "imaps://alice@127.0.0.1:1"

        def told(code: str, text: str, chain: Path, key: Path) -> None:
            outcome = self.look(nobody, "--source-mechanism", "EXTERNAL", "--source-certificate", str(chain), "--source-key", str(key),
                                password=None)
            self.assert_refused(outcome, code, text, USAGE)

        own, key = self.file(ALICE, "pem"), self.file(ALICE, "key")
        told("GW-1042", "is not the key of the first certificate", own, self.file(BOB, "key"))
        told("GW-1040", "there is no certificate in it", key, key)
        told("GW-1040", "there is no private key in it", own, self._private(own))
        told("GW-1040", "missing.pem", self.place / "missing.pem", key)
        told("GW-1040", "missing.key", own, self.place / "missing.key")
        key.chmod(0o644)
        told("GW-1040", "others than its owner can use this key (mode 0644); run chmod 600", own, key)

    def _private(self, file: Path) -> Path:
        """A copy for its owner only."""
        copy = self.place / f"private-{file.name}"
        copy.write_bytes(file.read_bytes())
        copy.chmod(0o600)
        return copy


class AdministratorTest(PlanCase):
    """One login that opens everybody's mailbox."""

    def write_plan(self, server: Server, keys: str, password: str = "boss") -> None:
        (self.folder / "people.csv").write_text(f"source_user\n{ALICE}\n{BOB}\n")
        (self.folder / "boss").write_text(password + "\n")
        self.plan.write_text(f"""
[plan]
name = "logins"
ledger = "migration.ledger"
[source]
host = "127.0.0.1"
port = {server.port}
security = "starttls"
fingerprint = "{server.fingerprint}"
password_file = "boss"
{keys}
[target]
host = "127.0.0.1"
password_file = "boss"
[accounts]
files = "people.csv"
""")

    def look(self) -> Outcome:
        return self.run_command("inventory")

    def test_master_users_of_dovecot(self) -> None:
        masters = self.folder / "masters"
        self.folder.chmod(0o755)
        masters.write_text("migration:{PLAIN}boss\n")
        masters.chmod(0o644)
        server = Dovecot("maildir", {ALICE: PASSWORD, BOB: PASSWORD}, extra=f"""
auth_mechanisms = plain login scram-sha-256
auth_master_user_separator = %
passdb {{
  driver = passwd-file
  master = yes
  args = {masters}
}}""", controls=False)  # master users are subject to ACLs
        self.addCleanup(server.close)
        server.start()
        for number, keys in enumerate(("login = '{user}%{admin}'", "", "mechanism = 'SCRAM-SHA-256'", "mechanism = 'plain'"), 1):
            with self.subTest(keys):
                self.write_plan(server, f"admin_user = 'migration'\n{keys}")
                outcome = self.look()
                self.assertEqual(outcome.status, MOVED, outcome.text)
                for user in (ALICE, BOB):
                    self.assertEqual(len(re.findall(f"Login: user=<{user}>", server.log_tail(400))), number)
        self.assertRegex(server.log_tail(400), f"Login: user=<{ALICE}>, method=SCRAM-SHA-256")
        self.write_plan(server, "admin_user = 'migration'", "wrong")
        outcome = self.look()
        self.assertEqual(outcome.status, NOT_ALL_MOVED, outcome.text)
        self.assertIn("check the name and the password", outcome.text)

    def test_administrators_of_cyrus(self) -> None:
        with Cyrus({ALICE: PASSWORD, BOB: PASSWORD, "migration@example.com": "boss"},
                   settings={"proxyservers": "migration@example.com", "sasl_mech_list": "PLAIN SCRAM-SHA-256"}) as server:
            for user in (ALICE, BOB):
                with Connection(account(server, user)):
                    pass  # the mailbox is made at the first login
            for keys in ("", "mechanism = 'SCRAM-SHA-256'"):
                with self.subTest(keys):
                    self.write_plan(server, f"admin_user = 'migration@example.com'\n{keys}")
                    outcome = self.look()
                    self.assertEqual(outcome.status, MOVED, outcome.text + server.log_tail())

    def test_a_command_that_the_server_does_not_know(self) -> None:
        server = Dovecot("maildir", {ALICE: PASSWORD, BOB: PASSWORD, "migration@example.com": "boss"})
        self.addCleanup(server.close)
        server.start()
        self.write_plan(server, "admin_user = 'migration@example.com'\nadmin_command = 'PROXYAUTH'")
        self.assertIn("the server does not know PROXYAUTH", self.look().text)
        self.write_plan(server, "admin_command = 'X-MASTERAUTH'")
        outcome = self.look()
        self.assertIn("the server does not know X-MASTERAUTH", outcome.text)


class RefusalTest(LoginCase):
    """What a real server says, and what godwit makes of it."""

    def test_an_unknown_mechanism(self) -> None:
        outcome = self.look("imap://alice@127.0.0.1:1", "--source-mechanism", "SCRAM-SHA-265")
        self.assert_status(outcome, USAGE)
        self.assertIn('there is no way to log in called "SCRAM-SHA-265"; did you mean "SCRAM-SHA-256"?', outcome.stderr)

    def test_passwords_that_cannot_be_looked_up(self) -> None:
        self.place.chmod(0o755)
        backend = self.place / "backend"
        backend.write_text("#!/bin/sh\nexit 111\n")  # checkpassword's way to say that it cannot tell
        backend.chmod(0o755)
        server = self.server(extra=f"passdb {{\n  driver = checkpassword\n  args = {backend}\n}}")
        self.assert_refused(self.look(server.url(BOB)), "GW-2030", "the server asks to come back later", UNREACHABLE)

    def test_too_many_connections(self) -> None:
        server = self.server(extra="mail_max_userip_connections = 1")
        with Connection(account(server)) as connection:
            connection.command(b"NOOP")
            self.assert_refused(self.look(server.url(ALICE)), "GW-3302", "Maximum number of connections", UNREACHABLE)

    def test_a_password_that_has_worked(self) -> None:
        source, target = self.server(), self.server()
        copy = self.copy(source, target)
        self.assert_status(copy.run())
        source.add_user(ALICE, "another")
        for _ in range(2):
            outcome = self.assert_status(copy.run(), LOGIN_REFUSED)
            self.assertRegex(outcome.stderr, r"the login is refused that worked until 20\d\d-.*the password was changed.*\(GW-2023\)")
        self.assertEqual(server_refusals(source), 2, "a wrong password is not tried again in the same run")


def server_refusals(server: Dovecot) -> int:
    return len(re.findall("auth failed, 1 attempts", server.log_tail(400)))


if __name__ == "__main__":
    unittest.main()
