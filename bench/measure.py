# SPDX-License-Identifier: Apache-2.0
"""Runs commands, some at a time, and says what they cost; a process of its own, small on purpose.

A program's peak memory as the kernel counts it begins with that of the process which started it, so the harness, which holds
digests of whole mailboxes, must not start the tools itself. Standard input: {"commands": [[…]], "parallel": 4, "output": path,
"timeout": seconds, "environment": {…}}. Standard output: wall, user, system (seconds, sums), peak (KiB, the largest), statuses.
"""
import json
import os
import signal
import sys
import time


def start(command, output, environment):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        try:
            os.execvpe(command[0], command, environment)
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode())
        os._exit(127)
    return pid


def main():
    order = json.load(sys.stdin)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    environment = {**os.environ, **order["environment"]}
    running, statuses, timed_out = set(), [], False
    user = system = peak = 0

    def end(*_):
        nonlocal timed_out
        timed_out = True
        for pid in running:
            os.killpg(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.signal(signal.SIGTERM, end)
    signal.alarm(order["timeout"])
    waiting = list(reversed(order["commands"]))
    begin = time.monotonic()
    while running or (waiting and not timed_out):
        while waiting and len(running) < order["parallel"] and not timed_out:
            running.add(start(waiting.pop(), output, environment))
        pid, status, usage = os.wait4(-1, 0)
        running.discard(pid)
        statuses.append(os.waitstatus_to_exitcode(status))
        user, system, peak = user + usage.ru_utime, system + usage.ru_stime, max(peak, usage.ru_maxrss)
    wall = time.monotonic() - begin
    json.dump({"wall": wall, "user": user, "system": system, "peak": peak, "statuses": statuses, "timeout": timed_out},
              sys.stdout)


main()
