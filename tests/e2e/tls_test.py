"""Whose TLS mitm-record opens, with which versions, and where its secrets go."""

import base64
import hashlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import time
import unittest

from harness import TIMEOUT, Origin, answering, read_all, run, wait_for, waited
from tls_case import OK, Tls

class Choice(Tls):
    def test_a_host_that_is_passed_shows_its_own_certificate(self):
        for pattern in ("localhost", "*host", ".localhost", "127.0.0.0/8", "*:{port}", "LOCALHOST:{port}"):
            with self.subTest(pattern):
                # It lets the client end first: what is passed is complete with the ends of both.
                origin = Origin(self, lambda connection: (answering(OK)(connection), read_all(connection)), self.pki.context())
                recorder = self.start("--pass", pattern.format(port=origin.port))
                result = self.fetch(recorder, origin.port, ca=self.pki.ca)
                self.assertEqual(result.stdout, b"hello", result.stderr)
                (flow,) = self.flows(recorder)
                self.assertEqual((flow["kind"], flow["passed"], flow["complete"]), ("tls", True, True))
                self.assertEqual(flow["server"]["host"], "localhost")
                self.assertIsNone(flow["request"])
                self.assertGreater(int(flow["bytes"]["received"]), 500)
                self.assertIn("0 flows recorded, 0 filtered out, 1 passed through", recorder.stderr())

    def test_a_host_that_is_not_passed_is_opened(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--pass", "elsewhere.example", "--pass", f"localhost:{origin.port + 1}")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        (flow,) = self.flows(recorder)
        self.assertEqual(flow["response"]["status"], 200)

    def test_only_some_hosts_are_opened(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--only", "localhost")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        self.assertEqual(self.fetch(recorder, origin.port, host="127.0.0.1", ca=self.pki.ca).stdout, b"hello")
        opened, passed = self.flows(recorder)
        self.assertEqual((opened["passed"], passed["passed"]), (False, True))

    def test_what_is_not_tls_is_passed_too(self):
        origin = Origin(self, lambda connection: connection.sendall(b"+OK ready\r\n"))
        recorder = self.start("--pass", "localhost")
        with recorder.tunnel("localhost", origin.port) as client:
            self.assertEqual(read_all(client), b"+OK ready\r\n")
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["kind"], flow["passed"], flow["bytes"]["received"]), ("tcp", True, "11"))

    def test_one_host_may_have_a_bad_certificate(self):
        self_signed = Origin(self, answering(OK), self.pki.context(self_signed=True))
        recorder = self.start("--insecure-host", f"localhost:{self_signed.port}")
        self.assertEqual(self.fetch(recorder, self_signed.port).stdout, b"hello")
        other = Origin(self, answering(OK), self.pki.context(self_signed=True))
        self.assertIn(b"self-signed", self.fetch(recorder, other.port).stdout)
        taken, refused = self.flows(recorder)
        self.assertIn("self-signed", taken["tls"]["server"]["verify"])
        self.assertEqual(taken["response"]["status"], 200)
        self.assertEqual(refused["error"]["kind"], "tls-verify")

    def test_wrong_patterns_are_refused(self):
        for flag in ("--pass", "--only", "--insecure-host"):
            result = self.run_program("mitm-record", flag, "10.0.0.0/99")
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"error: {flag}: '10.0.0.0/99' names no hosts: ".encode(), result.stderr)


