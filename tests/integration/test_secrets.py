# SPDX-License-Identifier: Apache-2.0
"""Passwords of every kind, right and wrong, leave no trace: not in what is printed, not in files, not in /proc, not in a core dump."""
from __future__ import annotations

import base64
import json
import os
import pwd
import resource
import shutil
import signal
import socket
import stat
import subprocess
import unittest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from copy_case import ALICE, PASSWORD, CopyCase
from godwit import LEDGER_UNUSABLE, LOGIN_REFUSED, MOVED, USAGE, Copy, Outcome, binary, finish
from loopback import accept_in_thread, shut
from mailboxes import FolderSpec
from messages import MessageFactory
from processes import descendants
from relay import TO_CLIENT, Relay, Trouble
from test_migrate import ODD_PASSWORD, PEOPLE, MigrateCase

# Dovecot's file of users has colons between its fields.
ODD = {
    "blanks": " two  words and blanks at both ends ",
    "quotes": "it's \"quoted\" `twice`",
    "braces": "{0}{} {braces} %s %n $(id) ${HOME}",
    "backslashes": "back\\slash\\\\n\\\"quote",
    "not ASCII": "pässwörd-ключ-密码",
    "100 characters": "".join(chr(33 + (i * 7) % 90) for i in range(100)).replace(":", ";"),
    "like a file": "/etc/passwd --json",
}
VARIABLES = ("GODWIT_SOURCE_PASSWORD", "GODWIT_TARGET_PASSWORD")


