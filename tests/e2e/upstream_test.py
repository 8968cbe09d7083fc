"""Servers that are reached through another proxy."""

import base64
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from harness import TIMEOUT, Case, Origin, Pki, Recorder, answering, free_port, program, read_head, run, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SBIN = os.environ["PATH"] + ":/usr/sbin:/sbin"


def relay(one, other):
    """Bytes both ways until one of the two has ended."""
    while True:
        ready = [one] if getattr(one, "pending", int)() else select.select([one, other], [], [], TIMEOUT)[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Upstream(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)
        self.plain = Origin(self, answering(OK))
        self.secure = Origin(self, answering(OK), self.pki.context())

    def daemon(self, port, *command):
        """A proxy of somebody else, as soon as it listens."""
        name = shutil.which(command[0], path=SBIN)
        if name is None:
            self.skipTest(f"{command[0]} is not installed")
        with open(self.path("daemon.log"), "wb") as log:
            process = subprocess.Popen([name, *map(str, command[1:])], stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        wait_for(lambda: listens(port) or process.poll() is not None, command[0])
        self.assertIsNone(process.poll(), pathlib.Path(self.path("daemon.log")).read_text(errors="replace"))

    def tinyproxy(self, *lines):
        port = free_port()
        config = pathlib.Path(self.path("tinyproxy.conf"))
        config.write_text("\n".join((f"Port {port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 50", *lines, "")))
        self.daemon(port, "tinyproxy", "-d", "-c", config)
        return port

    def start(self, *arguments):
        return self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments)

    def fetch(self, recorder, url, *options):
        return self.curl(recorder, *options, url)

    def both(self, recorder):
        """Plain and TLS, and plain through a tunnel."""
        for url, options in ((f"http://localhost:{self.plain.port}/x", ()), (f"https://localhost:{self.secure.port}/x", ()),
                             (f"http://localhost:{self.plain.port}/x", ("-p",))):
            with self.subTest(url=url, options=options):
                curl = self.fetch(recorder, url, *options)
                self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)

    def flows(self, recorder):
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        return self.dump("-r", self.archive)


