"""Standing in for a server: reverse:http, https, tls and tcp, for clients with and without TLS."""

import socket
import ssl
import struct
import threading
import time
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, read_all, run, wait_for
from tls_client import TlsClient

IP_LOCAL_PORT_RANGE = 51  # <linux/in.h>
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def greet(connection):
    connection.sendall(b"220 hello\r\n")
    connection.sendall(b"you said " + connection.recv(100))
    connection.recv(1)  # until the client has ended: what is left unread would be a reset


class Reverse(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)

    def stand_in(self, url, *options):
        return self.record("-q", "-w", self.archive, "--upstream-ca", self.pki.ca, "-m", f"reverse:{url}@127.0.0.1:0", *options)

    def fetch(self, recorder, scheme, *options, ca=None):
        port = recorder.address[1]
        return run("curl", "-sSq", "--max-time", TIMEOUT, "--cacert", ca or self.ca, *options, f"{scheme}://localhost:{port}/x", env=self.env)

    def hosts(self, origin):
        return [line for line in b"".join(origin.received).split(b"\r\n") if line.startswith(b"Host:")]


class Http(Reverse):
    def test_clients_and_servers_with_and_without_tls(self):
        for context in (None, self.pki.context()):
            scheme = "https" if context else "http"
            origin = Origin(self, answering(OK, OK), context)
            recorder = self.stand_in(f"{scheme}://localhost:{origin.port}")
            self.assertEqual(recorder.mode, f"reverse:{scheme}://localhost:{origin.port}")
            for client in ("http", "https"):
                with self.subTest(server=scheme, client=client):
                    curl = self.fetch(recorder, client)
                    self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
            recorder.stop()
            self.assertEqual(self.hosts(origin), [f"Host: localhost:{origin.port}".encode()] * 2)
            flows = self.dump("-r", self.archive)
            self.assertEqual([(flow["mode"], flow["request"]["url"]) for flow in flows],
                             [("reverse", f"{scheme}://localhost:{origin.port}/x")] * 2)
            self.assertEqual(flows[0]["server"]["host"], "localhost")

    def test_a_client_whose_port_we_use_towards_a_server_is_no_loop(self):
        ports = []

        def serve(connection):
            ports.append(connection.getpeername()[1])
            answering(OK)(connection)

        origin = Origin(self, serve)
        recorder = self.stand_in(f"http://127.0.0.1:{origin.port}")
        with recorder.connect() as first:
            first.sendall(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(first.recv(1000).startswith(b"HTTP/1.1 200 OK"))
            with socket.socket() as second:
                second.settimeout(TIMEOUT)
                try:
                    second.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("HH", ports[0], ports[0]))
                except OSError:
                    self.skipTest("this kernel does not let sockets choose among ports")
                second.connect(recorder.address)
                self.assertEqual(second.getsockname()[1], ports[0])
                second.sendall(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(second.recv(1000).startswith(b"HTTP/1.1 200 OK"))

    def test_host_is_kept_where_that_is_asked_for(self):
        origin = Origin(self, answering(OK))
        recorder = self.stand_in(f"http://localhost:{origin.port}", "--keep-host")
        self.assertEqual(self.fetch(recorder, "http", "-H", "Host: front.example").stdout, b"ok")
        self.assertEqual(self.hosts(origin), [b"Host: front.example"])
        recorder.stop()
        self.assertEqual(self.dump("-r", self.archive)[0]["request"]["url"], "http://front.example/x")

    def test_a_certificate_of_ones_own(self):
        origin = Origin(self, answering(OK))
        key, certificate = self.pki.issue()
        both = self.path("both.pem")
        with open(both, "wb") as file:
            for part in (certificate, key):
                with open(part, "rb") as source:
                    file.write(source.read())
        recorder = self.stand_in(f"http://localhost:{origin.port}", "--cert", f"localhost={both}")
        curl = self.fetch(recorder, "https", ca=self.pki.ca)
        self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)

    def test_an_upload_and_a_kept_alive_connection(self):
        origin = Origin(self, answering(OK, OK))
        recorder = self.stand_in(f"http://localhost:{origin.port}")
        with recorder.connect() as connection:
            for body in (b"x" * 100000, b""):
                connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                self.assertEqual(connection.recv(1000), OK)
        recorder.stop()
        self.assertEqual([flow["request"]["body_size"] for flow in self.dump("-r", self.archive)], ["100000", "0"])

    def test_a_server_that_is_not_trusted_or_not_there_is_a_502(self):
        stranger = self.pki.context(self_signed=True)
        origin = Origin(self, answering(OK), stranger)
        recorder = self.stand_in(f"https://localhost:{origin.port}")
        answer = self.fetch(recorder, "http").stdout
        self.assertIn(b"--insecure-host", answer)
        self.assertEqual(b"".join(origin.received), b"")
        recorder.stop()
        recorder = self.stand_in("http://127.0.0.1:1")
        self.assertIn(b"Connection refused", self.fetch(recorder, "https").stdout)


