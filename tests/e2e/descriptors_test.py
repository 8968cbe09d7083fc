"""mitm-record with few file descriptors: nobody who was let in fails for want of one."""

import concurrent.futures
import os
import resource
import ssl
import subprocess
import threading
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, program, read_all, read_head, wait_for
from tls_client import TlsClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


class Few(Case):
    """With a limit so low that a crowd has to queue."""

    LIMIT = 64
    CLIENTS = 200

    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def start(self, *arguments):
        self.recorder = self.record("-w", self.archive, "--threads", "2", *arguments,
                                    prefix=["prlimit", f"--nofile={self.LIMIT}:{self.LIMIT}"])

    def crowd(self, client):
        """What `client(connection, number)` gets on as many threads as there are clients, all at once."""
        barrier = threading.Barrier(self.CLIENTS)

        def one(number):
            barrier.wait(TIMEOUT)
            return self.recorder.talk(lambda connection: client(connection, number))

        with concurrent.futures.ThreadPoolExecutor(self.CLIENTS) as pool:
            return list(pool.map(one, range(self.CLIENTS)))

    def finish(self):
        self.assertEqual(self.recorder.stop(), 0, self.recorder.stderr())
        said = self.recorder.stderr()
        self.assertIn(f"warning: no more than {self.LIMIT} file descriptors may be open", said)
        self.assertEqual(said.count("file descriptors that there are for them; new ones wait until others end"), 1, said)
        self.assertIn("hint: raise the hard limit", said)
        self.assertNotIn("error:", said)
        flows = [flow for flow in self.dump("-r", self.archive) if flow["request"]]
        self.assertEqual(len(flows), self.CLIENTS)
        for flow in flows:
            self.assertTrue(flow["complete"], flow)
            self.assertEqual(flow["response"]["status"], 200)
        self.assertEqual(sorted(int(flow["request"]["url"].rpartition("/")[2]) for flow in flows), list(range(self.CLIENTS)))

    def test_plain_requests_at_once_are_all_served(self):
        origin = Origin(self, answering(OK))
        self.start()

        def client(connection, number):
            connection.sendall(b"GET http://127.0.0.1:%d/%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, number, origin.port))
            return read_all(connection)

        self.assertEqual(set(self.crowd(client)), {OK})
        self.finish()

    def test_tls_tunnels_by_name_at_once_are_all_served(self):
        pki = Pki(self)
        origin = Origin(self, answering(OK), pki.context())
        self.start("--upstream-ca", pki.ca)
        context = ssl.create_default_context(cafile=self.ca)

        def client(connection, number):
            connection.sendall(b"CONNECT localhost:%d HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (origin.port, origin.port))
            if not read_head(connection).startswith(b"HTTP/1.1 200 "):
                return b""
            secure = TlsClient(connection, self.ca, context=context)
            secure.finish_handshake()
            secure.send(b"GET /%d HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (number, origin.port))
            return b"".join(iter(secure.receive, b""))

        self.assertEqual(set(self.crowd(client)), {OK})
        self.finish()


class Limits(Case):
    """The limit itself, and who gets which."""

    def limits_of(self, pid):
        return resource.prlimit(pid, resource.RLIMIT_NOFILE)

    def test_the_limit_is_raised_for_the_recorder_alone(self):
        recorder = self.record("-w", self.path("a.flowz"), prefix=["prlimit", "--nofile=512:4096"])
        self.assertEqual(self.limits_of(recorder.process.pid), (4096, 4096))
        self.assertEqual(recorder.stop(), 0)
        self.assertNotIn("warning", recorder.stderr())

    def test_a_command_has_the_limits_of_whoever_started_the_recorder(self):
        command = ["prlimit", "--nofile=512:4096", program("mitm-record"), "-q", "-w", self.path("a.flowz"), "--",
                   "sh", "-c", "ulimit -Sn; ulimit -Hn"]
        result = subprocess.run(command, env=self.env, capture_output=True, timeout=TIMEOUT, check=False)
        self.assertEqual((result.returncode, result.stdout.split()), (0, [b"512", b"4096"]), result.stderr)

    def test_a_post_rotate_command_has_them_too(self):
        script = self.path("script")
        with open(script, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n"  # the limits are set a moment after it was started
                       "i=0; while [ \"$(ulimit -Sn)\" != 512 ] && [ $((i += 1)) -lt 600 ]; do sleep 0.1; done\n"
                       f"(ulimit -Sn; ulimit -Hn) >{self.path('limits')}\n")
        os.chmod(script, 0o700)
        recorder = self.record("-w", self.path("a.flowz"), "-C", "1", "-z", script, prefix=["prlimit", "--nofile=512:4096"])
        self.assertEqual(recorder.stop(), 0)
        with open(self.path("limits"), encoding="ascii") as file:
            self.assertEqual(file.read().split(), ["512", "4096"])

    def test_tunnels_that_stay_open_take_two_each_of_all_that_there_are(self):
        origin = Origin(self, lambda connection: connection.recv(1))
        recorder = self.record("-w", self.path("a.flowz"), "--threads", "2", prefix=["prlimit", "--nofile=1024:1024"])
        tunnels = [recorder.tunnel("127.0.0.1", origin.port) for _ in range(440)]
        self.assertNotIn("warning", recorder.stderr())
        # The last ones wait, and what is open goes on.
        late = [recorder.connect() for _ in range(40)]
        for client in late:
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % origin.port)
        wait_for(lambda: "new ones wait until others end" in recorder.stderr(), "the warning")
        for tunnel in tunnels:
            tunnel.close()
        for client in late:
            self.assertEqual(read_head(client)[:12], b"HTTP/1.1 200")
            client.close()
        self.assertEqual(recorder.stop(), 0)
        self.assertNotIn("error", recorder.stderr())

    def test_where_no_limit_is_reached_nothing_is_said(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.path("a.flowz"), prefix=["prlimit", "--nofile=1024:1024"])
        clients = [recorder.connect() for _ in range(200)]
        for client in clients:
            client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, origin.port))
        for client in clients:
            self.assertEqual(read_all(client), OK)
            client.close()
        self.assertEqual(recorder.stop(), 0)
        self.assertNotIn("warning", recorder.stderr())


if __name__ == "__main__":
    unittest.main()
