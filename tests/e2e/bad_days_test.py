"""What goes wrong around mitm-record: nothing recorded before is lost, nobody else is hurt, and the end says what happened."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import TIMEOUT, Case, Origin, Pki, answering, by_connection, has_signal, program, read_all, read_head, wait_for, wait_until_taken
from tls_client import TlsClient, in_records

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
BIG = os.urandom(1 << 20)


def reset(connection):
    """Closes with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Bad(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)

    def start(self, *arguments):
        self.recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments)
        return self.recorder

    def start_alone(self, *arguments):
        """mitm-record that need not listen."""
        process = subprocess.Popen([program("mitm-record"), *arguments], env=self.env, stderr=subprocess.PIPE)
        for cleanup in (process.stderr.close, process.wait, process.kill):  # the last one comes first
            self.addCleanup(cleanup)
        return process

    def flows(self, status=0):
        result = self.run_program("mitm-dump", "-r", self.archive, "-o", "ndjson")
        self.assertEqual(result.returncode, status, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def expect_sums(self, flows=None):
        """The totals add up, and to `flows` recorded ones."""
        text = self.recorder.stderr()
        recorded, filtered, passed, failed, seen = map(int, re.search(
            r"(\d+) flows recorded, (\d+) filtered out, (\d+) passed through, (\d+) failed before a request; (\d+) seen", text).groups())
        self.assertEqual(recorded + filtered + passed + failed, seen, text)
        if flows is not None:
            self.assertEqual(seen, flows, text)


class Limits(Bad):
    def test_sixty_four_descriptors_serve_a_hundred_clients_one_after_the_other(self):
        origin = Origin(self, answering(OK))
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, limit[1]))
        try:
            self.start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        silent = [self.recorder.connect() for _ in range(40)]

        def ask(_):
            def client(connection):
                connection.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % origin.port)
                return read_all(connection)

            return self.recorder.talk(client)

        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(ask, range(100)))
        for client in silent:
            client.close()
        for answer in answers:
            self.assertRegex(answer, rb"(?s)\AHTTP/1.1 (200 OK|502 .*Too many open files)")
        self.assertIn(b"hello", ask(0))
        self.assertEqual(self.recorder.stop(), 0)
        self.assertEqual(len([flow for flow in self.flows() if flow["request"]]), 101)
        self.expect_sums()


class Killed(Bad):
    def test_kill_9_of_the_command_is_its_exit_status(self):
        result = self.run_program("mitm-record", "-w", self.archive, "--", "sh", "-c", "kill -9 $$")
        self.assertEqual(result.returncode, 137)
        self.assertEqual(self.flows(), [])

    def test_kill_9_of_us_leaves_the_command_alone_and_the_recording_readable(self):
        origin = Origin(self, answering(OK))
        done = self.path("done")
        flushed = f"{program('mitm-dump')} -q -r {self.archive} 2>/dev/null | grep -q ."
        script = (f"curl -sS http://127.0.0.1:{origin.port}/ >&2; until {flushed}; do sleep 0.05; done; "
                  f"kill -9 $PPID; sleep 0.2; : > {done}")
        result = self.run_program("mitm-record", "-w", self.archive, "--", "sh", "-c", script)
        self.assertEqual(result.returncode, -9)
        wait_for(lambda: os.path.exists(done), "the command to go on")
        (flow,) = self.flows(3)
        self.assertTrue(flow["complete"])


class Starts(Bad):
    """What does not start destroys nothing."""

    def setUp(self):
        super().setUp()
        with open(self.archive, "wb") as file:
            file.write(BIG)

    def expect_untouched(self, status, *arguments):
        result = self.run_program("mitm-record", "-w", self.archive, "-l", "0", *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(b"mitm-record: error: ", result.stderr)
        with open(self.archive, "rb") as file:
            self.assertEqual(file.read(), BIG)

    def test_a_command_that_cannot_be_executed(self):
        bad = self.path("bad")
        with open(bad, "w", encoding="ascii") as file:
            file.write("#!/does/not/exist\n")
        os.chmod(bad, 0o755)
        self.expect_untouched(127, "--", bad)
        self.expect_untouched(126, "--", self.dir)
        self.expect_untouched(127, "--", "no-such-command-anywhere")

    def test_a_ready_file_that_cannot_be_written(self):
        self.expect_untouched(1, "--ready-file", "/does/not/exist/ready")
        self.expect_untouched(2, "--ready-file", self.archive)
        self.expect_untouched(2, "--ready-file", self.dir)
        self.expect_untouched(2, "--ready-file", os.path.join(self.home, "ca.key"))

    def test_an_authority_that_cannot_be_read(self):
        self.run_program("mitm-ca", "init")
        os.chmod(os.path.join(self.home, "ca.key"), 0o644)
        self.expect_untouched(1)

    def test_the_ca_is_not_overwritten(self):
        self.run_program("mitm-ca", "init")
        for name in ("ca.key", "ca.pem"):
            os.link(os.path.join(self.home, name), self.path(name))
            with open(self.path(name), "rb") as file:
                before = file.read()
            result = self.run_program("mitm-record", "-l", "0", "-w", self.path(name))
            self.assertEqual(result.returncode, 2, result.stderr)
            with open(self.path(name), "rb") as file:
                self.assertEqual(file.read(), before)

    def test_a_second_instance_leaves_the_ready_file_of_the_first(self):
        first = self.record("-w", self.path("b.flowz"))
        port = str(first.address[1])
        self.expect_untouched(1, "-l", port, "--ready-file", self.path("ready"))
        self.assertTrue(os.path.exists(self.path("ready")))

    def test_a_pipe_that_nobody_reads_can_be_given_up(self):
        os.mkfifo(self.path("pipe"))
        process = self.start_alone("-l", "0", "-w", self.path("pipe"))
        wait_for(lambda: has_signal(process.pid, "SigBlk", signal.SIGINT), "it to take signals")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(TIMEOUT), 1)
        self.assertIn(b"nobody read it", process.stderr.read())


