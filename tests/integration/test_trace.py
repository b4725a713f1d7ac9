# SPDX-License-Identifier: Apache-2.0
"""The protocol trace and the log of a real round: what stands in them, and what must not."""
from __future__ import annotations

import base64
import json
import re
import unittest
from dataclasses import replace

from copy_case import ALICE, CopyCase
from godwit import LOGIN_REFUSED, USAGE, Copy
from mailboxes import FolderSpec
from messages import MessageFactory

SECRETS = ("source \"sesame\" {7}", "target-s\u00e9same")
_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (source|target)-\d+ (--|[CS][:|]) ")


def forms_of(secret: str) -> list[bytes]:
    """The password as it may stand on the wire: as it is, in a quoted string, and in base64 wherever that begins."""
    raw = secret.encode()
    forms = [raw, raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')]
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        forms.append(encoded[4 if before else 0:len(encoded) // 4 * 4 - 4])
    forms.append(base64.b64encode(b"\0" + ALICE.encode() + b"\0" + raw))
    return forms


class Trace(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir", compress=True), self.server("sdbox")
        self.source.add_user(ALICE, SECRETS[0])
        self.target.add_user(ALICE, SECRETS[1])
        self.fill(self.source, [FolderSpec(("INBOX",), [MessageFactory(1).plain(9000) for _ in range(30)])])

    def traced(self, *options: str) -> tuple[Copy, bytes]:
        copy = self.secret_copy()
        self.assert_status(copy.run("--trace", str(copy.folder / "trace"), *options))
        self.assert_identical(self.source, self.target)
        return copy, (copy.folder / "trace").read_bytes()

    def secret_copy(self) -> Copy:
        return Copy(self.source.url(ALICE), self.target.url(ALICE), *SECRETS, self.folder())

    def assert_hidden(self, trace: bytes) -> None:
        for secret in SECRETS:
            for form in forms_of(secret):
                self.assertNotIn(form, trace)

    def test_a_round(self) -> None:
        copy, trace = self.traced()
        self.assert_hidden(trace)
        self.assertEqual((copy.folder / "trace").stat().st_mode & 0o777, 0o600)
        lines = trace.decode().splitlines()
        for line in lines:
            self.assertRegex(line, _LINE)
        text = trace.decode()
        for side in ("source", "target"):
            self.assertRegex(text, rf"{side}-1 -- connected to 127\.0\.0\.1:\d+\n")
            self.assertRegex(text, rf"{side}-1 C: A0\d+ AUTHENTICATE PLAIN \*\*\*\n")
            self.assertRegex(text, rf"{side}-1 S: A0\d+ OK .*Logged in\n")
        self.assertRegex(text, r'target-\d+ C: A0\d+ APPEND "INBOX" .*\{\d{4}\+?\}\n')
        self.assertRegex(text, r"target-\d+ C: \{\d{4} bytes\}")
        self.assertRegex(text, r"source-\d+ S: \* \d+ FETCH \(.*\{\d{4}\}\n")
        self.assertNotIn("Subject:", text)

    def test_without_an_initial_response(self) -> None:
        without_sasl_ir = "imap_capability = IMAP4rev1 LITERAL+ UIDPLUS"
        self.source, self.target = (self.server("maildir", extra=without_sasl_ir) for _ in range(2))
        self.source.add_user(ALICE, SECRETS[0])
        self.target.add_user(ALICE, SECRETS[1])
        _, trace = self.traced()
        self.assert_hidden(trace)
        self.assertRegex(trace, rb"C: A\d+ AUTHENTICATE PLAIN\n.* S: \+ ?\n.* C: \*\*\*\n")

    def test_messages_too_where_that_is_asked_for(self) -> None:
        _, trace = self.traced("--trace-bodies")
        self.assert_hidden(trace)
        self.assertIn(b" S| Subject: ", trace)
        self.assertIn(b" C| Subject: ", trace)

    def test_a_refused_login(self) -> None:
        copy = replace(self.secret_copy(), source_password="wrong-sesame")
        outcome = self.assert_status(copy.run("--json", "--trace", str(copy.folder / "trace"), "--log", str(copy.folder / "log")),
                                     LOGIN_REFUSED)
        trace = (copy.folder / "trace").read_bytes()
        for form in forms_of("wrong-sesame"):
            self.assertNotIn(form, trace)
        self.assertEqual(outcome.summary()["error"]["code"], "GW-2001")
        self.assertIn(" error account=", log := (copy.folder / "log").read_text())
        self.assertIn(" code=GW-2001 ", log)
        self.assertNotIn("sesame", log)

    def test_the_log(self) -> None:
        copy = self.secret_copy()
        for _ in range(2):
            self.assert_status(copy.run("--log", str(copy.folder / "log"), "--log-format", "json"))
        lines = [json.loads(line) for line in (copy.folder / "log").read_text().splitlines()]
        ends = [line for line in lines if line["message"] == "round over"]
        self.assertEqual([(end["copied"], end["exit_status"]) for end in ends], [(30, 0), (0, 0)])
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(ALICE, line["account"])
        for secret in SECRETS:
            self.assertNotIn(secret, (copy.folder / "log").read_text())

    def test_files_that_cannot_be_written(self) -> None:
        for option in ("--log", "--trace"):
            with self.subTest(option=option):
                outcome = self.secret_copy().run(option, "/nonexistent/file")
                self.assertIn("/nonexistent/file: the file cannot be opened for writing", outcome.stderr)
                self.assertIn("(GW-7030)", outcome.stderr)
        self.assert_status(self.secret_copy().run("--log-format", "xml"), USAGE)


if __name__ == "__main__":
    unittest.main()
