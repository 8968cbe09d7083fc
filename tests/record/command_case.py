"""What the tests of mitm-record -- COMMAND share."""

import os
import subprocess

from harness import Case, TIMEOUT, kill_session, program

RECORD = program("mitm-record")


def state(pid):
    """'T' is stopped; '' is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


class CommandCase(Case):
    def setUp(self):
        super().setUp()
        self.env["TMPDIR"] = self.path("tmp")
        os.mkdir(self.env["TMPDIR"])

    def left_over(self):
        return os.listdir(self.env["TMPDIR"])

    def start(self, *command, options=("-q",), **more):
        more.setdefault("stdout", subprocess.PIPE)
        process = subprocess.Popen([RECORD, *options, "--", *command], env=self.env, start_new_session=True, **more)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        kill_session(process.pid)
        process.wait()
        for stream in (process.stdout, process.stderr, process.stdin):
            if stream:
                stream.close()

    def run_command(self, *command, input=None, **more):
        stdin = None if input is None else subprocess.PIPE
        process = self.start(*command, stdin=stdin, stderr=subprocess.PIPE, **more)
        stdout, stderr = process.communicate(input, TIMEOUT)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def shell(self, script, **more):
        return self.run_command("sh", "-c", script, **more)