class Names(Reverse):
    """Which certificates clients with TLS get."""

    def fetch_at(self, address, port, *options, ca=None):
        host = f"[{address}]" if ":" in address else address
        return run("curl", "-sSq", "--max-time", TIMEOUT, "--cacert", ca or self.ca, *options, f"https://{host}:{port}/x", env=self.env)

    def test_clients_may_know_the_server_by_our_address(self):
        for scheme, context in (("http", None), ("https", self.pki.context("DNS:localhost")), ("tls", self.pki.context("DNS:localhost"))):
            origin = Origin(self, answering(OK), context)
            ways = [f"reverse:{scheme}://localhost:{origin.port}@{listen}:0" for listen in ("127.0.0.1", "[::1]", "[::]")]
            recorder = self.record("-q", "--allow", "127.0.0.0/8", "--upstream-ca", self.pki.ca, *[word for way in ways for word in ("-m", way)])
            for way, address in ((0, "127.0.0.1"), (1, "::1"), (2, "127.0.0.1"), (2, "127.0.0.2")):
                with self.subTest(scheme=scheme, way=way, address=address):
                    curl = self.fetch_at(address, recorder.address_of(way)[1])
                    self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
            recorder.stop()

    def test_a_certificate_of_ones_own_may_be_for_our_address(self):
        origin = Origin(self, answering(OK))
        both = self.path("both.pem")
        with open(both, "wb") as file:
            for part in self.pki.issue("IP:127.0.0.1")[::-1]:
                with open(part, "rb") as source:
                    file.write(source.read())
        recorder = self.stand_in(f"http://localhost:{origin.port}", "--cert", f"127.0.0.1={both}")
        self.assertEqual(self.fetch_at("127.0.0.1", recorder.address[1], ca=self.pki.ca).stdout, b"ok")
        self.assertEqual(self.fetch(recorder, "https").stdout, b"ok")  # for whoever says localhost, one of ours

    def test_a_server_s_own_names_are_in_its_stand_in_s_certificate(self):
        origin = Origin(self, answering(OK), self.pki.context("DNS:localhost,DNS:real.example,IP:192.0.2.7"))
        recorder = self.stand_in(f"https://localhost:{origin.port}")
        port = recorder.address[1]
        for name in ("localhost", "real.example", "192.0.2.7", "front.example"):
            curl = self.fetch_at(name, port, "--connect-to", f"::127.0.0.1:{port}")
            self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), (name, curl.stderr))
        recorder.stop()
        flows = self.dump("-r", self.archive)
        self.assertEqual([(flow["server"]["address"], flow["tls"]["server"]["verify"]) for flow in flows], [("127.0.0.1", "ok")] * 4)

    def test_the_server_is_asked_for_the_client_s_name_where_that_is_kept(self):
        asked = []
        context = self.pki.context("DNS:localhost,DNS:front.example")
        context.sni_callback = lambda connection, name, context: asked.append(name)
        origin = Origin(self, answering(OK), context)
        for options, name in ((), "localhost"), (("--keep-host",), "front.example"):
            recorder = self.stand_in(f"https://localhost:{origin.port}", *options)
            curl = self.fetch_at("front.example", recorder.address[1], "--connect-to", f"::127.0.0.1:{recorder.address[1]}")
            self.assertEqual(curl.stdout, b"ok", curl.stderr)
            self.assertEqual(asked, [name])
            asked.clear()
            recorder.stop()

    def test_a_server_that_is_not_trusted_or_not_there_is_a_502_within_tls(self):
        origin = Origin(self, answering(OK), self.pki.context(self_signed=True))
        recorder = self.stand_in(f"https://localhost:{origin.port}")
        self.assertIn(b"--insecure-host", self.fetch(recorder, "https").stdout)
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["request"]["url"], flow["error"]["kind"]), (f"https://localhost:{origin.port}/x", "tls-verify"))
        recorder = self.stand_in("https://127.0.0.1:1")
        self.assertIn(b"Connection refused", self.fetch(recorder, "https").stdout)

    def test_a_server_that_was_not_there_is_recorded_when_its_client_never_asked(self):
        recorder = self.stand_in("https://127.0.0.1:1")
        with recorder.connect() as connection:
            client = TlsClient(connection, self.ca, name="127.0.0.1")
            connection.sendall(client.client_hello())
            client.finish_handshake()
            recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["kind"], flow["error"]["kind"]), ("tls", "connect-refused"))

    def test_a_server_that_leaves_while_its_client_shakes_hands_is_asked_again(self):
        begun, go = threading.Event(), threading.Event()
        self.addCleanup(go.set)
        for reset in (False, True):
            connections = []

            def serve(connection):
                connections.append(connection)
                if len(connections) > 1:
                    return answering(OK)(connection)
                begun.set()
                go.wait(TIMEOUT)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return None

            origin = Origin(self, serve, self.pki.context())
            recorder = self.stand_in(f"https://localhost:{origin.port}")
            with self.subTest(reset=reset), recorder.connect() as connection:
                client = TlsClient(connection, self.ca)
                connection.sendall(client.client_hello())
                self.assertTrue(begun.wait(TIMEOUT))
                first = connection.recv(65536)  # now the client's handshake waits for the client
                go.set()
                time.sleep(0.2)
                client.incoming.write(first)
                client.finish_handshake()
                client.send(b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                self.assertTrue(client.receive().startswith(b"HTTP/1.1 200"))
                self.assertEqual(len(connections), 2)
            recorder.stop()
            begun.clear()
            go.clear()

    def test_a_client_that_refuses_our_certificate_is_told_of_once_for_each_name(self):
        origin = Origin(self, answering(OK), self.pki.context())
        for scheme in ("http", "https"):
            recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca, "-m", f"reverse:{scheme}://localhost:{origin.port}@127.0.0.1:0")
            port = recorder.address[1]
            for name in ("localhost", "front.example") * 2:
                curl = self.fetch_at(name, port, "--connect-to", f"::127.0.0.1:{port}", ca=self.pki.ca)
                self.assertEqual(curl.returncode, 60, curl.stderr)
            recorder.stop()
            for name in ("localhost", "front.example"):
                note = f"mitm-record: 127.0.0.1 does not accept our certificate for {name}:{origin.port}\n"
                self.assertEqual(recorder.stderr().count(note), 1, recorder.stderr())
            self.assertEqual(recorder.stderr().count("(mitm-ca export), or show it a certificate that it knows (--cert"), 1)
            self.assertNotIn("passed through from then on", recorder.stderr())
            self.assertEqual([(flow["kind"], flow["error"]["kind"]) for flow in self.dump("-r", self.archive)], [("tls", "tls-client")] * 4)

    def test_a_client_that_wants_nothing_but_tls_is_recorded(self):
        origin = Origin(self, lambda connection: connection.recv(1), self.pki.context())
        context = ssl.create_default_context()
        for scheme in ("http", "https", "tls"):
            recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca, "-m", f"reverse:{scheme}://localhost:{origin.port}@127.0.0.1:0")
            context.load_verify_locations(self.ca)
            for _ in range(2):
                context.wrap_socket(recorder.connect(), server_hostname="localhost").close()
            wait_for(lambda: "does not accept our certificate" in recorder.stderr(), "the second time")
            recorder.stop()
            flows = self.dump("-r", self.archive)
            self.assertEqual([(flow["kind"], flow["complete"], flow["error"]["kind"], flow["server"]["port"]) for flow in flows],
                             [("tls", False, "tls-client", origin.port)] * 2)
            self.assertIn("2 failed before a request; 2 seen", recorder.stderr())


