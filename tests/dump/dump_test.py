"""mitm-dump from a shell: what it prints, byte for byte, and how it ends.

MITM_UPDATE_GOLDEN=1 writes the expected texts in tests/data/dump/ instead of comparing with them.
"""

import base64
import os
import pty
import shutil
import subprocess
import threading
import unittest

from case import MITM_DUMP, Case

GOLDEN = os.environ["GOLDEN"]

# Name of the expected text: arguments. @x is the recording x.
GOLDEN_RUNS = {
    "line": ["-r", "@mixed"],
    "quiet": ["-q", "-r", "@mixed"],
    "color": ["--color", "always", "-t", "-r", "@mixed"],
    "heads": ["-v", "-r", "@mixed"],
    "bodies": ["-vv", "-r", "@mixed"],
    "everything": ["-vvv", "-r", "@mixed"],
    "ascii": ["-A", "-t", "-r", "@mixed"],
    "hex": ["-x", "-t", "-r", "@mixed"],
    "hex-ascii-raw": ["-X", "-t", "--raw-bodies", "-r", "@mixed"],
    "snapped": ["-vv", "-s", "4", "-r", "@mixed"],
    "time-none": ["-t", "-q", "-r", "@mixed"],
    "time-epoch": ["-tt", "-q", "-r", "@mixed"],
    "time-delta": ["-ttt", "-q", "-r", "@mixed"],
    "time-date": ["-tttt", "-q", "-r", "@mixed"],
    "time-first": ["-ttttt", "-q", "-r", "@mixed"],
    "merged": ["-r", "@second", "-r", "@mixed"],
    "rotated": ["-vv", "-r", "@part2", "-r", "@part1"],
    "one-flow": ["-vv", "-r", "@mixed", "--flow", "2"],
    "ndjson": ["-o", "ndjson", "-r", "@mixed"],
    "ndjson-bodies": ["-o", "ndjson", "--bodies", "-r", "@mixed"],
    "stats": ["--stats", "-r", "@mixed"],
    "stats-ndjson": ["--stats", "-o", "ndjson", "-r", "@mixed"],
    "stats-hostile": ["--stats", "-r", "@hostile"],
    "ndjson-raw": ["-o", "ndjson", "--bodies", "--raw-bodies", "-r", "@mixed"],
    "hostile": ["-vvv", "-r", "@hostile"],
    "hostile-ndjson": ["-o", "ndjson", "--bodies", "-r", "@hostile"],
}


class Golden(Case):
    def test_output_is_what_it_was(self):
        for name, arguments in GOLDEN_RUNS.items():
            with self.subTest(name):
                result = self.dump(*arguments)
                self.check(result, 0)
                path = os.path.join(GOLDEN, name + ".txt")
                if os.environ.get("MITM_UPDATE_GOLDEN"):
                    with open(path, "wb") as file:
                        file.write(result.stdout)
                with open(path, "rb") as file:
                    self.assertEqual(result.stdout.decode(), file.read().decode())

    def test_every_expected_text_has_its_run(self):
        self.assertEqual(sorted(name + ".txt" for name in GOLDEN_RUNS), sorted(os.listdir(GOLDEN)))

    def test_all_input_is_the_same_from_a_pipe(self):
        from_file = self.dump("-vv", "-r", "@mixed")
        from_pipe = self.dump("-vv", "-r", "-", input=self.content("mixed"))
        self.assertEqual(from_pipe.stdout, from_file.stdout)
        self.check(from_pipe, 0)


