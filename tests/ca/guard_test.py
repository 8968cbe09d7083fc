"""Homes and files that somebody else could have changed: no subcommand believes them."""

import os
import subprocess
import unittest

from ca_case import NOBODY, Case

COMMANDS = (("show",), ("export",), ("issue", "-o", "x", "a.example"), ("env", "--shell", "sh"), ("doctor", "--client", "openssl"))


class Guard(Case):
    def setUp(self):
        super().setUp()
        self.succeed("init")
        self.empty = self.folder / "empty"
        self.empty.mkdir()

    def commands(self):
        return (*COMMANDS, ("install", "--root", self.empty), ("rotate", "--root", self.empty), ("uninstall", "--root", self.empty))

    def expect_refusals(self, words, commands):
        for command in commands:
            result = self.run_ca(*command, cwd=self.empty)
            self.assertEqual(result.returncode, 1, (command, result))
            self.assertIn(words, result.stderr.decode(), command)
            self.assertIn("mitm-ca: hint: ", result.stderr.decode(), command)
            self.assertEqual(os.listdir(self.empty), [])

    def test_others_can_write_the_home_or_the_certificate(self):
        for path, mode in ((self.home, 0o777), (self.home, 0o770), (self.home / "ca.pem", 0o666)):
            before = path.stat().st_mode
            path.chmod(mode)
            self.expect_refusals("lets others replace", self.commands())
            path.chmod(before)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to give files away")
    def test_they_are_somebody_elses(self):
        for path in (self.home, self.home / "ca.pem"):
            os.chown(path, NOBODY, NOBODY)
            self.expect_refusals(f"belongs to user {NOBODY}", self.commands())
            os.chown(path, 0, 0)

    def test_none_is_made_where_others_could_change_it(self):
        shared = self.folder / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        self.assertIn("lets others replace the CA", self.refuse(1, "--home", shared, "init"))
        self.assertEqual(os.listdir(shared), [])

    def test_former_ones(self):
        self.succeed("rotate", "--root", self.empty)
        former = self.home / "former"
        self.assertEqual(former.stat().st_mode & 0o777, 0o700)
        (one,) = former.iterdir()
        for path, mode in ((former, 0o777), (one, 0o666)):
            before = path.stat().st_mode
            path.chmod(mode)
            self.expect_refusals("lets others replace", self.commands()[3:4] + self.commands()[6:])
            path.chmod(before)
        self.succeed("env", "--shell", "sh")

    @unittest.skipUnless("MITM_RECORD" in os.environ, "needs mitm-record")
    def test_mitm_record(self):
        self.succeed("rotate", "--root", self.empty)
        for path in (self.home, self.home / "ca.pem", self.home / "former"):
            before = path.stat().st_mode
            path.chmod(0o777)
            result = subprocess.run([os.environ["MITM_RECORD"], "--home", self.home, "--", "true"], capture_output=True)
            self.assertEqual(result.returncode, 1, result)
            self.assertIn(b"lets others replace", result.stderr)
            path.chmod(before)


if __name__ == "__main__":
    unittest.main()