class Clients(Bad):
    """Each vanishes at another moment; whoever comes after it is served."""

    def setUp(self):
        super().setUp()
        self.origin = Origin(self, answering(*[OK] * 5), self.pki.context())
        self.start()

    def after(self, flows):
        """The next client is served, and `flows` flows have been seen before."""
        result = self.curl(self.recorder, f"https://localhost:{self.origin.port}/")
        self.assertEqual(result.stdout, b"hello", result.stderr)
        self.assertEqual(self.recorder.stop(), 0)
        self.expect_sums(flows + 1)
        found = by_connection(self.flows())
        self.assertEqual(len(found), flows + 1)
        return found[0]

    def tls(self, alpn=None):
        return TlsClient(self.recorder.tunnel("localhost", self.origin.port), self.ca, alpn=alpn)

    def test_one_that_vanishes_in_the_middle_of_its_request(self):
        client = self.tls()
        client.connection.sendall(client.client_hello())
        client.finish_handshake()
        client.send(b"GET / HT")
        wait_until_taken(client.connection)
        reset(client.connection)
        flow = self.after(1)
        self.assertEqual(flow["error"]["kind"], "client-reset")
        self.assertEqual(flow["bytes"]["sent"], "8")

    def test_one_that_vanishes_in_the_middle_of_its_body(self):
        client = self.tls()
        client.connection.sendall(client.client_hello())
        client.finish_handshake()
        client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        wait_for(lambda: b"half" in b"".join(self.origin.received), "the body to arrive")
        reset(client.connection)
        flow = self.after(1)
        self.assertEqual(flow["error"]["kind"], "client-reset")
        self.assertEqual(flow["request"]["body_size"], "4")

    def test_one_that_vanishes_in_the_middle_of_its_handshake(self):
        client = self.tls()
        client.connection.sendall(client.client_hello())
        client.connection.recv(1)
        reset(client.connection)
        self.assertEqual(self.after(1)["error"]["kind"], "tls-client")

    def test_one_that_vanishes_in_the_middle_of_its_client_hello(self):
        client = self.tls()
        client.connection.sendall(client.client_hello()[:50])
        wait_until_taken(client.connection)
        reset(client.connection)
        self.assertEqual(self.after(1)["error"]["kind"], "client-reset")

    def expect_served(self, client):
        client.finish_handshake()
        client.send(REQUEST)
        self.assertEqual(client.receive(), OK)
        client.connection.close()
        self.assertTrue(self.after(1)["complete"])

    def test_a_client_hello_of_one_byte_a_segment(self):
        client = self.tls()
        client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in client.client_hello():
            client.connection.sendall(bytes([octet]))
        self.expect_served(client)

    def test_a_client_hello_in_many_records(self):
        for record in in_records((client := self.tls()).client_hello(), 37):
            client.connection.sendall(record)
        self.expect_served(client)

    def test_a_client_hello_of_twenty_kilobytes(self):
        client = self.tls(alpn=["http/1.1"] + [f"{n:0250d}" for n in range(80)])
        hello = client.client_hello()
        self.assertGreater(len(hello), 20_000)
        client.connection.sendall(hello)
        self.expect_served(client)


