"""Reading a recording while it is being written."""

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import time
import unittest

from harness import TIMEOUT, Case, Origin, answering, has_signal, program, read_head, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Live(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def start(self, *arguments, **options):
        reader = subprocess.Popen([program("mitm-dump"), *arguments], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        for cleanup in (reader.stdout.close, reader.stderr.close, reader.wait, reader.kill):  # the last one comes first
            self.addCleanup(cleanup)
        return reader

    def ask(self, client, origin, path):
        host = f"127.0.0.1:{origin.port}"
        client.sendall(f"GET http://{host}/{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        return f"GET http://{host}/{path} 200\n".encode()

    def next_output(self, reader):
        self.assertTrue(select.select([reader.stdout], [], [], TIMEOUT)[0])
        return os.read(reader.stdout.fileno(), 1000)

    def shows_each_flow(self, recorder, reader, number=2):
        origin = Origin(self, answering(*[OK] * number))
        with recorder.connect() as client:
            for i in range(number):
                line = self.ask(client, origin, i)
                self.assertEqual(self.next_output(reader), line)

    def ends(self, reader, status=0, stderr=b""):
        self.assertEqual((reader.stdout.read(), reader.stderr.read(), reader.wait(TIMEOUT)), (b"", stderr, status))


class Reading(Live):
    def read_on(self, path, **options):
        return self.start("-q", "-t", "-r", path, **options)

    def test_flows_are_read_from_a_pipe_that_stays_open(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        reader = self.read_on(pipe)
        recorder = self.record("-q", "-w", pipe)
        self.shows_each_flow(recorder, reader)
        self.assertEqual(recorder.stop(), 0)
        self.ends(reader)

    def test_a_file_is_followed_through_tail(self):
        recorder = self.record("-q", "-w", self.archive)
        tail = subprocess.Popen(["tail", "-c", "+1", "-f", self.archive], stdout=subprocess.PIPE)
        for cleanup in (tail.stdout.close, tail.wait, tail.kill):
            self.addCleanup(cleanup)
        self.shows_each_flow(recorder, self.read_on("-", stdin=tail.stdout))

    def test_a_file_is_read_while_it_is_written(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-q", "-w", self.archive)
        url = f"http://127.0.0.1:{origin.port}/"
        self.assertEqual(self.curl(recorder, url).stdout, b"hello")

        def shown():
            return self.run_program("mitm-dump", "-q", "-t", "-r", self.archive)

        wait_for(lambda: shown().stdout == f"GET {url} 200\n".encode(), "the flow in the file")
        self.assertEqual(shown().returncode, 0)
        self.assertEqual(shown().stderr.decode(), f"mitm-dump: warning: {self.archive}: still being written, read as far as it has come\n")
        with open(self.archive, "rb") as file:
            piped = self.run_program("mitm-dump", "-q", "-t", "-r", "-", stdin=file)
        self.assertEqual((piped.returncode, piped.stdout), (0, f"GET {url} 200\n".encode()))
        self.assertIn(b"standard input: still being written", piped.stderr)
        checked = self.run_program("mitm-dump", "--check", "-r", self.archive)
        self.assertIn(b"still being written", checked.stderr)
        recorder.stop()
        self.assertEqual(shown().returncode, 0)
        self.assertEqual(shown().stderr, b"")


class Following(Live):
    def follow(self, *arguments):
        return self.start("-f", "-q", "-t", "-r", self.archive, *arguments)

    def test_each_flow_is_shown_soon_and_the_end_is_the_recordings(self):
        recorder = self.record("-q", "-w", self.archive)
        reader = self.follow()
        self.shows_each_flow(recorder, reader)
        self.assertEqual(recorder.stop(), 0)
        self.ends(reader)

    def test_how_soon_that_is(self):
        recorder = self.record("-q", "-w", self.archive)
        reader = self.follow()
        origin = Origin(self, answering(*[OK] * 20))
        delays = []
        with recorder.connect() as client:
            for i in range(20):
                self.ask(client, origin, i)
                client.recv(1000)
                answered = time.monotonic()
                self.next_output(reader)
                delays.append(time.monotonic() - answered)
        # Not all of them, because others use this machine too.
        self.assertLess(sorted(delays)[1], 0.4, delays)

    def test_waiting_costs_nothing(self):
        recorder = self.record("-q", "-w", self.archive)
        reader = self.follow()
        self.shows_each_flow(recorder, reader, 1)

        def processor_time():
            with open(f"/proc/{reader.pid}/stat", encoding="ascii") as file:
                user, system = file.read().rpartition(")")[2].split()[11:13]
            return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

        before = processor_time()
        time.sleep(2)
        self.assertLess(processor_time() - before, 0.5)

    def test_a_killed_recorder_is_an_unclean_end(self):
        recorder = self.record("-q", "-w", self.archive)
        reader = self.follow()
        self.shows_each_flow(recorder, reader)
        recorder.kill()
        self.assertEqual(reader.wait(TIMEOUT), 3)
        self.assertRegex(reader.stderr.read().decode(), rf"^mitm-dump: warning: {self.archive}: torn tail at byte \d+\n$")

    def test_a_finished_recording_is_read_to_its_end(self):
        recorder = self.record("-q", "-w", self.archive)
        reader = self.follow()
        self.shows_each_flow(recorder, reader)
        recorder.stop()
        self.ends(reader)
        again = self.follow()
        self.assertEqual(len(again.stdout.read().splitlines()), 2)
        self.ends(again)

    def test_several_are_followed_side_by_side(self):
        recorders = [self.record("-q", "-w", self.path(f"{i}.flowz")) for i in range(3)]
        reader = self.start("-f", "-q", "-t", *[word for i in range(3) for word in ("-r", self.path(f"{i}.flowz"))])
        for recorder in (recorders[2], recorders[0], recorders[2], recorders[1]):
            self.shows_each_flow(recorder, reader, 1)
        for recorder in recorders:
            self.assertEqual(recorder.stop(), 0)
        self.ends(reader)

    def test_an_interruption_is_no_error(self):
        for words in ([], ["-o", "ndjson"], ["--flow", "99"]):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest((words, number)):
                    recorder = self.record("-q", "-w", self.archive)
                    reader = self.start("-f", "-r", self.archive, *words)
                    wait_for(lambda: has_signal(reader.pid, "SigCgt", number), "mitm-dump to heed signals")
                    reader.send_signal(number)
                    self.ends(reader)
                    recorder.stop()

    def test_an_interruption_before_there_is_a_recording_is_none_either(self):
        with open(self.archive, "wb") as file:
            lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            fcntl.fcntl(file, 37, lock)  # F_OFD_SETLK: as mitm-record has it before its first record
            reader = self.start("-f", "-r", self.archive)
            wait_for(lambda: has_signal(reader.pid, "SigCgt", signal.SIGINT), "mitm-dump to heed signals")
            reader.send_signal(signal.SIGINT)
            self.ends(reader)

    def test_what_sums_up_does_so_when_interrupted(self):
        recorder = self.record("-q", "-w", self.archive)
        self.shows_each_flow(recorder, self.follow())

        def sum_of(*arguments):
            # How far it has read does not show before the end.
            for patience in (0.3, 3, 20):
                reader = self.start("-f", "-r", self.archive, *arguments)
                wait_for(lambda reader=reader: has_signal(reader.pid, "SigCgt", signal.SIGINT), "mitm-dump to heed signals")
                time.sleep(patience)
                reader.send_signal(signal.SIGINT)
                self.assertEqual(reader.wait(TIMEOUT), 0)
                output = json.loads(reader.stdout.read())
                number = output if isinstance(output, int) else int(output["flows"])
                if number == 2:
                    break
            return number

        self.assertEqual(sum_of("--count"), 2)
        self.assertEqual(sum_of("--stats", "-o", "ndjson"), 2)

    def test_a_number_of_flows_or_one_flow_ends_it(self):
        recorder = self.record("-q", "-w", self.archive)
        two = self.follow("-c", "2")
        body = self.start("-f", "-r", self.archive, "--flow", "2", "--body", "response")
        self.shows_each_flow(recorder, two)
        self.ends(two)
        self.assertEqual(body.stdout.read(), b"hello")
        self.ends(body)

    def test_a_reader_of_the_output_that_went_away_ends_it(self):
        self.record("-q", "-w", self.archive)
        reader = self.follow()
        reader.stdout.close()
        self.assertEqual(reader.wait(TIMEOUT), 0)

    def test_a_copy_grows_too_and_can_be_followed(self):
        copy = self.path("copy.flowz")
        recorder = self.record("-q", "-w", self.archive)
        writer = self.start("-f", "-r", self.archive, "-w", copy)
        wait_for(lambda: os.path.exists(copy) and os.path.getsize(copy) > 0, "the copy to begin")
        reader = self.start("-f", "-q", "-t", "-r", copy)
        self.shows_each_flow(recorder, reader)
        writer.send_signal(signal.SIGINT)
        self.ends(writer)
        self.ends(reader)
        self.assertEqual(self.dump("-r", copy), self.dump_anyway("-r", self.archive))

    def dump_anyway(self, *arguments):
        """Of what is still being written."""
        result = self.run_program("mitm-dump", "-o", "ndjson", *arguments)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_chosen_flows_are_copied_when_they_have_ended(self):
        copy = self.path("copy.flowz")
        recorder = self.record("-q", "-w", self.archive)
        writer = self.start("-f", "-r", self.archive, "-c", "2", "-w", copy)
        reader = self.follow()
        self.shows_each_flow(recorder, reader, 3)
        self.ends(writer)
        self.assertEqual([flow["id"] for flow in self.dump("-r", copy)], ["1", "2"])

    def test_a_pipe_is_followed_too(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        reader = self.start("-f", "-q", "-t", "-r", pipe)
        recorder = self.record("-q", "-w", pipe)
        self.shows_each_flow(recorder, reader)
        recorder.stop()
        self.ends(reader)

    def test_a_file_that_is_cut_is_told(self):
        recorder = self.record("-q", "-w", self.archive)
        reader = self.follow()
        self.shows_each_flow(recorder, reader)
        os.truncate(self.archive, 50)
        recorder.kill()
        self.assertEqual(reader.wait(TIMEOUT), 3)
        self.assertIn(b"was cut or overwritten while it was read", reader.stderr.read())

    def test_a_file_must_be_there(self):
        reader = self.follow()
        self.assertEqual(reader.wait(TIMEOUT), 1)
        self.assertIn(b"No such file or directory", reader.stderr.read())


class Rotated(Live):
    """A run that goes on in other files, followed from its first one."""

    def follows(self, *rotation):
        bodies = [os.urandom(700_000) for _ in range(6)]
        origin = Origin(self, answering(*[b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body for body in bodies]))
        recorder = self.record("-q", "-w", self.archive, *rotation)
        first = self.archive if "-W" not in rotation else self.archive + "0"
        reader = self.start("-f", "-q", "-t", "-r", first)
        copy = self.path("copy.flowz")
        copier = self.start("-f", "-r", first, "-w", copy)
        with recorder.connect() as client:
            client.settimeout(TIMEOUT)
            for number, body in enumerate(bodies):
                line = self.ask(client, origin, number)
                self.assertTrue(read_head(client))
                left = len(body)
                while left > 0:
                    left -= len(client.recv(min(left, 65536)))
                self.assertEqual(self.next_output(reader), line)
                # Who falls behind by more than a ring misses what is overwritten.
                expected = (number + 1) * len(body)
                wait_for(lambda expected=expected: os.path.exists(copy) and os.path.getsize(copy) > expected, "the copy")
        self.assertEqual(recorder.stop(), 0)
        self.ends(reader)
        self.ends(copier)
        flows = self.dump("-r", copy)
        self.assertEqual([flow["response"]["body_size"] for flow in flows], ["700000"] * 6)
        self.assertTrue(all(flow["complete"] for flow in flows))

    def test_through_all_files(self):
        self.follows("-C", "1")
        self.assertTrue(os.path.exists(self.archive + "3"))

    def test_around_a_ring(self):
        self.follows("-C", "1", "-W", "2")
        self.assertFalse(os.path.exists(self.archive + "2"))


if __name__ == "__main__":
    unittest.main()
