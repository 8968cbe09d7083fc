"""mitm-ca: what becomes of a CA that was made halfway, or that another one replaced."""

import fcntl
import os
import shutil
import subprocess
import unittest

from ca_case import PROGRAM
from stores_case import LaidOut


class HalfMade(LaidOut):
    def setUp(self):
        super().setUp()
        self.lay_out("Debian")
        self.whole = self.pair()

    def interrupt(self, is_key_in_place):
        """As a process leaves it that was killed between the two renames, or before the first."""
        os.rename(self.home / "ca.pem", self.home / ".ca.pem.new")
        if not is_key_in_place:
            os.rename(self.home / "ca.key", self.home / ".ca.key.new")

    def test_every_command_finishes_it(self):
        for command in (("show",), ("export",), ("env", "--shell", "sh"), ("issue", "--force", "-o", self.folder / "leaf", "a.example"),
                        ("doctor", "--client", "openssl"), ("install", "--root", self.root), ("uninstall", "--root", self.root)):
            for is_key_in_place in (False, True):
                self.interrupt(is_key_in_place)
                result = self.run_ca(*command, env={**self.environment(), "SSL_CERT_FILE": str(self.home / "ca.pem")})
                self.assertEqual(result.returncode, 0, (command, result))
                self.assertEqual(self.pair(), self.whole)

    def test_another_init_keeps_it(self):
        for is_key_in_place in (False, True):
            self.interrupt(is_key_in_place)
            self.assertIn(b"another process was making a CA, that one is used", self.succeed("init").stderr)
            self.assertEqual(self.pair(), self.whole)

    def test_another_one_takes_its_place(self):
        for command in (("init", "--force"), ("rotate", "--root", self.root)):
            self.interrupt(False)
            self.succeed(*command, env=self.environment())
            self.assertNotEqual(self.pair()[1], self.whole[1])
            self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-checkend", 0)


class ByForce(LaidOut):
    def setUp(self):
        super().setUp()
        self.lay_out("Debian")

    def replaced(self):
        return sorted(path.name for path in (self.home / "withdrawn").iterdir())

    def test_the_old_one_is_taken_out_and_shells_follow(self):
        self.expect("installed", "install", "--root", self.root)
        environment = {**self.environment(), "SSL_CERT_FILE": "", "SSL_CERT_DIR": "", "JAVA_TOOL_OPTIONS": ""}
        self.succeed("env", "--shell", "sh", env=environment)
        bundle, keystore = self.home / "trust/ca-bundle.pem", self.home / "trust/java.jks"
        old, old_keystore = self.pair()[0].decode(), keystore.read_bytes()
        self.succeed("init", "--force", env=environment)
        self.assertNotIn(old, bundle.read_text())
        self.assertIn(self.pair()[0].decode(), bundle.read_text())
        self.assertNotEqual(keystore.read_bytes(), old_keystore)
        self.assertIn(old, self.bundle.read_text())
        self.expect("removed", "uninstall", "--root", self.root)
        self.assertNotIn(old, self.bundle.read_text())
        self.assertEqual(len(self.replaced()), 1)  # for it could be elsewhere

    def test_it_is_forgotten_once_it_is_nowhere(self):
        """All of this machine's stores are looked into, and none has it."""
        self.succeed("init", "--force", env=self.environment())
        (name,) = self.replaced()
        self.succeed("uninstall", name.removesuffix(".pem"), env=self.environment())
        self.assertEqual(self.replaced(), [])

    def test_one_that_cannot_be_read_is_no_hindrance(self):
        (self.home / "ca.pem").write_text("damaged")
        self.succeed("init", "--force", env=self.environment())
        self.assertFalse((self.home / "withdrawn").exists())

    def test_env_waits_while_the_folder_is_brought_up_to_date(self):
        environment = {**os.environ, **self.environment(), "SSL_CERT_FILE": "", "SSL_CERT_DIR": "", "MITMKIT_HOME": str(self.home)}
        self.succeed("env", "--shell", "sh", env=environment)
        other = self.folder / "other"
        self.succeed("init", "--home", other)
        with open(self.home / "trust/.lock", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with subprocess.Popen([PROGRAM, "env", "--shell", "sh"], env=environment, stdout=subprocess.PIPE) as env:
                with self.assertRaises(subprocess.TimeoutExpired):
                    env.wait(0.5)
                for name in ("ca.key", "ca.pem"):
                    shutil.copy(other / name, self.home / name)
                fcntl.flock(lock, fcntl.LOCK_UN)
                env.communicate()
        self.assertEqual(env.returncode, 0)
        self.assertIn((other / "ca.pem").read_text(), (self.home / "trust/ca-bundle.pem").read_text())

    def test_what_killed_runs_left_in_the_folder_is_swept(self):
        environment = {**self.environment(), "SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}
        self.succeed("env", "--shell", "sh", env=environment)
        for command in (("env", "--shell", "sh"), ("rotate", "--root", self.root)):
            left = [self.home / "trust" / name for name in ("ca-bundle.pem.a1B2c3", "java.jks.a1B2c3")]
            for path in left:
                path.touch()
            self.succeed(*command, env=environment)
            self.assertFalse(any(path.exists() for path in left), command)


if __name__ == "__main__":
    unittest.main()
