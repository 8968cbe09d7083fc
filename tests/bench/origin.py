"""The origin: nginx, on the core of the load generator."""

import itertools
import os
import random

from process import LOAD_CORE, Server, free_ports

MIB = 1 << 20
BULK = 10 * MIB


def _by_rank(items):
    """Weights with which a language chooses."""
    return list(itertools.accumulate(1 / (rank + 1) for rank in range(len(items))))


def _phrases():
    source = random.Random(1)
    words = ["".join(source.choices("etaoinshrdlucmfwypvbgkjqxz", k=source.randint(2, 9))) for _ in range(6000)]
    weights = _by_rank(words)
    return [" ".join(source.choices(words, cum_weights=weights, k=source.randint(1, 12))) for _ in range(20_000)]


PHRASES = _phrases()
WEIGHTS = _by_rank(PHRASES)


def text(size, seed=1):
    """Repeats phrases as documents do: zstd -3 makes an eighth of it."""
    return ", ".join(random.Random(seed).choices(PHRASES, cum_weights=WEIGHTS, k=size // 8)).encode()[:size]


def _document(size, seed):
    """JSON as an API answers it."""
    source = random.Random(seed)
    rows, length = [], 0
    while length < size:
        rows.append('{"id":%d,"name":"%s","price":%.2f,"tags":["%s","%s"]}' % (
            source.randrange(10**9), source.choice("abcdefgh") * 6, source.random() * 100,
            source.choice(("new", "sale", "used")), source.choice(("small", "large"))))
        length += len(rows[-1])
    return ("[" + ",\n".join(rows) + "]").encode()[:size]


class Origin:
    """Ports: `plain`; `tls`, which lets sessions be resumed; `fresh`, which does not.

    Paths: /1k, /random and /text (BULK octets each); `mixed` different ones of /page/N, /data/N and /image/N, with N from
    0; /sink takes bodies.
    """

    def __init__(self, directory, pki, mixed):
        self.directory = directory
        self.plain, self.tls, self.fresh = free_ports(3)
        noise = random.Random(2)
        for name, content in {"ok": b"ok", "1k": text(1024), "random": noise.randbytes(BULK), "text": text(BULK)}.items():
            self._put(name, content)
        frame = text(12_000, 3)
        for n in range(mixed):
            self._put(f"page/{n}", frame + text(8_000, 1000 + n))
            self._put(f"data/{n}", _document(6_000, n))
            self._put(f"image/{n}", noise.randbytes(30_000))
        with open(self._path("origin.conf"), "w", encoding="ascii") as file:
            file.write(self._configuration(pki))
        self.server = Server(LOAD_CORE, ["nginx", "-c", self._path("origin.conf")], [self.plain, self.tls, self.fresh],
                             self._path("origin.err"))

    def stop(self):
        self.server.stop()

    def _put(self, name, content):
        path = self._path(f"www/{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _configuration(self, pki):
        # It answers when it has read the body: with an early answer nginx as a proxy closes connections.
        site = """
    location = /sink {
      client_max_body_size 0; client_body_buffer_size 11m; proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_method GET; proxy_pass http://127.0.0.1:PLAIN/ok;
    }
    location / { try_files $uri =404; }""".replace("PLAIN", str(self.plain))
        certificate = f"ssl_certificate {pki.certificate}; ssl_certificate_key {pki.key}; ssl_protocols TLSv1.3;"
        return f"""{preamble(self.directory, 'origin')}
http {{
  {http_settings(self.directory)} root {self._path('www')}; default_type application/octet-stream;
  server {{ listen 127.0.0.1:{self.plain} backlog=4096; {site} }}
  server {{ listen 127.0.0.1:{self.tls} ssl backlog=4096; {certificate} {site} }}
  server {{ listen 127.0.0.1:{self.fresh} ssl backlog=4096; {certificate}
    ssl_session_tickets off; ssl_session_cache off; {site} }}
}}
"""


def preamble(directory, name):
    """One process, as it comes."""
    return f"""daemon off; master_process off; pid {directory}/{name}.pid; error_log {directory}/{name}.log;
worker_rlimit_nofile 16000;
events {{ worker_connections 8000; }}"""


def http_settings(directory):
    folders = " ".join(f"{kind}_temp_path {directory}/t;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"access_log off; keepalive_requests 100000000; {folders}"