class Resumption(Tls):
    def origin(self, version=ssl.TLSVersion.TLSv1_3, context=None):
        """Answers one request, and then waits for the end, so that OpenSSL keeps its session."""
        context = context or self.pki.context()
        context.maximum_version = version

        def serve(connection):
            answering(OK)(connection)
            read_all(connection)

        return Origin(self, serve, context)

    def visits(self, recorder, origin, count, **options):
        for _ in range(count):
            self.assertEqual(self.fetch(recorder, origin.port, **options).stdout, b"hello")

    def resumed(self, recorder):
        flows = self.flows(recorder)
        self.assertEqual({flow["tls"]["server"]["verify"] for flow in flows}, {"ok"})
        return [flow["tls"]["server"]["resumed"] for flow in flows]

    def test_new_connections_go_on_with_the_session_of_earlier_ones(self):
        for name, version in (("TLSv1.3", ssl.TLSVersion.TLSv1_3), ("TLSv1.2", ssl.TLSVersion.TLSv1_2)):
            with self.subTest(name):
                origin = self.origin(version)
                recorder = self.start()
                self.visits(recorder, origin, 4)
                flows = self.flows(recorder)
                servers = [flow["tls"]["server"] for flow in flows]
                self.assertEqual([server["resumed"] for server in servers], [False, True, True, True])
                self.assertEqual({(server["version"], server["verify"]) for server in servers}, {(name, "ok")})
                self.assertEqual(origin.context.session_stats()["hits"], 3)
                for flow in flows:
                    self.assertIn(b"Origin CA", self.run_program("mitm-dump", "-vvv", "-r", self.archive, "--flow", flow["id"]).stdout)

    def test_a_server_that_remembers_sessions_itself_is_reminded(self):
        key, certificate = self.pki.issue()
        server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate,
                                   "-tls1_2", "-no_ticket", "-www"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for cleanup in (server.stdin.close, server.stdout.close, server.wait, server.kill):
            self.addCleanup(cleanup)
        for line in server.stdout:
            if line.startswith(b"ACCEPT "):
                port = int(line.rsplit(b":", 1)[1])
                break
        recorder = self.start()
        for reused in (b"New, TLSv1.2", b"Reused, TLSv1.2", b"Reused, TLSv1.2"):
            self.assertIn(reused, self.fetch(recorder, port).stdout)
        self.assertEqual(self.resumed(recorder), [False, True, True])

    def test_many_connections_at_once(self):
        origin = self.origin()
        recorder = self.start()
        urls = [f"https://localhost:{origin.port}/{number}" for number in range(40)]
        outputs = ["-o", os.devnull] * len(urls)
        result = self.curl(recorder, "-Z", "--parallel-max", "8", *outputs, "-w", "%{http_code}\n", *urls)
        self.assertEqual(result.stdout.split(), [b"200"] * 40, result.stderr)
        resumed = self.resumed(recorder)
        self.assertEqual(resumed.count(True), origin.context.session_stats()["hits"])
        self.assertGreater(resumed.count(True), 20)

    def test_hosts_do_not_share_sessions(self):
        origin = self.origin()
        recorder = self.start()
        for host in ("localhost", "127.0.0.1") * 2:
            self.visits(recorder, origin, 1, host=host)
        self.assertEqual(self.resumed(recorder), [False, False, True, True])

    def test_what_was_not_verified_is_not_resumed(self):
        for flag in ("-k", "--insecure-host=localhost"):
            with self.subTest(flag):
                origin = self.origin(context=self.pki.context(self_signed=True))
                recorder = self.start(flag)
                self.visits(recorder, origin, 3)
                for flow in self.flows(recorder):
                    self.assertFalse(flow["tls"]["server"]["resumed"])
                    self.assertIn("self-signed", flow["tls"]["server"]["verify"])

    def test_without_verification_good_servers_are_resumed_all_the_same(self):
        origin = self.origin()
        recorder = self.start("-k")
        self.visits(recorder, origin, 2)
        self.assertEqual(self.resumed(recorder), [False, True])

    def test_a_server_that_forgets_is_met_anew(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                origin = self.origin(version)
                recorder = self.start()
                self.visits(recorder, origin, 2)
                origin.context = self.pki.context()
                origin.context.maximum_version = version
                self.visits(recorder, origin, 2)
                self.assertEqual(self.resumed(recorder), [False, True, False, True])

    def test_a_server_that_was_replaced_is_not_trusted_for_the_former_ones_sake(self):
        origin = self.origin()
        recorder = self.start()
        self.visits(recorder, origin, 2)
        origin.context = self.pki.context(self_signed=True)
        self.assertIn(b"self-signed", self.fetch(recorder, origin.port).stdout)
        self.assertEqual(self.flows(recorder)[-1]["error"]["kind"], "tls-verify")

    def test_a_server_that_gives_no_tickets_is_not_asked_for_more(self):
        context = self.pki.context()
        context.num_tickets = 0
        origin = self.origin(context=context)
        recorder = self.start()
        self.visits(recorder, origin, 3)
        self.assertEqual(self.resumed(recorder), [False, False, False])

    def test_a_certificate_that_expires_ends_its_sessions(self):
        recorder = self.start()
        start, end = time.time() - 60, int(time.time()) + 15
        dates = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(moment)) for moment in (start, end)]
        origin = self.origin(context=self.pki.context(dates=dates))
        self.visits(recorder, origin, 2)
        time.sleep(max(0, end + 1.5 - time.time()))
        self.assertIn(b"expired", self.fetch(recorder, origin.port).stdout)
        first, second, third = self.flows(recorder)
        self.assertEqual([flow["tls"]["server"]["resumed"] for flow in (first, second)], [False, True])
        self.assertEqual(third["error"]["kind"], "tls-verify")

    def test_clients_that_end_badly_do_not_end_sessions(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                origin = self.origin(version)
                recorder = self.start()
                for _ in range(3):
                    client = ssl.create_default_context(cafile=self.ca).wrap_socket(
                        recorder.tunnel("localhost", origin.port), server_hostname="localhost")
                    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    self.assertTrue(client.recv(65536))
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()
                self.assertEqual(self.resumed(recorder), [False, True, True])

    def test_replayed_requests_resume_too(self):
        origin = self.origin()
        recorder = self.start()
        self.visits(recorder, origin, 3)
        self.assertEqual(recorder.stop(), 0)
        before = origin.context.session_stats()["hits"]
        result = self.run_program("mitm-replay", "-r", self.archive, "--upstream-ca", self.pki.ca)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(origin.context.session_stats()["hits"] - before, 2)


class Versions(Tls):
    def offering(self, version):
        context = self.pki.context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        return Origin(self, answering(OK), context)

    def test_old_servers_are_reached_only_when_asked_for(self):
        origin = self.offering(ssl.TLSVersion.TLSv1)
        recorder = self.start()
        self.assertIn(b"502", self.fetch(recorder, origin.port, "-o", os.devnull, "-w", "%{http_code}").stdout)
        recorder.stop()
        recorder = self.start("--tls-min", "server=1.0")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        (flow,) = self.flows(recorder)
        self.assertEqual(flow["tls"]["server"]["version"], "TLSv1")
        self.assertEqual(flow["tls"]["client"]["version"], "TLSv1.3")

    def test_each_side_has_its_bounds(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--tls-max", "client=1.2", "--tls-min", "server=1.3")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["tls"]["client"]["version"], flow["tls"]["server"]["version"]), ("TLSv1.2", "TLSv1.3"))


class Pinned(Tls):
    """Clients that do not accept our certificate. curl that trusts the origin's CA alone is one."""

    def fetches(self, recorder, port, count):
        return [self.fetch(recorder, port, ca=self.pki.ca).returncode for _ in range(count)]

    def test_a_client_that_refuses_is_passed_through_from_then_on(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        self.assertEqual(self.refuse(recorder, origin.port), 60)
        self.assertEqual(self.fetches(recorder, origin.port, 2), [0, 0])
        self.assertEqual(self.fetch(recorder, origin.port, host="127.0.0.1").stdout, b"hello")  # another name
        failed, *passed, opened = self.flows(recorder)
        note = f"127.0.0.1 does not accept our certificate for localhost:{origin.port}: passed through for 3600 seconds"
        self.assertEqual(recorder.stderr().count(note), 1)
        self.assertEqual(recorder.stderr().count("if it only lacks our CA"), 1)
        self.assertEqual(len(passed), 2)
        self.assertEqual((failed["error"]["kind"], failed["kind"]), ("tls-client", "tls"))
        self.assertIn("alert 48 (unknown ca)", failed["error"]["message"])
        for flow in passed:
            self.assertEqual((flow["passed"], flow["anomalies"]), (True, ["client-pinned"]))
        self.assertEqual(opened["response"]["status"], 200)
        self.assertIn(f"refused our certificate, so passed through from then on: localhost:{origin.port} (127.0.0.1)\n", recorder.stderr())

    def test_who_looks_at_the_certificate_after_the_handshake_is_noticed_too(self):
        for version in ("--tls-max", "1.2"), ("--tlsv1.3",):
            with self.subTest(version):
                origin = Origin(self, answering(OK), self.pki.context())
                recorder = self.start()
                der = run("openssl", "x509", "-in", self.pki.certificate, "-pubkey", "-noout").stdout
                der = run("openssl", "pkey", "-pubin", "-outform", "der", input=der).stdout
                pin = "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()
                with open(self.path("both.pem"), "wb") as both:
                    for ca in (self.ca, self.pki.ca):
                        with open(ca, "rb") as file:
                            both.write(file.read())

                def fetch():
                    return self.fetch(recorder, origin.port, "--pinnedpubkey", pin, *version, ca=self.path("both.pem")).stdout

                def noticed():
                    return "does not accept our certificate" in recorder.stderr()

                self.assertEqual((fetch(), fetch()), (b"", b""))
                refused = 2
                # One that takes more than a second to look at the certificate does not count, so that a slow machine needs more.
                while not waited(noticed, 10 if refused < 6 else TIMEOUT):
                    self.assertLess(refused, 6)
                    self.assertEqual(fetch(), b"")
                    refused += 1
                self.assertEqual((fetch(), fetch()), (b"hello", b"hello"))
                flows = self.flows(recorder)
                self.assertEqual([flow["passed"] for flow in flows].count(True), 2)
                broke_off = [flow for flow in flows if "broke off right after the TLS handshake" in str(flow["error"])]
                self.assertEqual({flow["passed"] for flow in broke_off}, {False})
                self.assertGreaterEqual(len(broke_off), 2)

    def test_who_makes_connections_in_advance_is_not_doubted(self):
        origin = Origin(self, answering(OK, OK), self.pki.context())
        recorder = self.start()
        context = ssl.create_default_context(cafile=self.ca)
        for _ in range(3):
            with recorder.tunnel("localhost", origin.port) as tunnel, context.wrap_socket(tunnel, server_hostname="localhost"):
                time.sleep(3)
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        *_, flow = self.flows(recorder)
        self.assertEqual((flow["passed"], flow["response"]["status"]), (False, 200))

    def test_who_resumes_a_session_is_still_known(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        session = self.path("session")

        def connect(*words):
            return run("openssl", "s_client", "-proxy", "{}:{}".format(*recorder.address), "-connect", f"localhost:{origin.port}",
                       "-CAfile", self.pki.ca, "-verify_return_error", "-ign_eof", *words, input=b"GET / HTTP/1.0\r\n\r\n").stdout

        self.assertNotIn(b"hello", connect())
        wait_for(lambda: "does not accept our certificate" in recorder.stderr(), "its refusal to be noticed")
        self.assertIn(b"hello", connect("-sess_out", session))
        self.assertIn(b"hello", connect("-sess_in", session))
        self.assertEqual([flow["passed"] for flow in self.flows(recorder)], [False, True, True])

    def test_it_is_forgotten_in_time(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--pin-memory", "5")
        self.assertEqual(self.refuse(recorder, origin.port), 60)
        self.assertEqual(self.fetches(recorder, origin.port, 1), [0])
        time.sleep(5.2)
        self.assertEqual(self.fetches(recorder, origin.port, 1), [60])

    def test_nothing_is_passed_when_that_is_turned_off(self):
        for arguments in (["--no-fail-open"], ["--pin-memory", "0"]):
            origin = Origin(self, answering(OK), self.pki.context())
            recorder = self.start(*arguments)
            self.assertEqual(self.fetches(recorder, origin.port, 3), [60, 60, 60])
            self.assertEqual([flow["passed"] for flow in self.flows(recorder)], [False] * 3)

    def test_a_command_fails_rather_than_being_passed(self):
        origin = Origin(self, answering(OK), self.pki.context())
        url = f"https://localhost:{origin.port}/"
        curl = f"curl -sS -q --cacert {self.pki.ca} {url}"
        script = f"for i in 1 2; do {curl}; echo $?; done"
        words = ["-w", self.archive, "--upstream-ca", self.pki.ca]
        result = self.run_program("mitm-record", *words, "--", "sh", "-c", script)
        self.assertEqual(result.stdout.split(), [b"60", b"60"], result.stderr)
        # That it refused may be noticed only when it has ended.
        script = f"for i in 1 2 3 4 5 6 7 8 9; do {curl} && break; echo $?; sleep 0.2; done"
        result = self.run_program("mitm-record", *words, "--pin-memory", "600", "--", "sh", "-c", script)
        *refused, passed = result.stdout.split()
        self.assertEqual((set(refused), passed), ({b"60"}, b"hello"), result.stderr)

    def test_one_that_just_goes_away_is_passed_the_third_time(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start()
        context = ssl.create_default_context(cafile=self.pki.ca)
        for _ in range(2):
            with recorder.tunnel("localhost", origin.port) as tunnel:
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                hello = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
                self.assertRaises(ssl.SSLWantReadError, hello.do_handshake)
                tunnel.sendall(outgoing.read())
                self.assertTrue(tunnel.recv(65536))
        wait_for(lambda: "does not accept our certificate" in recorder.stderr(), "the second time")
        tunnel = recorder.tunnel("localhost", origin.port)
        with context.wrap_socket(tunnel, server_hostname="localhost") as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(read_all(client), OK)
        self.assertEqual([flow["passed"] for flow in self.flows(recorder)], [False, False, True])

    def test_other_alerts_mean_something_else(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--tls-max", "client=1.2")
        for _ in range(2):
            self.assertEqual(self.fetch(recorder, origin.port, "--tlsv1.3").returncode, 35)
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        self.assertEqual([flow["passed"] for flow in self.flows(recorder)], [False] * 3)


class KeyLog(Tls):
    def capture(self, *ports):
        """tshark on loopback, for TCP to and from `ports`."""
        pcap = self.path("a.pcap")
        only = " or ".join(f"tcp port {port}" for port in ports)
        process = subprocess.Popen(["tshark", "-q", "-i", "lo", "-w", pcap, "-f", only], stderr=subprocess.PIPE, env=self.env)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        said = b""
        for line in process.stderr:
            said += line
            if b"Capturing on" in line:
                return process, pcap
        self.skipTest(f"nothing can be captured here: {said.decode()}")

    def requests_in(self, pcap, secrets, *ports, status=0):
        """`status` None: the file is still being written."""
        decoded = [word for port in ports for word in ("-d", f"tcp.port=={port},tls")]
        result = run("tshark", "-r", pcap, "-o", f"tls.keylog_file:{secrets}", *decoded, "-Y", "http.request and tls",
                     "-T", "fields", "-e", "http.request.uri", "-e", "tcp.dstport", env=self.env)
        self.assertIn(status, (None, result.returncode), result.stderr)
        return sorted(tuple(line.split("\t")) for line in result.stdout.decode().splitlines())

    def secrets_decrypt_both_sides(self, version, *arguments, **environment):
        self.env.update(environment)
        secrets = self.path("secrets")
        context = self.pki.context()
        context.maximum_version = version
        origin = Origin(self, answering(OK), context)
        recorder = self.start("--tls-max", "1.2" if version == ssl.TLSVersion.TLSv1_2 else "1.3", *arguments)
        proxy = recorder.address[1]
        tshark, pcap = self.capture(proxy, origin.port)

        def captures():  # "Capturing on" comes a little too early
            recorder.connect().close()
            return os.path.exists(pcap) and os.path.getsize(pcap) > empty

        empty = 1000  # more than is written before the first packet
        wait_for(captures, "tshark to capture")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        (flow,) = self.flows(recorder)
        wait_for(lambda: len(self.requests_in(pcap, secrets, origin.port, status=None)) == 2, "tshark to have captured all")
        tshark.send_signal(signal.SIGINT)
        tshark.wait(TIMEOUT)
        self.assertEqual(os.stat(secrets).st_mode & 0o777, 0o600)
        seen = self.requests_in(pcap, secrets, origin.port)
        self.assertEqual([uri for uri, _ in seen if uri.endswith("/path")], ["/path", "/path"])
        self.assertEqual({port for _, port in seen}, {str(proxy), str(origin.port)})
        self.assertEqual(flow["request"]["url"], f"https://localhost:{origin.port}/path")

    def test_tls_1_3_is_decrypted_by_tshark(self):
        self.secrets_decrypt_both_sides(ssl.TLSVersion.TLSv1_3, "--keylog", self.path("secrets"))

    def test_tls_1_2_is_decrypted_by_tshark(self):
        self.secrets_decrypt_both_sides(ssl.TLSVersion.TLSv1_2, SSLKEYLOGFILE=self.path("secrets"))

    def test_secrets_may_be_stored_in_the_recording(self):
        secrets = self.path("secrets")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = self.pki.context()
                context.maximum_version = version
                origin = Origin(self, answering(OK), context)
                recorder = self.start("--record-secrets", "--keylog", secrets)
                self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
                self.flows(recorder)
                told = self.run_program("mitm-dump", "-o", "keylog", "-r", self.archive).stdout
                with open(secrets, "rb") as file:
                    self.assertEqual(sorted(told.splitlines()), sorted(file.read().splitlines()))
                os.unlink(secrets)

    def test_no_secrets_are_stored_unasked(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--keylog", self.path("secrets"))
        self.fetch(recorder, origin.port)
        self.flows(recorder)
        result = self.run_program("mitm-dump", "-o", "keylog", "-r", self.archive)
        self.assertEqual(result.stdout, b"")
        self.assertIn(b"no secrets were recorded", result.stderr)

    def test_secrets_need_a_recording(self):
        result = self.run_program("mitm-record", "--record-secrets")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"-w FILE", result.stderr)

    def test_a_log_that_cannot_be_written_is_told_at_the_end(self):
        origin = Origin(self, answering(OK), self.pki.context())
        recorder = self.start("--keylog", "/dev/full")
        self.assertEqual(self.fetch(recorder, origin.port).stdout, b"hello")
        self.assertEqual(recorder.stop(), 1)
        self.assertIn("error: write /dev/full: No space left on device", recorder.stderr())
        self.assertEqual(len(self.dump("-r", self.archive)), 1)

    def test_the_recording_is_not_written_into(self):
        result = self.run_program("mitm-record", "-l", "127.0.0.1:0", "-w", self.archive, "--keylog", self.archive)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"--keylog: ", result.stderr)

    def test_the_ca_is_not_overwritten(self):
        self.run_program("mitm-ca", "init")
        result = self.run_program("mitm-record", "-l", "127.0.0.1:0", "--keylog", os.path.join(self.home, "ca.key"))
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"--keylog", result.stderr)


if __name__ == "__main__":
    unittest.main()
