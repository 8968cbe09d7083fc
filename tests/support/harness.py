"""What the end-to-end tests share: origins that do exactly what a test says, and our programs around them.

Everything listens on loopback and on ports that the system chose, and ends with the test.
"""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN = os.environ["MITM_BIN"]
TIMEOUT = 60


def program(name):
    return os.path.join(BIN, name)


def run(*command, **options):
    """Runs a command to its end; output as bytes."""
    options.setdefault("timeout", TIMEOUT)
    return subprocess.run([str(part) for part in command], capture_output=True, **options)


def waited(condition, seconds):
    """Whether the condition came to be true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def wait_for(condition, what, seconds=TIMEOUT):
    if not waited(condition, seconds):
        raise AssertionError(f"waited {seconds} s for {what}")


def has_signal(pid, kind, number):
    """Whether /proc says so of a process: SigBlk is blocked, SigCgt caught, ShdPnd pending."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        (mask,) = (line.split()[1] for line in file if line.startswith(f"{kind}:"))
    return bool(int(mask, 16) >> number - 1 & 1)


def wait_until_taken(connection):
    """Until the other side, a process on this machine, has read all that was sent over a connection (IPv4)."""
    ours, theirs = (f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
                    for host, port in (connection.getsockname(), connection.getpeername()))

    def taken():
        with open("/proc/net/tcp", encoding="ascii") as file:
            lines = [line.split() for line in file]
        queues = {(words[1], words[2]): (*words[4].split(":"), words[9]) for words in lines[1:]}
        if (ours, theirs) not in queues or (theirs, ours) not in queues:  # the kernel's list is no snapshot
            return False
        unsent, _, _ = queues[ours, theirs]
        _, unread, inode = queues[theirs, ours]
        return int(unsent, 16) == int(unread, 16) == 0 and inode != "0"  # 0: not accepted yet

    wait_for(taken, "what was sent to be read")


def members(session):
    """The processes of a session that still run."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                state, _, _, of_session = file.read().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of_session) == session and state != "Z":
            found.append(int(name))
    return found


def kill_session(leader):
    """Ends whoever is left of the session that `leader` leads or led: they would keep our pipes open, and a test's runner waits for those."""
    while left := members(leader):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def by_connection(flows):
    """In the order in which their clients came: those of connections on different threads may end in another one."""
    return sorted(flows, key=lambda flow: int(flow["connection"]))


def records_of(archive):
    """The records of a recording as text, each in a line, read with stock tools; of one that is still written as far as it has come."""
    schema = os.path.join(os.path.dirname(__file__), "../../formats/flow.capnp")
    return run("capnp", "decode", "--short", schema, "Record", input=run("zstd", "-dc", archive).stdout).stdout.decode("latin-1")


