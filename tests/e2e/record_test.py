"""mitm-record on real clients and servers: what arrives, what is recorded, what the user is told."""

import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, free_port, program, read_all, read_head, run, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def by_method(flows, method):
    return [flow for flow in flows if flow["request"] and flow["request"]["method"] == method]


class Https(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.archive = self.path("a.flowz")

    def start(self, *arguments):
        return self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments)

    def test_curl_gets_what_the_server_sent_and_the_archive_holds_it(self):
        body = os.urandom(3_000_000)
        origin = Origin(self, answering(b"HTTP/1.1 200 Fine\r\nContent-Length: %d\r\nX-Odd:  two  spaces \r\n\r\n" % len(body) + body),
                        self.pki.context())
        recorder = self.start()
        url = f"https://localhost:{origin.port}/path?q=1"
        result = self.curl(recorder, url)
        self.assertEqual(result.stdout, body)
        self.assertEqual(recorder.stop(), 0)
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["request"]["url"], url)
        self.assertEqual(flow["response"]["reason"], "Fine")
        self.assertIn(["X-Odd", "two  spaces"], flow["response"]["headers"])
        self.assertEqual(flow["response"]["body_size"], str(len(body)))
        self.assertTrue(flow["complete"])
        self.assertEqual(flow["tls"]["server"]["verify"], "ok")
        self.assertEqual(flow["tls"]["client"]["sni"], "localhost")
        self.assertEqual(self.body(self.archive, flow["id"], "response"), body)
        self.assertIn("1 flows recorded", recorder.stderr())

    def test_an_upload_arrives_and_is_recorded(self):
        sent = os.urandom(2_000_000)
        with open(self.path("upload"), "wb") as file:
            file.write(sent)
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        result = self.curl(recorder, "--data-binary", f"@{self.path('upload')}", "-H", "Expect:", f"https://localhost:{origin.port}/")
        self.assertEqual(result.stdout, b"hello")
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(self.body(self.archive, flow["id"], "request"), sent)
        self.assertTrue(b"".join(origin.received).endswith(sent))

    def test_the_certificate_carries_the_real_names_and_the_host(self):
        origin = Origin(self, answering(OK), self.pki.context("DNS:localhost,DNS:*.example.org,IP:127.0.0.1,email:x@y.z"))
        recorder = self.start()
        shown = run("openssl", "s_client", "-connect", f"localhost:{origin.port}", "-proxy", recorder.url.removeprefix("http://"),
                    "-servername", "localhost", "-CAfile", self.ca, "-verify_return_error", "-x509_strict", input=b"")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        leaf = shown.stdout.decode()
        text = run("openssl", "x509", "-noout", "-text", input=leaf.encode()).stdout.decode()
        self.assertIn("DNS:*.example.org", text)
        self.assertIn("DNS:localhost", text)
        self.assertIn("IP Address:127.0.0.1", text)
        self.assertNotIn("x@y.z", text)

    def test_an_address_without_sni_gets_a_certificate_for_it(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        result = self.curl(recorder, f"https://127.0.0.1:{origin.port}/")
        self.assertEqual(result.stdout, b"hello", result.stderr)
        recorder.stop()
        self.assertIsNone(self.dump("-r", self.archive)[0]["tls"]["server"]["sni"])

    def test_wget_python_and_openssl_are_recorded_byte_for_byte(self):
        body = bytes(range(256)) * 64
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
        origin = Origin(self, answering(answer), self.pki.context())
        recorder = self.start()
        url = f"https://localhost:{origin.port}/"
        env = dict(self.env, https_proxy=recorder.url, SSL_CERT_FILE=self.ca)
        got = run("wget", "-q", "-O", "-", "--ca-certificate", self.ca, url, env=env)
        self.assertEqual(got.stdout, body, got.stderr)
        script = "import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1]).read())"
        got = run("/usr/bin/python3", "-c", script, url, env=env)
        self.assertEqual(got.stdout, body, got.stderr)
        got = run("openssl", "s_client", "-quiet", "-connect", f"localhost:{origin.port}", "-proxy",
                  recorder.url.removeprefix("http://"), "-CAfile", self.ca, "-verify_return_error",
                  input=b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertTrue(got.stdout.endswith(body), got.stderr)
        recorder.stop()
        flows = self.dump("-r", self.archive)
        self.assertEqual(len(flows), 3)
        for flow in flows:
            self.assertEqual(self.body(self.archive, flow["id"], "response"), body)

    def expect_refusal(self, context, *words):
        origin = Origin(self, answering(OK), context)
        recorder = self.start()
        result = self.curl(recorder, "-w", "%{http_code}", f"https://localhost:{origin.port}/")
        recorder.stop()
        self.assertTrue(result.stdout.endswith(b"502"), result)
        page = result.stdout.decode()
        for word in words:
            self.assertIn(word, page)
        self.assertIn("--insecure", page)
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["error"]["kind"], "tls-verify")
        self.assertIsNone(flow["response"])
        self.assertNotIn(b"GET", b"".join(origin.received))
        return flow

    def test_an_expired_certificate_is_a_502_that_says_so(self):
        self.expect_refusal(self.pki.context(dates=("20200101000000Z", "20210102000000Z")), "expired on 2021-01-02")

    def test_a_self_signed_certificate_is_a_502_that_says_so(self):
        self.expect_refusal(self.pki.context(self_signed=True), "self-signed")

    def test_a_certificate_for_another_name_is_a_502_that_says_so(self):
        self.expect_refusal(self.pki.context("DNS:elsewhere.example", "elsewhere.example"), "elsewhere.example", "localhost")

    def test_an_html_client_gets_an_html_page(self):
        origin = Origin(self, answering(OK), self.pki.context(self_signed=True))
        recorder = self.start()
        result = self.curl(recorder, "-H", "Accept: text/html", f"https://localhost:{origin.port}/")
        self.assertIn(b"<!DOCTYPE html>", result.stdout)

    def test_insecure_goes_on_and_records_what_was_wrong(self):
        origin = Origin(self, answering(OK), self.pki.context(self_signed=True))
        recorder = self.start("-k")
        self.assertEqual(self.curl(recorder, f"https://localhost:{origin.port}/").stdout, b"hello")
        recorder.stop()
        self.assertIn("self-signed", self.dump("-r", self.archive)[0]["tls"]["server"]["verify"])

    def test_a_client_that_does_not_trust_us_is_recorded(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        result = run("curl", "-sS", "-q", "--proxy", recorder.url, f"https://localhost:{origin.port}/", env=self.env)
        self.assertEqual(result.returncode, 60)
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["kind"], flow["error"]["kind"]), ("tls", "tls-client"))
        self.assertIn("1 failed before a request", recorder.stderr())

    def test_the_protocol_is_http11_however_the_client_asks(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        result = self.curl(recorder, "--http2", "-w", "%{http_version}", f"https://localhost:{origin.port}/")
        self.assertEqual(result.stdout, b"hello1.1")

    def test_a_server_that_ends_the_handshake_is_told_to_the_client(self):
        origin = Origin(self, lambda connection: connection.recv(100) and connection.sendall(b"not TLS at all\r\n"))
        recorder = self.start()
        result = self.curl(recorder, "-w", "%{http_code}", f"https://localhost:{origin.port}/")
        self.assertTrue(result.stdout.endswith(b"502"), result)
        recorder.stop()
        self.assertEqual(self.dump("-r", self.archive)[0]["error"]["kind"], "tls-server")

    def test_many_connections_on_several_threads(self):
        origin = Origin(self, answering(*[OK] * 50), self.pki.context())
        recorder = self.start("--threads", "3")
        urls = [f"https://localhost:{origin.port}/{number}" for number in range(50)]
        clients = [subprocess.Popen(["curl", "-sS", "-q", "--proxy", recorder.url, "--cacert", self.ca, "-o", "/dev/null",
                                     *" -o /dev/null ".join(urls).split()], env=self.env) for _ in range(8)]
        for client in clients:
            self.assertEqual(client.wait(2 * TIMEOUT), 0)
        self.assertEqual(recorder.stop(), 0)
        flows = self.dump("-r", self.archive)
        self.assertEqual(len(flows), 400)
        self.assertEqual(len({flow["id"] for flow in flows}), 400)
        self.assertTrue(all(flow["complete"] and flow["response"]["status"] == 200 for flow in flows))


class Plain(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def test_several_hosts_over_one_client_connection(self):
        first = Origin(self, answering(OK, OK))
        second = Origin(self, answering(OK, OK))
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            for origin in (first, second, first):
                client.sendall(b"GET http://127.0.0.1:%d/x HTTP/1.1\r\nHost: ignored\r\nProxy-Connection: keep-alive\r\nX-a:  B \r\n\r\n"
                               % origin.port)
                self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200 OK"))
                self.assertEqual(client.recv(5, socket.MSG_WAITALL), b"hello")
        recorder.stop()
        self.assertEqual(b"".join(second.received),
                         b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-a:  B\r\n\r\n" % second.port)
        flows = self.dump("-r", self.archive)
        self.assertEqual([flow["server"]["port"] for flow in flows], [first.port, second.port, first.port])
        self.assertEqual(len({flow["connection"] for flow in flows}), 1)

    def test_what_parsers_disagree_about_is_refused_and_reaches_nobody(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.archive)
        for head in (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 3\r\nContent-Length: 4\r\n",
                     b"Transfer-Encoding: xchunked\r\n", b"Content-Length: +3\r\n", b"A : b\r\n"):
            with recorder.connect() as client:
                client.sendall(b"POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\nabc" % (origin.port, head))
                self.assertTrue(read_head(client).startswith(b"HTTP/1.1 400 "), head)
        self.assertEqual(origin.received, [])

    def test_errors_of_plain_requests_are_502_pages(self):
        recorder = self.record("-w", self.archive, "--connect-timeout", "1")
        result = self.curl(recorder, "-w", "%{http_code}", f"http://127.0.0.1:{free_port()}/")
        self.assertIn(b"Connection refused", result.stdout)
        self.assertTrue(result.stdout.endswith(b"502"))
        result = self.curl(recorder, "-w", "%{http_code}", "http://no-such-host.invalid/")
        self.assertTrue(result.stdout.endswith(b"502"))
        recorder.stop()
        self.assertEqual([flow["error"]["kind"] for flow in self.dump("-r", self.archive)], ["connect-refused", "dns"])

    def test_an_unknown_method_with_a_chunked_body_and_trailers_passes(self):
        def serve(connection):
            data = b""
            while not data.endswith(b"0\r\nX-Sum: 7\r\n\r\n"):
                data += connection.recv(100)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-End: 1\r\n\r\n")

        origin = Origin(self, serve)
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            client.sendall(b"QUERY http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n" % (origin.port, origin.port))
            self.assertIn(b"chunked", read_head(client))
            self.assertTrue(read_head(client).endswith(b"0\r\nX-End: 1\r\n\r\n"))
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["request"]["method"], "QUERY")
        self.assertEqual(self.body(self.archive, flow["id"], "request"), b"body")
        self.assertEqual(self.body(self.archive, flow["id"], "response"), b"abc")


class Tunnel(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def test_plain_http_through_connect(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.archive)
        result = self.curl(recorder, "--proxytunnel", f"http://127.0.0.1:{origin.port}/x")
        self.assertEqual(result.stdout, b"hello")
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["request"]["url"], f"http://127.0.0.1:{origin.port}/x")

    def test_a_server_that_speaks_first_is_recorded_as_bytes(self):
        def serve(connection):
            connection.sendall(b"220 ready\r\n")
            connection.recv(100)
            connection.sendall(b"221 bye\r\n")

        origin = Origin(self, serve)
        recorder = self.record("-w", self.archive)
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            self.assertEqual(client.recv(100), b"220 ready\r\n")
            client.sendall(b"QUIT\r\n")
            self.assertEqual(read_all(client), b"221 bye\r\n")
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["kind"], flow["bytes"]), ("tcp", {"sent": "6", "received": "20"}))

    def test_half_close_reaches_the_server_and_its_answer_comes_back(self):
        origin = Origin(self, lambda connection: connection.sendall(read_all(connection)[::-1]))
        recorder = self.record("-w", self.archive)
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            client.sendall(b"\x00\x01\x02")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(client), b"\x02\x01\x00")
        recorder.stop()
        self.assertTrue(self.dump("-r", self.archive)[0]["complete"])

    def test_a_name_that_does_not_exist_is_a_502_to_the_connect(self):
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            client.sendall(b"CONNECT no-such-host.invalid:443 HTTP/1.1\r\n\r\n")
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 502 "))
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["error"]["kind"], flow["server"]["host"]), ("dns", "no-such-host.invalid"))

    def test_a_server_that_does_not_answer_is_a_502_in_time(self):
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        fillers = []
        for _ in range(4):  # fills the queue of connections, after which the kernel drops SYNs
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
            fillers.append(filler)
            self.addCleanup(filler.close)
        recorder = self.record("-w", self.archive, "--connect-timeout", "0.5")
        with recorder.connect() as client:
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % silent.getsockname()[1])
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 502 "))
        recorder.stop()
        self.assertEqual(self.dump("-r", self.archive)[0]["error"]["kind"], "connect-timeout")

    def test_a_reset_in_the_middle_of_a_body_is_passed_on_and_recorded(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart")
            time.sleep(0.2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

        origin = Origin(self, serve)
        recorder = self.record("-w", self.archive)
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"1000", read_head(client))
            self.assertEqual(client.recv(4, socket.MSG_WAITALL), b"part")
            with self.assertRaises(ConnectionResetError):
                client.recv(100)
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["error"]["kind"], flow["complete"]), ("server-reset", False))
        self.assertEqual(self.body(self.archive, flow["id"], "response"), b"part")

    def test_an_upgrade_is_relayed_and_recorded(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nfrom server")
            connection.sendall(connection.recv(100))

        origin = Origin(self, serve)
        recorder = self.record("-w", self.archive)
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
            read_head(client)
            client.sendall(b"\x00binary")
            self.assertEqual(read_all(client), b"from server\x00binary")
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual(flow["response"]["status"], 101)

    def test_garbage_instead_of_a_request_is_a_400(self):
        recorder = self.record("-w", self.archive)
        for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"\x00" * 100, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"hello\r\n\r\n"):
            with recorder.connect() as client:
                client.sendall(garbage)
                self.assertTrue(read_head(client).startswith(b"HTTP/1.1 400 "), garbage)
        self.assertEqual(recorder.stop(), 0)

    def test_a_tunnel_needs_no_host_field(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % origin.port)
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200 "))

    def test_the_proxy_is_not_its_own_server(self):
        recorder = self.record("-w", self.archive)
        with recorder.connect() as client:
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % recorder.address[1])
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 502 "))


