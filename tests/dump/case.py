"""What the tests of mitm-dump share: recordings that are the same every time, and the program."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

MITM_DUMP = os.environ["MITM_DUMP"]
MAKE_RECORDINGS = os.environ["MAKE_RECORDINGS"]


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.recordings = tempfile.mkdtemp(prefix="mitmkit-dump-")
        cls.addClassCleanup(shutil.rmtree, cls.recordings, ignore_errors=True)
        subprocess.run([MAKE_RECORDINGS, cls.recordings], check=True)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="mitmkit-dump-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.env = {**os.environ, "TZ": "UTC", "TMPDIR": self.dir}
        self.env.pop("NO_COLOR", None)

    def recording(self, name):
        return os.path.join(self.recordings, name + ".flowz")

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def content(self, name):
        return self.read(self.recording(name))

    def file(self, name, content):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def dump(self, *arguments, **options):
        words = [self.recording(word[1:]) if word.startswith("@") else word for word in arguments]
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if "input" in options:
            del options["stdin"]
        return subprocess.run([MITM_DUMP, *words], capture_output=True, env=self.env, timeout=120, **options)

    def check(self, result, status, stderr=""):
        self.assertEqual(result.stderr.decode(), stderr)
        self.assertEqual(result.returncode, status)

    def flows(self, *arguments):
        result = self.dump("-o", "ndjson", *arguments)
        self.check(result, 0)
        return [json.loads(line) for line in result.stdout.splitlines()]
