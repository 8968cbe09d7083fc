"""--connect lazy: the client first, the server when there is something for it."""

import socket
import ssl
import unittest

from harness import Origin, answering, free_port, read_all, read_head, wait_until_taken
from tls_case import OK, Tls
from tls_client import TlsClient


class Lazy(Tls):
    def start(self, *arguments):
        return super().start("--connect", "lazy", *arguments)

    def tls(self, recorder, port, alpn=None):
        """A client whose ClientHello comes right behind its CONNECT: when a client says nothing for a while its server is reached."""
        client = TlsClient(recorder.connect(), self.ca, alpn=alpn)
        self.addCleanup(client.connection.close)
        client.connection.sendall(b"CONNECT localhost:%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % port + client.client_hello())
        self.assertTrue(read_head(client.connection).startswith(b"HTTP/1.1 200 "))
        client.finish_handshake()
        return client

    def test_the_client_gets_a_certificate_and_then_the_server(self):
        origin = Origin(self, answering(OK), self.pki.context(names="DNS:localhost,DNS:more.example"))
        recorder = self.start()
        result = self.fetch(recorder, origin.port)
        self.assertEqual(result.stdout, b"hello", result.stderr)
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["kind"], flow["response"]["status"], flow["tls"]["client"]["alpn"]), ("http", 200, "http/1.1"))
        self.assertEqual(flow["tls"]["server"]["verify"], "ok")
        self.assertIsNotNone(flow["timings_ms"]["connect"])

    def test_its_certificate_knows_the_name_and_no_more(self):
        origin = Origin(self, answering(OK), self.pki.context(names="DNS:localhost,DNS:more.example"))
        recorder = self.start()
        client = self.tls(recorder, origin.port)
        self.assertEqual(client.tls.getpeercert()["subjectAltName"], (("DNS", "localhost"),))
        self.assertEqual(origin.received, [])
        recorder.stop()

    def test_a_server_is_not_bothered_without_a_request(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(1)
            recorder = self.start()
            self.tls(recorder, server.getsockname()[1], alpn=["http/1.1"])
            with self.assertRaises(TimeoutError):
                server.accept()
        recorder.stop()

    def test_where_there_is_no_server_the_request_is_answered(self):
        recorder = self.start()
        client = self.tls(recorder, port := free_port())
        client.send(b"GET / HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
        self.assertRegex(b"".join(iter(client.receive, b"")), rb"(?s)^HTTP/1.1 502 .*Connection refused")
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["request"]["method"], flow["error"]["kind"]), ("GET", "connect-refused"))
        self.assertEqual(flow["request"]["url"], f"https://localhost:{port}/")

    def test_a_bad_server_is_told_of(self):
        origin = Origin(self, answering(OK), self.pki.context(self_signed=True))
        recorder = self.start()
        self.assertIn(b"self-signed", self.fetch(recorder, origin.port).stdout)
        plain = Origin(self, lambda connection: connection.sendall(b"no TLS here, sorry"))
        self.assertIn(b"does not speak TLS", self.fetch(recorder, plain.port).stdout)
        self.assertEqual([flow["error"]["kind"] for flow in self.flows(recorder)], ["tls-verify", "tls-server"])

    def test_who_is_passed_through_gets_the_server(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--pass", "localhost")
        self.assertEqual(self.fetch(recorder, origin.port, ca=self.pki.ca).stdout, b"hello")
        (flow,) = self.flows(recorder)
        self.assertTrue(flow["passed"])

    def test_a_client_that_refuses_is_passed_through_later(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        self.assertEqual(self.refuse(recorder, origin.port), 60)
        self.assertEqual(self.fetch(recorder, origin.port, ca=self.pki.ca).stdout, b"hello")
        refused, passed = self.flows(recorder)
        self.assertEqual((refused["error"]["kind"], passed["passed"]), ("tls-client", True))

    def test_a_server_may_speak_first(self):
        origin = Origin(self, lambda connection: connection.sendall(b"+OK ready\r\n"))
        recorder = self.start()
        with recorder.tunnel("localhost", origin.port) as client:
            self.assertEqual(read_all(client), b"+OK ready\r\n")
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["kind"], flow["bytes"]["received"]), ("tcp", "11"))

    def test_a_server_may_speak_first_inside_tls(self):
        origin = Origin(self, lambda connection: connection.sendall(b"* OK ready\r\n"), self.pki.context())
        recorder = self.start()
        context = ssl.create_default_context(cafile=self.ca)
        with recorder.tunnel("localhost", origin.port) as tunnel, context.wrap_socket(tunnel, server_hostname="localhost") as client:
            self.assertEqual(read_all(client), b"* OK ready\r\n")
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["kind"], flow["bytes"]["received"]), ("tcp", "12"))

    def test_what_is_no_tls_is_relayed(self):
        origin = Origin(self, answering(OK))
        recorder = self.start()
        with recorder.tunnel("localhost", origin.port) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertTrue(read_all(client).endswith(b"hello"))
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["kind"], flow["response"]["status"]), ("http", 200))

    def test_a_server_that_is_not_there_ends_what_is_no_tls(self):
        recorder = self.start()
        with recorder.tunnel("localhost", free_port()) as client:
            with self.assertRaises(ConnectionResetError):
                client.sendall(b"PING\r\n")
                read_all(client)
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["kind"], flow["error"]["kind"], flow["server"]["host"]), ("tcp", "connect-refused", "localhost"))

    def test_clients_that_go_away_cost_nothing(self):
        recorder = self.start()
        recorder.tunnel("localhost", free_port()).close()
        client = self.tls(recorder, free_port())
        client.send(b"GET / HTTP/1.1\r\n")
        wait_until_taken(client.connection)
        client.connection.close()
        (flow,) = self.flows(recorder)
        self.assertEqual(flow["error"]["kind"], "connect-refused")

    def test_only_two_ways(self):
        result = self.run_program("mitm-record", "--connect", "never")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"--connect", result.stderr)


if __name__ == "__main__":
    unittest.main()
