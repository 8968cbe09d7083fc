"""mitm-dump -w and --recover: recordings made of recordings."""

import json
import os
import pty
import re
import resource
import shutil
import subprocess
import unittest

from case import MITM_DUMP, Case


class Copying(Case):
    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.dir, "out.flowz")

    def show(self, *recordings):
        """All that is known of every flow."""
        words = [word for recording in recordings for word in ("-r", recording)]
        result = self.dump("-o", "ndjson", "--bodies", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        for line in result.stderr.decode().splitlines():
            self.assertRegex(line, r": something is missing in it \(.*\): ")
        return result.stdout

    def copy(self, *arguments, status=0, stderr="", **options):
        result = self.dump(*arguments, "-w", self.out, **options)
        self.check(result, status, stderr)
        self.assertEqual(result.stdout, b"")


class Merging(Copying):
    def test_everything_survives(self):
        for names in (["@mixed"], ["@hostile"], ["@large"], ["@many"], ["@second", "@mixed", "@hostile"], ["@part2", "@part1"]):
            with self.subTest(names):
                self.copy(*[word for name in names for word in ("-r", name)])
                self.assertEqual(self.show(self.out), self.show(*names))

    def test_ids_stay_with_their_runs(self):
        self.copy("-r", "@mixed", "-r", "@second")
        self.assertEqual(len(self.flows("-r", self.out, "--flow", "b0b0:1")), 1)
        result = self.dump("-r", self.out, "--flow", "1")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"a3f9c01200000001:1, b0b0b0b000000002:1", result.stderr)

    def test_joined_files_and_copies_of_copies(self):
        joined = self.file("joined.flowz", self.content("mixed") + self.content("second"))
        self.copy("-r", joined)
        self.assertEqual(self.show(self.out), self.show(joined))
        again = os.path.join(self.dir, "again.flowz")
        self.check(self.dump("-r", self.out, "-w", again), 0)
        self.assertEqual(self.show(again), self.show(joined))
        joined_again = self.file("joined2.flowz", self.content("hostile") + self.read(again))
        self.assertEqual(self.show(joined_again).splitlines()[-8:], self.show(joined).splitlines()[-8:])

    def test_stock_tools_open_it(self):
        if shutil.which("zstd") is None or shutil.which("capnp") is None:
            self.skipTest("zstd or capnp is not installed")
        self.copy("-r", "@mixed", "-r", "@second")
        plain = subprocess.run(["zstd", "-dc", self.out], capture_output=True, check=True).stdout
        schema = os.path.join(os.environ["SOURCE"], "formats", "flow.capnp")
        decoded = subprocess.run(["capnp", "decode", schema, "Record"], input=plain, capture_output=True, check=True).stdout
        self.assertEqual(len(re.findall(rb"\n  \(header = |^.*header = \(", decoded, re.M)), 2)
        self.assertRegex(decoded, rb"archiveEnd = \(\s*totals = \(\s*seen = 9,\s*recorded = 8,\s*filtered = 0,\s*passed = 1,\s*failed = 0")

    def test_from_pipe_to_pipe(self):
        result = self.dump("-r", "-", "-w", "-", input=self.content("mixed"))
        self.check(result, 0)
        self.assertEqual(self.show(self.file("piped.flowz", result.stdout)), self.show("@mixed"))

    def test_the_same_input_makes_the_same_file(self):
        self.copy("-r", "@mixed", "-r", "@second")
        first = self.read(self.out)
        self.copy("-r", "@mixed", "-r", "@second")
        self.assertEqual(self.read(self.out), first)

    def test_the_level_is_heeded(self):
        sizes = []
        for level in ("1", "9"):
            self.copy("--compression", level, "-r", "@many")
            sizes.append(os.path.getsize(self.out))
        self.assertLess(sizes[1], sizes[0])

    def test_what_is_lost_is_told_and_the_rest_is_written(self):
        whole = self.content("many")
        torn = self.file("torn.flowz", whole[: len(whole) // 2])
        result = self.dump("-r", torn, "-w", self.out)
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"torn tail at byte", result.stderr)
        shown = self.dump("-o", "ndjson", "-r", torn).stdout
        self.assertEqual(self.dump("-o", "ndjson", "-r", self.out).stdout, shown)


class Choosing(Copying):
    """What -c, --flow and a filter write is what they print."""

    def printed(self, *arguments):
        result = self.dump("-o", "ndjson", "--bodies", *arguments)
        self.check(result, 0)
        return result.stdout

    def test_the_first_flows(self):
        for number in ("1", "2", "4", "100"):
            with self.subTest(number):
                self.copy("-c", number, "-r", "@mixed")
                self.assertEqual(self.printed("-r", self.out), self.printed("-c", number, "-r", "@mixed"))

    def test_one_flow(self):
        for flow in ("1", "2", "3", "4", "5", "6", "7"):
            with self.subTest(flow):
                self.copy("--flow", flow, "-r", "@mixed")
                self.assertEqual(self.printed("-r", self.out), self.printed("--flow", flow, "-r", "@mixed"))

    def test_what_a_filter_chooses(self):
        for words in (["http"], ["not", "http"], ["~c", "404", "|", "~q"], ["header", "host"], ["host", "nobody.test"], ["-c", "1", "error"]):
            with self.subTest(words):
                self.copy("-r", "@mixed", *words)
                self.assertEqual(self.printed("-r", self.out), self.printed("-r", "@mixed", *words))
                self.check(self.dump("--check", "-r", self.out), 0)

    def test_from_several_recordings_only_the_runs_that_matter(self):
        self.copy("--flow", "b0b0:1", "-r", "@mixed", "-r", "@second")
        result = self.dump("-r", self.out)
        self.check(result, 0)
        self.assertEqual([line.split()[1] for line in result.stdout.splitlines()], [b"#1"])
        self.assertEqual(self.flows("-r", self.out)[0]["run"], "b0b0b0b000000002")

    def test_a_flow_spans_the_files_of_its_run(self):
        self.copy("--flow", "1", "-r", "@part2", "-r", "@part1")
        result = self.dump("--body", "response", "-r", self.out)
        self.assertEqual(result.stdout, b"first second")

    def test_a_pipe_is_read_once(self):
        for words in (["-c", "3"], ["--flow", "6"]):
            with self.subTest(words):
                self.copy(*words, "-r", "@mixed")
                expected = self.read(self.out)
                self.copy(*words, "-r", "-", input=self.content("mixed"))
                self.assertEqual(self.read(self.out), expected)

    def test_an_endless_pipe_ends_when_there_is_enough(self):
        process = subprocess.Popen([MITM_DUMP, "-r", "-", "-c", "2", "-w", self.out], stdin=subprocess.PIPE, env=self.env)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdin.write(self.content("open"))
        process.stdin.flush()
        self.assertEqual(process.wait(timeout=60), 0)
        process.stdin.close()
        self.assertEqual([flow["id"] for flow in self.flows("-r", self.out)], ["1", "8"])

    def test_an_ambiguous_or_missing_flow_writes_nothing(self):
        for flow, status in (("1", 2), ("99", 1)):
            result = self.dump("--flow", flow, "-r", "@mixed", "-r", "@second", "-w", self.out)
            self.assertEqual(result.returncode, status)
            self.assertFalse(os.path.exists(self.out))


class Output(Copying):
    def test_no_input_is_written_to(self):
        recording = self.file("a.flowz", self.content("mixed"))
        os.link(recording, os.path.join(self.dir, "b.flowz"))
        os.symlink(recording, os.path.join(self.dir, "c.flowz"))
        for name in ("a", "b", "c"):
            for option in ("-w", "--recover"):
                result = self.dump("-r", recording, option, os.path.join(self.dir, name + ".flowz"))
                self.assertEqual(result.returncode, 2)
                self.assertIn(b"is one of the recordings that are read", result.stderr)
        with open(recording, "r+b") as file:
            result = subprocess.run([MITM_DUMP, "-r", recording, "-w", "-"], stdout=file, stderr=subprocess.PIPE, env=self.env)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(self.read(recording), self.content("mixed"))

    def test_a_failure_leaves_what_was_there(self):
        old = self.file("out.flowz", b"precious")
        for words in (["-r", "@none"], ["-r", self.file("text", b"hello")], ["-r", "@mixed", "--flow", "99"]):
            self.assertEqual(self.dump(*words, "-w", old).returncode, 1)
            self.assertEqual(self.read(old), b"precious")

    def test_a_full_disk_leaves_what_was_there_and_nothing_else(self):
        old = self.file("out.flowz", b"precious")
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        result = self.dump("-r", "@many", "-w", old, preexec_fn=limit)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(self.read(old), b"precious")
        self.assertEqual(os.listdir(self.dir), ["out.flowz"])

    def test_a_terminal_gets_no_recording(self):
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        result = subprocess.run([MITM_DUMP, "-r", self.recording("mixed"), "-w", "-"], stdout=terminal,
                                stderr=subprocess.PIPE, env=self.env)
        os.close(terminal)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"not written to a terminal", result.stderr)


