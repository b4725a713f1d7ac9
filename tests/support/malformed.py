# SPDX-License-Identifier: Apache-2.0
"""Messages with what goes wrong in real mail, class by class. The same seed gives the same bytes; `python3 malformed.py FOLDER` writes
them as files."""
from __future__ import annotations

import base64
import binascii
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

CRLF = b"\r\n"
_MEBIBYTE = 1 << 20
# Where buffers and literals end: 4096 bytes of a non-synchronising literal (RFC 7888), 64 KiB, and what godwit reads whole.
_BOUNDARIES = (4096, 65536, 2 * _MEBIBYTE)
_BIDI = "\u202e\u2066\u200f\u061c"


@dataclass(frozen=True)
class Malformed:
    """A message and what is wrong with it."""

    kind: str
    body: bytes


class Maker:
    """The parts of messages, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._count = 0

    def word(self) -> bytes:
        """A word that no other message has."""
        self._count += 1
        return b"%d-%016x" % (self._count, self.random.getrandbits(64))

    def head(self, *more: bytes, subject: bytes = b"A message") -> bytes:
        """An everyday header without its empty line, and the fields `more`."""
        fields = (b"From: Alice <alice@example.com>", b"To: bob@example.org", b"Subject: " + subject,
                  b"Date: Mon, 1 Jul 2024 09:00:00 +0200", b"Message-ID: <%s@example.com>" % self.word(), b"MIME-Version: 1.0", *more)
        return CRLF.join(fields) + CRLF

    def text(self, *more: bytes, body: bytes = b"", **head: bytes) -> bytes:
        """A message of one part."""
        return self.head(*more, **head) + CRLF + (body or b"Hello " + self.word() + CRLF)

    def mixed(self, body: bytes, boundary: bytes = b"b", parameter: bytes = b"") -> bytes:
        """A multipart message with the body as it is given."""
        return self.head(b"Content-Type: multipart/mixed; boundary=" + (parameter or b'"%s"' % boundary)) + CRLF + body

    def base64(self, size: int) -> bytes:
        return base64.encodebytes(self.random.randbytes(size)).replace(b"\n", CRLF)

    def of_size(self, size: int) -> bytes:
        """A message of exactly so many bytes."""
        head = self.head() + CRLF
        lines = (b"x" * 70 + CRLF) * (size // 72 + 1)
        return head + lines[:size - len(head) - 2] + CRLF


def _part(body: bytes = b"text\r\n", kind: bytes = b"text/plain", boundary: bytes = b"b") -> bytes:
    return b"--" + boundary + b"\r\nContent-Type: " + kind + b"\r\n\r\n" + body


# --- structure of MIME (RFC 2045, 2046) --------------------------------------------------------------------------------------------


def _structure(make: Maker) -> Iterable[bytes]:
    part, end = _part(), b"--b--\r\n"
    yield make.mixed(part)                                            # never closed
    yield make.mixed(b"no part at all\r\n")
    yield make.mixed(end)                                             # closed and never opened
    yield make.mixed(part + end + part + end)                         # closed twice
    yield make.mixed(part + b"--b \t\r\n" + part[5:] + b"--b--trailing\r\n")
    yield make.mixed(part + b"--bb\r\nwith more behind it\r\n" + end)  # a boundary that begins another
    yield make.mixed(b"--b\r\n" + part + end)                         # two boundaries in a row
    yield make.mixed(b"--b\r\nno field here\r\n" + end)
    yield make.mixed(b"--b" + end)
    yield make.mixed(b"preamble\r\n" + part + end + b"epilogue" * 100)


def _boundaries(make: Maker) -> Iterable[bytes]:
    for parameter in (b'""', b'"', b"", b"b; boundary=c", b'"b\\"', b"*0=b; boundary*1=b", b"*=utf-8''b", b'" b "', "ü".encode(),
                      b'"' + b"x" * 71 + b'"', b'"' + b"x" * 5000 + b'"'):
        yield make.mixed(_part() + b"--b--\r\n", parameter=parameter or b"\r\n")
    yield make.head(b"Content-Type: multipart/mixed") + CRLF + _part() + b"--b--\r\n"


def _deep(make: Maker) -> Iterable[bytes]:
    for depth in (50, 1000):
        opened = b"".join(b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (level, level + 1) for level in range(depth))
        closed = b"".join(b"--%d--\r\n" % level for level in range(depth, -1, -1))
        yield make.mixed(opened + _part(boundary=b"%d" % depth) + closed, b"0")
        yield make.mixed(opened, b"0")
        yield make.head(b"Content-Type: message/rfc822") + CRLF + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"the end\r\n"
    yield make.mixed(b"".join(_part(b"%d\r\n" % number) for number in range(10_000)) + b"--b--\r\n")


def _encodings(make: Maker) -> Iterable[bytes]:
    for encoding, body in ((b"base64", b"====\r\n"), (b"base64", b"AAA\r\n*!\r\n"), (b"base64", b"A" * 100_000),
                           (b"base64", b"\xff\xfe\r\n"), (b"quoted-printable", b"=\r\n=G1=\r\n==\r\n="),
                           (b"quoted-printable", b"a=0\r\n=ff" + b"x" * 2000 + CRLF),
                           (b"x-unknown", b"??\r\n"), (b"8bit, base64", b"AAAA\r\n"), (b"binary", bytes(range(1, 256)) + CRLF),
                           (b"7bit", b"\xe4\xf6\xfc\r\n"), (b"", b"text\r\n")):
        yield make.text(b"Content-Transfer-Encoding: " + encoding, body=body)


def _charsets(make: Maker) -> Iterable[bytes]:
    for charset, body in ((b"utf-8", b"\xff\xc0\x80\xed\xa0\x80\xf8\x88\x80\x80\x80\r\n"), (b"us-ascii", "日本".encode()),
                          (b"no-such", b"x\r\n"), (b"utf-16", "\ufeffab\r\n".encode("utf-16-be")), (b"utf-7", b"+AGE-+\r\n"),
                          (b"gb2312", b"\x80\xff\xfe\r\n"),
                          (b"iso-2022-jp", b"\x1b$B\x21\r\n\x1b(\r\n"), (b'"utf-8', b"x\r\n"), (b"x" * 3000, b"x\r\n"), (b"", b"x\r\n")):
        yield make.text(b"Content-Type: text/plain; charset=" + charset, body=body.replace(b"\0", b"\x01"))


def _forwarded(make: Maker) -> Iterable[bytes]:
    inner = make.text()
    for _ in range(20):
        inner = make.head(b"Content-Type: message/rfc822") + CRLF + inner
    yield inner
    yield make.head(b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64") + CRLF + make.base64(300)
    for number, total in ((b"1", b"2"), (b"0", b"0"), (b"7", b"3"), (b"-1", b"x"), (b"4294967296", b"4294967296")):
        yield make.text(b'Content-Type: message/partial; id="x"; number=' + number + b"; total=" + total)
    yield make.text(b'Content-Type: message/external-body; access-type=local-file; name="/etc/passwd"')


def _reports(make: Maker) -> Iterable[bytes]:
    """Notices of delivery and of reading (RFC 3464, 8098) and variants of them."""
    head = b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    status = b"Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    report = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    for body in (status, status.replace(CRLF, b"\r"), status * 500, CRLF * 50, b"Action\r\nStatus: 9.999.9999\r\n",
                 "Diagnostic: ü\r\n".encode()):
        yield make.head(report) + CRLF + _part() + head + body + b"--b--\r\n"
    yield make.head(report) + CRLF + _part() + head + status + _part(make.head(), b"text/rfc822-headers") + b"--b--\r\n"
    read = _part(b"Disposition: ;;\r\n", b"message/disposition-notification")
    yield make.head(b"Content-Type: multipart/report; boundary=b") + CRLF + read
    yield make.text(b"Return-Path: <>", b"Auto-Submitted: auto-replied", body=b"The original message follows\r\n\r\n" + make.text())


def _old_attachments(make: Maker) -> Iterable[bytes]:
    data = make.random.randbytes(90)
    lines = b"".join(binascii.b2a_uu(data[at:at + 45]).replace(b"\n", CRLF) for at in (0, 45))
    yield make.text(body=b"begin 644 ../../x\r\n" + lines + b"`\r\nend\r\n")
    yield make.text(body=b"begin 999 \r\n" + lines)
    escaped = b"".join(b"=" + bytes([byte + 64 & 255]) if byte in b"\0\n\r=" else bytes([byte]) for byte in
                       (value + 42 & 255 for value in data))
    yield make.text(body=b"=ybegin line=128 size=90 name=x\r\n" + escaped + b"\r\n=yend size=90 crc32=%08x\r\n" % zlib.crc32(data))
    yield make.text(body=b'(This file must be converted with BinHex 4.0)\r\n:$f*TEQKPH#jdH#jd!*!%:\r\n')
    yield make.text(b"Content-Type: application/ms-tnef; name=winmail.dat", b"Content-Transfer-Encoding: base64",
                    body=base64.b64encode(b"\x78\x9f\x3e\x22\1\0" + b"\xff" * 40) + CRLF)


# --- header (RFC 5322, 2047, 2231) -------------------------------------------------------------------------------------------------


def _long_headers(make: Maker) -> Iterable[bytes]:
    for size in (998, 999, 10_000, 100_000):
        yield make.text(b"X-Long: " + b"v" * size)
    yield make.text(b"X-Folded: " + b"v\r\n " * 20_000)
    yield make.text(b"To: " + b", ".join(b"user%d@example.com" % number for number in range(5000)))
    yield make.text(b"X" * 5000 + b": long name")


def _huge_headers(make: Maker) -> Iterable[bytes]:
    yield make.text(b"X-Huge: " + b"v" * _MEBIBYTE)
    yield make.text(b"X-Huge: " + b"value\r\n\t" * (_MEBIBYTE // 8))
    yield make.text(*(b"X-Field-%d: %d" % (number, number) for number in range(10_000)))
    yield make.text(*(b"Received: from a by b; Mon, 1 Jul 2024 09:00:00 +0200" for _ in range(10_000)))


def _header_form(make: Maker) -> Iterable[bytes]:
    for line in (b"a line that is no field", b": no name", b"X-Blank : before the colon", b"X y: blank in the name", b"X-Empty:",
                 b"X-Tab\t: x", b"X-Control\x01: x", b"X-Value: a\x07\x1b[2Jb\x7f", b"\tcontinues",
                 b"X-Fold: a\r\n \r\n \t\r\n b", b"-----Original Message-----", b">From alice", b"X:y", b"{100}", b"Subject: again",
                 b"Content-Type: text/plain\r\nContent-Type: text/html"):
        yield make.text(line)
    yield b" begins with a blank\r\n" + make.text()
    yield CRLF + CRLF + make.text()


def _header_bytes(make: Maker) -> Iterable[bytes]:
    for text in ("Grüße".encode("latin-1"), "Grüße 日本".encode(), b"\x80\xff\xfe", "\ufeffSubject".encode(),
                 "件名".encode("shift-jis"), "제목".encode("euc-kr"), _BIDI.encode() + b"gpj.exe"):
        yield make.text(subject=text)
    yield make.text("X-Näme: x".encode(), "From: Jörg <jörg@exämple.com>".encode())
    yield make.text('Content-Disposition: attachment; filename="ü.txt"'.encode("latin-1"))


def _words(make: Maker) -> Iterable[bytes]:
    for word in (b"=?utf-8?B?w7w=?=", b"=?utf-8?B?w7", b"=?utf-8?Q?=GG=?=", b"=?no-such?Q?x?=", b"=??Q??=", b"=?utf-8?X?x?=", b"=?" * 5000,
                 b"=?utf-8?B?" + b"QUJD" * 500 + b"?=", b"=?utf-8?Q?a=0D=0ABcc:_x?=", b"=?utf-8?B?AA==?=", b"=?utf-8?Q?=E2=80=AE?=evil",
                 b"=?utf-8?B?w?= =?utf-8?B?7w=?=", b"=?iso-8859-1*en?Q?a?="):
        yield make.text(subject=word)


def _parameters(make: Maker) -> Iterable[bytes]:
    for value in (b"name*=utf-8''%FF%GG%", b"name*0*=a; name*2=c; name*0=b", b"name*=''; name=x", b"name*99999999999=x", b'name="a\\',
                  b";;;=;", b"name=a b c", b"name*0=" + b"x" * 2000, b'name="../../etc/passwd\x01"', b"name*=no-such'xx'%00", b"=x"):
        yield make.text(b"Content-Type: text/plain; " + value)
    for kind in (b"text", b"text/", b"/", b"*/*", b"text/plain/x", b"", b"text/plain charset=x", b"\xff/\xfe"):
        yield make.text(b"Content-Type: " + kind)


def _dates(make: Maker) -> Iterable[bytes]:
    for date in (b"", b"yesterday", b"32 Foo 2024 25:61:61 +9999", b"Mon, 1 Jul 0000 00:00:00 -0000", b"1 Jan 1970 00:00:00 GMT", b"1/7/24",
                 b"Fri, 31 Dec 9999 23:59:60 +1400", b"Mon,  1 Jul 24 9:0 (((comment", "2024年7月1日".encode(), b"9" * 500):
        yield make.text().replace(b"Mon, 1 Jul 2024 09:00:00 +0200", date)


def _message_ids(make: Maker) -> Iterable[bytes]:
    for line in (b"", b"Message-ID:\r\n", b"Message-ID: no brackets\r\n", b"Message-ID: <a@b> <c@d>\r\n",
                 b"Message-ID: <" + b"x" * 2000 + b">\r\n", b"Message-ID: <same@example.com>\r\n", b"Message-ID: <same@example.com>\r\n",
                 b"Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n"):
        yield b"From: alice@example.com\r\n" + line + b"Subject: " + make.word() + b"\r\n\r\ntext\r\n"
    yield from [make.text()] * 2  # the same bytes twice


def _addresses(make: Maker) -> Iterable[bytes]:
    for text in (b"undisclosed-recipients:;", b"a@b@c", b"@", b"<>", b"<<<a@b", b'"open <a@b>', b"a b c", b"group: a@b, c@d", b"," * 500,
                 b"a@[127.0.0.1]", b"(" * 3000, b"a@b; c@d", b'"\\', "jörg@exämple.com".encode(), b"a" * 2000 + b"@example.com",
                 b"@a,@b:c@d"):
        yield make.text(b"Cc: " + text, b"Reply-To: " + text)


# --- bytes -------------------------------------------------------------------------------------------------------------------------


def _nul(make: Maker) -> Iterable[bytes]:
    yield make.text(body=b"a \0 inside\r\n")
    yield make.text(b"X-Nul: \0")
    yield make.text(body=b"\0" * 5000 + CRLF)
    yield make.text() + b"\0"
    yield b"\0" + make.text()


def _line_ends(make: Maker) -> Iterable[bytes]:
    text = make.text(body=b"one\r\ntwo\r\nthree\r\n")
    yield text.replace(CRLF, b"\n")
    yield text.replace(CRLF, b"\r")
    yield text.replace(CRLF, b"\n\r")
    yield make.text(body=b"one\rtwo\r\r\nthree\nfour\r\n\n\r\r\r\n")
    yield make.head().replace(CRLF, b"\n") + b"\n" + b"text\r\n"
    yield make.head() + b"\n" + b"the empty line is LF alone\r\n"
    yield make.head() + b"\r" + b"the empty line is CR alone\r\n"


def _ends(make: Maker) -> Iterable[bytes]:
    for end in (b"", b"\r", b"\n", CRLF, CRLF * 2, CRLF * 500, b"\r\n\r", b"\x1a", b"\r\n.\r\n", b" ", b"\r\n ", b")\r\n",
                b"\r\nA0001 OK done\r\n"):
        yield make.text(body=b"text " + make.word() + end)
    yield make.head()
    yield make.head()[:-2]
    yield make.head() + CRLF


def _not_mail(make: Maker) -> Iterable[bytes]:
    yield from (b"\r\n", b"\n", b"x", b"\r\n\r\n", b":", b"From ", b" ")
    yield b"only a body " + make.word() + b"\r\nof two lines\r\n"
    yield CRLF + b"only a body, behind its empty line " + make.word() + CRLF
    yield b"%PDF-1.4\r\n" + make.random.randbytes(3000).replace(b"\0", b"\x01")
    yield b"<html><body>" + make.word() + b"</body></html>"


def _mbox(make: Maker) -> Iterable[bytes]:
    line = b"From alice@example.com Mon Jul  1 09:00:00 2024\r\n"
    yield line + make.text()
    yield line + line + make.text()
    yield b">" + line + make.text()
    yield make.text(body=b"text\r\n\r\n" + line + make.text())
    yield make.text(body=b"From here\r\n>From there\r\n>>From far\r\n")


def _dots(make: Maker) -> Iterable[bytes]:
    yield make.text(body=b".\r\n..\r\n...\r\n. \r\n")
    yield make.text(body=b"* BYE\r\n* 1 EXPUNGE\r\nA0001 OK {3}\r\n+ go on\r\n{4294967295}\r\n")


def _long_lines(make: Maker) -> Iterable[bytes]:
    for size in (998, 999, 9_900, 65_536, _MEBIBYTE):
        yield make.text(body=b"x" * size + CRLF)
    yield make.text(body=b"x" * _MEBIBYTE)


def _other_bytes(make: Maker) -> Iterable[bytes]:
    text = "Subject: " + make.word().decode() + "\r\n\r\ntext\r\n"
    yield text.encode("utf-16")
    yield text.encode("utf-16-be")
    yield text.encode("utf-8-sig")
    yield make.text(body=bytes(byte for byte in range(1, 256) if byte not in b"\r\n") + CRLF)
    yield make.text(body=b"\x1b[2J\x1b]0;title\x07\x08\x08\x0b\x0c\x7f\x9b31m\r\n")
    yield make.random.randbytes(20_000)


def _sizes(make: Maker) -> Iterable[bytes]:
    for boundary in _BOUNDARIES:
        for size in (boundary - 1, boundary, boundary + 1):
            yield make.of_size(size)


# What a report shows of a message: sender and subject.
def _for_reports(make: Maker) -> Iterable[bytes]:
    for subject in (b"\x1b[31mred\x1b]8;;http://example.com\x07", b'<script>alert(1)</script><img src=x onerror="alert(1)">',
                    b"=1+1", b"@SUM(1)", b'=HYPERLINK("http://example.com")', b"-2+3", b"+1", b"\t=1", b'a","b',
                    b"{{7*7}} ${x} %s %n", _BIDI.encode()):
        yield make.text(b"X-NUL-for-refusal: \0", subject=subject)


CLASSES: dict[str, Callable[[Maker], Iterable[bytes]]] = {
    "structure of MIME": _structure, "boundaries": _boundaries, "deep nesting": _deep, "transfer encodings": _encodings,
    "charsets": _charsets, "messages in messages": _forwarded, "delivery reports": _reports, "old attachments": _old_attachments,
    "long header lines": _long_headers, "huge headers": _huge_headers, "form of the header": _header_form,
    "8-bit headers": _header_bytes, "encoded words": _words, "parameters": _parameters, "dates": _dates, "Message-ID": _message_ids,
    "addresses": _addresses, "NUL": _nul, "line ends": _line_ends, "ends": _ends, "no mail at all": _not_mail, "mbox lines": _mbox,
    "dots and IMAP": _dots, "long lines": _long_lines, "other bytes": _other_bytes, "sizes": _sizes, "meant for reports": _for_reports,
    "empty": lambda _: [b""],
}


def malformed_messages(seed: int = 1) -> list[Malformed]:
    """All of them, class by class. A class's messages do not depend on the others."""
    return [Malformed(kind, body) for number, (kind, make) in enumerate(CLASSES.items())
            for body in make(Maker(seed * 1000 + number))]


def _write_files(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(malformed_messages()):
        (folder / f"{number:03} {message.kind}.eml").write_bytes(message.body)


if __name__ == "__main__":
    _write_files(Path(sys.argv[1]))
