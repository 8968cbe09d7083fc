"""mitm-ca: what becomes of a CA that was made halfway, or that another one replaced."""

import os
import unittest

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
            self.assertIn("ca.key exists already", self.refuse(1, "init"))
            self.assertEqual(self.pair(), self.whole)

    def test_another_one_takes_its_place(self):
        for command in (("init", "--force"), ("rotate", "--root", self.root)):
            self.interrupt(False)
            self.succeed(*command, env=self.environment())
            self.assertNotEqual(self.pair()[1], self.whole[1])
            self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-checkend", 0)


if __name__ == "__main__":
    unittest.main()
