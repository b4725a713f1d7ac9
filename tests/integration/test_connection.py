# SPDX-License-Identifier: Apache-2.0
"""TLS and trust, logins, and what the exit status says when it does not work."""
from __future__ import annotations

import socket
import subprocess
import unittest
from dataclasses import replace

from copy_case import ALICE, PASSWORD, CopyCase, snapshot
from godwit import LOGIN_REFUSED, MOVED, UNREACHABLE, USAGE, Copy, Outcome, binary
from mailboxes import FolderSpec
from messages import MessageFactory
from servers import free_port


class ConnectionCase(CopyCase):
    """One message to move between two servers that speak TLS with a certificate that nobody signed."""

    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.fill(self.source, [FolderSpec(("INBOX",), [MessageFactory(1).plain(500)])])

    def run_with(self, *options: str, tls: bool = False, **environment: str) -> Outcome:
        return Copy(self.source.url(ALICE, tls=tls), self.target.url(ALICE, tls=tls), PASSWORD, PASSWORD, self.folder(),
                    list(options), environment).run()

    def assert_nothing_arrived(self) -> None:
        self.assertEqual(snapshot(self.target).folders[("INBOX",)].messages, [])


class Tls(ConnectionCase):
    def test_an_unknown_certificate_is_refused_and_its_fingerprint_told(self) -> None:
        for tls in (False, True):
            outcome = self.assert_status(self.run_with(tls=tls), UNREACHABLE)
            self.assertIn(self.source.fingerprint, outcome.text.replace(":", "").lower())
        self.assert_nothing_arrived()

    def test_fingerprints(self) -> None:
        for tls in (False, True):
            self.assert_status(self.run_with("--source-trust-fingerprint", self.source.fingerprint,
                                             "--target-trust-fingerprint", self.target.fingerprint, tls=tls))
        self.assert_identical(self.source, self.target)

    def test_a_fingerprint_with_colons_and_capitals(self) -> None:
        digits = self.source.fingerprint.upper()
        written = ":".join(digits[place:place + 2] for place in range(0, len(digits), 2))
        self.assert_status(self.run_with("--source-trust-fingerprint", written, "--target-trust-fingerprint", written))

    def test_a_wrong_fingerprint(self) -> None:
        self.assert_status(self.run_with("--source-trust-fingerprint", "00" * 32, "--target-trust-always"), UNREACHABLE)
        self.assert_nothing_arrived()

    def test_trust_always(self) -> None:
        for tls in (False, True):
            self.assert_status(self.run_with("--source-trust-always", "--target-trust-always", tls=tls))
        self.assert_identical(self.source, self.target)

    def test_trust_of_one_side_is_not_trust_of_the_other(self) -> None:
        self.assert_status(self.run_with("--source-trust-always"), UNREACHABLE)
        self.assert_status(self.run_with("--target-trust-always"), UNREACHABLE)
        self.assert_nothing_arrived()

    def test_a_certificate_that_the_system_trusts(self) -> None:
        trusted = {"SSL_CERT_FILE": str(self.source.places.certificate)}
        self.assert_status(self.run_with(**trusted))
        self.assert_identical(self.source, self.target)


class PlainText(CopyCase):
    def test_without_starttls_only_by_order(self) -> None:
        source, target = self.server("maildir", extra="ssl = no"), self.server("sdbox", extra="ssl = no")
        self.fill(source, [FolderSpec(("INBOX",), [MessageFactory(2).plain(500)])])
        copy = self.copy(source, target)
        refused = self.assert_status(replace(copy, options=[]).run(), UNREACHABLE)
        self.assertIn("--plain-ok", refused.text)
        self.assert_status(copy.run())
        self.assert_identical(source, target)


class Logins(ConnectionCase):
    def test_wrong_passwords(self) -> None:
        right = self.copy(self.source, self.target)
        for side in ("source_password", "target_password"):
            outcome = self.assert_status(replace(right, **{side: "wrong"}).run(), LOGIN_REFUSED)
            self.assertNotIn("wrong horse", outcome.text)
        self.assert_nothing_arrived()

    def test_an_unknown_user(self) -> None:
        copy = self.copy(self.source, self.target)
        copy.source_url = self.source.url("nobody@example.com")
        self.assert_status(copy.run(), LOGIN_REFUSED)

    def test_the_user_with_percent_40(self) -> None:
        copy = self.copy(self.source, self.target)
        copy.source_url = copy.source_url.replace("alice@", "alice%40")
        self.assert_status(copy.run())
        self.assert_identical(self.source, self.target)

    def test_an_odd_password(self) -> None:
        odd = 'p"\\ äß %@/ #'
        self.source.add_user(ALICE, odd)
        copy = replace(self.copy(self.source, self.target), source_password=odd)
        self.assert_status(copy.run())
        self.assert_identical(self.source, self.target)


class Unreachable(ConnectionCase):
    def test_nobody_listens(self) -> None:
        for side in ("source", "target"):
            copy = self.copy(self.source, self.target, **{f"{side}_port": free_port()})
            self.assert_status(copy.run(), UNREACHABLE)

    def test_no_such_host(self) -> None:
        copy = self.copy(self.source, self.target)
        copy.target_url = f"imap://{ALICE}@no-such-host.invalid:143"
        self.assert_status(copy.run(), UNREACHABLE)

    def test_something_that_is_not_imap(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(30)
            process = self.copy(self.source, self.target, source_port=listener.getsockname()[1]).start()
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            listener.close()
            stdout, stderr = process.communicate(timeout=60)
            self.assert_status(Outcome(process.returncode, stdout, stderr), UNREACHABLE)


class Usage(unittest.TestCase):
    def test_wrong_command_lines(self) -> None:
        good = ["imap://alice@example.com@localhost:1", "imap://alice@example.com@localhost:2"]
        for arguments in (["nonsense"], ["copy"], ["copy", good[0]], ["copy", *good], ["copy", *good, "--ledger"],
                          ["copy", "http://alice@localhost", good[1], "--ledger", "/tmp/l"],
                          ["copy", "imap://localhost:143", good[1], "--ledger", "/tmp/l"],
                          ["copy", *good, "--ledger", "/tmp/l", "--no-such-option"],
                          ["copy", *good, "--ledger", "/tmp/l", "--source-trust-fingerprint", "xyz"],
                          ["copy", *good, "--ledger", "/tmp/l", "--source-password-file", "/no/such/file"]):
            with self.subTest(arguments=arguments):
                run = subprocess.run([binary(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
                self.assertEqual(run.returncode, USAGE, run.stdout + run.stderr)
                self.assertTrue(run.stderr, "nothing said")

    def test_help(self) -> None:
        run = subprocess.run([binary(), "copy", "--help"], capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, MOVED)
        for option in ("--source-password-file", "--target-password-file", "--ledger", "--plain-ok", "--json",
                       "--source-trust-fingerprint", "--target-trust-always"):
            self.assertIn(option, run.stdout)


if __name__ == "__main__":
    unittest.main()
