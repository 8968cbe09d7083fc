"""Servers whose TLS is wrong in one way or another: what the client is told, and what is recorded."""

import re
import socket
import ssl
import subprocess
import time
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, run, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


class BadServers(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.archive = self.path("a.flowz")

    def refused(self, port, kind, *expected, host="localhost", arguments=(), client=()):
        """The client gets a page that says so, and the recording says so too."""
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments)
        result = self.curl(recorder, "-w", "\n%{http_code}", *client, f"https://{host}:{port}/")
        self.assertEqual(result.returncode, 0, result.stderr)
        page, _, status = result.stdout.decode().rpartition("\n")
        self.assertEqual(status, "502", page)
        self.assertEqual(recorder.stop(), 0)
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["error"]["kind"], kind, flow["error"])
        for text in expected:
            self.assertIn(text, page)
            self.assertIn(text, flow["error"]["message"])
        return flow

    def serving(self, context):
        return Origin(self, answering(OK), context).port

    def openssl_server(self, *arguments):
        output = self.path(f"openssl-{time.monotonic_ns()}.out")
        with open(output, "wb") as file:
            process = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", *arguments],
                                       stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def listens():
            with open(output, "rb") as file:
                return re.search(rb"^ACCEPT .*:(\d+)\n", file.read(), re.MULTILINE)

        wait_for(lambda: listens() or process.poll() is not None, "openssl s_server to listen")
        return int(listens()[1])


class Certificates(BadServers):
    def with_dates(self, before, after):
        return self.serving(self.pki.context(dates=(before, after)))

    def test_expired(self):
        self.refused(self.with_dates("20200101000000Z", "20210102000000Z"), "tls-verify", "certificate expired on 2021-01-02")

    def test_not_yet_valid(self):
        self.refused(self.with_dates("20450101000000Z", "20460101000000Z"), "tls-verify", "certificate is not valid before 2045-01-01")

    def test_self_signed(self):
        self.refused(self.serving(self.pki.context(self_signed=True)), "tls-verify", "certificate is self-signed")

    def test_for_another_name(self):
        self.refused(self.serving(self.pki.context(names="DNS:a.example,DNS:*.b.example", name="x")), "tls-verify",
                     "certificate is for a.example, *.b.example, not for localhost")

    def test_for_another_address(self):
        self.refused(self.serving(self.pki.context(names="DNS:localhost")), "tls-verify", "certificate is for localhost, not for 127.0.0.1",
                     host="127.0.0.1")

    def test_from_an_unknown_authority(self):
        other = Pki(self)  # takes the files of the first
        port = self.serving(other.context())
        self.pki = Pki(self)
        self.refused(port, "tls-verify", "is not trusted")

    def test_several_things_at_once(self):
        context = self.pki.context(names="DNS:a.example", name="x", dates=("20200101000000Z", "20210102000000Z"))
        self.refused(self.serving(context), "tls-verify", "expired on 2021-01-02", "not for localhost")

    def test_without_its_intermediate(self):
        inter = self.path("inter")
        self.pki.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=Intermediate",
                         "-keyout", f"{inter}.key", "-out", f"{inter}.csr")
        with open(f"{inter}.ext", "w", encoding="ascii") as file:
            file.write("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
        self.pki.openssl("x509", "-req", "-in", f"{inter}.csr", "-CA", self.pki.ca, "-CAkey", self.pki.key, "-days", "9",
                         "-extfile", f"{inter}.ext", "-out", f"{inter}.pem")
        root, self.pki.ca, self.pki.key = self.pki.ca, f"{inter}.pem", f"{inter}.key"
        context = self.pki.context()
        self.pki.ca = root
        self.refused(self.serving(context), "tls-verify", "issuer CN=Intermediate is not trusted")

    def test_with_a_weak_key(self):
        key, certificate = self.path("weak.key"), self.path("weak.pem")
        self.pki.openssl("req", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", self.path("weak.csr"))
        with open(self.path("weak.ext"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:localhost\n")
        self.pki.openssl("x509", "-req", "-in", self.path("weak.csr"), "-CA", self.pki.ca, "-CAkey", self.pki.key, "-days", "9",
                         "-extfile", self.path("weak.ext"), "-out", certificate)
        port = self.openssl_server("-cert", certificate, "-key", key, "-cipher", "DEFAULT:@SECLEVEL=0")
        flow = self.refused(port, "tls-verify", "too weak")
        self.assertIn("too weak", flow["tls"]["server"]["verify"])


class Protocols(BadServers):
    def test_only_tls_1_0(self):
        context = self.pki.context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        self.refused(self.serving(context), "tls-server", "it speaks none of the TLS versions that we allow")

    def test_only_rsa(self):
        key, certificate = self.path("rsa.key"), self.path("rsa.pem")
        self.pki.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost",
                         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        recorder = self.record("-w", self.archive, "--upstream-ca", certificate)
        self.assertEqual(self.curl(recorder, f"https://localhost:{self.serving(context)}/").stdout, b"hello")

    def test_a_client_certificate_is_wanted(self):
        context = self.pki.context()
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.pki.ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # with TLS 1.3 that shows after the handshake only
        self.refused(self.serving(context), "tls-server", "handshake", arguments=["--client-cert", "none"])

    def test_a_name_is_wanted_that_is_known(self):
        context = self.pki.context()
        context.sni_callback = lambda connection, name, _: None if name == "known.example" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        self.refused(self.serving(context), "tls-server", "it does not know the name it was asked for")

    def test_a_protocol_that_nobody_knows(self):
        context = self.pki.context()
        context.set_alpn_protocols(["exotic/1"])
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca)
        # It chooses none, which HTTP/1 does not need.
        self.assertEqual(self.curl(recorder, f"https://localhost:{self.serving(context)}/").stdout, b"hello")

    def test_a_protocol_that_only_the_client_shares(self):
        key, certificate = self.pki.issue()
        port = self.openssl_server("-cert", certificate, "-key", key, "-alpn", "h2")
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca)
        result = run("openssl", "s_client", "-proxy", "{}:{}".format(*recorder.address), "-connect", f"localhost:{port}",
                     "-CAfile", self.pki.ca, "-verify_return_error", "-alpn", "h2,http/1.1", input=b"Q\n")
        self.assertIn(b"ALPN protocol: h2", result.stdout)
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["passed"], flow["anomalies"]), (True, ["no-common-protocol"]))

    def test_no_tls_at_all(self):
        def complain(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        self.refused(Origin(self, complain).port, "tls-server", "does not speak TLS")

    def test_a_handshake_that_hangs(self):
        def hang(connection):
            connection.recv(65536)
            time.sleep(TIMEOUT)

        began = time.monotonic()
        self.refused(Origin(self, hang).port, "timeout", "did not finish its TLS handshake", arguments=("--connect-timeout", "2"))
        self.assertLess(time.monotonic() - began, TIMEOUT / 2)

    def test_a_handshake_that_is_reset(self):
        def reset(connection):
            connection.recv(65536)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

        self.refused(Origin(self, reset).port, "tls-server", "Connection reset by peer")

    def test_a_handshake_that_just_ends(self):
        self.refused(Origin(self, lambda connection: connection.recv(65536)).port, "tls-server", "closed the connection")


if __name__ == "__main__":
    unittest.main()
