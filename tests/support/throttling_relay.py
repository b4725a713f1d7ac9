# SPDX-License-Identifier: Apache-2.0
"""A relay on loopback in front of an IMAP server that has had enough now and then: it refuses connections beyond a number, answers
some commands itself with what throttling servers say, and ends some sessions. It notes who was told what, and when who logged in."""
from __future__ import annotations

import asyncio
import base64
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

BACK_OFF = 1.5  # seconds that REPLIES state
BACK_OFF_TEXT = f"Suggested Backoff Time: {BACK_OFF * 1000:.0f} milliseconds"
REPLIES = (
    "{tag} NO [LIMIT] Too many commands, slow down",
    "{tag} NO [UNAVAILABLE] Temporary authentication or storage failure",
    "{tag} NO [THROTTLED] Request is throttled. " + BACK_OFF_TEXT,
    "* BYE [UNAVAILABLE] Server is too busy, come back later",
    "{tag} NO [INUSE] Mailbox is in use",
    "* BYE Request is throttled. " + BACK_OFF_TEXT,
)
# What is refused at the login without a time is taken for a limit of connections, which has its own place here.
AT_LOGIN = tuple(number for number, reply in enumerate(REPLIES) if BACK_OFF_TEXT in reply)
_TROUBLED = re.compile(rb"(\S+) (?:(LOGIN) |(AUTHENTICATE) |LIST |STATUS |SELECT |EXAMINE |UID FETCH )", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")


@dataclass(frozen=True)
class Told:
    """A reply that was the relay's own."""

    user: str
    reply: int  # in REPLIES
    command: str
    time: float

    @property
    def states_back_off(self) -> bool:
        return BACK_OFF_TEXT in REPLIES[self.reply]


@dataclass
class _Session:
    server: asyncio.StreamWriter
    client: asyncio.StreamWriter
    user: str = ""
    was_troubled: bool = False
    between_answers: asyncio.Lock = field(default_factory=asyncio.Lock)


class ThrottlingRelay:
    """Listens on a free port and passes sessions on to `port`. Commands are troubled by `chance`: one of a session, behind which a client
    with commands under way would not read a second answer; and `per_user` of one user, so that everybody gets through in the end. Replies
    take turns. Usable as a context manager."""

    def __init__(self, port: int, seed: int, *, chance: float, per_user: int, connections: int) -> None:
        self._server_port = port
        self._random = Random(seed)
        self._chance = chance
        self._per_user = per_user
        self._connections = connections
        self._open = 0
        self._troubles: Counter[str] = Counter()
        self.told: list[Told] = []
        self.logins: list[tuple[str, float]] = []
        self.refused = 0  # connections
        self.most_open = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        listening = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        listening.wait()

    def __enter__(self) -> ThrottlingRelay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        listener = self._loop.run_until_complete(asyncio.start_server(self._connect, "127.0.0.1", 0, limit=1 << 20))
        self.port = int(listener.sockets[0].getsockname()[1])
        listening.set()
        self._loop.run_forever()
        listener.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if not await self._has_room():
            self.refused += 1
            client.write(b"* BYE [UNAVAILABLE] Too many simultaneous connections\r\n")
            await _close(client)
            return
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self._server_port, limit=1 << 20)
            session = _Session(server, client)
            await asyncio.wait([asyncio.ensure_future(self._pass_commands(reader, session)),
                                asyncio.ensure_future(_pass_answers(answers, session))], return_when=asyncio.FIRST_COMPLETED)
            await _close(server)
        except OSError:
            pass
        finally:
            self._open -= 1
            await _close(client)

    async def _has_room(self) -> bool:
        """Who has just closed a connection may open another: its end is seen in a moment."""
        for _ in range(50):
            if self._open < self._connections:
                return True
            await asyncio.sleep(0.01)
        return False

    async def _pass_commands(self, reader: asyncio.StreamReader, session: _Session) -> None:
        try:
            while line := await reader.readline():
                literal = _LITERAL.search(line)
                command = _TROUBLED.match(line)
                if command and not literal:
                    self._note_login(command, line, session)
                    if self._is_troubled(session):
                        if not await self._trouble(command, session):
                            return
                        continue
                session.server.write(line)
                if literal:
                    session.server.write(await reader.readexactly(int(literal[1])))
                await session.server.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass

    def _note_login(self, command: re.Match[bytes], line: bytes, session: _Session) -> None:
        words = line.split()
        if command[2]:
            session.user = words[2].strip(b'"').decode()
        elif command[3] and len(words) > 3:
            session.user = base64.b64decode(words[3]).split(b"\0")[1].decode()
        else:
            return
        self.logins.append((session.user, time.monotonic()))

    def _is_troubled(self, session: _Session) -> bool:
        is_hit = self._random.random() < self._chance
        return is_hit and not session.was_troubled and self._troubles[session.user] < self._per_user

    async def _trouble(self, command: re.Match[bytes], session: _Session) -> bool:
        """Answers in the server's place; False when that ended the session."""
        replies = AT_LOGIN if command[2] or command[3] else range(len(REPLIES))
        number = replies[sum(self._troubles.values()) % len(replies)]
        self._troubles[session.user] += 1
        session.was_troubled = True
        self.told.append(Told(session.user, number, command[0].decode().split(" ", 1)[1].strip(), time.monotonic()))
        reply = REPLIES[number].format(tag=command[1].decode()).encode() + b"\r\n"
        async with session.between_answers:
            session.client.write(reply)
            await session.client.drain()
        return not reply.startswith(b"* BYE")


async def _pass_answers(reader: asyncio.StreamReader, session: _Session) -> None:
    """A response with its literals at a time, so that the relay's own get between two of them."""
    try:
        while line := await reader.readline():
            async with session.between_answers:
                while literal := _LITERAL.search(line):
                    session.client.write(line)
                    session.client.write(await reader.readexactly(int(literal[1])))
                    line = await reader.readline()
                session.client.write(line)
                await session.client.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass


async def _close(writer: asyncio.StreamWriter) -> None:
    try:
        writer.close()
        await writer.wait_closed()
    except OSError:
        pass
