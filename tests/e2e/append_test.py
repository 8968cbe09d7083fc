"""mitm-record --append: what was recorded before stays, whatever became of it."""

import os
import signal
import unittest

from harness import Case, Origin, answering, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Appending(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.torn = self.archive + ".torn"
        self.origin = Origin(self, answering(OK))

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def write(self, path, content):
        with open(path, "wb") as file:
            file.write(content)

    def fetch(self, recorder, name):
        result = self.curl(recorder, f"http://127.0.0.1:{self.origin.port}/{name}")
        self.assertEqual(result.stdout, b"hello", result.stderr)

    def append(self, *names):
        """Records a further run; what it said."""
        recorder = self.record("-w", self.archive, "--append")
        for name in names:
            self.fetch(recorder, name)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        return recorder.stderr()

    def names(self, *flags, status=0):
        result = self.run_program("mitm-dump", "-r", self.archive, "-o", "ndjson", *flags)
        self.assertEqual(result.returncode, status, result.stderr)
        return [line.split(b'"url":"')[1].split(b'"')[0].rpartition(b"/")[2].decode() for line in result.stdout.splitlines()]

    def killed_run(self, *names):
        recorder = self.record("-w", self.archive)
        for name in names:
            self.fetch(recorder, name)
        wait_for(lambda: self.has_flows(len(names)), "the flows to be flushed")
        recorder.process.send_signal(signal.SIGKILL)
        recorder.process.wait()

    def has_flows(self, count):
        return self.run_program("mitm-dump", "-r", self.archive, "-q").stdout.count(b"\n") >= count

    def test_a_missing_and_an_empty_file_are_begun(self):
        self.append("a")
        self.assertEqual(self.names(), ["a"])
        self.write(self.archive, b"")
        self.append("b")
        self.assertEqual(self.names(), ["b"])

    def test_runs_follow_one_another(self):
        self.append("a", "b")
        before = self.read(self.archive)
        self.assertNotIn("warning", self.append("c"))
        self.append("d")
        self.assertTrue(self.read(self.archive).startswith(before))
        self.assertEqual(self.names(), ["a", "b", "c", "d"])
        self.assertEqual(len({flow["run"] for flow in self.dump("-r", self.archive)}), 3)

    def test_a_killed_run_is_closed_and_loses_nothing(self):
        self.killed_run("a", "b")
        before = self.read(self.archive)
        said = self.append("c")
        self.assertIn(f"warning: {self.archive}: the recording was not closed; its last ", said)
        self.assertIn(f" are in {self.torn}\n", said)
        self.assertEqual(self.names(), ["a", "b", "c"])
        self.assertTrue(before.endswith(self.read(self.torn)))
        self.assertEqual(os.stat(self.torn).st_mode & 0o777, 0o600)

    def test_a_torn_end_is_cut_off_and_kept_and_never_overwritten(self):
        self.killed_run("a", "b")
        for name in ("c", "d"):
            content = self.read(self.archive)
            self.write(self.archive, content[:-7])
            expected = self.names(status=3)
            self.append(name)
            self.assertEqual(self.names(), expected + [name])
        self.assertTrue(os.path.exists(self.torn))
        self.assertTrue(os.path.exists(self.torn + ".1"))

    def test_what_is_no_recording_is_refused_and_untouched(self):
        self.write(self.archive, b"precious notes, and more of them\n" * 100)
        result = self.run_program("mitm-record", "-l", "0", "-w", self.archive, "--append")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(f"error: {self.archive}: not a mitmkit archive".encode(), result.stderr)
        self.assertEqual(self.read(self.archive), b"precious notes, and more of them\n" * 100)

    def test_two_writers_are_refused(self):
        first = self.record("-w", self.archive)
        self.fetch(first, "a")
        result = self.run_program("mitm-record", "-l", "0", "-w", self.archive, "--append")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(f"error: {self.archive}: in use by another mitm-record".encode(), result.stderr)
        self.assertEqual(first.stop(), 0)
        self.assertEqual(self.names(), ["a"])

    def test_damage_in_the_middle_is_left_alone(self):
        self.append("a")
        middle = os.path.getsize(self.archive) // 2
        self.append("b")
        content = bytearray(self.read(self.archive))
        content[middle] ^= 1
        self.write(self.archive, bytes(content))
        self.assertRegex(self.append("c"), r"warning: .*: \d+ bytes skipped at byte \d+\n")
        self.assertTrue(self.read(self.archive).startswith(bytes(content)))
        self.assertEqual(self.names(status=3)[-2:], ["b", "c"])

    def test_a_command_that_does_not_start_costs_nothing(self):
        self.killed_run("a")
        before = self.read(self.archive)
        result = self.run_program("mitm-record", "-w", self.archive, "--append", "--", "/no/such/command")
        self.assertEqual(result.returncode, 127)
        self.assertEqual(self.read(self.archive), before)
        self.assertFalse(os.path.exists(self.torn))

    def test_a_device_is_refused(self):
        result = self.run_program("mitm-record", "-l", "0", "-w", "/dev/null", "--append")
        self.assertEqual(result.returncode, 2, result.stderr)

    def test_joined_recordings_are_appended_to(self):
        self.append("a")
        first = self.read(self.archive)
        os.unlink(self.archive)
        self.append("b")
        self.write(self.archive, first + self.read(self.archive))
        self.append("c")
        self.assertEqual(self.names(), ["a", "b", "c"])


if __name__ == "__main__":
    unittest.main()
