"""SOCKS on the port of the explicit proxy, and who may use it."""

import os
import socket
import subprocess
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, read_all, run

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class WaysIn(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")

    def fetch(self, recorder, *options, proxied=True):
        address = f"{recorder.address[0]}:{recorder.address[1]}"
        return run("curl", "-sSq", "--max-time", TIMEOUT, "--cacert", self.ca,
                   *[option.replace("PROXY", address) for option in options], env=self.env)

    def talk(self, recorder, data):
        with recorder.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return read_all(connection)


class Clients(WaysIn):
    KINDS = ("--socks5", "--socks5-hostname", "--socks4", "--socks4a")

    def test_curl_reaches_http_and_https_by_each_of_them(self):
        pki = Pki(self)
        plain = Origin(self, answering(OK))
        secure = Origin(self, answering(OK), pki.context())
        recorder = self.record("-q", "-w", self.archive, "--upstream-ca", pki.ca)
        for kind in self.KINDS:
            for url in (f"http://localhost:{plain.port}/", f"https://localhost:{secure.port}/"):
                with self.subTest(kind=kind, url=url):
                    curl = self.fetch(recorder, "-4", kind, "PROXY", url)
                    self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
        recorder.stop()
        flows = self.dump("-r", self.archive)
        self.assertEqual([(flow["mode"], flow["response"]["status"]) for flow in flows], [("explicit", 200)] * 8)
        self.assertEqual({flow["request"]["url"] for flow in flows},
                         {f"http://localhost:{plain.port}/", f"https://localhost:{secure.port}/"})

    def test_ipv6_by_address(self):
        origin = Origin(self, answering(OK), family=socket.AF_INET6)
        recorder = self.record("-q")
        curl = self.fetch(recorder, "--socks5", "PROXY", f"http://[::1]:{origin.port}/")
        self.assertEqual(curl.stdout, b"ok", curl.stderr)

    def test_a_server_that_is_not_there_has_its_code(self):
        recorder = self.record("-q")
        curl = self.fetch(recorder, "--socks5", "PROXY", "http://127.0.0.1:1/")
        self.assertEqual(curl.returncode, 97)  # CURLE_PROXY
        self.assertIn(b"(5)", curl.stderr)  # connection refused

    def test_garbage_is_answered_or_closed_and_the_recorder_goes_on(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-q", "-w", self.archive)
        refused = b"\x05\x00\x05"
        for data, answer in [(b"\x05", b""), (b"\x05\x00", b"\x05\xff"), (b"\x04\x01\x00", b""), (b"\x05\x01\x00\xff\xff\xff\xff", refused + b"\x01"),
                             (b"\x05\x01\x00\x05\x01\x00\x03\xff" + b"a" * 300, refused + b"\x01"), (b"\x05\x01\x00\x05\x03\x00\x01" + bytes(6), refused + b"\x07"),
                             (b"\x05\x01\x00\x05\x01\x00\x01" + bytes(6), refused + b"\x01"), (b"\x04" + b"u" * 4000, b"\x00\x5b")]:
            with self.subTest(data=data):
                self.assertTrue(self.talk(recorder, data).startswith(answer))
        for _ in range(50):
            self.talk(recorder, b"\x05" + os.urandom(200))
            self.talk(recorder, b"\x04" + os.urandom(200))
        curl = self.fetch(recorder, "--socks5", "PROXY", f"http://127.0.0.1:{origin.port}/")
        self.assertEqual(curl.stdout, b"ok")
        self.assertEqual(recorder.stop(), 0)

    def test_bad_targets_of_connect_are_refused(self):
        recorder = self.record("-q")
        port = recorder.address[1]
        for target, status in (("127.0.0.1:0", b"400"), (f"127.0.0.1:{port}", b"502"), (f"localhost:{port}", b"502"), ("a" * 300 + ":80", b"400")):
            with self.subTest(target=target):
                with recorder.connect() as connection:
                    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
                    self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 " + status))


class Access(WaysIn):
    def logins(self, *lines, mode=0o600):
        path = self.path("logins")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(line + "\n" for line in lines))
        os.chmod(path, mode)
        return "@" + path

    def test_only_with_a_login(self):
        pki = Pki(self)
        plain = Origin(self, answering(OK))
        secure = Origin(self, answering(OK), pki.context())
        recorder = self.record("-q", "-w", self.archive, "--upstream-ca", pki.ca, "--proxy-auth", self.logins("me:se:cret"), "--proxy-auth", "you:hi")
        for login in ("me:se%3Acret", "you:hi"):
            for scheme in ("http", "socks5h"):
                for url in (f"http://localhost:{plain.port}/", f"https://localhost:{secure.port}/"):
                    with self.subTest(scheme=scheme, url=url):
                        curl = self.fetch(recorder, "--proxy", f"{scheme}://{login}@PROXY", url)
                        self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
        self.assertNotIn(b"Proxy-Auth", b"".join(plain.received))
        before = len(plain.received)
        for login in ("", "me:wrong@", "nobody:hi@"):
            with self.subTest(login=login):
                curl = self.fetch(recorder, "-i", "--proxy", f"http://{login}PROXY", f"http://localhost:{plain.port}/")
                self.assertTrue(curl.stdout.startswith(b"HTTP/1.1 407 Proxy Authentication Required\r\n"), curl.stdout)
                self.assertIn(b"\r\nProxy-Authenticate: Basic realm=", curl.stdout)
                curl = self.fetch(recorder, "--proxy", f"http://{login}PROXY", f"https://localhost:{secure.port}/")
                self.assertIn(b"407", curl.stderr)
                curl = self.fetch(recorder, "--proxy", f"socks5h://{login}PROXY", f"http://localhost:{plain.port}/")
                self.assertEqual(curl.returncode, 97, curl.stderr)
        self.assertNotEqual(self.fetch(recorder, "--socks4", "PROXY", f"http://localhost:{plain.port}/").returncode, 0)
        self.assertEqual(len(plain.received), before)
        recorder.stop()
        flows = self.dump("-r", self.archive)
        self.assertIn("proxy-auth", {flow["error"]["kind"] for flow in flows if flow["error"]})
        shown = self.run_program("mitm-dump", "-vvv", "-r", self.archive).stdout
        self.assertIn(b"Proxy-Authorization: *****", shown)
        for secret in (b"bWU6c2U6Y3JldA", b"eW91Omhp", b"bWU6d3Jvbmc", b"se:cret"):
            self.assertNotIn(secret, shown)

    def test_a_login_in_what_cannot_be_read_is_shown_nowhere(self):
        recorder = self.record("-q", "-w", self.archive, "--proxy-auth", "me:secret")
        login = b"bWU6c2VjcmV0"
        pages = b""
        for lines in (b"Proxy-Authorization:\r\n Basic LOGIN", b"Proxy-Authorization: Basic\r\n LOGIN", b"Proxy-Authorization: Basic LOGIN\0",
                      b"Proxy-Authorization:\x0bBasic LOGIN", b"Proxy-Authorization: Basic \rLOGIN", b" Proxy-Authorization: Basic LOGIN",
                      b"Proxy-Authorization Basic LOGIN", b"Proxy-Authorization : Basic LOGIN"):
            with recorder.connect() as client:
                client.sendall(b"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n" + lines.replace(b"LOGIN", login) + b"\r\n\r\n")
                pages += read_all(client)
        with recorder.connect() as client:
            client.sendall(b"POST http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\nProxy-Authorization: Basic " + login +
                           b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nProxy-Authorization: Basic " + login)
            client.shutdown(socket.SHUT_WR)
            pages += read_all(client)
        self.assertEqual(pages.count(b"HTTP/1.1 "), 9)
        recorder.stop()
        stored = subprocess.run(["zstd", "-dcq", self.archive], capture_output=True, check=True).stdout
        self.assertIn(b"Proxy-Authorization", stored)
        for place in (pages, stored):
            self.assertFalse(login in place, place[max(0, place.find(login) - 200):][:400])

    def test_a_client_that_asks_first_logs_in_then(self):
        origin = Origin(self, answering(OK))
        recorder = self.record("-q", "--proxy-auth", "me:secret")
        curl = self.fetch(recorder, "--proxy-anyauth", "--proxy", "http://me:secret@PROXY", f"http://localhost:{origin.port}/")
        self.assertEqual(curl.stdout, b"ok", curl.stderr)

    def test_other_machines_are_let_in_by_choice_only(self):
        result = self.run_program("mitm-record", "-l", "0.0.0.0:0")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"could be used from other machines", result.stderr)
        self.assertIn(b"--allow", result.stderr)
        recorder = self.record("-m", "explicit@0.0.0.0:0", "--allow", "192.0.2.0/24", "--proxy-auth", "me:secret")
        self.assertIn("listening on 0.0.0.0:", recorder.stderr())

    def test_a_file_that_others_can_read_is_told_of(self):
        recorder = self.record("--proxy-auth", self.logins("me:secret", mode=0o644))
        self.assertIn("others on this machine can read it", recorder.stderr())
        result = self.run_program("mitm-record", "-l", "0", "--proxy-auth", "@" + self.path("none"))
        self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main()
