"""mitm-ca install and uninstall: keystores of Java, before and after."""

import os
import shutil
import stat
import subprocess
import unittest

from ca_case import NOBODY, tool
from stores_case import Stores, snapshot


@tool("keytool")
class Java(Stores):
    def keystore(self, kind, name="one"):
        path = self.folder / f"root/usr/lib/jvm/{name}/lib/security/cacerts"
        path.parent.mkdir(parents=True)
        self.other = self.folder / "other.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Other", "-keyout", os.devnull, "-out", self.other)
        subprocess.run(["keytool", "-importcert", "-noprompt", "-file", self.other, "-alias", "other", "-keystore", path,
                        "-storetype", kind, "-storepass", "changeit"], check=True, capture_output=True)
        path.chmod(0o640)
        return path

    def listing(self, path):
        listed = subprocess.run(["keytool", "-list", "-keystore", path, "-storepass", "changeit"], capture_output=True)
        self.assertEqual(listed.returncode, 0, listed)
        return listed.stdout.decode()

    def test_jks_there_and_back_byte_for_byte(self):
        path = self.keystore("JKS")
        before = snapshot(self.folder / "root")
        arguments = ("--root", self.folder / "root")
        for _ in range(2):
            self.expect("installed", "install", *arguments)
            self.assertIn(self.fingerprint, self.listing(path))
            self.assertIn("other", self.listing(path))
            after = snapshot(self.folder / "root")
            self.expect("was there", "install", *arguments)
            self.assertEqual(snapshot(self.folder / "root"), after)
            self.expect("removed", "uninstall", *arguments)
            self.assertEqual(snapshot(self.folder / "root"), before)
        self.expect("not there", "uninstall", *arguments)

    def test_a_copy_of_this_machines_own(self):
        real = os.path.realpath("/etc/ssl/certs/java/cacerts")
        if not os.path.exists(real):
            self.skipTest("this machine has none")
        path = self.keystore("JKS")
        shutil.copy(real, path)
        before = path.read_bytes()
        self.expect("installed", "install", "--root", self.folder / "root")
        self.assertIn(self.fingerprint, self.listing(path))
        self.expect("removed", "uninstall", "--root", self.folder / "root", self.short)
        self.assertEqual(path.read_bytes(), before)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to give files away")
    def test_it_stays_whose_it_is(self):
        for kind in ("JKS", "PKCS12"):
            path = self.keystore(kind, kind)
            os.chown(path, NOBODY, NOBODY)
            for word, command in (("installed", "install"), ("removed", "uninstall")):
                self.expect(word, command, "--root", self.folder / "root")
                self.assertEqual((path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)), (NOBODY, 0o640), (kind, command))
            shutil.rmtree(self.folder / "root")

    def test_somebody_elses_is_not_taken_out_by_its_whole_fingerprint(self):
        for kind in ("JKS", "PKCS12"):
            path = self.keystore(kind, kind)
            before = path.read_bytes()
            other = self.openssl("x509", "-in", self.other, "-noout", "-fingerprint", "-sha256").strip().split("=")[1]
            result = self.stores("uninstall", "--root", self.folder / "root", other)
            self.assertEqual(result.returncode, 2, result)
            self.assertIn(b"is no CA of mitmkit's", result.stderr)
            self.assertEqual(path.read_bytes(), before)
            shutil.rmtree(self.folder / "root")

    def test_pkcs12_through_keytool(self):
        path = self.keystore("PKCS12")
        before = sorted(line for line in self.listing(path).splitlines() if "fingerprint" in line)
        arguments = ("--root", self.folder / "root")
        told = self.stores("install", *arguments, "--dry-run").stdout.decode()
        self.assertIn("-importcert -noprompt", told)
        for _ in range(2):
            self.expect("installed", "install", *arguments)
            self.assertIn(self.fingerprint, self.listing(path))
            self.expect("was there", "install", *arguments)
            self.expect("removed", "uninstall", *arguments)
            self.assertEqual(sorted(line for line in self.listing(path).splitlines() if "fingerprint" in line), before)

    def test_what_another_root_links_to_is_in_there(self):
        """As Debian does it; outside the root there is a keystore of that name, too."""
        path = self.keystore("JKS")
        outside = self.folder / "outside"
        shutil.copy(path, outside)
        before = outside.read_bytes()
        inside = self.folder / f"root{outside}"
        inside.parent.mkdir(parents=True)
        path.rename(inside)
        path.symlink_to(outside)
        (line,) = self.expect("installed", "install", "--root", self.folder / "root")
        self.assertIn(str(inside), line)
        self.assertEqual(outside.read_bytes(), before)
        self.assertIn(self.fingerprint, self.listing(inside))
        inside.unlink()
        self.assertIn(b"no store was found", self.stores("install", "--root", self.folder / "root").stderr)
        self.assertEqual(outside.read_bytes(), before)

    def test_many_names_for_one_keystore(self):
        self.keystore("JKS")
        jvm = self.folder / "root/usr/lib/jvm"
        (jvm / "alias").symlink_to("one")
        self.assertEqual(len(self.expect("installed", "install", "--root", self.folder / "root")), 1)

    def test_a_damaged_one_does_not_stop_the_others(self):
        good, bad, locked = self.keystore("JKS", "good"), self.keystore("JKS", "bad"), self.keystore("JKS", "locked")
        content = bytearray(bad.read_bytes())
        content[100] ^= 1
        bad.write_bytes(content)
        subprocess.run(["keytool", "-storepasswd", "-keystore", locked, "-storepass", "changeit", "-new", "something"], check=True, capture_output=True)
        result = self.stores("install", "--root", self.folder / "root")
        self.assertEqual(result.returncode, 1)
        self.assertIn(self.fingerprint, self.listing(good))
        self.assertEqual(bad.read_bytes(), bytes(content))
        self.assertEqual(result.stderr.count(b"error: "), 2, result)
        self.assertIn(b"another password than changeit", result.stderr)


if __name__ == "__main__":
    unittest.main()
