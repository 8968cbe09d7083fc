"""mitm-ca init with a passphrase."""

import os
import subprocess
import unittest

from ca_case import PROGRAM, Case


class Passphrase(Case):
    def setUp(self):
        super().setUp()
        self.secret = self.folder / "secret"
        self.secret.write_text("correct horse\n")

    def opens(self, passphrase):
        command = ["openssl", "pkey", "-in", self.home / "ca.key", "-passin", f"pass:{passphrase}", "-noout"]
        return subprocess.run(command, capture_output=True).returncode == 0

    def test_from_a_file(self):
        self.succeed("init", "--passphrase-file", self.secret)
        self.assertIn("ENCRYPTED", (self.home / "ca.key").read_text())
        self.assertTrue(self.opens("correct horse"))
        self.assertFalse(self.opens("wrong"))

    def test_from_the_environment(self):
        self.succeed("init", env={"MITMKIT_PASSPHRASE": "from outside"})
        self.assertTrue(self.opens("from outside"))

    def test_from_a_terminal(self):
        status, shown = self.run_at_terminal([b"typed\n", b"typed\n"], "init", "--encrypt")
        self.assertEqual(status, 0, shown)
        self.assertNotIn("typed", shown)
        self.assertTrue(self.opens("typed"))

    def test_typed_differently(self):
        status, shown = self.run_at_terminal([b"one\n", b"two\n"], "init", "--encrypt")
        self.assertEqual(status, 2, shown)
        self.assertIn("not the same", shown)
        self.assertNotIn("--help", shown)
        self.assertFalse((self.home / "ca.key").exists())

    def test_empty_and_interrupted(self):
        for typed, words in ((b"\n", "protects nothing"), (b"\x03", "no passphrase was given")):
            status, shown = self.run_at_terminal([typed], "init", "--encrypt")
            self.assertNotEqual(status, 0, shown)
            self.assertIn(words, shown)
            self.assertFalse((self.home / "ca.key").exists())

    def test_nobody_to_ask(self):
        result = subprocess.run([PROGRAM, "init", "--encrypt"], capture_output=True, start_new_session=True,
                                env={**os.environ, "MITMKIT_HOME": str(self.home)})
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"hint: give it with --passphrase-file FILE or in $MITMKIT_PASSPHRASE", result.stderr)
        self.assertFalse((self.home / "ca.key").exists())

    def test_file_without_one(self):
        self.secret.write_text("")
        self.refuse(2, "init", "--passphrase-file", self.secret)
        self.refuse(1, "init", "--passphrase-file", self.folder / "none")

    def test_a_file_that_is_missing_says_nothing_against_the_ca(self):
        self.succeed("init", "--passphrase-file", self.secret)
        for command in (["issue", "localhost"], ["rotate", "--root", self.folder]):
            told = self.refuse(1, *command, "--passphrase-file", self.folder / "none")
            self.assertIn(f"--passphrase-file: open {self.folder}/none: No such file", told)
            self.assertNotIn("init --force", told)

    def test_a_file_that_would_be_ignored(self):
        told = self.refuse(2, "init", "--no-encrypt", "--passphrase-file", self.secret)
        self.assertIn("--passphrase-file and --no-encrypt exclude each other", told)
        self.assertFalse(self.home.exists())

    def test_a_key_that_is_missing(self):
        self.succeed("init")
        (self.home / "ca.key").unlink()
        told = self.refuse(1, "issue", "localhost")
        self.assertIn(f"{self.home}/ca.key is missing beside {self.home}/ca.pem", told)
        self.assertIn("hint: put it back, or make another one: mitm-ca ", told)
        told = self.refuse(1, "init")
        self.assertIn(f"{self.home}/ca.pem exists already, and {self.home}/ca.key is missing", told)
        self.assertIn("hint: put it back, or make another CA: mitm-ca ", told)

    def test_rotate_tells_that_it_encrypts(self):
        self.succeed("init")
        result = self.succeed("rotate", "--root", self.folder, "--passphrase-file", self.secret)
        self.assertIn(b"the private key is encrypted, as the old one was not", result.stderr)
        self.assertTrue(self.opens("correct horse"))
        result = self.succeed("rotate", "--root", self.folder, "--passphrase-file", self.secret)
        self.assertNotIn(b"is encrypted", result.stderr)


if __name__ == "__main__":
    unittest.main()
