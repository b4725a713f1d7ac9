# SPDX-License-Identifier: Apache-2.0
"""POP3 as a source: Dovecot's pop3 to Dovecot's IMAP, over rounds."""
from __future__ import annotations

import hashlib
import poplib
import re
import signal
import time
from pathlib import Path
from typing import Any

from account_snapshot import Message, take_snapshot
from copy_case import ALICE, PASSWORD, CopyCase, account, in_folder
from courier import Courier
from cyrus import Cyrus
from godwit import LOGIN_REFUSED, MOVED, NOT_ALL_MOVED, UNREACHABLE, USAGE, Copy, finish
from imap_raw import Account, Connection
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory, MessageSpec
from plan_case import PlanCase
from pop3_double import Maildrop, Pop3Double
from servers import Dovecot

INBOX = ("INBOX",)
poplib._MAXLINE = 100_000_000  # type: ignore[attr-defined]
RECEIVED = b"Received: from a.example by b.example; Tue, 6 Jan 1998 11:00:00 +0100\r\n"


def pop3_copy(source: Dovecot, target: Dovecot, folder: Path, *, tls: bool = False, password: str = PASSWORD,
              options: tuple[str, ...] = ("--plain-ok",)) -> Copy:
    return Copy(source.pop3_url(ALICE, tls=tls), target.url(ALICE), password, PASSWORD, folder, list(options))


def inbox(server: Dovecot) -> list[Message]:
    return take_snapshot(account(server)).folders[INBOX].messages


def over_pop3(server: Dovecot) -> list[str]:
    """What a POP3 client gets, as digests in its order."""
    client = poplib.POP3("127.0.0.1", server.places.pop3_port, timeout=30)
    client.user(ALICE)
    client.pass_(PASSWORD)
    numbers = range(1, client.stat()[0] + 1)
    digests = [hashlib.sha256(b"".join(line + b"\r\n" for line in client.retr(number)[1])).hexdigest() for number in numbers]
    client.quit()
    return digests


class Pop3Case(CopyCase):
    def setUp(self) -> None:
        self.make = MessageFactory(6)

    def pop3_server(self, mail_format: str = "maildir", **options: object) -> Dovecot:
        return self.server(mail_format, pop3=True, **{"extra": "pop3_no_flag_updates = yes", **options})

    def add(self, server: Dovecot, messages: list[MessageSpec]) -> None:
        self.fill(server, [FolderSpec(INBOX, messages)])

    def assert_same_inbox(self, source: Dovecot, target: Dovecot) -> None:
        self.assertEqual(sorted(over_pop3(source)), sorted(message.digest for message in inbox(target)))


