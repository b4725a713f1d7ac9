# SPDX-License-Identifier: Apache-2.0
"""Lines and logins of POP3 sources: proxies, authorities, tokens, and a security that is found out, as IMAP has them."""
from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from account_snapshot import take_snapshot
from copy_case import ALICE, PASSWORD, CopyCase, account
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, UNREACHABLE, Copy, Outcome
from mailboxes import FolderSpec
from messages import MessageFactory
from plan_case import PlanCase
from pop3_double import Maildrop, Pop3Double
from proxies import PASSWORD as PROXY_PASSWORD
from proxies import HttpProxy, Socks5Proxy
from relay import Relay
from servers import Dovecot, certificate
from token_server import TokenServer, dovecot_settings

INBOX = ("INBOX",)


class Pop3LineCase(CopyCase):
    def filled(self, **options: str) -> Dovecot:
        server = self.server("maildir", pop3=True, **options)
        self.fill(server, [FolderSpec(INBOX, [MessageFactory(3).plain(500) for _ in range(4)])])
        return server

    def copy_of(self, url: str, *options: str) -> Copy:
        return Copy(url, self.target.url(ALICE), PASSWORD, PASSWORD, self.folder(), ["--plain-ok", *options])


class OfOneAccount(Pop3LineCase):
    def setUp(self) -> None:
        self.target = self.server("sdbox")

    def test_through_each_kind_of_proxy(self) -> None:
        source = self.filled()
        for kind in (Socks5Proxy, HttpProxy):
            proxy = kind(has_login=True)
            self.addCleanup(proxy.close)
            proxy.start()
            login = self.folder() / "proxy-password"
            login.write_text(PROXY_PASSWORD + "\n")
            options = ("--source-proxy", proxy.url, "--source-proxy-password-file", str(login))
            copy = self.copy_of(source.pop3_url(ALICE), *options)
            self.assert_status(copy.run())
            uidl = self.copy_of(source.url(ALICE), *options, "--pop3-uidl", f"pop3://127.0.0.1:{source.places.pop3_port}")
            self.assertEqual(self.assert_status(uidl.run("--json")).summary()["uidls"], 4)
            proxy.kill()
            outcome = self.assert_status(copy.run(), UNREACHABLE)
            self.assertIn(f"proxy {kind.scheme}://127.0.0.1:{proxy.port}: cannot connect", outcome.text)
            unreached = self.assert_status(replace(copy, options=copy.options[:1]).run())
            self.assertIn("Nothing to do", unreached.text, "directly")

    def test_authorities_and_versions_of_tls(self) -> None:
        source = self.filled()
        url = source.pop3_url(ALICE, tls=True).replace("127.0.0.1", "localhost")
        self.assert_status(self.copy_of(url, "--source-ca-file", str(certificate()[0])).run())
        self.assertIn("self-signed", self.assert_status(self.copy_of(url).run(), UNREACHABLE).text)
        none = self.assert_status(self.copy_of(url, "--source-ca-file", "/nowhere").run(), 2)
        self.assertIn("/nowhere", none.text)

    def test_messages_arrive_read_by_order(self) -> None:
        source = self.filled()
        self.assert_status(self.copy_of(source.pop3_url(ALICE), "--mark-read").run())
        self.assertEqual({message.flags for message in take_snapshot(account(self.target)).folders[INBOX].messages}, {("\\seen",)})

    def test_a_mechanism_by_name(self) -> None:
        source = self.filled(extra="auth_mechanisms = plain scram-sha-256 cram-md5")
        for name in ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN"):
            copy = self.copy_of(source.pop3_url(ALICE), "--source-mechanism", name)
            trace = copy.folder / "trace"
            self.assert_status(copy.run("--trace", str(trace)))
            self.assertIn(f"C: AUTH {name}", trace.read_text())
        refused = self.assert_status(self.copy_of(source.pop3_url(ALICE), "--source-mechanism", "SCRAM-SHA-1").run(), LOGIN_REFUSED)
        self.assertIn("it offers PLAIN, SCRAM-SHA-256, CRAM-MD5", refused.text)

    def test_with_a_token(self) -> None:
        settings = tempfile.TemporaryDirectory(prefix="godwit-oauth-")
        self.addCleanup(settings.cleanup)
        tokens = TokenServer().start()
        self.addCleanup(tokens.stop)
        source = self.filled(extra=dovecot_settings(tokens, Path(settings.name)))
        file = self.folder() / "token"
        file.write_text(tokens.token_for(ALICE) + "\n")
        with_token = {"password_files": False, "environment": {"GODWIT_TARGET_PASSWORD": PASSWORD}}
        copy = replace(self.copy_of(source.pop3_url(ALICE), "--source-token-file", str(file)), **with_token)
        trace = copy.folder / "trace"
        self.assert_status(copy.run("--trace", str(trace)))
        said = trace.read_text()
        self.assertIn("C: AUTH OAUTHBEARER", said)
        self.assertNotIn(file.read_text().strip(), said)
        self.assertNotIn("C: PASS", said)
        uidl = self.copy_of(source.url(ALICE), "--source-token-file", str(file), "--pop3-uidl",
                            f"pop3://127.0.0.1:{source.places.pop3_port}")
        uidl = replace(uidl, **with_token)
        self.assertEqual(self.assert_status(uidl.run("--json")).summary()["uidls"], 4)
        file.write_text("expired\n")
        outcome = self.assert_status(copy.run(), LOGIN_REFUSED)
        self.assertNotIn("expired", outcome.text)


