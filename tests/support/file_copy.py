# SPDX-License-Identifier: Apache-2.0
"""godwit copy from or to files: nobody logs in there."""
from __future__ import annotations

import subprocess
from pathlib import Path

from copy_case import ALICE, PASSWORD
from godwit import Copy, Outcome, finish
from servers import Dovecot


class FileCopy(Copy):
    """A copy with a password only for the side that has a server."""

    def _passwords(self) -> list[tuple[str, str]]:
        urls = {"source": self.source_url, "target": self.target_url}
        return [(side, password) for side, password in super()._passwords() if "//" in urls[side]]

    def verify(self, *more: str) -> Outcome:
        """godwit verify of what was copied."""
        command = [word if word != "copy" else "verify" for word in self.command(*more)]
        return finish(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))


def copy_to_server(url: str, target: Dovecot, folder: Path) -> FileCopy:
    """From files to ALICE's account."""
    return FileCopy(url, target.url(ALICE), "", PASSWORD, folder)


def copy_from_server(source: Dovecot, url: str, folder: Path) -> FileCopy:
    """From ALICE's account to files."""
    return FileCopy(source.url(ALICE), url, PASSWORD, "", folder)
