# SPDX-License-Identifier: Apache-2.0
"""UIDLs of accounts that are copied by IMAP: what the ledger has of them is what a POP3 client sees, message by message."""
from __future__ import annotations

import hashlib
import poplib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from account_snapshot import take_snapshot
from copy_case import ALICE, PASSWORD, CopyCase, account, in_folder
from courier import Courier
from cyrus import Cyrus
from godwit import MOVED, USAGE, Copy, Outcome
from imap_raw import Account, Connection
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory, MessageSpec
from plan_case import PlanCase
from pop3_double import Maildrop, Pop3Double
from servers import Dovecot, free_port

INBOX = ("INBOX",)
TWIN = MessageSpec(b"Subject: twin\r\nMessage-ID: <twin@example.com>\r\n\r\nx\r\n")


@dataclass
class Known:
    """A row of the ledger: by which name POP3 programs know which message."""

    uidl: str
    source_uid: int
    target_uid: int


def on_record(ledger: Path) -> list[Known]:
    """What the ledger of one account has, in POP3's order."""
    [store] = (ledger.parent / (ledger.name + ".accounts")).glob("*.sqlite")
    with closing(sqlite3.connect(store)) as database:
        rows = database.execute("SELECT id, unique_id.source_uid, ifnull(item.target_uid, 0) FROM unique_id LEFT JOIN item "
                                "ON item.folder = unique_id.folder AND item.source_uid = unique_id.source_uid ORDER BY place")
        return [Known(*row) for row in rows]


def over_pop3(port: int, user: str = ALICE) -> list[tuple[str, str]]:
    """UIDL and digest of each message, in the server's order, as a POP3 client sees them."""
    client = poplib.POP3("127.0.0.1", port, timeout=30)
    client.user(user)
    client.pass_(PASSWORD)
    uidls = [line.split(b" ", 1)[1].decode() for line in client.uidl()[1]]
    messages = [b"".join(line + b"\r\n" for line in client.retr(number)[1]) for number in range(1, len(uidls) + 1)]
    client.quit()
    return [(uidl, hashlib.sha256(message).hexdigest()) for uidl, message in zip(uidls, messages, strict=True)]


def digests(where: Account) -> dict[int, str]:
    return {message.uid: message.digest for message in take_snapshot(where).folders[INBOX].messages}


class UidlCase(CopyCase):
    def setUp(self) -> None:
        self.make = MessageFactory(61)
        self.target = self.server("sdbox")

    def bodies(self, count: int) -> list[MessageSpec]:
        return [MessageSpec(self.make.plain(700).body) for _ in range(count)]

    def copy_of(self, source_url: str, pop3: str, *options: str) -> Copy:
        return Copy(source_url, self.target.url(ALICE), PASSWORD, PASSWORD, self.folder(),
                    ["--plain-ok", "--quiet-time", "0.5", "--pop3-uidl", pop3, *options])

    def run_copy(self, copy: Copy, *options: str) -> dict[str, Any]:
        trace = copy.folder / "trace"
        summary = self.assert_status(copy.run("--json", "--trace", str(trace), *options)).summary()
        said = trace.read_text()
        self.assertNotIn(PASSWORD, said)
        self.assertFalse([line for line in said.splitlines() if " C: RETR" in line or " C: DELE" in line])
        return summary

    def assert_known(self, copy: Copy, there: Account, pop3_port: int) -> list[Known]:
        """Each UIDL leads to the message that POP3 shows under it, on both sides, in POP3's order."""
        known, shown = on_record(copy.ledger), over_pop3(pop3_port)
        self.assertEqual([each.uidl for each in known], [uidl for uidl, _ in shown])
        old, new = digests(there), digests(account(self.target))
        for each, (uidl, digest) in zip(known, shown, strict=True):
            self.assertEqual(old[each.source_uid], digest, uidl)
            self.assertEqual(new[each.target_uid], digest, uidl)
        self.assertEqual(len({each.source_uid for each in known}), len(known))
        return known

    def run_rounds(self, copy: Copy, there: Account, pop3_port: int) -> None:
        """New mail, removed mail and twins, over three rounds."""
        fill_over_imap(there, [FolderSpec(INBOX, [*self.bodies(12), TWIN, TWIN, *self.bodies(3)])])
        first = self.run_copy(copy)
        self.assertEqual((first["copied"], first["uidls"], first["without_uidl"]), (17, 17, 0), first)
        before = self.assert_known(copy, there, pop3_port)

        second = self.run_copy(copy)
        self.assertEqual((second["copied"], second["uidls"]), (0, 17))
        self.assertEqual(on_record(copy.ledger), before)

        fill_over_imap(there, [FolderSpec(INBOX, [*self.bodies(2), TWIN])])
        with Connection(there) as connection:
            connection.command(b"SELECT INBOX")
            connection.command(b"STORE 1,4,13 +FLAGS (\\Deleted)")
            connection.command(b"EXPUNGE")
        third = self.run_copy(copy)
        # The twin that is gone is found again as the one that came.
        self.assertEqual((third["copied"], third["matched"], third["removed"], third["uidls"], third["without_uidl"]), (2, 1, 2, 17, 0), third)
        self.assert_known(copy, there, pop3_port)


