"""Very many connections and requests: all are answered, all are recorded, and nothing is left behind."""

import resource
import ssl
import time
import unittest

from harness import Case, Origin, Pki, answering, read_head, run, wait_for
from nginx import Nginx
from process import descriptors, memory, peak_memory

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
AT_ONCE = 2000


def need_descriptors(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count:
        raise unittest.SkipTest(f"only {hard} descriptors are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(count, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))


class Crowds(Case):
    def setUp(self):
        super().setUp()
        need_descriptors(4 * AT_ONCE + 200)
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)

    def test_two_thousand_connections_at_once(self):
        origin = Nginx(self, self.pki)
        recorder = self.record("-w", self.archive)
        clients = [recorder.connect() for _ in range(AT_ONCE)]
        for client in clients:
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % origin.plain)
        for client in clients:
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200 "))
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in clients:
            self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200 "))
            self.assertEqual(client.recv(2), b"ok")
        used = peak_memory(recorder.process.pid)
        for client in clients:
            client.close()
        self.assertEqual(recorder.stop(), 0)
        self.assertEqual(len(self.dump("-r", self.archive)), AT_ONCE)
        print(f"{AT_ONCE} connections at once: peak memory {used / 2**20:.1f} MiB")

    def test_ten_thousand_idle_tls_connections(self):
        """As many as the limit of descriptors allows: each takes the recorder two."""
        count = min(10_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 200) // 2)
        need_descriptors(2 * count + 200)
        origin = Nginx(self, self.pki)
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca)
        trust = ssl.create_default_context(cafile=self.ca)

        def visit():
            client = trust.wrap_socket(recorder.tunnel("127.0.0.1", origin.tls), server_hostname="127.0.0.1")
            self.ask(client)
            return client

        warm = [visit() for _ in range(64)]
        before = memory(recorder.process.pid)
        clients = [visit() for _ in range(count - len(warm))]
        time.sleep(1)
        each = (memory(recorder.process.pid) - before) / len(clients) / 1024
        for client in clients[::100]:
            self.ask(client)
        for client in warm + clients:
            client.close()
        wait_for(lambda: descriptors(recorder.process.pid) < 60, "the connections to be closed")
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        self.assertEqual(sum(flow["complete"] for flow in self.dump("-r", self.archive)), count + len(clients[::100]))
        print(f"{count} idle TLS connections: {each:.1f} KiB each")
        self.assertLess(each, 60)

    def ask(self, client):
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(client.recv(2), b"ok")

    def test_a_thousand_requests_pipelined(self):
        for through_tunnel in (False, True):
            with self.subTest(through_tunnel=through_tunnel):
                origin = Origin(self, answering(*[OK] * 1000))
                recorder = self.record("-w", self.archive)
                authority = f"127.0.0.1:{origin.port}"
                client = recorder.tunnel("127.0.0.1", origin.port) if through_tunnel else recorder.connect()
                base = "" if through_tunnel else f"http://{authority}"
                client.sendall("".join(f"GET {base}/{n} HTTP/1.1\r\nHost: {authority}\r\n\r\n" for n in range(1000)).encode())
                got = b""
                while len(got) < 1000 * len(OK):
                    got += client.recv(1 << 16)
                self.assertEqual(got, OK * 1000)
                client.close()
                self.assertEqual(recorder.stop(), 0)
                urls = [flow["request"]["url"] for flow in self.dump("-r", self.archive) if flow["complete"]]
                self.assertEqual(urls, [f"http://{authority}/{n}" for n in range(1000)])

    def test_clients_that_say_nothing_hinder_nobody(self):
        origin = Nginx(self, self.pki)
        recorder = self.record("-w", self.archive)
        silent = [recorder.connect() for _ in range(1000)]
        result = self.curl(recorder, f"http://127.0.0.1:{origin.plain}/")
        self.assertEqual(result.stdout, b"ok", result.stderr)
        self.assertEqual(recorder.stop(), 0)
        for client in silent:
            client.close()
        self.assertEqual(len(self.dump("-r", self.archive)), 1)

    def test_a_hundred_thousand_connections_leave_nothing_behind(self):
        origin = Nginx(self, self.pki)
        recorder = self.record("-q", "-w", self.archive, "--upstream-ca", self.pki.ca)
        pid, proxy = recorder.process.pid, recorder.url.removeprefix("http://")

        def load(count, url):
            result = run("ab", "-q", "-n", count, "-c", 50, "-X", proxy, url, timeout=900)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, rb"Complete requests: +%d\n" % count)
            self.assertRegex(result.stdout, rb"Failed requests: +0\n")

        def round_of(plain, tls):
            load(plain, f"http://127.0.0.1:{origin.plain}/")
            load(tls, f"https://127.0.0.1:{origin.tls}/")
            wait_for(lambda: descriptors(pid) < 40, "the connections to be closed")
            time.sleep(1)
            return descriptors(pid), memory(pid)

        open_before, memory_before = round_of(20_000, 2_000)
        open_after, memory_after = round_of(70_000, 8_000)
        print(f"after 22,000 connections {memory_before / 2**20:.1f} MiB and {open_before} descriptors, "
              f"after 100,000 {memory_after / 2**20:.1f} MiB and {open_after}")
        self.assertEqual(open_after, open_before)
        self.assertLess(memory_after, memory_before + (4 << 20))
        self.assertEqual(recorder.stop(), 0)
        counted = self.run_program("mitm-dump", "-r", self.archive, "-q", timeout=600).stdout.count(b"\n")
        self.assertEqual(counted, 100_000)


if __name__ == "__main__":
    unittest.main()
