"""mitm-record that goes on in another file: what each file holds alone, and all of them together."""

import glob
import gzip
import os
import re
import signal
import ssl
import subprocess
import time
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, program, read_head, records_of, wait_for

MB = 1_000_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def answer(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Rotating(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def files(self, pattern="a.flowz*"):
        """In the order in which they were written."""
        return sorted(glob.glob(self.path(pattern)), key=lambda path: (os.stat(path).st_mtime_ns, path))

    def merged(self, paths):
        return self.dump(*[word for path in paths for word in ("-r", path)])

    def merged_body(self, paths, flow):
        inputs = [word for path in paths for word in ("-r", path)]
        result = self.run_program("mitm-dump", *inputs, "--flow", flow, "--body", "response")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def next_file(self, path):
        """What the file says it goes on in, read with stock tools."""
        text = records_of(path)
        named = re.search(r'nextFile = "([^"]*)"', text[text.rindex("archiveEnd"):])
        return named and named.group(1)


class Size(Rotating):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)

    def fetch(self, bodies, *arguments):
        """Fetches `bodies` over one connection while it is recorded."""
        origin = Origin(self, answering(*map(answer, bodies)), self.pki.context())
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments)
        urls = [f"https://localhost:{origin.port}/{number}" for number in range(len(bodies))]
        outputs = [word for number in range(len(bodies)) for word in ("-o", self.path(f"body{number}"))]
        self.assertEqual(self.curl(recorder, *outputs, *urls).returncode, 0)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())

    def test_files_are_complete_alone_and_hold_everything_together(self):
        bodies = [os.urandom(700_000) for _ in range(6)]
        self.fetch(bodies, "-C", "1")
        files = self.files()
        self.assertGreaterEqual(len(files), 4)
        self.assertEqual(files, [self.archive] + [f"{self.archive}{number}" for number in range(1, len(files))])
        for path in files[:-1]:
            self.assertGreater(os.path.getsize(path), MB)
            self.assertLess(os.path.getsize(path), 1.5 * MB)
        self.assertEqual([self.next_file(path) for path in files], [os.path.basename(path) for path in files[1:]] + [None])
        for path in files:
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            for flow in self.dump("-r", path):
                self.assertEqual(flow["tls"]["server"]["verify"], "ok")
                self.assertEqual(flow["tls"]["client"]["sni"], "localhost")
                self.assertEqual(flow["server"]["host"], "localhost")
                self.assertEqual(flow["client"]["address"], "127.0.0.1")
        flows = self.merged(reversed(files))
        self.assertEqual([flow["request"]["url"][-1] for flow in flows], list("012345"))
        self.assertTrue(all(flow["complete"] for flow in flows))
        # The time of connecting is the first flow's alone, although each file tells of it.
        self.assertEqual([flow["timings_ms"]["connect"] is None for flow in flows], [False] + [True] * 5)
        for flow, body in zip(flows, bodies):
            self.assertEqual(self.merged_body(files, flow["id"]), body)

    def test_a_ring_keeps_what_came_last(self):
        self.fetch([os.urandom(800_000) for _ in range(10)], "-C", "1", "-W", "3")
        files = self.files()
        self.assertEqual(sorted(files), [f"{self.archive}{number}" for number in range(3)])
        flows = self.merged(files)
        self.assertLess(len(flows), 10)
        self.assertEqual(flows[-1]["request"]["url"][-1], "9")
        self.assertTrue(flows[-1]["complete"])

    def test_an_interruption_in_the_middle_loses_nothing(self):
        sent = os.urandom(5 * MB)
        release = self.path("release")

        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * len(sent)) + sent)
            wait_for(lambda: os.path.exists(release), "the end")

        origin = Origin(self, serve)
        recorder = self.record("-w", self.archive, "-C", "1", "--drain", "0")
        with recorder.connect() as client:
            client.sendall(f"GET http://127.0.0.1:{origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            read_head(client)
            got = 0
            while got < len(sent):
                got += len(client.recv(65536))
            self.assertEqual(recorder.stop(), 0)
        open(release, "w", encoding="ascii").close()
        files = self.files()
        self.assertGreaterEqual(len(files), 5)
        (flow,) = self.merged(files)
        self.assertFalse(flow["complete"])
        self.assertEqual(flow["response"]["body_size"], str(len(sent)))
        self.assertEqual(self.merged_body(files, flow["id"]), sent)

    def test_a_file_that_cannot_be_created_ends_the_recording_cleanly(self):
        os.mkdir(self.archive + "1")
        origin = Origin(self, answering(answer(os.urandom(3 * MB))))
        recorder = self.record("-w", self.archive, "-C", "1")
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/")
        self.assertEqual(recorder.process.wait(TIMEOUT), 1)
        self.assertIn(f"error: --write: {self.archive}1 is no file that could be rotated", recorder.stderr())
        self.assertEqual(len(self.dump("-r", self.archive)), 1)


class Time(Rotating):
    def tls_client(self, recorder, port):
        tunnel = recorder.tunnel("localhost", port)
        return ssl.create_default_context(cafile=self.ca).wrap_socket(tunnel, server_hostname="localhost")

    def test_a_link_in_the_place_of_the_next_file_does_not_cost_the_first(self):
        pki = Pki(self)
        os.symlink("a.flowz", self.archive + "1")
        origin = Origin(self, answering(*[answer(os.urandom(700_000))] * 3), pki.context())
        recorder = self.record("-w", self.archive, "--upstream-ca", pki.ca, "-C", "1")
        for number in range(3):
            self.curl(recorder, "-o", os.devnull, f"https://localhost:{origin.port}/{number}")
        self.assertEqual(recorder.stop(), 1)
        self.assertIn(f"error: --write: {self.archive}1 is no file that could be rotated", recorder.stderr())
        self.assertGreater(os.path.getsize(self.archive), MB)

    def test_a_connection_that_stays_is_readable_in_each_file_alone(self):
        pki = Pki(self)
        origin = Origin(self, answering(*[OK] * 100_000), pki.context())
        recorder = self.record("-w", self.path("a-%s.flowz"), "-G", "2", "--upstream-ca", pki.ca)
        sent = enough = 0
        with self.tls_client(recorder, origin.port) as client:
            while not enough or sent < enough:
                client.sendall(b"GET /%d HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (sent, origin.port))
                self.assertEqual(read_head(client)[:12], b"HTTP/1.1 200")
                client.recv(5)
                sent += 1
                if not enough and len(self.files("a-*")) >= 3:
                    enough = sent + 3  # for the third file
        self.assertEqual(recorder.stop(), 0)
        files = self.files("a-*")
        self.assertEqual(files, sorted(files))
        numbers = []
        for path in files:
            flows = self.dump("-r", path)
            self.assertTrue(flows)
            numbers += [int(flow["request"]["url"].rpartition("/")[2]) for flow in flows if flow["request"]]
            whole = [flow for flow in flows if flow["complete"]]
            self.assertTrue(whole)
            for flow in whole:
                self.assertEqual(flow["tls"]["client"]["sni"], "localhost")
                self.assertEqual(flow["tls"]["server"]["verify"], "ok")
                self.assertTrue(flow["request"]["url"].startswith(f"https://localhost:{origin.port}/"))
        self.assertEqual(numbers, list(range(sent)))
        flows = self.merged(files)
        self.assertEqual(len(flows), sent)
        self.assertTrue(all(flow["complete"] for flow in flows))
        self.assertEqual(len({flow["connection"] for flow in flows}), 1)

    def test_a_count_ends_the_recording_also_when_nothing_comes(self):
        recorder = self.record("-w", self.path("a-%s"), "-G", "0.3", "-W", "1")
        self.assertEqual(recorder.process.wait(TIMEOUT), 0)
        (path,) = self.files("a-*")
        self.assertEqual(self.dump("-r", path), [])

    def test_a_count_ends_the_recording_after_so_many_files(self):
        origin = Origin(self, answering(*[OK] * 10_000))
        recorder = self.record("-w", self.archive, "-G", "0.3", "-W", "3")
        while recorder.process.poll() is None:
            self.curl(recorder, f"http://127.0.0.1:{origin.port}/")
        self.assertEqual(recorder.process.returncode, 0)
        self.assertEqual(self.files(), [f"{self.archive}{number}" for number in range(3)])
        # A request may take longer than a file lasts.
        self.assertTrue(any([self.dump("-r", path) for path in self.files()]))

    def test_a_command_goes_on_when_there_are_enough_files_and_what_it_begins_is_left_out(self):
        origin = Origin(self, answering(OK))
        url = f"http://127.0.0.1:{origin.port}/"
        script = f"curl -sS {url}1; sleep 6.5; curl -sS {url}2; exit 5"
        result = self.run_program("mitm-record", "-w", self.archive, "-G", "5", "-W", "1", "--", "sh", "-c", script)
        self.assertEqual((result.returncode, result.stdout), (5, b"hellohello"), result.stderr)
        self.assertIn(b"1 flows recorded, 1 filtered out", result.stderr)
        (flow,) = self.dump("-r", self.archive)
        self.assertTrue(flow["request"]["url"].endswith("/1"))


class PostRotate(Rotating):
    def script(self, text):
        path = self.path("script")
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def record_some(self, *arguments, size=3 * MB):
        origin = Origin(self, answering(answer(os.urandom(size))))
        recorder = self.record("-w", self.archive, "-C", "1", *arguments)
        self.curl(recorder, "-o", "/dev/null", f"http://127.0.0.1:{origin.port}/")
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        return recorder

    def test_each_closed_file_is_given_to_the_command(self):
        self.record_some("-z", "gzip")
        files = self.files()
        self.assertGreaterEqual(len(files), 3)
        self.assertTrue(all(path.endswith(".gz") for path in files), files)
        for path in files:
            with gzip.open(path) as compressed, open(path.removesuffix(".gz"), "wb") as plain:
                plain.write(compressed.read())
        (flow,) = self.merged([path.removesuffix(".gz") for path in files])
        self.assertTrue(flow["complete"])

    def test_it_runs_apart_from_the_recording(self):
        seen = self.path("seen")
        script = self.script(f"""echo noise
            {{ echo "$# $1"; nice; cat; grep -E '^Sig(Blk|Ign)' /proc/self/status; ps -o pgid= $$; echo $$; }} > {seen}""")
        recorder = self.record_some("-z", script, size=100)
        self.assertEqual(recorder.stdout(), "")
        self.assertIn("noise\n", recorder.stderr())
        with open(seen, encoding="ascii") as file:
            words = file.read().split()
        self.assertEqual(words[:3], ["1", self.archive, "19"])
        self.assertEqual(int(words[4], 16), 0)
        # Signals 32 and 33 are the C library's, which does not let go of them.
        self.assertEqual(int(words[6], 16) & ~(3 << 31), 0)
        self.assertEqual(words[7], words[8])

    def test_a_failure_is_warned_of_and_costs_nothing(self):
        recorder = self.record_some("-z", self.script('case $1 in *z1) kill -TERM $$;; *z) exit 7;; esac'))
        name = self.path("script")
        self.assertIn(f"warning: {name} {self.archive} ended with status 7\n", recorder.stderr())
        self.assertIn(f"warning: {name} {self.archive}1 was killed by signal 15\n", recorder.stderr())
        self.assertTrue(self.merged(self.files())[0]["complete"])

    def test_the_end_waits_for_the_last_one_and_a_second_signal_does_not(self):
        begun, go = self.path("begun"), self.path("go")
        script = self.script(f": > {begun}; while ! [ -e {go} ]; do sleep 0.02; done; echo over >&2")
        recorder = self.record("-w", self.archive, "-C", "1", "-z", script)
        recorder.process.send_signal(signal.SIGINT)
        wait_for(lambda: os.path.exists(begun), "the command to start")
        self.assertIsNone(recorder.process.poll())
        open(go, "w", encoding="ascii").close()
        self.assertEqual(recorder.process.wait(TIMEOUT), 0)
        self.assertIn("over\n", recorder.stderr())
        os.unlink(begun)
        os.unlink(go)
        recorder = self.record("-w", self.archive, "-C", "1", "-z", script)
        recorder.process.send_signal(signal.SIGINT)
        wait_for(lambda: os.path.exists(begun), "the command to start")
        time.sleep(0.2)  # what follows at once is taken for the same one
        self.assertEqual(recorder.stop(), 130)
        self.assertIn("a second signal: the recording is readable up to its last flush, not closed", recorder.stderr())
        open(go, "w", encoding="ascii").close()

    def test_the_terminals_interrupt_does_not_reach_it(self):
        begun, go = self.path("begun"), self.path("go")
        script = self.script(f": > {begun}; while ! [ -e {go} ]; do sleep 0.02; done")
        ready = self.path("ready")
        self.run_program("mitm-ca", "init")
        process = subprocess.Popen(
            [program("mitm-record"), "-q", "-l", "0", "--ready-file", ready, "-w", self.archive, "-C", "1", "-z", script],
            env=self.env, stderr=subprocess.PIPE, start_new_session=True)
        self.addCleanup(process.stderr.close)
        wait_for(lambda: os.path.exists(ready), "the recorder")
        os.killpg(process.pid, signal.SIGINT)
        wait_for(lambda: os.path.exists(begun), "the command to start")
        open(go, "w", encoding="ascii").close()
        self.assertEqual(process.wait(TIMEOUT), 0)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_command_that_is_not_there_costs_no_recording(self):
        with open(self.archive, "wb") as file:
            file.write(b"earlier")
        result = self.run_program("mitm-record", "-l", "0", "-w", self.archive, "-C", "1", "-z", "no-such-command-anywhere")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"error: --post-rotate: run no-such-command-anywhere: No such file or directory", result.stderr)
        with open(self.archive, "rb") as file:
            self.assertEqual(file.read(), b"earlier")

    def test_a_device_is_not_rotated(self):
        result = self.run_program("mitm-record", "-l", "0", "-w", "/dev/null", "-C", "1")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertFalse(os.path.exists("/dev/null1"))


if __name__ == "__main__":
    unittest.main()