class OnDovecot(UidlCase):
    def source(self, **options: Any) -> Dovecot:
        return self.server("maildir", pop3=True, **options)

    def copy_from(self, source: Dovecot, *options: str, pop3: str = "") -> Copy:
        return self.copy_of(source.url(ALICE), pop3 or f"pop3://127.0.0.1:{source.places.pop3_port}", *options)

    def test_rounds_with_every_form_of_uidl(self) -> None:
        for form in ("%08Xu%08Xv", "%g"):
            with self.subTest(form):
                self.target = self.server("sdbox")
                source = self.source(extra=f"pop3_uidl_format = {form}")
                self.run_rounds(self.copy_from(source), account(source), source.places.pop3_port)

    def test_the_source_stays_as_it_was(self) -> None:
        source = self.source()
        self.fill(source, [FolderSpec(INBOX, self.bodies(20))])
        before = take_snapshot(account(source)).state()
        self.run_copy(self.copy_from(source))
        self.assertEqual(before, take_snapshot(account(source)).state())

    def test_another_order_than_that_of_imap(self) -> None:
        # Dovecot shows messages with W or P in the order of its dovecot-uidlist extensions; sizes alike make order tell nothing.
        source = self.source(extra="pop3_uidl_format = %f")
        self.fill(source, [FolderSpec(INBOX, [MessageSpec(b"Subject: %d\r\n\r\nx\r\n" % number) for number in range(10, 40)])])
        uidlist = source.mail_folder(ALICE) / "dovecot-uidlist"
        lines = uidlist.read_text().splitlines()
        with_order = [lines[0], *(line.replace(" :", f" O{len(lines) - place} :", 1) for place, line in enumerate(lines[1:]))]
        source.stop()
        uidlist.write_text("\n".join(with_order) + "\n")
        source.start()
        copy = self.copy_from(source)
        summary = self.run_copy(copy)
        self.assertEqual((summary["uidls"], summary["without_uidl"]), (30, 0))
        known = self.assert_known(copy, account(source), source.places.pop3_port)
        uids = [each.source_uid for each in known]
        self.assertEqual(uids, sorted(uids, reverse=True))

    def test_encrypted_with_its_own_port(self) -> None:
        source = self.source()
        self.fill(source, [FolderSpec(INBOX, self.bodies(3))])
        pop3 = f"pop3s://127.0.0.1:{source.places.pop3_tls_port}"
        copy = self.copy_from(source, "--source-trust-fingerprint", source.fingerprint, pop3=pop3)
        self.assertEqual(self.run_copy(copy)["uidls"], 3)
        untrusted = self.run_copy(self.copy_from(source, pop3=pop3))
        self.assertEqual((untrusted["uidls"], untrusted["without_uidl"]), (0, 3))

    def test_a_pop3_server_that_is_not_there_costs_no_message(self) -> None:
        source = self.source()
        self.fill(source, [FolderSpec(INBOX, self.bodies(5))])
        outcome = self.assert_status(self.copy_from(source, pop3=f"pop3://127.0.0.1:{free_port()}").run())
        self.assertIn("the UIDLs could not be read, and those on record stay", outcome.text)
        self.assertIn("5 messages of INBOX have no UIDL on record: POP3 programs that leave mail on the server will load these again",
                      outcome.text)
        self.assertIn("Grade: good", outcome.text)
        self.assert_identical(source, self.target)

    def test_what_does_not_go_with_it(self) -> None:
        source = self.source()
        for url, option, words in ((source.pop3_url(ALICE), ("--pop3-uidl", "pop3://127.0.0.1"), "goes with a source of imap://"),
                                   (source.url(ALICE), ("--mark-read",), "--mark-read is for pop3://"),
                                   (source.url(ALICE), ("--pop3-uidl", "127.0.0.1:110"), "write pop3s://host:port")):
            copy = Copy(url, self.target.url(ALICE), PASSWORD, PASSWORD, self.folder(), ["--plain-ok", *option])
            self.assertIn(words, self.assert_status(copy.run(), USAGE).text)


