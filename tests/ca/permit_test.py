"""mitm-ca init --permit: what such a CA signs elsewhere is worth nothing."""

import pathlib
import subprocess
import unittest

from ca_case import Case, tool


class Permit(Case):
    def setUp(self):
        super().setUp()
        self.succeed("init", "--permit", "a.example", "--permit", "127.0.0.0/8")
        blocks = (self.home / "ca.pem").read_text().split("-----END CERTIFICATE-----\n")[:-1]
        self.root, self.signing = self.folder / "root.pem", self.folder / "signing.pem"
        self.root.write_text(blocks[0] + "-----END CERTIFICATE-----\n")
        self.signing.write_text(blocks[1] + "-----END CERTIFICATE-----\n")

    def leaf(self, name, purpose="serverAuth"):
        """What a thief of the key signs."""
        key, request, leaf = (self.folder / part for part in ("leaf.key", "leaf.csr", "leaf.pem"))
        kind = "IP" if name[0].isdigit() else "URI" if "//" in name else "email" if "@" in name else "DNS"
        extensions = self.folder / "ext"
        extensions.write_text(f"subjectAltName={kind}:{name}\nextendedKeyUsage={purpose}\nkeyUsage=critical,digitalSignature\n"
                              "basicConstraints=critical,CA:FALSE\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=x", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.signing, "-CAkey", self.home / "ca.key", "-days", "9",
                     "-extfile", extensions, "-out", leaf)
        return leaf

    def accepted(self, *command):
        return subprocess.run(list(map(str, command)), capture_output=True).returncode == 0

    CASES = {"a.example": True, "x.a.example": True, "127.0.0.1": True,
             "b.example": False, "xa.example": False, "10.0.0.1": False}

    def test_openssl(self):
        for name, allowed in self.CASES.items():
            leaf = self.leaf(name)
            self.assertEqual(self.accepted("openssl", "verify", "-x509_strict", "-no-CAfile", "-no-CApath",
                                           "-CAfile", self.root, "-untrusted", self.signing, leaf), allowed, name)

    def test_neither_mailboxes_nor_programs(self):
        """Nor is what somebody else's client would show, where its name is no host's."""
        for name, purpose, wanted, allowed in (("x@a.example", "clientAuth", "sslclient", True), ("x@y.a.example", "clientAuth", "sslclient", True),
                                               ("x@b.example", "clientAuth", "sslclient", False), ("https://b.example/x", "clientAuth", "sslclient", False),
                                               ("https://a.example/x", "clientAuth", "sslclient", True),
                                               ("x@a.example", "emailProtection", "smimesign", False), ("a.example", "codeSigning", "timestampsign", False)):
            leaf = self.leaf(name, purpose)
            self.assertEqual(self.accepted("openssl", "verify", "-x509_strict", "-purpose", wanted, "-no-CAfile", "-no-CApath",
                                           "-CAfile", self.root, "-untrusted", self.signing, leaf), allowed, (name, purpose))

    def test_clients_that_are_permitted(self):
        self.succeed("issue", "--client", "-o", self.folder / "ann", "ann@x.a.example")
        issued = self.folder / "ann.pem"
        self.assertTrue(self.accepted("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-no-CAfile", "-no-CApath",
                                      "-CAfile", self.root, "-untrusted", issued, issued))
        self.assertIn("ann@b.example", self.refuse(2, "issue", "--client", "-o", self.folder / "other", "ann@b.example"))

    def test_what_is_issued_is_accepted(self):
        """Of an address, too, which must not stand where a domain is looked for."""
        for permitted, host in (("127.0.0.1", "127.0.0.1"), ("a.example", "x.a.example"), ("10.0.0.0/8", "10.1.2.3"), ("::1", "::1")):
            self.succeed("init", "--force", "--permit", permitted)
            self.succeed("issue", "--force", "-o", self.folder / "issued", host)
            self.succeed("export", "-o", self.root)
            issued = self.folder / "issued.pem"
            self.assertTrue(self.accepted("openssl", "verify", "-x509_strict", "-no-CAfile", "-no-CApath",
                                          "-CAfile", self.root, "-untrusted", issued, issued), permitted)

    @tool("certtool")
    def test_gnutls(self):
        for name, allowed in self.CASES.items():
            chain = self.folder / "chain"
            chain.write_text(pathlib.Path(self.leaf(name)).read_text() + self.signing.read_text())
            self.assertEqual(self.accepted("certtool", "--verify", "--load-ca-certificate", self.root, "--infile", chain),
                             allowed, name)

    def test_key_of_what_is_trusted_is_gone(self):
        public = self.openssl("pkey", "-in", self.home / "ca.key", "-pubout")
        self.assertEqual(public, self.openssl("x509", "-in", self.signing, "-noout", "-pubkey"))
        self.assertNotEqual(public, self.openssl("x509", "-in", self.root, "-noout", "-pubkey"))
        self.assertEqual(self.succeed("export").stdout.decode(), self.root.read_text())

    def test_wrong_usage(self):
        for word, hint in (("https://a.example/", "--permit a.example"), ("*.a.example", "--permit a.example"),
                           ("a.example:443", "--permit a.example"), ("", "write it as"), ("10.0.0.0/99", "10.0.0.0/8"),
                           ("x" * 300, "write it as")):
            self.assertIn(hint, self.refuse(2, "init", "--force", "--permit", word))
            self.assertIn(hint, self.refuse(2, "init", "--permit", word))


if __name__ == "__main__":
    unittest.main()