class Recovering(Copying):
    def recover(self, damaged, status):
        result = self.dump("-r", damaged, "--recover", self.out)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stderr.decode()

    def same_flows(self, damaged):
        shown = self.dump("-o", "ndjson", "--bodies", "-r", damaged).stdout
        self.assertEqual(self.show(self.out), shown)
        self.assertNotEqual(shown, b"")

    def records(self, text):
        return int(re.search(r"(\d+) records of \d+ flows recovered", text).group(1))

    def test_a_good_recording_loses_nothing(self):
        told = self.recover("@mixed", 0)
        self.assertRegex(told, rf"^mitm-dump: {self.out}: \d+ records of 7 flows recovered, 0 bytes lost\n$")
        self.same_flows("@mixed")

    def test_what_a_killed_recorder_flushed_is_all_there(self):
        told = self.recover("@open", 0)
        self.assertIn(f"torn tail at byte {len(self.content('open'))}: 0 bytes lost\n", told)
        self.same_flows("@open")

    def test_a_cut_costs_what_could_not_be_verified(self):
        whole = self.content("many")
        torn = self.file("torn.flowz", whole[: len(whole) // 2])
        told = self.recover(torn, 3)
        at, lost = map(int, re.search(r"torn.flowz: torn tail at byte (\d+): (\d+) bytes lost\n", told).groups())
        self.assertEqual(at + lost, len(whole) // 2)
        self.assertIn(f"{lost} bytes lost\n", told.splitlines(True)[-1])
        self.same_flows(torn)
        self.assertIn(b"captureGap", self.decoded())
        self.assertEqual(self.dump("-q", "-r", self.out).stderr.decode(),
                         f"mitm-dump: warning: {self.out}: something is missing in it ({lost} bytes): torn tail at byte {at}\n")

    def test_a_hole_is_marked_where_it_is(self):
        whole = self.content("many")
        damaged = bytearray(whole)
        damaged[len(whole) // 3] ^= 0x10
        path = self.file("damaged.flowz", bytes(damaged))
        told = self.recover(path, 3)
        lost, at = map(int, re.search(r"damaged.flowz: (\d+) bytes skipped at byte (\d+)\n", told).groups())
        self.same_flows(path)
        decoded = self.decoded()
        gap = decoded.index(b"captureGap")
        self.assertIn(b'reason = "%d bytes skipped at byte %d"' % (lost, at), decoded[gap: gap + 200])
        before = [int(number) for number in re.findall(rb'target = "/(\d+)"', decoded[:gap])]
        after = [int(number) for number in re.findall(rb'target = "/(\d+)"', decoded[gap:])]
        self.assertLess(max(before) + 1, min(after))
        self.assertEqual(max(after), 12000)

    def test_a_lost_header_is_replaced(self):
        whole = self.content("many")
        damaged = bytearray(whole)
        damaged[30] ^= 0x10  # in the first block of the first frame, which still tells where it ends
        path = self.file("headless.flowz", bytes(damaged))
        self.recover(path, 3)
        flows = [json.loads(line) for line in self.show(self.out).splitlines()]
        self.assertEqual({flow["run"] for flow in flows}, {"000000000000003a"})
        self.assertEqual(flows[-1]["id"], "12000")

    def test_every_cut_of_a_small_file(self):
        whole = self.content("mixed")
        most = 0
        for size in range(1, len(whole), 131):
            with self.subTest(size):
                path = self.file("cut.flowz", whole[:size])
                result = self.dump("-r", path, "--recover", self.out)
                self.assertIn(result.returncode, (0, 1, 3))
                if result.returncode == 1:
                    self.assertFalse(os.path.exists(self.out))
                    continue
                self.assertEqual(self.dump("--count", "-r", self.out).returncode, 0)
                count = self.records(result.stderr.decode())
                self.assertGreaterEqual(count, most)
                most = count

    def test_what_holds_nothing_makes_nothing(self):
        for content in (b"", b"hello", bytes(1000), self.content("mixed")[:20]):
            self.recover(self.file("bad", content), 1)
            self.assertFalse(os.path.exists(self.out))

    def decoded(self):
        if shutil.which("zstd") is None or shutil.which("capnp") is None:
            self.skipTest("zstd or capnp is not installed")
        plain = subprocess.run(["zstd", "-dc", self.out], capture_output=True, check=True).stdout
        schema = os.path.join(os.environ["SOURCE"], "formats", "flow.capnp")
        return subprocess.run(["capnp", "decode", schema, "Record"], input=plain, capture_output=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
