"""mitm-ca install and uninstall: databases of browsers, before and after."""

import hashlib
import os
import shutil
import sqlite3
import stat
import subprocess
import unittest

from ca_case import NOBODY, PROGRAM, tool
from stores_case import Stores, snapshot


@tool("certutil")
@unittest.skipIf(os.path.exists("/etc/pki/nssdb"), "this machine has a database of its own, which is not for tests")
class Nss(Stores):
    PLACES = (".pki/nssdb", ".local/share/pki/nssdb", "snap/chromium/current/.pki/nssdb", ".var/app/org.chromium.Chromium/.pki/nssdb",
              ".mozilla/firefox/one.default", ".mozilla/firefox/two.default-esr", ".config/mozilla/firefox/x.default-release",
              "snap/firefox/common/.mozilla/firefox/y.default", ".var/app/org.mozilla.firefox/.mozilla/firefox/z.default",
              ".thunderbird/t.default")

    def database(self, place, *options):
        path = self.user / place
        path.mkdir(parents=True)
        subprocess.run(["certutil", "-N", "-d", f"sql:{path}", *(options or ["--empty-password"])], check=True, capture_output=True)
        return path

    def listing(self, path):
        return subprocess.run(["certutil", "-L", "-d", f"sql:{path}"], capture_output=True, check=True).stdout.decode()

    def valid(self, path):
        """NSS says so itself."""
        return subprocess.run(["certutil", "-V", "-u", "L", "-d", f"sql:{path}", "-n", f"mitmkit-{self.short}"], capture_output=True).returncode == 0

    def test_every_place_there_and_back_twice(self):
        paths = [self.database(place) for place in self.PLACES]
        before = [self.listing(path) for path in paths]
        for _ in range(2):
            lines = self.expect("installed", "install", "--store", "nss")
            self.assertEqual(len(lines), len(paths))
            for path in paths:
                self.assertTrue(self.valid(path), path)
                self.assertIn("C,,", self.listing(path))
            after = snapshot(self.user)
            self.expect("was there", "install", "--store", "nss")
            self.assertEqual(snapshot(self.user), after)
            self.expect("removed", "uninstall", "--store", "nss")
            self.assertEqual([self.listing(path) for path in paths], before)
            self.expect("not there", "uninstall", "--store", "nss")

    def test_several_at_once(self):
        """Of those that take it out at the same time each finds it gone, or did it."""
        path = self.database(".pki/nssdb")
        slow = self.folder / "certutil"
        slow.write_text(f'#!/bin/sh\ncase $1 in -A|-D) sleep 0.3;; esac\nexec {shutil.which("certutil")} "$@"\n')
        slow.chmod(0o755)
        environment = {**os.environ, **self.environment(), "MITMKIT_HOME": str(self.home), "PATH": f"{self.folder}:{os.environ['PATH']}"}
        for command, words in (("install", {b"installed", b"was"}), ("uninstall", {b"removed", b"not"})):
            runs = [subprocess.Popen([PROGRAM, command, "--store", "nss"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    for _ in range(4)]
            for run in runs:
                told, errors = run.communicate()
                self.assertEqual((run.returncode, errors.count(b"error")), (0, 0), errors)
                self.assertIn(told.split()[0], words)
            self.assertEqual(self.valid(path), command == "install")

    def test_profiles_elsewhere(self):
        elsewhere = self.database("elsewhere/profile")
        folder = self.user / ".mozilla/firefox"
        folder.mkdir(parents=True)
        (folder / "profiles.ini").write_text(f"[Profile0]\nName=x\nIsRelative=0\nPath={elsewhere}\n[Profile1]\nPath=none\n")
        (line,) = self.expect("installed", "install", "--store", "nss")
        self.assertIn(str(elsewhere), line)

    def test_xdg_directories(self):
        self.database("config/mozilla/firefox/one.default")
        self.database("data/pki/nssdb")
        env = {"XDG_CONFIG_HOME": str(self.user / "config"), "XDG_DATA_HOME": str(self.user / "data")}
        self.assertEqual(len(self.expect("installed", "install", "--store", "nss", env=env, )), 2)

    def test_broken_ones_do_not_stop_the_others(self):
        good = self.database(".pki/nssdb")
        broken = self.database(".mozilla/firefox/broken")
        (broken / "cert9.db").write_text("this is no database")
        locked = self.database(".mozilla/firefox/locked", "-f", self.password_file())
        result = self.stores("install", "--store", "nss", stdin=subprocess.DEVNULL, start_new_session=True)
        self.assertEqual(result.returncode, 1)
        self.assertTrue(self.valid(good))
        errors = [line for line in result.stderr.decode().splitlines() if "error: " in line]
        self.assertTrue(any(str(broken) in line for line in errors), errors)
        self.assertIn("installed", result.stdout.decode())
        self.assertNotIn(str(broken), result.stdout.decode())
        # Either NSS takes it without the password, or that is told.
        self.assertTrue(str(locked) in result.stdout.decode() or any(str(locked) in line for line in errors), result)

    def test_one_that_a_program_keeps_to_itself(self):
        held, free = self.database(".pki/nssdb"), self.database(".mozilla/firefox/free")
        connection = sqlite3.connect(held / "cert9.db", isolation_level=None)
        self.addCleanup(connection.close)
        connection.execute("BEGIN EXCLUSIVE")
        result = self.stores("install", "--store", "nss")
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"error: nss (Chromium) {held}: ", result.stderr.decode())
        self.assertIn(b"hint: it is damaged, or a program keeps it to itself", result.stderr)
        self.assertTrue(self.valid(free))
        connection.execute("ROLLBACK")
        self.assertEqual(self.stores("install", "--store", "nss").returncode, 0)

    def password_file(self):
        path = self.folder / "password"
        path.write_text("secret-1\n")
        return path

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to be somebody else")
    def test_read_only(self):
        path = self.database(".pki/nssdb")
        self.folder.chmod(0o755)
        for file in path.iterdir():
            file.chmod(0o444)
        copy = shutil.copy(PROGRAM, self.folder / "mitm-ca")
        public = self.folder / "public"
        public.mkdir()
        os.chown(public, NOBODY, NOBODY)
        shutil.copy(self.home / "ca.pem", public)
        os.chown(public / "ca.pem", NOBODY, NOBODY)
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "sudo").write_text("#!/bin/sh\necho 'sudo: no' >&2\nexit 1\n")
        (programs / "sudo").chmod(0o755)
        result = subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", "--clear-groups", copy, "--home", public, "install", "--store", "nss"],
            capture_output=True, env={**os.environ, **self.environment(), "PATH": f"{programs}:{os.environ['PATH']}"})
        self.assertEqual(result.returncode, 1)
        self.assertIn(b".pki/nssdb: sudo: no", result.stderr)

    def test_without_certutil(self):
        self.database(".pki/nssdb")
        result = self.stores("install", "--store", "nss", env={"PATH": str(self.folder)})
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"run certutil: no such program", result.stderr)
        self.assertIn(b"hint: install it: package libnss3-tools (Debian)", result.stderr)

    def test_there_but_not_trusted(self):
        path = self.database(".pki/nssdb")
        subprocess.run(["certutil", "-A", "-d", f"sql:{path}", "-n", "by hand", "-t", ",,", "-i", self.home / "ca.pem"], check=True)
        self.expect("installed", "install", "--store", "nss")
        self.assertIn("C,,", self.listing(path))
        self.assertNotIn("mitmkit-", self.listing(path))
        self.expect("removed", "uninstall", "--store", "nss")
        self.assertNotIn("by hand", self.listing(path))

    def test_a_database_with_a_password_gets_nothing_untrusted(self):
        path = self.database(".pki/nssdb", "-f", self.password_file())
        before = self.listing(path)
        result = self.stores("install", "--store", "nss", stdin=subprocess.DEVNULL, start_new_session=True)
        if result.returncode == 0:
            self.skipTest("this NSS wants no password for it")
        self.assertEqual(self.listing(path), before)

    def test_a_name_that_somebody_elses_certificate_has_too(self):
        path = self.database(".pki/nssdb")
        mine, theirs, key = self.folder / "mine.pem", self.folder / "theirs.pem", self.folder / "mine.key"
        for certificate in (theirs, mine):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Proxy", "-keyout", key, "-out", certificate)
            subprocess.run(["certutil", "-A", "-d", f"sql:{path}", "-n", "proxy", "-t", "C,,", "-i", certificate], check=True)
        self.succeed("init", "--force", "--import", mine, "--import", key)
        before = self.listing(path)
        result = self.stores("uninstall", "--store", "nss")
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(b"its nickname 'proxy' is that of another certificate, too", result.stderr)
        self.assertEqual(self.listing(path), before)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to give files away")
    def test_they_stay_whose_they_are(self):
        path = self.database(".pki/nssdb")
        for file in path.iterdir():
            os.chown(file, NOBODY, NOBODY)
            file.chmod(0o640)
        self.expect("installed", "install", "--store", "nss")
        self.expect("removed", "uninstall", "--store", "nss")
        for file in path.iterdir():
            self.assertEqual((file.stat().st_uid, stat.S_IMODE(file.stat().st_mode)), (NOBODY, 0o640), file)

    def test_modules_of_another_root_are_not_run(self):
        path = self.database("root/etc/pki/nssdb")
        arguments = ("--root", self.user / "root")
        self.expect("installed", "install", *arguments)
        self.expect("removed", "uninstall", *arguments)
        with open(path / "pkcs11.txt", "a", encoding="ascii") as file:
            file.write(f"\nlibrary={self.folder}/evil.so\nname=evil\n")
        before = snapshot(self.user)
        for command in ("install", "uninstall"):
            result = self.stores(command, *arguments)
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"its pkcs11.txt names modules", result.stderr)
        self.assertEqual(snapshot(self.user), before)

    def test_two_with_one_name_are_told_apart(self):
        path = self.database(".pki/nssdb")
        self.expect("installed", "install", "--store", "nss")
        self.succeed("init", "--force", "--name", "Test CA")
        self.expect("installed", "install", "--store", "nss")
        self.expect("was there", "install", "--store", "nss")
        self.assertEqual(self.listing(path).count("mitmkit-"), 2)
        new = self.succeed("export", "--format", "der").stdout
        self.expect("removed", "uninstall", "--store", "nss", hashlib.sha256(new).hexdigest())
        self.assertEqual(self.listing(path).count("mitmkit-"), 1)
        self.assertIn(self.short, self.listing(path))
        self.expect("removed", "uninstall", "--store", "nss")
        self.assertNotIn("mitmkit-", self.listing(path))

    def test_show_says_where(self):
        path = self.database(".pki/nssdb")
        self.expect("installed", "install", "--store", "nss")
        shown = self.succeed("show", env=self.environment()).stdout.decode()
        self.assertIn(f"trusted  nss (Chromium) {path}\n", shown)


if __name__ == "__main__":
    unittest.main()
