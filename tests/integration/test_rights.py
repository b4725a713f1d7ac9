# SPDX-License-Identifier: Apache-2.0
"""Rights, annotations and quotas from server to server, and what becomes of folders that belong to others."""
from __future__ import annotations

import signal
import time
import unittest
from typing import Union

from cyrus import Cyrus
from dovecot_config import sharing
from godwit import MOVED, USAGE
from imap_raw import Account, Connection, ImapError
from mailboxes import FolderSpec, fill_over_imap
from messages import MessageFactory
from plan_case import PlanCase
from servers import Dovecot

Server = Union[Dovecot, Cyrus]
ALICE, BOB, CAROL, DAVE = (f"{name}@example.com" for name in ("alice", "bob", "carol", "dave"))
ROBERT = "robert@example.com"  # Bob's name on the new server
TEAM = "vertrieb@example.com"
PASSWORD = "correct horse"
Access = dict[str, str]


class RightsCase(PlanCase):
    """Two servers, Alice and Bob on both, and a plan that copies everything."""

    rules = 'copy_rights = true\ncopy_annotations = ["/shared/**", "/private/comment"]\nidentities = "identities.csv"'
    identities = f"source,target\nerin@example.com,{TEAM}\ngroup:sales,{TEAM}\n"

    def dovecot(self, users: tuple[str, ...], extra: str = "") -> Dovecot:
        server = Dovecot("sdbox", dict.fromkeys(users, PASSWORD), separator="/", extra=sharing() + "\n" + extra)
        self.addCleanup(server.close)
        return server.start()

    def cyrus(self, users: tuple[str, ...]) -> Cyrus:
        server = Cyrus(dict.fromkeys(users, PASSWORD), separator="/", prefix=False)
        self.addCleanup(server.close)
        return server.start()

    def write_plan(self, source: Server, target: Server, people: dict[str, str] | None = None) -> None:
        people = people or {ALICE: ALICE, BOB: ROBERT}
        lines = [f"{old},{PASSWORD},{new},{PASSWORD}" for old, new in people.items()]
        (self.folder / "accounts.csv").write_text("\n".join(["source_user,source_password,target_user,target_password", *lines]) + "\n")
        (self.folder / "identities.csv").write_text(self.identities)
        self.plan.write_text(f"""
[plan]
name = "example.com to its new server"
ledger = "migration.ledger"

[source]
host = "127.0.0.1"
port = {source.port}
security = "none"

[target]
host = "127.0.0.1"
port = {target.port}
security = "none"

[accounts]
files = "accounts.csv"

[rules]
{self.rules}
""")

    def migrate(self, status: int = MOVED) -> dict[str, object]:
        outcome = self.run_command("migrate", "--json")
        self.assertEqual(outcome.status, status, outcome.text)
        return outcome.summary()

    def problems(self) -> str:
        """What the report says was not copied."""
        return self.run_command("report", "--json").text


def talk(server: Server, user: str, *commands: str) -> list[list[object]]:
    """Says the commands as a person's mail program would; the untagged answers of the last one."""
    with Connection(Account("127.0.0.1", server.port, user, PASSWORD)) as connection:
        return [connection.command(command.encode()) for command in commands][-1]


def access(server: Server, folder: str, owner: str = ALICE) -> Access:
    """Who has which rights, without the owner; the letters c and d, which repeat others, are left out."""
    words = [word.decode() for word in talk(server, owner, f"GETACL {folder}")[0][2:]]  # type: ignore[union-attr]
    told = dict(zip(words[::2], words[1::2]))
    return {who: "".join(sorted(set(rights) - set("cd"))) for who, rights in told.items() if who != owner}


def annotations(server: Server, folder: str) -> dict[str, str]:
    answer = talk(server, ALICE, f"GETMETADATA {folder} (/shared/comment /private/comment)")
    words = answer[0][2] if answer else []
    pairs = zip(words[::2], words[1::2])  # type: ignore[index]
    return {name.decode(): value.decode() for name, value in pairs if value}  # type: ignore[union-attr]


class Both(RightsCase):
    """The same story in both directions."""

    def story(self, source: Server, target: Server, team: str) -> None:
        self.write_plan(source, target)
        talk(source, ALICE, "CREATE Work", "CREATE Work/Secret", f"SETACL Work {BOB} lrswite", f"SETACL Work {team} lr",
             f"SETACL Work {DAVE} lr", f"SETACL Work -{BOB} i",
             'SETMETADATA Work (/shared/comment "for \\"all\\"" /private/comment "mine")')
        self.migrate()
        self.assertEqual(access(target, "Work"), {ROBERT: "eilrstw", f"-{ROBERT}": "i", TEAM: "lr"})
        self.assertEqual(access(target, "Work/Secret"), {})
        self.assertEqual(annotations(target, "Work"), {"/shared/comment": 'for "all"', "/private/comment": "mine"})
        told = self.problems()
        self.assertIn(f"{DAVE}: it has no counterpart on the target", told)

        # Changes on both sides: those of the source come over, those of the target stay.
        talk(source, ALICE, f"SETACL Work {BOB} lr", f"DELETEACL Work {team}", 'SETMETADATA Work (/shared/comment "new")',
             "CREATE Later")
        talk(target, ALICE, f"SETACL Work {CAROL} lr", f"DELETEACL Work -{ROBERT}", 'SETMETADATA Work (/private/comment NIL)')
        self.migrate()
        self.assertEqual(access(target, "Work"), {ROBERT: "lr", CAROL: "lr"})
        self.assertEqual(annotations(target, "Work"), {"/shared/comment": "new"})
        self.assertEqual(access(target, "Later"), {})
        for _ in range(2):
            account = next(one for one in self.migrate()["accounts"] if one["account"] == ALICE)  # type: ignore[union-attr,attr-defined]
            self.assertEqual(account["copied"], 0)
        self.assertEqual(access(target, "Work"), {ROBERT: "lr", CAROL: "lr"})

    def test_from_dovecot_to_cyrus(self) -> None:
        self.story(self.dovecot((ALICE, BOB)), self.cyrus((ALICE, ROBERT)), "$sales")

    def test_from_cyrus_to_dovecot(self) -> None:
        self.story(self.cyrus((ALICE, BOB)), self.dovecot((ALICE, ROBERT)), "erin@example.com")


