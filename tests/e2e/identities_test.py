"""Certificates that people bring: for servers that ask, for clients that are asked, in place of ours."""

import ssl
import unittest

from harness import Origin, answering, read_all, run
from tls_case import OK, Tls


class Bringing(Tls):
    def client_identity(self, name):
        key, certificate = self.pki.issue(names="DNS:client", name=name, usage="clientAuth")
        path = self.path(f"{name}.pem")
        with open(path, "wb") as out:
            for part in (key, certificate):
                with open(part, "rb") as source:
                    out.write(source.read())
        return path

    def asking(self, mode=ssl.CERT_REQUIRED, version=ssl.TLSVersion.TLSv1_3):
        """An origin that tells who the client is."""
        context = self.pki.context()
        context.verify_mode = mode
        context.maximum_version = version
        context.load_verify_locations(self.pki.ca)

        def serve(connection):
            connection.recv(65536)
            certificate = connection.getpeercert() or {"subject": [[("commonName", "nobody")]]}
            subject = dict(item[0] for item in certificate["subject"])["commonName"].encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(subject), subject))

        return Origin(self, serve, context)


class TowardsServers(Bringing):
    def test_a_server_that_asks_gets_the_certificate_for_it(self):
        origin = self.asking()
        recorder = self.start("--client-cert", f"other.example={self.client_identity('other')}",
                              "--client-cert", f"localhost={self.client_identity('alice')}",
                              "--client-cert", self.client_identity("bob"))
        for _ in range(2):
            self.assertEqual(self.fetch(recorder, origin.port).stdout, b"alice")
            self.assertEqual(self.fetch(recorder, origin.port, host="127.0.0.1").stdout, b"bob")
        flows = self.flows(recorder)
        self.assertEqual([flow["tls"]["server"]["resumed"] for flow in flows], [False, False, True, True])
        self.assertEqual([flow["tls"]["server"]["client_certificate"]["subject"] for flow in flows], 2 * ["CN=alice", "CN=bob"])

    def test_a_server_that_is_not_accepted_is_told_of_as_such(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                origin = self.asking(version=version)
                recorder = self.record("-w", self.archive, "--client-cert", self.client_identity("alice"))
                self.assertIn(b"Origin CA is not trusted", self.fetch(recorder, origin.port).stdout)
                self.assertEqual([flow["error"]["kind"] for flow in self.flows(recorder)], ["tls-verify"])

    def test_it_is_recorded(self):
        recorder = self.start("--client-cert", self.client_identity("alice"))
        self.fetch(recorder, self.asking().port)
        (flow,) = self.flows(recorder)
        self.assertEqual(flow["tls"]["server"]["client_certificate"]["subject"], "CN=alice")
        self.assertIsNone(flow["tls"]["client"]["client_certificate"])
        self.assertEqual(flow["tls"]["server"]["certificate"]["names"], ["localhost", "127.0.0.1"])
        self.assertIn(b"* our certificate: CN=alice, issued by CN=Origin CA", self.run_program("mitm-dump", "-vvv", "-r", self.archive).stdout)

    def test_where_there_is_none_for_a_server_that_asks_its_client_may_have_one(self):
        alice = self.client_identity("alice")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for mode in (ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL):
                with self.subTest(version=version, mode=mode):
                    origin = self.asking(mode, version)
                    recorder = self.start("--client-cert", f"elsewhere.example={alice}")
                    for _ in range(2):
                        result = self.fetch(recorder, origin.port, "--cert", alice, ca=self.pki.ca)
                        self.assertEqual(result.stdout, b"alice", result.stderr)
                    flows = self.flows(recorder)
                    self.assertEqual([(flow["kind"], flow["passed"], flow["anomalies"]) for flow in flows],
                                     2 * [("tls", True, ["client-certificate-wanted"])])

    def test_its_client_may_trust_it_by_another_authority(self):
        alice = self.client_identity("alice")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                origin = self.asking(version=version)
                recorder = self.record("-w", self.archive)  # which does not trust the server
                self.assertEqual(self.fetch(recorder, origin.port, "--cert", alice, ca=self.pki.ca).stdout, b"alice")
                self.assertTrue(self.flows(recorder)[0]["passed"])

    def test_a_server_that_asks_can_be_had_without_one(self):
        origin = self.asking(ssl.CERT_OPTIONAL)
        recorder = self.start("--client-cert", "localhost=none", "--client-cert", self.client_identity("alice"))
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"nobody")
        self.assertEqual(self.fetch(recorder, origin.port, host="127.0.0.1").stdout, b"alice")
        self.assertEqual([flow["passed"] for flow in self.flows(recorder)], [False, False])

    def test_a_server_that_insists_in_vain_is_told_of(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                origin = self.asking(version=version)
                recorder = self.start("--client-cert", "none")
                self.assertNotIn(b"alice", self.fetch(recorder, origin.port).stdout)
                (flow,) = self.flows(recorder)
                self.assertFalse(flow["complete"] and not flow["error"])

    def test_an_impostor_does_not_learn_who_we_are(self):
        context = self.pki.context(names="DNS:elsewhere.example", name="x")
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(self.pki.ca)
        seen = []
        origin = Origin(self, lambda connection: seen.append((connection.recv(65536), connection.getpeercert())), context)
        words = ("--client-cert", self.client_identity("alice"))
        recorder = self.start(*words)
        self.assertIn(b"not for localhost", self.fetch(recorder, origin.port).stdout)
        recorder.stop()
        self.fetch(self.start(*words, "--insecure-host", "localhost"), origin.port)
        (refused, nobody), (request, alice) = seen
        self.assertEqual(refused, b"")
        self.assertFalse(nobody)
        self.assertTrue(request.startswith(b"GET /path "))
        self.assertIn((("commonName", "alice"),), alice["subject"])

    def test_another_name_in_the_greeting_gets_nobody_elses_certificate(self):
        origin = self.asking()
        recorder = self.start("--client-cert", f"bank.example={self.client_identity('alice')}", "--insecure-host", "bank.example")
        context = ssl.create_default_context(cafile=self.ca)
        with recorder.tunnel("localhost", origin.port) as tunnel:
            # It is passed through, so that the client sees for itself who that is.
            with self.assertRaises(ssl.SSLCertVerificationError):
                context.wrap_socket(tunnel, server_hostname="bank.example")
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["passed"], flow["anomalies"]), (True, ["client-certificate-wanted"]))

    def test_what_is_meant_for_one_name_is_not_given_to_another(self):
        context = self.pki.context(names="DNS:evil.example", name="x")
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(self.pki.ca)
        seen = []
        origin = Origin(self, lambda connection: seen.append(connection.recv(65536) and connection.getpeercert()), context)
        recorder = self.start("--client-cert", f"localhost={self.client_identity('alice')}")
        ours = ssl.create_default_context(cafile=self.ca)
        with recorder.tunnel("localhost", origin.port) as tunnel, ours.wrap_socket(tunnel, server_hostname="evil.example") as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
            client.recv(1)
        self.assertFalse(seen[0])


