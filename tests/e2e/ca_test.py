"""mitm-record with CAs that mitm-ca made in other ways than by default."""

import os
import ssl
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, program, run

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


class Authorities(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.origin = Origin(self, answering(OK), self.pki.context())
        self.options = ["-w", self.path("a.flowz"), "--upstream-ca", self.pki.ca]

    def init(self, *arguments, **more):
        result = run(program("mitm-ca"), "init", *arguments, env={**self.env, **more})
        self.assertEqual(result.returncode, 0, result.stderr)

    def fetch(self, recorder):
        anchor = self.path("anchor.pem")
        self.assertEqual(self.run_program("mitm-ca", "export", "-o", anchor).returncode, 0)
        return run("curl", "-sS", "-q", "--max-time", TIMEOUT, "--proxy", recorder.url, "--cacert", anchor,
                   f"https://localhost:{self.origin.port}/")

    def test_an_encrypted_key(self):
        self.init(MITMKIT_PASSPHRASE="secret")
        secret = self.path("secret")
        with open(secret, "w", encoding="ascii") as file:
            file.write("secret\n")
        recorder = self.record(*self.options, "--passphrase-file", secret)
        self.assertEqual(self.fetch(recorder).stdout, b"hello")
        self.assertEqual(recorder.stop(), 0)
        wrong = run(program("mitm-record"), "-l", "127.0.0.1:0", env={**self.env, "MITMKIT_PASSPHRASE": "wrong"})
        self.assertEqual(wrong.returncode, 1)
        self.assertIn(b"wrong passphrase", wrong.stderr)
        asked = run(program("mitm-record"), "-l", "127.0.0.1:0", env=self.env, start_new_session=True)
        self.assertEqual(asked.returncode, 2)
        self.assertIn(b"give it with --passphrase-file", asked.stderr)

    def test_the_command_does_not_see_the_passphrase(self):
        self.init(MITMKIT_PASSPHRASE="secret")
        result = run(program("mitm-record"), "-q", "--", "env", env={**self.env, "MITMKIT_PASSPHRASE": "secret"})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"SSL_CERT_FILE=", result.stdout)
        self.assertNotIn(b"secret", result.stdout)

    def test_a_key_that_is_made_is_encrypted_when_there_is_a_passphrase(self):
        self.env["MITMKIT_PASSPHRASE"] = "secret"
        recorder = self.record(*self.options)
        self.assertEqual(recorder.stop(), 0)
        with open(os.path.join(self.home, "ca.key"), encoding="ascii") as file:
            self.assertIn("ENCRYPTED", file.read())

    def test_a_constrained_ca_opens_what_it_may(self):
        self.init("--permit", "localhost")
        recorder = self.record(*self.options)
        self.assertEqual(self.fetch(recorder).stdout, b"hello")
        self.assertEqual(recorder.stop(), 0)
        strict = ssl.create_default_context(cafile=self.path("anchor.pem"))
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        recorder = self.record("-w", self.path("b.flowz"), "--upstream-ca", self.pki.ca)
        with strict.wrap_socket(recorder.tunnel("localhost", self.origin.port), server_hostname="localhost") as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200"))

    def test_what_a_constrained_ca_may_not_sign_is_passed_through(self):
        self.init("--permit", "elsewhere.example")
        recorder = self.record(*self.options)
        result = run("curl", "-sS", "-q", "--max-time", TIMEOUT, "--proxy", recorder.url, "--cacert", self.pki.ca,
                     f"https://localhost:{self.origin.port}/")
        self.assertEqual(result.stdout, b"hello", result.stderr)
        self.assertEqual(recorder.stop(), 0)
        (flow,) = self.dump("-r", self.path("a.flowz"))
        self.assertTrue(flow["passed"])

    def test_the_end_of_a_ca_is_announced(self):
        self.init("--days", "20")
        recorder = self.record(*self.options)
        self.assertEqual(recorder.stop(), 0)
        (warning,) = [line for line in recorder.stderr().splitlines() if "warning" in line]
        self.assertIn("the CA expires on ", warning)
        self.assertIn("rotate", warning)
        self.init("--force", "--days", "40")
        recorder = self.record("-w", self.path("c.flowz"))
        self.assertEqual(recorder.stop(), 0)
        self.assertNotIn("expires", recorder.stderr())


if __name__ == "__main__":
    unittest.main()
