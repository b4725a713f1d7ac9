# SPDX-License-Identifier: Apache-2.0
"""Dovecots as they are set up elsewhere: an account is moved to and from each of them, in a first round and in one after changes, and
compared exactly."""
from __future__ import annotations

import os
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from account_snapshot import Path as FolderPath
from account_snapshot import Snapshot, naming
from compare import compare_snapshots
from copy_case import ALICE, CopyCase, account, in_folder, snapshot
from godwit import MOVED, last_lines
from imap_raw import Connection, quoted
from mailboxes import FolderSpec
from messages import MessageFactory
from servers import Dovecot

INBOX, WORK, DEEP, UMLAUT = ("INBOX",), ("Work",), ("Work", "2024", "Quarter 1"), ("Entw\u00fcrfe",)
FOLDERS = (INBOX, WORK, DEEP, UMLAUT)
NOT_OWN = ("virtual", "Public")

VIRTUAL = """
namespace virtual {
  prefix = virtual/
  separator = /
  location = virtual:%h/virtual
  subscriptions = no
}
"""
PUBLIC = """
namespace public {
  type = public
  prefix = Public/
  separator = /
  location = sdbox:%h/public
  subscriptions = no
}
"""
ZLIB = "plugin {\n  zlib_save = gz\n  zlib_save_level = 6\n}\n"
EXTENSIONS = ("mail_attribute_dict = file:%h/attributes\n"
              "protocol imap {\n  imap_metadata = yes\n  mail_plugins = quota acl imap_quota imap_acl\n}\n")

VARIANTS: dict[str, dict[str, Any]] = {
    "slash": {"mail_format": "sdbox", "separator": "/"},
    "dot": {"mail_format": "sdbox", "separator": ".", "listescape": True},
    "backslash": {"mail_format": "sdbox", "separator": '"\\\\"', "listescape": True},
    "prefix": {"mail_format": "maildir", "separator": ".", "prefix": "INBOX."},
    "prefix with slash": {"mail_format": "mdbox", "separator": "/", "prefix": "Mail/"},
    "virtual": {"mail_format": "sdbox", "separator": "/", "plugins": ("virtual",), "extra": VIRTUAL},
    "public": {"mail_format": "sdbox", "separator": "/", "extra": PUBLIC},
    "quota, ACL and METADATA": {"mail_format": "sdbox", "extra": EXTENSIONS},
    "compressed storage": {"mail_format": "mdbox", "plugins": ("zlib",), "extra": ZLIB},
    "no NOTIFY, no CONDSTORE": {"mail_format": "maildir", "without": ("NOTIFY", "CONDSTORE", "QRESYNC")},
}
# What a variant must show, so that it is what its name says.
ANNOUNCED = {"quota, ACL and METADATA": ("QUOTA", "ACL", "METADATA"), "slash": ("NOTIFY", "CONDSTORE")}


def own(taken: Snapshot) -> Snapshot:
    """Without the namespaces that hold no mail of the account's own."""
    taken.folders = {path: folder for path, folder in taken.folders.items() if path[0] not in NOT_OWN}
    return taken