class OnOthers(UidlCase):
    def start(self, source: Cyrus | Courier) -> None:
        source.start()
        self.addCleanup(source.close)
        there = Account("127.0.0.1", source.port, ALICE, PASSWORD)
        pop3 = source.pop3_url(ALICE).replace(ALICE + "@", "")
        self.run_rounds(self.copy_of(source.url(ALICE), pop3), there, source.pop3_port)

    def test_cyrus(self) -> None:
        self.start(Cyrus({ALICE: PASSWORD}))

    def test_courier(self) -> None:
        self.start(Courier({ALICE: PASSWORD}))


class ByADouble(UidlCase):
    """POP3 servers that see a mailbox in other ways than its IMAP server, made for the test. The IMAP server lives as long as the class:
    nothing changes on it."""

    source: ClassVar[Dovecot]
    all: ClassVar[list[tuple[str, bytes]]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make = MessageFactory(62)
        specs = [MessageSpec(make.plain(700).body) for _ in range(6)]
        cls.source = Dovecot("maildir", {ALICE: PASSWORD})
        cls.addClassCleanup(cls.source.close)
        fill_over_imap(account(cls.source.start()), [FolderSpec(INBOX, specs)])
        cls.all = [(f"u{uid}", spec.body) for uid, spec in enumerate(specs, 1)]

    def double(self, messages: list[tuple[str, bytes]], **options: Any) -> Pop3Double:
        server = Pop3Double(Maildrop(messages, **options))
        server.__enter__()
        self.addCleanup(server.close)
        return server

    def outcome(self, server: Pop3Double) -> tuple[Copy, Outcome]:
        copy = self.copy_of(self.source.url(ALICE), server.url("x").replace("x@", ""))
        return copy, self.assert_status(copy.run("--json"))

    def uids(self, copy: Copy) -> list[tuple[str, int]]:
        return [(each.uidl, each.source_uid) for each in on_record(copy.ledger)]

    def test_sizes_counted_with_bare_newlines(self) -> None:
        server = self.double(self.all, size_of=lambda body: len(body.replace(b"\r\n", b"\n")))
        copy, outcome = self.outcome(server)
        self.assertEqual(outcome.summary()["uidls"], 6)
        self.assertEqual(self.uids(copy), [(f"u{uid}", uid) for uid in range(1, 7)])
        verbs = {command.split()[0] for command in server.drop.commands}
        self.assertEqual(verbs - {"QUIT"}, {"CAPA", "USER", "PASS", "LIST", "UIDL", "TOP"})

    def test_a_part_in_another_order_with_what_imap_does_not_show(self) -> None:
        foreign = ("foreign", self.make.plain(700).body)
        copy, outcome = self.outcome(self.double([self.all[4], foreign, self.all[1], self.all[2]]))
        summary = outcome.summary()
        self.assertEqual((summary["uidls"], summary["without_uidl"]), (3, 3))
        self.assertEqual(self.uids(copy), [("u5", 5), ("foreign", 0), ("u2", 2), ("u3", 3)])
        self.assertTrue(any("3 messages of INBOX have no UIDL on record" in note for note in summary["notes"]), summary)
        self.assertTrue(any("1 message that POP3 lists could not be found" in note for note in summary["notes"]), summary)

    def test_equal_uidls(self) -> None:
        copy, outcome = self.outcome(self.double([("same", body) for _, body in self.all]))
        self.assertEqual(outcome.summary()["uidls"], 6)
        self.assertEqual(self.uids(copy), [("same", uid) for uid in range(1, 7)])

    def test_a_server_without_uidl(self) -> None:
        _, outcome = self.outcome(self.double([("", body) for _, body in self.all], capabilities=("USER", "TOP")))
        self.assertEqual(outcome.summary()["uidls"], 0)
        self.assertTrue(any("this POP3 server has no UIDL" in note for note in outcome.summary()["notes"]))

    def test_a_maildrop_in_use_is_waited_for(self) -> None:
        server = self.double(self.all, busy=1)
        self.assertEqual(self.outcome(server)[1].summary()["uidls"], 6)
        self.assertEqual(server.drop.busy, 0)


class OverAPlan(PlanCase):
    """One connection to the old server at a time: IMAP and POP3 take turns."""

    def test_migrated_and_reported(self) -> None:
        people = {f"person-{number}@example.com": PASSWORD for number in range(3)}
        old, new = Dovecot("maildir", people, pop3=True), Dovecot("sdbox", people)
        make = MessageFactory(9)
        for server in (old, new):
            server.start()
            self.addCleanup(server.close)
        for user in people:
            fill_over_imap(Account("127.0.0.1", old.port, user, PASSWORD), [FolderSpec(INBOX, [make.plain(600) for _ in range(8)])])
        (self.folder / "accounts.csv").write_text("user,password\n" + "".join(f"{user},{PASSWORD}\n" for user in people))

        def write_plan(pop3_port: int) -> None:
            self.plan.write_text(f"""
[plan]
name = "UIDLs"
ledger = "migration.ledger"
lanes = 1
quiet_time = "500ms"
[source]
host = "127.0.0.1"
port = {old.port}
security = "none"
pop3_uidl = "pop3://127.0.0.1:{pop3_port}"
limits = {{ connections = 2, connections_per_account = 1 }}
[target]
host = "127.0.0.1"
port = {new.port}
security = "none"
[accounts]
files = "accounts.csv"
same_password = true
""")

        write_plan(free_port())
        self.assertEqual(self.run_command("migrate").status, MOVED)
        report = self.run_command("report")
        self.assertIn("UIDL not on record", report.text)
        self.assertIn("GW-6106", self.run_command("report", "--json").text.replace('"code": 6106', "GW-6106"))
        self.assertIn("uidls_unknown (accounts: 3)", self.run_command("check").text)
        write_plan(old.places.pop3_port)
        self.assertNotIn("uidls_", self.run_command("check").text)
        for words in (("estimate",), ("migrate",), ("verify",)):
            outcome = self.run_command(*words)
            self.assertEqual(outcome.status, MOVED, f"{words}: {outcome.text}")
        self.assertNotIn("UIDL not on record", self.run_command("report").text)
        stores = sorted((self.folder / "migration.ledger.accounts").glob("*.sqlite"))
        self.assertEqual(len(stores), 3)
        for store in stores:
            with closing(sqlite3.connect(store)) as database:
                self.assertEqual(database.execute("SELECT count(*) FROM unique_id WHERE source_uid > 0").fetchone(), (8,))
