"""What servers staple about their certificates (OCSP), and what comes of it."""

import time
import unittest

import bad_servers_test
from harness import run
from tls_case import Tls


class Stapled(Tls):
    openssl_server = bad_servers_test.BadServers.openssl_server

    def setUp(self):
        super().setUp()
        self.certificate_key, self.certificate = self.pki.issue()
        self.stem = self.certificate.removesuffix(".pem")

    def revoke(self):
        self.pki.openssl("ca", "-config", self.stem + ".cnf", "-cert", self.pki.ca, "-keyfile", self.pki.key,
                         "-revoke", self.certificate, "-crl_reason", "keyCompromise")

    def answer(self, *arguments, about=None, signer=None):
        path = self.path(f"answer-{time.monotonic_ns()}.der")
        signer = signer or (self.pki.ca, self.pki.key)
        self.pki.openssl("ocsp", "-index", self.stem + ".db", "-CA", self.pki.ca, "-rsigner", signer[0], "-rkey", signer[1],
                         "-issuer", self.pki.ca, "-cert", about or self.certificate, "-ndays", "2", "-respout", path, *arguments)
        return path

    def fetch_stapled(self, answer, *arguments, version="-tls1_3"):
        port = self.openssl_server("-cert", self.certificate, "-key", self.certificate_key, "-status_file", answer, version)
        recorder = self.start(*arguments)
        result = self.fetch(recorder, port)
        (flow,) = self.flows(recorder)
        return result.stdout, flow

    def test_a_certificate_that_is_good(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                _, flow = self.fetch_stapled(self.answer(), version=version)
                self.assertEqual((flow["response"]["status"], flow["tls"]["server"]["ocsp"]), (200, "good"))

    def test_a_certificate_that_was_revoked(self):
        self.revoke()
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                page, flow = self.fetch_stapled(self.answer(), version=version)
                self.assertRegex(page, rb"certificate was revoked on \d{4}-\d\d-\d\d \(keyCompromise\)")
                self.assertEqual(flow["error"]["kind"], "tls-verify")
                self.assertRegex(flow["tls"]["server"]["ocsp"], r"^revoked on \d{4}-\d\d-\d\d \(keyCompromise\)$")
        _, flow = self.fetch_stapled(self.answer(), "-k")
        self.assertEqual(flow["response"]["status"], 200)
        self.assertIn("revoked", flow["tls"]["server"]["verify"])

    def test_a_responder_that_sends_no_certificate(self):
        self.revoke()
        page, _ = self.fetch_stapled(self.answer("-resp_no_certs"))
        self.assertIn(b"certificate was revoked", page)

    def test_a_responder_of_the_issuer_may_speak_and_another_certificate_may_not(self):
        self.revoke()
        for usage, said in (("OCSPSigning", "revoked on "), ("serverAuth", "not signed by anybody")):
            with self.subTest(usage):
                key, responder = self.pki.issue(name="responder", usage=usage)
                _, flow = self.fetch_stapled(self.answer(signer=(responder, key)))
                self.assertIn(said, flow["tls"]["server"]["ocsp"])

    def test_who_was_revoked_does_not_learn_who_we_are(self):
        self.revoke()
        key, alice = self.pki.issue(name="alice", usage="clientAuth")
        identity = self.path("alice.pem")
        with open(identity, "wb") as out:
            for part in (key, alice):
                with open(part, "rb") as file:
                    out.write(file.read())
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                port = self.openssl_server("-cert", self.certificate, "-key", self.certificate_key, "-status_file", self.answer(),
                                           "-verify", "1", version)
                recorder = self.start("--client-cert", identity)
                self.assertIn(b"certificate was revoked", self.fetch(recorder, port).stdout)
                (flow,) = self.flows(recorder)
                self.assertIsNone(flow["tls"]["server"]["client_certificate"])

    def test_an_answer_that_says_nothing_harms_nobody(self):
        _, other = self.pki.issue(name="other")
        key, stranger = self.pki.issue(self_signed=True, usage="OCSPSigning")
        later = self.path("later.der")
        with open(later, "wb") as file:
            file.write(b"\x30\x03\x0a\x01\x03")  # OCSPResponse with nothing but the status tryLater
        self.revoke()
        for answer, said in ((self.answer(about=other), "about another certificate"), (later, "no answer: trylater"),
                             (self.answer(signer=(stranger, key)), "not signed by anybody who is trusted for it")):
            with self.subTest(said):
                _, flow = self.fetch_stapled(answer)
                self.assertEqual((flow["response"]["status"], flow["tls"]["server"]["ocsp"]), (200, said))

    def test_the_answer_itself_is_in_the_recording(self):
        answer = self.answer()
        self.fetch_stapled(answer)
        with open(answer, "rb") as file:
            expected = file.read()
        content = run("zstd", "-dc", self.archive).stdout
        self.assertIn(expected, content)

    def test_no_answer_is_no_answer(self):
        port = self.openssl_server("-cert", self.certificate, "-key", self.certificate_key)
        recorder = self.start()
        self.fetch(recorder, port)
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["response"]["status"], flow["tls"]["server"]["ocsp"]), (200, None))


if __name__ == "__main__":
    unittest.main()
