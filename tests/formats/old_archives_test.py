"""Archives of every version since the first are read as they were.

MITM_UPDATE_GOLDEN=1 writes the expected texts in tests/data/archives/ instead of comparing with them.
"""

import glob
import json
import os
import unittest

import flowz
import flowz_flows
from harness import program, run

ARCHIVES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/archives")
OUTPUTS = {".ndjson": ["-o", "ndjson", "--bodies"], ".txt": ["-vv"]}


def archives():
    return sorted(glob.glob(os.path.join(ARCHIVES, "*.flowz")))


class OldArchives(unittest.TestCase):
    maxDiff = None

    def dump(self, *arguments):
        result = run(program("mitm-dump"), *arguments, env={**os.environ, "TZ": "UTC"})
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def test_mitm_dump_tells_of_them_what_it_told(self):
        self.assertGreaterEqual(len(archives()), 2)
        for path in archives():
            for suffix, arguments in OUTPUTS.items():
                with self.subTest(os.path.basename(path) + suffix):
                    told = self.dump(*arguments, "-r", path)
                    expected = path.removesuffix(".flowz") + suffix
                    if os.environ.get("MITM_UPDATE_GOLDEN"):
                        with open(expected, "wb") as file:
                            file.write(told)
                    with open(expected, "rb") as file:
                        self.assertEqual(told.decode(), file.read().decode())

    def test_todays_description_fits_them(self):
        for path in archives():
            with self.subTest(os.path.basename(path)):
                archive = flowz.Archive(path)
                flows = flowz_flows.flows_of(archive.records())
                self.assertEqual(archive.losses, [])
                told = [json.loads(line) for line in self.dump("-o", "ndjson", "-r", path).splitlines()]
                self.assertEqual([(flow["id"], flow["time"], flow["kind"]) for flow in flows],
                                 [(flow["id"], flow["time"], flow["kind"]) for flow in told])


if __name__ == "__main__":
    unittest.main()
