"""Requests and answers that are unusual: what passes, what is refused, and what the server then sees."""

import socket
import unittest

from harness import Case, Origin, read_all, read_head

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
GET = b"GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n"


class Routed(Case):
    """Plain requests in absolute-form. PORT stands for the origin's port, in what is expected as well."""

    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.recorder = self.record("-q", "-w", self.archive)

    def exchange(self, request, answer=OK, family=socket.AF_INET):
        """What the client gets, and what the origin got."""
        def serve(connection):
            while head := read_head(connection):
                if b"chunked" in head:
                    read_head(connection)
                connection.sendall(answer)

        origin = Origin(self, serve, family=family)
        port = str(origin.port).encode()
        with self.recorder.connect() as client:
            client.sendall(request.replace(b"PORT", port))
            got = b""
            while not got.endswith(answer) and (data := client.recv(65536)):
                got += data
        return got, b"".join(origin.received).replace(port, b"PORT")

    def passes(self, request, seen, answer=OK, **options):
        self.assertEqual(self.exchange(request, answer, **options), (answer, seen))

    def refuses(self, request, status, word, answer=OK, seen=b""):
        got, origin_got = self.exchange(request, answer)
        self.assertTrue(got.startswith(b"HTTP/1.1 %d " % status), got)
        self.assertIn(word, got)
        self.assertEqual(origin_got, seen)

    def test_interim_answers_come_before_the_final_one(self):
        interim = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        self.passes(GET, b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", interim + OK)
        self.recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["response"]["status"], flow["complete"]), (200, True))

    def test_chunk_extensions_and_trailers_pass(self):
        body = b"3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\n"
        chunked = b"\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        self.passes(b"POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: x" + chunked,
                    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT" + chunked)
        self.passes(GET, b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", b"HTTP/1.1 200 OK" + chunked)

    def test_a_trailer_section_that_is_cut_off_is_part_of_its_flow(self):
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T"

        def serve(connection):
            read_head(connection)
            connection.sendall(answer)

        origin = Origin(self, serve)
        for client, target in ((self.recorder.connect(), f"http://127.0.0.1:{origin.port}/"),
                               (self.recorder.tunnel("127.0.0.1", origin.port), "/")):
            with client:
                client.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{origin.port}\r\n\r\n".encode())
                self.assertEqual(read_all(client), answer)
        self.recorder.stop()
        flows = self.dump("-r", self.archive)
        self.assertEqual([(flow["kind"], flow["complete"], flow["error"]["kind"], flow["bytes"]["received"]) for flow in flows],
                         [("http", False, "incomplete", str(len(answer)))] * 2)
        shown = self.run_program("mitm-dump", "-vvv", "-r", self.archive)
        self.assertEqual(shown.stdout.count(b"\n    X-T\n"), 2)

    def test_octets_above_127_in_fields_and_reasons_pass(self):
        self.passes(b"GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: x\r\nA: \xe9\xff\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nA: \xe9\xff\r\n\r\n",
                    b"HTTP/1.1 200 \xe9\r\nB: \xff\r\nContent-Length: 5\r\n\r\nhello")

    def test_http_1_0_may_keep_its_connection(self):
        request = b"GET http://127.0.0.1:PORT/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        answer = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"
        seen = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: 127.0.0.1:PORT\r\n\r\n"
        got, origin_got = self.exchange(request * 2, answer * 1)
        self.assertEqual(got[:len(answer)], answer)
        self.assertTrue(origin_got.startswith(seen))

    def test_folded_fields_and_bare_line_feeds_are_refused(self):
        seen = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"
        self.refuses(b"GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400, b"obs-fold")
        self.refuses(GET, 502, b"obs-fold", b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\nhello", seen)
        self.refuses(GET.replace(b"\r\n", b"\n"), 400, b"bare-lf")
        self.refuses(GET, 502, b"bare-lf", OK.replace(b"\r\n", b"\n"), seen)

    def test_the_target_says_where_to_go_whatever_host_says(self):
        seen = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"
        for target, host in ((b"http://127.0.0.1:PORT/", b"Host: \r\n"), (b"http://user:word@127.0.0.1:PORT/", b"Host: y\r\n"),
                             (b"http://127.0.0.1:PORT", b"")):
            with self.subTest(target=target):
                self.passes(b"GET " + target + b" HTTP/1.1\r\n" + host + b"\r\n",
                            seen)
        self.passes(b"GET HTTP://LOCALHOST:PORT/?q HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET /?q HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n")

    def test_addresses_of_ipv6_and_encoded_international_names_are_reached(self):
        self.passes(b"GET http://[::1]:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: [::1]:PORT\r\n\r\n", family=socket.AF_INET6)
        self.passes(b"GET http://xn--bcher-kva.localhost:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: xn--bcher-kva.localhost:PORT\r\n\r\n")

    def test_targets_that_are_none_are_refused(self):
        for target, word in (("http://b\u00fccher.localhost:PORT/", b"bad-target"), ("http://127.0.0.1:0/", b"names no server that there can be: bad-target"),
                             ("http://127.0.0.1:PORT/#fragment", b"bad-target"), ("https://127.0.0.1:PORT/", b"CONNECT"),
                             ("ftp://127.0.0.1:PORT/", b"ftp")):
            with self.subTest(target=target):
                self.refuses(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400, word)
        for authority in ("127.0.0.1:0", "127.0.0.1", "b\u00fccher.localhost:PORT"):
            with self.subTest(authority=authority):
                self.refuses(f"CONNECT {authority} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400, authority.split(":")[0].encode()[:1])


class Heads(Case):
    FIELD = b"A: " + b"x" * (1 << 20) + b"\r\n"

    @staticmethod
    def serve(connection, answer):
        head = b""
        while not head.endswith(b"\r\n\r\n") and (data := connection.recv(65536)):
            head += data
        connection.sendall(answer)

    def answer(self, recorder, request, answer=OK):
        origin = Origin(self, lambda connection: self.serve(connection, answer))
        with recorder.connect() as client:
            client.sendall(request.replace(b"PORT", str(origin.port).encode()))
            got = b""
            while len(got) < len(answer) and (data := client.recv(65536)):
                got += data
        return got

    def test_a_megabyte_is_refused_unless_the_limit_is_raised(self):
        request = GET.replace(b"Host: x\r\n", b"Host: x\r\n" + self.FIELD)
        answer = OK.replace(b"OK\r\n", b"OK\r\n" + self.FIELD)
        recorder = self.record("-q", "-w", self.path("a.flowz"))
        for got, status in ((self.answer(recorder, request), b"431"), (self.answer(recorder, GET, answer), b"502")):
            self.assertTrue(got.startswith(b"HTTP/1.1 " + status), got[:200])
            self.assertIn(b"--max-head", got)
        recorder.stop()

        recorder = self.record("-q", "-w", self.path("b.flowz"), "--max-head", "2M")
        self.assertEqual(self.answer(recorder, request), OK)
        self.assertEqual(self.answer(recorder, GET, answer), answer)
        recorder.stop()
        first, second = self.dump("-r", self.path("b.flowz"))
        for flow in (first, second):
            self.assertTrue(flow["complete"])
            self.assertIn("head-too-large", flow["anomalies"])
            self.assertEqual(flow["response"]["status"], 200)

    def test_in_a_tunnel_it_is_relayed_and_recorded_as_bytes(self):
        origin = Origin(self, lambda connection: self.serve(connection, OK))
        recorder = self.record("-q", "-w", self.path("a.flowz"))
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            client.sendall(GET.replace(b"Host: x\r\n", b"Host: x\r\n" + self.FIELD))
            self.assertEqual(client.recv(1000), OK)
        recorder.stop()
        (flow,) = self.dump("-r", self.path("a.flowz"))
        self.assertEqual(flow["kind"], "tcp")
        self.assertIn("head-too-large", flow["anomalies"])
        self.assertGreater(int(flow["bytes"]["sent"]), 1 << 20)


if __name__ == "__main__":
    unittest.main()