class Selecting(Case):
    def test_limit(self):
        self.assertEqual([flow["id"] for flow in self.flows("-r", "@mixed", "-c", "2")], ["1", "2"])
        self.assertEqual(len(self.flows("-r", "@mixed", "-c", "100")), 7)

    def test_count(self):
        result = self.dump("--count", "-r", "@many")
        self.check(result, 0)
        self.assertEqual(result.stdout, b"12000\n")

    def test_a_filter(self):
        def ids(*words):
            return [flow["id"] for flow in self.flows("-r", "@mixed", *words)]
        self.assertEqual(ids("host", "example.com"), ["1", "2"])
        self.assertEqual(ids("host example.com and status >= 201"), ["2"])
        self.assertEqual(ids("tcp", "or", "passed"), ["4", "5"])
        self.assertEqual(ids("port", "80", "or", "443"), ["1", "2", "3", "5", "6", "7"])
        self.assertEqual(ids("~d", "example", "&", "~m", "POST"), ["2"])
        self.assertEqual(ids("anomaly obs-fold or error dns"), ["3", "6"])
        self.assertEqual(ids("~q"), ["3", "7"])
        self.assertEqual(ids("duration > 1s"), ["4"])
        self.assertEqual(ids("-c", "1", "/"), ["1"])
        self.assertEqual(ids("--flow", "2", "status 200"), [])

    def test_a_filter_from_a_file(self):
        path = self.file("filter", b"\xef\xbb\xbf# one host\nhost example.com # this\n  and method POST\n")
        self.assertEqual([flow["id"] for flow in self.flows("-r", "@mixed", "-F", path)], ["2"])
        result = self.dump("-r", "@mixed", "-F", path, "http")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(self.dump("-r", "@mixed", "-F", path + "x").returncode, 1)
        self.assertIn(b"missing at the end", self.dump("-r", "@mixed", "-F", self.file("empty", b"\n")).stderr)

    def test_a_filter_is_explained(self):
        result = self.dump("--explain", "host a.test or b.test and not ~t json")
        self.check(result, 0)
        self.assertEqual(result.stdout.decode(), "host a.test or (host b.test and not ~t json)\n# not in summaries: ~t json\n")

    def test_a_flow_by_its_id(self):
        flows = self.flows("-r", "@mixed", "--flow", "4")
        self.assertEqual([flow["kind"] for flow in flows], ["tcp"])

    def test_a_flow_that_is_not_there(self):
        result = self.dump("-r", "@mixed", "--flow", "99")
        self.check(result, 1, "mitm-dump: error: there is no flow 99\n")
        self.assertEqual(result.stdout, b"")

    def test_an_id_that_two_runs_have(self):
        result = self.dump("-r", "@mixed", "-r", "@second", "--flow", "1")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, b"")
        self.assertIn(b"error: 2 runs have a flow 1\n", result.stderr)
        self.assertIn(b"hint: say which one is meant: a3f9c01200000001:1, b0b0b0b000000002:1\n", result.stderr)
        flows = self.flows("-r", "@mixed", "-r", "@second", "--flow", "b0b0:1")
        self.assertEqual([flow["request"]["url"] for flow in flows], ["http://b.example/1"])
        self.assertEqual(len(self.flows("-r", "@mixed", "-r", "@second", "--flow", "8")), 1)

    def test_ids_in_a_joined_file_tell_their_run_from_the_second_one_on(self):
        path = self.file("joined.flowz", self.content("mixed") + self.content("second"))
        result = self.dump("-r", path)
        self.check(result, 0)
        names = [line.split()[1] for line in result.stdout.splitlines()]
        self.assertEqual(names[0], b"#1")
        # Flow 7 of the first run never ended.
        self.assertEqual(names[-3:], [b"#b0b0b0b0:1", b"#b0b0b0b0:8", b"#a3f9c012:7"])
        result = self.dump("-r", path, "--flow", "1")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"a3f9c01200000001:1, b0b0b0b000000002:1", result.stderr)
        # A limit that is reached before the second run is no reason to choose the first.
        result = self.dump("-r", path, "--flow", "1", "-c", "1")
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        for name in ("a3f9c012:1", "b0b0b0b0:1", "8", "7"):
            result = self.dump("-r", path, "--flow", name)
            self.check(result, 0)
            self.assertEqual(len(result.stdout.splitlines()), 1)

    def test_the_files_of_one_run_need_no_run_in_their_ids(self):
        result = self.dump("-r", "@part1", "-r", "@part2")
        self.check(result, 0)
        self.assertEqual([line.split()[1] for line in result.stdout.splitlines()], [b"#1"])

    def test_bodies_octet_for_octet(self):
        def body(recording, flow, side, *more):
            result = self.dump("-r", recording, "--flow", flow, "--body", side, *more)
            self.check(result, 0)
            return result.stdout

        self.assertEqual(body("@mixed", "1", "response"), b"hello, world\n")
        self.assertEqual(body("@mixed", "1", "request"), b"")
        self.assertEqual(body("@mixed", "2", "request"), b'{"a":1}')
        self.assertEqual(body("@mixed", "2", "response"), b'{"hello":"world","list":[1,2,3]}')
        self.assertEqual(body("@mixed", "2", "response", "--raw-bodies")[:2], b"\x1f\x8b")
        self.assertEqual(body("@mixed", "4", "request"), b"PING\r\n")
        self.assertEqual(body("@mixed", "4", "response"), b"\x00\x01\x02PONG")
        self.assertEqual(body("@large", "1", "response"), b"x" * (48 * 65536))
        self.assertEqual(os.listdir(self.dir), [])

    def test_following_goes_on_in_the_next_file_of_the_run(self):
        result = self.dump("-f", "--body", "response", "-r", "@part1")
        self.assertEqual(result.stdout, b"first second")
        self.check(result, 0)

    def test_a_flow_spans_the_files_of_its_run(self):
        result = self.dump("--body", "response", "-r", "@part1", "-r", "@part2")
        self.assertEqual(result.stdout, b"first second")
        self.check(result, 0)


