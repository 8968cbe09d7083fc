"""The end of a recording, for connections that have none."""

import signal
import threading
import time
import unittest

from harness import TIMEOUT, Case, Origin, answering, has_signal, read_head, wait_for

DRAIN = 3.0


class Deadline(Case):
    """They never fall silent, so that nothing but the time that --drain gives can end them."""

    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.received = 0
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def babble(self, connection):
        while not self.over.is_set():
            connection.sendall(b"x" * 1000)
            time.sleep(0.005)

    def read(self, connection):
        try:
            while piece := connection.recv(65536):
                self.received += len(piece)
        except OSError:
            pass  # it is cut with a reset

    def stop_while(self, client, *signals):
        """How long it takes while `client` receives."""
        reader = threading.Thread(target=self.read, args=(client,))
        reader.start()
        wait_for(lambda: self.received > 10_000, "traffic")
        began = time.monotonic()
        for number in signals:
            self.recorder.process.send_signal(number)
            # Those of one kind that come before it is taken are one.
            wait_for(lambda number=number: not has_signal(self.recorder.process.pid, "ShdPnd", number), "the signal to be taken")
        self.assertEqual(self.recorder.process.wait(TIMEOUT), 0, self.recorder.stderr())
        took = time.monotonic() - began
        reader.join()
        client.close()
        return took

    def expect_record(self, kind):
        check = self.run_program("mitm-dump", "-r", self.archive, "--check")
        self.assertEqual(check.returncode, 0, (check.stdout, check.stderr))
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["kind"], flow["complete"], flow["error"]["kind"]), (kind, False, "aborted"))
        # What was relayed until then is there.
        self.assertGreaterEqual(int(flow["bytes"]["received"]), self.received)

    def endless_answer(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
            self.babble(connection)

        origin = Origin(self, serve)
        self.recorder = self.record("-w", self.archive, "--drain", DRAIN)
        client = self.recorder.connect()
        client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, origin.port))
        read_head(client)
        return client

    def test_an_answer_that_never_ends_is_cut_at_the_deadline_and_recorded_so_far(self):
        took = self.stop_while(self.endless_answer(), signal.SIGTERM)
        self.assertGreaterEqual(took, DRAIN)
        self.assertLess(took, TIMEOUT / 2)
        self.expect_record("http")

    def test_a_tunnel_of_bytes_that_never_ends_too(self):
        origin = Origin(self, self.babble)
        self.recorder = self.record("-w", self.archive, "--drain", DRAIN)
        took = self.stop_while(self.recorder.tunnel("127.0.0.1", origin.port), signal.SIGTERM)
        self.assertGreaterEqual(took, DRAIN)
        self.assertLess(took, TIMEOUT / 2)
        self.expect_record("tcp")

    def test_timeout_which_signals_twice_ends_it_as_one_signal_does(self):
        origin = Origin(self, answering(b"HTTP/1.1 204 No Content\r\n\r\n"))
        self.recorder = self.record("-w", self.archive, prefix=["timeout", "--signal=INT", str(2 * TIMEOUT)])
        with self.recorder.connect() as client:
            client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, origin.port))
            read_head(client)
        self.recorder.process.send_signal(signal.SIGINT)
        self.assertEqual(self.recorder.process.wait(TIMEOUT), 0, self.recorder.stderr())
        (flow,) = self.dump("-r", self.archive)
        self.assertTrue(flow["complete"])

    def test_files_are_not_opened_again_meanwhile(self):
        took = self.stop_while(self.endless_answer(), signal.SIGTERM, signal.SIGHUP, signal.SIGHUP)
        self.assertGreaterEqual(took, DRAIN)
        self.assertNotIn(f"goes on in {self.archive}", self.recorder.stderr())
        self.assertEqual(self.recorder.stderr().count("SIGHUP: the recording is being closed already"), 2)
        self.expect_record("http")


if __name__ == "__main__":
    unittest.main()