class Pauses(Pop3LineCase):
    def test_a_pause_that_is_announced_is_kept_within_a_round(self) -> None:
        self.target = self.server("sdbox")
        bodies = [MessageFactory(6).plain(700).body for _ in range(6)]
        drop = Maildrop([(f"u{n}", body) for n, body in enumerate(bodies)], pause=2, break_after=3,
                        capabilities=("USER", "UIDL", "TOP", "LOGIN-DELAY 2", "EXPIRE 30"))
        server = Pop3Double(drop)
        server.__enter__()
        self.addCleanup(server.close)
        summary = self.assert_status(self.copy_of(server.url(ALICE), "--quiet-time", "0.5").run("--json")).summary()
        self.assertEqual((drop.break_after, drop.too_early), (0, 0), "the line broke, and nobody came too early")
        [caveat] = [note for note in summary["notes"] if "LOGIN-DELAY" in note]
        self.assertIn("2 s between two logins", caveat)
        self.assertIn("keeps messages for 30 days", caveat)


class Detected(PlanCase, Pop3LineCase):
    """security = "detect" of a POP3 source, which is called localhost."""

    def setUp(self) -> None:
        super().setUp()
        self.target = self.server("sdbox")

    def write_plan(self, port: int, *lines: str) -> None:
        (self.folder_of_plan / "people.csv").write_text(f"user;password\n{ALICE};{PASSWORD}\n")
        source = "\n".join(('type = "pop3"', 'host = "localhost"', f"port = {port}", 'security = "detect"',
                            f'ca_file = "{certificate()[0]}"', *lines))
        self.plan.write_text(f'[plan]\nname = "lines"\nledger = "ledger.sqlite"\nquiet_time = "500ms"\n[source]\n{source}\n'
                             f'[target]\nhost = "127.0.0.1"\nport = {self.target.port}\nsecurity = "none"\n'
                             '[accounts]\nfiles = "people.csv"\nsame_password = true\n')

    @property
    def folder_of_plan(self) -> Path:
        return self.plan.parent

    def migrate(self, status: int = MOVED) -> Outcome:
        outcome = self.run_command("migrate", "--retry-pause", "1")
        self.assertEqual(outcome.status, status, outcome.text)
        return outcome

    def tls_seen(self) -> list[str]:
        with closing(sqlite3.connect(self.folder_of_plan / "ledger.sqlite")) as ledger:
            return [host for (host,) in ledger.execute("SELECT host FROM host_fact WHERE key = 'tls_seen'")]

    def test_tls_and_stls_are_found(self) -> None:
        source = self.filled()
        for port in (source.places.pop3_tls_port, source.places.pop3_port):
            self.write_plan(port)
            self.assertNotIn("NOT encrypted", self.migrate().text)
            self.assertEqual(self.tls_seen(), ["localhost"])

    def test_plain_with_a_warning_and_never_again_once_tls_was_seen(self) -> None:
        first, plain = self.filled(), self.filled(extra="ssl = no")
        self.write_plan(plain.places.pop3_port)
        self.assertIn("the line to localhost is NOT encrypted", self.migrate().text)
        self.assertEqual(self.tls_seen(), [])
        with Relay(first.places.pop3_port) as relay:
            self.write_plan(relay.port)
            self.migrate()
            self.assertEqual(self.tls_seen(), ["localhost"])
            relay.turn_to(plain.places.pop3_port)
            outcome = self.migrate(NOT_ALL_MOVED)
            self.assertIn("GW-3222", outcome.text)
            relay.turn_to(first.places.pop3_port)

    def test_through_a_proxy_of_the_plan(self) -> None:
        source, proxy = self.filled(), Socks5Proxy(has_login=True)
        self.addCleanup(proxy.close)
        proxy.start()
        self.write_plan(source.places.pop3_port, f'proxy = "{proxy.url}"', 'proxy_password_file = "proxy-password"')
        (self.folder_of_plan / "proxy-password").write_text(PROXY_PASSWORD + "\n")
        self.migrate()
        self.assertEqual(self.tls_seen(), ["localhost"])
