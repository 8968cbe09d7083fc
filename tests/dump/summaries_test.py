"""mitm-dump on large recordings, whose summaries it reads instead of their records, and --check."""

import re
import unittest

from case import Case


class Listing(Case):
    """A pipe has to be read from its beginning: what is printed of it is what the records say."""

    WAYS = [[], ["-q"], ["-tttt"], ["-c", "7"], ["--count"], ["--stats"], ["--stats", "-o", "ndjson"],
            ["--flow", "33"], ["--flow", "7"], ["--flow", "9", "-vvv"], ["--flow", "50", "-v"], ["--flow", "4063:120"],
            ["--flow", "33", "-o", "ndjson", "--bodies"], ["--flow", "34", "--body", "response"],
            ["id", "30-40"], ["-o", "ndjson", "id 5 or 100-102"], ["-v", "path", "/uu*", "and", "id > 90"], ["--count", "~d huge"],
            ["-o", "ndjson", "~c", "200"], ["header", "x-none"], ["-c", "3", "status 2xx and id >= 50"], ["--stats", "id 1-9"],
            ["~hs", "HTTP|text", "&", "id 60-70"], ["--count", "not header content-type"], ["--flow", "33", "status 500"]]

    def by_records(self, content, way):
        return self.dump("-r", "-", *way, input=content)

    def with_a_bit_changed(self, content, offset):
        content = bytearray(content)
        content[offset] ^= 1
        return bytes(content)

    def test_summaries_say_what_records_say(self):
        content = self.content("huge")
        self.assertGreater(len(content), 6_000_000)
        for way in self.WAYS:
            with self.subTest(way):
                expected = self.by_records(content, way)
                self.check(expected, 0)
                result = self.dump("-r", "@huge", *way)
                self.check(result, 0)
                self.assertEqual(result.stdout, expected.stdout)

    def test_joined_recordings_are_read_as_one(self):
        content = self.content("second") + self.content("huge")
        joined = self.file("joined.flowz", content)
        for way in ([], ["--count"], ["--flow", "4063:33", "-v"]):
            with self.subTest(way):
                self.assertEqual(self.dump("-r", joined, *way).stdout, self.by_records(content, way).stdout)
        self.assertEqual(self.dump("-r", joined, "--flow", "1").returncode, 2)

    def test_where_a_run_goes_on_records_are_read(self):
        content = self.content("huge") + self.content("huge")
        joined = self.file("joined.flowz", content)
        for way in ([], ["--count"], ["--flow", "50", "-v"]):
            with self.subTest(way):
                self.assertEqual(self.dump("-r", joined, *way).stdout, self.by_records(content, way).stdout)

    def test_what_is_not_needed_is_not_read(self):
        # A frame of bodies in the middle is damaged, which only its reader would notice.
        damaged = self.file("damaged.flowz", self.with_a_bit_changed(self.content("huge"), 4_470_000))
        result = self.dump("-r", damaged)
        self.check(result, 0)
        self.assertEqual(result.stdout, self.dump("-r", "@huge").stdout)
        self.check(self.dump("-r", damaged, "--flow", "120", "-vv"), 0)
        whole = self.by_records(self.read(damaged), [])
        self.assertEqual(whole.returncode, 3)

    def test_what_a_filter_leaves_out_is_not_read(self):
        # As before, but what is wanted of a few flows is in their records.
        damaged = self.file("damaged.flowz", self.with_a_bit_changed(self.content("huge"), 4_470_000))
        for way in (["-o", "ndjson", "id 3 or 5"], ["-v", "id 119-120"], ["not header x-none and id 3"]):
            with self.subTest(way):
                result = self.dump("-r", damaged, *way)
                self.check(result, 0)
                self.assertEqual(result.stdout, self.dump("-r", "@huge", *way).stdout)

    def test_a_flow_in_a_damaged_frame_says_what_is_missing(self):
        damaged = self.file("damaged.flowz", self.with_a_bit_changed(self.content("huge"), 4_470_000))
        lost, told = [], 0
        for flow in range(58, 84):
            result = self.dump("-r", damaged, "--flow", str(flow), "--body", "response")
            if result.returncode == 3:
                self.assertIn(b"bytes skipped at byte", result.stderr)
                told += re.search(rf"flow {flow}: (\d+ of \d+ recorded octets of the body are missing|"
                                  "the message was not recorded to its end)", result.stderr.decode()) is not None
                lost.append(flow)
        self.assertGreater(len(lost), 14)
        self.assertGreater(told, 10)
        result = self.dump("-r", damaged, "--flow", "70", "-v")
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"#70 127.0.0.1:40000 > 192.0.2.9:443: GET https://huge.example/short 200", result.stdout)
        self.assertIn(b"[anomaly recording-damaged]", result.stdout)

    def test_without_whole_summaries_records_are_read(self):
        content = self.content("huge")
        expected = self.dump("-r", "@huge").stdout
        index = content.rindex(b"\x5c\x2a\x4d\x18")  # the directory
        for name, damaged in (("table", self.with_a_bit_changed(content, len(content) - 2)),
                              ("directory", self.with_a_bit_changed(content, index + 30)),
                              ("cut", content[:-1])):
            with self.subTest(name):
                result = self.dump("-r", self.file(name, damaged))
                self.assertEqual(result.returncode, 3)
                self.assertEqual(result.stdout, expected)

    def test_of_a_recording_without_an_end_a_flow_is_fetched_by_its_indexes(self):
        content = self.content("huge")
        cut = content[:len(content) - 200_000]
        for way in (["--flow", "9", "-vvv"], ["--flow", "50", "-v"], ["--flow", "34", "--body", "response"],
                    ["--flow", "4063:33", "-o", "ndjson", "--bodies"]):
            with self.subTest(way):
                expected = self.by_records(cut, way)
                result = self.dump("-r", self.file("cut.flowz", cut), *way)
                self.assertEqual((result.returncode, result.stdout), (3, expected.stdout))
                self.assertEqual(result.stderr.split(b".flowz")[1], expected.stderr.split(b"standard input")[1])
                self.assertIn(b"torn tail at byte", result.stderr)
        # What is between is not read, so damage there is not noticed.
        damaged = self.file("damaged.flowz", self.with_a_bit_changed(cut, 4_470_000))
        result = self.dump("-r", damaged, "--flow", "9", "-v")
        self.assertNotIn(b"skipped", result.stderr)
        self.assertIn(b"skipped", self.dump("-r", damaged, "-q").stderr)

    def test_a_flow_that_is_not_there(self):
        result = self.dump("-r", "@huge", "--flow", "121")
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"there is no flow 121", result.stderr)


