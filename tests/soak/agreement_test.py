"""What clients say they did, what the server says it saw, and what the recording says must be the same."""

import base64
import hashlib
import http.client
import http.server
import json
import os
import random
import ssl
import subprocess
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import Case, Pki, program

REQUESTS = 20_000
CLIENTS = 16
NOISE = random.Random(7).randbytes(1 << 20)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def body_for(number, salt):
    """A body that only this request has; most are small, a few are large."""
    rng = random.Random(f"{number}{salt}")
    size = rng.choice([0, 0, 1, 10, 500, 3000]) if rng.random() < 0.99 else rng.randrange(200_000)
    at = rng.randrange(len(NOISE) - size)
    return NOISE[at:at + size]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read_body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self):
        number = int(self.path.rsplit("/", 1)[1])
        sent, received = body_for(number, "answer"), self.read_body()
        self.send_response(200 + number % 3)
        if number % 5 == 0:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            pieces = [sent[at:at + 7000] for at in range(0, len(sent), 7000)]
            self.wfile.write(b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)
        self.server.log_entry(number, (self.command, digest(received), 200 + number % 3, digest(sent)))

    do_GET = do_POST = do_PUT = do_PATCH = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.entries, self.lock = {}, threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def log_entry(self, number, entry):
        with self.lock:
            assert number not in self.entries, f"{number} arrived twice"
            self.entries[number] = entry


class Agreement(Case):
    def client(self, number):
        """Sends its share of the requests over one kept-alive connection; returns its log."""
        host, port = self.recorder.address
        kind = number % 3
        if kind == 0:
            connection = http.client.HTTPConnection(host, port, timeout=60)
            base = f"http://127.0.0.1:{self.plain.server_port}"
        elif kind == 1:
            connection = http.client.HTTPConnection(host, port, timeout=60)
            connection.set_tunnel("127.0.0.1", self.plain.server_port)
            base = ""
        else:
            connection = http.client.HTTPSConnection(host, port, timeout=60, context=ssl.create_default_context(cafile=self.ca))
            connection.set_tunnel("localhost", self.secure.server_port)
            base = ""
        log = {}
        for request in range(number, REQUESTS, CLIENTS):
            method = ("GET", "POST", "PUT", "PATCH")[request // CLIENTS % 4]
            body = b"" if method == "GET" else body_for(request, "question")
            chunked = method == "PUT"
            headers = {"Transfer-Encoding": "chunked"} if chunked else {}
            if not chunked and method != "GET":
                headers["Content-Length"] = str(len(body))
            connection.request(method, f"{base}/{request}", iter([body] if body else []) if chunked else body or None, headers,
                               encode_chunked=chunked)
            answer = connection.getresponse()
            log[request] = (method, digest(body), answer.status, digest(answer.read()))
        connection.close()
        return log

    def recorded(self):
        log = {}
        command = [program("mitm-dump"), "-r", self.archive, "-o", "ndjson", "--bodies", "--raw-bodies"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=self.env) as dump:
            for line in dump.stdout:
                flow = json.loads(line)
                self.assertTrue(flow["complete"], line)
                request, response = flow["request"], flow["response"]
                number = int(request["url"].rsplit("/", 1)[1])
                self.assertNotIn(number, log)
                log[number] = (request["method"], digest(content(request)), response["status"], digest(content(response)))
        self.assertEqual(dump.returncode, 0)
        return log

    def test_client_server_and_recording_agree_on_every_request_and_body(self):
        pki = Pki(self)
        self.archive = self.path("a.flowz")
        self.plain, self.secure = Server(), Server(pki.context())
        self.recorder = self.record("-q", "-w", self.archive, "--upstream-ca", pki.ca)
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = {}
            for log in pool.map(self.client, range(CLIENTS)):
                clients.update(log)
        self.assertEqual(self.recorder.stop(), 0)
        servers = self.plain.entries | self.secure.entries
        self.assertEqual(len(clients), REQUESTS)
        self.assertEqual(servers, clients)
        self.assertEqual(self.recorded(), clients)
        print(f"{REQUESTS} requests: {os.path.getsize(self.archive) / 2**20:.1f} MiB recorded")


def content(message):
    body = message["body"]
    if body is None:
        return b""
    return base64.b64decode(body["base64"]) if "base64" in body else body["text"].encode()


if __name__ == "__main__":
    unittest.main()
