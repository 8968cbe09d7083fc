"""Reading a recording while it is being written."""

import os
import select
import subprocess
import unittest

from harness import TIMEOUT, Case, Origin, answering, program, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Reading(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def read_on(self, path, **options):
        reader = subprocess.Popen([program("mitm-dump"), "-q", "-t", "-r", path], env=self.env, stdout=subprocess.PIPE, **options)
        for cleanup in (reader.stdout.close, reader.wait, reader.kill):  # the last one comes first
            self.addCleanup(cleanup)
        return reader

    def shows_each_flow(self, recorder, reader):
        origin = Origin(self, answering(OK, OK))
        with recorder.connect() as client:
            for number in range(2):
                host = f"127.0.0.1:{origin.port}"
                client.sendall(f"GET http://{host}/{number} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                self.assertTrue(select.select([reader.stdout], [], [], TIMEOUT)[0])
                self.assertEqual(os.read(reader.stdout.fileno(), 1000), f"GET http://{host}/{number} 200\n".encode())

    def test_flows_are_read_from_a_pipe_that_stays_open(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        reader = self.read_on(pipe)
        recorder = self.record("-q", "-w", pipe)
        self.shows_each_flow(recorder, reader)
        self.assertEqual(recorder.stop(), 0)
        self.assertEqual((reader.stdout.read(), reader.wait(TIMEOUT)), (b"", 0))

    def test_a_file_is_followed_through_tail(self):
        recorder = self.record("-q", "-w", self.archive)
        tail = subprocess.Popen(["tail", "-c", "+1", "-f", self.archive], stdout=subprocess.PIPE)
        for cleanup in (tail.stdout.close, tail.wait, tail.kill):
            self.addCleanup(cleanup)
        self.shows_each_flow(recorder, self.read_on("-", stdin=tail.stdout))

    def test_a_file_is_read_while_it_is_written(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-q", "-w", self.archive)
        url = f"http://127.0.0.1:{origin.port}/"
        self.assertEqual(self.curl(recorder, url).stdout, b"hello")

        def shown():
            return self.run_program("mitm-dump", "-q", "-t", "-r", self.archive)

        wait_for(lambda: shown().stdout == f"GET {url} 200\n".encode(), "the flow in the file")
        self.assertEqual(shown().returncode, 3)
        recorder.stop()
        self.assertEqual(shown().returncode, 0)


if __name__ == "__main__":
    unittest.main()
