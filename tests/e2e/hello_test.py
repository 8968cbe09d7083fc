"""ClientHellos: their fingerprints, and what becomes of those that are odd."""

import os
import subprocess
import unittest

from client_hello import ClientHello, extension, handshake, record, server_name, sized
from harness import TIMEOUT, Case, Origin, Pki, answering, by_connection, read_all, wait_for
from tls_client import TlsClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ALERT = bytes.fromhex("15030100020228")  # handshake_failure
CURVES = extension(10, sized(b"\0\x17"))


def read_record(connection):
    data = b""
    while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "big"):
        if not (piece := connection.recv(1)):
            break
        data += piece
    return data


class Fingerprints(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.archive = self.path("a.flowz")

    def start(self):
        return self.record("-q", "-w", self.archive, "--upstream-ca", self.pki.ca)

    def told(self):
        (flow,) = self.dump("-r", self.archive)
        return flow, {name: flow["tls"]["client"][name] for name in ("ja3", "ja4", "ech")}

    def test_curls_are_those_of_the_hello_that_it_sends(self):
        plain = Origin(self, read_record)
        hellos = []
        for options in ([], ["--no-alpn"], ["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"]):
            plain.received.clear()
            subprocess.run(["curl", "-sq", *options, f"https://localhost:{plain.port}/"], env=self.env, check=False, timeout=TIMEOUT)
            hellos.append((options, ClientHello(b"".join(plain.received))))
        origin = Origin(self, answering(OK), self.pki.context())
        for options, hello in hellos:
            with self.subTest(options=options):
                recorder = self.start()
                curl = self.curl(recorder, *options, f"https://localhost:{origin.port}/")
                self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
                recorder.stop()
                self.assertEqual(self.told()[1], {"ja3": hello.ja3(), "ja4": hello.ja4(), "ech": False})
                shown = self.run_program("mitm-dump", "-vvv", "-r", self.archive).stdout.decode()
                self.assertRegex(shown, rf"(?m)^.*\* client hello: sni localhost.* ja4 {hello.ja4()} ja3 {hello.ja3()}$")
                os.unlink(self.archive)

    def test_they_are_told_of_tls_that_is_not_opened(self):
        origin = Origin(self, lambda connection: connection.recv(1), self.pki.context())
        recorder = self.start()
        with recorder.tunnel("localhost", origin.port) as connection:
            client = TlsClient(connection, self.pki.ca, alpn=["h2"])
            connection.sendall(records := client.client_hello())
            client.finish_handshake()
        recorder.stop()
        flow, told = self.told()
        hello = ClientHello(records)
        self.assertEqual((flow["kind"], flow["passed"], flow["anomalies"]), ("tls", True, ["no-common-protocol"]))
        self.assertEqual(told, {"ja3": hello.ja3(), "ja4": hello.ja4(), "ech": False})
        self.assertEqual((flow["tls"]["client"]["sni"], flow["tls"]["client"]["version"]), ("localhost", None))

    def test_an_encrypted_hello_is_told_of_and_the_outer_name_is_used(self):
        seen = []

        def serve(connection):
            seen.append(ClientHello(read_record(connection)))
            connection.sendall(ALERT)

        origin = Origin(self, serve)
        recorder = self.start()
        data = record(handshake(server_name(b"cover.example"), CURVES, extension(0xfe0d, b"\0sealed")))
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            client.sendall(data)
            wait_for(lambda: seen, "a hello to the server")
        recorder.stop()
        flow, told = self.told()
        hello = ClientHello(data)
        self.assertEqual(told, {"ja3": hello.ja3(), "ja4": hello.ja4(), "ech": True})
        self.assertEqual((flow["kind"], flow["passed"]), ("tls", False))
        self.assertEqual(seen[0].bodies[0].data, server_name(b"cover.example")[4:])


class Hostile(Case):
    """What is odd reaches the server as it came, and the server's word reaches the client."""

    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.recorder = self.record("-q", "-w", self.archive)

    def passes(self, data):
        """Whether the server gets `data`, as the client sends it one byte at a time, and the client an answer."""
        def serve(connection):
            got = b""
            while len(got) < len(data) and (piece := connection.recv(65536)):
                got += piece
            connection.sendall(ALERT)

        origin = Origin(self, serve)
        with self.recorder.tunnel("127.0.0.1", origin.port) as client:
            if len(data) < 1000:
                for octet in data:
                    client.send(bytes([octet]))
            else:
                client.sendall(data)
            self.assertEqual(read_all(client), ALERT)
        self.assertEqual(b"".join(origin.received), data)

    def flows(self):
        self.recorder.stop()
        return by_connection(self.dump("-r", self.archive))

    def test_names_that_cannot_be_repeated_are_for_the_server_to_judge(self):
        hellos = [record(handshake(name, CURVES)) for name in (
            server_name(b"a.example", b"b.example"), server_name(b"a\0.example"), server_name("b\u00fccher.example".encode()),
            server_name(b"x" * 256), server_name(b""), extension(0), extension(0, sized(b"\x07" + sized(b"a.example"))))]
        for hello in hellos:
            self.passes(hello)
        for hello, flow in zip(hellos, self.flows(), strict=True):
            self.assertEqual((flow["kind"], flow["passed"], flow["anomalies"]), ("tls", True, ["bad-server-name"]))
            self.assertIsNone(flow["tls"]["client"]["sni"])
            self.assertEqual(flow["tls"]["client"]["ja4"], ClientHello(hello).ja4())
            self.assertEqual(flow["bytes"], {"sent": str(len(hello)), "received": str(len(ALERT))})

    def test_hellos_that_are_none_are_bytes_with_a_reason(self):
        whole = handshake(server_name(b"a.example"), CURVES)
        cases = {
            "larger than the limit": record(b"\x01" + (1 << 20).to_bytes(3, "big") + b"x" * 16000) + b"y" * 20000,
            "an extension twice": record(handshake(server_name(b"a.example"), server_name(b"b.example"))),
            "an alert in between": record(whole[:20]) + ALERT + record(whole[20:]),
            "an empty record in between": record(whole[:20]) + record(b"") + record(whole[20:]),
            "more in its record": record(whole + b"\x14more"),
            "records without end": b"".join(record(bytes([octet])) for octet in handshake(extension(21, bytes(2000)))),
        }
        for name, data in cases.items():
            with self.subTest(name):
                self.passes(data)
        for name, flow in zip(cases, self.flows(), strict=True):
            with self.subTest(name):
                self.assertEqual((flow["kind"], flow["passed"], flow["anomalies"]), ("tcp", False, ["bad-client-hello"]))
                self.assertEqual(flow["bytes"]["sent"], str(len(cases[name])))
        shown = self.run_program("mitm-dump", "-v", "-r", self.archive).stdout
        self.assertIn(b"* anomaly: bad-client-hello (client): extension 0 comes twice", shown)

    def test_of_a_host_that_is_passed_they_are_counted_and_not_recorded(self):
        self.recorder.stop()
        self.recorder = self.record("-q", "-w", self.archive, "--pass", "127.0.0.1")
        data = record(handshake(server_name(b"a.example"), server_name(b"b.example")))
        self.passes(data)
        (flow,) = self.flows()
        self.assertEqual((flow["kind"], flow["passed"], flow["anomalies"]), ("tcp", True, ["bad-client-hello"]))
        self.assertEqual(flow["bytes"]["sent"], str(len(data)))
        self.assertNotIn(b"b.example", self.run_program("mitm-dump", "-vvv", "-r", self.archive).stdout)

    def test_what_does_not_begin_like_tls_1_0_or_later_is_bytes(self):
        whole = record(handshake(server_name(b"a.example"), CURVES))
        cases = [bytes.fromhex("802e0103010015000000100100800300800700c006004002008004008000000a") + b"c" * 16,  # SSLv2
                 ALERT + whole, record(b"") + whole, record(whole, kind=23)]
        for data in cases:
            self.passes(data)
        for data, flow in zip(cases, self.flows(), strict=True):
            self.assertEqual((flow["kind"], flow["anomalies"], flow["tls"], flow["bytes"]["sent"]), ("tcp", [], None, str(len(data))))


class EarlyData(Case):
    def server(self, pki):
        """openssl's, which takes early data and prints what it gets; its port."""
        key, certificate = pki.issue()
        self.output = self.path("server.out")
        with open(self.output, "wb") as output:
            process = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-early_data",
                                        "-no_anti_replay", "-max_early_data", "16000"], stdin=subprocess.PIPE, stdout=output, stderr=output)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_for(lambda: b"ACCEPT" in self.got(), "the server to listen")
        return next(line for line in self.got().splitlines() if line.startswith(b"ACCEPT")).rsplit(b":", 1)[1].decode()

    def got(self):
        with open(self.output, "rb") as file:
            return file.read()

    def test_it_is_refused_and_the_connection_goes_on(self):
        pki = Pki(self)
        port = self.server(pki)

        def client(*arguments, ca, sent=b"", until=lambda: True):
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-CAfile", ca, "-verify_return_error"]
            process = subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            wait_for(until, "the client")
            return process.communicate(sent, timeout=TIMEOUT)[0]

        session, early = self.path("session"), self.path("early")
        with open(early, "wb") as file:
            file.write(b"early\n")
        client("-sess_out", session, ca=pki.ca, until=lambda: os.path.exists(session) and os.path.getsize(session) > 0)
        again = ["-sess_in", session, "-early_data", early]
        self.assertIn(b"Early data was accepted", client(*again, ca=pki.ca))
        recorder = self.record("-q", "-w", self.path("a.flowz"), "--upstream-ca", pki.ca)
        told = client(*again, "-proxy", recorder.url.removeprefix("http://"), ca=self.ca, sent=b"later\n")
        self.assertIn(b"Early data was rejected", told)
        wait_for(lambda: b"later\n" in self.got(), "what is sent after the handshake")
        recorder.stop()
        (flow,) = self.dump("-r", self.path("a.flowz"))
        self.assertEqual((flow["kind"], flow["complete"], flow["bytes"]["sent"]), ("tcp", True, "6"))
        self.assertEqual((flow["tls"]["client"]["version"], flow["tls"]["client"]["resumed"]), ("TLSv1.3", False))


if __name__ == "__main__":
    unittest.main()