class Proxies(Upstream):
    """Real ones."""

    def check(self, *arguments):
        recorder = self.start("--upstream", *arguments)
        self.both(recorder)
        flows = self.flows(recorder)
        self.assertEqual([(flow["request"]["url"].split(":")[0], flow["response"]["status"], flow["error"]) for flow in flows],
                         [("http", 200, None), ("https", 200, None), ("http", 200, None)])
        return flows

    def test_tinyproxy_with_a_login(self):
        port = self.tinyproxy("BasicAuth me se.cret")
        flows = self.check(f"http://me:se%2Ecret@localhost:{port}")
        self.assertEqual(flows[0]["server"]["host"], "localhost")
        # Plain requests go to it as such: it adds its Via to them.
        self.assertIn(b"Via:", b"".join(self.plain.received))
        self.assertNotIn(b"Proxy-Authorization", b"".join(self.plain.received))
        self.assertNotIn(base64.b64encode(b"me:se.cret"), pathlib.Path(self.archive).read_bytes())

    def test_tinyproxy_behind_tls(self):
        port = self.tinyproxy()

        def front(connection):
            with socket.create_connection(("127.0.0.1", port)) as behind:
                relay(connection.connection, behind)

        proxy = Origin(self, front, self.pki.context())
        self.check(f"https://localhost:{proxy.port}")

    def test_a_proxy_behind_tls_that_is_not_trusted_is_asked_for_nothing(self):
        proxy = Origin(self, answering(b"HTTP/1.1 200 OK\r\n\r\n"), self.pki.context("DNS:other.test"))
        recorder = self.start("--upstream", f"https://me:secret@localhost:{proxy.port}")
        curl = self.fetch(recorder, f"http://localhost:{self.plain.port}/")
        self.assertIn(b"--insecure-host", curl.stdout)
        self.assertEqual(b"".join(proxy.received), b"")

    def behind_tls(self, serve):
        """A recorder whose upstream proxy is reached over TLS and lets `serve` play the server."""
        def proxy(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            serve(connection)

        front = Origin(self, proxy, self.pki.context())
        return self.start("--upstream", f"https://localhost:{front.port}")

    def test_a_reset_behind_tls_is_no_proper_end(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf")
            time.sleep(0.2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(connection.detach())

        recorder = self.behind_tls(serve)
        with recorder.tunnel("server.test", 80) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            with self.assertRaises(ConnectionResetError):
                while client.recv(1000):
                    pass
        (flow,) = self.flows(recorder)
        self.assertFalse(flow["complete"])
        self.assertEqual(flow["error"]["kind"], "server-reset")

    def test_what_is_on_its_way_through_tls_arrives_after_the_server_has_ended(self):
        received = []

        def serve(connection):
            socket.socket.shutdown(connection.connection, socket.SHUT_WR)  # without a word of TLS, which goes on
            while data := connection.recv(65536):
                received.append(len(data))

        recorder = self.behind_tls(serve)
        size = 12_000_000
        with recorder.tunnel("server.test", 80) as client:
            self.assertEqual(client.recv(1), b"")
            client.sendall(bytes(size))
            client.shutdown(socket.SHUT_WR)
            wait_for(lambda: sum(received) == size, f"{size} octets to arrive")

    def test_a_client_that_leaves_when_the_proxy_answers_does_no_harm(self):
        asked, answer = threading.Event(), threading.Event()

        def proxy(connection):
            read_head(connection)
            asked.set()
            answer.wait(TIMEOUT)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            connection.recv(1)

        front = Origin(self, proxy)
        recorder = self.start("--upstream", f"http://127.0.0.1:{front.port}", "--threads", 1)
        client = recorder.connect()
        client.sendall(b"CONNECT server.test:25 HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(asked.wait(TIMEOUT))
        # Both are to be met in one turn of its loop.
        recorder.process.send_signal(signal.SIGSTOP)
        client.close()
        time.sleep(0.1)
        answer.set()
        time.sleep(0.1)
        recorder.process.send_signal(signal.SIGCONT)
        (flow,) = self.flows(recorder)
        self.assertEqual(flow["error"]["kind"], "client-reset")

    def test_large_bodies_through_tls_within_tls(self):
        port = self.tinyproxy()
        body = os.urandom(3_000_000)
        origin = Origin(self, answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body), self.pki.context())

        def front(connection):
            with socket.create_connection(("127.0.0.1", port)) as behind:
                relay(connection.connection, behind)

        proxy = Origin(self, front, self.pki.context())
        recorder = self.start("--upstream", f"https://localhost:{proxy.port}")
        upload = self.path("upload")
        pathlib.Path(upload).write_bytes(body)
        curl = self.fetch(recorder, f"https://localhost:{origin.port}/", "--data-binary", f"@{upload}", "-H", "Expect:")
        self.assertEqual(curl.stdout, body, curl.stderr)

    def test_nginx_takes_plain_requests_and_no_tunnels(self):
        port = free_port()
        config = pathlib.Path(self.path("nginx.conf"))
        config.write_text(f"""daemon off; pid {self.path("nginx.pid")}; error_log stderr; events {{}}
http {{ access_log off; client_body_temp_path {self.path("a")}; proxy_temp_path {self.path("b")}; fastcgi_temp_path {self.path("c")};
uwsgi_temp_path {self.path("d")}; scgi_temp_path {self.path("e")};
server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://$host:{self.plain.port}; proxy_set_header Host $http_host; }} }} }}
""")
        self.daemon(port, "nginx", "-p", self.path("."), "-c", config)
        recorder = self.start("--upstream", f"http://127.0.0.1:{port}")
        curl = self.fetch(recorder, f"http://127.0.0.1:{self.plain.port}/x")
        self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
        with recorder.connect() as connection:
            connection.sendall(f"CONNECT 127.0.0.1:{self.secure.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.assertTrue(read_head(connection).startswith(b"HTTP/1.1 502 "))
        plain, tunnel = self.flows(recorder)
        self.assertEqual((plain["response"]["status"], plain["server"]["host"]), (200, "127.0.0.1"))
        self.assertIn("it answered CONNECT with 40", tunnel["error"]["message"])
        self.assertEqual(recorder.stderr().count("it answered CONNECT with 40"), 1)
        self.assertIn("hint: many proxies make tunnels to port 443 only", recorder.stderr())

    def dante(self, method, *lines):
        port = free_port()
        config = pathlib.Path(self.path("danted.conf"))
        config.write_text(f"logoutput: stderr\ninternal: 127.0.0.1 port = {port}\nexternal: lo\nsocksmethod: {method}\nclientmethod: none\n"
                          "user.privileged: root\nuser.unprivileged: nobody\n"
                          "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\nsocks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n" + "\n".join(lines))
        self.daemon(port, "danted", "-f", config)
        return port

    def test_dante(self):
        if os.geteuid() != 0:
            self.skipTest("danted wants root")
        self.check(f"socks5://127.0.0.1:{self.dante('none')}")

    def test_ssh(self):
        if os.geteuid() != 0 or shutil.which("sshd", path=SBIN) is None:
            self.skipTest("no sshd, or not root")
        server, socks = free_port(), free_port()
        for key in ("host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(key))
        os.makedirs("/run/sshd", exist_ok=True)
        config = pathlib.Path(self.path("sshd_config"))
        config.write_text(f"Port {server}\nListenAddress 127.0.0.1\nHostKey {self.path('host')}\nAuthorizedKeysFile {self.path('user')}.pub\n"
                          "StrictModes no\nPermitRootLogin yes\nUsePAM no\nPidFile none\n")
        self.daemon(server, shutil.which("sshd", path=SBIN), "-D", "-e", "-f", config)
        self.daemon(socks, "ssh", "-F", "none", "-N", "-D", f"127.0.0.1:{socks}", "-p", server, "-i", self.path("user"), "-o", "StrictHostKeyChecking=no",
                    "-o", f"UserKnownHostsFile={self.path('known')}", "-o", "BatchMode=yes", "root@127.0.0.1")
        self.check(f"socks5://127.0.0.1:{socks}")

    def test_ourselves_twice(self):
        def another(name, *arguments):
            case = Upstream()
            case.env, case.path = self.env, lambda file: self.path(f"{name}-{file}")
            recorder = Recorder(case, ("-w", self.path(name), *arguments))
            self.addCleanup(recorder.kill)
            return recorder

        last = another("last", "--upstream-ca", self.pki.ca, "--proxy-auth", "me:secret")
        middle = another("middle", "--upstream-ca", self.ca, "--upstream", f"socks5://me:secret@{last.url[7:]}")
        recorder = self.record("-w", self.archive, "--upstream-ca", self.ca, "--upstream", middle.url)
        self.both(recorder)
        recorder.stop()
        for name in (self.archive, self.path("middle"), self.path("last")):
            if name != self.archive:
                (middle if name.endswith("middle") else last).stop()
            self.assertEqual([flow["response"]["status"] for flow in self.dump("-r", name)], [200, 200, 200])

    def test_a_server_that_speaks_first_is_heard(self):
        banner = Origin(self, lambda connection: connection.sendall(b"220 hello\r\n"))

        def proxy(connection):
            read_head(connection)
            with socket.create_connection(("127.0.0.1", banner.port)) as behind:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + behind.recv(100))
                time.sleep(0.2)

        recorder = self.start("--upstream", f"http://127.0.0.1:{Origin(self, proxy).port}")
        with recorder.tunnel("localhost", banner.port) as connection:
            self.assertEqual(connection.recv(100), b"220 hello\r\n")


class Rules(Upstream):
    def setUp(self):
        super().setUp()
        self.proxy = Origin(self, answering(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nvia"))
        self.url = f"http://127.0.0.1:{self.proxy.port}"

    def got(self, recorder, host="localhost"):
        return self.fetch(recorder, f"http://{host}:{self.plain.port}/").stdout

    def test_one_host_goes_through_a_proxy_and_another_does_not(self):
        recorder = self.start("--upstream", f"localhost={self.url}")
        self.assertEqual((self.got(recorder), self.got(recorder, "127.0.0.1")), (b"via", b"ok"))
        self.assertTrue(b"".join(self.proxy.received).startswith(f"GET http://localhost:{self.plain.port}/ HTTP/1.1\r\n".encode()))

    def test_exceptions(self):
        recorder = self.start("--upstream", self.url, "--no-upstream", "127.0.0.0/8")
        self.assertEqual((self.got(recorder), self.got(recorder, "127.0.0.1")), (b"via", b"ok"))

    def test_variables_count_when_asked_for(self):
        self.env.update(http_proxy=self.url, no_proxy="127.0.0.1,example.com")
        recorder = self.start("--upstream", "env")
        self.assertEqual((self.got(recorder), self.got(recorder, "127.0.0.1")), (b"via", b"ok"))
        recorder.stop()
        self.assertEqual(self.got(self.start()), b"ok")

    def test_a_command_does_not_lose_them(self):
        self.env.update(http_proxy=self.url)
        result = run(program("mitm-record"), "-q", "-w", self.archive, "--upstream", "env", "--", "curl", "-sS", "-q",
                     f"http://localhost:{self.plain.port}/", env=self.env)
        self.assertEqual(result.stdout, b"via", result.stderr)

    def test_wrong_ones_are_refused_without_their_password(self):
        for arguments, text in ((("--upstream", "ftp://x:geheim@host"), "ftp:// is not supported"), (("--upstream", "host:80"), "SCHEME://"),
                                (("--upstream", "http://x:geheim@"), "not a host"), (("--upstream", "http://a", "--upstream", "http://b"), "two proxies")):
            with self.subTest(arguments=arguments):
                result = run(program("mitm-record"), *arguments, env=self.env)
                self.assertEqual(result.returncode, 2)
                self.assertIn(text, result.stderr.decode())
                self.assertNotIn("geheim", result.stderr.decode())

    def test_we_are_no_upstream_of_ourselves(self):
        port = free_port()
        recorder = self.record("-m", f"explicit@127.0.0.1:{port}", "--upstream", f"http://127.0.0.1:{port}")
        self.assertIn(b"is this proxy itself", self.got(recorder))


class Failures(Upstream):
    """A proxy that refuses, breaks, or says nothing."""

    CASES = {
        "407": (b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n", "407 Login, Basic", "USER:PASSWORD"),
        "502": (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502 Bad Gateway", "--no-upstream"),
        "garbage": (b"\x00\x01\x02 what?\r\n\r\n", "not HTTP/1", "--no-upstream"),
        "nothing": (b"", "closed the connection", "--no-upstream"),
    }

    def tunnel_answer(self, recorder):
        with recorder.connect() as connection:
            connection.sendall(f"CONNECT localhost:{self.secure.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        return answer.decode()

    def test_the_client_is_told_and_so_is_the_recording(self):
        for name, (answer, text, hint) in self.CASES.items():
            with self.subTest(name):
                proxy = Origin(self, answering(answer))
                recorder = self.start("--upstream", f"http://127.0.0.1:{proxy.port}")
                page = self.tunnel_answer(recorder)
                self.assertIn(text, page)
                self.assertIn(hint, page)
                (flow,) = self.flows(recorder)
                self.assertEqual(flow["error"]["kind"], "upstream")
                self.assertIn(text, flow["error"]["message"])

    def test_a_login_that_comes_back_is_not_told(self):
        token = base64.b64encode(b"me:secret").decode()
        proxy = Origin(self, answering(f"HTTP/1.1 403 bad login {token}\r\nContent-Length: 0\r\n\r\n".encode()))
        recorder = self.start("--upstream", f"http://me:secret@127.0.0.1:{proxy.port}")
        page = self.tunnel_answer(recorder)
        self.assertIn("403 bad login *****", page)
        (flow,) = self.flows(recorder)
        self.assertNotIn(token, str(flow))

    def test_a_plain_request_that_needs_a_login_there_is_no_407_to_the_client(self):
        proxy = Origin(self, answering(self.CASES["407"][0]))
        recorder = self.start("--upstream", f"http://127.0.0.1:{proxy.port}")
        curl = self.fetch(recorder, f"http://localhost:{self.plain.port}/", "-w", "%{http_code}")
        self.assertIn(b"407 Login", curl.stdout)
        self.assertTrue(curl.stdout.endswith(b"502"))
        (flow,) = self.flows(recorder)
        self.assertEqual((flow["error"]["kind"], flow["response"]["status"]), ("upstream", 407))

    def test_socks_refusals(self):
        for answer, text in ((b"\x05\xff", "wants a login"), (b"HTTP/1.1 400 x\r\n\r\n", "does not speak SOCKS5"), (b"\x05\x00\x05\x05" + bytes(8), "connection refused")):
            with self.subTest(text):
                proxy = Origin(self, lambda connection, answer=answer: (connection.recv(3), connection.sendall(answer), connection.recv(100)))
                recorder = self.start("--upstream", f"socks5://127.0.0.1:{proxy.port}")
                self.assertIn(text, self.tunnel_answer(recorder))
                recorder.stop()

    def test_silence_ends_and_absence_is_told(self):
        silent = Origin(self, lambda connection: connection.recv(1) and time.sleep(TIMEOUT))
        recorder = self.start("--upstream", f"http://127.0.0.1:{silent.port}", "--connect-timeout", "1")
        self.assertIn("did not answer in time", self.tunnel_answer(recorder))
        recorder.stop()
        recorder = self.start("--upstream", f"socks5://127.0.0.1:{free_port()}")
        self.assertIn("Connection refused", self.tunnel_answer(recorder))

    def test_clients_that_leave_meanwhile_do_no_harm(self):
        silent = Origin(self, lambda connection: time.sleep(1))
        recorder = self.start("--upstream", f"http://127.0.0.1:{silent.port}")
        for _ in range(20):
            with recorder.connect() as connection:
                connection.sendall(b"CONNECT localhost:1 HTTP/1.1\r\nHost: x\r\n\r\n")
                threading.Event().wait(0.01)
        self.assertEqual(recorder.stop(), 0)


if __name__ == "__main__":
    unittest.main()