class Streams(Reverse):
    def test_tls_is_opened_and_what_it_carries_decoded(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.stand_in(f"tls://localhost:{origin.port}")
        for client in ("https", "http"):
            curl = self.fetch(recorder, client)
            self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
        recorder.stop()
        self.assertEqual([(flow["kind"], flow["mode"], flow["tls"]["server"]["version"]) for flow in self.dump("-r", self.archive)],
                         [("http", "reverse", "TLSv1.3")] * 2)

    def test_a_server_may_speak_first(self):
        for scheme, context in (("tcp", None), ("tls", self.pki.context())):
            with self.subTest(scheme=scheme):
                origin = Origin(self, greet, context)
                recorder = self.stand_in(f"{scheme}://localhost:{origin.port}")
                with recorder.connect() as connection:
                    self.assertEqual(connection.recv(100), b"220 hello\r\n")
                    connection.sendall(b"bye")
                    connection.shutdown(socket.SHUT_WR)
                    self.assertEqual(read_all(connection), b"you said bye")
                recorder.stop()
                (flow,) = self.dump("-r", self.archive)
                self.assertEqual((flow["kind"], flow["bytes"]), ("tcp", {"sent": "3", "received": "23"}))

    def test_a_client_may_begin_tls_after_a_silence(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.stand_in(f"tls://localhost:{origin.port}")
        connection = recorder.connect()
        time.sleep(0.6)
        with ssl.create_default_context(cafile=self.ca).wrap_socket(connection, server_hostname="localhost") as client:
            client.sendall(b"GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 200 OK"))
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["request"]["url"], flow["complete"]), ("https://localhost/late", True))

    def test_a_server_may_speak_first_within_a_client_s_tls(self):
        origin = Origin(self, greet, self.pki.context())
        recorder = self.stand_in(f"tls://localhost:{origin.port}")
        context = ssl.create_default_context(cafile=self.ca)
        with context.wrap_socket(recorder.connect(), server_hostname="localhost") as connection:
            self.assertEqual(connection.recv(100), b"220 hello\r\n")

    def test_bytes_stay_bytes(self):
        origin = Origin(self, answering(OK))
        recorder = self.stand_in(f"tcp://localhost:{origin.port}")
        self.assertEqual(self.fetch(recorder, "http").stdout, b"ok")
        recorder.stop()
        self.assertEqual([flow["kind"] for flow in self.dump("-r", self.archive)], ["tcp"])


if __name__ == "__main__":
    unittest.main()
