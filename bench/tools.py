# SPDX-License-Identifier: Apache-2.0
"""How each measured program is called for one account. What it remembers between rounds lies in the account's state folder."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from servers import Dovecot

PASSWORD = "bench"


@dataclass(frozen=True)
class Side:
    """A server and the port that it is reached at, which may be a relay's."""

    server: Dovecot
    port: int


@dataclass(frozen=True)
class Job:
    """One account to move: who, and where the tool may keep its state."""

    source_user: str
    target_user: str
    state: Path


class _PerAccount:
    """A tool that moves one account with each command."""

    def commands(self, jobs: list[Job], source: Side, target: Side, parallel: int) -> list[list[str]]:
        """`parallel` of them run at once."""
        del parallel  # the launcher keeps to it
        return [self.command(job, source, target) for job in jobs]

    def command(self, job: Job, source: Side, target: Side) -> list[str]:
        """For one account."""
        raise NotImplementedError


class Floor(_PerAccount):
    """The minimal relay; measured with several numbers of connections, of which the best counts."""

    keeps_state = False

    def __init__(self, program: Path, connections: int, batch: int = 100) -> None:
        self.name = f"floor/{connections}"
        self._program, self._connections, self._batch = program, connections, batch

    def command(self, job: Job, source: Side, target: Side) -> list[str]:
        return [str(self._program), "127.0.0.1", str(source.port), job.source_user, PASSWORD,
                "127.0.0.1", str(target.port), job.target_user, PASSWORD, str(self._connections), str(self._batch)]


class Godwit(_PerAccount):
    """godwit copy, and for several accounts one godwit migrate. Without TLS, as all tools are measured."""

    name = "godwit"
    keeps_state = True

    def __init__(self, program: Path, before: tuple[str, ...] = ()) -> None:
        self._program, self._before = program, before

    def commands(self, jobs: list[Job], source: Side, target: Side, parallel: int) -> list[list[str]]:
        return [self._migrate(jobs, source, target, parallel)] if len(jobs) > 1 else super().commands(jobs, source, target, 1)

    def _migrate(self, jobs: list[Job], source: Side, target: Side, parallel: int) -> list[str]:
        folder = jobs[0].state
        sides = "".join(f'[{name}]\nhost = "127.0.0.1"\nport = {side.port}\nsecurity = "none"\n\n'
                        for name, side in (("source", source), ("target", target)))
        plan = folder / "godwit.toml"
        plan.write_text(f'[plan]\nname = "bench"\nledger = "{folder}/ledger"\n\n{sides}[accounts]\nfiles = "accounts.csv"\n')
        rows = "".join(f"{job.source_user},{PASSWORD},{job.target_user},{PASSWORD}\n" for job in jobs)
        accounts = folder / "accounts.csv"
        accounts.write_text("source_user,source_password,target_user,target_password\n" + rows)
        accounts.chmod(0o600)
        return [*self._before, str(self._program), "migrate", "--plan", str(plan), "--at-once", str(parallel), "--json"]

    def command(self, job: Job, source: Side, target: Side) -> list[str]:
        password = job.state / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        return [*self._before, str(self._program), "copy", source.server.url(job.source_user, port=source.port),
                target.server.url(job.target_user, port=target.port), "--source-password-file", str(password),
                "--target-password-file", str(password), "--ledger", str(job.state / "ledger"), "--plain-ok", "--json"]


class Mbsync(_PerAccount):
    """isync's mbsync, from IMAP to IMAP."""

    name = "mbsync"
    keeps_state = True

    def command(self, job: Job, source: Side, target: Side) -> list[str]:
        config = job.state / "mbsyncrc"
        stores = "".join(
            f"IMAPAccount {name}\nHost 127.0.0.1\nPort {side.port}\nUser {user}\nPass {PASSWORD}\nSSLType None\n"
            f"AuthMechs LOGIN\n\nIMAPStore {name}\nAccount {name}\n\n"
            for name, side, user in (("source", source, job.source_user), ("target", target, job.target_user)))
        config.write_text(stores + "Channel all\nFar :source:\nNear :target:\nPatterns *\nSync Pull\nCreate Near\nExpunge Near\n"
                          f"CopyArrivalDate yes\nSyncState {job.state}/state/\n")
        (job.state / "state").mkdir(exist_ok=True)
        return ["mbsync", "-q", "-c", str(config), "all"]


class Doveadm(_PerAccount):
    """dsync with the source over imapc. It writes into the target's storage itself, so only its way to the source is delayed."""

    name = "doveadm"
    keeps_state = True

    def command(self, job: Job, source: Side, target: Side) -> list[str]:
        options = {"imapc_host": "127.0.0.1", "imapc_port": source.port, "imapc_user": job.source_user,
                   "imapc_password": PASSWORD, "imapc_features": "rfc822.size fetch-headers", "mail_prefetch_count": 20}
        settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ["doveadm", "-c", str(target.server.places.folder / "dovecot.conf"), *settings,
                "backup", "-R", "-u", job.target_user, "imapc:"]