class Variants(CopyCase):
    def make_server(self, variant: str) -> Dovecot:
        server = self.server(**VARIANTS[variant])
        if variant == "virtual":
            self._write(server, server.mail_root / ALICE / "virtual" / "all" / "dovecot-virtual", "*\n-virtual/*\n  all\n")
        if variant == "public":
            server.places.acl_file.write_text(f"Public user={ALICE} lrk\nPublic/* user={ALICE} lrwstipekxa\n")
            self.fill(server, [FolderSpec(("Public", "news"), [MessageFactory(16).plain(300)], subscribed=False)])
        with Connection(account(server)) as connection:
            capabilities = connection.capabilities()
            for name in ANNOUNCED.get(variant, ()):
                self.assertIn(name, capabilities, variant)
        return server

    @staticmethod
    def _write(server: Dovecot, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for place in (file, *list(file.parents)[:3]):
            os.chown(place, *server.owner)

    def fill_account(self, server: Dovecot) -> MessageFactory:
        make = MessageFactory(17)
        specs = [FolderSpec(path, [make.plain(600) for _ in range(4)] + [make.make("8-bit body")]) for path in FOLDERS]
        self.fill(server, [*specs, FolderSpec(("Empty",)), FolderSpec(("Not subscribed",), [make.plain(300)], subscribed=False)])
        return make

    def change(self, server: Dovecot, make: MessageFactory) -> None:
        """New mail, flags, one moved, one removed, a new folder."""
        self.fill(server, [FolderSpec(WORK, [make.plain(800)]), FolderSpec(("New", "one"), [make.plain(500)])])
        in_folder(server, INBOX, rb"STORE 1 +FLAGS (\Flagged $label1)", rb"STORE 2 +FLAGS (\Deleted)", b"EXPUNGE")
        with Connection(account(server)) as connection:
            names = naming(connection)
            connection.command(b"SELECT " + quoted(names.name(DEEP)))
            connection.command(b"MOVE 1 " + quoted(names.name(UMLAUT)))

    def assert_moves(self, source: Dovecot, target: Dovecot, name: str, *options: str) -> None:
        make = self.fill_account(source)
        before = own(snapshot(source)).state()
        copy = self.copy(source, target)
        self._round(copy.run("--json", *options), source, target, f"{name}: first round")
        self.assertEqual(own(snapshot(source)).state(), before, f"{name}: the source was changed")
        self.change(source, make)
        self._round(copy.run("--json", *options), source, target, f"{name}: after changes")
        idle = copy.run("--json", *options)
        self.assertEqual((idle.status, idle.summary()["copied"], idle.summary()["removed"]), (MOVED, 0, 0), name)

    def _round(self, outcome: Any, source: Dovecot, target: Dovecot, name: str) -> None:
        self.assertEqual(outcome.status, MOVED, f"{name}\n{last_lines(outcome.text)}\n{source.log_tail()}\n{target.log_tail()}")
        report = compare_snapshots(own(snapshot(source)), own(snapshot(target)))
        self.assertTrue(report.is_equal and not report.count("foreign"), f"{name}: {report.text()}")

    def move(self, variant: str) -> None:
        """There, and from there on to an ordinary one."""
        exclude = [option for name in NOT_OWN for option in ("--exclude", f"{name}/**")]
        ordinary, special, last = self.server("sdbox"), self.make_server(variant), self.server("maildir", listescape=True)
        self.assert_moves(ordinary, special, f"to {variant}", *exclude)
        onward = self.copy(special, last)
        self._round(onward.run("--json", *exclude), special, last, f"from {variant}")
        make = MessageFactory(18)
        self.change(special, make)
        self._round(onward.run("--json", *exclude), special, last, f"from {variant}, after changes")
        self.assertFalse([path for path in snapshot(last).folders if path[0] in NOT_OWN], f"from {variant}")

    def test_every_variant(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            for variant, outcome in [(variant, pool.submit(self.move, variant)) for variant in VARIANTS]:
                with self.subTest(variant):
                    outcome.result()

    def test_what_is_left_out_is_there_and_has_mail(self) -> None:
        for variant, place in (("virtual", ("virtual", "all")), ("public", ("Public", "news"))):
            with self.subTest(variant):
                server = self.make_server(variant)
                self.fill(server, [FolderSpec(INBOX, [MessageFactory(19).plain(300)])])
                self.assertEqual(len(snapshot(server).folders[place].messages), 1)

    def test_names_that_hold_a_separator_stay_apart(self) -> None:
        paths: list[FolderPath] = [("a.b",), ("a", "b"), ("a\\b",), ("c\\d", "e")]
        make = MessageFactory(20)
        for variant in ("dot", "backslash", "slash"):
            with self.subTest(variant):
                source, target = self.server("sdbox", separator="/", listescape=True), self.make_server(variant)
                self.fill(source, [FolderSpec(path, [make.plain(300)]) for path in paths])
                outcome = self.copy(source, target).run("--json")
                self.assert_status(outcome)
                self.assertEqual(_lying_together(snapshot(target)), _lying_together(snapshot(source)))


def _lying_together(taken: Snapshot) -> set[frozenset[str]]:
    return {frozenset(message.digest for message in folder.messages) for folder in taken.folders.values() if folder.messages}


if __name__ == "__main__":
    unittest.main()
