"""The arithmetic of the benchmark and of the guard."""

import subprocess
import sys
import unittest

import guard
import origin
import procfs
import table
from results import Results, Scenario, Target

PROFILE = """version: 1
events: Ir

ob=/bin/ours
fl=???
fn=work
0 70
cob=/lib/libc
cfi=???
cfn=malloc
calls=3 0
0 900
0 30
cfn=ours_too
calls=2 0
0 500

fn=ours_too
0 100

ob=/lib/libc
fn=malloc
0 900
cob=/bin/ours
cfn=callback
calls=5 0
0 1
cfn=malloc'2
calls=4 0
0 2
totals: 1100
"""


class Counting(unittest.TestCase):
    def test_what_is_spent_is_counted_once_and_where_it_is_spent(self):
        self.assertEqual(guard.totals(PROFILE.splitlines(), "/bin/ours"),
                         {"instructions": 200, "calls": 3, "allocations": 7, "all": 1100})

    def test_numbers_may_be_off_by_five_percent_in_either_direction(self):
        def off(**changed):
            usual = {"instructions": 1000, "calls": 100, "allocations": 10}
            return list(guard.differences({"a": usual}, {"a": usual | changed}))

        self.assertEqual(off(instructions=1050, calls=95, all=5), [])
        self.assertEqual(off(instructions=1051), ["a: 1,051 instructions for each exchange, 1,000 are committed (+5.1 %)"])
        self.assertEqual(off(allocations=9), ["a: 9 allocations for each exchange, 10 are committed (-10.0 %)"])

    def test_a_case_that_is_not_committed_is_told(self):
        self.assertEqual(list(guard.differences({"a": {}}, {"b": {}})), ["a: only in instructions.json", "b: only in bench_guard"])


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
