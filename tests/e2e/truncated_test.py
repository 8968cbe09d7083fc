"""A recording that somebody truncates while it is written, as logrotate's copytruncate does: noticed, told, counted, begun anew."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

from harness import TIMEOUT, Case, Origin, program, read_head, records_of, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
TOLD = "was truncated while it was written, and is begun anew: what it held is lost"
ON_ITS_WAY = re.compile(r"what it held is lost, and (\d+) records \((\d+) bytes\) that were on their way to it\n")
NOISE = os.urandom(1 << 16)


def for_ever(connection):
    while read_head(connection):
        connection.sendall(OK)


class Truncated(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.origin = Origin(self, for_ever)

    def start(self, *arguments):
        self.recorder = self.record("-w", self.archive, *arguments)

    def fetch(self, name):
        result = self.curl(self.recorder, f"http://127.0.0.1:{self.origin.port}/{name}")
        self.assertEqual(result.stdout, b"hello", result.stderr)

    def wait_for_flows(self, number):
        wait_for(lambda: len(self.dump("-r", self.archive)) == number, "the flows to be flushed")
        # That their connections were closed comes later.
        wait_for(self.all_are_closed, "the ends of their connections")

    def all_are_closed(self):
        opened, closed = (set(re.findall(rf"connection = (\d+),[^\n]* {kind} = ", records_of(self.archive)))
                          for kind in ("connectionOpened", "connectionClosed"))
        return bool(opened) and opened <= closed

    def truncate(self, size=0):
        os.truncate(self.archive, size)

    def wait_until_told(self, times=1):
        wait_for(lambda: self.recorder.stderr().count(TOLD) >= times, "the truncation to be noticed")

    def hang_up(self):
        said = "the recording goes on in "
        before = self.recorder.stderr().count(said)
        self.recorder.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.recorder.stderr().count(said) > before, said)

    def stop(self, status):
        """How many flows were recorded and lost."""
        self.assertEqual(self.recorder.stop(), status, self.recorder.stderr())
        text = self.recorder.stderr()
        self.assertIn("hint: let it be moved away before SIGHUP, without logrotate's copytruncate", text)
        self.assertNotIn("error", text)
        numbers = re.search(r"(\d+) flows recorded, 0 filtered out, 0 passed through, 0 failed before a request(?:, (\d+) lost)?; (\d+) seen", text)
        recorded, lost, seen = (int(number or 0) for number in numbers.groups())
        self.assertEqual(recorded + lost, seen, text)
        check = self.run_program("mitm-dump", "-r", self.archive, "--check")
        self.assertEqual(check.returncode, 0, (check.stdout, check.stderr))
        self.assertIn(b"was truncated while it was written", self.run_program("mitm-dump", "-r", self.archive).stderr)
        return recorded, lost

    def names(self):
        return [flow["request"]["url"].rpartition("/")[2] for flow in self.dump("-r", self.archive) if flow["complete"]]

    def test_what_was_flushed_alone_is_gone(self):
        for hangs_up in (True, False):
            self.start()
            for name in "abc":
                self.fetch(name)
            self.wait_for_flows(3)
            self.truncate()
            if hangs_up:
                self.hang_up()
                self.fetch("d")
            self.assertEqual(self.stop(0), (4 if hangs_up else 3, 0))
            self.assertEqual(self.names(), ["d"] if hangs_up else [])
            self.assertNotRegex(self.recorder.stderr(), ON_ITS_WAY)

    def test_what_comes_next_is_lost_and_counted_and_what_comes_later_is_there(self):
        for size, arguments in ((0, ()), (100, ("--append",))):
            self.start(*arguments)
            for name in "ab":
                self.fetch(name)
            self.wait_for_flows(2 if not arguments else 3)
            self.truncate(size)
            self.fetch("c")
            self.wait_until_told()
            self.fetch("d")
            self.assertEqual(self.stop(1), (3, 1))
            self.assertEqual(self.names(), ["d"])
            records, octets = ON_ITS_WAY.search(self.recorder.stderr()).groups()
            self.assertIn(f"({records} records, {octets} bytes): {self.archive} was truncated".encode(),
                          self.run_program("mitm-dump", "-r", self.archive).stderr)

    def test_a_flow_that_runs_meanwhile_is_damaged(self):
        for hangs_up in (False, True):
            enough = threading.Event()
            self.addCleanup(enough.set)

            def serve(connection, enough=enough):
                read_head(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                while not enough.is_set():
                    connection.sendall(NOISE)
                    time.sleep(0.001)

            origin = Origin(self, serve)
            self.start()
            answers = []
            client = threading.Thread(target=lambda: answers.append(self.curl(self.recorder, f"http://127.0.0.1:{origin.port}/long")))
            client.start()
            wait_for(lambda: os.path.getsize(self.archive) > 3 << 20, "much of the flow to be written")
            self.truncate()
            if hangs_up:
                self.hang_up()
            self.wait_until_told()
            wait_for(lambda: os.path.getsize(self.archive) > 1 << 20, "the flow to go on in the file")
            enough.set()
            client.join()
            self.assertGreater(len(answers[0].stdout), 4 << 20)
            self.fetch("after")
            self.assertEqual(self.stop(1), (1, 1))
            records, octets = (int(number) for number in ON_ITS_WAY.search(self.recorder.stderr()).groups())
            self.assertGreater(octets, records * 1000)
            self.assertEqual(self.names(), ["after"])
            (damaged,) = [flow for flow in self.dump("-r", self.archive) if not flow["complete"]]
            self.assertIn("recording-damaged", damaged["anomalies"])

    def test_copied_and_truncated_under_traffic(self):
        for hangs_up in (True, False):
            self.start()
            over = threading.Event()
            asked = {}

            def ask(label, over=over, asked=asked):
                connection = self.recorder.tunnel("127.0.0.1", self.origin.port)
                with connection:
                    asked[label] = 0
                    while not over.is_set():
                        connection.sendall(b"GET /%s-%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (label.encode(), asked[label]))
                        read_head(connection)
                        connection.recv(5)
                        asked[label] += 1

            def wait_for_more(asked=asked):
                before = [asked.get(label, 0) for label in "pqr"]
                wait_for(lambda: all(asked.get(label, 0) >= number + 2 for label, number in zip("pqr", before)), "more traffic")

            clients = [threading.Thread(target=ask, args=(label,)) for label in "pqr"]
            for client in clients:
                client.start()
            for times in range(1, 6):
                wait_for_more()
                copy = self.path(f"copy{times}")
                shutil.copyfile(self.archive, copy)
                self.truncate()
                if hangs_up:
                    self.hang_up()
                self.wait_until_told(times)
                if os.path.getsize(copy) > 0:  # nothing may have been flushed since the last time
                    self.assertIn(self.run_program("mitm-dump", "-r", copy).returncode, (0, 3))
            wait_for_more()
            over.set()
            for client in clients:
                client.join()
            recorded, lost = self.stop(1)
            self.assertEqual(recorded + lost, sum(asked.values()))
            self.assertEqual(self.recorder.stderr().count(TOLD), 5)
            names = self.names()
            self.assertEqual(len(set(names)), len(names))
            for label, number in asked.items():
                ours = sorted(int(name[2:]) for name in names if name[0] == label)
                self.assertEqual(ours, list(range(ours[0], number)))

    def test_who_follows_goes_on_with_it(self):
        self.start()
        with open(self.path("followed"), "wb") as out:
            follower = subprocess.Popen([program("mitm-dump"), "-f", "-r", self.archive, "-o", "ndjson"], env=self.env, stdout=out,
                                        stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: follower.poll() is None and follower.kill())
        self.fetch("a")
        wait_for(lambda: os.path.getsize(self.path("followed")) > 0, "the first flow")
        self.truncate()
        self.fetch("b")
        self.wait_until_told()
        self.fetch("c")
        self.assertEqual(self.stop(1), (2, 1))
        self.assertEqual(follower.wait(TIMEOUT), 3)
        with open(self.path("followed"), "rb") as out:
            lines = out.read().splitlines()
        self.assertIn(b"/a", lines[0])
        self.assertIn(b"/c", lines[-1])


if __name__ == "__main__":
    unittest.main()
