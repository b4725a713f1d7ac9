# SPDX-License-Identifier: Apache-2.0
"""godwit init: by options, and by answers on a terminal; what it makes is read by the other commands."""
from __future__ import annotations

import json
import os
import pty
import select
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from godwit import LEDGER_UNUSABLE, MOVED, USAGE, Outcome, binary
from servers import Dovecot, free_port

USER, PASSWORD = "alice@example.com", "correct horse"


class InitCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="godwit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.plan = self.folder / "godwit.toml"
        self.accounts = self.folder / "accounts.csv"

    def godwit(self, *arguments: str, status: int) -> Outcome:
        run = subprocess.run([binary(), *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                             check=False)
        outcome = Outcome(run.returncode, run.stdout, run.stderr)
        self.assertEqual(outcome.status, status, outcome.text)
        return outcome

    def init(self, *arguments: str, status: int = MOVED) -> Outcome:
        return self.godwit("init", "--no-probe", "--source-host", "old.example.com", "--target-host", "new.example.com", *arguments,
                           status=status)

    def answer(self, *answers: tuple[str, str]) -> tuple[int, str]:
        """Runs godwit init on a terminal: what to wait for, and what to type then."""
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execv(binary(), [binary(), "init"])
        said, seen, end = "", 0, time.monotonic() + 60
        questions = list(answers)
        while time.monotonic() < end:
            if questions and questions[0][0] in said[seen:]:
                seen = len(said)
                os.write(terminal, questions.pop(0)[1].encode())
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                said += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # the other end is closed
                break
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        self.assertEqual(questions, [], said)
        return status, said


class ByOptions(InitCase):
    def test_few_options_make_a_plan_and_an_accounts_file(self) -> None:
        said = self.init().stdout
        for words in ("write the accounts into accounts.csv", "godwit check", "godwit migrate --dry-run"):
            self.assertIn(words, said)
        self.assertEqual(stat.S_IMODE(self.accounts.stat().st_mode), 0o600)
        self.assertIn("there is no account in this file", self.godwit("status", status=USAGE).stderr)
        with self.accounts.open("a") as accounts:
            accounts.write('alice@old.example.com,"pass,word",alice@example.com,other,"Smith, Alice"\n')
        listed = self.godwit("account", "list", "--json", status=MOVED).events()
        self.assertEqual([line["account"] for line in listed], ["alice@old.example.com"])

    def test_an_administrators_login(self) -> None:
        said = self.init("--source-login", "{user}*{admin}", "--source-admin-user", "migration", "--source-password-file", "old.password",
                         "--target-admin-user", "admin", "--target-password-env", "NEW_PASSWORD", "--name", 'a "name"').stdout
        self.assertIn("write the password for old.example.com into old.password", said)
        self.assertIn("\nsource_user,target_user,name\n", self.accounts.read_text())
        with self.accounts.open("a") as accounts:
            accounts.write("bob@old.example.com,,\n")
        self.godwit("account", "list", status=MOVED)

    def test_nothing_is_overwritten(self) -> None:
        self.accounts.write_text("user,password,new password\nalice@example.com,a,b\n")
        self.assertIn("was there already, 1 accounts", self.init().stdout)
        self.assertIn("alice@example.com,a,b", self.accounts.read_text())
        before = self.plan.read_text()
        self.assertIn("GW-1030", self.init("--name", "another", status=USAGE).stderr)
        self.assertEqual(self.plan.read_text(), before)

    def test_wrong_and_missing_answers_write_nothing(self) -> None:
        self.assertIn("--source-host is missing", self.godwit("init", status=USAGE).stderr)
        for wrong in (["--source-port", "0"], ["--source-security", "ssl"], ["--source-fingerprint", "12"], ["--source-login", "root"],
                      ["--source-admin-user", "admin", "--source-login", "{user}"], ["--target-login", "{admin}"],
                      ["--source-security", "none", "--source-fingerprint", "a" * 64]):
            self.init(*wrong, status=USAGE)
        self.init("--plan", "nowhere/godwit.toml", status=LEDGER_UNUSABLE)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_json(self) -> None:
        line = json.loads(self.init("--json").stdout.splitlines()[-1])
        self.assertEqual((line["event"], line["accounts_are_new"]), ("init", True))
        self.assertTrue(line["next"])


class OnATerminal(InitCase):
    def test_a_server_that_answers_and_a_certificate_that_is_pinned(self) -> None:
        with Dovecot("sdbox", {USER: PASSWORD}) as old:
            status, said = self.answer(
                ("Host:", "https://127.0.0.1\n"), ("write the host's name", "127.0.0.1\n"),
                ("Security: tls, starttls, or none [tls]:", "\n"),
                ("Port [993]:", f"{old.tls_port}\n"), ("this certificate and no other [y/N]:", "y\n"),
                ("How does godwit log in [1]:", "\n"), ("Host:", "127.0.0.1\n"), ("Security", "starttls\n"), ("Port [143]:", f"{old.port}\n"), ("[y/N]:", "maybe\n"),
                ("write y or n", "yes\n"), ("How does godwit log in [1]:", "9\n"), ("from 1 to 3", "1\n"),
                ("Name, for reports [127.0.0.1 to 127.0.0.1]:", "a move\n"), ("Accounts file [accounts.csv]:", "\n"))
            self.assertEqual(status, MOVED, said)
            self.assertIn("its certificate is not trusted", said)
            self.assertIn(old.fingerprint, said)
            self.assertEqual(self.plan.read_text().count(f'fingerprint = "{old.fingerprint}"'), 2)
            with self.accounts.open("a") as accounts:
                accounts.write(f"{USER},{PASSWORD},,{PASSWORD},\n")
            self.godwit("inventory", status=MOVED)  # what was answered is enough to log in

    def test_an_administrator_and_servers_that_do_not_answer(self) -> None:
        port = str(free_port())
        status, said = self.answer(
            ("Host:", "localhost\n"), ("Security", "none\n"), ("Port [143]:", port + "\n"), ("How does godwit log in [1]:", "3\n"),
            ("own login name:", "migration\n"), ("Login name, with {user} for the account [{user}*{admin}]:", "{user}*{adm}\n"),
            ("File with the administrator's password", "\n"), ("How does godwit log in [1]:", "3\n"), ("own login name:", "migration\n"),
            ("Login name", "\n"), ("File", "old.password\n"), ("Host:", "localhost\n"), ("Security", "none\n"), ("Port", port + "\n"),
            ("How does godwit log in [1]:", "2\n"), ("own login name:", "admin\n"), ("File", "\n"), ("Name", "\n"), ("Accounts file", "\n"))
        self.assertEqual(status, MOVED, said)
        text = self.plan.read_text()
        for words in ('login = "{user}*{admin}"', 'admin_user = "migration"', 'password_file = "old.password"', 'admin_user = "admin"',
                      'password_file = "target.password"'):
            self.assertIn(words, text)

    def test_an_end_in_the_middle_writes_nothing(self) -> None:
        status, _ = self.answer(("Host:", "localhost\n"), ("Security", "\x04"))
        self.assertEqual(status, USAGE)
        status, _ = self.answer(("Host:", "\x03"))
        self.assertNotEqual(status, MOVED)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
