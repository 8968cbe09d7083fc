"""mitm-ca install and uninstall: laid-out systems, databases of browsers and keystores, before and after."""

import os
import shutil
import sqlite3
import stat
import subprocess
import unittest

from ca_case import NOBODY, PROGRAM, tool
from stores_case import LaidOut, Stores, snapshot

class System(LaidOut):
    def test_every_layout_there_and_back_twice(self):
        for name in self.LAYOUTS:
            with self.subTest(name):
                self.lay_out(name)
                arguments = ("--root", self.root, "--store", "system")
                before = snapshot(self.root)
                for _ in range(2):
                    (line,) = self.expect("installed", "install", *arguments)
                    self.assertIn(f"({name})", line)
                    installed = self.anchors / f"mitmkit-{self.short}{self.suffix}"
                    self.assertEqual(installed.read_bytes(), (self.home / "ca.pem").read_bytes())
                    self.assertEqual(stat.S_IMODE(installed.stat().st_mode), 0o644)
                    self.assertIn((self.home / "ca.pem").read_text(), self.bundle.read_text())
                    after = snapshot(self.root)
                    self.expect("was there", "install", *arguments)
                    self.assertEqual(snapshot(self.root), after)
                    self.expect("removed", "uninstall", *arguments)
                    self.assertEqual(snapshot(self.root), before)
                    self.expect("not there", "uninstall", *arguments)
                self.assertIn(f"{self.root} {self.command}", self.log.read_text())

    def test_dry_run_tells_all_and_touches_nothing(self):
        self.lay_out("Fedora")
        before = snapshot(self.root)
        told = self.stores("install", "--root", self.root, "--dry-run").stdout.decode()
        self.assertEqual(told, f"system (Fedora) {self.anchors}\n  write {self.anchors}/mitmkit-{self.short}.pem\n"
                               f"  run chroot {self.root} update-ca-trust extract\n")
        self.assertEqual(snapshot(self.root), before)
        self.assertEqual(self.log.read_text(), "")
        self.expect("installed", "install", "--root", self.root)
        told = self.stores("uninstall", "--root", self.root, "--dry-run").stdout.decode()
        self.assertIn(f"  remove {self.anchors}/mitmkit-{self.short}.pem\n", told)
        self.assertIn("nothing to do", self.stores("install", "--root", self.root, "--dry-run").stdout.decode())

    def test_by_fingerprint_when_all_else_is_gone(self):
        for form in (self.fingerprint, self.fingerprint.replace(":", "").lower(), self.short, f"mitmkit-{self.short}"):
            with self.subTest(form):
                self.lay_out("Arch")
                before = snapshot(self.root)
                self.expect("installed", "install", "--root", self.root)
                kept = self.home.rename(self.folder / "kept")
                self.expect("removed", "uninstall", "--root", self.root, form)
                self.assertEqual(snapshot(self.root), before)
                kept.rename(self.home)
                shutil.rmtree(self.root)

    def test_without_a_ca_those_of_ours_are_listed(self):
        self.lay_out("Debian")
        self.expect("installed", "install", "--root", self.root)
        shutil.rmtree(self.home)
        result = self.stores("uninstall", "--root", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"mitm-ca uninstall {self.fingerprint.replace(':', '').lower()}", result.stderr.decode())
        self.assertIn(b"hint: name the fingerprint", result.stderr)

    def test_a_name_that_others_gave(self):
        self.lay_out("Debian")
        shutil.copy(self.home / "ca.pem", self.anchors / "by-hand.crt")
        self.expect("installed", "install", "--root", self.root)  # it did not count yet
        self.assertFalse((self.anchors / f"mitmkit-{self.short}.crt").exists())
        self.expect("removed", "uninstall", "--root", self.root)
        self.assertFalse((self.anchors / "by-hand.crt").exists())

    def test_somebody_elses_is_never_taken_by_its_beginning(self):
        self.lay_out("Debian")
        other = self.openssl("x509", "-in", self.anchors / "company.crt", "-noout", "-fingerprint", "-sha256").strip().split("=")[1]
        self.assertEqual(self.stores("uninstall", "--root", self.root, other.replace(":", "")[:16]).returncode, 2)
        self.assertTrue((self.anchors / "company.crt").exists())
        self.assertEqual(self.stores("uninstall", "--root", self.root, "xyz").returncode, 2)
        self.assertEqual(self.stores("uninstall", "--root", self.root, "abcd").returncode, 2)

    def test_a_command_that_fails_or_is_not_there(self):
        self.lay_out("SUSE")
        (self.root / "broken").touch()
        result = self.stores("install", "--root", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"update-ca-certificates: out of order", result.stderr)
        (self.root / "broken").unlink()
        self.expect("installed", "install", "--root", self.root)

    def test_a_store_that_stays_as_it_was_is_no_success(self):
        self.lay_out("SUSE")
        (self.folder / "programs/chroot").write_text("#!/bin/sh\n")
        result = self.stores("install", "--root", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"does not trust the CA", result.stderr)

    def test_no_store_at_all(self):
        (self.folder / "empty").mkdir()
        message = self.stores("install", "--root", self.folder / "empty").stderr
        self.assertIn(b"error: no store was found", message)
        self.assertIn(b"mitm-ca env", message)
        self.assertEqual(self.stores("install", "--root", self.folder / "none").returncode, 1)
        self.assertEqual(self.stores("install", "--root", self.home / "ca.pem").returncode, 1)

    def test_an_expired_ca_is_not_installed(self):
        self.lay_out("Debian")
        key = self.home / "ca.key"
        (self.folder / "index").touch()
        (self.folder / "conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\n"
            "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n")
        request = self.folder / "request"
        self.openssl("req", "-new", "-key", key, "-subj", "/CN=Old", "-out", request)
        self.openssl("ca", "-batch", "-selfsign", "-config", self.folder / "conf", "-keyfile", key, "-in", request,
                     "-startdate", "200101000000Z", "-enddate", "210101000000Z", "-out", self.home / "ca.pem", "-notext")
        before = snapshot(self.root)
        result = self.stores("install", "--root", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"warning: the CA expired on 2021-01-01", result.stderr)
        self.assertEqual(snapshot(self.root), before)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to be somebody else")
    def test_somebody_else_goes_through_sudo(self):
        self.lay_out("Debian")
        sudo = self.folder / "programs/sudo"
        sudo.write_text('#!/bin/sh\necho "sudo $*" >>"$LOG"\ncase $1 in sh) cat >"$LOG.input" ;; esac\n')
        sudo.chmod(0o755)
        self.log.chmod(0o666)
        self.folder.chmod(0o777)
        copy = shutil.copy(PROGRAM, self.folder / "mitm-ca")
        shutil.copy(self.home / "ca.pem", self.folder / "given.pem")
        home = self.folder / "theirs"
        home.mkdir()
        shutil.copy(self.home / "ca.pem", home)
        os.chown(home, NOBODY, NOBODY)
        os.chown(home / "ca.pem", NOBODY, NOBODY)
        home.chmod(0o700)
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", copy, "--home", home, "install", "--root", self.root]
        environment = {**os.environ, **self.environment()}
        dry = subprocess.run([*command, "--dry-run"], capture_output=True, env=environment)
        self.assertIn(f"write {self.anchors}/mitmkit-{self.short}.crt (with sudo)\n  run sudo chroot", dry.stdout.decode(), dry)
        done = subprocess.run(command, capture_output=True, env=environment)
        self.assertRegex(self.log.read_text(), rf"sudo sh -c .* sh {self.anchors}/mitmkit-{self.short}.crt 0644\nsudo chroot")
        self.assertEqual((self.folder / "log.input").read_bytes(), (self.home / "ca.pem").read_bytes())


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
        self.expect("removed", "uninstall", "--store", "nss")
        self.assertEqual(self.listing(path).count("mitmkit-"), 1)
        self.assertIn(self.short, self.listing(path))
        self.expect("removed", "uninstall", "--store", "nss", self.short)
        self.assertNotIn("mitmkit-", self.listing(path))

    def test_show_says_where(self):
        path = self.database(".pki/nssdb")
        self.expect("installed", "install", "--store", "nss")
        shown = self.succeed("show", env=self.environment()).stdout.decode()
        self.assertIn(f"trusted  nss (Chromium) {path}\n", shown)


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
