"""mitm-ca issue: certificates for servers and clients, judged by others."""

import os
import socket
import ssl
import subprocess
import threading
import unittest

from ca_case import Case, mode, tool


class Issue(Case):
    def setUp(self):
        super().setUp()
        self.succeed("init")
        self.ca = self.home / "ca.pem"
        self.out = self.folder / "out"
        self.out.mkdir()

    def issue(self, *arguments, **options):
        return self.succeed("issue", *arguments, cwd=self.out, **options)

    def names(self):
        return sorted(os.listdir(self.out))

    def verify(self, certificate, *options):
        return self.openssl("verify", "-x509_strict", "-no-CAfile", "-no-CApath", "-CAfile", self.ca,
                            "-untrusted", certificate, *options, certificate)

    def test_server(self):
        self.issue("a.example", "*.b.example", "127.0.0.1", "::1")
        self.assertEqual(self.names(), ["a.example+3-key.pem", "a.example+3.pem"])
        certificate = self.out / "a.example+3.pem"
        self.assertEqual(mode(self.out / "a.example+3-key.pem"), 0o600)
        for option, name in (("-verify_hostname", "a.example"), ("-verify_hostname", "x.b.example"),
                             ("-verify_ip", "127.0.0.1"), ("-verify_ip", "::1")):
            self.verify(certificate, "-purpose", "sslserver", option, name)

    def test_several_at_once_leave_a_pair(self):
        for _ in range(8):
            processes = [subprocess.Popen(self.command("issue", "--force", "-o", self.out / "one", "localhost"), stderr=subprocess.PIPE)
                         for _ in range(3)]
            for process in processes:
                self.assertNotIn(b"error", process.communicate()[1])
                self.assertEqual(process.returncode, 0)
            self.assertEqual(self.names(), ["one-key.pem", "one.pem"])
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.out / "one.pem", self.out / "one-key.pem")

    def test_names_of_files(self):
        for host, stem in (("*.b.example", "_wildcard.b.example"), ("::1", "__1"), ("bücher.example", "bücher.example")):
            self.issue(host)
            self.assertIn(f"{stem}.pem", self.names())
        self.issue("-o", "mine", "a.example")
        self.assertIn("mine-key.pem", self.names())

    def test_never_overwrites_unasked(self):
        self.issue("a.example")
        before = (self.out / "a.example-key.pem").read_bytes()
        result = self.run_ca("issue", "a.example", cwd=self.out)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"--force", result.stderr)
        self.assertEqual((self.out / "a.example-key.pem").read_bytes(), before)
        self.issue("--force", "a.example")
        self.assertNotEqual((self.out / "a.example-key.pem").read_bytes(), before)

    @tool("strace")
    def test_a_pair_is_replaced_as_a_pair(self):
        """Stopped before each rename and unlink: a certificate that is there belongs to the key that is there."""
        self.issue("a.example")
        certificate, key = self.out / "a.example.pem", self.out / "a.example-key.pem"
        for call in ("unlink", "rename"):
            for when in range(1, 5):
                subprocess.run(["strace", "-f", "-o", os.devnull, "-e", f"inject={call},{call}at,renameat2:signal=KILL:when={when}",
                                *self.command("issue", "--force", "a.example")], cwd=self.out, capture_output=True,
                               env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
                if certificate.exists():
                    self.assertEqual(self.openssl("pkey", "-in", key, "-pubout"),
                                     self.openssl("x509", "-in", certificate, "-noout", "-pubkey"))
        self.issue("--force", "a.example")
        self.assertEqual([name for name in self.names() if ".new" not in name], ["a.example-key.pem", "a.example.pem"])

    def test_half_a_pair_that_is_there_is_left_alone(self):
        (self.out / "a.example.pem").write_text("mine")
        result = self.run_ca("issue", "a.example", cwd=self.out)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"--force", result.stderr)
        self.assertEqual(self.names(), ["a.example.pem"])

    def test_odd_stems(self):
        for stem in ("-", "", "none/", "a\nb"):
            self.assertIn("--output: ", self.refuse(2, "issue", f"--output={stem}", "a.example", cwd=self.out))
        self.assertEqual(self.names(), [])
        (self.out / "sub dir").mkdir()
        self.issue("-o", "sub dir/", "a.example")
        self.assertEqual(sorted(os.listdir(self.out / "sub dir")), ["a.example-key.pem", "a.example.pem"])
        for stem in ("it's $x; ü", "-dash", "a\tb"):
            self.issue(f"--output={stem}", "a.example")
            self.assertIn(f"{stem}-key.pem", self.names())
            self.issue(f"--output={stem}", "--p12", "a.example", env={"MITMKIT_P12_PASSWORD": "secret"})

    def test_not_over_the_ca(self):
        before = self.pair()
        (self.home / "ca-key.pem").symlink_to(self.home / "ca.key")
        self.refuse(2, "issue", "--force", "-o", self.home / "ca", "a.example")
        self.assertEqual(self.pair(), before)

    def test_bad_names(self):
        for name in ("", "x" * 300, "https://a.example", "a.example:1", "a..b", "*", "a.*.b", "u\u0308ber.example"):
            message = self.refuse(2, "issue", "--", name, cwd=self.out)
            self.assertIn("hint: ", message)
        self.assertEqual(self.names(), [])

    def test_encrypted_ca(self):
        self.succeed("init", "--force", env={"MITMKIT_PASSPHRASE": "pw"})
        self.issue("a.example", env={"MITMKIT_PASSPHRASE": "pw"})
        self.assertIn("wrong passphrase", self.refuse(1, "issue", "b.example", env={"MITMKIT_PASSPHRASE": "x"}))
        status, shown = self.run_at_terminal([b"pw\n"], "issue", "-o", self.out / "c", "c.example")
        self.assertEqual(status, 0, shown)

    def test_constrained_ca(self):
        self.succeed("init", "--force", "--permit", "a.example")
        self.issue("x.a.example")
        root = self.folder / "root.pem"
        self.succeed("export", "-o", root)
        self.ca = root
        self.verify(self.out / "x.a.example.pem", "-purpose", "sslserver")
        self.assertIn("may not sign", self.refuse(2, "issue", "b.example", cwd=self.out))

    @tool("certtool")
    def test_gnutls_and_strict_python_accept(self):
        for arguments in ((), ("--key", "rsa"), ("--permit", "localhost")):
            self.succeed("init", "--force", *arguments)
            self.issue("--force", "localhost")
            root, chain = self.folder / "root.pem", self.out / "localhost.pem"
            self.succeed("export", "-o", root)
            verified = subprocess.run(["certtool", "--verify", "--load-ca-certificate", root, "--infile", chain], capture_output=True)
            self.assertEqual(verified.returncode, 0, verified)
            self.handshake(root, chain, self.out / "localhost-key.pem")

    def handshake(self, root, chain, key, client=None):
        """In memory, with the strictest verification that Python has."""
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(chain, key)
        context = ssl.create_default_context(cafile=root)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if client:
            context.load_cert_chain(*client)
            server.verify_mode = ssl.CERT_REQUIRED
            server.verify_flags |= ssl.VERIFY_X509_STRICT
            server.load_verify_locations(root)

        ours, theirs = socket.socketpair()
        peer = {}

        def serve():
            try:
                with server.wrap_socket(theirs, server_side=True) as connection:
                    connection.sendall(b"hello")
                    peer.update(connection.getpeercert() or {})
            except OSError as error:
                peer["error"] = error

        thread = threading.Thread(target=serve)
        thread.start()
        with context.wrap_socket(ours, server_hostname="localhost") as connection:
            self.assertEqual(connection.recv(5), b"hello")
        thread.join()
        return peer

    def test_client(self):
        self.issue("localhost")
        self.issue("--client", "ann@a.example", "Ann")
        self.assertIn("ann@a.example+1-client.pem", self.names())
        stem = self.out / "ann@a.example+1-client"
        self.verify(f"{stem}.pem", "-purpose", "sslclient")
        peer = self.handshake(self.ca, self.out / "localhost.pem", self.out / "localhost-key.pem",
                              (f"{stem}.pem", f"{stem}-key.pem"))
        self.assertIn(("email", "ann@a.example"), peer["subjectAltName"])

    def test_one_file(self):
        self.issue("--combined", "localhost")
        self.assertEqual(self.names(), ["localhost.pem"])
        self.assertEqual(mode(self.out / "localhost.pem"), 0o600)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.out / "localhost.pem")
        self.assertEqual(self.run_ca("issue", "--combined", "localhost", cwd=self.out).returncode, 1)
        self.refuse(2, "issue", "--combined", "--p12", "localhost")
        self.refuse(2, "issue", "--password-file", "/dev/null", "localhost")

    def test_a_short_password_is_told(self):
        result = self.issue("--p12", "localhost", env={"MITMKIT_P12_PASSWORD": "12345"})
        self.assertIn(b"warning: the password is short: Java", result.stderr)

    def p12(self):
        self.issue("--client", "--p12", "ann@a.example", env={"MITMKIT_P12_PASSWORD": "secret"})
        archive = self.out / "ann@a.example-client.p12"
        self.assertEqual(mode(archive), 0o600)
        return archive

    def test_p12_opens_in_openssl(self):
        shown = self.openssl("pkcs12", "-in", self.p12(), "-passin", "pass:secret", "-nodes")
        self.assertIn("PRIVATE KEY", shown)

    @tool("keytool")
    def test_p12_opens_in_java(self):
        listed = subprocess.run(["keytool", "-list", "-keystore", self.p12(), "-storepass", "secret"], capture_output=True)
        self.assertIn(b"PrivateKeyEntry", listed.stdout)

    @tool("pk12util")
    def test_p12_goes_into_nss(self):
        database = self.folder / "db"
        database.mkdir()
        subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True)
        imported = subprocess.run(["pk12util", "-i", self.p12(), "-d", f"sql:{database}", "-W", "secret"], capture_output=True)
        self.assertEqual(imported.returncode, 0, imported)
        self.assertIn(b"ann@a.example", subprocess.run(["certutil", "-K", "-d", f"sql:{database}"], capture_output=True).stdout)


if __name__ == "__main__":
    unittest.main()
