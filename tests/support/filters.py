# SPDX-License-Identifier: Apache-2.0
"""Filters of an account, through the sessions of adapters/sieve: tests/drivers/filters_driver."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from godwit import binary


def driver() -> Path:
    return Path(binary()).parent / "tests" / "drivers" / "filters_driver"


class Filters:
    """One session. Usable as a context manager."""

    def __init__(self, url: str, password: str = "", *, trust: str = "--plain", administrator: str = "") -> None:
        arguments = [str(driver()), url, trust, *([administrator] if administrator else [])]
        self._process = subprocess.Popen(arguments, env={**os.environ, "GODWIT_PASSWORD": password}, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        self.greeting: dict[str, Any] = self._answer()

    def __enter__(self) -> Filters:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def _answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def ask(self, what: str, **order: Any) -> Any:
        assert self._process.stdin and "error" not in self.greeting, self.greeting
        self._process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    # --- what tests want to know -----------------------------------------------------------------------------------------

    def changes(self, since: str = "") -> dict[str, Any]:
        answer: dict[str, Any] = self.ask("list", since=since)
        return answer

    def scripts(self) -> dict[str, str]:
        """Names with their texts."""
        names = [each["name"] for each in self.changes()["present"]]
        return {each["name"]: each["text"] for each in self.ask("fetch", names=names)}

    def active(self) -> list[str]:
        return [each["name"] for each in self.changes()["present"] if each["active"]]

    def versions(self) -> dict[str, str]:
        return {each["name"]: each["version"] for each in self.changes()["present"]}

    def put(self, *scripts: dict[str, Any]) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = self.ask("put", scripts=list(scripts))
        return answer


def script(name: str, text: str, *, active: bool = False) -> dict[str, Any]:
    """A new one, as put() takes it."""
    return {"uid": name, "text": text, "active": active}


def replacing(name: str, version: str, text: str, *, active: bool = False) -> dict[str, Any]:
    return {"uid": name, "name": name, "version": version, "text": text, "active": active}