class Case(unittest.TestCase):
    """A test with a directory of its own and a home for the CA in it."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="mitmkit-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.home = self.path("home")
        self.env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        # Bundles that this machine's user has set would hide what the programs do by themselves.
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            self.env.pop(name, None)
        self.env.update(MITMKIT_HOME=self.home, TZ="UTC")

    def path(self, name):
        return os.path.join(self.dir, name)

    def run_program(self, name, *arguments, **options):
        return run(program(name), *arguments, env=self.env, **options)

    def record(self, *arguments, prefix=()):
        """mitm-record, as soon as it listens. `prefix`: the command that runs it."""
        recorder = Recorder(self, arguments, prefix)
        self.addCleanup(recorder.kill)
        return recorder

    def dump(self, *arguments):
        """The flows of an archive as mitm-dump's NDJSON gives them."""
        result = self.run_program("mitm-dump", "-o", "ndjson", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def body(self, archive, flow, side):
        result = self.run_program("mitm-dump", "-r", archive, "--flow", flow, "--body", side)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def curl(self, recorder, *arguments):
        return run("curl", "-sS", "-q", "--max-time", TIMEOUT, "--proxy", recorder.url, "--cacert", self.ca, *arguments, env=self.env)

    @property
    def ca(self):
        return os.path.join(self.home, "ca.pem")


class Recorder:
    """mitm-record, listening."""

    def __init__(self, case, arguments, prefix=()):
        # The modes of a test have their own addresses.
        listen = [] if "-m" in arguments else ["-l", "127.0.0.1:0"]
        ready = case.path("ready")
        if os.path.exists(ready):
            os.unlink(ready)
        self.stderr_path = case.path("record.err")
        self.stdout_path = case.path("record.out")
        with open(self.stderr_path, "wb") as err, open(self.stdout_path, "wb") as out:
            self.process = subprocess.Popen(
                [*prefix, program("mitm-record"), *listen, "--ready-file", ready, *map(str, arguments)],
                env=case.env, stdout=out, stderr=err)
        wait_for(lambda: os.path.exists(ready) or self.process.poll() is not None, "mitm-record to listen")
        if not os.path.exists(ready):  # what listened may have ended since
            raise AssertionError(f"mitm-record ended: {self.stderr()}")
        with open(ready, encoding="ascii") as file:
            self.ways = [tuple(line.split()) for line in file]
        self.mode, address = self.ways[0]
        self.address = self.address_of(0)
        self.url = f"http://{address}"

    def address_of(self, way):
        """Where the way in of that number listens."""
        host, port = self.ways[way][1].rsplit(":", 1)
        return host.strip("[]"), int(port)

    def stderr(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stdout(self):
        with open(self.stdout_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def connect(self):
        connection = socket.create_connection(self.address, timeout=TIMEOUT)
        return connection

    def tunnel(self, host, port):
        """A connection to host:port through CONNECT."""
        connection = self.connect()
        connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = read_head(connection)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise AssertionError(f"CONNECT was answered {answer!r}")
        return connection

    def talk(self, client):
        """What client(connection) gets where places are scarce: whoever is silent for a second is closed then, as some are on a busy machine."""
        while True:
            with self.connect() as connection:
                talker = Talker(connection)
                try:
                    if answer := client(talker):
                        return answer
                except OSError:  # of TLS, too
                    if talker.silence <= 0.5:
                        raise
                if talker.silence <= 0.5:
                    raise AssertionError("closed without an answer")

    def stop(self, with_signal=signal.SIGINT):
        """Ends it cleanly; returns its exit status."""
        self.process.send_signal(with_signal)
        return self.process.wait(TIMEOUT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Talker:
    """A connection, and for how long it was not heard when it was its turn."""

    def __init__(self, connection):
        self.connection = connection
        self.silence = 0
        self.since = time.monotonic()

    def sendall(self, data):
        self.connection.sendall(data)
        if data:
            self.silence = max(self.silence, time.monotonic() - self.since)
            self.since = time.monotonic()

    def recv(self, size):
        data = self.connection.recv(size)
        self.since = time.monotonic()
        return data


def read_head(connection):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            break
        data += piece
    return data


def read_all(connection):
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


class Origin:
    """A server that hands each accepted connection to `serve(connection)` on a thread of its own.

    It keeps what was received through `Tee`, so that a test can say what reached it and what did not.
    """

    def __init__(self, case, serve, context=None, family=socket.AF_INET, listener=None):
        self.serve = serve
        self.context = context
        self.received = []
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.listener = listener or socket.create_server((address, 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        case.addCleanup(self.close)

    def close(self):
        """Accepts no more. Closing alone does not end an accept() that waits: it would go on with the next origin's socket."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed already
        self.thread.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        connection.settimeout(TIMEOUT)
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.serve(Tee(connection, self.received))
        except OSError:
            pass  # the client went away; the test looks at the client's side
        finally:
            connection.close()


class Tee:
    """A connection whose received bytes are kept."""

    def __init__(self, connection, received):
        self.connection = connection
        self.received = received

    def recv(self, size):
        data = self.connection.recv(size)
        self.received.append(data)
        return data

    def __getattr__(self, name):
        return getattr(self.connection, name)


def answering(*answers):
    """An origin's behaviour: read one head (and its Content-Length body) for each answer, send the answer."""

    def serve(connection):
        for answer in answers:
            head = read_head(connection)
            if not head:
                return
            length = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            while length > 0:
                length -= len(connection.recv(min(length, 65536)))
            connection.sendall(answer)

    return serve


class Pki:
    """A certificate authority for origins, made with the openssl command."""

    def __init__(self, case):
        self.case = case
        self.ca = case.path("origin-ca.pem")
        self.key = case.path("origin-ca.key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                     "-subj", "/CN=Origin CA", "-addext", "keyUsage=critical,keyCertSign",
                     "-keyout", self.key, "-out", self.ca)

    def openssl(self, *arguments, **options):
        result = run("openssl", *arguments, **options)
        if result.returncode != 0:
            raise AssertionError(result.stderr.decode())

    def context(self, *arguments, **options):
        """An ssl context with a fresh certificate, as issue() makes it."""
        key, certificate = self.issue(*arguments, **options)
        self.certificate = certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def issue(self, names="DNS:localhost,IP:127.0.0.1", name="localhost", dates=(), self_signed=False, usage="serverAuth"):
        """The paths of a fresh key and certificate. `dates`: (not before, not after) as YYYYMMDDHHMMSSZ."""
        stem = self.case.path(f"origin-{time.monotonic_ns()}")
        key, csr, certificate, config = (f"{stem}.{suffix}" for suffix in ("key", "csr", "pem", "cnf"))
        with open(config, "w", encoding="ascii") as file:
            file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={stem}.db\nnew_certs_dir={self.case.dir}\nrand_serial=yes\n"
                       f"policy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n"
                       f"[ext]\nsubjectAltName={names}\nextendedKeyUsage={usage}\n")
        open(f"{stem}.db", "w", encoding="ascii").close()
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", key, "-out", csr)
        signer = ["-selfsign", "-keyfile", key] if self_signed else ["-cert", self.ca, "-keyfile", self.key]
        validity = ["-startdate", dates[0], "-enddate", dates[1]] if dates else ["-days", "30"]
        self.openssl("ca", "-batch", "-notext", "-config", config, "-extensions", "ext", "-in", csr, "-out", certificate,
                     *signer, *validity)
        return key, certificate


def free_port():
    """A port on which nothing listens; it may be taken any time, which tests can live with."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