class Rounds(Pop3Case):
    def test_first_round_new_ones_and_one_removed(self) -> None:
        source, target = self.pop3_server(), self.server("sdbox")
        self.add(source, [self.make.plain(900) for _ in range(40)] + [MessageSpec(b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n")])
        before = take_snapshot(account(source)).state()
        copy = pop3_copy(source, target, self.folder())
        first = self.assert_status(copy.run("--json")).summary()
        self.assertEqual(first["copied"], 41)
        self.assertEqual(before, take_snapshot(account(source)).state(), "the source was changed")
        self.assertEqual(over_pop3(source), [message.digest for message in inbox(target)])
        self.assertTrue(any("POP3 tells neither flags" in note for note in first["notes"]), first)

        second = self.assert_status(copy.run("--json")).summary()
        self.assertEqual((second["copied"], second["matched"], second["removed"]), (0, 0, 0))

        self.add(source, [self.make.plain(900) for _ in range(3)])
        third = self.assert_status(copy.run("--json")).summary()
        self.assertEqual((third["copied"], third["removed"]), (3, 0))
        self.assert_same_inbox(source, target)

        in_folder(source, INBOX, b"STORE 7 +FLAGS (\\Deleted)", b"EXPUNGE")
        fourth = self.assert_status(copy.run("--json")).summary()
        self.assertEqual((fourth["copied"], fourth["removed"]), (0, 44 - len(inbox(source))))
        self.assert_same_inbox(source, target)

    def test_dates_come_from_the_header(self) -> None:
        source, target = self.pop3_server(), self.server()
        date = b"Date: Mon, 5 Jan 1998 10:00:00 +0000\r\n"
        self.add(source, [MessageSpec(header + b"\r\nx\r\n") for header in (RECEIVED + date, date, b"Subject: x\r\n")])
        self.assert_status(pop3_copy(source, target, self.folder()).run())
        with Connection(account(target)) as connection:
            connection.command(b"EXAMINE INBOX")
            rows = connection.command(b"FETCH 1:3 (INTERNALDATE)")
        dates = re.findall(r"(\d\d-[A-Z][a-z]{2}-\d{4} [\d:]{8} [+-]\d{4})", str(rows))
        self.assertEqual(dates[:2], ["06-Jan-1998 10:00:00 +0000", "05-Jan-1998 10:00:00 +0000"], "Dovecot tells UTC")
        self.assertIn(time.strftime("%Y", time.gmtime()), dates[2])

    def test_large_messages_and_long_lines(self) -> None:
        source, target = self.pop3_server(), self.server()
        line = b"x" * 3_000_000
        self.add(source, [self.make.plain(500), MessageSpec(b"Subject: long\r\n\r\n" + line + b"\r\n"), self.make.plain(500),
                          MessageSpec(b"Subject: large\r\n\r\n" + b"..some text\r\n" * 300_000), self.make.plain(500)])
        self.assert_status(pop3_copy(source, target, self.folder()).run())
        self.assertEqual(over_pop3(source), [message.digest for message in inbox(target)])

    def test_every_form_of_uidl(self) -> None:
        for form in ("%08Xu%08Xv", "%f", "%g"):
            with self.subTest(form):
                source, target = self.pop3_server(extra=f"pop3_uidl_format = {form}"), self.server()
                twins = MessageSpec(b"Subject: twin\r\n\r\nx\r\n")
                self.add(source, [twins, self.make.plain(300), twins])
                copy = pop3_copy(source, target, self.folder())
                self.assertEqual(self.assert_status(copy.run("--json")).summary()["copied"], 3)
                self.add(source, [self.make.plain(300), twins])
                self.assertEqual(self.assert_status(copy.run("--json")).summary()["copied"], 2)
                self.assert_same_inbox(source, target)

    def test_killed_and_resumed(self) -> None:
        source, target = self.pop3_server(), self.server()
        self.add(source, [self.make.plain(20_000) for _ in range(150)])
        copy = pop3_copy(source, target, self.folder(), options=("--plain-ok", "--quiet-time", "0.5"))
        process = copy.start()
        deadline = time.monotonic() + 60
        while not inbox(target) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        finish(process)
        self.assert_status(copy.run())
        self.assertEqual(over_pop3(source), [message.digest for message in inbox(target)])


class Logins(Pop3Case):
    def test_encrypted_and_not(self) -> None:
        source, target = self.pop3_server(), self.server()
        self.add(source, [self.make.plain(300)])
        trusted = ("--source-trust-fingerprint", source.fingerprint, "--target-trust-fingerprint", target.fingerprint)
        for tls in (True, False):
            copy = pop3_copy(source, target, self.folder(), tls=tls, options=trusted)
            self.assert_status(copy.run("--trace", str(copy.folder / "trace")))
            trace = (copy.folder / "trace").read_text()
            self.assertIn("source-1 C: RETR 1", trace)
            self.assertEqual("source-1 C: STLS" in trace, not tls)
            self.assertNotIn(PASSWORD, trace)
            self.assertNotIn("source-1 C: DELE", trace)
            self.assertIn("source-1 C: QUIT", trace)
        untrusted = pop3_copy(source, target, self.folder(), tls=True, options=("--target-trust-fingerprint", target.fingerprint))
        outcome = self.assert_status(untrusted.run(), UNREACHABLE)
        self.assertIn("GW-32", outcome.text)

    def test_wrong_password(self) -> None:
        source, target = self.pop3_server(), self.server()
        outcome = self.assert_status(pop3_copy(source, target, self.folder(), password="wrong").run(), LOGIN_REFUSED)
        self.assertIn("pop3://127.0.0.1", outcome.text)
        self.assertIn("GW-2001", outcome.text)

    def test_not_a_pop3_server_and_not_a_target(self) -> None:
        source, target = self.pop3_server(), self.server()
        wrong = Copy(f"pop3://{ALICE}@127.0.0.1:{source.port}", target.url(ALICE), PASSWORD, PASSWORD, self.folder())
        self.assertIn("GW-3407", self.assert_status(wrong.run(), UNREACHABLE).text)
        back = Copy(target.url(ALICE), source.pop3_url(ALICE), PASSWORD, PASSWORD, self.folder())
        self.assertIn("pop3 is a source only", self.assert_status(back.run(), USAGE).text)


class OtherServers(Pop3Case):
    """What the double does that no server here does."""

    def double(self, messages: list[tuple[str, bytes]], **options: Any) -> Pop3Double:
        server = Pop3Double(Maildrop(messages, **options))
        server.__enter__()
        self.addCleanup(server.close)
        return server

    def bodies(self, count: int) -> list[bytes]:
        return [self.make.plain(700).body for _ in range(count)]

    def copy_of(self, source: Pop3Double, target: Dovecot, *options: str) -> Copy:
        return Copy(source.url(ALICE), target.url(ALICE), PASSWORD, PASSWORD, self.folder(),
                    ["--plain-ok", "--quiet-time", "0.5", *options])

    def assert_holds(self, target: Dovecot, bodies: list[bytes]) -> None:
        self.assertEqual(sorted(hashlib.sha256(body).hexdigest() for body in bodies), sorted(message.digest for message in inbox(target)))

    def test_equal_uidls(self) -> None:
        target, bodies = self.server(), self.bodies(4)
        source = self.double([("same", bodies[0]), ("other", bodies[1]), ("same", bodies[2])])
        copy = self.copy_of(source, target)
        self.assertEqual(self.assert_status(copy.run("--json")).summary()["copied"], 3)
        source.drop.messages.append(("same", bodies[3]))
        again = self.assert_status(copy.run("--json")).summary()
        self.assertEqual((again["copied"], again["removed"]), (1, 0))
        self.assert_holds(target, bodies)

    def test_without_uidl_and_without_top(self) -> None:
        for capabilities in (("USER", "TOP", "PIPELINING"), ("USER", "TOP"), ("USER",)):
            with self.subTest(capabilities):
                target, bodies = self.server(), self.bodies(3)
                source = self.double([("", body) for body in [*bodies, bodies[1]]], capabilities=capabilities)
                copy = self.copy_of(source, target)
                self.assertEqual(self.assert_status(copy.run("--json")).summary()["copied"], 4)
                new = self.bodies(1)
                source.drop.messages = [("", body) for body in [bodies[0], bodies[1], bodies[1], *new]]
                again = self.assert_status(copy.run("--json")).summary()
                self.assertEqual((again["copied"], again["removed"]), (1, 1))
                self.assert_holds(target, [bodies[0], bodies[1], bodies[1], *new])

    def test_a_message_that_the_source_refuses(self) -> None:
        target, bodies = self.server(), self.bodies(5)
        source = self.double([(f"u{n}", body) for n, body in enumerate(bodies)], refused={bodies[2]})
        copy = self.copy_of(source, target)
        outcome = self.assert_status(copy.run(), NOT_ALL_MOVED)
        self.assertIn("this message is damaged", outcome.text)
        self.assert_holds(target, bodies[:2] + bodies[3:])
        source.drop.refused.clear()
        self.assert_status(copy.run())
        self.assert_holds(target, bodies)

    def test_a_line_that_breaks_within_a_message(self) -> None:
        target, bodies = self.server(), self.bodies(30)
        source = self.double([(f"u{n}", body) for n, body in enumerate(bodies)], break_after=20)
        self.assert_status(self.copy_of(source, target).run())
        self.assert_holds(target, bodies)
        self.assertEqual(source.drop.break_after, 0, "the line never broke")

    def test_a_maildrop_in_use_is_waited_for(self) -> None:
        target, bodies = self.server(), self.bodies(1)
        source = self.double([("a", bodies[0])], busy=2)
        self.assert_status(self.copy_of(source, target).run())
        self.assert_holds(target, bodies)
        self.assertEqual(source.drop.busy, 0)

    def test_a_pause_between_logins_is_kept(self) -> None:
        target, bodies = self.server(), self.bodies(1)
        source = self.double([("a", bodies[0])], pause=2, capabilities=("USER", "UIDL", "TOP", "LOGIN-DELAY 2"))
        copy = self.copy_of(source, target)
        for _ in range(2):
            self.assert_status(copy.run())
        self.assert_holds(target, bodies)

    def test_nothing_is_deleted_and_expiring_messages_hear_no_quit(self) -> None:
        target, bodies = self.server(), self.bodies(2)
        source = self.double([("a", bodies[0]), ("b", bodies[1])], capabilities=("USER", "UIDL", "EXPIRE 0"))
        self.assert_status(self.copy_of(source, target).run())
        verbs = {command.split()[0] for command in source.drop.commands}
        self.assertEqual(verbs, {"CAPA", "USER", "PASS", "LIST", "UIDL", "RETR"})


class RealServers(Pop3Case):
    """Cyrus' and Courier's pop3d."""

    def run_rounds(self, source: Cyrus | Courier, *options: str) -> None:
        source.start()
        self.addCleanup(source.close)
        target = self.server()
        there = Account("127.0.0.1", source.port, ALICE, PASSWORD)
        fill_over_imap(there, [FolderSpec(INBOX, [MessageSpec(self.make.plain(600).body) for _ in range(20)])])
        copy = Copy(source.pop3_url(ALICE), target.url(ALICE), PASSWORD, PASSWORD, self.folder(), ["--quiet-time", "0.5", *options])
        trace = str(copy.folder / "trace")
        self.assertEqual(self.assert_status(copy.run("--json", "--trace", trace)).summary()["copied"], 20)
        self.assertIn("source-1 S: {", Path(trace).read_text())
        self.assertEqual(self.assert_status(copy.run("--json")).summary()["copied"], 0)
        fill_over_imap(there, [FolderSpec(INBOX, [MessageSpec(self.make.plain(600).body) for _ in range(2)])])
        with Connection(there) as connection:
            connection.command(b"SELECT INBOX")
            connection.command(b"STORE 3 +FLAGS (\\Deleted)")
            connection.command(b"EXPUNGE")
        changed = self.assert_status(copy.run("--json")).summary()
        self.assertEqual((changed["copied"], changed["removed"]), (2, 1))
        old = [message.digest for message in take_snapshot(there).folders[INBOX].messages]
        self.assertEqual(sorted(old), sorted(message.digest for message in inbox(target)))

    def test_cyrus(self) -> None:
        self.run_rounds(Cyrus({ALICE: PASSWORD}), "--plain-ok")

    def test_courier(self) -> None:
        self.run_rounds(Courier({ALICE: PASSWORD}), "--plain-ok")


class OverAPlan(PlanCase):
    """The commands of a plan whose source speaks POP3."""

    def setUp(self) -> None:
        super().setUp()
        people = {f"person-{number}@example.com": PASSWORD for number in range(4)}
        self.old, self.new = Dovecot("maildir", people, pop3=True, extra="pop3_lock_session = yes"), Dovecot("sdbox", people)
        for server in (self.old, self.new):
            server.start()
            self.addCleanup(server.close)
        make = MessageFactory(9)
        for user in people:
            fill_over_imap(self.account(self.old, user), [FolderSpec(INBOX, [MessageSpec(make.plain(600).body) for _ in range(30)])])
        (self.folder / "accounts.csv").write_text("old user,old password,new user,new password\n" + "".join(
            f"{user},{PASSWORD},{user},{PASSWORD}\n" for user in people))
        self.people = list(people)
        self.plan.write_text(f"""
[plan]
name = "from POP3"
ledger = "migration.ledger"
lanes = 1
quiet_time = "500ms"

[source]
type = "pop3"
host = "127.0.0.1"
port = {self.old.places.pop3_port}
security = "none"
mark_read = true
limits = {{ connections = 2, connections_per_account = 1 }}

[target]
host = "127.0.0.1"
port = {self.new.port}
security = "none"

[accounts]
files = "accounts.csv"
""")

    @staticmethod
    def account(server: Dovecot, user: str) -> Account:
        return Account("127.0.0.1", server.port, user, PASSWORD)

    def test_checked_counted_moved_verified_and_reported(self) -> None:
        checked = self.run_command("check")
        self.assertIn("4 with warnings, 0 cannot be moved", checked.stdout)
        self.assertIn("source_tells_less (accounts: 4)", checked.stdout)
        self.assertNotIn("CONDSTORE", checked.stdout.replace("the target has no CONDSTORE", ""))
        for words in (("inventory",), ("estimate",), ("migrate",), ("migrate",), ("verify",), ("report",), ("finish",)):
            outcome = self.run_command(*words)
            self.assertEqual(outcome.status, MOVED, f"{words}: {outcome.text}")
        for user in self.people:
            old, new = (take_snapshot(self.account(server, user)).folders[INBOX].messages for server in (self.old, self.new))
            self.assertEqual([message.digest for message in old], [message.digest for message in new])
            self.assertEqual({message.flags for message in new}, {("\\seen",)})
