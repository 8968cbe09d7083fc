"""Bodies of any size at any speed: what arrives is what was sent, in memory that does not grow with it."""

import hashlib
import os
import unittest

from harness import Case, Origin, Pki, read_head, run
from process import peak_memory

GIB = 1 << 30
BODY = int(os.environ.get("SOAK_BODY", 2 * GIB))
MOST_MEMORY = 64 << 20
BLOCK = os.urandom(1 << 20)


def blocks(size):
    while size > 0:
        yield BLOCK[:size]
        size -= len(BLOCK)


def digest_of(size):
    digest = hashlib.sha256()
    for block in blocks(size):
        digest.update(block)
    return digest.hexdigest()


class Downloads(Origin):
    """Answers every request with `size` bytes."""

    def __init__(self, case, size, context):
        super().__init__(case, self.send, context)
        self.size = size

    def send(self, connection):
        while read_head(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.size)
            for block in blocks(self.size):
                connection.sendall(block)


class Uploads(Origin):
    """Answers every request with the digest of its body."""

    def __init__(self, case, context):
        super().__init__(case, self.receive, context)

    def handle(self, connection):
        self.received = _Nothing()
        super().handle(connection)

    @staticmethod
    def receive(connection):
        while head := read_head(connection):
            (length,) = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            digest = hashlib.sha256()
            while length > 0:
                data = connection.recv(min(length, 1 << 18))
                if not data:
                    return
                digest.update(data)
                length -= len(data)
            answer = digest.hexdigest().encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))


class _Nothing:
    """In place of the list of what an origin received, when that is too much to keep."""

    def append(self, _):
        pass


class Sizes(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.archive = self.path("a.flowz")
        self.recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca)

    def recorded_digest(self, side):
        dump = f"{os.environ['MITM_BIN']}/mitm-dump -r {self.archive} --flow 1 --body {side} | sha256sum"
        return run("sh", "-c", dump, timeout=600).stdout.split()[0].decode()

    def test_a_huge_download_over_tls_arrives_and_is_recorded(self):
        origin = Downloads(self, BODY, self.pki.context())
        get = f"curl -sS -q -x {self.recorder.url} --cacert {self.ca} https://localhost:{origin.port}/ | sha256sum"
        result = run("sh", "-c", get, timeout=600, env=self.env)
        self.assertEqual(result.stdout.split()[0].decode(), digest_of(BODY), result.stderr)
        memory = peak_memory(self.recorder.process.pid)
        self.assertEqual(self.recorder.stop(), 0)
        self.assertEqual(self.recorded_digest("response"), digest_of(BODY))
        print(f"download of {BODY >> 20} MiB: peak memory {memory / 2**20:.1f} MiB")
        self.assertLess(memory, MOST_MEMORY)

    def test_a_huge_upload_over_tls_arrives_and_is_recorded(self):
        origin = Uploads(self, self.pki.context())
        with open(self.path("body"), "wb") as file:
            for block in blocks(BODY):
                file.write(block)
        result = run("curl", "-sS", "-q", "-x", self.recorder.url, "--cacert", self.ca, "-T", self.path("body"), "-H", "Expect:",
                     f"https://localhost:{origin.port}/", timeout=600, env=self.env)
        self.assertEqual(result.stdout.decode(), digest_of(BODY), result.stderr)
        memory = peak_memory(self.recorder.process.pid)
        self.assertEqual(self.recorder.stop(), 0)
        self.assertEqual(self.recorded_digest("request"), digest_of(BODY))
        print(f"upload of {BODY >> 20} MiB: peak memory {memory / 2**20:.1f} MiB")
        self.assertLess(memory, MOST_MEMORY)


if __name__ == "__main__":
    unittest.main()