class Checking(Case):
    def test_whole_recordings_are_clean(self):
        for name in ("mixed", "second", "hostile", "large", "huge", "many"):
            with self.subTest(name):
                result = self.dump("-r", "@" + name, "--check")
                self.check(result, 0)
                self.assertRegex(result.stdout.decode(), r"^.*\.flowz: \d+ frames?, \d+ records?, \d+ flows?.*; clean\n$")

    def test_a_pipe_and_several(self):
        result = self.dump("-r", "-", "-r", "@mixed", "--check", input=self.content("second") + self.content("mixed"))
        self.check(result, 0)
        self.assertIn(b"standard input: 2 frames", result.stdout)
        self.assertIn(b"2 joined recordings", result.stdout)

    def test_what_is_lost_is_told(self):
        content = bytearray(self.content("many"))
        content[20_000] ^= 4  # in the first data frame
        result = self.dump("-r", self.file("damaged.flowz", bytes(content)), "--check")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr.decode(), r"warning: .*damaged.flowz: \d+ bytes skipped at byte \d+")
        self.assertRegex(result.stderr.decode(), r"flows that ended in it: \d+, \d+")
        self.assertIn(b"; not clean", result.stdout)

    def test_cut_anywhere_it_is_not_clean(self):
        content = self.content("second")
        for size in range(1, len(content), 37):
            with self.subTest(size):
                result = self.dump("-r", self.file("cut.flowz", content[:size]), "--check")
                self.assertIn(result.returncode, (1, 3))

    def test_what_is_no_recording(self):
        result = self.dump("-r", self.file("x", b"{}"), "-r", "@mixed", "--check")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"x: not a mitmkit archive", result.stderr)
        self.assertIn(b"; clean", result.stdout)  # of the other

    def test_it_does_nothing_else(self):
        for option in (["-w", "x"], ["--count"], ["-f"], ["--flow", "1"], ["-v"]):
            result = self.dump("-r", "@mixed", "--check", *option)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"--check verifies all there is", result.stderr)


if __name__ == "__main__":
    unittest.main()