class Limits(RightsCase):
    def test_what_the_target_has_not_is_named(self) -> None:
        self.rules += "\ncopy_quota = true"
        source, target = self.dovecot((ALICE,)), Dovecot("maildir", {ALICE: PASSWORD})
        self.addCleanup(target.close)
        target.start()
        self.write_plan(source, target, {ALICE: ALICE})
        told = self.run_command("migrate")
        self.assertEqual(told.status, MOVED, told.text)
        for words in ("rights of others are not copied: the target has nothing of the kind", "annotations are not copied"):
            self.assertIn(words, told.text)

    def test_a_new_folder_does_not_inherit_what_its_parent_gives(self) -> None:
        source, target = self.dovecot((ALICE, BOB)), self.cyrus((ALICE, ROBERT))
        self.write_plan(source, target)
        talk(source, ALICE, "CREATE Work", f"SETACL Work {BOB} lr")
        self.migrate()
        talk(source, ALICE, "CREATE Work/Secret", f"DELETEACL Work/Secret {BOB}")  # Dovecot inherits, too
        self.migrate()
        self.assertEqual(access(source, "Work/Secret"), {})
        self.assertEqual(access(target, "Work/Secret"), {})
        self.assertEqual(access(target, "Work"), {ROBERT: "lr"})

    def test_killed_in_the_middle_the_next_round_ends_it(self) -> None:
        source, target = self.dovecot((ALICE, BOB)), self.cyrus((ALICE, ROBERT))
        self.write_plan(source, target)
        folders = [f"F{number:02}" for number in range(30)]
        talk(source, ALICE, *[command for folder in folders for command in (f"CREATE {folder}", f"SETACL {folder} {BOB} lr")])
        godwit = self.start("migrate", "--json")
        end = time.monotonic() + 60
        while godwit.poll() is None and time.monotonic() < end:
            try:
                if access(target, folders[0]):
                    break
            except ImapError:
                pass  # it is not there yet
        godwit.send_signal(signal.SIGKILL)
        godwit.wait()
        self.migrate()
        for folder in folders:
            self.assertEqual(access(target, folder), {ROBERT: "lr"}, folder)


class FoldersOfOthers(RightsCase):
    rules = ""

    def shared(self) -> tuple[Dovecot, Cyrus]:
        """Bob sees Alice's folder Team, which holds three messages."""
        source, target = self.dovecot((ALICE, BOB)), self.cyrus((ALICE, ROBERT))
        make = MessageFactory(3)
        fill_over_imap(Account("127.0.0.1", source.port, ALICE, PASSWORD), [FolderSpec(("Team",), [make.plain(500) for _ in range(3)])])
        talk(source, ALICE, f"SETACL Team {BOB} lrs")
        return source, target

    def folders(self, target: Server, user: str) -> set[str]:
        return {line[-1].decode() for line in talk(target, user, 'LIST "" "*"')}  # type: ignore[union-attr]

    def test_they_are_left_out_and_named(self) -> None:
        source, target = self.shared()
        self.write_plan(source, target)
        outcome = self.run_command("migrate")
        self.assertEqual(outcome.status, MOVED, outcome.text)
        self.assertEqual(self.folders(target, ROBERT), {"INBOX"})
        self.assertIn("Team", self.folders(target, ALICE))
        told = self.run_command("inventory", "--json").text
        self.assertIn("not moved: 1 folders of other users with 3 messages", told)
        self.assertIn(f"user/{ALICE}/Team (3)", told)

    def test_one_account_moves_them_to_their_place(self) -> None:
        self.rules = f'other_users = ["user/{ALICE}/**"]\nshared_account = "{BOB}"\nrename = ["user/{ALICE}/**=From Alice/**"]'
        source, target = self.shared()
        self.write_plan(source, target)
        self.migrate()
        self.assertIn("From Alice/Team", self.folders(target, ROBERT))
        self.assertEqual(self.folders(target, ALICE), {"INBOX", "Team"})

    def test_the_plan_says_who_moves_them(self) -> None:
        self.rules = 'shared = ["Shared/**"]\ncopy_annotations = "comment"\nidentities = "identities.csv"'
        source, target = self.shared()
        self.write_plan(source, target)
        told = self.run_command("check")
        self.assertEqual(told.status, USAGE, told.text)
        for words in ("who moves these folders?", '"comment" names no annotations', "write copy_rights = true, too"):
            self.assertIn(words, told.text)


if __name__ == "__main__":
    unittest.main()
