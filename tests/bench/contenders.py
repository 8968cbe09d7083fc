"""The proxies that are compared, each as it comes from Debian, with one worker.

`route(kind)` is how the generator reaches the origin through one of them. Kinds: "https" and "plain"; "fresh", which
makes no connection cheaper by an earlier one, and "resumed", where TLS towards the origin may be.
"""

import os
import shutil

from origin import http_settings, preamble
from process import PROXY_CORE, Server, free_ports

KINDS = ("https", "fresh", "resumed", "plain")


class Contender:
    """A proxy that is not running yet. `recording`: the file that it writes, if any."""

    program = None
    recording_name = None
    kinds = KINDS

    def __init__(self, directory, origin, pki):
        self.directory, self.origin, self.pki = directory, origin, pki
        self.server = None

    @classmethod
    def missing(cls):
        return None if shutil.which(cls.program) else f"{cls.program} is not installed"

    @property
    def recording(self):
        return self.path(self.recording_name) if self.recording_name else None

    @property
    def pid(self):
        return self.server.pid

    def path(self, name):
        return os.path.join(self.directory, f"{type(self).__name__.lower()}-{name}")

    def start(self):
        self.stop()
        command, ports = self.command()
        self.server = Server(PROXY_CORE, command, ports, self.path("err"))

    def stop(self, keep=False):
        """Removes the recording unless it is kept."""
        if self.server:
            self.server.stop()
            self.server = None
        if not keep and self.recording and os.path.exists(self.recording):
            os.unlink(self.recording)

    def origin_port(self, kind):
        return {"https": self.origin.tls, "resumed": self.origin.tls, "fresh": self.origin.fresh, "plain": self.origin.plain}[kind]


class Fixed(Contender):
    """One that has a port for each kind, behind which it knows the origin."""

    def ports(self):
        if not hasattr(self, "chosen"):
            self.chosen = dict(zip(self.kinds, free_ports(len(self.kinds))))
        return self.chosen

    def route(self, kind):
        route = ["--address", f"127.0.0.1:{self.ports()[kind]}", "--target", f"127.0.0.1:{self.origin_port(kind)}"]
        return route if kind == "plain" else [*route, "--tls"]


class Explicit(Contender):
    """One that is told where to go."""

    def port(self):
        if not hasattr(self, "chosen"):
            (self.chosen,) = free_ports(1)
        return self.chosen

    def route(self, kind):
        route = ["--address", f"127.0.0.1:{self.port()}", "--target", f"127.0.0.1:{self.origin_port(kind)}", "--way"]
        return [*route, "absolute"] if kind == "plain" else [*route, "connect", "--tls"]


class Nginx(Fixed):
    """Records nothing: what all others are measured by. Does not verify the origin, which is its default."""

    name, program = "nginx", "nginx"

    def command(self):
        ports = self.ports()
        with open(self.path("conf"), "w", encoding="ascii") as file:
            file.write(f"""{preamble(self.directory, 'nginx')}
http {{
  {http_settings(self.directory)}
  upstream kept {{ server 127.0.0.1:{self.origin.tls}; keepalive 64; keepalive_requests 100000000; }}
  upstream kept_plain {{ server 127.0.0.1:{self.origin.plain}; keepalive 64; keepalive_requests 100000000; }}
  ssl_certificate {self.pki.certificate}; ssl_certificate_key {self.pki.key}; ssl_protocols TLSv1.3;
  client_max_body_size 0; proxy_request_buffering off; proxy_max_temp_file_size 0;
  proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
  proxy_ssl_protocols TLSv1.3; proxy_ssl_server_name on; proxy_ssl_name localhost;
  server {{ listen 127.0.0.1:{ports['https']} ssl backlog=4096; location / {{ proxy_pass https://kept; }} }}
  server {{ listen 127.0.0.1:{ports['plain']} backlog=4096; location / {{ proxy_pass http://kept_plain; }} }}
  server {{ listen 127.0.0.1:{ports['fresh']} ssl backlog=4096;
    location / {{ proxy_pass https://127.0.0.1:{self.origin.fresh}; proxy_ssl_session_reuse off; proxy_set_header Connection close; }} }}
  server {{ listen 127.0.0.1:{ports['resumed']} ssl backlog=4096;
    location / {{ proxy_pass https://127.0.0.1:{self.origin.tls}; proxy_set_header Connection close; }} }}
}}
""")
        return ["nginx", "-c", self.path("conf")], ports.values()


class Sslsplit(Fixed):
    """Writes what it saw to one log, in the clear. A P-256 key for its certificates, as the others have.

    Not for plain HTTP: Debian's 0.5.5 lets a client that speaks first wait for ever, in `tcp` and in `http` mode.
    """

    name, program, recording_name = "sslsplit -L", "sslsplit", "content.log"
    kinds = ("https", "fresh", "resumed")

    def command(self):
        specs = []
        for kind, port in self.ports().items():
            specs += ["http" if kind == "plain" else "ssl", "127.0.0.1", port, "127.0.0.1", self.origin_port(kind)]
        return ["sslsplit", "-u", "root", "-k", self.pki.ca_key, "-c", self.pki.ca, "-K", self.pki.key, "-L", self.recording,
                *specs], self.ports().values()


class Mitmdump(Explicit):
    name, program, recording_name = "mitmdump -w", "mitmdump", "flows"

    def command(self):
        return ["mitmdump", "-q", "-w", self.recording, "--listen-host", "127.0.0.1", "-p", self.port(),
                "--set", f"confdir={self.path('home')}", "--set", f"ssl_verify_upstream_trusted_ca={self.pki.ca}"], [self.port()]


class MitmRecord(Explicit):
    """Prints a line for each flow (to nowhere), keeps nothing."""

    name, program = "mitm-record", "mitm-record"
    extra = ()

    @classmethod
    def missing(cls):
        return None

    def command(self):
        return [os.path.join(os.environ["MITM_BIN"], "mitm-record"), "--home", self.path("home"),
                "-l", f"127.0.0.1:{self.port()}", "--threads", 1, "--upstream-ca", self.pki.ca, *self.written()], [self.port()]

    def written(self):
        return []


class MitmRecordWrite(MitmRecord):
    name, recording_name = "mitm-record -w", "recording.flowz"

    def written(self):
        return ["-w", self.recording]


ALL = (Nginx, Sslsplit, Mitmdump, MitmRecord, MitmRecordWrite)
BASELINE, OURS = Nginx.name, MitmRecordWrite.name
