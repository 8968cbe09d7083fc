"""mitm-ca init --import: CAs of other programs, whole, in pieces and damaged."""

import subprocess
import time
import unittest

from ca_case import Case, mode, tool


class Import(Case):
    def setUp(self):
        super().setUp()
        self.key, self.certificate = self.folder / "other.key", self.folder / "other.pem"

    def make(self, *extensions, key=("-newkey", "rsa:2048"), days=300):
        """A root as mitmproxy makes it, or with other extensions."""
        chosen = extensions or ("basicConstraints=critical,CA:TRUE", "extendedKeyUsage=serverAuth",
                                "keyUsage=critical,keyCertSign,cRLSign")
        config = self.folder / "config"
        config.write_text("[req]\ndistinguished_name=d\n[d]\n")
        options = [word for extension in chosen for word in ("-addext", extension)]
        self.openssl("req", "-x509", *key, "-config", config, "-nodes", "-subj", "/CN=mitmproxy/O=mitmproxy", "-days", days,
                     "-keyout", self.key, "-out", self.certificate, *options)
        both = self.folder / "both.pem"
        both.write_text(self.key.read_text() + self.certificate.read_text())
        return both

    def pkcs12(self, password):
        archive = self.folder / "other.p12"
        self.openssl("pkcs12", "-export", "-inkey", self.key, "-in", self.certificate, "-passout", f"pass:{password}", "-out", archive)
        return archive

    def expect_same(self):
        self.assertEqual((self.home / "ca.pem").read_text(), self.certificate.read_text())
        self.assertEqual(self.openssl("pkey", "-in", self.home / "ca.key", "-pubout"),
                         self.openssl("pkey", "-in", self.key, "-pubout"))
        self.assertEqual(mode(self.home / "ca.key"), 0o600)

    def test_one_file(self):
        self.succeed("init", "--import", self.make())
        self.expect_same()

    def test_two_files(self):
        self.make()
        self.succeed("init", "--import", self.certificate, "--import", self.key)
        self.expect_same()

    def test_pkcs12(self):
        self.make()
        self.succeed("init", "--import", self.pkcs12(""))
        self.expect_same()
        archive = self.pkcs12("pw")
        self.succeed("init", "--force", "--import", archive, env={"MITMKIT_IMPORT_PASSPHRASE": "pw"})
        self.openssl("pkey", "-in", self.home / "ca.key", "-passin", "pass:pw", "-noout")
        status, shown = self.run_at_terminal([b"pw\n"], "init", "--force", "--no-encrypt", "--import", archive)
        self.assertEqual(status, 0, shown)
        self.expect_same()
        self.assertIn("wrong passphrase",
                      self.refuse(1, "init", "--force", "--import", archive, env={"MITMKIT_IMPORT_PASSPHRASE": "no"}))

    def test_encrypted_on_the_way_in(self):
        secret = self.folder / "secret"
        secret.write_text("pw")
        self.succeed("init", "--import", self.make(), "--passphrase-file", secret)
        self.openssl("pkey", "-in", self.home / "ca.key", "-passin", "pass:pw", "-noout")

    def test_encrypted_key(self):
        self.make()
        sealed = self.folder / "sealed"
        self.openssl("pkcs8", "-topk8", "-in", self.key, "-passout", "pass:pw", "-out", sealed)
        files = ["--import", self.certificate, "--import", sealed]
        result = subprocess.run([*self.command("init"), *map(str, files)], capture_output=True, start_new_session=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"give it with --import-passphrase-file FILE", result.stderr)
        secret = self.folder / "secret"
        secret.write_text("pw\n")
        told = self.succeed("init", *files, "--import-passphrase-file", secret).stderr
        self.assertIn(b"stays encrypted, with the passphrase that it had", told)
        self.openssl("pkey", "-in", self.home / "ca.key", "-passin", "pass:pw", "-noout")
        self.assertIn("ENCRYPTED", (self.home / "ca.key").read_text())
        self.succeed("init", "--force", *files, "--import-passphrase-file", secret, env={"MITMKIT_PASSPHRASE": "other"})
        self.openssl("pkey", "-in", self.home / "ca.key", "-passin", "pass:other", "-noout")
        self.succeed("init", "--force", "--no-encrypt", *files, "--import-passphrase-file", secret)
        self.expect_same()
        self.refuse(2, "init", "--force", "--no-encrypt", "--encrypt", *files)

    def chain(self, root, days=300):
        """A CA below a root with these extensions, in one file."""
        self.make(*root, days=days)
        key, request, certificate, extensions = (self.folder / name for name in ("sub.key", "sub.csr", "sub.pem", "ext"))
        extensions.write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n")
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Sub", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-days", "9",
                     "-extfile", extensions, "-out", certificate)
        both = self.folder / "chain.pem"
        both.write_text(key.read_text() + certificate.read_text() + self.certificate.read_text())
        return both

    def test_issuers_are_examined_as_well(self):
        usage = "keyUsage=critical,keyCertSign"
        self.succeed("init", "--import", self.chain(("basicConstraints=critical,CA:TRUE", usage)))
        for root, words in ((("basicConstraints=critical,CA:FALSE",), "not a CA certificate"),
                            (("basicConstraints=critical,CA:TRUE,pathlen:0", usage), "its path length of 0 allows no CA below it"),
                            (("basicConstraints=critical,CA:TRUE", "keyUsage=critical,cRLSign"), "does not let it sign"),
                            (("basicConstraints=critical,CA:TRUE", usage, "1.2.3.4=critical,DER:0500"), "critical extension 1.2.3.4")):
            message = self.refuse(1, "init", "--force", "--import", self.chain(root))
            self.assertIn("its issuer 'O=mitmproxy,CN=mitmproxy': ", message)
            self.assertIn(words, message)

    def test_an_issuer_that_is_only_called_so(self):
        both = self.chain(("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"))
        right = self.certificate.read_text()
        self.make()
        stranger = self.certificate.read_text()
        both.write_text(both.read_text().replace(right, stranger + right))
        self.succeed("init", "--import", both)
        self.assertTrue((self.home / "ca.pem").read_text().startswith(right))

    def test_halves(self):
        self.make()
        for half, words in ((self.certificate, "no private key"), (self.key, "no certificate")):
            message = self.refuse(1, "init", "--import", half)
            self.assertIn(words, message)
            self.assertIn(f"--import {half} --import FILE", message)
        self.assertFalse(self.home.exists())

    def test_mismatched(self):
        self.make()
        certificate = self.certificate.read_text()
        self.make()
        self.certificate.write_text(certificate)
        self.assertIn("do not belong together", self.refuse(1, "init", "--import", self.certificate, "--import", self.key))

    def test_expired_or_no_ca(self):
        self.assertIn("not a CA", self.refuse(1, "init", "--import", self.make("basicConstraints=critical,CA:FALSE")))
        self.make()
        (self.folder / "index").touch()
        (self.folder / "conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\nx509_extensions=e\n"
            "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n[e]\nbasicConstraints=critical,CA:TRUE\n")
        request = self.folder / "request"
        self.openssl("req", "-new", "-key", self.key, "-subj", "/CN=Old", "-out", request)
        self.openssl("ca", "-batch", "-selfsign", "-config", self.folder / "conf", "-keyfile", self.key, "-in", request,
                     "-startdate", "200101000000Z", "-enddate", "210101000000Z", "-out", self.certificate, "-notext")
        self.assertIn("expired on 2021-01-01",
                      self.refuse(1, "init", "--import", self.certificate, "--import", self.key))

    def test_odd_extensions(self):
        odd = {"1.2.3.4=critical,DER:0500": 1, "nameConstraints=critical,permitted;DNS:example.com": 0,
               "certificatePolicies=1.2.3.4": 0, "2.5.29.30=DER:0500": 1}
        for extension, status in odd.items():
            result = self.run_ca("init", "--force", "--import", self.make("basicConstraints=critical,CA:TRUE",
                                                               "keyUsage=critical,keyCertSign", extension))
            self.assertEqual(result.returncode, status, (extension, result.stderr))

    def test_what_strict_clients_miss_is_told(self):
        result = self.succeed("init", "--import", self.make("basicConstraints=CA:TRUE", "subjectKeyIdentifier=none"))
        for words in (b"no keyUsage", b"not critical", b"no subjectKeyIdentifier"):
            self.assertIn(words, result.stderr)

    def test_the_hint_imports_again(self):
        self.succeed("init")
        both = self.make()
        told = self.refuse(1, "init", "--import", both)
        self.assertIn(f"init --force --import {both}\n", told)

    def test_strangers_are_told(self):
        self.make()
        used = self.key.rename(self.folder / "used.key"), self.certificate.rename(self.folder / "used.pem")
        self.make()
        files = [word for file in (*used, self.key, self.certificate) for word in ("--import", file)]
        told = self.succeed("init", *files).stderr.decode()
        self.assertIn(f"warning: {self.key}: its private key is not used, for that of {used[0]} is\n", told)
        self.assertIn(f"warning: {self.certificate}: the certificate '", told)
        self.assertEqual((self.home / "ca.pem").read_text(), used[1].read_text())
        told = self.succeed("init", "--force", "--import", used[0], "--import", used[1], "--import", used[1]).stderr.decode()
        self.assertNotIn("not used", told)

    @tool("mitmdump")
    def test_what_mitmproxy_really_writes(self):
        folder = self.folder / "mitmproxy"
        process = subprocess.Popen(["mitmdump", "-q", "-n", "--listen-host", "127.0.0.1", "-p", "0", "--set", f"confdir={folder}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 60
            while not (folder / "mitmproxy-dhparam.pem").exists() and time.monotonic() < end:
                time.sleep(0.1)  # the last of its files
        finally:
            process.kill()
            process.wait()
        for name in ("mitmproxy-ca.pem", "mitmproxy-ca.p12"):
            self.succeed("init", "--force", "--import", folder / name)
            fingerprints = [self.openssl("x509", "-in", path, "-noout", "-fingerprint")
                            for path in (folder / "mitmproxy-ca-cert.pem", self.home / "ca.pem")]
            self.assertEqual(fingerprints[0], fingerprints[1])
        self.assertIn("no private key", self.refuse(1, "init", "--force", "--import", folder / "mitmproxy-ca-cert.p12"))

    def test_wrong_usage(self):
        both = self.make()
        for option in (["--days", "3"], ["--name", "x"], ["--key", "ec"], ["--permit", "a.example"]):
            self.refuse(2, "init", "--import", both, *option)
        self.refuse(1, "init", "--import", self.folder / "none")
        (self.folder / "text").write_text("hello")
        self.refuse(1, "init", "--import", self.folder / "text")


if __name__ == "__main__":
    unittest.main()
