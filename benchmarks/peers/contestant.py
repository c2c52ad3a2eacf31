# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A program that answers requests about layers, from the side of who asks."""
import ctypes
import json
import os
import pathlib
import select
import signal
import subprocess

# Seconds that an answer may take; compiling a set of layers takes longest.
LIMIT = 600
# Of prctl in the C library.
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def end_with_parent():
    """A stopped program does not see that who asks has gone."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Failure(Exception):
    """What was asked for was not done; says why."""


class Contestant:
    """A program at work. Between requests that are timed it is stopped, so that
    threads that wait for work without sleeping disturb nobody."""

    def __init__(self, command, log):
        self.log = log
        self.received = b""
        try:
            with open(log, "w", encoding="utf-8") as errors:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=errors, bufsize=0,
                    preexec_fn=end_with_parent)
        except OSError as error:
            raise Failure(f"cannot be started: {error}") from error

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def last_words(self):
        lines = pathlib.Path(self.log).read_text(
            encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()),
                    "nothing on its standard error")

    def ask(self, do, **arguments):
        """The answer to a request."""
        self.process.send_signal(signal.SIGCONT)
        line = json.dumps({"do": do, **arguments}).encode() + b"\n"
        try:
            self.process.stdin.write(line)
        except OSError:
            pass  # It has ended, as reading its answer tells.
        try:
            answer = json.loads(self.read_line())
        except ValueError as error:
            raise Failure(f"answered no JSON: {error}") from error
        if "error" in answer:
            # One line, as it becomes part of a table.
            raise Failure(" ".join(answer["error"].split()))
        return answer

    def read_line(self):
        descriptor = self.process.stdout.fileno()
        while b"\n" not in self.received:
            if not select.select([descriptor], [], [], LIMIT)[0]:
                self.process.kill()
                raise Failure(f"no answer in {LIMIT} seconds")
            part = os.read(descriptor, 1 << 16)
            if not part:
                status = self.process.wait()
                how = (f"signal {signal.Signals(-status).name}" if status < 0
                       else f"exit status {status}")
                raise Failure(f"ended with {how}: {self.last_words()}")
            self.received += part
        line, self.received = self.received.split(b"\n", 1)
        return line

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def processor_time(self):
        """Seconds that its threads computed, and that they were ready to but
        waited for a core."""
        computed = waited = 0
        for path in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            try:
                fields = path.read_text(encoding="ascii").split()
            except OSError:
                continue  # This thread has just ended.
            computed += int(fields[0]) * 1e-9
            waited += int(fields[1]) * 1e-9
        return computed, waited

    def time(self, seconds):
        """One repetition of calls that take about `seconds` together: the
        seconds of a call, and the cores that computed and were waited for
        meanwhile, on average."""
        self.ask("warm", seconds=seconds / 2)
        computed, waited = self.processor_time()
        answer = self.ask("time", seconds=seconds)
        computed_after, waited_after = self.processor_time()
        self.pause()
        total = answer["seconds"]
        return {"seconds": total / answer["calls"], "calls": answer["calls"],
                "computing": (computed_after - computed) / total,
                "waiting": (waited_after - waited) / total}
