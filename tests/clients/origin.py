"""The servers that clients talk to: they remember exactly what they were asked and what they answered."""

import base64
import collections
import gzip
import hashlib
import http.server
import json
import os
import random
import socket
import subprocess
import threading
import time

NAME = "origin.test"

Answer = collections.namedtuple("Answer", "status fields body chunked", defaults=(False,))
# Bodies are as on the wire, less chunking.
Exchange = collections.namedtuple("Exchange", "method url request status response")


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Site:
    """What both servers serve, and the log that they share. Any thread."""

    def __init__(self, directory):
        self.directory = directory
        self.body = random.Random(1).randbytes(100_000)
        self.text = "".join(f"{number} bottles of beer on the wall\n" for number in range(3000)).encode()
        self.upload = random.Random(2).randbytes(70_001)
        self.lock = threading.Lock()
        self.exchanges = []
        self.finished = threading.Event()

    def start_over(self):
        with self.lock:
            self.exchanges = []
            self.finished.clear()

    def remember(self, exchange):
        with self.lock:
            self.exchanges.append(exchange)

    def answer(self, method, target, fields, body):
        path = target.partition("?")[0]
        fixed = {
            "/body": lambda: Answer(200, {"Content-Type": "application/octet-stream"}, self.body),
            "/chunked": lambda: Answer(200, {}, self.body, True),
            "/gzip": lambda: self.compressed(fields),
            "/redirect": lambda: Answer(302, {"Location": "/body"}, b"over there\n"),
            "/echo": lambda: self.echo(body),
            "/page": self.page,
            "/done": self.done,
            "/hold": self.hold,
        }.get(path)
        if fixed:
            return fixed()
        if path.startswith("/git/"):
            return self.git(method, target, fields, body)
        if path == "/npm/tiny-package":
            return self.npm(fields)
        return self.file(path)

    def compressed(self, fields):
        if "gzip" not in fields.get("Accept-Encoding", ""):
            return Answer(200, {"Content-Type": "text/plain"}, self.text)
        return Answer(200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(self.text, mtime=0))

    def page(self):
        self.finished.clear()
        return Answer(200, {"Content-Type": "text/html"}, PAGE)

    def done(self):
        self.finished.set()
        return Answer(204, {}, b"")

    def echo(self, body):
        return Answer(200, {"Content-Type": "application/octet-stream"}, body)

    def hold(self):
        """Keeps a page loading until its script is through, and has the answer to its last words: browsers leave without it."""
        self.finished.wait(30)
        time.sleep(0.5)
        return Answer(204, {}, b"")

    def file(self, path):
        name = os.path.realpath(os.path.join(self.directory, path.lstrip("/")))
        if not name.startswith(self.directory + os.sep) or not os.path.isfile(name):
            return Answer(404, {"Content-Type": "text/plain"}, b"there is no such file\n")
        with open(name, "rb") as file:
            kind = "text/html" if name.endswith(".html") else "application/octet-stream"
            return Answer(200, {"Content-Type": kind}, file.read())

    def npm(self, fields):
        with open(os.path.join(self.directory, "npm/tiny-package-1.0.0.tgz"), "rb") as file:
            package = file.read()
        version = {"name": "tiny-package", "version": "1.0.0", "dist": {
            "tarball": f"https://{fields['Host']}/npm/tiny-package-1.0.0.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()}}
        document = {"name": "tiny-package", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(document).encode())

    def git(self, method, target, fields, body):
        path, _, query = target.partition("?")
        environment = dict(os.environ, GIT_PROJECT_ROOT=self.directory, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                           REQUEST_METHOD=method, CONTENT_TYPE=fields.get("Content-Type", ""), CONTENT_LENGTH=str(len(body)),
                           HTTP_CONTENT_ENCODING=fields.get("Content-Encoding", ""), GIT_PROTOCOL=fields.get("Git-Protocol", ""))
        result = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        answered = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(answered.pop("Status", "200 OK").split()[0])
        return Answer(status, answered, content, True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True  # the client went away; the comparison of the logs tells

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def do_any(self):
        # The base class does not see it in "TE, close".
        if "close" in self.headers.get("Connection", "").lower().replace(" ", "").split(","):
            self.close_connection = True
        body = self.read_body()
        site = self.server.site
        answer = site.answer(self.command, self.path, self.headers, body)
        content = b"" if self.command == "HEAD" else answer.body
        site.remember(Exchange(self.command, self.server.url + self.path, digest(body), answer.status, digest(content)))
        self.send_response(answer.status)
        for name, value in answer.fields.items():
            self.send_header(name, value)
        self.send_header(*(("Transfer-Encoding", "chunked") if answer.chunked else ("Content-Length", str(len(answer.body)))))
        self.end_headers()
        if answer.chunked and content:
            for start in range(0, len(content), 10_000):
                piece = content[start:start + 10_000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            content = b""
        self.wfile.write(b"0\r\n\r\n" if answer.chunked and self.command != "HEAD" else content)

    do_GET = do_HEAD = do_POST = do_any  # noqa: N815

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def shutdown_request(self, request):
        """The base class ends TLS without a word, which careful clients take for an attack."""
        try:
            request.settimeout(1)
            request.unwrap()
        except (AttributeError, OSError, ValueError):
            pass  # plain, or the client was faster
        super().shutdown_request(request)


class AnyAddressServer(Server):
    """On every address that there is, IPv4 and IPv6."""

    address_family = socket.AF_INET6


def start(site, context=None, kind=Server, address="127.0.0.1"):
    """A server on a port of its own; its `url` names it as clients must."""
    server = kind((address, 0), Handler)
    server.site = site
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.url = f"{'https' if context else 'http'}://{NAME}:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


# A page whose script sends back what it got.
PAGE = b"""<!doctype html><title>waiting</title><img src="/hold">
<script>
  (async () => {
    const body = await (await fetch("/body")).arrayBuffer();
    const text = await (await fetch("/gzip")).text();
    await (await fetch("/redirect")).arrayBuffer();
    await fetch("/body", {method: "HEAD"});
    document.title = "bytes " + body.byteLength + " " + text.length;
    await (await fetch("/echo", {method: "POST", body: body})).arrayBuffer();
    await fetch("/done");
  })();
</script>
"""
