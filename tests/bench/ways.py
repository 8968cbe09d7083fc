"""What each way in adds to the time that a client waits, beside the same connection through the recorder's host without it.

Client, recorder and server are hosts in network namespaces, because transparent modes need routes and rules. The client is this file,
run as a program: it is given the certificates that it trusts and how often to connect, and prints JSON.
"""

import contextlib
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from namespaces import Hosts, lacking  # noqa: E402  (its folder is named just above)
from results import Scenario  # noqa: E402

DIRECT, REDIRECT, TPROXY = 9443, 443, 8443  # the server's ports, told apart by the rules
EXPLICIT, REVERSE, TRANSPARENT = 8080, 8081, 8090
SERVER, RECORDER = Hosts.SERVER[4], Hosts.RECORDER[4]
WAYS = ("explicit", "socks5", "reverse", "redirect", "tproxy")
KEPT = 5  # requests on each connection after its first
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

RULES = f"""
nft -f - <<'END'
table ip bench {{
  chain led {{ type nat hook prerouting priority -100; iifname "toclient" tcp dport {REDIRECT} redirect to :{TRANSPARENT}; }}
  chain diverted {{
    type filter hook prerouting priority mangle;
    iifname "toclient" tcp dport {TPROXY} tproxy to :{TRANSPARENT} meta mark set 2 accept
  }}
}}
END
ip rule add fwmark 2 lookup 100; ip route add local default dev lo table 100
"""


# The client.


def connect(way):
    ports = {"direct": (SERVER, DIRECT), "redirect": (SERVER, REDIRECT), "tproxy": (SERVER, TPROXY), "reverse": (RECORDER, REVERSE)}
    connection = socket.create_connection(ports.get(way, (RECORDER, EXPLICIT)), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if way == "explicit":
        connection.sendall(f"CONNECT {SERVER}:{DIRECT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    if way == "socks5":
        connection.sendall(b"\x05\x01\x00")
        assert connection.recv(2) == b"\x05\x00"
        connection.sendall(b"\x05\x01\x00\x01" + socket.inet_aton(SERVER) + DIRECT.to_bytes(2, "big"))
        assert connection.recv(10)[1] == 0
    return connection


def exchange(connection):
    connection.sendall(REQUEST)
    received = 0
    while received < len(ANSWER):
        piece = connection.recv(65536)
        if not piece:
            raise RuntimeError("the answer was cut")
        received += len(piece)


def visit(way, context):
    """Seconds of a new connection with its first request, and of each further one."""
    began = time.perf_counter()
    with context.wrap_socket(connect(way), server_hostname="localhost") as connection:
        exchange(connection)
        fresh, kept = time.perf_counter() - began, []
        for _ in range(KEPT):
            began = time.perf_counter()
            exchange(connection)
            kept.append(time.perf_counter() - began)
    return fresh, kept


def client(ca, count):
    """The ways take turns, so that a slow moment hits all of them."""
    context = ssl.create_default_context(cafile=ca)
    told = {way: ([], []) for way in ("direct", *WAYS)}
    for _ in range(count):
        for way, (fresh, kept) in told.items():
            first, further = visit(way, context)
            fresh.append(first)
            kept.extend(further)
    print(json.dumps({way: [statistics.median(part) for part in parts] for way, parts in told.items()}))


# The hosts.


class Cleanup(contextlib.ExitStack):
    def addCleanup(self, *arguments):  # noqa: N802  (as a test case has it)
        self.callback(*arguments)


def serve(listener, context):
    def answer(connection):
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while stream.recv(65536):
                stream.sendall(ANSWER)

    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def start_servers(hosts, pki, cleanup):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.certificate, pki.key)
    for port in (DIRECT, REDIRECT, TPROXY):
        listener = hosts.listener(port)
        cleanup.callback(listener.close)
        cleanup.callback(listener.shutdown, socket.SHUT_RDWR)
        threading.Thread(target=serve, args=(listener, context), daemon=True).start()


def start_recorder(bench, hosts, pki, cleanup):
    home, ready = bench.path("ways-home"), bench.path("ways-ready")
    recorder = subprocess.Popen(
        [*hosts.prefix("recorder"), bench.program("mitm-record"), "-q", "--home", home, "--ready-file", ready, "-w", bench.path("ways.flowz"),
         "--upstream-ca", pki.ca, "--threads", "1", "--mark", "1", "--keep-host", "--allow", "10.1.0.0/16",
         "-m", f"explicit@{RECORDER}:{EXPLICIT}", "-m", f"reverse:https://{SERVER}:{DIRECT}@{RECORDER}:{REVERSE}",
         "-m", f"transparent@0.0.0.0:{TRANSPARENT}"])
    cleanup.callback(recorder.wait)
    cleanup.callback(recorder.terminate)
    while not os.path.exists(ready):
        if recorder.poll() is not None:
            raise RuntimeError("mitm-record did not start")
        time.sleep(0.01)
    return os.path.join(home, "ca.pem")


def trusted(bench, *files):
    path = bench.path("ways-ca.pem")
    with open(path, "wb") as out:
        for name in files:
            with open(name, "rb") as file:
                out.write(file.read())
    return path


def run(bench, results):
    if why := lacking("nft"):
        return bench.say(f"skipped: latency of each way in: {why}")
    bench.say("latency of each way in")
    with Cleanup() as cleanup:
        hosts, pki = Hosts(cleanup), bench.pki
        start_servers(hosts, pki, cleanup)
        ca = trusted(bench, pki.ca, start_recorder(bench, hosts, pki, cleanup))
        hosts.shell("recorder", RULES)
        for _ in range(bench.rounds):
            told = json.loads(hosts.run("client", sys.executable, "-B", os.path.abspath(__file__), ca, str(max(20, int(60 * bench.seconds)))))
            for way in WAYS:
                for part, (name, title) in enumerate((("fresh", "new TLS connection and request"), ("kept", "request, kept-alive connection"))):
                    scenario = Scenario(f"latency-{way}-{name}", f"added latency, {way}: {title}, median", "µs")
                    results.add(scenario, "mitm-record -w", (told[way][part] - told["direct"][part]) * 1e6)


if __name__ == "__main__":
    client(sys.argv[1], int(sys.argv[2]))
