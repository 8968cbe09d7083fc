"""mitm-replay on archives that mitm-record wrote: what reaches the servers, what is said, how it exits."""

import os
import re
import signal
import subprocess
import threading
import unittest

from harness import Case, Origin, Pki, answering, free_port, program, read_all, read_head, run, wait_for


def status(code, body=b"hello"):
    return b"HTTP/1.1 %d Whatever\r\nContent-Length: %d\r\n\r\n" % (code, len(body)) + body


class Always:
    """Answers every request, whatever its framing, with what `choose(path)` says, and keeps the requests."""

    def __init__(self, choose):
        self.choose = choose
        self.requests = []
        self.connections = 0

    def __call__(self, connection):
        self.connections += 1
        while head := read_head(connection):
            self.requests.append((head, self.read_body(connection, head.lower())))
            connection.sendall(self.choose(head.split(b" ")[1]))

    def read_body(self, connection, head):
        if b"\r\ntransfer-encoding: chunked\r\n" in head:
            return self.read_chunks(connection)
        length = re.search(rb"\r\ncontent-length: (\d+)\r\n", head)
        return self.read_exactly(connection, int(length[1])) if length else b""

    def read_chunks(self, connection):
        body = b""
        while size := int(read_line(connection), 16):
            body += self.read_exactly(connection, size)
            assert read_line(connection) == b"\r\n"
        while (line := read_line(connection)) != b"\r\n":
            body += b"|" + line
        return body

    @staticmethod
    def read_exactly(connection, size):
        pieces = []
        while size > 0:
            pieces.append(connection.recv(min(size, 65536)))
            if not pieces[-1]:
                raise OSError("cut")
            size -= len(pieces[-1])
        return b"".join(pieces)


def read_line(connection):
    line = b""
    while not line.endswith(b"\n"):
        line += connection.recv(1)
    return line


class ReplayCase(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def capture(self, *urls, recorder_arguments=(), curl_arguments=()):
        """Records curl asking for the URLs over one connection."""
        recorder = self.record("-w", self.archive, *recorder_arguments)
        result = self.curl(recorder, *curl_arguments, *urls)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())

    def capture_paths(self, *paths, answer=status(200)):
        origin = Origin(self, Always(lambda path: answer))
        self.capture(*(f"http://127.0.0.1:{origin.port}{path}" for path in paths))
        return origin

    def serve(self, choose=lambda path: status(200), context=None):
        server = Always(choose)
        origin = Origin(self, server, context)
        scheme = "https" if context else "http"
        host = "localhost" if context else "127.0.0.1"
        return server, f"{scheme}://{host}:{origin.port}"

    def replay(self, *arguments, archive=None, **options):
        result = self.run_program("mitm-replay", "-r", archive or self.archive, *arguments, **options)
        result.lines = result.stdout.decode().splitlines()
        result.complaint = result.stderr.decode()
        return result

    def expect(self, code, *arguments, **options):
        result = self.replay(*arguments, **options)
        self.assertEqual(result.returncode, code, result)
        return result


