"""mitm-ca install and uninstall: laid-out systems, before and after."""

import os
import shutil
import stat
import subprocess
import unittest

from ca_case import NOBODY, PROGRAM
from stores_case import LaidOut, snapshot


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
        self.folder.chmod(0o1777)
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


if __name__ == "__main__":
    unittest.main()