class Servers(Bad):
    """Each misbehaves in another way; clients see what they would see without us."""

    def exchange(self, serve, receive_first=0):
        """What the client got and how that ended, and the flows. The client sends when it has received so much."""
        origin = Origin(self, serve, self.pki.context())
        self.start()
        client = TlsClient(self.recorder.tunnel("localhost", origin.port), self.ca)
        client.connection.sendall(client.client_hello())
        client.finish_handshake()
        got = client.receive(receive_first) if receive_first else b""
        client.send(REQUEST)
        try:
            while data := client.receive():
                got += data
            ending = "truncated" if client.truncated else "closed"
        except ConnectionResetError:
            ending = "reset"
        client.connection.close()
        self.assertEqual(self.recorder.stop(), 0)
        self.expect_sums()
        return got, ending, self.flows()

    def test_one_that_closes_without_close_notify(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
            connection.connection.shutdown(socket.SHUT_RDWR)

        got, ending, (flow,) = self.exchange(serve)
        self.assertTrue(got.endswith(b"until the end"))
        self.assertEqual(ending, "truncated")
        self.assertFalse(flow["complete"])

    def test_one_that_sends_more_than_its_answer(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore")
            connection.connection.unwrap()

        got, _, (answer, more) = self.exchange(serve)
        self.assertEqual(got, OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore")
        self.assertTrue(answer["complete"])
        self.assertIn("unsolicited-response", more["anomalies"])

    def test_one_that_answers_before_the_request(self):
        def serve(connection):
            connection.sendall(OK)
            read_head(connection)

        got, _, (flow,) = self.exchange(serve, receive_first=len(OK))
        self.assertEqual(got, OK)
        self.assertEqual(flow["kind"], "tcp")
        self.assertEqual(flow["bytes"], {"sent": str(len(REQUEST)), "received": str(len(OK))})

    def test_one_that_resets_instead_of_answering(self):
        def serve(connection):
            read_head(connection)
            reset(connection.connection)

        got, ending, (flow,) = self.exchange(serve)
        self.assertEqual((got, ending), (b"", "reset"))
        self.assertEqual(flow["error"]["kind"], "server-reset")


class Stopped(Bad):
    """SIGTERM in the middle of everything: a clean end, in time, with sums that add up."""

    def stop_in_the_middle(self, flows):
        started = time.monotonic()
        self.assertEqual(self.recorder.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - started, TIMEOUT / 2)
        self.expect_sums(flows)
        self.assertEqual(len(self.flows()), flows)

    def secure(self, serve, finish=True):
        origin = Origin(self, serve, self.pki.context())
        self.start("--drain", "0.3")
        client = TlsClient(self.recorder.tunnel("localhost", origin.port), self.ca)
        client.connection.sendall(client.client_hello())
        if finish:
            client.finish_handshake()
        return client

    def test_after_the_command_has_ended(self):
        reached, done = self.path("reached"), self.path("done")

        def serve(connection):
            read_head(connection)
            open(reached, "w", encoding="ascii").close()
            time.sleep(2 * TIMEOUT)

        origin = Origin(self, serve)
        script = (f"curl -sS http://127.0.0.1:{origin.port}/ >/dev/null 2>&1 & until [ -e {reached} ]; do sleep 0.05; done; "
                  f"echo $$ > {done}.new; mv {done}.new {done}; exit 5")
        process = self.start_alone("-w", self.archive, "--drain", str(2 * TIMEOUT), "--", "sh", "-c", script)
        wait_for(lambda: os.path.exists(done), "the command to end")
        with open(done, encoding="ascii") as file:
            pid = int(file.read())
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "its end to be noticed")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT), 5)
        self.assertIn(b"1 seen", process.stderr.read())
        self.assertEqual(self.flows()[0]["error"]["kind"], "aborted")

    def test_while_clients_say_nothing(self):
        self.start("--drain", "0.3")
        clients = [self.recorder.connect() for _ in range(100)]
        self.stop_in_the_middle(0)
        for client in clients:
            client.close()

    def test_while_a_head_is_half_there(self):
        self.start("--drain", "0.3")
        client = self.recorder.connect()
        client.sendall(b"GET http://a")
        wait_until_taken(client)
        self.stop_in_the_middle(1)

    def test_while_a_server_is_being_reached(self):
        # A listener whose queue is full answers nobody.
        with socket.socket() as listener, contextlib.ExitStack() as waiting:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(4):
                client = waiting.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            self.start("--drain", "0.3")
            client = self.recorder.connect()
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % listener.getsockname()[1])
            wait_until_taken(client)
            self.stop_in_the_middle(1)

    def test_while_a_client_hello_is_half_there(self):
        origin = Origin(self, answering(OK), self.pki.context())
        self.start("--drain", "0.3")
        client = TlsClient(self.recorder.tunnel("localhost", origin.port), self.ca)
        client.connection.sendall(client.client_hello()[:20])
        wait_until_taken(client.connection)
        self.stop_in_the_middle(1)

    def test_while_a_server_does_not_answer_the_handshake(self):
        origin = Origin(self, lambda connection: time.sleep(5))
        self.start("--drain", "0.3")
        client = TlsClient(self.recorder.tunnel("localhost", origin.port), self.ca)
        client.connection.sendall(client.client_hello())
        wait_until_taken(client.connection)
        self.stop_in_the_middle(1)

    def test_while_a_client_does_not_finish_the_handshake(self):
        client = self.secure(answering(OK), finish=False)
        client.connection.recv(1)
        self.stop_in_the_middle(1)

    def test_while_a_body_is_half_sent(self):
        client = self.secure(answering(OK))
        client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        wait_until_taken(client.connection)
        self.stop_in_the_middle(1)

    def test_while_an_answer_is_half_received(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            time.sleep(5)

        client = self.secure(serve)
        client.send(REQUEST)
        client.receive()
        self.stop_in_the_middle(1)

    def test_while_kept_alive_connections_are_idle(self):
        client = self.secure(answering(OK, OK))
        client.send(REQUEST)
        self.assertEqual(client.receive(), OK)
        self.stop_in_the_middle(1)


if __name__ == "__main__":
    unittest.main()