class Sending(ReplayCase):
    def test_the_same_statuses_are_success(self):
        self.capture_paths("/a", "/b")
        result = self.expect(0)
        self.assertRegex(result.lines[0], r"^1 GET http://127\.0\.0\.1:\d+/a 200 -> 200 \d+\.\d ms$")
        self.assertRegex(result.lines[1], r"/b 200 -> 200 ")
        self.assertEqual(result.lines[2:], ["all alike: 2 of 2 requests alike, 0 different, 0 failed; 0 skipped"])
        self.assertEqual(result.complaint, "")

    def test_another_status_is_a_difference(self):
        self.capture_paths("/a", "/b")
        server, url = self.serve(lambda path: status(404 if path == b"/b" else 200))
        result = self.expect(4, "--to", url)
        self.assertRegex(result.lines[1], rf"^2 GET {url}/b 200 -> 404 .* different$")
        self.assertEqual(result.lines[2], "differences: 1 of 2 requests alike, 1 different, 0 failed; 0 skipped")
        quiet = self.expect(4, "--to", url, "-q")
        self.assertEqual(len(quiet.lines), 2)
        self.assertIn("404", quiet.lines[0])

    def test_one_connection_serves_all_requests_to_a_server(self):
        self.capture_paths("/a", "/b", "/c")
        server, url = self.serve()
        self.expect(0, "--to", url)
        self.assertEqual(len(server.requests), 3)
        self.assertEqual(server.connections, 1)

    def test_heads_arrive_as_recorded_but_for_host_and_what_was_for_the_proxy(self):
        origin = Origin(self, Always(lambda path: status(200)))
        self.capture(f"http://127.0.0.1:{origin.port}/x?y=%41",
                     curl_arguments=["-H", "X-Odd:  two  spaces", "-H", "Proxy-Authorization: Basic eDp5", "-A", "me"])
        server, url = self.serve()
        self.expect(0, "--to", url)
        self.expect(0, "--to", url, "--keep-host")
        heads = [head.decode() for head, _ in server.requests]
        host = url.removeprefix("http://")
        self.assertTrue(heads[0].startswith(f"GET /x?y=%41 HTTP/1.1\r\nHost: {host}\r\n"), heads[0])
        self.assertIn("X-Odd:  two  spaces\r\n", heads[0])
        self.assertNotIn("Proxy-", heads[0])
        self.assertEqual(heads[1], heads[0].replace(host, f"127.0.0.1:{origin.port}"))

    def test_a_large_body_arrives_whole(self):
        sent = os.urandom(10 << 20)
        with open(self.path("upload"), "wb") as file:
            file.write(sent)
        origin = Origin(self, Always(lambda path: status(201)))
        self.capture(f"http://127.0.0.1:{origin.port}/", curl_arguments=["--data-binary", f"@{self.path('upload')}"])
        server, url = self.serve(lambda path: status(201))
        self.expect(0, "--to", url)
        self.assertEqual(server.requests[0][1], sent)

    def test_a_chunked_body_is_chunked_again_with_its_trailers(self):
        origin = Origin(self, Always(lambda path: status(200)))
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            target = f"127.0.0.1:{origin.port}"
            client.sendall(f"POST http://{target}/ HTTP/1.1\r\nHost: {target}\r\nTransfer-Encoding: chunked\r\n"
                           "Trailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n".encode())
            self.assertIn(b" 200 ", read_head(client))
        recorder.stop()
        server, url = self.serve()
        self.expect(0, "--to", url)
        self.assertEqual(server.requests[0][1], b"abcde|X-Sum: 5\r\n")

    def test_the_limit_and_a_dry_run(self):
        self.capture_paths("/a", "/b", "/c")
        server, url = self.serve()
        self.expect(0, "--to", url, "--limit", "2")
        self.assertEqual(len(server.requests), 2)
        result = self.expect(0, "--to", url, "--dry-run")
        self.assertEqual(len(server.requests), 2)
        self.assertEqual(result.lines, [f"{n} GET {url}/{path}" for n, path in enumerate("abc", 1)]
                         + ["dry run: 3 would be sent, 0 could not, 0 skipped"])

    def test_a_body_cut_by_the_snap_length_is_not_sent(self):
        origin = Origin(self, Always(lambda path: status(200)))
        self.capture(f"http://127.0.0.1:{origin.port}/", recorder_arguments=["-s", "3"],
                     curl_arguments=["-d", "12345"])
        server, url = self.serve()
        result = self.expect(1, "--to", url)
        self.assertIn("not sent: only 3 of the 5 bytes of its body were recorded", result.lines[0])
        self.assertIn("nothing could be sent", result.complaint)
        self.assertEqual(server.requests, [])

    def test_a_switched_protocol_is_skipped(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")

        origin = Origin(self, serve)
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            target = f"127.0.0.1:{origin.port}"
            client.sendall(f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\nConnection: upgrade\r\n"
                           "Upgrade: x\r\n\r\n".encode())
            self.assertIn(b" 101 ", read_head(client))
        recorder.stop()
        result = self.expect(1)
        self.assertTrue(result.lines[-1].endswith("0 of 0 requests alike, 0 different, 0 failed; 1 skipped"))

    def test_a_request_that_was_never_answered_is_no_difference(self):
        origin = Origin(self, read_head)
        recorder = self.record("-w", self.archive)
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/")
        recorder.stop()
        server, url = self.serve(lambda path: status(500))
        result = self.expect(0, "--to", url)
        self.assertIn(" - -> 500 ", result.lines[0])

    def test_several_recordings_are_named_by_their_runs(self):
        self.capture_paths("/a")
        first, self.archive = self.archive, self.path("second.flowz")
        self.capture_paths("/b")
        server, url = self.serve()
        result = self.expect(0, "--to", url, "-r", first)
        for line in result.lines[:2]:
            self.assertRegex(line, r"^[0-9a-f]{8}:1 GET ")

    def test_one_recording_given_twice_is_still_one_run(self):
        self.capture_paths("/a")
        server, url = self.serve()
        for line in self.expect(0, "--to", url, "-r", self.archive).lines[:2]:
            self.assertRegex(line, r"^1 GET ")

    def test_colour_marks_differences_and_control_bytes_never_reach_the_terminal(self):
        self.capture_paths("/a")
        _, url = self.serve(lambda path: status(404))
        result = self.expect(4, "--to", url, "--color", "always")
        self.assertTrue(result.lines[0].startswith("\033[31m"))
        self.assertNotIn("\033", self.expect(4, "--to", url).stdout.decode())


class Tls(ReplayCase):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.origin = Origin(self, Always(lambda path: status(200)), self.pki.context())
        self.capture(f"https://localhost:{self.origin.port}/a", f"https://localhost:{self.origin.port}/b",
                     recorder_arguments=["--upstream-ca", self.pki.ca])

    def test_an_untrusted_certificate_is_a_failure_that_names_the_options(self):
        result = self.expect(1)
        self.assertIn("not sent: TLS: ", result.lines[0])
        self.assertIn("--upstream-ca", result.lines[0])
        self.assertIn("-k (--insecure)", result.lines[0])

    def test_a_trusted_issuer_or_insecure_helps(self):
        result = self.expect(0, "--upstream-ca", self.pki.ca)
        self.assertTrue(result.lines[0].startswith(f"1 GET https://localhost:{self.origin.port}/a 200 -> 200 "), result)
        self.expect(0, "-k")

    def test_a_certificate_for_another_name_is_refused(self):
        _, url = self.serve(context=self.pki.context("DNS:elsewhere.example", "elsewhere.example"))
        result = self.expect(1, "--to", url, "--upstream-ca", self.pki.ca)
        self.assertIn("elsewhere.example", result.lines[0])

    def test_https_can_be_replayed_to_http_and_the_reverse(self):
        server, url = self.serve()
        self.expect(0, "--to", url)
        self.assertEqual(len(server.requests), 2)
        self.capture_paths("/plain")
        secure, url = self.serve(context=self.pki.context())
        self.expect(0, "--to", url, "--upstream-ca", self.pki.ca)
        self.assertEqual(len(secure.requests), 1)

    def test_sni_is_the_targets_name_and_absent_for_an_address(self):
        seen = []
        context = self.pki.context()
        context.sni_callback = lambda connection, name, _: seen.append(name)
        _, url = self.serve(context=context)
        self.expect(0, "--to", url, "--upstream-ca", self.pki.ca, "--keep-host", "--limit", "1")
        self.expect(0, "--to", url.replace("localhost", "127.0.0.1"), "--upstream-ca", self.pki.ca, "--limit", "1")
        self.assertEqual(seen, ["localhost", None])


class Failures(ReplayCase):
    def test_nobody_listening_is_exit_1_with_the_reason_on_each_line(self):
        self.capture_paths("/a", "/b")
        result = self.expect(1, "--to", f"http://127.0.0.1:{free_port()}")
        self.assertIn("Connection refused", result.lines[0])
        self.assertIn("2 failed", result.lines[-1])
        self.assertIn("error: nothing could be sent", result.complaint)

    def test_one_server_of_two_being_down_is_a_difference(self):
        up = Origin(self, Always(lambda path: status(200)))
        down = Origin(self, Always(lambda path: status(200)))
        self.capture(f"http://127.0.0.1:{up.port}/", f"http://127.0.0.1:{down.port}/")
        down.listener.shutdown(2)
        down.listener.close()
        result = self.expect(4)
        self.assertIn("1 of 2 requests alike, 0 different, 1 failed", result.lines[-1])

    def test_an_unknown_host_is_told(self):
        self.capture_paths("/a")
        self.assertIn("nowhere.invalid", self.expect(1, "--to", "http://nowhere.invalid").lines[0])

    def check_reason(self, serve, reason, *arguments):
        self.capture_paths("/a")
        origin = Origin(self, serve)
        result = self.expect(4, "--to", f"http://127.0.0.1:{origin.port}", *arguments)
        self.assertRegex(result.lines[0], rf"200 -> failed: {reason}")

    def test_a_silent_server_is_a_timeout(self):
        self.check_reason(lambda connection: read_all(connection), "no complete answer within 1 s", "--timeout", "1")

    def test_closing_without_an_answer_is_told(self):
        self.check_reason(read_head, "the server closed the connection without an answer")

    def test_a_cut_answer_is_told(self):
        self.check_reason(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), "the answer was cut off")

    def test_an_answer_that_is_no_http_is_told(self):
        self.check_reason(answering(b"220 mail.example ESMTP\r\n"), "the answer is not HTTP/1: ")

    def test_control_bytes_of_an_answer_are_escaped(self):
        self.check_reason(answering(b"\x1b[2J\x07 hello\r\n\r\n"), r"[^\x00-\x1f]*$")

    def test_a_signal_prints_the_verdict_so_far(self):
        asked = threading.Event()

        def hang(connection):
            read_head(connection)
            asked.set()
            read_all(connection)

        self.capture_paths("/a")
        origin = Origin(self, hang)
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            asked.clear()
            replay = subprocess.Popen([program("mitm-replay"), "-r", self.archive, "--to", f"http://127.0.0.1:{origin.port}"],
                                      env=self.env, stdout=subprocess.PIPE)
            self.assertTrue(asked.wait(60))
            replay.send_signal(number)
            out, _ = replay.communicate(timeout=60)
            self.assertEqual(replay.returncode, code)
            self.assertTrue(out.splitlines()[-1].startswith(b"stopped: 0 of 0 requests alike"), out)

    def test_a_signal_ends_the_waiting_for_standard_input(self):
        self.capture_paths("/a")
        server, url = self.serve()
        with open(self.archive, "rb") as file:
            content = file.read()
        replay = subprocess.Popen([program("mitm-replay"), "-r", "-", "--to", url], env=self.env, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        replay.stdin.write(content)
        replay.stdin.flush()
        wait_for(lambda: server.requests, "the first request")
        replay.send_signal(signal.SIGTERM)
        self.assertEqual(replay.wait(60), 143)
        replay.stdin.close()
        replay.stdout.close()

    def test_a_signal_that_comes_with_the_last_answer_ends_the_waiting_too(self):
        self.capture_paths("/a")
        started = threading.Event()

        def signal_and_answer(connection):
            connection.recv(65536)
            started.wait(60)
            replay.send_signal(signal.SIGTERM)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            connection.recv(1)

        origin = Origin(self, signal_and_answer)
        with open(self.archive, "rb") as file:
            content = file.read()
        for _ in range(5):
            started.clear()
            replay = subprocess.Popen([program("mitm-replay"), "-r", "-", "--to", f"http://127.0.0.1:{origin.port}"],
                                      env=self.env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            replay.stdin.write(content)
            replay.stdin.flush()
            started.set()
            self.assertEqual(replay.wait(60), 143)
            replay.stdin.close()


class Archives(ReplayCase):
    def setUp(self):
        super().setUp()
        self.capture_paths(*(f"/{n}" for n in range(40)))
        self.server, self.url = self.serve()
        with open(self.archive, "rb") as file:
            self.content = file.read()

    def expect_of(self, code, content):
        path = self.path("damaged.flowz")
        with open(path, "wb") as file:
            file.write(content)
        result = self.expect(code, "--to", self.url, archive=path)
        return result

    def test_standard_input_is_read(self):
        result = run(program("mitm-replay"), "-r", "-", "--to", self.url, input=self.content, env=self.env)
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual(len(self.server.requests), 40)

    def test_what_a_torn_recording_holds_is_sent(self):
        recorder = self.record("-w", self.archive, "-U")
        origin = Origin(self, Always(lambda path: status(200)))
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/one")
        def listed():
            return run(program("mitm-dump"), "-r", self.archive, "-o", "ndjson", env=self.env).stdout
        wait_for(lambda: '"complete":true' in str(listed()), "the flow to be recorded")
        recorder.kill()
        with open(self.archive, "rb") as file:
            content = file.read()
        result = self.expect_of(3, content)
        self.assertEqual(len(self.server.requests), 1)
        self.assertRegex(result.complaint, r"^mitm-replay: warning: .*damaged\.flowz: (torn tail at byte \d+|not closed cleanly)\n$")

    def test_a_recording_of_which_nothing_can_be_verified_is_exit_1(self):
        result = self.expect_of(1, self.content[:200])
        self.assertIn("torn tail at byte ", result.complaint)
        self.assertEqual(self.server.requests, [])

    def test_a_flipped_bit_crashes_nothing_and_is_noticed(self):
        for at in range(40, len(self.content), max(1, len(self.content) // 25)):
            damaged = bytearray(self.content)
            damaged[at] ^= 0x10
            path = self.path("flipped.flowz")
            with open(path, "wb") as file:
                file.write(damaged)
            result = self.replay("--to", self.url, archive=path)
            self.assertIn(result.returncode, (0, 1, 3, 4), (at, result))

    def test_what_is_no_recording_is_exit_1(self):
        for content in (b"", b"hello\n", os.urandom(5000), b"{}"):
            result = self.expect_of(1, content)
            self.assertEqual(result.lines, [])
            self.assertTrue(result.complaint.startswith("mitm-replay: error: "), result.complaint)
        self.expect(1, archive=self.path("absent.flowz"))
        self.expect(1, archive=self.dir)

    def test_a_recording_without_requests_is_exit_1(self):
        recorder = self.record("-w", self.archive)
        recorder.stop()
        result = self.expect(1)
        self.assertEqual(result.lines, [])
        self.assertIn("no HTTP requests", result.complaint)

    def test_wrong_usage_is_exit_2(self):
        for arguments in (["--to", "localhost:80"], ["--to", "http://a/path"], ["host", "a"], ["--limit", "0"], ["--what"]):
            result = self.expect(2, *arguments)
            self.assertEqual(result.lines, [])
        self.assertIn("filters are not available in this version", self.expect(2, "host", "a").complaint)

    def test_a_reader_that_goes_away_is_no_failure(self):
        replay = subprocess.Popen([program("mitm-replay"), "-r", self.archive, "--to", self.url], env=self.env,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        replay.stdout.readline()
        replay.stdout.close()
        self.assertEqual(replay.wait(60), 0, replay.stderr.read())
        replay.stderr.close()


if __name__ == "__main__":
    unittest.main()