def traces(password: str) -> set[bytes]:
    """The forms in which the password could show: as it is, as an IMAP string, in base64 alone and as SASL PLAIN, in JSON, in a URL."""
    raw = password.encode()
    forms = {raw, raw.strip(), raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"'), quote(password, safe="").encode(), raw.hex().encode()}
    forms |= {json.dumps(password, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
    forms |= {"".join(f"\\x{byte:02x}" for byte in raw).encode()}
    for user in ("", ALICE):
        forms.add(base64.b64encode(b"\0" + user.encode() + b"\0" + raw).rstrip(b"="))
    forms.add(base64.b64encode(raw).rstrip(b"="))
    return forms


def files_below(folder: Path) -> bytes:
    """Every byte of what a run leaves, the password files that the test wrote left out, and the names of the files."""
    found = b""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith("-password"):
            found += bytes(path) + b"\n" + path.read_bytes()
    return found


class SecretCase(CopyCase):
    def setUp(self) -> None:
        self.source, self.target = self.server("maildir"), self.server("sdbox")
        self.fill(self.source, [FolderSpec(("INBOX",), [MessageFactory(1).plain(9000) for _ in range(30)])])

    def set_passwords(self, password: str) -> None:
        for server in (self.source, self.target):
            server.add_user(ALICE, password)

    def secret_copy(self, password: str, *, by_file: bool, source_port: int | None = None) -> Copy:
        copy = Copy(self.source.url(ALICE, port=source_port), self.target.url(ALICE), password, password, self.folder())
        if not by_file:
            copy = replace(copy, password_files=False, environment=dict.fromkeys(VARIABLES, password))
        return copy

    def assert_no_trace(self, password: str, seen: bytes, where: str) -> None:
        for form in traces(password):
            self.assertNotIn(form, seen, f"in {where}")

    def assert_clean(self, password: str, copy: Copy, outcome: Outcome) -> None:
        self.assert_no_trace(password, outcome.text.encode(), "what was printed")
        self.assert_no_trace(password, files_below(copy.folder), "ledger, originals or manifest")


class OddPasswords(SecretCase):
    def test_right_ones(self) -> None:
        for kind, password in ODD.items():
            self.set_passwords(password)
            for by_file in (True, False):
                with self.subTest(kind=kind, by_file=by_file):
                    copy = self.secret_copy(password, by_file=by_file)
                    outcome = self.assert_status(copy.run("--json"))
                    self.write_manifest(copy)
                    self.assert_clean(password, copy, outcome)

    def write_manifest(self, copy: Copy) -> None:
        done = subprocess.run([binary(), "manifest", "--ledger", str(copy.ledger), "--output", str(copy.folder / "manifest.jsonl")],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_wrong_ones(self) -> None:
        for kind, password in ODD.items():
            for by_file in (True, False):
                with self.subTest(kind=kind, by_file=by_file):
                    copy = self.secret_copy(password, by_file=by_file)
                    outcome = self.assert_status(copy.run(*([] if by_file else ["--json"])), LOGIN_REFUSED)
                    self.assert_clean(password, copy, outcome)


class Running(SecretCase):
    """A run that is held in the middle."""

    def held_run(self, password: str, look: Callable[[subprocess.Popen[str]], None], *, by_file: bool,
                 prepare: Callable[[Copy], dict[str, Any]] = lambda _: {}) -> Outcome:
        self.set_passwords(password)
        with Relay(self.source.port, Trouble("hold", TO_CLIENT, 100_000)) as relay:
            copy = self.secret_copy(password, by_file=by_file, source_port=relay.port)
            process = copy.start("--json", **prepare(copy))
            try:
                self.assertTrue(relay.struck.wait(30))
                look(process)
            finally:
                relay.release()
                outcome = finish(process)
        return outcome

    def test_nothing_is_seen_in_proc(self) -> None:
        password = ODD["quotes"]

        def look(process: subprocess.Popen[str]) -> None:
            of_process = Path(f"/proc/{process.pid}")
            self.assert_no_trace(password, (of_process / "cmdline").read_bytes(), "the command line")
            self.assertIn(b"PATH=", environment := (of_process / "environ").read_bytes())
            self.assert_no_trace(password, environment, "the environment")
            for thread in (of_process / "task").iterdir():
                self.assert_no_trace(password, (thread / "comm").read_bytes(), "a thread's name")
            self.assertEqual(descendants(process.pid), [], "children would inherit what we have")

        for by_file in (True, False):
            with self.subTest(by_file=by_file):
                self.assert_status(self.held_run(password, look, by_file=by_file))

    def test_others_cannot_look_into_the_process(self) -> None:
        def look(process: subprocess.Popen[str]) -> None:
            self.assertNotEqual(Path(f"/proc/{process.pid}/status").read_text().split("Uid:")[1].split()[0], "0")
            self.assertEqual(os.stat(f"/proc/{process.pid}/environ").st_uid, 0, "what is not dumpable is root's in /proc")
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")

        self.assert_status(self.held_run(ODD["blanks"], look, by_file=True, prepare=run_as_nobody if os.geteuid() == 0 else lambda _: {}))

    def test_no_core_dump(self) -> None:
        before = set(Path.cwd().glob("*core*"))
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # children inherit it
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, (soft, hard))
        statuses: list[int] = []

        def look(process: subprocess.Popen[str]) -> None:
            statuses.append(abort_and_wait(process))

        self.held_run(ODD["blanks"], look, by_file=True)
        self.assertEqual(os.WTERMSIG(statuses[0]), signal.SIGABRT)
        self.assertFalse(os.WCOREDUMP(statuses[0]), "the kernel made a core dump")
        self.assertEqual(set(Path.cwd().glob("*core*")), before)


def run_as_nobody(copy: Copy) -> dict[str, Any]:
    """Gives the user nobody all that a run needs; what Popen is to be told."""
    nobody = pwd.getpwnam("nobody")
    executable = shutil.copy(binary(), copy.folder / "godwit")  # where it lies nobody may have no way to
    copy.command()
    for path in (copy.folder, *copy.folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "executable": executable}


def abort_and_wait(process: subprocess.Popen[str]) -> int:
    """Aborts the process; its raw status, which tells of a core dump."""
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return status


class EchoingServer:
    """Refuses every login, with the line that it got in its words, as a server under test or a badly made one does."""

    def __init__(self, capabilities: str, answer: bytes) -> None:
        self._capabilities, self._answer = capabilities.encode(), answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._clients: list[socket.socket] = []
        self.logins = 0
        accept_in_thread(self._listener, self._serve)

    def close(self) -> None:
        for sock in [self._listener, *self._clients]:
            shut(sock)

    def _serve(self, client: socket.socket) -> None:
        self._clients.append(client)
        client.settimeout(5)
        with client, client.makefile("rwb") as stream:
            stream.write(b"* OK [CAPABILITY " + self._capabilities + b"] ready\r\n")
            stream.flush()
            try:
                self._answer_all(stream)
            except OSError:
                return

    def _answer_all(self, stream: BinaryIO) -> None:
        for line in stream:
            tag, command, *_ = line.split() + [b""]
            if command in (b"LOGIN", b"AUTHENTICATE"):
                self.logins += 1
                if line.rstrip().endswith(b"PLAIN"):
                    stream.write(b"+ \r\n")
                    stream.flush()
                    line = next(stream)
                stream.write(self._answer.replace(b"TAG", tag).replace(b"LINE", line.strip()) + b"\r\n")
            elif command == b"CAPABILITY":
                stream.write(b"* CAPABILITY " + self._capabilities + b"\r\n" + tag + b" OK\r\n")
            else:
                stream.write(tag + b" OK\r\n")
            stream.flush()


class EchoedPasswords(SecretCase):
    def test_words_of_a_server_that_repeats_the_login(self) -> None:
        password = ODD["backslashes"]
        self.set_passwords(password)
        answers = (b"TAG NO you said LINE", b"TAG BAD LINE", b"* NO LINE\r\nTAG NO refused", b"TAG NO [LINE] no", b"TAG LINE", b"* LINE")
        cases = [("IMAP4rev1 AUTH=PLAIN SASL-IR", answer) for answer in (*answers, b"* BYE LINE")]
        cases += [(capabilities, answer) for capabilities in ("IMAP4rev1", "IMAP4rev1 AUTH=PLAIN") for answer in answers[:2]]
        for capabilities, answer in cases:
            with self.subTest(capabilities=capabilities, answer=answer):
                server = EchoingServer(capabilities, answer)
                self.addCleanup(server.close)
                copy = self.secret_copy(password, by_file=True, source_port=server.port)
                outcome = copy.run("--json", timeout=60)
                self.assertNotEqual(outcome.status, MOVED)
                self.assertGreater(server.logins, 0, "nothing was there to repeat")
                self.assert_clean(password, copy, outcome)

    def test_words_that_are_cut_in_the_middle_of_a_password(self) -> None:
        password = "".join(chr(97 + i * i % 23) for i in range(400))
        for capabilities in ("IMAP4rev1", "IMAP4rev1 AUTH=PLAIN SASL-IR"):
            with self.subTest(capabilities=capabilities):
                server = EchoingServer(capabilities, b"* LINE")
                self.addCleanup(server.close)
                copy = self.secret_copy(password, by_file=True, source_port=server.port)
                outcome = copy.run("--json", timeout=60)
                self.assertGreater(server.logins, 0, "nothing was there to repeat")
                self.assert_no_trace(password[:12], outcome.text.encode() + files_below(copy.folder), "what is left")
                self.assertNotIn(base64.b64encode(b"\0" + ALICE.encode()).rstrip(b"=")[:-1], outcome.text.encode())


class Vault(MigrateCase):
    """The passwords of a plan are sealed once; the accounts file has none any more, and everything goes on."""

    per_account = 4

    def setUp(self) -> None:
        super().setUp()
        self.key_file = self.folder / "migration.ledger.vault-key"

    def forget_passwords(self, *, side: str = "") -> None:
        columns = {"": "Old user;New user;Wave", "source": "Old user;New user;New password;Wave"}[side]
        right = '"' + ODD_PASSWORD.replace('"', '""') + '"'
        lines = [columns]
        for number, user in enumerate(PEOPLE):
            wave = "first" if number % 2 else "second"
            lines.append(f"{user};{user};{wave}" if side == "" else f"{user};{user};{right};{wave}")
        (self.folder / "accounts.csv").write_text("\n".join(lines) + "\n")

    def ok(self, *arguments: str) -> Outcome:
        outcome = self.run_command(*arguments)
        self.assertEqual(outcome.status, MOVED, outcome.text)
        return outcome

    def assert_no_trace(self, outcomes: list[Outcome]) -> None:
        seen = files_below(self.folder) + b"".join(outcome.text.encode() for outcome in outcomes)
        for form in traces(ODD_PASSWORD):
            self.assertNotIn(form, seen)

    def test_migrates_with_sealed_passwords_alone(self) -> None:
        imported = self.ok("vault", "import", "--json")
        self.assertEqual(imported.summary()["accounts"], 2 * len(PEOPLE))
        self.assertEqual(stat.S_IMODE(self.key_file.stat().st_mode), 0o600)
        self.forget_passwords()
        self.assert_no_trace([imported])
        listed = self.ok("vault", "list", "--json")
        self.assertEqual({(line["login"], line["side"]) for line in listed.events()},
                         {(f"{user} on 127.0.0.1:{server.port}", side)
                          for user in PEOPLE for server, side in ((self.old, "source"), (self.new, "target"))})
        moved = self.ok("migrate", "--json")
        self.assert_equal(PEOPLE)
        changed = self.ok("vault", "change-key")
        again = self.ok("migrate")
        self.assert_no_trace([imported, listed, moved, changed, again])

    def test_nothing_is_seen_in_proc_while_the_vault_is_open(self) -> None:
        self.ok("vault", "import")
        self.forget_passwords()
        self.plan.write_text(self.plan.read_text().replace("[target]", "[source.limits]\nmessages_per_second = 5\n\n[target]"))
        process = self.start("migrate", "--json")
        self.await_status(lambda status: status["messages_done"] > 1)
        refused = self.run_command("vault", "list")
        self.assertEqual(refused.status, LEDGER_UNUSABLE, refused.text)
        for name in ("cmdline", "environ"):
            seen = Path(f"/proc/{process.pid}/{name}").read_bytes()
            for form in traces(ODD_PASSWORD):
                self.assertNotIn(form, seen, name)
        self.assertEqual(descendants(process.pid), [])
        process.send_signal(signal.SIGINT)
        self.assertNotIn(ODD_PASSWORD, process.communicate(timeout=60)[0])

    def test_a_password_that_is_nowhere_is_told_before_anything_starts(self) -> None:
        self.forget_passwords()
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, USAGE)
        self.assertIn("accounts.csv:2: there is no password for the source, neither here nor in the vault", outcome.stderr)
        self.assertIn("GW-1005", outcome.stderr)
        self.write_accounts({user: ODD_PASSWORD for user in PEOPLE})
        self.ok("vault", "import")
        self.forget_passwords(side="source")
        login = f"{PEOPLE[3]} on 127.0.0.1:{self.old.port}"
        self.ok("vault", "forget", login)
        self.assertEqual(self.run_command("vault", "forget", login).status, USAGE, "it is gone already")
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, USAGE)
        self.assertRegex(outcome.stderr, r"accounts.csv:5: there is no password for the source")
        self.ok("migrate", "--account", PEOPLE[2])
        self.ok("status")

    def test_an_administrators_password_file_may_go(self) -> None:
        admin = self.folder / "admin-password"
        admin.write_text(ODD_PASSWORD + "\n")
        by_admin = 'security = "none"\nadmin_user = "root"\npassword_file = "admin-password"\n'
        self.plan.write_text(self.plan.read_text().replace('security = "none"\n', by_admin))
        self.assertEqual(self.ok("vault", "import", "--json").summary()["servers"], 2)
        admin.unlink()
        again = self.ok("vault", "import", "--json").summary()
        self.assertEqual((again["servers"], again["accounts"]), (0, 0), "what was sealed stays")
        outcome = self.run_command("migrate", "--account", PEOPLE[0])
        self.assertIn("GW-20", outcome.text, "it logs in with what was sealed; these servers have no such administrator")
        self.ok("vault", "forget", f"administrator root on 127.0.0.1:{self.old.port}", "--side", "source")
        outcome = self.run_command("vault", "import")
        self.assertEqual(outcome.status, USAGE)
        self.assertIn("admin-password", outcome.stderr)

    def test_wiped_only_by_order(self) -> None:
        self.assertEqual(self.run_command("vault", "list").status, LEDGER_UNUSABLE, "there is no ledger yet")
        self.ok("vault", "import")
        self.assertEqual(self.run_command("vault", "wipe").status, USAGE)
        self.assertTrue(self.key_file.exists())
        self.ok("vault", "wipe", "--yes")
        self.assertFalse(self.key_file.exists())
        self.assertEqual(self.ok("vault", "list", "--json").events(), [])
        self.forget_passwords()
        self.assertEqual(self.run_command("migrate").status, USAGE)


if __name__ == "__main__":
    unittest.main()
