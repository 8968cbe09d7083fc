"""mitm-ca doctor is interrupted: what it started and wrote is gone."""

import os
import signal
import subprocess
import time
import unittest

from ca_case import Case

# Never connects, and has a child of its own.
CLIENT = """#!/bin/sh
echo $$ >"$PIDS"
sleep 600 &
echo $! >>"$PIDS"
wait
"""


def runs(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Interrupt(Case):
    def setUp(self):
        super().setUp()
        self.succeed("init")
        self.programs, self.temporary = self.folder / "programs", self.folder / "tmp"
        self.programs.mkdir()
        self.temporary.mkdir()
        (self.programs / "curl").write_text(CLIENT)
        (self.programs / "curl").chmod(0o755)

    def interrupt(self, number):
        pids = self.folder / "pids"
        pids.write_text("")
        environment = {**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}", "PIDS": str(pids),
                       "TMPDIR": str(self.temporary), "HOME": str(self.folder)}
        doctor = subprocess.Popen(self.command("doctor", "--client", "curl"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + 60
        while len(pids.read_text().split()) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        started = pids.read_text().split()
        self.assertEqual(len(started), 2)
        self.assertNotEqual(os.listdir(self.temporary), [])
        doctor.send_signal(number)
        output, errors = doctor.communicate(timeout=60)
        self.assertEqual(doctor.returncode, 128 + number, errors)
        self.assertEqual(output, b"")
        while any(map(runs, started)) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse(any(map(runs, started)))
        self.assertEqual(os.listdir(self.temporary), [])

    def test_by_ctrl_c(self):
        self.interrupt(signal.SIGINT)

    def test_by_kill(self):
        self.interrupt(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
