"""What the tests of mitm-ca share: a home of their own, and ways to run the program and its judges."""

import os
import pathlib
import pty
import select
import shutil
import stat
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["MITM_CA"]
NOBODY = 65534


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mitmkit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.home = self.folder / "home"

    def command(self, *arguments):
        return [PROGRAM, "--home", str(self.home), *map(str, arguments)]

    def run_ca(self, *arguments, env=None, **options):
        environment = {**os.environ, "MITMKIT_HOME": str(self.home), **(env or {})}
        return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, env=environment, **options)

    def succeed(self, *arguments, **options):
        result = self.run_ca(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result

    def refuse(self, status, *arguments, **options):
        result = self.run_ca(*arguments, **options)
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, b"")
        self.assertTrue(result.stderr.startswith(b"mitm-ca: error: "), result.stderr)
        return result.stderr.decode()

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True).stdout.decode()

    def files(self):
        return sorted(path.name for path in self.home.iterdir() if not path.name.startswith(".lock"))

    def pair(self):
        return (self.home / "ca.pem").read_bytes(), (self.home / "ca.key").read_bytes()

    def run_at_terminal(self, answers, *arguments, env=None):
        """With a terminal on which `answers` are typed, each when a passphrase is asked for."""
        environment = {**os.environ, "MITMKIT_HOME": str(self.home), **(env or {})}
        child, terminal = pty.fork()
        if child == 0:
            os.execve(PROGRAM, [PROGRAM, *map(str, arguments)], environment)
        shown, answers, end = b"", list(answers), time.monotonic() + 60
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                more = os.read(terminal, 4096)
            except OSError:
                break
            shown += more
            if answers and shown.endswith(b": "):
                os.write(terminal, answers.pop(0))
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def tool(name):
    """Skips a test where `name` is not installed."""
    return unittest.skipUnless(shutil.which(name), f"needs {name}")
