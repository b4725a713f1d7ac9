# SPDX-License-Identifier: Apache-2.0
"""Large mailboxes from a seed, written as Maildir files straight into a private server's mail folder."""
from __future__ import annotations

import base64
import math
import os
import random
from dataclasses import dataclass
from pathlib import Path

_KEYWORDS = ("$Forwarded", "$label1", "NonJunk")  # a, b and c in a Maildir file name
_FIRST_DATE = 1_600_000_000
_POOL_SIZE = 4 * 1024 * 1024
_LINE = 77  # 76 characters of base64 and LF


@dataclass(frozen=True)
class Mailbox:
    """What an account holds. Sizes are in bytes; `spread` is the sigma of the log-normal distribution, 0: all alike."""

    messages: int
    folders: int = 1
    size: int = 8 * 1024
    spread: float = 1.0
    seed: int = 1

    def write(self, mail_folder: Path, owner: tuple[int, int]) -> None:
        """Makes the account's Maildir++ tree."""
        writer = MaildirWriter(mail_folder, self, owner)
        for index in range(self.messages):
            writer.add(index % self.folders)
        writer.close()


class MaildirWriter:
    """Writes the messages of one account; it may be kept to add more later, as a person's mail goes on."""

    def __init__(self, mail_folder: Path, mailbox: Mailbox, owner: tuple[int, int]) -> None:
        self._random = random.Random(mailbox.seed)
        self._mailbox = mailbox
        self._owner = owner
        self._number = 0
        self._pool = base64.encodebytes(self._random.randbytes(_POOL_SIZE * 3 // 4))
        self._folders = [self._make_folder(mail_folder, index) for index in range(mailbox.folders)]
        self._own(mail_folder.parent)
        self._own(mail_folder)

    def add(self, folder: int) -> None:
        """One more message, newer than all before it. Dovecot reads size and size with CRLF from the name, flags behind ':2,'."""
        self._number += 1
        head, blocks = self._message()
        size = len(head) + sum(len(block) for block in blocks)
        lines = head.count(b"\n") + sum(len(block) // _LINE for block in blocks)
        date = _FIRST_DATE + 60 * self._number
        name = f"{date}.M{self._number:06d}P1.bench,S={size},W={size + lines}:2,{self._flags()}"
        path = self._folders[folder] / "cur" / name
        with open(path, "wb", buffering=0) as file:
            file.write(head)
            for block in blocks:
                file.write(block)
            os.fchown(file.fileno(), *self._owner)
        os.utime(path, (date, date))

    def close(self) -> None:
        """Frees the text that bodies are cut from."""
        self._pool = b""

    def _make_folder(self, mail_folder: Path, index: int) -> Path:
        folder = mail_folder if index == 0 else mail_folder / f".Folder {index:02d}"
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
            self._own(folder / part)
        self._own(folder)
        (folder / "dovecot-keywords").write_text("".join(f"{i} {word}\n" for i, word in enumerate(_KEYWORDS)))
        self._own(folder / "dovecot-keywords")
        return folder

    def _own(self, path: Path) -> None:
        os.chown(path, *self._owner)

    def _flags(self) -> str:
        """Most mail is read, some of it answered or flagged, a little has a keyword; sorted as Maildir asks for."""
        chosen = [flag for flag, share in (("F", 0.05), ("R", 0.2), ("S", 0.9)) if self._random.random() < share]
        if self._random.random() < 0.05:
            chosen.append(self._random.choice("abc"))
        return "".join(chosen)

    def _message(self) -> tuple[bytes, list[bytes]]:
        """Head and blocks of the body: whole lines of base64."""
        number, box = self._number, self._mailbox
        head = (f"Return-Path: <sender{number % 97}@example.org>\n"
                f"Received: from mail.example.org (mail.example.org [192.0.2.{number % 250}])\n"
                f"\tby mail.example.com with ESMTPS id {box.seed:x}{number:x};\n\tMon, 14 Sep 2020 12:00:00 +0000\n"
                f"From: Sender {number % 97} <sender{number % 97}@example.org>\nTo: Person <person@example.com>\n"
                f"Subject: Message {number} of the work\nDate: Mon, 14 Sep 2020 12:00:00 +0000\n"
                f"Message-ID: <{box.seed:x}.{number}@example.org>\nMIME-Version: 1.0\n"
                f"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n").encode()
        wanted = box.size * math.exp(self._random.gauss(0, box.spread)) if box.spread else box.size
        lines = max(1, int((wanted - len(head)) / _LINE))
        return head, self._body(lines)

    def _body(self, lines: int) -> list[bytes]:
        blocks = []
        pool_lines = len(self._pool) // _LINE
        while lines > 0:
            part = min(lines, pool_lines // 2)
            begin = self._random.randrange(pool_lines - part + 1) * _LINE
            blocks.append(self._pool[begin:begin + part * _LINE])
            lines -= part
        return blocks
