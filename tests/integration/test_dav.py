# SPDX-License-Identifier: Apache-2.0
"""Calendars and address books on real servers, Radicale and Cyrus: what `godwit probe` finds of each call that a migration makes, what
`godwit inventory` shows, the ways to log in, and that nobody is invited."""
from __future__ import annotations

import base64
import http.client
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Union

import jwt

from cyrus import Cyrus
from godwit import LOGIN_REFUSED, MOVED, UNREACHABLE, Outcome, binary, finish
from radicale import Radicale
from servers import certificate

ALICE, BOB, PASSWORD = "alice@example.com", "bob@example.com", "secret word"
USERS = {ALICE: PASSWORD, BOB: PASSWORD}
Server = Union[Radicale, Cyrus]
# What a server is known not to do; everything else must be as a migration wants it.
KNOWN = {"Radicale": {("calendar", "bytes are kept as they were")}, "Cyrus": set()}
CALENDARS = {"Radicale": "/{}/", "Cyrus": "/dav/calendars/user/{}/"}
JWT_KEY = b"0123456789abcdef0123456789abcdef"


def run(command: str, url: str, *options: str, password: str = PASSWORD) -> Outcome:
    environment = {**os.environ, "GODWIT_PASSWORD": password, "GODWIT_SOURCE_PASSWORD": password}
    process = subprocess.Popen([binary(), command, url, *options], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    return finish(process, 120)


def ask(server: Server, user: str, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    """One request as another client would send it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.dav_port, timeout=60)
    login = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    all_headers = {"Authorization": f"Basic {login}", "Content-Type": "application/xml; charset=utf-8",
                   **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, path, body.encode(), all_headers)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, text


def event(uid: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T080000Z",
                        "DTSTART:20360301T090000Z", "DTEND:20360301T093000Z", "SUMMARY:Meeting", *lines, "END:VEVENT", "END:VCALENDAR", ""])


class Servers(unittest.TestCase):
    servers: dict[str, Server] = {}

    @classmethod
    def setUpClass(cls) -> None:
        for server in (Radicale(USERS), Cyrus(USERS, dav=True)):
            cls.addClassCleanup(server.close)
            cls.servers[server.name] = server.start()

    def probe(self, name: str, *options: str) -> dict[str, Any]:
        outcome = run("probe", self.servers[name].dav_url(ALICE), "--plain-ok", "--json", *options)
        self.assertEqual(outcome.status, MOVED, outcome.text + self.servers[name].log_tail())
        return outcome.summary()

    def inventory(self, name: str, user: str = ALICE) -> dict[str, Any]:
        outcome = run("inventory", self.servers[name].dav_url(user), "--plain-ok", "--json")
        self.assertEqual(outcome.status, MOVED, outcome.text + self.servers[name].log_tail())
        return outcome.summary()

    def inbox(self, user: str) -> str:
        """What lies in the inbox of a user's invitations, on Cyrus."""
        listing = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
        status, text = ask(self.servers["Cyrus"], user, "PROPFIND", f"/dav/calendars/user/{user}/Inbox/", listing, Depth="1")
        self.assertEqual(status, 207, text)
        return text

    def test_each_call_of_a_migration_and_nobody_is_invited(self) -> None:
        cyrus = self.servers["Cyrus"]
        assert isinstance(cyrus, Cyrus)
        for name in self.servers:
            # On the same server, and elsewhere; the second run finds what the first one left. Radicale invites nobody.
            for guest in (BOB, "carol@example.org")[:2 if name == "Cyrus" else 1]:
                report = self.probe(name, "--guest", guest)
                failed = {(each["kind"], each["name"]) for each in report["checks"] if not each["ok"]}
                self.assertEqual(failed, KNOWN[name], report)
                self.assertEqual({each["kind"] for each in report["checks"]}, {"calendar", "address book"})
                self.assertGreater(len(report["checks"]), 50)
                self.assertIn("an event with a guest is replaced", {each["name"] for each in report["checks"]})
            own = [each for each in self.inventory(name)["collections"] if "godwit-probe" in each["name"]]
            self.assertEqual(sorted((each["kind"], each["items"]) for each in own), [("address book", 0), ("calendar", 0)], name)
        self.assertEqual(cyrus.sent_invitations(), [])
        self.assertNotIn(".ics", self.inbox(BOB))
        # The same event from another client: the server does invite.
        people = ("ORGANIZER:mailto:" + ALICE, "ATTENDEE:mailto:" + ALICE, "ATTENDEE:mailto:" + BOB, "ATTENDEE:mailto:carol@example.org")
        status, text = ask(cyrus, ALICE, "PUT", f"/dav/calendars/user/{ALICE}/Default/invited.ics", event("invited", *people),
                           Content_Type="text/calendar")
        self.assertIn(status, (201, 204), text)
        sent = "".join(cyrus.sent_invitations())
        self.assertIn("RCPT TO:<carol@example.org>", sent)
        self.assertTrue(f"RCPT TO:<{BOB}>" in sent or ".ics" in self.inbox(BOB), sent)

    def test_what_an_account_holds(self) -> None:
        for name, server in self.servers.items():
            calendars = CALENDARS[name].format(BOB)
            make = ('<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:i="http://apple.com/ns/ical/"><d:set><d:prop>'
                    "<d:displayname>T\u00e9am &amp; co</d:displayname><i:calendar-color>#00ff0080</i:calendar-color>"
                    '<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>'
                    "</d:prop></d:set></c:mkcalendar>")
            self.assertEqual(ask(server, BOB, "MKCALENDAR", calendars + "team/", make)[0], 201)
            todo = event("a").replace("VEVENT", "VTODO").replace("DTEND:20360301T093000Z\r\n", "")
            self.assertEqual(ask(server, BOB, "PUT", calendars + "team/odd%20name.ics", todo, Content_Type="text/calendar")[0], 201)
            report = self.inventory(name, BOB)
            found = next(each for each in report["collections"] if each["short_name"] == "team")
            self.assertEqual({key: found[key] for key in ("kind", "display_name", "color", "items", "holds", "writable", "shared")},
                             {"kind": "calendar", "display_name": "T\u00e9am & co", "color": "#00FF00", "items": 1, "holds": ["task"],
                              "writable": True, "shared": False})
            self.assertTrue(found["state"])
            self.assertIn("calendar-access", report["capabilities"])
            self.assertTrue(report["server"].startswith(name), report["server"])

    def test_who_else_may_see_a_calendar(self) -> None:
        cyrus = self.servers["Cyrus"]
        acl = ('<d:acl xmlns:d="DAV:"><d:ace><d:principal><d:authenticated/></d:principal><d:grant><d:privilege><d:read/></d:privilege>'
               "</d:grant></d:ace></d:acl>")
        make = f"/dav/calendars/user/{ALICE}/shown/"
        self.assertEqual(ask(cyrus, ALICE, "MKCALENDAR", make)[0], 201)
        status, text = ask(cyrus, ALICE, "ACL", make, acl)
        self.assertEqual(status, 200, text)
        shown = next(each for each in self.inventory("Cyrus")["collections"] if each["short_name"] == "shown")
        # Cyrus keeps it as a right of all, and one that nobody has who has not logged in.
        self.assertEqual(shown["access"], {"anyone": "see the folder, read", "not anonymous": "see the folder, read"})

    def test_what_is_wrong_is_told(self) -> None:
        for server in self.servers.values():
            refused = run("inventory", server.dav_url(ALICE), "--plain-ok", password="wrong")
            self.assertEqual(refused.status, LOGIN_REFUSED, refused.text)
            self.assertIn("GW-2001", refused.text)
        plain = run("inventory", self.servers["Radicale"].dav_url(ALICE))
        self.assertEqual(plain.status, UNREACHABLE, plain.text)
        self.assertIn("davs://", plain.text)
        lost = run("inventory", self.servers["Radicale"].dav_url(ALICE) + "/not/there/", "--plain-ok")
        self.assertNotEqual(lost.status, MOVED)
        self.assertIn("not/there", lost.text)
        strange = run("inventory", self.servers["Radicale"].dav_url(ALICE), "--plain-ok", "--source-mechanism", "PLAIN")
        self.assertIn("GW-1014", strange.text)


class Logins(unittest.TestCase):
    def test_tls_is_verified(self) -> None:
        with Radicale(USERS, tls=True) as server:
            url = server.dav_url(ALICE)
            distrusted = run("inventory", url)
            self.assertEqual(distrusted.status, UNREACHABLE, distrusted.text)
            self.assertIn("--source-ca-file", distrusted.text)
            for option in (["--source-ca-file", str(certificate()[0])], ["--source-trust-always"]):
                trusted = run("inventory", url, *option)
                self.assertEqual(trusted.status, MOVED, trusted.text)

    def test_bearer_tokens(self) -> None:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            folder.chmod(0o755)
            key = base64.b64encode(JWT_KEY).decode()
            (folder / "key.pem").write_text(f"-----BEGIN HMAC KEY-----\n{key}\n-----END HMAC KEY-----\n")
            with Cyrus(USERS, dav=True, settings={"http_jwt_key_dir": str(folder)}) as server:
                token = folder / "token"
                token.write_text(jwt.encode({"sub": ALICE}, JWT_KEY, algorithm="HS256") + "\n")
                token.chmod(0o600)
                bearer = run("inventory", server.dav_url(ALICE), "--plain-ok", "--json", "--source-token-file", str(token))
                self.assertEqual(bearer.status, MOVED, bearer.text)
                self.assertEqual(len(bearer.summary()["collections"]), 2)
                token.write_text("no.such.token\n")
                refused = run("inventory", server.dav_url(ALICE), "--plain-ok", "--source-token-file", str(token))
                self.assertEqual(refused.status, LOGIN_REFUSED, refused.text)


if __name__ == "__main__":
    unittest.main()
