# SPDX-License-Identifier: Apache-2.0
"""How lines are opened: through proxies, to servers of another age, with a security that is found out, and cut in the middle."""
from __future__ import annotations

import json
import sqlite3
import ssl
import unittest
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from copy_case import ALICE, PASSWORD, CopyCase, snapshot
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, UNREACHABLE, USAGE, Copy, Outcome
from mailboxes import FolderSpec
from messages import MessageFactory
from old_tls import OldTls
from plan_case import PlanCase
from proxies import PASSWORD as PROXY_PASSWORD
from proxies import HttpProxy, Proxy, Socks5Proxy
from relay import TO_CLIENT, Relay, Trouble
from servers import Dovecot, certificate, free_port


class LineCase(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.fill(self.source, [FolderSpec(("INBOX",), [MessageFactory(1).plain(500)])])

    def proxy(self, proxy: Proxy) -> Proxy:
        self.addCleanup(proxy.close)
        return proxy.start()

    def through(self, proxy: Proxy, *options: str, side: str = "source", **ports: int) -> Copy:
        copy = self.copy(self.source, self.target, **ports)
        return replace(copy, options=["--plain-ok", f"--{side}-proxy", proxy.url, *options])

    def password_file(self, password: str = PROXY_PASSWORD) -> str:
        file = self.folder() / "proxy-password"
        file.write_text(password + "\n")
        return str(file)


class Proxies(LineCase):
    def test_through_each_kind_with_and_without_login(self) -> None:
        for kind in (Socks5Proxy, HttpProxy):
            for has_login in (False, True):
                with self.subTest(kind=kind.__name__, has_login=has_login):
                    proxy = self.proxy(kind(has_login=has_login))
                    login = ["--source-proxy-password-file", self.password_file()] if has_login else []
                    self.assert_status(self.through(proxy, *login).run())
                    self.assert_identical(self.source, self.target)
                    proxy.kill()
                    outcome = self.assert_status(self.through(proxy, *login).run(), UNREACHABLE)
                    self.assertIn(f"proxy {kind.scheme}://127.0.0.1:{proxy.port}: cannot connect", outcome.text)

    def test_both_sides_with_tls_below(self) -> None:
        socks, http = self.proxy(Socks5Proxy()), self.proxy(HttpProxy())
        trust = [word for side in ("source", "target") for word in (f"--{side}-ca-file", str(certificate()[0]))]
        for tls in (False, True):
            source = self.source.url(ALICE, tls=tls).replace("127.0.0.1", "localhost")
            copy = Copy(source, self.target.url(ALICE, tls=tls), PASSWORD, PASSWORD, self.folder(),
                        ["--source-proxy", socks.url, "--target-proxy", http.url, *trust])
            self.assert_status(copy.run())
            self.assert_identical(self.source, self.target)

    def test_a_wrong_login_and_none(self) -> None:
        for kind in (Socks5Proxy, HttpProxy):
            proxy = self.proxy(kind(has_login=True))
            wrong = self.through(proxy, "--source-proxy-password-file", self.password_file("wrong-proxy-password")).run()
            self.assert_status(wrong, LOGIN_REFUSED)
            self.assertIn("refuses the login of user courier", wrong.text)
            self.assertIn("GW-3502", wrong.text)
            self.assertNotIn("wrong-proxy-password", wrong.text)
            missing = self.assert_status(self.through(proxy).run(), USAGE)
            self.assertIn("--source-proxy-password-file", missing.text)
            proxy.has_login = False  # in its URL
            nobody = self.assert_status(self.through(proxy).run(), LOGIN_REFUSED)
            self.assertIn("the proxy wants a login", nobody.text)
        self.assertEqual(snapshot(self.target).folders[("INBOX",)].messages, [])

    def test_a_server_that_the_proxy_does_not_reach(self) -> None:
        nobody = free_port()
        for proxy, words in ((Socks5Proxy(), "connection refused (reply 5)"), (HttpProxy(), "it said: \"500"),
                             (HttpProxy(only_port=nobody + 1), "it said: \"403")):
            self.proxy(proxy)
            outcome = self.assert_status(self.through(proxy, source_port=nobody).run(), UNREACHABLE)
            self.assertIn(words, outcome.text)
            self.assertIn(f"to 127.0.0.1:{nobody}: the proxy does not reach the server", outcome.text)

    def test_the_wrong_kind_of_proxy(self) -> None:
        socks = self.proxy(Socks5Proxy())
        copy = self.through(socks)
        copy.options[-1] = f"http://127.0.0.1:{socks.port}"
        outcome = self.assert_status(copy.run(), UNREACHABLE)
        self.assertIn(f"proxy http://127.0.0.1:{socks.port}", outcome.text)

    def test_variables_are_not_read(self) -> None:
        nowhere = f"http://127.0.0.1:{free_port()}"
        copy = replace(self.copy(self.source, self.target),
                       environment={name: nowhere for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY")})
        self.assert_status(copy.run())

    def test_a_proxy_that_dies_in_the_middle(self) -> None:
        make = MessageFactory(2)
        self.fill(self.source, [FolderSpec(("INBOX",), [make.plain(20_000) for _ in range(60)])])
        for kind in (Socks5Proxy, HttpProxy):
            proxy = self.proxy(kind())
            with Relay(self.source.port, Trouble("hold", TO_CLIENT, 500_000)) as relay:
                running = self.through(proxy, source_port=relay.port).start("--json")
                self.assertTrue(relay.struck.wait(60))
                proxy.kill()
                relay.release()
                proxy.start()
                out, errors = running.communicate(timeout=100)
                self.assert_status(Outcome(running.returncode, out, errors))
            self.assert_identical(self.source, self.target)


class OldServers(LineCase):
    def old(self, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1) -> OldTls:
        server = OldTls(self.source.port, version)
        self.addCleanup(server.__exit__)
        return server

    def run_with(self, old: OldTls, *options: str) -> Outcome:
        return Copy(f"imaps://{ALICE}@127.0.0.1:{old.port}", self.target.url(ALICE), PASSWORD, PASSWORD, self.folder(),
                    ["--plain-ok", "--source-ca-file", str(certificate()[0]), *options]).run()

    def test_refused_and_which_key_allows_it(self) -> None:
        outcome = self.assert_status(self.run_with(self.old()), UNREACHABLE)
        self.assertIn('tls_min = "1.0" in the plan, --source-tls-min 1.0', outcome.text)
        self.assertIn("GW-3220", outcome.text)
        self.assertEqual(snapshot(self.target).folders[("INBOX",)].messages, [])

    def test_allowed_by_order_with_a_warning(self) -> None:
        for version, least in ((ssl.TLSVersion.TLSv1, "1.0"), (ssl.TLSVersion.TLSv1_1, "1.1")):
            outcome = self.assert_status(self.run_with(self.old(version), "--source-tls-min", least))
            self.assertIn("the line to 127.0.0.1 uses TLSv1", outcome.text)
            self.assert_identical(self.source, self.target)
        self.assert_status(self.run_with(self.old(), "--source-tls-min", "1.1"), UNREACHABLE)

    def test_what_the_options_take(self) -> None:
        for options, words in ((("--source-tls-min", "0.9"), "no version of TLS"), (("--source-ciphers", "all"), '"legacy"'),
                               (("--source-proxy", "socks4://h"), "SOCKS5 and HTTP CONNECT"),
                               (("--source-proxy", "socks5://u:hidden@h"), "a password has no place")):
            outcome = self.assert_status(self.run_with(self.old(), *options), USAGE)
            self.assertIn(words, outcome.text)
            self.assertNotIn("hidden", outcome.text)

    def test_a_file_of_authorities_that_is_none(self) -> None:
        outcome = Copy(self.source.url(ALICE, tls=True), self.target.url(ALICE), PASSWORD, PASSWORD, self.folder(),
                       ["--plain-ok", "--source-ca-file", "/dev/null"]).run()
        self.assert_status(outcome, USAGE)
        self.assertIn("/dev/null", outcome.text)


class Detected(PlanCase, CopyCase):
    """security = "detect" of the source, which is called localhost; the target is 127.0.0.1."""

    def setUp(self) -> None:
        super().setUp()
        self.target = self.server("sdbox")

    def write_plan(self, port: int, *lines: str) -> None:
        (self.folder_of_plan / "people.csv").write_text(f"user;password\n{ALICE};{PASSWORD}\n")
        source = "\n".join(('host = "localhost"', f"port = {port}", 'security = "detect"', f'ca_file = "{certificate()[0]}"', *lines))
        self.plan.write_text(f'[plan]\nname = "lines"\nledger = "ledger.sqlite"\n[source]\n{source}\n'
                             f'[target]\nhost = "127.0.0.1"\nport = {self.target.port}\nsecurity = "none"\n'
                             '[accounts]\nfiles = "people.csv"\nsame_password = true\n')

    @property
    def folder_of_plan(self) -> Path:
        return self.plan.parent

    def filled(self, **options: str) -> Dovecot:
        server = self.server("maildir", **options)
        self.fill(server, [FolderSpec(("INBOX",), [MessageFactory(3).plain(500)])])
        return server

    def migrate(self, status: int = MOVED) -> Outcome:
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, status, outcome.text)
        return outcome

    def tls_seen(self) -> list[str]:
        with closing(sqlite3.connect(self.folder_of_plan / "ledger.sqlite")) as ledger:
            return [host for (host,) in ledger.execute("SELECT host FROM host_fact WHERE key = 'tls_seen'")]

    def assert_encrypted(self, source: Dovecot, port: int) -> None:
        self.write_plan(port)
        self.assertNotIn("NOT encrypted", self.migrate().text)
        self.assert_identical(source, self.target)
        self.assertEqual(self.tls_seen(), ["localhost"])
        self.assertIn("TLSv1.3", self.run_command("check", "--json").text)

    def test_tls_is_found(self) -> None:
        source = self.filled()
        self.assert_encrypted(source, source.tls_port)

    def test_starttls_is_found(self) -> None:
        source = self.filled()
        self.assert_encrypted(source, source.port)

    def test_plain_with_a_warning_at_every_use(self) -> None:
        source = self.filled(extra="ssl = no")
        self.write_plan(source.port)
        for _ in range(2):
            self.assertIn("the line to localhost is NOT encrypted", self.migrate().text)
        self.assert_identical(source, self.target)
        self.assertEqual(self.tls_seen(), [])
        check = self.run_command("check")
        self.assertIn("the line to the source is not encrypted", check.text)
        settings = {one["name"]: one["value"] for one in json.loads(self.run_command("report", "--json").stdout)["settings"]}
        self.assertEqual(settings["source.security"], "detect")

    def test_once_tls_was_seen_nothing_goes_in_the_clear(self) -> None:
        first, stripped = self.filled(), self.server("maildir", extra="ssl = no")
        with Relay(first.port) as relay:
            self.write_plan(relay.port)
            self.migrate()
            relay.turn_to(stripped.port)
            outcome = self.migrate(NOT_ALL_MOVED)
            self.assertIn("no TLS is offered now, but it was before", outcome.text)
            self.assertIn("GW-3222", outcome.text)
            check = self.run_command("check")
            self.assertIn("no TLS is offered now, but it was before", check.text)
            relay.turn_to(first.port)
            self.migrate()

    def test_a_certificate_that_is_not_trusted_is_no_reason_to_go_on_without(self) -> None:
        source = self.filled()
        self.write_plan(source.port)
        self.plan.write_text(self.plan.read_text().replace(f'ca_file = "{certificate()[0]}"', ""))
        outcome = self.migrate(NOT_ALL_MOVED)
        self.assertIn("self-signed", outcome.text)
        self.assertEqual(self.tls_seen(), [])

    def test_through_a_proxy_of_the_plan(self) -> None:
        source, proxy = self.filled(), Socks5Proxy(has_login=True)
        self.addCleanup(proxy.close)
        proxy.start()
        self.write_plan(source.port, f'proxy = "{proxy.url}"', 'proxy_password_file = "proxy-password"')
        (self.folder_of_plan / "proxy-password").write_text(PROXY_PASSWORD + "\n")
        self.migrate()
        self.assert_identical(source, self.target)
        self.assertEqual(self.tls_seen(), ["localhost"])


if __name__ == "__main__":
    unittest.main()
