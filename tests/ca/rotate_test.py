"""mitm-ca rotate: a new CA where the old one was, which stays trusted until it ends."""

import os
import subprocess
import unittest

from ca_case import PROGRAM, tool
from stores_case import LaidOut, snapshot


class Rotate(LaidOut):
    def setUp(self):
        super().setUp()
        self.lay_out("Debian")

    def rotate(self, *arguments, **options):
        result = self.stores("rotate", "--root", self.root, *arguments, **options)
        self.assertEqual(result.returncode, 0, result)
        return result

    def shown(self):
        return dict(line.split(None, 1) for line in self.succeed("show").stdout.decode().splitlines())

    def installed(self):
        return sorted(path.name for path in self.anchors.iterdir() if path.name.startswith("mitmkit-"))

    def test_the_new_one_is_installed_where_the_old_one_is(self):
        self.expect("installed", "install", "--root", self.root)
        before = self.pair()
        result = self.rotate()
        self.assertNotEqual(self.pair()[0], before[0])
        self.assertNotEqual(self.pair()[1], before[1])
        self.assertEqual(len(self.installed()), 2)
        self.assertIn(before[0].decode(), self.bundle.read_text())
        self.assertIn(self.pair()[0].decode(), self.bundle.read_text())
        self.assertIn(b"the old one stays trusted", result.stderr)
        self.expect("removed", "uninstall", "--root", self.root)
        self.assertEqual(self.installed(), [])

    def test_nowhere_when_it_was_nowhere(self):
        before = snapshot(self.root)
        told = self.rotate().stderr.decode()
        self.assertEqual(snapshot(self.root), before)
        self.assertNotIn("stays trusted", told)
        self.assertIn("copies of the old one that were exported", told)

    @tool("certutil")
    def test_stores_that_were_not_chosen_are_told(self):
        database = self.user / ".pki/nssdb"
        database.mkdir(parents=True)
        subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True)
        self.assertEqual(self.stores("install", "--store", "nss").returncode, 0)
        told = self.rotate().stderr.decode()
        self.assertIn(f"warning: nss (Chromium) {database} trusts the old CA, and not the new one\n", told)
        self.assertRegex(told, r"hint: have it trust the new one: mitm-ca install\n")
        self.assertRegex(told, r"to end that now: mitm-ca uninstall [0-9a-f]{64}\n")

    def test_a_short_life_is_not_passed_on(self):
        self.succeed("init", "--force", "--days", "20")
        told = self.rotate()
        self.assertNotIn(b"expires on", self.succeed("show", env=self.environment()).stderr, told)
        self.assertIn("(3649 days left)", self.shown()["valid"])

    def test_it_is_made_as_the_old_one_was(self):
        self.succeed("init", "--force", "--name", "Mine", "--days", "77", "--key", "rsa", "--permit", "a.example")
        before = self.shown()
        self.rotate()
        after = self.shown()
        for name in ("subject", "permits", "key"):
            self.assertEqual(after[name], before[name])
        self.assertIn("(76 days left)", after["valid"])
        self.rotate("--name", "Other", "--days", "9", "--key", "ec", "--permit", "b.example")
        after = self.shown()
        self.assertEqual((after["subject"], after["permits"], after["key"]), ("CN=Other,O=mitmkit", "b.example", "EC P-256"))

    def take_over(self, *extensions):
        """A CA that somebody else made, with these extensions."""
        config, key, certificate = (self.folder / name for name in ("config", "other.key", "other.pem"))
        config.write_text("[req]\ndistinguished_name=d\n[d]\n")
        options = [word for one in ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign", *extensions)
                   for word in ("-addext", one)]
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-config", config, "-nodes", "-subj", "/CN=Other", "-days", "5000",
                     "-keyout", key, "-out", certificate, *options)
        self.succeed("init", "--force", "--import", certificate, "--import", key)

    def test_what_others_constrained_is_not_widened(self):
        for constraints in ("permitted;DNS:.corp", "excluded;DNS:bank.example", "permitted;email:.corp"):
            self.take_over(f"nameConstraints=critical,{constraints}", "extendedKeyUsage=serverAuth")
            before = self.shown()["permits"]
            self.rotate()
            self.assertEqual(self.shown()["permits"], before)
            text = self.succeed("show", "--text").stdout.decode()
            self.assertIn(constraints.split(":")[1], text)
            self.assertIn("TLS Web Server Authentication", text)

    def test_it_does_not_end_before_the_old_one(self):
        self.take_over()
        end = self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-enddate")
        self.rotate()
        days = int(self.shown()["valid"].rsplit("(", 1)[1].split()[0])
        self.assertGreaterEqual(days, 4999, end)

    def test_dry_run_touches_nothing(self):
        self.expect("installed", "install", "--root", self.root)
        before = snapshot(self.root, self.home)
        told = self.rotate("--dry-run").stdout.decode()
        self.assertIn("make 'Test CA' for 3650 days in place of CN=Test CA,O=mitmkit\n", told)
        self.assertIn(f"install it in system (Debian) {self.anchors}\n", told)
        self.assertEqual(snapshot(self.root, self.home), before)

    def test_a_wrong_passphrase_does_not_become_the_new_one(self):
        self.succeed("init", "--force", env={"MITMKIT_PASSPHRASE": "abc"})
        before = self.pair()
        result = self.stores("rotate", "--root", self.root, env={"MITMKIT_PASSPHRASE": "abd"})
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(b"wrong passphrase", result.stderr)
        self.assertEqual(self.pair(), before)

    def test_an_encrypted_key_is_followed_by_another(self):
        self.succeed("init", "--force", env={"MITMKIT_PASSPHRASE": "pw"})
        result = self.stores("rotate", "--root", self.root, start_new_session=True)
        self.assertEqual(result.returncode, 2)
        before = self.pair()
        self.rotate(env={"MITMKIT_PASSPHRASE": "pw"})
        self.assertNotEqual(self.pair(), before)
        self.openssl("pkey", "-in", self.home / "ca.key", "-passin", "pass:pw", "-noout")

    def make_old(self):
        """A CA that ended years ago takes the place of this one."""
        key, request = self.home / "ca.key", self.folder / "request"
        (self.folder / "index").touch()
        (self.folder / "conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\nx509_extensions=e\n"
            "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n[e]\nbasicConstraints=critical,CA:TRUE\n")
        self.openssl("req", "-new", "-key", key, "-subj", "/CN=Old", "-out", request)
        self.openssl("ca", "-batch", "-selfsign", "-config", self.folder / "conf", "-keyfile", key, "-in", request,
                     "-startdate", "200101000000Z", "-enddate", "210101000000Z", "-out", self.home / "ca.pem", "-notext")

    def test_one_that_ended_is_taken_out(self):
        self.make_old()
        (self.anchors / "old.crt").write_bytes((self.home / "ca.pem").read_bytes())
        subprocess.run([self.folder / "programs/chroot", self.root], check=True, env=self.environment())
        result = self.rotate()
        self.assertFalse((self.anchors / "old.crt").exists(), result)
        self.assertEqual(list((self.home / "former").iterdir()), [])

    def test_one_that_ended_is_forgotten_though_a_store_is_broken(self):
        self.make_old()
        broken = self.root / "usr/lib/jvm/java/lib/security/cacerts"
        broken.parent.mkdir(parents=True)
        broken.write_text("broken")
        self.assertEqual(self.stores("rotate", "--root", self.root).returncode, 1)
        self.assertEqual(list((self.home / "former").iterdir()), [])

    def test_a_bundle_that_loses_certificates_is_told(self):
        corporate = self.folder / "corporate.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=C", "-keyout", os.devnull, "-out", corporate)
        self.succeed("env", "--shell", "sh", env={**self.environment(), "SSL_CERT_FILE": str(corporate), "SSL_CERT_DIR": ""})
        corporate.unlink()
        words = rf"warning: {self.home}/trust/ca-bundle-\w+.pem has no certificates any more .*: open {corporate}: No such file"
        self.assertRegex(self.rotate().stderr.decode(), words)
        self.assertRegex(self.succeed("init", "--force").stderr.decode(), words)

    def test_no_ca(self):
        (self.home / "ca.pem").unlink()
        result = self.stores("rotate", "--root", self.root)
        self.assertEqual(result.returncode, 1)

    def test_env_trusts_both(self):
        before = (self.home / "ca.pem").read_text()
        self.rotate()
        self.succeed("env", "--shell", "sh", env={**self.environment(), "SSL_CERT_FILE": "", "SSL_CERT_DIR": ""})
        bundle = (self.home / "trust/ca-bundle.pem").read_text()
        self.assertTrue(bundle.startswith((self.home / "ca.pem").read_text()))
        self.assertIn(before, bundle)

    def test_uninstall_leaves_shells_the_rest(self):
        """All of this machine's stores are looked into, and none has it."""
        self.succeed("env", "--shell", "sh", env={**self.environment(), "SSL_CERT_FILE": "", "SSL_CERT_DIR": ""})
        bundle = self.home / "trust/ca-bundle.pem"
        before, ours = bundle.read_text(), (self.home / "ca.pem").read_text()
        self.succeed("uninstall", self.fingerprint, env=self.environment())
        self.assertEqual(bundle.read_text(), before.replace(ours, ""))

    def test_of_two_at_once_one_wins(self):
        self.expect("installed", "install", "--root", self.root)
        old = (self.home / "ca.pem").read_text()
        environment = {**os.environ, **self.environment(), "MITMKIT_HOME": str(self.home)}
        both = [subprocess.Popen([PROGRAM, "rotate", "--root", self.root, "--key", "rsa"], env=environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        told = [process.communicate()[1].decode() for process in both]
        lost = [words for process, words in zip(both, told) if process.returncode == 1]
        kept = [path.read_text() for path in (self.home / "former").iterdir()]
        self.assertIn(old, kept)
        self.openssl("verify", "-CAfile", self.home / "ca.pem", self.home / "ca.pem")
        self.assertEqual(self.openssl("pkey", "-in", self.home / "ca.key", "-pubout"),
                         self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-pubkey"))
        self.assertLessEqual(len(lost), 1, told)
        for words in lost:
            self.assertIn("another process replaced the CA meanwhile", words)
            self.assertEqual(len(kept), 1)

    def test_the_end_of_an_issuer_is_told(self):
        key, request, certificate, extensions = (self.folder / name for name in ("sub.key", "sub.csr", "sub.pem", "ext"))
        extensions.write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n")
        root_key, root = self.folder / "root.key", self.folder / "root.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Root", "-days", "4000", "-keyout", root_key, "-out", root)
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Sub", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", root, "-CAkey", root_key, "-days", "9", "-extfile", extensions, "-out", certificate)
        self.succeed("init", "--force", "--import", root, "--import", certificate, "--import", key)
        result = self.succeed("show", env=self.environment())
        self.assertIn(b"warning: the CA's certificate 'CN=Sub' expires on ", result.stderr)
        self.assertIn(b"signs    until ", result.stdout)

    def test_hints_name_root_and_home(self):
        self.expect("installed", "install", "--root", self.root)
        told = subprocess.run([PROGRAM, "--home", self.home, "rotate", "--root", self.root], capture_output=True,
                              env={**os.environ, **self.environment()}).stderr.decode()
        self.assertRegex(told, rf"mitm-ca --home {self.home} uninstall [0-9a-f]+ --root {self.root}\n")


if __name__ == "__main__":
    unittest.main()
