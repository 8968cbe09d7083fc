"""Peers that are slow, or do not come to an end."""

import os
import socket
import ssl
import threading
import time
import unittest

from harness import Case, Origin, Pki, read_all, read_head, run, wait_for
from process import peak_memory

MUCH = 128 << 20
MOST_MEMORY = 64 << 20
BLOCK = os.urandom(1 << 20)


class Times(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)
        self.recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca)

    def through_tls(self, origin):
        """A client's TLS connection to the origin, through the recorder."""
        context = ssl.create_default_context(cafile=self.ca)
        return context.wrap_socket(self.recorder.tunnel("localhost", origin.port), server_hostname="localhost")

    def end(self, body, side):
        memory = peak_memory(self.recorder.process.pid)
        self.assertLess(memory, MOST_MEMORY)
        self.assertEqual(self.recorder.stop(), 0)
        (flow,) = self.dump("-r", self.archive)
        self.assertTrue(flow["complete"])
        self.assertEqual(self.body(self.archive, flow["id"], side), body)
        print(f"{self.id().split('.')[-1]}: peak memory {memory / 2**20:.1f} MiB")

    def test_a_slow_reader_of_a_fast_server_gets_everything(self):
        body = BLOCK * (MUCH // len(BLOCK))

        def send(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            connection.sendall(body)

        origin = Origin(self, send, self.pki.context())
        with self.through_tls(origin) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            read_head(client)
            got = bytearray()
            while len(got) < len(body):
                got += client.recv(1 << 18)
                if len(got) < 4 << 20:
                    time.sleep(0.02)
            self.assertEqual(bytes(got), body)
        self.end(body, "response")

    def test_a_slow_reading_server_of_a_fast_client_gets_everything(self):
        body = BLOCK * (MUCH // len(BLOCK))
        received = bytearray()

        def receive(connection):
            read_head(connection)
            while len(received) < len(body):
                received.extend(connection.connection.recv(1 << 18))
                if len(received) < 4 << 20:
                    time.sleep(0.02)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        origin = Origin(self, receive, self.pki.context())
        with self.through_tls(origin) as client:
            client.sendall(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
            client.sendall(body)
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(bytes(received), body)
        self.end(body, "request")

    def test_a_body_of_one_byte_a_second_arrives_byte_by_byte(self):
        body = b"0123456789"

        def drip(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            for octet in body:
                connection.sendall(bytes([octet]))
                time.sleep(1)

        origin = Origin(self, drip, self.pki.context())
        with self.through_tls(origin) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            read_head(client)
            started = time.monotonic()
            for number, octet in enumerate(body):
                self.assertEqual(client.recv(100), bytes([octet]))
                self.assertLess(time.monotonic() - started, number + 0.5)
        self.end(body, "response")

    def test_an_answer_that_never_ends_is_recorded_as_it_comes(self):
        stop = threading.Event()
        self.addCleanup(stop.set)

        def tick(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not stop.wait(0.1):
                connection.sendall(b"6\r\ntick\n\n\r\n")

        origin = Origin(self, tick, self.pki.context())
        with self.through_tls(origin) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            read_head(client)
            for _ in range(30):
                client.recv(1000)
            # Nobody has ended anything; what stands in the file is what kill -9 would leave.
            read = run("sh", "-c", f"zstd -dcq {self.archive} 2>/dev/null | grep -ac tick")
            self.assertGreater(int(read.stdout), 15)
            self.assertEqual(self.recorder.stop(), 0)
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["error"]["kind"], "aborted")
        self.assertGreater(int(flow["response"]["body_size"]), 6 * 20)


if __name__ == "__main__":
    unittest.main()