class TowardsClients(Bringing):
    def test_clients_that_are_asked_may_say_who_they_are(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--ask-client-cert")
        self.assertEqual(self.fetch(recorder, origin.port, "--cert", self.client_identity("alice")).stdout, b"hello")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        alice, nobody = self.flows(recorder)
        self.assertEqual(alice["tls"]["client"]["client_certificate"]["subject"], "CN=alice")
        self.assertEqual(alice["tls"]["client"]["client_certificate"]["issuer"], "CN=Origin CA")
        self.assertRegex(alice["tls"]["client"]["client_certificate"]["sha256"], "^[0-9a-f]{64}$")
        self.assertIsNone(nobody["tls"]["client"]["client_certificate"])
        self.assertIn(b"* client's certificate: CN=alice", self.run_program("mitm-dump", "-vvv", "-r", self.archive).stdout)

    def test_who_resumes_is_who_was_there_before(self):
        alice = self.client_identity("alice")
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                origin = Origin(self, answering(OK), self.pki.context())
                recorder = self.start("--ask-client-cert")
                session = self.path("session")
                for words in (["-sess_out", session], ["-sess_in", session]):
                    run("openssl", "s_client", "-proxy", "{}:{}".format(*recorder.address), "-connect", f"localhost:{origin.port}", version,
                        "-CAfile", self.ca, "-cert", alice, "-key", alice, "-ign_eof", *words, input=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                first, second = self.flows(recorder)
                self.assertEqual([flow["tls"]["client"]["resumed"] for flow in (first, second)], [False, True])
                self.assertEqual(first["tls"]["client"]["client_certificate"], second["tls"]["client"]["client_certificate"])

    def test_a_client_that_we_refuse_has_not_refused_us(self):
        huge = self.path("huge.pem")
        with open(self.path("huge.cnf"), "w", encoding="ascii") as config:  # more than OpenSSL takes
            config.write("[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN=huge\n[v3]\nsubjectAltName=@alt\n[alt]\n")
            config.writelines(f"DNS.{number}={'n' * 50}{number}.example\n" for number in range(2500))
        self.pki.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9",
                         "-config", self.path("huge.cnf"), "-keyout", self.path("huge.key"), "-out", huge)
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--ask-client-cert")
        for _ in range(3):
            self.assertNotEqual(self.fetch(recorder, origin.port, "--cert", huge, "--key", self.path("huge.key")).stdout, b"hello")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        self.assertEqual([flow["passed"] for flow in self.flows(recorder)], 4 * [False])

    def test_nobody_is_asked_without_being_told_to(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        self.fetch(recorder, origin.port, "--cert", self.client_identity("alice"))
        self.assertIsNone(self.flows(recorder)[0]["tls"]["client"]["client_certificate"])

    def test_clients_are_shown_the_certificate_that_was_brought(self):
        origin = Origin(self, answering(OK), self.pki.context())
        brought = self.path("brought.pem")
        with open(brought, "wb") as out:
            for part in self.pki.issue():
                with open(part, "rb") as source:
                    out.write(source.read())
        recorder = self.start("--cert", f"localhost={brought}")
        self.assertEqual(self.fetch(recorder, origin.port, ca=self.pki.ca).stdout, b"hello")
        self.assertEqual(self.fetch(recorder, origin.port).returncode, 60)  # our CA did not make it

    def test_none_is_nothing_to_show_to_clients(self):
        result = self.run_program("mitm-record", "--cert", "localhost=none")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"--cert: open none: No such file", result.stderr)

    def test_a_file_without_an_identity_is_refused(self):
        for flag, value in (("--client-cert", self.pki.ca), ("--cert", f"h={self.pki.ca}"), ("--client-cert", "/nonexistent")):
            result = self.run_program("mitm-record", "-l", "127.0.0.1:0", flag, value)
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"error: {flag}: ".encode(), result.stderr)


if __name__ == "__main__":
    unittest.main()
