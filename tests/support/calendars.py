# SPDX-License-Identifier: Apache-2.0
"""An account of calendars and address books as its owner's client uses it: plain HTTP with the methods of CalDAV and CardDAV."""
from __future__ import annotations

import base64
import http.client
import re
from urllib.parse import quote, unquote

_PROPFIND = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
_ADDRESS_BOOK = ('<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/>'
                 "<C:addressbook/></resourcetype></prop></set></mkcol>")


def event(uid: str, summary: str, *lines: str) -> str:
    """An iCalendar object with one event."""
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.com//tests//EN", "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20240101T000000Z",
            "DTSTART:20240601T100000Z", "DTEND:20240601T110000Z", f"SUMMARY:{summary}", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(body)


def contact(uid: str, name: str) -> str:
    """A vCard 3.0."""
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", "END:VCARD", ""])


class DavAccount:
    """One account; `home`: the path below which its collections lie."""

    def __init__(self, port: int, user: str, password: str, home: str) -> None:
        self._port = port
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.home = home

    def request(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """Status and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, quote(path, safe="/@%"), body.encode(), {"Authorization": self._authorization, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def _expect(self, statuses: tuple[int, ...], method: str, path: str, body: str = "", **headers: str) -> str:
        status, text = self.request(method, path, body, **headers)
        if status not in statuses:
            raise RuntimeError(f"{method} {path}: {status}\n{text[:2000]}")
        return text

    def make_calendar(self, name: str) -> None:
        self._expect((201,), "MKCALENDAR", f"{self.home}{name}/")

    def make_address_book(self, name: str) -> None:
        self._expect((201,), "MKCOL", f"{self.home}{name}/", _ADDRESS_BOOK, **{"Content-Type": "text/xml"})

    def put(self, collection: str, name: str, item: str) -> None:
        kind = "text/calendar" if "VCALENDAR" in item else "text/vcard"
        self._expect((200, 201, 204), "PUT", f"{self.home}{collection}/{name}", item, **{"Content-Type": f"{kind}; charset=utf-8"})

    def remove(self, collection: str, name: str) -> None:
        self._expect((200, 204), "DELETE", f"{self.home}{collection}/{name}")

    def items(self, collection: str) -> dict[str, str]:
        """The content of each item by its name."""
        text = self._expect((207,), "PROPFIND", f"{self.home}{collection}/", _PROPFIND, Depth="1", **{"Content-Type": "text/xml"})
        hrefs = re.findall(r"<(?:\w+:)?href>([^<]*)</(?:\w+:)?href>", text)
        names = [href.rsplit("/", 1)[1] for href in hrefs if not href.endswith("/")]
        return {name: self._expect((200,), "GET", f"{self.home}{collection}/{name}") for name in names}

    def collections(self) -> list[str]:
        text = self._expect((207,), "PROPFIND", self.home, _PROPFIND, Depth="1", **{"Content-Type": "text/xml"})
        hrefs = re.findall(r"<(?:\w+:)?href>([^<]*)</(?:\w+:)?href>", text)
        paths = [unquote(href).rstrip("/") for href in hrefs]
        return sorted(path.rsplit("/", 1)[1] for path in paths if path != self.home.rstrip("/"))

    def all_summaries(self) -> list[str]:
        """Of all collections: servers name the ones that they have themselves as they like."""
        return sorted(summary for collection in self.collections() for summary in self.summaries(collection))

    def summaries(self, collection: str) -> list[str]:
        """SUMMARY or FN of each item, sorted."""
        found = (re.search(r"^(?:SUMMARY|FN):(.*?)\r?$", item, re.M) for item in self.items(collection).values())
        return sorted(match[1] if match else "" for match in found)