class Running(Case):
    def test_without_w_flows_are_printed_as_they_end(self):
        origin = Origin(self, answering(OK))
        recorder = self.record()
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/seen")
        wait_for(lambda: "/seen" in recorder.stdout(), "the flow to be printed")
        self.assertIn(" 200 ", recorder.stdout())

    def test_a_port_in_use_is_an_error_and_spares_the_file(self):
        recorder = self.record("-w", self.path("a.flowz"))
        precious = self.path("precious")
        with open(precious, "w", encoding="ascii") as file:
            file.write("keep me")
        result = self.run_program("mitm-record", "-w", precious, "-l", recorder.address[1])
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"mitm-record: error: listen on 127.0.0.1", result.stderr)
        self.assertIn(b"Address already in use", result.stderr)
        with open(precious, encoding="ascii") as file:
            self.assertEqual(file.read(), "keep me")

    def test_an_archive_that_cannot_be_written_is_an_error(self):
        result = self.run_program("mitm-record", "-w", self.path("no/such/dir/a.flowz"), "-l", "0")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"No such file or directory", result.stderr)

    def test_usage_errors(self):
        for arguments in (["--lisen", "0"], ["-l", "0.0.0.0:0"], ["-l", "70000"], ["-w", "-", "--", "true"], ["-c", "0"], ["-m", "magic"]):
            result = self.run_program("mitm-record", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(result.stderr.startswith(b"mitm-record: error: "), result.stderr)
        self.assertIn(b"--listen", self.run_program("mitm-record", "--lisen", "0").stderr)

    def test_count_ends_the_recording(self):
        origin = Origin(self, answering(OK, OK, OK))
        recorder = self.record("-w", self.path("a.flowz"), "-c", "2")
        url = f"http://127.0.0.1:{origin.port}/"
        self.curl(recorder, url, url)
        self.assertEqual(recorder.process.wait(TIMEOUT), 0)
        self.assertEqual(len(self.dump("-r", self.path("a.flowz"))), 2)

    def test_what_begins_after_the_last_that_counts_is_left_out(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.path("a.flowz"), "-c", "2")
        served = 0
        for _ in range(10):
            try:
                with recorder.connect() as client:
                    client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, origin.port))
                    served += client.recv(100).startswith(b"HTTP/1.1 200")
            except OSError:
                break
        self.assertEqual(recorder.process.wait(TIMEOUT), 0)
        self.assertGreaterEqual(served, 2)
        self.assertEqual(len(self.dump("-r", self.path("a.flowz"))), 2)

    def test_snap_length_cuts_the_recording_and_not_the_traffic(self):
        origin = Origin(self, answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000))
        recorder = self.record("-w", self.path("a.flowz"), "-s", "10")
        self.assertEqual(len(self.curl(recorder, f"http://127.0.0.1:{origin.port}/").stdout), 1000)
        recorder.stop()
        (flow,) = self.dump("-r", self.path("a.flowz"))
        self.assertEqual(flow["response"]["body_size"], "1000")
        self.assertEqual(self.body(self.path("a.flowz"), flow["id"], "response"), b"x" * 10)

    def test_sigterm_closes_cleanly_while_a_flow_runs(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            release.wait(TIMEOUT)

        origin = Origin(self, serve)
        recorder = self.record("-w", self.path("a.flowz"), "--drain", "0.3")
        with recorder.connect() as client:
            client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, origin.port))
            read_head(client)
            self.assertEqual(recorder.stop(signal.SIGTERM), 0)
        (flow,) = self.dump("-r", self.path("a.flowz"))
        self.assertFalse(flow["complete"])
        self.assertEqual(flow["error"]["kind"], "aborted")
        self.assertEqual(self.body(self.path("a.flowz"), flow["id"], "response"), b"half")

    def test_sigusr1_prints_the_counters(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.path("a.flowz"))
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/")

        def counted():
            """Asks again and again: what was answered is counted a little later."""
            before = recorder.stderr().count("flows recorded")
            recorder.process.send_signal(signal.SIGUSR1)
            wait_for(lambda: recorder.stderr().count("flows recorded") > before, "the counters")
            return "1 flows recorded" in recorder.stderr()

        wait_for(counted, "the flow to be counted")

    def test_kill_9_loses_at_most_what_was_not_flushed(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.path("a.flowz"))
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/kept")
        wait_for(lambda: b"/kept" in self.run_program("mitm-dump", "-r", self.path("a.flowz")).stdout, "the flow to be flushed")
        recorder.kill()
        result = self.run_program("mitm-dump", "-r", self.path("a.flowz"))
        self.assertIn(b"/kept", result.stdout)
        self.assertEqual(result.returncode, 3, result.stderr)

    def test_stock_tools_open_the_archive(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", self.path("a.flowz"))
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/")
        recorder.stop()
        self.assertEqual(os.stat(self.path("a.flowz")).st_mode & 0o777, 0o600)
        content = run("zstd", "-dc", self.path("a.flowz"))
        self.assertEqual(content.returncode, 0, content.stderr)
        schema = os.path.join(os.path.dirname(__file__), "../../formats/flow.capnp")
        text = run("capnp", "decode", schema, "Record", input=content.stdout)
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn(b"archiveEnd", text.stdout)

    def test_an_archive_on_standard_output(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-w", "-")
        self.curl(recorder, f"http://127.0.0.1:{origin.port}/")
        recorder.stop()
        self.assertEqual(len(self.dump("-r", recorder.stdout_path)), 1)


class Command(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.origin = Origin(self, answering(OK), self.pki.context())
        self.url = f"https://localhost:{self.origin.port}/"

    def test_a_command_is_recorded_with_its_output_untouched(self):
        result = self.run_program("mitm-record", "-w", self.path("a.flowz"), "--upstream-ca", self.pki.ca, "--", "curl", "-sS", "-q", self.url)
        self.assertEqual((result.returncode, result.stdout), (0, b"hello"), result.stderr)
        self.assertEqual(len(self.dump("-r", self.path("a.flowz"))), 1)

    def test_what_is_passed_through_to_a_command_is_trusted_too(self):
        result = self.run_program("mitm-record", "-w", self.path("a.flowz"), "--upstream-ca", self.pki.ca, "--pass", "localhost",
                                  "--", "curl", "-sS", "-q", self.url)
        self.assertEqual((result.returncode, result.stdout), (0, b"hello"), result.stderr)
        self.assertTrue(self.dump("-r", self.path("a.flowz"))[0]["passed"])

    def test_without_w_flows_go_to_stderr(self):
        result = self.run_program("mitm-record", "--upstream-ca", self.pki.ca, "--", "curl", "-sS", "-q", self.url)
        self.assertEqual(result.stdout, b"hello")
        self.assertIn(f"GET {self.url}".encode(), result.stderr)

    def test_the_exit_status_is_the_command_s(self):
        for command, status in ((["sh", "-c", "exit 7"], 7), (["true"], 0), (["sh", "-c", "kill -9 $$"], 137),
                                (["/no/such/command"], 127), ([self.dir], 126)):
            self.assertEqual(self.run_program("mitm-record", "-q", "--", *command).returncode, status, command)

    def test_the_environment_points_to_the_proxy_and_one_bundle(self):
        self.env.update(no_proxy="*", NO_PROXY="localhost")
        script = "import json, os; print(json.dumps(dict(os.environ))); print(len(open(os.environ['SSL_CERT_FILE']).read()))"
        result = self.run_program("mitm-record", "-q", "--", "/usr/bin/python3", "-c", script)
        environment = json.loads(result.stdout.splitlines()[0])
        for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
            self.assertTrue(environment[name].startswith("http://127.0.0.1:"), name)
        self.assertNotIn("no_proxy", environment)
        self.assertNotIn("NO_PROXY", environment)
        bundles = {environment[name] for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO")}
        self.assertEqual(len(bundles), 1)
        self.assertGreater(int(result.stdout.splitlines()[1]), 500)
        self.assertFalse(os.path.exists(bundles.pop()))

    def test_a_signal_sent_to_us_reaches_the_command(self):
        process = subprocess.Popen([program("mitm-record"), "-q", "--", "sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"],
                                   env=self.env, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT), 9)
        process.stdout.close()


if __name__ == "__main__":
    unittest.main()