class Damage(Case):
    def test_a_file_that_was_cut_gives_what_can_be_verified(self):
        whole = self.content("many")
        path = self.file("cut.flowz", whole[: len(whole) // 2])
        result = self.dump("-q", "-t", "-r", path)
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr.decode(), rf"^mitm-dump: warning: {path}: torn tail at byte \d+\n")
        lines = result.stdout.splitlines()
        self.assertGreater(len(lines), 1000)
        complete = [line for line in lines if not line.endswith(b"[incomplete]")]
        self.assertEqual(complete, [b"GET http://many.example/%d 200" % (i + 1) for i in range(len(complete))])
        self.assertLess(len(lines) - len(complete), 2)

    def test_a_flipped_bit_costs_a_place_and_is_told(self):
        damaged = bytearray(self.content("many"))
        damaged[len(damaged) // 3] ^= 0x10
        path = self.file("flipped.flowz", bytes(damaged))
        result = self.dump("-q", "-t", "-r", path)
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr.decode(), rf"{path}: \d+ bytes skipped at byte \d+\n")
        numbers = [int(line.split()[1].rsplit(b"/", 1)[1]) for line in result.stdout.splitlines() if b"many.example" in line]
        self.assertGreater(len(numbers), 1000)
        self.assertLess(len(numbers), 12000)
        self.assertEqual(max(numbers), 12000)

    def test_every_cut_of_a_small_file_is_told(self):
        whole = self.content("mixed")
        for size in range(1, len(whole), 31):
            with self.subTest(size):
                result = self.dump("--count", "-r", self.file("cut.flowz", whole[:size]))
                self.assertIn(result.returncode, (1, 3))
                self.assertNotEqual(result.stderr, b"")

    def test_a_body_that_was_not_recorded_whole_is_told(self):
        result = self.dump("-r", "@mixed", "--flow", "6", "--body", "response")
        self.check(result, 0, "mitm-dump: warning: flow 6: 10 of 4096 octets of the body were recorded\n")

    def test_an_empty_file_among_others_costs_nothing_but_itself(self):
        empty = self.file("empty", b"")
        result = self.dump("-q", "-r", "@mixed", "-r", empty)
        self.assertEqual(result.stdout, self.dump("-q", "-r", "@mixed").stdout)
        self.check(result, 3, f"mitm-dump: warning: {empty}: empty file, not a mitmkit archive\n")

    def test_an_empty_file(self):
        result = self.dump("-r", self.file("empty", b""))
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"not a mitmkit archive", result.stderr)

    def test_files_of_other_kinds(self):
        kinds = {
            "har": b'{"log":{"version":"1.2","entries":[]}}',
            "pcap": b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(16),
            "text": b"hello\n",
            "zeros": bytes(1000),
        }
        for name, content in kinds.items():
            with self.subTest(name):
                result = self.dump("-r", self.file(name, content))
                self.assertEqual((result.returncode, result.stdout), (1, b""))
                self.assertIn(b"not a mitmkit archive", result.stderr)

    def test_one_bad_file_among_good_ones_prints_nothing(self):
        result = self.dump("-r", "@mixed", "-r", self.file("x", b"hello\n"))
        self.assertEqual((result.returncode, result.stdout), (1, b""))

    def test_missing_files_and_directories(self):
        result = self.dump("-r", os.path.join(self.dir, "none"))
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"No such file or directory", result.stderr)
        result = self.dump("-r", self.dir)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"Is a directory", result.stderr)

    def test_what_is_lost_after_the_limit_was_reached_is_nobodys_loss(self):
        whole = self.content("many")
        result = self.dump("-c", "1", "-r", self.file("cut.flowz", whole[: len(whole) // 2]))
        self.check(result, 0)

    def test_an_error_in_the_middle_takes_nothing_back(self):
        damaged = bytearray(self.content("many"))
        damaged[len(damaged) // 3] ^= 0x10
        path = self.file("joined.flowz", bytes(damaged) + self.content("large"))
        self.env["TMPDIR"] = os.path.join(self.dir, "none")  # where the large body would be kept
        result = self.dump("-vv", "-r", path)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"many.example/12000", result.stdout)
        self.assertRegex(result.stderr.decode(), rf"^mitm-dump: warning: {path}: \d+ bytes skipped at byte \d+\n"
                                                 r"mitm-dump: error: create a temporary file in .*\n$")

    def test_a_flow_of_a_damaged_file(self):
        whole = self.content("many")
        path = self.file("cut.flowz", whole[: len(whole) // 2])
        result = self.dump("-q", "-t", "--flow", "1", "-r", path)
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stdout, b"GET http://many.example/1 200\n")
        result = self.dump("-q", "-t", "--flow", "12000", "-r", path)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"torn tail", result.stderr)


class Usage(Case):
    def check_usage(self, *arguments):
        result = self.dump(*arguments)
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(b"mitm-dump: error: ", result.stderr)
        self.assertIn(b"mitm-dump: hint: ", result.stderr)
        return result.stderr

    def test_wrong_usage(self):
        self.assertIn(b"no recording to read", self.check_usage())
        self.assertIn(b"filter: status: 'x' is no status", self.check_usage("-r", "@mixed", "status", "x"))
        self.assertIn(b"not with a filter", self.check_usage("-r", "@mixed", "--check", "http"))
        self.assertIn(b"not with a filter", self.check_usage("-r", "@mixed", "--recover", "x", "http"))
        self.assertIn(b"not with a filter", self.check_usage("-f", "-r", "@mixed", "-w", "x", "http"))
        self.assertIn(b"there is none", self.check_usage("--explain"))
        self.assertIn(b"there is none", self.check_usage("--explain", " "))
        self.assertIn(b"filter is not read from", self.check_usage("-r", "@mixed", "-F", "-"))
        for words in (["-o", "har"], ["-w", "x", "--count"], ["--bodies"], ["-c", "0"], ["--flow", "x"], ["-A", "-X"]):
            with self.subTest(words):
                self.check_usage("-r", "@mixed", *words)

    def test_no_filter_is_mistaken_for_a_file(self):
        self.check_usage("-r", "@mixed", "@second")
        self.check_usage("-r", "@mixed", "@second", "@part1")
        self.check(self.dump("-r", "@mixed", "--count", ""), 0)
        with open(os.path.join(self.dir, "http"), "w"):
            self.check(self.dump("-r", "@mixed", "--count", "http", cwd=self.dir), 0)

    def test_a_terminal_is_not_read(self):
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, terminal)
        result = self.dump("-r", "-", stdin=terminal)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"standard input is a terminal", result.stderr)

    def test_numeric_is_accepted(self):
        self.assertEqual(self.dump("-n", "-r", "@mixed").stdout, self.dump("-r", "@mixed").stdout)

    def test_a_closed_pipe_is_success(self):
        for words in (["-r", "@many"], ["-o", "ndjson", "-r", "@many"]):
            with self.subTest(words):
                process = subprocess.Popen(
                    [MITM_DUMP, *[self.recording(w[1:]) if w.startswith("@") else w for w in words]],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)
                self.assertNotEqual(process.stdout.readline(), b"")
                process.stdout.close()
                self.assertEqual(process.stderr.read(), b"")
                process.stderr.close()
                self.assertEqual(process.wait(timeout=60), 0)

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([MITM_DUMP, "-r", self.recording("mixed")], stdout=full, stderr=subprocess.PIPE,
                                    env=self.env, timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"No space left on device", result.stderr)

    def test_flows_come_while_the_recording_is_still_being_written(self):
        whole = self.content("many")
        first_seen = threading.Event()
        process = subprocess.Popen([MITM_DUMP, "-q", "-t", "-r", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.env)

        def feed():
            with process.stdin as pipe:
                pipe.write(whole[: len(whole) * 9 // 10])
                pipe.flush()
                first_seen.wait(timeout=60)
                pipe.write(whole[len(whole) * 9 // 10:])

        feeder = threading.Thread(target=feed)
        feeder.start()
        self.assertEqual(process.stdout.readline(), b"GET http://many.example/1 200\n")
        first_seen.set()
        rest = process.stdout.read()
        feeder.join()
        self.assertEqual((process.stderr.read(), process.wait(timeout=60)), (b"", 0))
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(len(rest.splitlines()), 11999)

    def test_what_was_flushed_is_shown_before_its_frame_ends(self):
        process = subprocess.Popen([MITM_DUMP, "-q", "-t", "-r", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.env)
        process.stdin.write(self.content("open"))
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"GET http://b.example/1 204\n")
        self.assertEqual(process.stdout.readline(), b"GET http://b.example/8 204\n")
        rest, complaint = process.communicate(timeout=60)
        self.assertEqual((rest, process.returncode), (b"", 3))
        self.assertIn(b"torn tail at byte %d\n" % len(self.content("open")), complaint)


class Safety(Case):
    RUNS = (["-q"], [], ["-v"], ["-vv"], ["-vvv"], ["-A"], ["-x"], ["-X"], ["-vvv", "-s", "3"],
            ["-o", "ndjson"], ["-o", "ndjson", "--bodies"],
            ["--stats"], ["--stats", "-o", "ndjson"])

    def test_no_control_byte_of_the_network_is_printed(self):
        for words in self.RUNS:
            with self.subTest(words):
                result = self.dump(*words, "-r", "@hostile")
                self.check(result, 0)
                text = result.stdout.decode()  # all of it is UTF-8
                for character in text:
                    if character in "\n\t":
                        continue
                    self.assertFalse(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0, repr(character))
                    self.assertNotIn(character, "\u202e")

    def test_hostile_text_cannot_begin_a_line_of_ours(self):
        result = self.dump("-vvv", "-t", "-r", "@hostile")
        for line in result.stdout.decode().splitlines():
            self.assertRegex(line, r"^($|#\d+ |\* |[<>]( |$)|    |\t0x)")

    def test_jq_accepts_every_line(self):
        if shutil.which("jq") is None:
            self.skipTest("jq is not installed")
        for name in ("mixed", "hostile", "large"):
            with self.subTest(name):
                result = self.dump("-o", "ndjson", "--bodies", "-r", "@" + name)
                checked = subprocess.run(["jq", "-c", ".id"], input=result.stdout, capture_output=True, check=True)
                self.assertEqual(len(checked.stdout.splitlines()), len(result.stdout.splitlines()))

    def test_bytes_survive_ndjson(self):
        flow = self.flows("--bodies", "-r", "@mixed", "--flow", "6")[0]
        self.assertEqual(base64.b64decode(flow["response"]["body"]["base64"]), b"\x89PNG\r\n\x1a\n\0\0")
        flow = self.flows("--bodies", "-r", "@large")[0]
        self.assertEqual(flow["response"]["body"]["text"], "x" * (48 * 65536))
        self.assertEqual(flow["response"]["body_size"], str(48 * 65536))


if __name__ == "__main__":
    unittest.main()
