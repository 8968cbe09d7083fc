"""The arithmetic of the benchmark."""

import subprocess
import sys
import unittest

import origin
import procfs
import table
from results import Results, Scenario, Target


class Judging(unittest.TestCase):
    def setUp(self):
        self.results = Results()
        scenario = Scenario("s", "title", "µs", compares=True)
        for contender, values in {"nginx": (40, 50, 45), "ours": (90, 54, 45)}.items():
            for value in values:
                self.results.add(scenario, contender, value)

    def test_targets_are_judged_by_medians(self):
        ratio = Target("s", "ours", "<=", 1.2, against="nginx")
        self.assertEqual((ratio.value(self.results), ratio.met(ratio.value(self.results))), (1.2, True))
        inverse = Target("s", "ours", ">=", 30, against="nginx", inverse=True)
        self.assertFalse(inverse.met(inverse.value(self.results)))
        self.assertIsNone(Target("other", "ours", "<=", 1).value(self.results))
        self.assertIsNone(Target("s", "ours", "<=", 1, against="other").value(self.results))

    def test_the_table_says_medians_spread_ratios_and_verdicts(self):
        machine = dict.fromkeys(("processor", "cores", "memory", "kernel", "system"), "x") | {"programs": {}}
        text = table.render(self.results, "nginx", [Target("s", "ours", "<=", 1.1, against="nginx")], machine)
        self.assertRegex(text, r"ours +54.0  \(45.0 .. 90.0\) +1.20 x nginx")
        self.assertRegex(text, r"1.20  <= 1.1 +MISSED")


class Looking(unittest.TestCase):
    def test_children_count_with_their_parent(self):
        code = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint(flush=True); input()"
        child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
        with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
            parent.stdout.readline()
            self.assertEqual(len(procfs.tree(parent.pid)), 2)
            self.assertGreater(procfs.processor_seconds(parent.pid), 0.25)
            self.assertGreater(procfs.resident(parent.pid), 2 * 1024 * 1024)
            parent.communicate(b"\n")

    def test_text_is_as_long_as_asked_and_the_same_every_time(self):
        self.assertEqual(len(origin.text(5000)), 5000)
        self.assertEqual(origin.text(5000, 7), origin.text(5000, 7))


if __name__ == "__main__":
    unittest.main()
